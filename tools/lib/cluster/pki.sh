# shellcheck shell=bash
# Sourced by tools/cluster: the cluster's certificates and kubeconfigs, laid out as kubeadm does.
# Needs parallel.sh.
# RSA throughout: fabric8, the client inside spark-submit, reads EC keys only with BouncyCastle.

# issue FILE CA SUBJECT [EXTENSION..]: FILE.key and FILE.crt signed by CA.{crt,key}; CA "self" signs
# itself. A configuration of its own, since the system's would make every certificate a CA.
issue() {
  local file=$1 ca=$2 subject=$3 signer=() extensions=() extension
  shift 3
  [[ $ca == self ]] || signer=(-CA "$ca.crt" -CAkey "$ca.key")
  for extension in "$@"; do extensions+=(-addext "$extension"); done
  openssl req -x509 -newkey rsa:2048 -noenc -sha256 -days 365 -subj "$subject" \
    -config <(printf '[req]\ndistinguished_name = name\n[name]\n') "${signer[@]}" \
    "${extensions[@]}" -keyout "$file.key" -out "$file.crt" 2>/dev/null
}

issue_ca() {
  issue "$1" self "$2" basicConstraints=critical,CA:TRUE \
    keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign
}

issue_client() {
  issue "$1" "$2" "$3" basicConstraints=critical,CA:FALSE \
    keyUsage=critical,digitalSignature,keyEncipherment extendedKeyUsage=clientAuth
}

issue_key_pair() {
  openssl genrsa -out "$1.key" 2048 2>/dev/null
  openssl rsa -in "$1.key" -pubout -out "$1.pub" 2>/dev/null
}

# create_pki DIR ADDRESS: everything the control plane presents and trusts, in DIR, or no DIR at all.
# ADDRESS is the one the API server advertises, 10.96.0.1 that of the Service kubernetes.
create_pki() (
  set -e
  mkdir -p "$1.partial"
  cd "$1.partial"
  local background_jobs=()
  in_parallel issue_ca ca /CN=kubernetes
  in_parallel issue_ca front-proxy-ca /CN=front-proxy-ca
  in_parallel issue_key_pair sa
  wait_all
  local names=DNS:localhost,IP:127.0.0.1,IP:10.96.0.1,IP:$2,DNS:kubernetes,DNS:kubernetes.default
  names+=,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
  in_parallel issue apiserver ca /CN=kube-apiserver basicConstraints=critical,CA:FALSE \
    keyUsage=critical,digitalSignature,keyEncipherment extendedKeyUsage=serverAuth \
    "subjectAltName=$names"
  in_parallel issue_client admin ca /O=system:masters/CN=kubernetes-admin
  in_parallel issue_client apiserver-kubelet-client ca /CN=kube-apiserver-kubelet-client
  in_parallel issue_client controller-manager ca /CN=system:kube-controller-manager
  in_parallel issue_client scheduler ca /CN=system:kube-scheduler
  in_parallel issue_client front-proxy-client front-proxy-ca /CN=front-proxy-client
  wait_all
  mv "$1.partial" "$1"
)

# write_kubeconfig FILE CA CLIENT SERVER: for the user of CLIENT.{crt,key}, everything embedded.
write_kubeconfig() {
  (umask 077 && cat >"$1") <<EOF
apiVersion: v1
kind: Config
clusters:
- name: local
  cluster:
    server: $4
    certificate-authority-data: $(base64 -w0 "$2.crt")
users:
- name: user
  user:
    client-certificate-data: $(base64 -w0 "$3.crt")
    client-key-data: $(base64 -w0 "$3.key")
contexts:
- name: local
  context: {cluster: local, user: user}
current-context: local
EOF
}
