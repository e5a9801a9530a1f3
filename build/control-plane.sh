#!/usr/bin/env bash
# A real Kubernetes control plane (etcd, kube-apiserver, kube-controller-manager) on this machine, for tests: K3s where
# Docker has its image already, else built here.
#   ensure                 unless it is K3s, build it once from Debian's source package into the cache; prints what is used
#   start DIR [options]    run one with its state in DIR; prints kubeconfig=DIR/admin.kubeconfig when it is ready
#     --parent PID         stop it when that process has ended, however it ended
#     --temporary          remove DIR when it is stopped
#   stop DIR [COMPONENT]   end all that runs in DIR, or one component; the state stays, unless it is temporary
# KOMBO_CONTROLLER_MANAGER_FLAGS: more flags for kube-controller-manager, parted by blanks.
# Started again on the same DIR, what is not running is started with the same ports and certificates.
. "$(dirname "$0")/lib.sh"
. "$root/build/control-plane-build.sh"
. "$root/build/control-plane-k3s.sh"

usage="usage: $0 ensure | start DIR [--parent PID] [--temporary] | stop DIR [COMPONENT]"
kubernetes=1.20.2
home=$cache/control-plane/v$kubernetes-$(uname -m)
components=(kube-apiserver kube-controller-manager) # built from source; etcd is a Debian package
service_range=10.96.0.0/16
service_address=10.96.0.1
gates=TTLAfterFinished=true,CronJobControllerV2=true # the latter for a benchmark

ensure() {
  if k3s_is_at_hand; then
    mkdir -p "${k3s_marker%/*}"
    echo "$k3s_image" | tee "$k3s_marker"
    return
  fi
  rm -f "$k3s_marker"
  if ! complete; then with_lock control-plane build; fi
  echo "$home"
}

# ---- certificates ----

# In the older PEM form: Kubernetes reads no PKCS #8 as the key of service accounts.
new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# sign NAME SUBJECT EXTENSIONS: pki/NAME.key and pki/NAME.crt, signed by the authority.
sign() {
  new_key "pki/$1.key"
  openssl req -new -key "pki/$1.key" -subj "$2" 2>/dev/null |
    openssl x509 -req -CA pki/ca.crt -CAkey pki/ca.key -CAcreateserial -days 3650 -extfile <(printf '%s\n' "$3") -out "pki/$1.crt" 2>/dev/null
}

make_certificates() {
  have openssl || apt_install openssl
  mkdir -p pki
  new_key pki/ca.key
  openssl req -x509 -new -key pki/ca.key -days 3650 -subj /CN=kombo-test-authority -out pki/ca.crt 2>/dev/null
  sign apiserver /CN=kube-apiserver "extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:$service_address"
  sign admin /O=system:masters/CN=admin extendedKeyUsage=clientAuth
  sign controller-manager /CN=system:kube-controller-manager extendedKeyUsage=clientAuth
  new_key pki/service-account.key
}

# write_kubeconfig FILE NAME: of the user whose certificate is pki/NAME.crt; it stands alone.
write_kubeconfig() {
  cat >"$1" <<END
apiVersion: v1
kind: Config
clusters:
  - name: kombo-test
    cluster: {server: "https://127.0.0.1:$port_apiserver", certificate-authority-data: $(base64 -w 0 pki/ca.crt)}
users:
  - name: $2
    user: {client-certificate-data: $(base64 -w 0 "pki/$2.crt"), client-key-data: $(base64 -w 0 "pki/$2.key")}
contexts:
  - name: kombo-test
    context: {cluster: kombo-test, user: $2}
current-context: kombo-test
END
}

# ---- start and stop ----

prepare() {
  if [[ ! -f complete ]]; then
    free_ports 3 | paste -sd ' ' >ports
    mkdir -p etcd logs pids
    make_certificates
  fi
  read -r port_etcd port_peer port_apiserver <ports
  write_kubeconfig admin.kubeconfig admin
  write_kubeconfig pki/controller-manager.kubeconfig controller-manager
  touch complete
}

alive() { [[ -f pids/$1 ]] && ! process_is_gone "$(<"pids/$1")"; }

# launch NAME ARGUMENTS...: in the background, unless it runs already.
launch() {
  local name=$1
  shift
  if alive "$name"; then return; fi
  setsid "$home/$name" "$@" >>"logs/$name.log" 2>&1 </dev/null &
  echo $! >"pids/$name"
}

