#!/usr/bin/env bash
# `make bench`: the hub beside this machine's floor, in turns, so that a noisy machine hits both
# alike. Prints a table of medians and of the medians of each turn's ratios. Loopback only, at
# most ten minutes; what it starts it ends by its process id.
#   ROUNDS=3 STREAMS=10000 SECONDS_EACH=4 loadtest/bench/run.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
rounds=${ROUNDS:-3}
streams=${STREAMS:-10000}
each=${SECONDS_EACH:-4}
hub_port=8205 floor_port=8206 nginx_port=8207
started=$SECONDS
longest=540
work=$(mktemp -d "${TMPDIR:-/tmp}/hub-bench-run.XXXXXX")
results=$work/results
server= nginx= cluster=
: > "$results"

cpus=$(nproc)
server_cpu=() load_cpu=()
if ((cpus >= 2)); then server_cpu=(taskset -c 0) load_cpu=(taskset -c 1); fi

allowed=$(($(ulimit -Hn) - 1000))
((streams <= allowed)) || streams=$allowed

say() { printf '%s\n' "$*" >&2; }
late() { ((SECONDS - started > longest)); }

# --- What is started, and ended -------------------------------------------------------------

# end_process <pid> [signal]: asks it to end, and makes it after 15 seconds.
end_process() {
    [[ -n $1 ]] || return 0
    kill "-${2:-TERM}" "$1" 2>/dev/null || return 0
    for _ in {1..150}; do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

stop_server() { end_process "$server"; server=; }

finish() {
    trap - EXIT INT TERM
    stop_server
    end_process "$nginx"
    end_process "$cluster" INT
    PORT=$hub_port "$here/start.sh" --clean || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# wait_for <port> <pid>: until it listens, at most 60 seconds.
wait_for() {
    for _ in {1..600}; do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
        kill -0 "$2" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# start_server hub|free|loops1|loops2|socketify|floor|floor16 [frame bytes]; `free` is the hub on
# all CPUs, the two after it with so many loops.
start_server() {
    case $1 in
    hub) PORT=$hub_port "${server_cpu[@]}" "$here/start.sh" >>"$work/hub.log" 2>&1 & ;;
    free) PORT=$hub_port "$here/start.sh" >>"$work/hub.log" 2>&1 & ;;
    loops?)
        HUB_LOOPS=${1#loops} PORT=$hub_port "$here/start.sh" >>"$work/hub.log" 2>&1 &
        ;;
    socketify) PORT=$floor_port "${server_cpu[@]}" python3 "$here/socketify_peer.py" & ;;
    floor) "${server_cpu[@]}" "$work/floor" --port $floor_port --frame-bytes "${2:-0}" & ;;
    floor16)
        "${server_cpu[@]}" "$work/floor" --port $floor_port --frame-bytes "${2:-0}" --batch 16 &
        ;;
    esac
    server=$!
    port=$floor_port
    case $1 in hub | free | loops?) port=$hub_port ;; esac
    if ! wait_for "$port" "$server"; then
        say "$1 did not start:"
        tail -n 5 "$work/hub.log" >&2
        return 1
    fi
    sleep 1
}

start_nginx() { # configuration port
    mkdir -p "$work/nginx"
    sed "s|@work@|$work/nginx|g; s|@port@|$2|g" "$here/$1" > "$work/nginx.conf"
    "${server_cpu[@]}" nginx -p "$work/nginx" -c "$work/nginx.conf" -e "$work/nginx.log" &
    nginx=$!
    wait_for "$2" "$nginx" || { say "nginx did not start: $1"; return 1; }
}

# --- What is measured -----------------------------------------------------------------------

field() { sed -n "s/.*\"$2\":\(-\{0,1\}[0-9][0-9]*\).*/\1/p" <<<"$1"; }

# keep <measure> <contender> <value>
keep() { [[ -z $3 ]] || echo "$1 $2 $round $3" >> "$results"; }

# streams_run <contender> <measure> <arguments>: one run; its report stays in $report.
streams_run() {
    local contender=$1 measure=$2
    shift 2
    report=$("${load_cpu[@]}" "$root/.build/release/hub" loadtest subscribers --json --quiet \
        --url "http://127.0.0.1:$port" --token "$token" --server-pid "$server" "$@") || true
    if [[ $report != *'"clean":true'* ]]; then say "  not clean: $contender $measure: $report"; fi
    say "  $contender $measure: $(field "$report" deliveries_per_s) deliveries/s," \
        "server $(field "$report" server_cpu_percent) %, load $(field "$report" load_cpu_percent) %"
}

