#!/usr/bin/env bash
# Starts a hub for a benchmark: a fresh private cluster, a fixed token secret, no limit on requests
# and streams of one principal. The hub keeps the CPU that this script was pinned to; its Postgres may use all of them.
#   PORT=8205 ./start.sh [more settings as in `hub serve`]     replaces itself by the hub
#   PORT=8205 ./start.sh --clean                              stops and removes what it left
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hub=${HUB_BINARY:-$here/../../.build/release/hub}
port=${PORT:-8205}
data=${TMPDIR:-/tmp}/hub-bench-$port

# The postmaster that works in our data folder, if one does.
postmaster() {
    local file pid
    file=$(find "$data" -maxdepth 3 -name postmaster.pid 2>/dev/null | head -n 1)
    [[ -n $file ]] || return 1
    pid=$(head -n 1 "$file" 2>/dev/null) || return 1
    [[ -n $pid && $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$(dirname "$file")" ]] || return 1
    echo "$pid"
}

# A run that was killed leaves its cluster behind.
clean() {
    local pid
    if pid=$(postmaster); then
        kill -INT "$pid" 2>/dev/null || true
        for _ in {1..50}; do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    fi
    rm -rf "$data"
}

# Lets the cluster use every CPU: the postmaster, whose later children inherit it, and those
# that it has started before.
unpin() {
    local pid child all=0-$(($(nproc --all) - 1))
    for _ in {1..200}; do pid=$(postmaster) && break; sleep 0.1; done
    [[ -n ${pid:-} ]] || return 0
    for pause in 0 1 2; do
        sleep "$pause"
        for child in "$pid" $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
            taskset -pc "$all" "$child" || true
        done
    done
}

clean
[[ ${1:-} == --clean ]] && exit 0
unpin </dev/null >/dev/null 2>&1 &

export HUB_DATA_DIR=$data
export HUB_PORT=$port
export HUB_LOOPS=${HUB_LOOPS:-1}
export HUB_RATE_LIMIT=${HUB_RATE_LIMIT:-off}
export HUB_PRINCIPAL_STREAMS=0
export HUB_PROCESSORS=${HUB_PROCESSORS:-none}
export HUB_LOG_LEVEL=error
export HUB_JWT_SECRET=a-secret-for-benchmarks-alone-known-to-everyone
unset DATABASE_URL
exec "$hub" serve "$@"
