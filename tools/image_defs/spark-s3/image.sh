# shellcheck shell=bash
# Spark with what reads s3a:// URLs, in the version of its Hadoop.

image_inputs() { :; }

image_layers() {
  local jars=$2/30-s3/opt/spark/jars
  mkdir -p "$jars"
  step "downloading Hadoop's S3 client (282 MB)" maven_jars "$1" "$jars" "$3/maven"
  chmod -R u=rwX,go=rX "$2/30-s3"
}
