# shellcheck shell=bash
# Sourced by tests that run in a network namespace of their own.

# in_own_network ARGUMENT..: goes on as the same script in a namespace of its own, with one more argument in front, after the
# function before_namespace, which has the machine's network. Without root the test is left out.
in_own_network() {
  if ((EUID != 0)); then
    echo "left out: real containers need root"
    echo "0 passed, 0 failed"
    exit
  fi
  if [[ ${1-} != in-own-namespace ]]; then
    before_namespace
    exec unshare --net "$0" in-own-namespace "$@"
  fi
}

# A network of a machine's kind, with a firewall: an address besides loopback, nothing forwarded.
make_network() {
  ip link set lo up
  ip link add eth0 type veth peer name eth1
  ip address add 192.0.2.2/24 dev eth0
  ip link set eth0 up
  ip link set eth1 up
  ip route add default via 192.0.2.1
  sysctl --quiet --write net.ipv4.ip_forward=0
  iptables -P FORWARD DROP
}
