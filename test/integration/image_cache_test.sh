#!/usr/bin/env bash
# Image caches of fake-eci with real containers: what a cache holds is not pulled, what nothing holds is. Needs root and the
# packages of tools/setup.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/check.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/eci.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/eci.sh"

java=vk.test/java:17 busybox=vk.test/busybox:1
login=(ImageRegistryCredential.1.Server=vk.test ImageRegistryCredential.1.UserName=puller ImageRegistryCredential.1.Password=secret)

# create_cache NAME KEY=VALUE..: prints its id.
create_cache() { eci CreateImageCache "ImageCacheName=$1" "${@:2}" | jq --raw-output .ImageCacheId; }

# cache ID [JQ]: what the cloud shows of it.
cache() { eci DescribeImageCaches "ImageCacheId=$1" | jq --raw-output ".ImageCaches[0] | ${2:-.}"; }

cache_is() { [[ $(cache "$1" .Status) == "$2" ]]; }

delete_cache() { eci DeleteImageCache "ImageCacheId=$1" >/dev/null; }

delete_group() { eci DeleteContainerGroup "ContainerGroupId=$1" Force=true >/dev/null; }

store() { ctr --address "/run/fake-eci-$tag/containerd.sock" --namespace k8s.io "$@"; }

# in_store IMAGE: containerd has it.
in_store() { [[ $'\n'$(store images ls --quiet)$'\n' == *$'\n'$1$'\n'* ]]; }

# java_group NAME KEY=VALUE..: one that runs until it is deleted; prints its id.
java_group() {
  image=$java create "$1" Container.1.Command.1=sleep Container.1.Arg.1=1000 "${login[@]}" "${@:2}"
}

# start_time ID: milliseconds from creation to Running, by the cloud's own record.
start_time() {
  "$bin/ecictl" fake groups --output json --control "$control" |
    jq --arg id "$1" '.groups[] | select(.containerGroupId == $id) | [.transitions[] | {(.status): .at.monotonicUs | tonumber}] |
      add | ((.Running - .Scheduling) / 1000 | round)'
}

reasons() { group "$1" '[.Events[].Reason] | join(" ")'; }

# run_java NAME KEY=VALUE..: such a group from its creation to its end; prints how long it took to run.
run_java() {
  local id
  id=$(java_group "$@")
  settles has_status "$id" Running
  start_time "$id"
  reasons "$id" >"$work/reasons"
  delete_group "$id"
}

cache_of_the_profile_is_held() {
  settles cache_is imc-profile Ready
  delete_cache imc-profile
}

image_of_an_ended_group_is_pulled_again() {
  run_java pulls >/dev/null
  settles fails in_store "$java"
  run_java pulls-again >"$work/without"
  [[ $(<"$work/reasons") == *Pulling* ]]
}

groups_of_one_wave_share_a_pull() {
  local first second
  settles fails in_store "$java"
  first=$(java_group first)
  second=$(java_group second)
  settles has_status "$first" Running
  settles has_status "$second" Running
  is 1 "$({ reasons "$first" && reasons "$second"; } | grep --only-matching Pulling | wc --lines)"
  delete_group "$first"
  in_store "$java"
  delete_group "$second"
  settles fails in_store "$java"
}

cache_becomes_ready_with_its_images() {
  local id
  id=$(create_cache pair "Image.1=$java" "Image.2=$busybox" "${login[@]}" ClientToken=pair)
  is Creating "$(cache "$id" .Status)"
  settles cache_is "$id" Ready
  is "100%" "$(cache "$id" .Progress)"
  is "Pulled Pulled" "$(cache "$id" '[.Events[].Reason] | join(" ")')"
  in_store "$java"
  in_store "$busybox"
  is "$id" "$(create_cache pair "Image.1=$java" "Image.2=$busybox" "${login[@]}" ClientToken=pair)"
  printf %s "$id" >"$work/cache"
}

matching_group_starts_in_half_the_time() {
  local without with
  without=$(<"$work/without")
  run_java warm-up AutoMatchImageCache=true >/dev/null
  with=$(run_java matches AutoMatchImageCache=true)
  [[ $(<"$work/reasons") == *SuccessfulHitImageCache* && $(<"$work/reasons") != *Pulling* ]]
  printf 'without a cache: %d ms, with one: %d ms, %d %%\n' "$without" "$with" $((100 * with / without)) | tee "$work/ratio"
  ((2 * with <= without))
}

