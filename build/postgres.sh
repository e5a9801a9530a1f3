#!/usr/bin/env bash
# A private PostgreSQL server: own folder, own port on 127.0.0.1, no socket; running servers are never touched.
#   ensure                find PostgreSQL 14 or newer, or install postgresql-15 without a cluster; prints the programs' folder
#   start DIR [options]   run a server on DIR, made when empty; prints connection=... in Npgsql's form
#     --fast              for tests: loses data when the machine crashes
#     --parent PID        stop the server when that process has ended, however it ended
#     --temporary         remove DIR when the server is stopped
#   stop DIR [--remove]   stop the server on DIR; its data stays unless told to remove it
# Started again on the same DIR, a server keeps its data, its password and, if still free, its port.
. "$(dirname "$0")/lib.sh"

oldest=14
usage="usage: $0 ensure | start DIR [--fast] [--parent PID] [--temporary] | stop DIR [--remove]"

# ---- ensure ----

# Every folder that may hold the server's programs, newest version first.
candidates() {
  printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort --version-sort --reverse
  if have pg_config; then pg_config --bindir; fi
  if have initdb; then dirname "$(command -v initdb)"; fi
}

find_programs() {
  local folder major
  while read -r folder; do
    [[ -x $folder/initdb && -x $folder/pg_ctl && -x $folder/postgres ]] || continue
    major=$("$folder/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
    if ((major >= oldest)); then
      echo "$folder"
      return
    fi
  done < <(candidates)
  return 1
}

ensure() {
  find_programs && return
  with_lock postgres install_without_cluster
  find_programs || fail "PostgreSQL $oldest or newer is needed. Install it by hand: sudo apt-get install postgresql"
}

# The package would create and start a cluster; a drop-in that exists only during the installation says not to.
install_without_cluster() {
  if find_programs >/dev/null; then return; fi
  local folder=/etc/postgresql-common/createcluster.d
  local drop_in=$folder/zz-kombo.conf
  as_root true || fail "PostgreSQL $oldest or newer is needed. Install it by hand: sudo apt-get install postgresql"
  trap 'as_root rm -f '"$drop_in"'; as_root rmdir --ignore-fail-on-non-empty '"$folder" EXIT
  as_root mkdir -p "$folder"
  echo "create_main_cluster = false" | as_root tee "$drop_in" >/dev/null
  apt_install postgresql-15
}

# ---- start and stop ----

# The server refuses to run as root: then it runs as "postgres" or "nobody".
server_user() {
  if ((EUID != 0)); then id -un; elif id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

as_server() {
  cd "$dir" # the current folder may be closed to the server's user
  if ((EUID == 0)); then
    setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups --inh-caps=-all --no-new-privs env HOME="$dir" LC_ALL=C.UTF-8 "$@"
  else
    env LC_ALL=C.UTF-8 "$@"
  fi
}

prepare() {
  mkdir -p "$dir"
  chmod 700 "$dir"
  if ((EUID == 0)); then chown "$user:" "$dir"; fi
  as_server test -x "$dir" || fail "the user $user, as whom PostgreSQL must run, may not enter $dir; choose a folder under /tmp or /var/lib"
  if [[ -f $dir/complete ]]; then return; fi
  [[ -z $(ls -A "$dir") || -f $dir/password ]] || fail "$dir is neither empty nor made by this script"
  rm -rf "$dir/data" # of a start that was interrupted
  (umask 077 && od -An -N 16 -tx1 /dev/urandom | tr -d ' \n' >"$dir/password")
  if ((EUID == 0)); then chown "$user:" "$dir/password"; fi
  local sync=()
  if ((fast)); then sync=(--no-sync); fi
  as_server "$bin/initdb" "${sync[@]}" --pgdata="$dir/data" --username=kombo --pwfile="$dir/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; fail "initdb failed"; }
  echo 'create database kombo' | as_server "$bin/postgres" --single -D "$dir/data" postgres >>"$dir/initdb.log" 2>&1 ||
    { tail -n 15 "$dir/initdb.log" >&2; fail "the database could not be created"; }
  touch "$dir/complete"
}

running() { [[ -f $dir/data/postmaster.pid ]] && as_server "$bin/pg_ctl" status --pgdata="$dir/data" >/dev/null 2>&1; }

start_server() {
  local settings="-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c log_min_messages=warning"
  if ((fast)); then settings+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off"; fi
  local port attempt
  port=$(cat "$dir/port" 2>/dev/null || free_ports 1)
  for attempt in 1 2 3; do
    if as_server "$bin/pg_ctl" start --wait --timeout=180 --pgdata="$dir/data" --log="$dir/server.log" \
      --options="-p $port $settings" >/dev/null 2>&1; then
      echo "$port" >"$dir/port"
      return
    fi
    port=$(free_ports 1) # somebody else took it
  done
  tail -n 15 "$dir/server.log" >&2
  fail "PostgreSQL did not start in $dir after $attempt attempts"
}

start() {
  read_life "$usage" "$@"
  bin=$(ensure)
  prepare
  if ((temporary)); then touch "$dir/temporary"; fi
  if [[ -n $parent ]]; then guard "$parent" "$dir/guard" "$root/build/postgres.sh" stop "$dir"; fi
  running || start_server
  echo "connection=Host=127.0.0.1;Port=$(<"$dir/port");Username=kombo;Password=$(<"$dir/password");Database=kombo"
}

stop() {
  [[ -d $dir ]] || return 0
  local remove=0
  if [[ ${1:-} == --remove || -f $dir/temporary ]]; then remove=1; fi
  [[ -f $dir/password ]] || fail "$dir was not made by this script"
  bin=$(find_programs)
  rm -f "$dir/guard"
  if running; then as_server "$bin/pg_ctl" stop --mode=fast --wait --timeout=180 --pgdata="$dir/data" >/dev/null; fi
  if ((remove)); then cd / && rm -rf "$dir"; fi
}

case ${1:-} in
  ensure) ensure ;;
  start | stop)
    command=$1
    dir=$(realpath --canonicalize-missing "${2:?"$usage"}")
    user=$(server_user)
    shift 2
    "$command" "$@"
    ;;
  *) fail "$usage" ;;
esac
