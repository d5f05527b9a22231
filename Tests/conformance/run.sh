#!/usr/bin/env bash
# `make conformance`: the Autobahn test suite as the client of `hub serve --echo`. Sections 1–7, 9,
# 10, 12 and 13; a case that failed fails the run, and every case that is not simply OK is listed.
# The suite runs on Python 2.7 alone: without one this says so and succeeds.
#   CASES='"6.*","12.1.*"' Tests/conformance/run.sh      only some of them
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=$root/.build-conformance
cases=${CASES:-'"1.*","2.*","3.*","4.*","5.*","6.*","7.*","9.*","10.*","12.*","13.*"'}
port=${PORT:-8305}
server=

say() { printf '%s\n' "$*" >&2; }

# A Python 2.7 that can make an environment.
python27() {
    local candidate
    for candidate in "${PYTHON27:-}" python2.7 python2 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/2.7*/bin/python2.7; do
        [[ -n $candidate ]] && "$candidate" -c 'import sys; assert sys.version_info[:2] == (2, 7)' \
            2>/dev/null && { command -v "$candidate"; return 0; }
    done
    return 1
}

install_suite() {
    local python
    [[ -e $folder/installed ]] && return 0
    if ! python=$(python27); then
        say "skipped: the Autobahn test suite needs Python 2.7, and there is none" \
            "(set PYTHON27 to its path)"
        exit 0
    fi
    mkdir -p "$folder"
    "$python" -m virtualenv --version >/dev/null 2>&1 || "$python" -m pip install --quiet --user \
        'virtualenv<20.22' 2>/dev/null
    "$python" -m virtualenv --quiet "$folder/venv"
    "$folder/venv/bin/pip" install --quiet autobahntestsuite==0.8.2 2>/dev/null
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
"$folder/venv/bin/wstest" -m fuzzingclient -s "$folder/spec.json" >"$folder/wstest.log" 2>&1 || {
    tail -n 20 "$folder/wstest.log" >&2
    exit 1
}
python3 "$here/summary.py" "$folder/reports/index.json"
