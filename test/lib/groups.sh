# shellcheck shell=bash
# Sourced by tests: what the fake cloud's own record says of groups and pods. Needs bin and control.
# shellcheck disable=SC2154 # those two

groups() { "$bin/ecictl" fake groups --output json --control "$control"; }

# In which the agent keeps a pod's UID.
uid_tag=virtual-node/pod-uid

# going_on: a line for each group that goes on, its pod's UID.
going_on() {
  groups | jq --raw-output --arg tag "$uid_tag" '.groups[]? | select(all(.transitions[];
    .status | IN("Succeeded", "Failed", "Expired", "ScheduleFailed", "Removed") | not)) | .tags[$tag] // "no pod"'
}
nothing_goes_on() {
  local left
  left=$(going_on) && [[ -z $left ]]
}

# doubled: how many pods have had more than one group that got past Scheduling.
doubled() {
  groups | jq --arg tag "$uid_tag" '[.groups[]? | select(any(.transitions[]; .status == "Pending")) | .tags[$tag]]
    | group_by(.) | map(select(length > 1)) | length'
}
nothing_doubled() { [[ $(doubled) == 0 ]]; }
