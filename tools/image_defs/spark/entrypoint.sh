#!/usr/bin/env bash
# First process of the Spark image: what Kubernetes pods of Spark call with `driver ARGUMENT..` or `executor`. Anything else is run
# as it stands.
set -euo pipefail

# java_options: the values of SPARK_JAVA_OPT_0, SPARK_JAVA_OPT_1 and so on in this order, one JVM option each.
java_options() {
  local name
  options=()
  while read -r name; do options+=("${!name}"); done < <(compgen -e | grep -E '^SPARK_JAVA_OPT_[0-9]+$' | sort -t_ -k4 -n)
}

# join_class_path ENTRY..: those that are not empty, with colons between them.
join_class_path() {
  local entry
  class_path=''
  for entry in "$@"; do class_path+=${entry:+${class_path:+:}$entry}; done
}

# A platform may run the image as any user; Hadoop's login wants a name for it.
name_user() {
  if ! getent passwd "$(id -u)" >/dev/null && [[ -w /etc/passwd ]]; then
    echo "spark-user:x:$(id -u):$(id -g):spark:$SPARK_HOME:/bin/false" >>/etc/passwd
  fi
}

# What a pod of that kind must bring; an empty address would make the next flag its value.
need() {
  local name
  for name in "$@"; do
    if [[ -z ${!name:-} ]]; then
      echo "entrypoint.sh: $name is not set; Spark's own pods bring it" >&2
      exit 1
    fi
  done
}

# Where the programs below and the user's look for Java and, in images made from this one, Hadoop.
find_java_and_hadoop() {
  local java
  if [[ -z ${JAVA_HOME:-} ]]; then
    java=$(readlink -f "$(command -v java)")
    export JAVA_HOME=${java%/bin/java}
  fi
  if [[ -n ${HADOOP_HOME:-} && -z ${SPARK_DIST_CLASSPATH:-} ]]; then
    SPARK_DIST_CLASSPATH=$("$HADOOP_HOME/bin/hadoop" classpath)
    export SPARK_DIST_CLASSPATH
  fi
}

name_user
find_java_and_hadoop
case ${1:-} in
  driver)
    need SPARK_DRIVER_BIND_ADDRESS
    set -- "$SPARK_HOME/bin/spark-submit" --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" \
      --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS" --deploy-mode client "${@:2}"
    ;;
  executor)
    need SPARK_DRIVER_URL SPARK_EXECUTOR_ID SPARK_EXECUTOR_CORES SPARK_EXECUTOR_MEMORY SPARK_APPLICATION_ID \
      SPARK_EXECUTOR_POD_IP SPARK_EXECUTOR_POD_NAME SPARK_RESOURCE_PROFILE_ID
    java_options
    join_class_path "${SPARK_CONF_DIR:-}" "${HADOOP_CONF_DIR:-}" "${SPARK_CLASSPATH:-}" "$SPARK_HOME/jars/*" \
      "${SPARK_EXTRA_CLASSPATH:-}" "${SPARK_DIST_CLASSPATH:-}" "$PWD"
    set -- "$JAVA_HOME/bin/java" "${options[@]}" "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" \
      -cp "$class_path" org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
      --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" \
      --app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP" \
      --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME"
    ;;
esac
# It hands signals on and takes in what Python's workers leave behind.
exec /usr/bin/tini -s -- "$@"
