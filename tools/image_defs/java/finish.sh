#!/usr/bin/env bash
# Run by mmdebstrap with the new root folder: takes out what no container reads and what differs between two builds. The
# names and versions of the packages go to the file $PACKAGES.
set -euo pipefail
root=$1

dpkg-query --root="$root" --show >"$PACKAGES"
find "$root"/usr/share/{doc,info,locale,man} "$root"/var/{cache,log} "$root"/var/lib/apt/lists -mindepth 1 -delete
# Which modules have been compiled depends on the order of the installation; with the image's file times Python would not take them.
find "$root"/usr/{lib,share} -name __pycache__ -prune -exec rm -rf {} +
# Those of this machine.
rm -f "$root"/etc/{hostname,resolv.conf,machine-id} "$root/etc/apt/sources.list"
"$(dirname "${BASH_SOURCE[0]}")/timeless_keystore.py" "$root/etc/ssl/certs/java/cacerts"
