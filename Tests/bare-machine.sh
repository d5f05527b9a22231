#!/bin/bash
# Proves that a bare Debian 12 with `make`, `ca-certificates` and a Swift toolchain is enough: in a
# root made by debootstrap it clones the last commit, runs `make test`, then `make run`, and asks
# for the page and /healthz on port 8005.
#
# Usage (root; debootstrap, curl): Tests/bare-machine.sh <folder> [target...]
# `target...` (default: test run) are targets of the Makefile, in order; `run` is also asked.
# In the folder, `base` is the untouched root, made once (MIRROR names another Debian mirror),
# `root` a copy of it made anew each time, `archives` the downloaded packages. All mounts and
# processes live in namespaces of their own, so they end with the script whatever happens.
set -euo pipefail

fail() {
    echo "bare-machine: $*" >&2
    exit 1
}

# Mounts `$1` read-only at the same path of the root.
mount_same_path() {
    mkdir -p "$root$1"
    mount --bind --options ro "$1" "$root$1"
}

# Runs a command in the root with nothing of this machine's environment.
inside() {
    chroot "$root" /usr/bin/env --ignore-environment HOME=/root LANG=C.UTF-8 CI=true \
        PATH="$toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        bash -euo pipefail -c "cd /srv/hub && $1" </dev/null
}

# Lets git in the root find package sources where git finds them here: each local folder that
# stands in for an address (`url.<folder>.insteadOf`) is mounted, and named in /etc/gitconfig.
share_package_sources() {
    local key address folder
    while read -r key address; do
        folder=${key#url.}
        folder=${folder%.insteadof}
        [[ $folder == /* && -d $folder ]] || continue
        mountpoint --quiet "$root${folder%/}" || mount_same_path "${folder%/}"
        git config --file "$root/etc/gitconfig" --add "$key" "$address"
    done < <(git config --get-regexp '^url\..*\.insteadof$' || true)
}

enter_namespaces() {
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mkdir -p "$root/dev/shm" "$root/dev/pts"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    mount --bind "$folder/archives" "$root/var/cache/apt/archives"
    mount_same_path "$toolchain"
    share_package_sources
    cp --dereference /etc/resolv.conf "$root/etc/resolv.conf"
    printf '127.0.0.1 localhost %s\n::1 localhost\n' "$(hostname)" >"$root/etc/hosts"
}

# Waits until `http://127.0.0.1:8005$1` answers 200 with a body that holds `$2`.
expect_answer() {
    local body
    for _ in {1..300}; do
        if body=$(curl --fail --silent --max-time 5 "http://127.0.0.1:8005$1") &&
            grep --quiet --ignore-case -- "$2" <<<"$body"; then
            echo "== $1 answers"
            return
        fi
        kill -0 "$server" 2>/dev/null || fail "make run ended before $1 answered"
        sleep 1
    done
    fail "$1 gave no good answer in five minutes"
}

run_and_ask() {
    curl --silent --max-time 5 --output /dev/null http://127.0.0.1:8005/ &&
        fail "port 8005 is taken on this machine"
    inside "make run" &
    server=$!
    expect_answer / '<html'
    expect_answer /healthz ''
}

if [[ ${1:-} != --inside ]]; then
    [[ $EUID -eq 0 && $# -ge 1 ]] || fail "usage, as root: $0 <folder> [target...]"
    mkdir -p "$1/archives"
    folder=$(realpath "$1")
    repository=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
    toolchain=$(swift -print-target-info |
        sed --quiet 's|.*"runtimeResourcePath" *: *"\(.*\)/usr/lib/swift".*|\1|p')
    [[ -d $toolchain/usr/bin ]] || fail "no Swift toolchain with a folder of its own found"
    if [[ ! -e $folder/base/etc/debian_version ]]; then
        rm -rf --one-file-system "$folder/base" "$folder/base.new"
        debootstrap --variant=minbase --include=make,ca-certificates bookworm \
            "$folder/base.new" "${MIRROR:-http://deb.debian.org/debian}"
        mv "$folder/base.new" "$folder/base"
    fi
    rm -rf --one-file-system "$folder/root"
    cp --archive --reflink=auto "$folder/base" "$folder/root"
    git clone --quiet --no-hardlinks "$repository" "$folder/root/srv/hub"
    shift
    exec unshare --mount --pid --fork --kill-child \
        "$BASH" "$(realpath "$0")" --inside "$folder" "$toolchain" "$@"
fi

folder=$2 toolchain=$3 root=$2/root
shift 3
enter_namespaces
[[ $# -gt 0 ]] || set -- test run
for target in "$@"; do
    started=$SECONDS
    if [[ $target == run ]]; then run_and_ask; else inside "make $target"; fi
    echo "== make $target passed after $((SECONDS - started)) s"
done
echo "== A bare machine is enough."
