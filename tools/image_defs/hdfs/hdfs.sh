#!/usr/bin/env bash
# First process of the image of HDFS. The servers need their pod's address in POD_IP and keep their data in /data.
#   hdfs namenode             formats /data/name when it is empty
#   hdfs datanode
#   hdfs ready                whether the NameNode of this pod has a DataNode to write to
#   hdfs dfs -put FROM URL    or any other command of the client; hdfs dfs -help tells
set -euo pipefail

home=/opt/hdfs
servers=org.apache.hadoop.hdfs.server

# java_class LEVEL CLASS ARGUMENT..
java_class() {
  exec java "-Xmx${HDFS_HEAP:-256m}" "-Dhdfs.log=$1" -cp "$home/conf:$home/lib/*:/opt/spark/jars/*" "${@:2}"
}

need_address() {
  [[ -n ${POD_IP:-} ]] || {
    echo "hdfs: POD_IP is not set; the pod gives it with a fieldRef of status.podIP" >&2
    exit 1
  }
}

case ${1:-} in
  namenode)
    need_address
    if [[ ! -d /data/name/current ]]; then (java_class info $servers.namenode.NameNode -format -nonInteractive); fi
    java_class info $servers.namenode.NameNode
    ;;
  datanode)
    need_address
    java_class info $servers.datanode.DataNode
    ;;
  ready)
    exec python3 - <<'EOT'
import json, urllib.request

url = "http://127.0.0.1:9870/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState"
with urllib.request.urlopen(url, timeout=5) as answer:
    live = json.load(answer)["beans"][0]["NumLiveDataNodes"]
raise SystemExit(0 if live else "no DataNode yet")
EOT
    ;;
  dfs) java_class warn org.apache.hadoop.fs.FsShell "${@:2}" ;;
  *)
    echo "hdfs: say namenode, datanode, ready or dfs" >&2
    exit 2
    ;;
esac
