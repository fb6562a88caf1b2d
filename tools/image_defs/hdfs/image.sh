# shellcheck shell=bash
# The servers of HDFS, in the version of the client that Spark brings, upon whose image they come.

image_inputs() { :; }

image_layers() {
  local home=$2/30-hdfs/opt/hdfs
  mkdir -p "$home"/{bin,lib}
  step "downloading HDFS (37 MB)" maven_jars "$1" "$home/lib" "$3/maven"
  cp --recursive "$1/conf" "$home/conf"
  cp "$1/hdfs.sh" "$home/bin/hdfs"
  chmod -R u=rwX,go=rX "$2/30-hdfs"
  chmod 755 "$home/bin/hdfs"
}