named_cache_needs_no_match() {
  run_java named "ImageSnapshotId=$(<"$work/cache")" >/dev/null
  [[ $(<"$work/reasons") == *SuccessfulHitImageCache* && $(<"$work/reasons") != *Pulling* ]]
}

miss_is_told() {
  local id
  id=$(image=vk.test/nowhere:1 create misses AutoMatchImageCache=true)
  [[ $(reasons "$id") == *ImageCacheMissed* ]]
  delete_group "$id"
}

image_that_cannot_be_pulled_fails_the_cache() {
  local id
  id=$(create_cache locked Image.1=vk.test/nowhere:1 "${login[@]}")
  settles cache_is "$id" Failed
  is Failed "$(cache "$id" '.Events[0].Reason')"
  [[ $(cache "$id" '.Events[0].Message') == *vk.test/nowhere:1* ]]
  fails create from-failed "ImageSnapshotId=$id" 2>"$work/refused"
  grep --quiet ImageSnapshot.IncorrectStatus "$work/refused"
  delete_cache "$id"
}

cache_needs_its_credential() {
  local id
  delete_cache "$(<"$work/cache")"
  settles fails in_store "$busybox"
  id=$(create_cache locked "Image.1=$busybox")
  settles cache_is "$id" Failed
  delete_cache "$id"
}

deleted_cache_lets_its_images_go_when_no_group_runs_them() {
  local id group
  id=$(create_cache short "Image.1=$java" "${login[@]}")
  settles cache_is "$id" Ready
  group=$(java_group outlives "ImageSnapshotId=$id")
  settles has_status "$group" Running
  delete_cache "$id"
  is "" "$(eci DescribeImageCaches | jq --raw-output '.ImageCaches[].ImageCacheId')"
  in_store "$java"
  is Running "$(group "$group" .Status)"
  delete_group "$group"
  settles fails in_store "$java"
}

update_holds_the_new_images_alone() {
  local id
  id=$(create_cache changes "Image.1=$java" "${login[@]}")
  settles cache_is "$id" Ready
  eci UpdateImageCache "ImageCacheId=$id" "Image.1=$busybox" "${login[@]}" >/dev/null
  settles cache_is "$id" Ready
  in_store "$busybox"
  settles fails in_store "$java"
  printf %s "$id" >"$work/cache"
}

# A pull that no cache and no group knows of.
leave_an_image_behind() { store images pull --plain-http --user puller:secret "$leftover" >/dev/null; }

restarted_cloud_finds_its_caches() {
  is "Ready changes 100%" "$(cache "$(<"$work/cache")" '"\(.Status) \(.ImageCacheName) \(.Progress)"')"
  in_store "$busybox"
  in_store vk.test/pause:1
  fails in_store "$leftover"
  eci DescribeImageCaches | jq --exit-status '.TotalCount == 1' >/dev/null
}

"$root/tools/images" build pause busybox java >/dev/null
start_registry --user puller:secret
leftover=${registry#http://}/java:17
"$root/tools/images" push --registry "$registry" --user puller:secret pause busybox java >/dev/null
tar --create --file="$work/pause.tar" --directory="$("$root/tools/images" path pause)/oci" .
network=$(free_network)
cat >"$work/profile.yaml" <<'EOF'
name: cached
seed: 1
image_caches:
  - {id: imc-profile, name: profile, images: ["vk.test/pause:1"]}
EOF
start_fake --registry "$registry" --image-archive "$work/pause.tar" --profile "$work/profile.yaml"
tag=$(printf %s "$work/runtime" | sha256sum | cut -c1-8)

check "a cache of the profile is held" cache_of_the_profile_is_held
check "an image is pulled again once no group has it" image_of_an_ended_group_is_pulled_again
check "groups of one wave share a pull" groups_of_one_wave_share_a_pull
check "a cache becomes Ready with its images" cache_becomes_ready_with_its_images
check "a group that matches a cache starts in half the time" matching_group_starts_in_half_the_time
cat "$work/ratio"
check "a named cache needs no match" named_cache_needs_no_match
check "a miss is told" miss_is_told
check "an image that cannot be pulled fails the cache" image_that_cannot_be_pulled_fails_the_cache
check "a cache needs its credential" cache_needs_its_credential
check "a deleted cache lets its images go when no group runs them" deleted_cache_lets_its_images_go_when_no_group_runs_them
check "an update holds the new images alone" update_holds_the_new_images_alone
kill -KILL "$fake_pid"
check "an image is left behind" leave_an_image_behind
start_fake --registry "$registry"
check "a restarted cloud finds its caches" restarted_cloud_finds_its_caches
end_tests
