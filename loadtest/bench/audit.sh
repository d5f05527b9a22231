#!/usr/bin/env bash
# `make bench-audit`: the sealed audit trail measured. A million rows are written by SQL, sealed by
# the hub, verified offline and proved one by one; then commands are stored as fast as they can be
# while the seals must keep up. Loopback only; what it starts it ends by its process id.
#   ROWS=1000000 PROOFS=1000 SECONDS_LIVE=30 loadtest/bench/audit.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hub=${HUB_BINARY:-$here/../../.build/release/hub}
rows=${ROWS:-1000000}
proofs=${PROOFS:-1000}
live=${SECONDS_LIVE:-30}
port=${PORT:-8226}
work=$(mktemp -d "${TMPDIR:-/tmp}/hub-audit.XXXXXX")
chmod 755 "$work"
export HUB_DATA_DIR=$work/data HUB_RATE_LIMIT=off HUB_LOG_LEVEL=error
export HUB_JWT_SECRET=a-secret-for-benchmarks-alone-known-to-everyone
unset DATABASE_URL
keeper=
sealer=

end_process() {
    [[ -n $1 ]] || return 0
    kill -TERM "$1" 2>/dev/null || return 0
    wait "$1" 2>/dev/null || true
}

finish() {
    trap - EXIT INT TERM
    end_process "$sealer"
    end_process "$keeper"
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start_hub <port> <processors>: starts one, waits until it is ready, and names it in `started`.
start_hub() {
    HUB_PORT=$1 HUB_PROCESSORS=$2 "$hub" serve >>"$work/hub.log" 2>&1 &
    started=$!
    for _ in {1..600}; do
        curl -fs -o /dev/null "http://127.0.0.1:$1/readyz" && return
        sleep 0.1
    done
    tail -n 20 "$work/hub.log" >&2
    exit 1
}

sql() {
    psql --host="$(sed -n 5p "$work/data/postgres/postmaster.pid")" --username=hub --dbname=hub \
        --no-psqlrc --tuples-only --no-align --quiet --set=ON_ERROR_STOP=1 --command "$1"
}

now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f", b - a }'; }
rate() { awk -v n="$1" -v s="$2" 'BEGIN { printf "%.0f", n / s }'; }

start_hub "$port" none
keeper=$started
sql "
    WITH head AS (UPDATE log_head SET audit = audit + $rows RETURNING audit - $rows AS audit)
    INSERT INTO audit_logs
    SELECT head.audit + n, ('0190' || lpad(to_hex(n), 8, '0') || '7000' || '8000'
            || substr(md5(n::text), 1, 12))::uuid,
        'user-' || n % 1000, 'lead.create', 'leads/0190' || lpad(to_hex(n), 8, '0') ||
        '-7000-8000-000000000000', now(), true, 'business', NULL, md5(n::text), 1
    FROM head, generate_series(1, $rows) AS n; ANALYZE audit_logs"
start=$(now)
start_hub "$((port + 1))" sealer
sealer=$started
while (( $(sql 'SELECT size FROM audit_seal') < rows )); do sleep 0.05; done
took=$(since "$start")
echo "sealed $rows rows in $took s, the hub's start included: $(rate "$rows" "$took") a second"
sql "SELECT 'seals: ' || pg_size_pretty(pg_total_relation_size('audit_tiles'))"

start=$(now)
"$hub" audit verify
took=$(since "$start")
echo "verified offline in $took s: $(rate "$rows" "$took") rows a second"

token=$("$hub" token --subject bench --role admin)
sql "SELECT 'url = \"http://127.0.0.1:$port/audit/' || id || '/proof\"' || E'\noutput = /dev/null'
    FROM audit_logs WHERE number IN (
        SELECT 1 + floor(random() * $rows)::bigint FROM generate_series(1, $proofs))" >"$work/urls"
curl -fs --config "$work/urls" -H "Authorization: Bearer $token" -w '%{time_total}\n' |
    sort -n | awk '{ t[NR] = $1 * 1000 } END {
        printf "%d proofs: p50 %.2f ms, p99 %.2f ms, slowest %.2f ms\n", NR, t[int((NR + 1) / 2)],
            t[int(NR * 0.99)], t[NR] }'

before=$(sql 'SELECT audit FROM log_head')
HUB_TOKEN=$token "$hub" loadtest commands --url "http://127.0.0.1:$port" --in-flight 256 \
    --connections 32 --duration "$live" >"$work/commands" 2>/dev/null &
load=$!
slowest=0
start=$(now)
while kill -0 "$load" 2>/dev/null; do
    age=$(sql "SELECT coalesce(extract(epoch FROM clock_timestamp() - r.timestamp), 0)
        FROM audit_seal AS s LEFT JOIN audit_logs AS r ON r.number = s.size + 1")
    slowest=$(awk -v a="$slowest" -v b="$age" 'BEGIN { print (b > a) ? b : a }')
    sleep 0.1
done
took=$(since "$start")
wait "$load" || true
count=$(( $(sql 'SELECT audit FROM log_head') - before ))
echo "live: $count rows in $took s, $(rate "$count" "$took") a second;" \
    "the oldest row without a seal was $slowest s old"
