# shellcheck shell=bash
# The control plane as K3s in Docker, where an engine runs and has the image already. Sourced by control-plane.sh.
# The server alone, without its node: pods stay pending, as they do on the control plane that is built here.

k3s_image=${KOMBO_K3S_IMAGE:-rancher/k3s:v1.33.4-k3s1}
k3s_marker=$cache/control-plane/k3s # tells the tests that there is a control plane, without asking Docker

k3s_is_at_hand() { have docker && docker image inspect "$k3s_image" >/dev/null 2>&1; }

k3s_name() { cat "$dir/container"; }

k3s_start() {
  if [[ ! -f $dir/container ]]; then
    local port
    port=$(free_ports 1)
    docker run --detach --publish "127.0.0.1:$port:6443" --tmpfs /run "$k3s_image" \
      server --disable-agent --tls-san=127.0.0.1 --disable=coredns,local-storage,metrics-server,servicelb,traefik \
      --disable-cloud-controller --disable-network-policy >"$dir/container" || fail "Docker could not start $k3s_image"
    echo "$port" >"$dir/ports"
  elif [[ $(docker inspect --format '{{.State.Running}}' "$(k3s_name)") != true ]]; then
    docker start "$(k3s_name)" >/dev/null
  fi
  wait_until 90 k3s_wrote_kubeconfig || k3s_fail "wrote no kubeconfig"
  wait_until 90 api_is_ready || k3s_fail "did not become ready"
  wait_until 60 controllers_are_ready || k3s_fail "runs no controllers"
}

k3s_wrote_kubeconfig() {
  docker exec "$(k3s_name)" cat /etc/rancher/k3s/k3s.yaml 2>/dev/null |
    sed "s#https://127.0.0.1:6443#https://127.0.0.1:$(<"$dir/ports")#" >"$dir/admin.kubeconfig"
  grep -q "client-key-data" "$dir/admin.kubeconfig"
}

k3s_fail() {
  docker logs --tail 20 "$(k3s_name)" >&2 || true
  docker rm --force "$(k3s_name)" >/dev/null 2>&1 || true
  fail "K3s in Docker $1"
}

# One process is the whole control plane: stopping any component stops all, and the state stays.
k3s_stop_component() { docker kill "$(k3s_name)" >/dev/null; }

k3s_remove() { docker rm --force --volumes "$(k3s_name)" >/dev/null; }
