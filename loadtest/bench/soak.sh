#!/usr/bin/env bash
# `make soak`: everything at once for ten minutes and more. Readers of every kind are cut off and
# come back, some never read, writers repeat what got no answer. First one hub bears it alone and
# its memory is watched; then it is replaced by a successor ten times, without a connection refused;
# then it is killed and stopped. Each part ends with `hub loadtest mix` checking every reader.
# Loopback only; what it starts it ends by its process id.
#   ALONE=300 KILLS=12 loadtest/bench/soak.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hub=${HUB_BINARY:-$here/../../.build/release/hub}
alone=${ALONE:-300}
takeovers=${TAKEOVERS:-10}
kills=${KILLS:-12}
export HUB_PORT=${PORT:-8216}
work=$(mktemp -d "${TMPDIR:-/tmp}/hub-soak.XXXXXX")
chmod 755 "$work"
export HUB_DATA_DIR=$work/data HUB_RATE_LIMIT=off HUB_PRINCIPAL_STREAMS=0 HUB_PROCESSORS=all
export HUB_LOG_LEVEL=error HUB_SLOW_TIME=5 HUB_LOG_MEMORY=16777216 HUB_OUTBOUND_MEMORY=67108864
export HUB_JWT_SECRET=a-secret-for-benchmarks-alone-known-to-everyone
export HUB_STREAM_LIFETIME=60 HUB_DRAIN_WINDOW=3
unset DATABASE_URL
server=
load=

say() { printf '%s\n' "$*" >&2; }

# end_process <pid> <signal>: asks it to end, and makes it after 30 seconds.
end_process() {
    [[ -n $1 ]] || return 0
    kill "-$2" "$1" 2>/dev/null || return 0
    for _ in {1..300}; do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

finish() {
    trap - EXIT INT TERM
    end_process "$load" TERM
    end_process "$server" TERM
    # A hub that was killed leaves its Postgres for the next one.
    local pid
    pid=$(head -n 1 "$work/data/postgres/postmaster.pid" 2>/dev/null || true)
    if [[ -n $pid && $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$work/data/postgres" ]]; then
        kill -INT "$pid" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start_hub [flags]: starts one and waits until it is ready.
start_hub() {
    "$hub" serve "$@" >>"$work/hub.log" 2>&1 &
    server=$!
}

wait_until_ready() {
    for _ in {1..600}; do
        curl --silent --fail --max-time 2 --output /dev/null \
            "http://127.0.0.1:$HUB_PORT/readyz" && return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    say "the hub did not start:"
    tail -n 20 "$work/hub.log" >&2
    exit 1
}

# start_load <seconds> [flags]: readers and writers in the background.
start_load() {
    local seconds=$1
    shift
    "$hub" loadtest mix --url "http://127.0.0.1:$HUB_PORT" --duration "$seconds" --quiet "$@" \
        >"$work/report" &
    load=$!
}

# finish_load <part>: the report, and whether the part is clean.
failed=0
finish_load() {
    local status=0
    wait "$load" || status=$?
    load=
    printf '\n%s: %s\n' "$1" "$([[ $status -eq 0 ]] && echo clean || echo "NOT CLEAN ($status)")"
    sed 's/^/  /' "$work/report"
    [[ $status -eq 0 ]] || failed=1
}

memory() { awk '/^RssAnon/ { print $2 }' "/proc/$server/status"; }

start_hub
wait_until_ready
HUB_TOKEN=$("$hub" token --subject soak --role admin --ttl 86400)
export HUB_TOKEN

say "alone for $alone s"
start_load "$alone"
quarter=$((alone / 4))
sleep "$quarter"
early=0 late=0 samples=0
# Averages over the second and the last quarter: what is held for good grows in between.
for ((second = 0; second < quarter; second++)); do early=$((early + $(memory))); sleep 1; done
sleep "$quarter"
for ((second = 0; second < quarter - 5; second++)); do
    late=$((late + $(memory))) samples=$((samples + 1))
    sleep 1
done
finish_load "alone"
printf '  memory       %d KB in the second quarter, %d KB in the last\n' \
    $((early / quarter)) $((late / samples))

say "$takeovers takeovers"
start_load $((takeovers * 12)) --strict
sleep 3
for ((number = 1; number <= takeovers; number++)); do
    old=$server
    start_hub --takeover
    for _ in {1..300}; do kill -0 "$old" 2>/dev/null || break; sleep 0.1; done
    wait "$old" || { say "takeover $number: the old hub ended with $?"; failed=1; }
    sleep 3
done
finish_load "$takeovers takeovers"

say "$kills kills and stops"
start_load $((kills * 8))
for ((number = 1; number <= kills; number++)); do
    sleep 4
    signal=KILL
    ((number % 3 != 0)) || signal=TERM
    end_process "$server" "$signal"
    start_hub
    wait_until_ready
done
finish_load "$kills kills and stops"

exit "$failed"
