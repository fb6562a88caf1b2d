#!/usr/bin/env bash
# fake-eci with real containers, through its API alone: what a group is told is what its processes see. Needs root and the packages of
# tools/setup.
# shellcheck disable=SC2016 # scripts of containers
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/check.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/eci.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/eci.sh"

# prints EXPECTED NAME SCRIPT KEY=VALUE..: a group whose container prints this and ends.
prints() {
  local id
  id=$(run "$2" "$3" "${@:4}")
  settles ended "$id"
  is "$1" "$(log "$id")"
}

arguments_follow_the_entry_point() {
  local id
  id=$(create args Container.1.Command.1=echo Container.1.Arg.1=one "Container.1.Arg.2=two three")
  settles ended "$id"
  is "one two three" "$(log "$id")"
}

exit_code_and_times() {
  local id
  id=$(run code 'exit 7')
  settles ended "$id"
  is "Failed Terminated 7 Error" "$(group "$id" '"\(.Status) \(.Containers[0].CurrentState | "\(.State) \(.ExitCode) \(.Reason)")"')"
  is Succeeded "$(id=$(run fine true) && settles ended "$id" && group "$id" .Status)"
}

address_is_the_containers() {
  local id
  id=$(run address 'hostname -i; echo $POD_IP' Container.1.EnvironmentVar.1.Key=POD_IP \
    Container.1.EnvironmentVar.1.FieldRef.FieldPath=status.podIP)
  settles ended "$id"
  is "$(group "$id" '"\(.IntranetIp)\n\(.IntranetIp)"')" "$(log "$id")"
}

groups_reach_each_other() {
  local server
  server=$(run server 'mkdir /www; echo found >/www/index.html; httpd -f -p 8080 -h /www')
  settles has_status "$server" Running
  prints found client "until wget -qO- http://$(group "$server" .IntranetIp):8080/; do sleep 0.1; done"
  eci DeleteContainerGroup "ContainerGroupId=$server" >/dev/null
}

files_have_their_modes() {
  prints "$(printf 'text\n400\n644\n')" files 'cat /conf/a/b; stat -c %a /conf/a/b /conf/c' Volume.1.Name=conf \
    Volume.1.Type=ConfigFileVolume Volume.1.ConfigFileVolume.ConfigFileToPath.1.Path=a/b \
    "Volume.1.ConfigFileVolume.ConfigFileToPath.1.Content=$(base64 <<<text)" \
    Volume.1.ConfigFileVolume.ConfigFileToPath.1.Mode=400 Volume.1.ConfigFileVolume.ConfigFileToPath.2.Path=c \
    Volume.1.ConfigFileVolume.ConfigFileToPath.2.Content= Container.1.VolumeMount.1.Name=conf Container.1.VolumeMount.1.MountPath=/conf
}

# Its mount point is in none of the files' paths.
volume_inside_files_is_mounted() {
  prints "$(printf 'outer\ninner\n')" nested 'cat /conf/plain /conf/a/store/key' Volume.1.Name=conf Volume.1.Type=ConfigFileVolume \
    Volume.1.ConfigFileVolume.ConfigFileToPath.1.Path=plain \
    "Volume.1.ConfigFileVolume.ConfigFileToPath.1.Content=$(base64 <<<outer)" Volume.2.Name=store Volume.2.Type=ConfigFileVolume \
    Volume.2.ConfigFileVolume.ConfigFileToPath.1.Path=key \
    "Volume.2.ConfigFileVolume.ConfigFileToPath.1.Content=$(base64 <<<inner)" Container.1.VolumeMount.1.Name=store \
    Container.1.VolumeMount.1.MountPath=/conf/a/store Container.1.VolumeMount.1.ReadOnly=true Container.1.VolumeMount.2.Name=conf \
    Container.1.VolumeMount.2.MountPath=/conf Container.1.VolumeMount.2.ReadOnly=true
}

init_containers_pass_files_on() {
  prints handed init 'cat /data/file' Volume.1.Name=data Volume.1.Type=EmptyDirVolume Container.1.VolumeMount.1.Name=data \
    Container.1.VolumeMount.1.MountPath=/data InitContainer.1.Name=first InitContainer.1.Image=vk.test/busybox:1 \
    InitContainer.1.Command.1=sh InitContainer.1.Command.2=-c "InitContainer.1.Command.3=sleep 0.2; echo handed >/data/file" \
    InitContainer.1.VolumeMount.1.Name=data InitContainer.1.VolumeMount.1.MountPath=/data
}

failed_init_container_fails_the_group() {
  local id
  id=$(run init-fails 'echo never' InitContainer.1.Name=first InitContainer.1.Image=vk.test/busybox:1 InitContainer.1.Command.1=false)
  settles ended "$id"
  is "Failed 1 Waiting" "$(group "$id" '"\(.Status) \(.InitContainers[0].CurrentState.ExitCode) \(.Containers[0].CurrentState.State)"')"
}

