#!/usr/bin/env bash
# `make bench-gates`: what the gates cost a request whose token was checked before. By wrk in turns:
# an authenticated GET whose answer the loop has at hand (`/auth/me`, the rate limit on) beside
# `/healthz`, which passes no gate and whose bytes are made once a second. By callgrind: the
# instructions of such requests, and those of the gates among them. Loopback only; what it starts
# it ends by its process id.
#   ROUNDS=9 SECONDS_EACH=3 REQUESTS=1000 loadtest/bench/gates.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
hub=${HUB_BINARY:-$root/.build/release/hub}
rounds=${ROUNDS:-9}
each=${SECONDS_EACH:-3}
requests=${REQUESTS:-1000}
port=${PORT:-8236}
work=$(mktemp -d "${TMPDIR:-/tmp}/hub-gates.XXXXXX")
chmod 755 "$work"
# Functions by a part of their mangled names: all gates with what is behind them, what is behind
# them, and the fourth gate, which stands in the decoding.
gates_symbol=Gateway0A4LoopC7performyy
dispatch_symbol=Gateway0A4LoopC8dispatch
consent_symbol=Gateway13CommandCodingO11consentFlag
secret=a-secret-for-benchmarks-alone-known-to-everyone
export HUB_BINARY=$hub PORT=$port HUB_RATE_LIMIT=1000000000/60
server=

server_cpu=() load_cpu=()
if (($(nproc) >= 2)); then server_cpu=(taskset -c 0) load_cpu=(taskset -c 1); fi

say() { printf '%s\n' "$*" >&2; }

stop_server() {
    [[ -n $server ]] || return 0
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}

finish() {
    trap - EXIT INT TERM
    stop_server
    "$here/start.sh" --clean || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

wait_until_ready() {
    for _ in {1..1200}; do
        curl -fs -o /dev/null "http://127.0.0.1:$port/readyz" && return
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$work/hub.log" >&2
    exit 1
}

median() {
    sort -n |
        awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

# Processor time of the hub so far.
ticks() { awk '{ print $14 + $15 }' "/proc/$server/stat"; }

# --- By the clock -----------------------------------------------------------------------------

rate() { # path
    "${load_cpu[@]}" wrk -t1 -c64 -d"$each" -H "Authorization: Bearer $token" \
        "http://127.0.0.1:$port$1" | tee "$work/wrk" |
        sed -n 's/^Requests\/sec: *\([0-9]*\).*/\1/p'
    ! grep -q Non-2xx "$work/wrk" || { say "refused: $1"; exit 1; }
}

"${server_cpu[@]}" "$here/start.sh" >>"$work/hub.log" 2>&1 &
server=$!
wait_until_ready
token=$(HUB_DATA_DIR=$work HUB_JWT_SECRET=$secret \
    "$hub" token --subject bench --role admin)
rate /auth/me >/dev/null
for ((round = 1; round <= rounds; round++)); do
    health=$(rate /healthz)
    me=$(rate /auth/me)
    say "round $round of $rounds: /healthz $health/s, /auth/me $me/s"
    echo "$health" >>"$work/health"
    echo "$me" >>"$work/me"
    awk -v a="$me" -v b="$health" 'BEGIN { print a / b }' >>"$work/ratio"
    awk -v a="$me" -v b="$health" 'BEGIN { print 1e6 / a - 1e6 / b }' >>"$work/more"
done
# The gates' share of the hub's time, while it has no other work.
share=
if command -v perf >/dev/null; then
    before=$(ticks)
    rate /auth/me >/dev/null &
    load=$!
    sleep 1
    perf record --quiet -g -F 1999 -p "$server" -o "$work/perf" -- sleep $((each - 2)) \
        >/dev/null 2>&1 || true
    wait "$load"
    used=$(($(ticks) - before))
    share=$(perf report -i "$work/perf" --children --no-demangle --stdio -g none --sort sym \
        2>/dev/null | awk -v gates="$gates_symbol" -v dispatch="$dispatch_symbol" '
            index($0, gates) { a = $1 + 0 } index($0, dispatch) { b = $1 + 0 } END { print a - b }')
fi
stop_server
printf '/healthz %.0f requests/s, /auth/me with a checked token %.0f: ratio %.2f;' \
    "$(median <"$work/health")" "$(median <"$work/me")" "$(median <"$work/ratio")"
printf ' %.2f µs more a request, gates, answer and all\n' "$(median <"$work/more")"
[[ -z $share ]] || awk -v s="$share" -v t="$used" -v hz="$(getconf CLK_TCK)" \
    -v n="$(sed -n 's/^ *\([0-9]*\) requests in .*/\1/p' "$work/wrk")" 'BEGIN { t *= 1e6 / hz / n
    printf "%.2f µs of a processor a request, %.2f of them the gates\n", t, s / 100 * t }'

# --- By instructions --------------------------------------------------------------------------

# count <name> <path> [arguments of curl]: requests one after another over one connection; leaves
# what each function cost in `$work/<name>`, and the instructions of one request in `counted`.
count() {
    local name=$1 path=$2 dump
    shift 2
    callgrind_control --zero "$server" >/dev/null 2>&1
    curl -s -o /dev/null -H "Authorization: Bearer $token" "$@" \
        "http://127.0.0.1:$port$path#[1-$requests]"
    callgrind_control --dump="$name" "$server" >/dev/null 2>&1
    dump=$(grep -l "^desc: Trigger: dump $name\$" "$work"/callgrind.out.* | head -n 1)
    # Lines without a file are code that was compiled into the function from elsewhere.
    callgrind_annotate --inclusive=yes --threshold=100 "$dump" 2>/dev/null |
        sed 's/([^)]*)//; s/^ *//; s/,//g' >"$work/$name"
    counted=$(awk -v n="$requests" '/PROGRAM TOTALS/ { printf "%d", $1 / n }' "$work/$name")
}

# inclusive <name> <symbol>: instructions of a function in one request, with all that it calls.
inclusive() {
    awk -v n="$requests" -v symbol="$2" 'index($2, symbol) && !index($2, "compiler-generated") {
        printf "%d", $1 / n; found = 1; exit } END { if (!found) print "?" }' "$work/$1"
}

if ! command -v valgrind >/dev/null; then
    say "skipped: instructions (apt-get install valgrind)"
    exit 0
fi
"$here/start.sh" --clean
(
    export HUB_DATA_DIR=$work/data HUB_PORT=$port HUB_LOOPS=1 HUB_PROCESSORS=none
    export HUB_LOG_LEVEL=error HUB_JWT_SECRET=$secret
    unset DATABASE_URL
    exec valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.out" "$hub" serve
) >>"$work/hub.log" 2>&1 &
server=$!
wait_until_ready
# The first requests make what is made once.
curl -s -H "Authorization: Bearer $token" \
    "http://127.0.0.1:$port/auth/me#[1-50]" "http://127.0.0.1:$port/healthz#[1-50]" >/dev/null
count health /healthz
health=$counted
count me /auth/me
me=$counted
count refused /crm/leads -H 'Content-Type: application/json' -d '{"consent_flag":true}'
gates=$(($(inclusive me "$gates_symbol") - $(inclusive me "$dispatch_symbol")))
echo "instructions a request, one after another: /healthz $health, /auth/me $me, $((me - health)) more;"
echo "  rate limit, token, revocations and role: $gates;" \
    "the flag of consent: $(inclusive refused "$consent_symbol")"
