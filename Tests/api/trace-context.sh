#!/bin/bash
# `make conformance-trace`: the W3C harness of Trace Context against a hub of its own.
#
# HARNESS names a clone of the repository w3c/trace-context; without it one is fetched into .build.
# HUB names the program (the release build); PORT (7800) is where the service between them listens.
# The harness itself listens on 127.0.0.1:7777. Exit code: 0 all passed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

hub=$(realpath "${HUB:-.build/release/hub}")
port=${PORT:-7800}
venv=.build/trace-context
harness=${HARNESS:-$venv/harness}
[[ -d $harness ]] || git clone --quiet --depth 1 https://github.com/w3c/trace-context "$harness"
if [[ ! -e $venv/installed ]]; then
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check aiohttp==3.10.11
    : >"$venv/installed"
fi

# As root the hub's Postgres runs as another user, who must reach the folder.
folder=$(mktemp --directory /tmp/hub-trace-XXXXXX)
chmod 755 "$folder"
server='' service=''
stop() {
    [[ -z $service ]] || kill "$service" 2>/dev/null || true
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf "$folder"
}
trap stop EXIT

: >"$folder/log"
"$hub" serve --port 0 --rate-limit off --data-dir "$folder/data" --web-dir web >"$folder/log" &
server=$!
for _ in {1..600}; do
    url=$(sed --quiet 's|.*"event.action":"ready".*"url.full":"\([^"]*\)/".*|\1|p' "$folder/log")
    [[ -z $url ]] || break
    kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 2; }
    sleep 0.1
done
[[ -n $url ]] || { echo "trace-context: the hub was not ready in a minute" >&2; exit 2; }
token=$("$hub" token --subject harness --role admin --ttl 3600 --data-dir "$folder/data")
python3 -B Tests/api/trace_context.py "$port" "$url" "$token" &
service=$!
for _ in {1..100}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.1
done
SERVICE_ENDPOINT=http://127.0.0.1:$port/ SPEC_LEVEL=${SPEC_LEVEL:-2} STRICT_LEVEL=2 \
    "$venv/bin/python" -B "$harness/test/test.py" "$@"
