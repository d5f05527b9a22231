#!/usr/bin/env bash
# `make bench-clients`: five million clients ask a hub once each, through a proxy that it trusts. Its
# memory must stay within what the windows of the rate limit may take, and a client that was over
# its limit before must still be. Loopback only, about two minutes; what it starts it ends by its
# process id.
#   CLIENTS=5000000 MEMORY=67108864 loadtest/bench/clients.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
clients=${CLIENTS:-5000000}
memory=${MEMORY:-67108864}
port=${PORT:-8217}
log=$(mktemp "${TMPDIR:-/tmp}/hub-clients.XXXXXX")
server=

finish() {
    trap - EXIT INT TERM
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    PORT=$port "$here/start.sh" --clean || true
    rm -f "$log"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

PORT=$port "$here/start.sh" --rate-limit 100/3600 --rate-limit-memory "$memory" \
    --trusted-proxies 127.0.0.1 >"$log" 2>&1 &
server=$!
for _ in {1..600}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$server" 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.1
done
"$here/clients.py" "$port" "$server" "$clients" "$memory"
