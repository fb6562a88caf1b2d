# shellcheck shell=bash
# Sourced by tools/images: makes container images from the definitions in tools/image_defs, whose README
# says what a definition is. Needs env.sh and cache.sh.

images_dir=$cache_dir/images
oci_image=$tools_dir/lib/images/oci_image.py

image_names() { find "$tools_dir/image_defs" -mindepth 2 -name image.json -printf '%h\n' | sed 's|.*/||' | LC_ALL=C sort; }

definition_of() { echo "$tools_dir/image_defs/$1"; }

# base_of NAME: the image whose layers come below its own, if any.
base_of() { jq --raw-output '.base // empty' "$(definition_of "$1")/image.json"; }

# define NAME: brings the functions image_inputs and image_layers.
define() {
  # shellcheck source=/dev/null
  source "$(definition_of "$1")/image.sh"
}

# image_dir NAME: its folder in the cache, named after all that decides what is in it.
image_dir() {
  local base files inputs key
  base=$(base_of "$1")
  if [[ -n $base ]]; then base=$(image_dir "$base"); fi
  define "$1"
  files=$(cd "$(definition_of "$1")" && find . -type f ! -name '*.pyc' -exec sha256sum {} + | LC_ALL=C sort --key=2)
  inputs=$(image_inputs "$(definition_of "$1")")
  key=$({ echo "$files" "$inputs" "${base##*/}"; cat "$oci_image"; uname -m; } | sha256sum | cut -c1-16)
  echo "$images_dir/$1/$key"
}

# build_image NAME: does nothing when it is there.
build_image() {
  local base folder
  base=$(base_of "$1")
  if [[ -n $base ]]; then build_image "$base"; fi
  folder=$(image_dir "$1")
  fill_once "$folder" "the image $1" assemble_image "$1" "$base"
}

# assemble_image NAME BASE FOLDER: layers are made in FOLDER/layers, the layout from them in FOLDER/oci.
assemble_image() {
  local folder=$3 definition from=() begin=$SECONDS
  definition=$(definition_of "$1")
  echo "building the image $1 into ${folder%.partial}" >&2
  mkdir "$folder/layers"
  define "$1"
  image_layers "$definition" "$folder/layers" "$folder"
  if [[ -n $2 ]]; then from=(--base "$(image_dir "$2")/oci"); fi
  step "writing the image" "$oci_image" write --definition "$definition" --output "$folder/oci" "${from[@]}" "$folder"/layers/*
  rm -rf "$folder/layers"
  echo "built $1 in $((SECONDS - begin)) s" >&2
}

# built_image NAME: its folder; fails when it has not been built.
built_image() {
  local folder
  folder=$(image_dir "$1")
  if [[ ! -d $folder ]]; then
    echo "tools/images: $1 is not built yet; run: tools/images build $1" >&2
    return 1
  fi
  echo "$folder"
}

# maven_jars DEFINITION FOLDER CACHE: into FOLDER what DEFINITION/pom.xml names, and nothing that this depends on; it must be what
# DEFINITION/jars.sha256 says. CACHE is Maven's, for this time only.
maven_jars() {
  command -v mvn >/dev/null || { echo "there is no Maven; run tools/setup" && return 1; }
  mvn --batch-mode --quiet --file="$1/pom.xml" "-Dmaven.repo.local=$3" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DexcludeTransitive=true "-DoutputDirectory=$2"
  rm -r "$3"
  (cd "$2" && sha256sum --check --strict "$1/jars.sha256")
}
