# shellcheck shell=bash
# Sourced by tests that run in a network namespace of their own.

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