launch_etcd() {
  # Not synced to disk: what a crash of the machine loses, a test does not miss.
  launch etcd --unsafe-no-fsync --data-dir=etcd --logger=zap --log-level=warn \
    --listen-client-urls="http://127.0.0.1:$port_etcd" --advertise-client-urls="http://127.0.0.1:$port_etcd" \
    --listen-peer-urls="http://127.0.0.1:$port_peer" --initial-advertise-peer-urls="http://127.0.0.1:$port_peer" \
    --initial-cluster="default=http://127.0.0.1:$port_peer"
}

launch_apiserver() {
  launch kube-apiserver --etcd-servers="http://127.0.0.1:$port_etcd" --bind-address=127.0.0.1 --secure-port="$port_apiserver" \
    --advertise-address=127.0.0.1 --endpoint-reconciler-type=none --cert-dir=pki \
    --tls-cert-file=pki/apiserver.crt --tls-private-key-file=pki/apiserver.key --client-ca-file=pki/ca.crt \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=pki/service-account.key \
    --service-account-signing-key-file=pki/service-account.key --service-cluster-ip-range="$service_range" \
    --authorization-mode=Node,RBAC --allow-privileged --feature-gates="$gates"
}

launch_controller_manager() {
  local more=()
  read -ra more <<<"${KOMBO_CONTROLLER_MANAGER_FLAGS:-}"
  launch kube-controller-manager --kubeconfig=pki/controller-manager.kubeconfig --use-service-account-credentials \
    --service-account-private-key-file=pki/service-account.key --root-ca-file=pki/ca.crt \
    --leader-elect=false --port=0 --secure-port=0 --feature-gates="$gates" "${more[@]}"
}

ask() { "$kubectl" --kubeconfig "$dir/admin.kubeconfig" --request-timeout=5s "$@" >/dev/null 2>&1; }
api_is_ready() { ask get --raw /readyz; }
controllers_are_ready() { ask get --raw /api/v1/namespaces/default/serviceaccounts/default; } # one of them makes it

# await NAME CONDITION: or fails with the end of the component's log.
await() {
  # shellcheck disable=SC2317 # wait_until calls it
  component_settled() { "$2" || ! alive "$1"; }
  if wait_until 180 component_settled "$1" "$2" && alive "$1"; then return; fi
  tail -n 20 "logs/$1.log" >&2
  end_all
  fail "$1 is not ready; its whole log: $dir/logs/$1.log"
}

start() {
  read_life "$usage" "$@"
  kubectl=$("$root/build/kubectl.sh")
  ensure >/dev/null
  umask 077
  mkdir -p "$dir"
  cd "$dir"
  [[ -z $(ls -A) || -f ours ]] || fail "$dir is neither empty nor made by this script"
  touch ours
  if ((temporary)); then touch temporary; fi
  if [[ -n $parent ]]; then guard "$parent" "$dir/guard" "$root/build/control-plane.sh" stop "$dir"; fi
  if [[ -f container || ! -f complete && -f $k3s_marker ]]; then
    k3s_start
  else
    prepare
    launch_etcd
    launch_apiserver
    await kube-apiserver api_is_ready
    launch_controller_manager
    await kube-controller-manager controllers_are_ready
  fi
  echo "kubeconfig=$dir/admin.kubeconfig"
}

end_all() {
  rm -f guard
  # Only etcd keeps state. The others would wait for their clients to leave.
  end_process pids/kube-controller-manager KILL kube-controller-manager
  end_process pids/kube-apiserver KILL kube-apiserver
  end_process pids/etcd TERM etcd
}

stop() {
  [[ -d $dir ]] || return 0
  cd "$dir"
  [[ -f ours ]] || fail "$dir was not made by this script"
  if [[ -n ${1:-} ]]; then
    if [[ -f container ]]; then k3s_stop_component; else end_process "pids/$1" KILL "$1"; fi
    return
  fi
  end_all
  if [[ -f container && ! -f temporary ]]; then k3s_stop_component; elif [[ -f container ]]; then k3s_remove; fi
  if [[ -f temporary ]]; then cd / && rm -rf "$dir"; fi
}

case ${1:-} in
  ensure) ensure ;;
  start | stop)
    command=$1
    dir=$(realpath --canonicalize-missing "${2:?"$usage"}")
    shift 2
    "$command" "$@"
    ;;
  *) fail "$usage" ;;
esac
