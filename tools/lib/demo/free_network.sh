# shellcheck shell=bash
# Sourced by the demonstration and by tests: addresses for the fake cloud's groups.

# free_network: one of sixteen networks of 16 bits, drawn so that two who ask at once differ, that no route of this machine is in.
free_network() {
  local i
  for i in $(shuf --input-range=16-31); do
    ip -4 route | grep --quiet "^172\.$i\." || { echo "172.$i.0.0/16" && return; }
  done
  echo "this machine has routes to all of 172.16.0.0/12; the fake cloud needs a part of 16 bits for its groups" >&2
  return 1
}