memory_volume_is_a_tmpfs_of_its_size() {
  prints "tmpfs 8192" memory 'df -k /m | tail -1 | while read -r fs size rest; do echo "$fs $size"; done' Volume.1.Name=m \
    Volume.1.Type=EmptyDirVolume Volume.1.EmptyDirVolume.Medium=Memory Volume.1.EmptyDirVolume.SizeLimit=8Mi \
    Container.1.VolumeMount.1.Name=m Container.1.VolumeMount.1.MountPath=/m
}

nfs_is_shared_by_groups() {
  local volume=(Volume.1.Name=nas Volume.1.Type=NFSVolume Volume.1.NFSVolume.Server=nas.test Volume.1.NFSVolume.Path=/share
    Container.1.VolumeMount.1.Name=nas Container.1.VolumeMount.1.MountPath=/nas)
  prints "" nas-writer 'echo kept >/nas/file' "${volume[@]}"
  prints kept nas-reader 'cat /nas/file' "${volume[@]}"
}

user_and_capabilities() {
  prints "$(printf '185\nNET_ADMIN')" user 'id -u; c=0x$(grep CapBnd /proc/self/status | cut -f2); [ $((c & 4096)) = 4096 ] && echo NET_ADMIN' \
    Container.1.SecurityContext.RunAsUser=185 Container.1.SecurityContext.Capability.Add.1=NET_ADMIN
}

name_servers_and_hosts() {
  prints "$(printf 'nameserver 10.96.0.10\noptions ndots:5\nsearch svc.test\n10.1.2.3\talias.test')" names \
    'sort /etc/resolv.conf; grep alias /etc/hosts' DnsPolicy=None DnsConfig.NameServer.1=10.96.0.10 \
    DnsConfig.Search.1=svc.test DnsConfig.Option.1.Name=ndots DnsConfig.Option.1.Value=5 HostAliase.1.Ip=10.1.2.3 \
    HostAliase.1.Hostname.1=alias.test
}

# add_record NAME ADDRESS: into the zone svc.test.
add_record() { eci AddZoneRecord "ZoneId=$zone" "Rr=$1" Type=A "Value=$2" Ttl=5 >/dev/null; }

zones_are_resolved() {
  zone=$(eci AddZone ZoneName=svc.test | jq --raw-output .ZoneId)
  add_record web.ns 10.9.8.7
  prints 10.9.8.7 udp 'nslookup -type=a web.ns.svc.test | sed -n "s/^Address: //p"'
  # Length, id 1, one question: web.ns.svc.test, type A, class IN; the answer ends in the address.
  prints "10 9 8 7" tcp 'server=$(sed -n "s/^nameserver //p" /etc/resolv.conf)
    printf "\0\041\0\001\001\0\0\001\0\0\0\0\0\0\003web\002ns\003svc\004test\0\0\001\0\001" | nc -w 5 "$server" 53 |
      tail -c 4 | od -A n -t u1 | xargs'
  prints "" missing 'nslookup -type=a none.ns.svc.test | sed -n "s/^Address: //p"'
}

too_much_memory_is_killed() {
  local id
  id=$(run oom 'dd if=/dev/zero of=/dev/null bs=512M' Container.1.Cpu=0.25 Container.1.Memory=0.0625)
  settles ended "$id"
  is "137 OOMKilled" "$(group "$id" '.Containers[0].CurrentState | "\(.ExitCode) \(.Reason)"')"
}

termination_message() {
  local id
  id=$(run last-words 'echo -n "out of luck" >/dev/termination-log; exit 1')
  settles ended "$id"
  is "out of luck" "$(group "$id" '.Containers[0].CurrentState.Message')"
}

restarted_container_keeps_its_last_log() {
  local id
  id=$(policy=Always run again 'echo life; exit 3')
  settles restarted "$id"
  is "3 Terminated" "$(group "$id" '.Containers[0].PreviousState | "\(.ExitCode) \(.State)"')"
  [[ $(log "$id" LastTime=true) == life* ]]
  eci DeleteContainerGroup "ContainerGroupId=$id" >/dev/null
}

restarted() { (($(group "$1" '.Containers[0].RestartCount') >= 1)); }

