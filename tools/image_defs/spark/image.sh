# shellcheck shell=bash
# Spark as PyPI has it, laid out as in a distribution, and our examples. The same tree lies beside the image as spark-home, for
# spark-submit on this machine.

# Whole features that no RDD or SQL job on Kubernetes loads, 140 MB of 339: state of Structured Streaming in RocksDB, MLlib and
# GraphX with what only they use, the Hive metastore and its server (hive-storage-api stays, ORC needs it), Mesos, YARN, and the
# Scala shell with its compiler.
dropped_jars=(
  rocksdbjni-
  spark-mllib spark-graphx breeze spire algebra_ cats-kernel_ arpack lapack- blas- JTransforms- JLargeArrays-
  spark-hive hive-{beeline,cli,common,exec,jdbc,llap-common,metastore,serde,service-rpc,shims} derby- datanucleus-
  mesos- spark-mesos spark-yarn hadoop-yarn-server-web-proxy-
  spark-repl scala-compiler- jline-
)

image_inputs() { (cd "$1/../../spark" && sha256sum -- *.py); }

image_layers() {
  local definition=$1 work=$3/work pip=$3/work/venv/bin/pip layer=$2/20-spark
  mkdir "$work" "$layer"
  step "making a Python environment for pip" python3 -m venv "$work/venv"
  step "installing setuptools" "$pip" install --no-deps --require-hashes --only-binary=:all: \
    --requirement "$definition/build-requirements.txt"
  step "downloading Spark (318 MB)" "$pip" download --no-deps --require-hashes --no-binary=:all: --no-build-isolation \
    --dest "$work" --requirement "$definition/requirements.txt"
  step "unpacking" tar -C "$work" -xzf "$work"/pyspark-*.tar.gz
  step "arranging" spark_tree "$definition" "$(echo "$work"/pyspark-*/)" "$layer"
  cp --archive --link "$layer/opt/spark" "$3/spark-home"
  rm -rf "$work"
}

# spark_tree DEFINITION SDIST LAYER
spark_tree() {
  local home=$3/opt/spark jar
  mkdir -p "$home"/{python/lib,examples,work-dir} "$3/etc"
  mv "$2"/deps/{bin,sbin,jars,licenses} "$home/"
  mv "$2/pyspark" "$home/python/"
  mv "$2"/lib/*.zip "$home/python/lib/"
  rm "$home"/bin/*.cmd
  for jar in "${dropped_jars[@]}"; do rm "$home/jars/$jar"*.jar; done
  # Modes are not among what the image's folder is named after.
  install --mode=644 "$1"/../../spark/*.py "$home/examples/"
  # By this file the launcher knows a distribution from a source tree.
  touch "$home/RELEASE"
  cp "$1"/{entrypoint.sh,decom.sh} "$3/opt/"
  # Hadoop's login wants a name for the user that the image runs as.
  printf '%s\n' root:x:0:0:root:/root:/bin/bash spark:x:185:0:spark:/opt/spark:/bin/bash \
    nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin >"$3/etc/passwd"
  chmod -R u=rwX,go=rX "$3"
  chmod 1777 "$home/work-dir"
  # For the entrypoint, which adds whoever else the image is run as.
  chmod 664 "$3/etc/passwd"
}
