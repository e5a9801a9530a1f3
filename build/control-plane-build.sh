# shellcheck shell=bash
# Builds the control plane's programs once, from Debian's packages, into $home. Sourced by control-plane.sh.
# Nothing but make is installed and no rights are needed: compiler, rsync and etcd are unpacked from their packages, the compiler
# only for the build. Everything but the finished programs is deleted afterwards.

debian=bookworm

complete() {
  local program
  for program in etcd "${components[@]}"; do
    [[ -x $home/$program ]] || return 1
  done
}

ensure() {
  if ! complete; then with_lock control-plane build; fi
  echo "$home"
}

build() {
  if complete; then return; fi # by the run that this one waited for
  have apt-get || fail "the control plane is built from Debian packages; elsewhere give a cluster by KOMBO_TEST_KUBECONFIG"
  have make || apt_install make
  local began=$SECONDS
  say "building the control plane (Kubernetes $kubernetes), once; about 7 minutes on 2 cores, kept in $home"
  mkdir -p "$home"
  rm -rf "$cache"/control-plane/build.* # of runs that were killed; the lock is ours
  work=$(mktemp -d "$cache/control-plane/build.XXXXXX")
  trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
  cd "$work"
  with_progress "package lists" "$work/lists.log" update_lists
  with_progress "downloads" "$work/download.log" download
  with_progress "unpacking" "$work/unpack.log" unpack
  with_progress "generated code" "$work/generate.log" generate
  local program
  for program in "${components[@]}"; do
    if [[ ! -x $home/$program ]]; then with_progress "$program" "$work/$program.log" compile "$program"; fi
  done
  install "$work/tools/usr/bin/etcd" "$home/etcd"
  say "the control plane is built: $(elapsed $((SECONDS - began)))"
}

# apt with package lists of its own, so that the machine's are neither needed nor changed, and no rights either.
private_apt() {
  local tool=$1
  shift
  "$tool" -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

# The machine's own address of Debian, whatever mirror that is.
debian_address() {
  local address
  address=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(CODENAME)' 'Identifier: Packages' 2>/dev/null |
    awk '$2 == "Debian" && $3 !~ /-/ { print $1; exit }')
  if [[ -z $address ]]; then # no lists yet: read the sources themselves
    address=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null | grep -v '^ *#' |
      grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ') || true
  fi
  echo "${address:-http://deb.debian.org/debian}"
}

update_lists() {
  local address keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  address=$(debian_address)
  [[ -f $keyring ]] || fail "$keyring is missing: install debian-archive-keyring"
  mkdir -p lists/partial cache/archives/partial
  printf '%s [signed-by=%s] %s %s main\n' deb "$keyring" "$address" "$debian" deb-src "$keyring" "$address" "$debian" >sources.list
  private_apt apt-get update
}

download() {
  private_apt apt-get source --download-only kubernetes
  local described
  described=$(awk '$1 == "Version:" { print $2; exit }' kubernetes_*.dsc)
  [[ $described == *"$kubernetes"-* ]] || fail "Debian's source is $described, not $kubernetes"
  awk '/^Checksums-Sha256:/ { on = 1; next } /^[^ ]/ { on = 0 } on { print $1 "  " $3 }' kubernetes_*.dsc | sha256sum --check --strict
  private_apt apt-get download etcd-server golang-1.19-go golang-1.19-src rsync libpopt0 libxxhash0 liblz4-1 \
    golang-github-modern-go-reflect2-dev
}

unpack() {
  local package
  for package in ./*.deb; do dpkg -x "$package" tools; done
  mkdir source
  tar -xf kubernetes_*.orig.tar.* -C source --strip-components=1
  rm -rf ./*.deb kubernetes_* cache
  # The vendored reflect2 1.0.1 corrupts memory when built by Go 1.18 or newer (its issue 24); Debian has 1.0.2 apart.
  local reflect2=github.com/modern-go/reflect2
  rm source/vendor/$reflect2/*.go source/vendor/$reflect2/*.s
  cp tools/usr/share/gocode/src/$reflect2/*.{go,s} source/vendor/$reflect2/
  mkdir -p source/.go/src/k8s.io
  ln -s ../../.. source/.go/src/k8s.io/kubernetes
}

# Runs a command with the unpacked tools first. GOPATH mode, as module mode refuses the vendor folder.
with_tools() {
  local library=$work/tools/usr/lib/$(uname -m)-linux-gnu
  env -u GOFLAGS GOROOT="$work/tools/usr/lib/go-1.19" PATH="$work/tools/usr/lib/go-1.19/bin:$work/tools/usr/bin:$PATH" \
    LD_LIBRARY_PATH="$library" GOPATH="$work/source/.go" GOCACHE="$work/go-cache" GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0 "$@"
}

generate() {
  cd source
  with_tools make generated_files
}

compile() {
  local flags="-s -w" package
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags+=" -X k8s.io/kubernetes/vendor/$package.gitVersion=v$kubernetes"
    flags+=" -X k8s.io/kubernetes/vendor/$package.gitMajor=${kubernetes%%.*}"
    flags+=" -X k8s.io/kubernetes/vendor/$package.gitMinor=$(cut -d . -f 2 <<<"$kubernetes")"
  done
  cd source/.go/src/k8s.io/kubernetes
  with_tools go build -trimpath -ldflags "$flags" -o "$work/$1" "./cmd/$1"
  install "$work/$1" "$home/$1.new"
  mv "$home/$1.new" "$home/$1"
}
