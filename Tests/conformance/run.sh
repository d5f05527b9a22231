#!/usr/bin/env bash
# `make conformance`: the Autobahn test suite as the client of `hub serve --echo`. README.md beside
# this says what it covers. A case that failed fails the run; every case that is not simply OK is
# listed with its reason, and fails the run if it has none.
#   CASES='"6.*","12.1.*"' Tests/conformance/run.sh      only some of them
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=$root/.build-conformance
cases=${CASES:-'"1.*","2.*","3.*","4.*","5.*","6.*","7.*","9.*","10.*","12.*","13.*"'}
port=${PORT:-8305}
server=

# Where Debian's Python is unpacked, and how its programs find its libraries and headers there.
debian=$folder/debian
with_debian() {
    LD_LIBRARY_PATH=$(echo "$debian"/usr/lib/*-linux-gnu) \
        CPATH=$debian/usr/include:$debian/usr/include/python2.7 "$@"
}

say() { printf '%s\n' "$*" >&2; }

# The suite is Python 2 code. One that is installed is taken; else that of Debian 11, unpacked into
# the build folder: nothing is installed, and no package source is added.
python27() {
    local candidate
    for candidate in "${PYTHON27:-}" python2.7 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/2.7*/bin/python2.7; do
        [[ -n $candidate ]] && "$candidate" -c 'import sys; assert sys.version_info[:2] == (2, 7)' \
            2>/dev/null && { command -v "$candidate"; return 0; }
    done
    [[ -x $debian/usr/bin/python2.7 ]] || unpack_debian_python >"$folder/apt.log" 2>&1 || return 1
    printf '%s\n' "$debian/usr/bin/python2.7"
}

unpack_debian_python() {
    local apt=$folder/apt package
    rm -rf "$apt" "$debian"
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,packages} "$debian"
    : >"$apt/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "http://deb.debian.org/debian bullseye main" >"$apt/sources.list"
    local options=(
        -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$apt/lists" -o "Dir::State::status=$apt/status"
        -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update || return 1
    (cd "$apt/packages" && apt-get "${options[@]}" download python2.7 python2.7-minimal \
        libpython2.7-minimal libpython2.7-stdlib libpython2.7-dev libssl1.1 libffi7) || return 1
    for package in "$apt"/packages/*.deb; do dpkg --extract "$package" "$debian" || return 1; done
    rm -rf "$apt"
    with_debian "$debian/usr/bin/python2.7" -c 'import ssl, ctypes'
}

install_suite() {
    local python compiler=clang
    [[ -e $folder/installed ]] && return 0
    mkdir -p "$folder"
    if ! python=$(python27); then
        say "skipped: the Autobahn test suite needs Python 2.7, and there is none" \
            "(set PYTHON27 to its path)"
        exit 0
    fi
    command -v clang >/dev/null || compiler=cc
    # The last virtualenv that can make environments of Python 2.7.
    python3 -m venv "$folder/tools"
    "$folder/tools/bin/pip" install --quiet 'virtualenv<20.22'
    with_debian "$folder/tools/bin/virtualenv" --quiet --python "$python" "$folder/venv"
    CC=$compiler with_debian "$folder/venv/bin/pip" install --quiet autobahntestsuite==0.8.2 \
        >"$folder/pip.log" 2>&1 || { tail -n 20 "$folder/pip.log" >&2; exit 1; }
    touch "$folder/installed"
}

finish() {
    trap - EXIT INT TERM
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder/data"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

install_suite
rm -rf "$folder/data" "$folder/reports"
HUB_DATA_DIR=$folder/data HUB_PORT=$port HUB_RATE_LIMIT=off HUB_LOG_LEVEL=error \
    HUB_PROCESSORS=none "$root/.build/release/hub" serve --echo >"$folder/hub.log" 2>&1 &
server=$!
for _ in {1..300}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$server" 2>/dev/null || { cat "$folder/hub.log" >&2; exit 1; }
    sleep 0.1
done

cat >"$folder/spec.json" <<SPEC
{
    "outdir": "$folder/reports",
    "servers": [{"agent": "hub", "url": "ws://127.0.0.1:$port/echo"}],
    "cases": [$cases],
    "exclude-cases": [],
    "exclude-agent-cases": {}
}
SPEC
with_debian "$folder/venv/bin/wstest" -m fuzzingclient -s "$folder/spec.json" >"$folder/wstest.log" 2>&1 || {
    tail -n 20 "$folder/wstest.log" >&2
    exit 1
}
kill -0 "$server" 2>/dev/null || { say "the hub has ended:"; cat "$folder/hub.log" >&2; exit 1; }
python3 "$here/summary.py" "$folder/reports/index.json"
