# shellcheck shell=bash
# What the scripts in this folder share. Source it, do not run it.
# Standard output carries results only (a path, a connection); progress and messages go to standard error.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${KOMBO_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/kombo}

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# elapsed SECONDS: "45 s" or "3 min 20 s".
elapsed() {
  if (($1 < 60)); then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi
}

# with_lock NAME COMMAND...: one at a time per user and name, so that parallel runs wait instead of colliding.
# What the command leaves running does not hold the lock.
with_lock() {
  local name=$1
  shift
  mkdir -p "$cache"
  (
    if ! flock --nonblock 9; then
      say "waiting for another run of $name ..."
      flock 9
    fi
    "$@" 9>&-
  ) 9>"$cache/$name.lock"
}

# with_progress LABEL LOG COMMAND...: the command's output goes to LOG, and every 15 s a line says how long it has taken.
# On failure the end of LOG is shown. An interrupted script takes the command with it.
with_progress() {
  local label=$1 log=$2 pid status=0 began=$SECONDS next=15 traps
  shift 2
  traps=$(trap -p INT TERM)
  set -m # a process group of its own, so that it can be ended as a whole
  ("$@") >"$log" 2>&1 </dev/null &
  pid=$!
  set +m
  trap 'kill -TERM -- -'"$pid"' 2>/dev/null; exit 130' INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS - began >= next)); then
      say "  $label: $(elapsed $((SECONDS - began)))"
      next=$((next + 15))
    fi
  done
  wait "$pid" || status=$?
  trap - INT TERM
  eval "$traps" # as the script has set them
  if ((status != 0)); then
    say "$label failed after $(elapsed $((SECONDS - began))); the end of its output:"
    tail -n 30 "$log" >&2
    return "$status"
  fi
  say "  $label: done in $(elapsed $((SECONDS - began)))"
}

# wait_until SECONDS COMMAND...: polls a condition; false when it has not become true in time.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    if ((SECONDS >= deadline)); then return 1; fi
    sleep 0.1
  done
}

# free_ports N: N different free ports of the loopback interface, one a line.
# They are below the range from which the system hands out ports by itself, so nobody gets one by chance meanwhile.
free_ports() {
  local wanted=$1 low high port
  read -r low high </proc/sys/net/ipv4/ip_local_port_range
  if ((low < 12000)); then low=$high; fi
  local -A given=()
  while ((${#given[@]} < wanted)); do
    port=$((10000 + (RANDOM * 32768 + RANDOM) % (low - 10000)))
    if [[ -z ${given[$port]:-} ]] && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      given[$port]=1
      echo "$port"
    fi
  done
}

# end_process PIDFILE SIGNAL NAME: ends the process of a pid file if it still is NAME, and waits until it is gone.
end_process() {
  local file=$1 signal=$2 name=$3 pid
  [[ -f $file ]] || return 0
  pid=$(<"$file")
  if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "${name:0:15}" ]]; then
    kill -"$signal" "$pid" 2>/dev/null || true
    wait_until 10 process_is_gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$file"
}

process_is_gone() {
  local state
  state=$(sed -E 's/.*\) (.).*/\1/' "/proc/$1/stat" 2>/dev/null) || return 0
  [[ -z $state || $state == Z ]]
}

# as_root COMMAND...: false when the user is neither root nor may use sudo.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif have sudo && { sudo --non-interactive true 2>/dev/null || [[ -t 0 && -t 2 ]]; }; then
    sudo "$@"
  else
    return 1
  fi
}

installed() { [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# apt_install PACKAGE...: installs what is missing; the package lists are fetched only when the first try fails.
apt_install() {
  local missing=() package
  for package in "$@"; do
    if ! have dpkg-query || ! installed "$package"; then missing+=("$package"); fi
  done
  ((${#missing[@]} > 0)) || return 0
  have apt-get || fail "${missing[*]} is needed; this script can install it on Debian only. Install it by hand."
  as_root true || fail "${missing[*]} is needed. Install it by hand: sudo apt-get install ${missing[*]}"
  say "installing ${missing[*]} ..."
  with_lock apt apt_install_now "${missing[@]}"
}

apt_install_now() {
  local log
  log=$(mktemp)
  local install=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@")
  if ! "${install[@]}" >"$log" 2>&1; then
    as_root apt-get -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 || say "apt-get update: $(tail -n 3 "$log")"
    if ! "${install[@]}" >"$log" 2>&1; then
      tail -n 15 "$log" >&2
      fail "apt-get could not install $*"
    fi
  fi
  rm -f "$log"
}

# guard PARENT FILE COMMAND...: in the background, runs the command once the process PARENT has ended, however it ended.
# Removing FILE ends the guard.
guard() {
  local parent=$1 file=$2
  shift 2
  touch "$file"
  setsid "$BASH" -c '
    parent=$1 file=$2; shift 2
    started() { sed "s/.*) //" "/proc/$parent/stat" 2>/dev/null | cut -d " " -f 20; } # tells a reused id apart
    first=$(started)
    while [[ -f $file && -n $first && $(started) == "$first" ]]; do sleep 0.5; done
    if [[ -f $file ]]; then exec "$@"; fi' guard "$parent" "$file" "$@" >/dev/null 2>&1 </dev/null &
}

# read_life USAGE OPTIONS...: the options that all servers have; sets parent (or nothing), temporary and fast (0 or 1).
read_life() {
  local usage=$1
  shift
  parent="" temporary=0 fast=0
  while (($# > 0)); do
    case $1 in
      --fast) fast=1 ;;
      --temporary) temporary=1 ;;
      --parent) shift && parent=${1:?"$usage"} ;;
      *) fail "$usage" ;;
    esac
    shift
  done
}
