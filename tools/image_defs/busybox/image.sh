# shellcheck shell=bash
# Debian's static busybox with a link for each of its applets.

image_inputs() { sha256sum "$(busybox_program)"; }

image_layers() { step "linking the applets" busybox_tree "$2/10-busybox"; }

# The path where the package busybox-static puts it.
busybox_program() {
  local program
  for program in /bin/busybox /usr/bin/busybox; do
    if [[ -x $program ]]; then
      echo "$program"
      return
    fi
  done
  echo "tools/images: there is no busybox; run tools/setup" >&2
  return 1
}

busybox_tree() {
  local tree=$1 applet
  mkdir -p "$tree"/{bin,etc,root,tmp}
  chmod 1777 "$tree/tmp"
  chmod 700 "$tree/root"
  install -m 755 "$(busybox_program)" "$tree/bin/busybox"
  for applet in $("$tree/bin/busybox" --list); do
    [[ $applet == busybox ]] || ln -s busybox "$tree/bin/$applet"
  done
  printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/:/bin/false >"$tree/etc/passwd"
  printf '%s\n' root:x:0: nogroup:x:65534: >"$tree/etc/group"
}