full_speed() { # contender transport
    streams_run "$1" "$2" -n "$streams" --transport "$2" --window 64 --duration "$each"
    keep "fan-out $2, deliveries/s" "$1" "$(field "$report" deliveries_per_s)"
    keep "fan-out $2, deliveries a server CPU second" "$1" \
        "$(field "$report" deliveries_per_server_cpu_s)"
    keep "$2 connects/s" "$1" "$(field "$report" connects_per_s)"
    keep "memory a $2 stream, bytes" "$1" "$(field "$report" server_bytes_per_stream)"
}

# The same with 100 different filters, beside what was just measured without.
filtered() {
    local measure="fan-out sse with 100 filters, deliveries/s" plain
    plain=$(field "$report" deliveries_per_s)
    streams_run hub filters -n "$streams" --transport sse --filters 100 --window 64 \
        --duration "$each"
    keep "$measure" hub "$(field "$report" deliveries_per_s)"
    keep "$measure" one-filter "$plain"
}

# The same with deflate, beside what was just measured without.
deflated() {
    local measure="fan-out ws with deflate, deliveries/s" plain bytes
    plain=$(field "$report" deliveries_per_s) bytes=$(field "$report" bytes_per_event)
    streams_run hub deflate -n "$streams" --transport ws --compressed --window 64 \
        --duration "$each"
    keep "$measure" hub "$(field "$report" deliveries_per_s)"
    keep "$measure" plain "$plain"
    keep "bytes a delivery with deflate" hub "$(field "$report" bytes_per_event)"
    keep "bytes a delivery with deflate" plain "$bytes"
}

fixed_rate() { # contender
    # Long enough that the p99 is not the one event that the machine held up.
    streams_run "$1" latency -n "$streams" --transport sse --rate 5 --duration "$((each * 3))"
    keep "latency of $streams streams at 5/s, p50 µs" "$1" "$(field "$report" p50_us)"
    keep "latency of $streams streams at 5/s, p99 µs" "$1" "$(field "$report" p99_us)"
}

single_stream() { # contender
    streams_run "$1" single -n 1 --transport sse --rate 50 --duration "$each"
    keep "publish to one subscriber, p50 µs" "$1" "$(field "$report" p50_us)"
}

# How long 16 events take to be put into all sockets while their readers sleep.
burst() { # contender
    local report
    report=$("$root/.build/release/hub" loadtest burst --json --quiet -n "$streams" --bursts 5 \
        --url "http://127.0.0.1:$port" --token "$token") || true
    if [[ $report != *'"clean":true'* ]]; then say "  not clean: burst: $report"; fi
    keep "16 events into $streams sockets of sleeping readers, µs" "$1" \
        "$(field "$report" span_p50_us)"
}

# Nchan publishes what it is posted; padded, so that an event has the hub's bytes.
nchan_run() {
    start_nginx nchan.conf $nginx_port || { end_process "$nginx"; nginx=; return 0; }
    server=$nginx port=$nginx_port
    # With 64 outstanding its backlog is not drained in time.
    streams_run nchan sse -n "$streams" --transport sse --window 16 --duration "$each" \
        --foreign-ids --payload-bytes "$((frame_sse - 120))"
    keep "fan-out sse, deliveries/s" nchan "$(field "$report" deliveries_per_s)"
    server=
    end_process "$nginx"; nginx=
}

health() { # contender port
    local line
    command -v wrk >/dev/null || return 0
    line=$("${load_cpu[@]}" wrk -t1 -c64 -d3 "http://127.0.0.1:$2/healthz" |
        sed -n 's/^Requests\/sec: *\([0-9]*\).*/\1/p')
    keep "GET /healthz, requests/s" "$1" "$line"
}

commands() { # measure
    local report
    report=$("$root/.build/release/hub" loadtest commands --json --quiet --in-flight 256 \
        --url "http://127.0.0.1:$port" --token "$token" --duration "$each") || true
    if [[ $report != *'"clean":true'* ]]; then say "  not clean: commands: $report"; fi
    keep "durable commands/s" "$1" "$(field "$report" commands_per_s)"
}

# --- Postgres by itself ---------------------------------------------------------------------

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1) || true
as_server() {
    if ((EUID == 0)); then
        setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
    else
        "$@"
    fi
}

