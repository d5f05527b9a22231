#!/usr/bin/env bash
# `make bench-tls`: streams over HTTPS measured, beside the same hub's plain ones: memory an idle
# stream, handshakes a second, deliveries a second. The hub has one core, the load the other.
# Loopback only; what it starts it ends by its process id.
#   STREAMS=10000 ROUND_SECONDS=10 loadtest/bench/tls.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hub=${HUB_BINARY:-$here/../../.build/release/hub}
streams=${STREAMS:-10000}
seconds=${ROUND_SECONDS:-10}
port=${PORT:-8236}
work=$(mktemp -d "${TMPDIR:-/tmp}/hub-tls.XXXXXX")
token=$("$here/token.sh")
server=

finish() {
    trap - EXIT INT TERM
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    PORT=$port "$here/start.sh" --clean
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -out "$work/cert.pem" -keyout "$work/key.pem" 2>/dev/null

start() {
    HUB_TLS_CERTIFICATE=$work/cert.pem HUB_TLS_KEY=$work/key.pem HUB_TLS_PORT=$((port + 1)) \
        PORT=$port taskset -c 0 "$here/start.sh" >"$work/hub.log" 2>&1 &
    server=$!
    for _ in {1..600}; do
        curl -fs -o /dev/null "http://127.0.0.1:$port/readyz" && return
        sleep 0.1
    done
    tail -n 20 "$work/hub.log" >&2
    exit 1
}

stop() {
    kill -TERM "$server"
    wait "$server" || true
    server=
}

# measure <what> [more arguments]: a fresh hub, so that its memory is that of these streams alone.
measure() {
    local what=$1
    shift
    start
    echo "== $what"
    taskset -c 1 "$hub" loadtest subscribers --url "http://127.0.0.1:$port" --token "$token" \
        --count "$streams" --server-pid "$server" --quiet "$@" |
        grep -E '^(streams|delivered|order|server|memory|first)' || true
    stop
}

secure=(--tls-port $((port + 1)))
measure 'idle, plain' --rate 0 --duration 1
measure 'idle, HTTPS' --rate 0 --duration 1 "${secure[@]}"
measure 'fan-out, plain' --window 64 --duration "$seconds"
measure 'fan-out, HTTPS' --window 64 --duration "$seconds" "${secure[@]}"
measure 'one event at a time, plain' --rate 5 --duration "$seconds"
measure 'one event at a time, HTTPS' --rate 5 --duration "$seconds" "${secure[@]}"
