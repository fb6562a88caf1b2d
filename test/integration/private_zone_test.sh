#!/usr/bin/env bash
# Services have names in the VPC: real API server and controllers, the agent, the fake cloud's zones, asked by DNS. Programs from
# VK_BIN.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/lab.sh"

zone=svc.cluster.local.c1

resolve() { python3 "$root/test/lib/dns.py" "$dns" "$1.$zone"; }
answers() { [[ $(resolve "$1") == "$2" ]]; }
is_unknown() { [[ -z $(resolve "$1") ]]; }
pod_ip() { kube get pod "$1" --output=jsonpath='{.status.podIP}'; }
address_of() { kube get service "$1" --output=jsonpath='{.spec.clusterIP}'; }
pvtz() { "$bin/ecictl" eci "$@"; }
records() { pvtz DescribeZoneRecords "ZoneId=$(zone_id)" PageSize=100 | jq --raw-output '.Records.Record[]? | "\(.RecordId) \(.Rr) \(.Value)"' | sort; }
zone_id() { pvtz DescribeZones "Keyword=$zone" SearchMode=EXACT | jq --raw-output '.Zones.Zone[0].ZoneId // empty'; }
zones() { pvtz DescribeZones | jq .TotalItems; }
writes() { "$bin/ecictl" fake calls --control "$control" --output json | jq '[.. | objects | select(.action? // "" | test("^(Add|Delete|Bind).*Zone"))] | length'; }

# service NAME SPEC [ANNOTATION]
service() {
  kube create --filename=- >/dev/null <<<"{apiVersion: v1, kind: Service, metadata: {name: $1, annotations: {${3-$opt_in}}}, spec: {$2}}"
}
opt_in='service.beta.kubernetes.io/alibaba-cloud-private-zone-enable: "true"'

start_zone_agent() {
  ECI_VPC=vpc-1 ALIYUN_CLUSTERID=c1 PVTZ_ENDPOINT=$openapi start_agent "$identity" --private-zone annotated --cloud-limits lifted
}

export ECI_REGION=cn-hangzhou ECI_ACCESS_KEY=test-key ECI_SECRET_KEY=test-secret
start_cluster
start_fake --profile instant --dns-listen 127.0.0.1:0 --flow-limits off
dns=$(listening fake dns)
identity=$("$root/tools/cluster" identity virtual-node --dir "$work/cluster")
export ECI_ENDPOINT=$openapi
start_zone_agent

service driver "clusterIP: None, selector: {app: driver}, ports: [{port: 7078}]"
python3 "$root/test/lib/dns.py" "$dns" "driver.default.$zone" 60 >"$work/answer" &
asker=$!
kube create --filename=- >/dev/null <<<"{apiVersion: v1, kind: Pod, metadata: {name: driver, labels: {app: driver}}, spec: $(pod_spec Always)}"
# The watch that ends with the first Ready tells when it came here.
timeout 60 "$work/cluster/bin/kubectl" --kubeconfig="$work/cluster/kubeconfig" wait --for=condition=Ready pod/driver --timeout=60s >/dev/null
ready=$(date +%s%3N)
wait "$asker" || true
answered=$(tail -n 1 "$work/answer")
echo "        the driver's name was answered $((answered - ready)) ms after kubectl had seen the pod Ready"
soon() { ((answered - ready <= 1000)); }
eventually 0 "a headless Service's record is there within 1 s of Ready" soon
eventually 5 "it is the pod's address" answers driver.default "$(pod_ip driver)"

service web "ports: [{port: 80}]"
eventually 10 "a ClusterIP Service has its address" answers web.default "$(address_of web)"
service quiet "ports: [{port: 80}]" ''
service lb "type: LoadBalancer, ports: [{port: 80}]"
kube patch service lb --subresource=status --type=merge --patch '{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.10"}]}}}' >/dev/null
eventually 10 "a load balancer has its own" answers lb.default 192.0.2.10
eventually 0 "a Service without the annotation has no record" is_unknown quiet.default

pvtz AddZoneRecord "ZoneId=$(zone_id)" Rr=other.default Type=A Value=192.0.2.1 Remark=mine >/dev/null
before=$(records) writes_before=$(writes)
lines=$(wc -l <"$work/agent.log")
kill -KILL "$agent_pid"
start_zone_agent
in_step() { grep --quiet "initial sync" <(tail -n +"$((lines + 1))" "$work/agent.log"); }
eventually 30 "the agent comes again" in_step
service late "ports: [{port: 80}]"
eventually 30 "and goes on" answers late.default "$(address_of late)"
same_as_before() { [[ $(records | grep --invert-match ' late.default ') == "$before" ]]; }
eventually 0 "neither doubled nor lost, the foreign one included" same_as_before
one_write() { (($(writes) - writes_before == 1)); }
eventually 0 "by one write" one_write
one_zone() { [[ $(zones) == 1 ]]; }
eventually 0 "in one zone" one_zone

kube delete pod driver >/dev/null
eventually 10 "a pod that goes takes its record along" is_unknown driver.default
kube delete service web late lb driver >/dev/null
eventually 10 "a Service that goes, too" is_unknown web.default
only_foreign() { [[ $(records | cut -d' ' -f2-) == "other.default 192.0.2.1" ]]; }
eventually 10 "only the foreign record stays" only_foreign

end_tests
