# shellcheck shell=bash
# The smallest Debian 12 with a Java runtime, Python and tini, from the sources that this machine's apt has. Which versions of
# packages go in is the mirror's choice on the day of the first build: the folder's packages.txt tells.

image_inputs() { mmdebstrap --version; }

image_layers() {
  step "installing Debian packages" debian_root "$1" "$2/10-debian.tar" "$3/packages.txt"
}

# debian_root DEFINITION ARCHIVE PACKAGES
debian_root() {
  local sources=${2%/*}/sources.list
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
    sort -u >"$sources"
  [[ -s $sources ]] || { echo "apt has no package lists; run: apt-get update" && return 1; }
  # The JRE's installation fails without a place for its manual pages.
  # shellcheck disable=SC2016 # mmdebstrap's argument
  SOURCE_DATE_EPOCH=0 PACKAGES=$3 mmdebstrap --variant=minbase --setup-hook='mkdir -p "$1/usr/share/man/man1"' \
    --include=openjdk-17-jre-headless,python3-minimal,libpython3-stdlib,tini --customize-hook="$1/finish.sh" \
    bookworm "$2" "$sources"
  rm "$sources"
}