command_in_a_container() {
  local id
  id=$(run exec 'sleep 1000')
  settles has_status "$id" Running
  is "$(printf 'exec\ncommand terminated with exit code 4\n')" "$(execute "$id" sh -c 'hostname; exit 4')"
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

# sleeps NAME: a group that runs and does nothing; prints its id.
sleeps() {
  local id
  id=$(run "$1" 'sleep 100000')
  settles has_status "$id" Running && echo "$id"
}

session() { "$bin/ecictl" exec "$@"; }

# exits CODE COMMAND..
exits() {
  local status=0
  "${@:2}" || status=$?
  is "$1" "$status"
}

session_has_outputs_and_exit_code() {
  local id
  id=$(sleeps session)
  exits 3 session "$id" -- sh -c 'echo out; echo err >&2; exit 3' >"$work/out" 2>"$work/err"
  is "out err" "$(cat "$work/out") $(cat "$work/err")"
  exits 137 session "$id" -c main -- sh -c 'kill -9 $$'
  exits 0 session "$id" -- true
  exits 126 session "$id" -- /no/program 2>"$work/err"
  grep --quiet "no such file" "$work/err"
  exits 4 session --subprotocol v4.channel.k8s.io "$id" -- sh -c 'exit 4'
  exits 1 session --subprotocol other "$id" -- true 2>"$work/err"
  grep --quiet "v5.channel.k8s.io, v4.channel.k8s.io" "$work/err"
  exits 1 session eci-none -- true
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

session_carries_input_and_output() {
  local id
  id=$(sleeps carries)
  head --bytes=10M /dev/urandom >"$work/sent"
  is "$(sha256sum <"$work/sent")" "$(session --subprotocol v5.channel.k8s.io -i "$id" -- cat <"$work/sent" | sha256sum)"
  is "$(sha256sum <"$work/sent")" "$(session -i "$id" --subprotocol v5.channel.k8s.io -- sha256sum <"$work/sent")"
  # Without one, the command takes as much as it knows to be its.
  is "$(sha256sum <"$work/sent")" "$(session -i "$id" -- head -c 10485760 <"$work/sent" 2>"$work/err" | sha256sum)"
  is "x" "$(session -i "$id" -- head -c 1 < <(printf x && cat "$work/sent"))"
  is "0" "$(session "$id" -- wc -c <"$work/sent")"
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

session_ends_with_its_command() {
  local id begin=$SECONDS
  id=$(sleeps leaves)
  is "left" "$(session "$id" -- sh -c 'sleep 100000 & echo left')"
  ((SECONDS - begin < 20))
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

on_terminal() { timeout 30 "$root/test/lib/on_terminal.py" "$@"; }

terminal_is_the_clients() {
  local id
  id=$(sleeps terminal)
  is "$(printf '/dev/pts/0\n33 97\n44 101')" "$(on_terminal 33x97,44x101 "$bin/ecictl" exec -it "$id" -- sh -c '
    for size in "33 97" "44 101"; do
      until seen=$(stty size 2>/dev/null) && [ "$seen" = "$size" ]; do sleep 0.1; done
      [ "$size" = "44 101" ] || tty
      echo "$seen"
    done')"
  exits 5 on_terminal 24x80 "$bin/ecictl" exec -it "$id" -- sh -c 'exit 5'
  exits 2 session -it "$id" -- sh </dev/null
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

killed_client_takes_its_command_along() {
  local id client
  id=$(sleeps killed)
  "$bin/ecictl" exec "$id" -- sh -c 'sleep 54321 & sleep 12345; true' &
  client=$!
  settles pgrep --full --exact 'sleep 12345' >/dev/null
  kill -KILL "$client"
  settles fails pgrep --full --exact 'sleep (12345|54321)' >/dev/null
  # One that reads no input, and whose client has more than fits on the way.
  "$bin/ecictl" exec -i "$id" -- sleep 12345 </dev/zero &
  client=$!
  settles pgrep --full --exact 'sleep 12345' >/dev/null
  kill -KILL "$client"
  settles fails pgrep --full --exact 'sleep 12345' >/dev/null
  is "" "$(pgrep --full --list-name '^fake-eci-exec' || true)"
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

attach() { timeout 30 "$bin/ecictl" attach "$@"; }

# The end of the input ends the container's, which was made so. containerd joins the streams a moment after the handshake.
attached_input_reaches_the_container_and_ends_it() {
  local id
  id=$(run attached 'sleep 1; cat; echo end; echo err >&2; sleep 1; exit 3' Container.1.Stdin=true Container.1.StdinOnce=true)
  settles has_status "$id" Running
  is "$(printf 'hello\nend')" "$(echo hello | attach -i "$id" 2>"$work/err")"
  is err "$(cat "$work/err")"
  settles ended "$id"
  is "3 end err hello" "$(group "$id" '.Containers[0].CurrentState.ExitCode') $(log "$id" | sort | xargs)"
}

attached_client_leaves_without_harm() {
  local id client
  id=$(run stays 'while true; do echo tick; sleep 0.2; done' Container.1.Stdin=false)
  settles has_status "$id" Running
  attach -i "$id" </dev/null >"$work/ticks" &
  client=$!
  settles grep --quiet tick "$work/ticks"
  kill "$client"
  wait "$client" || true
  is "Running 0" "$(group "$id" '"\(.Status) \(.Containers[0].RestartCount)"')"
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
  exits 1 attach eci-none 2>/dev/null
}

attached_terminal_is_the_clients() {
  local id
  id=$(run screen 'until [ "$(stty size 2>/dev/null)" = "33 97" ]; do sleep 0.1; done; sleep 1; tty; stty size' Container.1.Stdin=true Container.1.Tty=true)
  settles has_status "$id" Running
  attach "$id" >"$work/seen" &
  is "$(printf '/dev/pts/0\n33 97')" "$(on_terminal 33x97 "$bin/ecictl" attach -it "$id")"
  wait "$!"
  is "/dev/pts/0 33 97" "$(tr --delete '\r' <"$work/seen" | xargs)"
}

# forward ID PORT: begins it; sets local_port and forwarder.
forward() {
  rm -f "$work/forward"
  "$bin/ecictl" port-forward "$1" "0:$2" --control "$control" >"$work/forward" 2>"$work/forward.err" &
  forwarder=$!
  settles grep --quiet forwarding "$work/forward"
  local_port=$(sed 's/.*127.0.0.1:\([0-9]*\) .*/\1/' "$work/forward")
}

# sends FILE: to local_port, then ends its side, and prints what comes back.
sends() {
  python3 - "$local_port" "$1" <<'PYTHON'
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as to, open(sys.argv[2], "rb") as file:
    to.sendall(file.read())
    to.shutdown(socket.SHUT_WR)
    sys.stdout.buffer.write(b"".join(iter(lambda: to.recv(65536), b"")))
PYTHON
}

port_of_the_loopback_is_reached() {
  local id
  id=$(run loopback 'mkdir /www; echo found >/www/file; httpd -p 127.0.0.1:8080 -h /www; nc -ll -p 8081 -e sha256sum')
  settles has_status "$id" Running
  fails curl --silent --max-time 2 "http://$(group "$id" .IntranetIp):8080/file"
  forward "$id" 8080
  settles curl --silent --output /dev/null "http://127.0.0.1:$local_port/file"
  is found "$(curl --silent --show-error --max-time 5 "http://127.0.0.1:$local_port/file")"
  kill "$forwarder" && wait "$forwarder"
  forward "$id" 8081
  head --bytes=3M /dev/urandom >"$work/sent"
  is "$(sha256sum <"$work/sent")" "$(sends "$work/sent")"
  kill "$forwarder" && wait "$forwarder"
  forward "$id" 9
  is "" "$(sends /dev/null)"
  settles grep --quiet 'dial 127.0.0.1:9: Connection refused' "$work/forward.err"
  kill "$forwarder" && wait "$forwarder"
  exits 2 "$bin/ecictl" port-forward "$id" none 2>/dev/null
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

# handshake URL: the status of its answer.
handshake() {
  curl --silent --output /dev/null --max-time 1 --write-out '%{http_code}' --header 'Connection: Upgrade' --header 'Upgrade: websocket' \
    --header 'Sec-WebSocket-Version: 13' --header 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
    --header 'Sec-WebSocket-Protocol: v5.channel.k8s.io' "${1/#ws:/http:}" || true
}

token_is_good_once() {
  local id uri
  id=$(sleeps token)
  uri=$(eci ExecContainerCommand "ContainerGroupId=$id" ContainerName=main 'Command=["sleep","1000"]' | jq --raw-output .WebSocketUri)
  is 101 "$(handshake "$uri")"
  is 403 "$(handshake "$uri")"
  is 403 "$(handshake "${uri%=*}=unknown")"
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

grace_is_given_and_force_takes_it() {
  local obeys stubborn
  obeys=$(run obeys 'trap "echo bye; exit 0" TERM; while true; do sleep 0.1; done' TerminationGracePeriodSeconds=20)
  stubborn=$(run stubborn 'trap "" TERM; while true; do sleep 0.1; done' TerminationGracePeriodSeconds=300)
  settles has_status "$obeys" Running
  settles has_status "$stubborn" Running
  eci DeleteContainerGroup "ContainerGroupId=$obeys" >/dev/null
  eci DeleteContainerGroup "ContainerGroupId=$stubborn" >/dev/null
  settles ended "$obeys"
  is "Succeeded bye" "$(group "$obeys" .Status) $(log "$obeys")"
  is Terminating "$(group "$stubborn" .Status)"
  eci DeleteContainerGroup "ContainerGroupId=$stubborn" Force=true >/dev/null
  settles ended "$stubborn"
  is 137 "$(group "$stubborn" '.Containers[0].CurrentState.ExitCode')"
}

readiness_follows_the_probe() {
  local id probe=(Container.1.ReadinessProbe.Exec.Command.1=test Container.1.ReadinessProbe.Exec.Command.2=-e
    Container.1.ReadinessProbe.Exec.Command.3=/tmp/ready Container.1.ReadinessProbe.PeriodSeconds=1)
  id=$(run ready 'sleep 1000' "${probe[@]}")
  settles has_status "$id" Running
  is false "$(group "$id" '.Containers[0].Ready')"
  execute "$id" touch /tmp/ready
  settles ready "$id"
  execute "$id" rm /tmp/ready
  settles fails ready "$id"
  [[ $(group "$id" '.Events[].Reason') == *Unhealthy* ]]
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

ready() { [[ $(group "$1" '.Containers[0].Ready') == true ]]; }

failed_liveness_restarts() {
  local id
  id=$(policy=OnFailure run alive 'sleep 1000' TerminationGracePeriodSeconds=1 Container.1.LivenessProbe.TcpSocket.Port=81 \
    Container.1.LivenessProbe.PeriodSeconds=1 Container.1.LivenessProbe.FailureThreshold=2)
  settles restarted "$id"
  is 137 "$(group "$id" '.Containers[0].PreviousState.ExitCode')"
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

http_probe_asks_the_container() {
  local id
  id=$(run web 'mkdir -p /www; echo fine >/www/health; httpd -f -p 8080 -h /www' Container.1.ReadinessProbe.HttpGet.Path=/health \
    Container.1.ReadinessProbe.HttpGet.Port=8080 Container.1.ReadinessProbe.PeriodSeconds=1)
  settles ready "$id"
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

hooks_run_at_start_and_before_the_end() {
  local id volume=(Volume.1.Name=nas Volume.1.Type=NFSVolume Volume.1.NFSVolume.Server=nas.test Volume.1.NFSVolume.Path=/hooks
    Container.1.VolumeMount.1.Name=nas Container.1.VolumeMount.1.MountPath=/nas)
  id=$(run hooks 'trap "" TERM; until test -e /nas/before-stop; do sleep 0.1; done' "${volume[@]}" \
    Container.1.LifecyclePostStartHandlerExec.1=touch Container.1.LifecyclePostStartHandlerExec.2=/nas/after-start \
    Container.1.LifecyclePreStopHandlerExec.1=touch Container.1.LifecyclePreStopHandlerExec.2=/nas/before-stop \
    TerminationGracePeriodSeconds=60)
  settles has_status "$id" Running
  eci DeleteContainerGroup "ContainerGroupId=$id" >/dev/null
  settles ended "$id"
  is 0 "$(group "$id" '.Containers[0].CurrentState.ExitCode')"
  prints "$(printf 'after-start\nbefore-stop')" hooks-seen 'ls /nas' "${volume[@]}"
}

# newest ID JQ: of the group's newest record of metrics.
newest() { eci DescribeContainerGroupMetric "ContainerGroupId=$1" | jq --raw-output ".Records[-1] | $2"; }

spins_with_its_memory() {
  [[ $(newest "$1" '.CPU.UsageNanoCores > 100000000 and .Containers[0].CPU.UsageNanoCores > 100000000 and
    .Memory.Rss > 20000000 and .Containers[0].Memory.Rss > 20000000 and .Network.Interfaces[0].TxPackets > 0') == true ]]
}

metrics_are_the_containers() {
  local id
  id=$(run metrics 'nslookup -type=a none.test >/dev/null; held=$(head -c 20000000 /dev/zero | tr "\0" x); while true; do :; done' \
    Container.1.Cpu=0.25 Container.1.Memory=0.25)
  settles spins_with_its_memory "$id"
  is "main 250 eth0" "$(newest "$id" '"\(.Containers[0] | "\(.Name) \(.CPU.Limit)") \(.Network.Interfaces[0].Name)"')"
  is "$(execute "$id" df -k / | awk 'NR == 2 {print $2}')" "$(newest "$id" '.Filesystem[0].Capacity / 1024')"
  is 268435456 "$(newest "$id" '.Containers[0].Memory | .WorkingSet + .AvailableBytes')"
  eci DescribeMultiContainerGroupMetric "ContainerGroupIds=[\"$id\"]" | jq --exit-status '.MonitorDatas[0].Records[0].Memory.Rss > 20000000'
  eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null
}

outgrown_volume_evicts() {
  local id volume=(Volume.1.Name=data Volume.1.Type=EmptyDirVolume Volume.1.EmptyDirVolume.SizeLimit=1Mi
    Container.1.VolumeMount.1.Name=data Container.1.VolumeMount.1.MountPath=/data)
  id=$(policy=Always run outgrows 'head -c 2000000 /dev/zero >/data/file; sleep 1000' "${volume[@]}")
  settles ended "$id"
  is 'Failed 137 Warning Evicted Usage of EmptyDir volume "data" exceeds the limit "1Mi". ' \
    "$(group "$id" '"\(.Status) \(.Containers[0].CurrentState.ExitCode) \(.Events[-1] | "\(.Type) \(.Reason) \(.Message)")"')"
  prints kept within 'head -c 500000 /dev/zero >/data/file; sleep 3; echo kept' "${volume[@]}"
}

missing_image_waits_and_says_so() {
  local id
  id=$(image=vk.test/nowhere:1 create no-image Container.2.Name=beside Container.2.Image=vk.test/busybox:1 Container.2.Command.1=sleep \
    Container.2.Arg.1=1000)
  settles waits_for_image "$id"
  [[ $(group "$id" '.Containers[0].CurrentState.Message') == *nowhere* ]]
  settles second_container_runs "$id"
  eci DeleteContainerGroup "ContainerGroupId=$id" >/dev/null
}

second_container_runs() { [[ $(group "$1" '.Containers[1].CurrentState.State') == Running ]]; }
waits_for_image() { [[ $(group "$1" '.Containers[0].CurrentState.Reason') == ErrImagePull ]]; }

many_at_once() {
  local i id ids=()
  for i in {1..20}; do ids+=("$(run "many-$i" 'sleep 1000')"); done
  for id in "${ids[@]}"; do settles has_status "$id" Running; done
  for id in "${ids[@]}"; do eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null; done
}

# fake-eci, containerd and the shims, which all name the runtime's folder or socket.
runtime_processes() { pgrep --full "$@" "$work/runtime|/run/fake-eci-$tag"; }

# What a runtime may leave: processes, mounts, links, rules, control groups.
traces() {
  runtime_processes --list-name || true
  grep --extended-regexp "$work/runtime|fake-eci-$tag" /proc/mounts || true
  ip -brief link | grep "eci$tag" || true
  iptables -S FORWARD | grep "eci$tag" || true
  find /sys/fs/cgroup -maxdepth 2 -name "fake-eci-$tag"
  ls --directory "$work/runtime" "/run/fake-eci-$tag" 2>/dev/null || true
}

identity_of() { group "$1" '"\(.IntranetIp) \(.Tags) \(.ContainerGroupName) \(.VSwitchId)"'; }

# with_sidecar NAME: a group whose container waits for what its sidecar writes, and then ends; the sidecar ends when it is told to.
with_sidecar() {
  run "$1" 'test -e /data/file && echo found' Volume.1.Name=data Volume.1.Type=EmptyDirVolume \
    Container.1.VolumeMount.1.Name=data Container.1.VolumeMount.1.MountPath=/data Container.2.Name=proxy \
    Container.2.Image=vk.test/busybox:1 Container.2.Command.1=sh Container.2.Command.2=-c \
    "Container.2.Command.3=trap 'echo told; exit 9' TERM; sleep 1; touch /data/file; while true; do sleep 0.1; done" \
    Container.2.VolumeMount.1.Name=data Container.2.VolumeMount.1.MountPath=/data Container.2.ReadinessProbe.Exec.Command.1=test \
    Container.2.ReadinessProbe.Exec.Command.2=-e Container.2.ReadinessProbe.Exec.Command.3=/data/file \
    Container.2.ReadinessProbe.PeriodSeconds=1 Container.2.EnvironmentVar.1.Key=ECI_CONTAINER_TYPE \
    Container.2.EnvironmentVar.1.Value=sidecar Container.2.EnvironmentVar.2.Key=ECI_CONTAINER_IGNORE_EXIT_CODE \
    Container.2.EnvironmentVar.2.Value=true Container.2.EnvironmentVar.3.Key=ECI_CONTAINER_LAUNCH_PRIORITY \
    Container.2.EnvironmentVar.3.Value=1 Container.2.EnvironmentVar.4.Key=ECI_CONTAINER_EXIT_PRIORITY \
    Container.2.EnvironmentVar.4.Value=-1
}

sidecar_starts_first_and_ends_last() {
  local id
  id=$(with_sidecar sidecar)
  settles ended "$id"
  is "Succeeded found" "$(group "$id" .Status) $(log "$id")"
  is "0 exit code 9, reason Error" "$(group "$id" '.Containers[1].CurrentState | "\(.ExitCode) \(.Message)"')"
  is told "$(eci DescribeContainerLog "ContainerGroupId=$id" ContainerName=proxy | jq --raw-output .Content)"
}

# Its container fails at once, since it starts beside the sidecar, which runs on.
sidecar_is_like_any_other_when_controls_are_ignored() {
  local id
  id=$(with_sidecar ignored)
  settles first_has_ended "$id"
  is "Running 1 Running" "$(group "$id" '"\(.Status) \(.Containers[0].CurrentState.ExitCode) \(.Containers[1].CurrentState.State)"')"
  eci DeleteContainerGroup "ContainerGroupId=$id" >/dev/null
  settles ended "$id"
  is 9 "$(group "$id" '.Containers[1].CurrentState.ExitCode')"
}

first_has_ended() { [[ $(group "$1" '.Containers[0].CurrentState.State') == Terminated ]]; }

# Three groups for the next check, their ids and what one of them is in $work/before.
groups_run_before_a_crash() {
  local goes_on ends restarts id
  goes_on=$(run goes-on 'echo here; sleep 1000' InitContainer.1.Name=first InitContainer.1.Image=vk.test/busybox:1 \
    InitContainer.1.Command.1=true Tag.1.Key=owner Tag.1.Value=test Container.1.LifecyclePostStartHandlerExec.1=sh \
    Container.1.LifecyclePostStartHandlerExec.2=-c "Container.1.LifecyclePostStartHandlerExec.3=echo hook >>/tmp/hooks" \
    Container.2.Name=missing Container.2.Image=vk.test/none:1)
  ends=$(run ends 'until test -e /tmp/end; do sleep 0.1; done; exit 5')
  restarts=$(policy=Always run restarts 'trap "exit 1" TERM; while true; do sleep 0.1; done')
  for id in "$goes_on" "$ends" "$restarts"; do settles has_status "$id" Running; done
  printf '%s\n' "$goes_on" "$ends" "$restarts" "$(identity_of "$goes_on")" >"$work/before"
  session "$goes_on" -- sleep 23456 >/dev/null 2>&1 &
  settles pgrep --full --exact 'sleep 23456' >/dev/null
}

# One container ends while nobody looks.
crash() {
  kill -KILL "$fake_pid"
  nsenter --target "$(pgrep --full 'until test -e /tmp/end' | head -1)" --mount touch /tmp/end
  settles fails pgrep --full 'until test -e /tmp/end' >/dev/null
}

# The second container of it was never started.
waits_for_its_image() { [[ $(group "$1" '.Containers[1].CurrentState.Reason') =~ ^(ErrImagePull|ImagePullBackOff)$ ]]; }

restarted_cloud_finds_its_groups() {
  local goes_on ends restarts before id
  { read -r goes_on && read -r ends && read -r restarts && read -r before; } <"$work/before"
  is Running "$(group "$goes_on" .Status)"
  settles fails pgrep --full --exact 'sleep 23456' >/dev/null
  is "$before" "$(identity_of "$goes_on")"
  is "here" "$(log "$goes_on")"
  is "goes-on" "$(execute "$goes_on" hostname)"
  is "hook" "$(execute "$goes_on" cat /tmp/hooks)"
  settles waits_for_its_image "$goes_on"
  settles has_status "$ends" Failed
  is 5 "$(group "$ends" '.Containers[0].CurrentState.ExitCode')"
  execute "$restarts" kill 1
  settles restarted "$restarts"
  [[ $(run newcomer 'hostname -i' && settles ended "$(latest)" && log "$(latest)") != "$(group "$goes_on" .IntranetIp)" ]]
  for id in "$goes_on" "$restarts"; do eci DeleteContainerGroup "ContainerGroupId=$id" Force=true >/dev/null; done
  settles gone_or_ended "$goes_on"
}

latest() { eci DescribeContainerGroups ContainerGroupName=newcomer | jq --raw-output '.ContainerGroups[0].ContainerGroupId'; }

gone_or_ended() { [[ $(group "$1" .Status) =~ ^(Succeeded|Failed|null)$ ]]; }

second_cloud_with_the_folder_is_refused() {
  local status=0
  "$bin/fake-eci" --listen 127.0.0.1:0 --control-listen 127.0.0.1:0 --runtime containerd --runtime-dir "$work/runtime" \
    --network "$network" >"$work/second.log" 2>&1 || status=$?
  is 2 "$status"
  grep --quiet "another fake-eci uses it" "$work/second.log"
}

runtime_dirs+=("$work/other")

# other_cloud FLAG..: runs one in $work/other, at $listen if that is set, until it refuses to start, or until its first line is there; then
# its id is in other_pid.
other_cloud() {
  rm -f "$work/other.out"
  "$bin/fake-eci" --listen "${listen:-127.0.0.1:0}" --control-listen 127.0.0.1:0 --runtime containerd --runtime-dir "$work/other" \
    --network "$other_network" --flow-limits off "$@" >"$work/other.out" 2>"$work/other.log" &
  other_pid=$!
  echo "$other_pid" >"$work/other.pid"
  first_line "$work/other.out" "$other_pid" >/dev/null
}

# Processes and rules of such a cloud.
traces_of_other() {
  local name
  name=$(printf %s "$work/other" | sha256sum | cut -c1-8)
  pgrep --full --list-name "$work/other|/run/fake-eci-$name" || true
  iptables -S FORWARD | grep "eci$name" || true
}

# is_refused PATTERN FLAG..: with exit code 2 and such a line.
is_refused() {
  local status=0
  fails other_cloud "${@:2}"
  wait "$other_pid" || status=$?
  rm "$work/other.pid"
  is 2 "$status"
  grep --quiet "$1" "$work/other.log"
}

refused_cloud_leaves_nothing_running() {
  local other_pid
  is_refused "no group can run without the image"
  is "" "$(traces_of_other)"
  listen=${ECI_ENDPOINT#http://} is_refused "listen on" --image-archive "$work/pause.tar"
  is "" "$(traces_of_other)"
}

# The containerd of the first would answer at the socket of the second.
removed_folder_is_a_new_one() {
  local other_pid address
  for _ in 1 2; do
    other_cloud --image-archive "$work/pause.tar" --registry "$registry"
    address=$(sed 's/.*openapi=\([^ ]*\).*/\1/' "$work/other.out")
    ECI_ENDPOINT=$address prints in lives 'echo in' "${credential[@]}"
    kill -KILL "$other_pid"
    wait "$other_pid" || true
    rm "$work/other.pid"
    # Its containerd may be removing what it no longer needs.
    settles rm -rf "$work/other"
  done
  "$bin/fake-eci" --purge --runtime-dir "$work/other"
  is "" "$(traces_of_other)"
}

# namespaces_of PID: their numbers.
namespaces_of() { readlink /proc/"$1"/ns/{ipc,mnt,net,pid,uts} | tr --complement --delete '0-9\n'; }

# listed NAMESPACES: some of them have processes.
listed() { lsns --noheadings --output NS,TYPE,PID,COMMAND | grep --word-regexp --fixed-strings "$1"; }

# Processes of the container outlive fake-eci, containerd and the shims.
kill_leaves_nothing_after_a_purge() {
  local id pid namespaces links link
  id=$(run outlives "exec sleep 9$$" Volume.1.Name=m Volume.1.Type=EmptyDirVolume Volume.1.EmptyDirVolume.Medium=Memory \
    Container.1.VolumeMount.1.Name=m Container.1.VolumeMount.1.MountPath=/m)
  settles has_status "$id" Running
  pid=$(pgrep --full --exact "sleep 9$$")
  namespaces=$(namespaces_of "$pid")
  links=$(ip -brief link show master "eci$tag" | sed 's/[@ ].*//')
  [[ -n $links ]]
  is "$(printf '%s\n' containerd containerd-shim fake-eci)" \
    "$(runtime_processes --list-name | cut --delimiter=' ' --fields=2 | sort --unique)"
  runtime_processes | xargs kill -KILL
  settles fails runtime_processes
  is "$namespaces" "$(namespaces_of "$pid")"
  [[ -n $(traces) ]]
  "$bin/fake-eci" --purge --runtime-dir "$work/runtime"
  is "" "$(traces)"
  # Until the machine's first process has reaped it, a dead process is in its PID namespace.
  settles fails listed "$namespaces"
  for link in $links; do [[ ! -e /sys/class/net/$link ]]; done
}

"$root/tools/images" build pause busybox >/dev/null
start_registry --user puller:secret
"$root/tools/images" push --registry "$registry" --user puller:secret pause busybox >/dev/null
archive pause
network=$(free_network)
# Bridges of the first are made later.
until other_network=$(free_network) && [[ $other_network != "$network" ]]; do :; done
credential=(ImageRegistryCredential.1.Server=vk.test ImageRegistryCredential.1.UserName=puller ImageRegistryCredential.1.Password=secret)
often=(--usage-seconds 1 --volume-seconds 1)
start_fake --registry "$registry" --image-archive "$work/pause.tar" "${often[@]}"
tag=$(printf %s "$work/runtime" | sha256sum | cut -c1-8)

pull_needs_the_credential() {
  local id
  id=$(run locked true)
  settles waits_for_image "$id"
  eci DeleteContainerGroup "ContainerGroupId=$id" >/dev/null
  prints in unlocked 'echo in' "${credential[@]}"
}

check "an image is pulled with the group's credential, and not without" pull_needs_the_credential
# So that the groups below need no credential, and pull nothing.
busybox_is_cached() {
  eci CreateImageCache ImageCacheName=busybox Image.1=vk.test/busybox:1 "${credential[@]}" >/dev/null
  settles cache_is_ready
}

cache_is_ready() { [[ $(eci DescribeImageCaches | jq --raw-output '.ImageCaches[0].Status') == Ready ]]; }

check "an image cache is made" busybox_is_cached
check "arguments follow the entry point" arguments_follow_the_entry_point
check "exit codes are told" exit_code_and_times
check "the group's address is the container's" address_is_the_containers
check "groups reach each other" groups_reach_each_other
check "files have their modes" files_have_their_modes
check "a volume inside a volume of files is mounted" volume_inside_files_is_mounted
check "an init container passes files on" init_containers_pass_files_on
check "a failed init container fails the group" failed_init_container_fails_the_group
check "a memory volume is a tmpfs of its size" memory_volume_is_a_tmpfs_of_its_size
check "an NFS share is one for all groups" nfs_is_shared_by_groups
check "user and capabilities are the container's" user_and_capabilities
check "name servers and hosts are the group's" name_servers_and_hosts
check "zones of PrivateZone are resolved, over UDP and TCP" zones_are_resolved
check "too much memory is killed" too_much_memory_is_killed
check "a termination message is told" termination_message
check "a restarted container keeps the log of its last life" restarted_container_keeps_its_last_log
check "a command runs in a container" command_in_a_container
check "a session has both outputs and the exit code" session_has_outputs_and_exit_code
check "a session carries 10 MB both ways" session_carries_input_and_output
check "a session ends with its command" session_ends_with_its_command
check "a session's terminal is as large as the client's" terminal_is_the_clients
check "a killed client takes its command along" killed_client_takes_its_command_along
check "attached input reaches the container and ends it" attached_input_reaches_the_container_and_ends_it
check "an attached client leaves without harm" attached_client_leaves_without_harm
check "an attached terminal is as large as the client's" attached_terminal_is_the_clients
check "a port of the loopback is reached" port_of_the_loopback_is_reached
check "a session's token is good once" token_is_good_once
check "the grace is given, and Force takes it" grace_is_given_and_force_takes_it
check "readiness follows its probe" readiness_follows_the_probe
check "a failed liveness probe restarts" failed_liveness_restarts
check "an HTTP probe asks the container" http_probe_asks_the_container
check "hooks run at the start and before the end" hooks_run_at_start_and_before_the_end
check "a sidecar starts first and ends last" sidecar_starts_first_and_ends_last
check "metrics are what the containers use" metrics_are_the_containers
check "a volume that outgrows its limit evicts" outgrown_volume_evicts
check "a missing image waits and says so" missing_image_waits_and_says_so
check "twenty groups at once run" many_at_once
check "a second cloud with the folder is refused" second_cloud_with_the_folder_is_refused
check "a refused cloud leaves nothing running" refused_cloud_leaves_nothing_running
check "a cloud in a folder that was removed has a containerd of its own" removed_folder_is_a_new_one
check "groups run before a crash" groups_run_before_a_crash
crash
start_fake --registry "$registry" "${often[@]}" --container-controls off
check "a restarted cloud finds its groups" restarted_cloud_finds_its_groups
check "a sidecar is like any other where that is ignored" sidecar_is_like_any_other_when_controls_are_ignored
check "a kill of everything leaves nothing after a purge" kill_leaves_nothing_after_a_purge
end_tests