start_cluster() {
    [[ -n $bin && -x $bin/initdb ]] && command -v pgbench psql >/dev/null || return 1
    mkdir "$work/pg"
    chmod 755 "$work"
    cp "$here"/*.sql "$work/pg"
    if ((EUID == 0)); then chown -R postgres:postgres "$work/pg"; fi
    as_server "$bin/initdb" -D "$work/pg/data" -A trust -U postgres >/dev/null 2>&1 || return 1
    as_server "$bin/postgres" -D "$work/pg/data" -k "$work/pg" -c listen_addresses= \
        -c shared_buffers=256MB >"$work/pg.log" 2>&1 &
    for _ in {1..100}; do
        # The background process is the shell that became another user, not the postmaster.
        cluster=$(head -n 1 "$work/pg/data/postmaster.pid" 2>/dev/null) || true
        as_server psql -h "$work/pg" -U postgres -qf "$work/pg/schema.sql" 2>/dev/null && return 0
        sleep 0.2
    done
    return 1
}

pgbench_run() { # clients [flags]; sets tps and microseconds
    local text clients=$1
    shift
    text=$(as_server pgbench -h "$work/pg" -U postgres -n -M prepared -f "$work/pg/command.sql" \
        -c "$clients" -j "$((clients < 2 ? 1 : 2))" -T "$each" "$@" postgres 2>/dev/null) || return 1
    tps=$(sed -n 's/^tps = \([0-9]*\).*/\1/p' <<<"$text")
    microseconds=$(awk '/^latency average/ { print int($4 * 1000) }' <<<"$text")
}

# --- The rounds -----------------------------------------------------------------------------

cd "$root"
if [[ -z ${HUB_BENCH_BUILT:-} ]]; then
    say "building"
    swift build --explicit-target-dependency-import-check error --configuration release \
        --static-swift-stdlib --product hub >&2
fi
"${CC:-cc}" -O2 -Wall -Wextra -o "$work/floor" "$here/floor.c"
token=$(sed -n 's/.*Bearer \([A-Za-z0-9._-]*\).*/\1/p' "$here/peer.json" | head -n 1)
has_cluster=
if start_cluster; then has_cluster=1; else say "skipped: pgbench (not installed)"; fi
command -v wrk >/dev/null || say "skipped: /healthz (no wrk)"
has_nginx=
if command -v wrk >/dev/null && command -v nginx >/dev/null; then has_nginx=1; else say "skipped: nginx"; fi
has_nchan=
if [[ -e /usr/lib/nginx/modules/ngx_nchan_module.so ]]; then has_nchan=1; else
    say "skipped: Nchan (apt-get install libnginx-mod-nchan)"
fi
has_socketify=
if python3 -c "import socketify" 2>/dev/null; then has_socketify=1; else
    say "skipped: uWebSockets (pip install socketify, apt-get install libuv1)"
fi
frame_sse=0 frame_ws=0

for ((round = 1; round <= rounds; round++)); do
    if late; then say "out of time: stopped after $((round - 1)) rounds"; break; fi
    say "round $round of $rounds"

    start_server hub
    full_speed hub sse
    frame_sse=$(field "$report" bytes_per_event)
    filtered
    fixed_rate hub
    single_stream hub
    health hub "$port"
    stop_server
    # Memory is what a fresh process adds, so each transport gets one.
    start_server hub
    full_speed hub ws
    frame_ws=$(field "$report" bytes_per_event)
    deflated
    stop_server

    start_server floor16 "$frame_sse"; full_speed floor16 sse; stop_server
    start_server floor16 "$frame_ws"; full_speed floor16 ws; stop_server
    if [[ -n $has_socketify ]] && start_server socketify; then
        streams_run socketify ws -n "$streams" --transport ws --window 64 --duration "$each" \
            --payload-bytes "$((frame_ws - 100))"
        keep "fan-out ws, deliveries/s" socketify "$(field "$report" deliveries_per_s)"
        stop_server
    fi
    start_server floor "$frame_sse"
    full_speed floor sse
    fixed_rate floor
    single_stream floor
    health floor "$port"
    stop_server

    if [[ -n $has_nginx ]]; then
        if start_nginx nginx.conf $nginx_port; then health nginx $nginx_port; fi
        end_process "$nginx"; nginx=
        [[ -z $has_nchan ]] || nchan_run
    fi

    start_server loops1; burst one-loop; stop_server
    start_server loops2; burst hub; stop_server

    start_server free
    commands hub
    stop_server
    if [[ -n $has_cluster ]]; then
        pgbench_run 32 && keep "durable commands/s" pgbench "$tps"
        pgbench_run 1 && keep "publish to one subscriber, p50 µs" pgbench "$microseconds"
        # As seldom as the hub's events come: a machine that rests in between takes longer.
        pgbench_run 1 --rate 50 &&
            keep "publish to one subscriber, p50 µs" pgbench-paced "$microseconds"
    fi
done

# --- The table ------------------------------------------------------------------------------

echo "Medians of $rounds rounds in turns, $streams streams, on $cpus CPUs," \
    "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(uname -sr)."
echo "Each ratio is the median of the rounds' own ratios hub / other. Bytes an event:" \
    "$frame_sse (SSE), $frame_ws (WebSocket), the floor padded to the same."
echo
awk -f "$here/table.awk" "$results"
