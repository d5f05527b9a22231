#!/bin/bash
# `make conformance-api`: schemathesis, with all its checks, against a hub of its own. It generates
# requests from /openapi.json, good ones and bad ones, and holds the answers against it.
#
#   CASES=200 Tests/api/schemathesis.sh [arguments of `schemathesis run`]
#
# CASES (30) is how many examples an operation gets at most in the phase that fuzzes it; HUB names
# the program (the release build); SEED makes a run the same again. Exit code: 0 nothing found.
# The suite comes from the Python package index into .build/schemathesis, once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

hub=$(realpath "${HUB:-.build/release/hub}")
suite=.build/schemathesis
version=4.32.5
if [[ ! -e $suite/installed-$version ]]; then
    python3 -m venv "$suite"
    "$suite/bin/python" -m pip install --quiet --disable-pip-version-check \
        "schemathesis==$version"
    : >"$suite/installed-$version"
fi

# As root the hub's Postgres runs as another user, who must reach the folder.
folder=$(mktemp --directory /tmp/hub-api-XXXXXX)
chmod 755 "$folder"
server=
stop() {
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf "$folder"
}
trap stop EXIT

: >"$folder/log"
"$hub" serve --port "${PORT:-0}" --rate-limit off --sign-in-limit off --password-cost 10 \
    --data-dir "$folder/data" --web-dir web \
    >"$folder/log" &
server=$!
for _ in {1..600}; do
    url=$(sed --quiet 's|.*"event.action":"ready".*"url.full":"\([^"]*\)/".*|\1|p' "$folder/log")
    [[ -z $url ]] || break
    kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 2; }
    sleep 0.1
done
[[ -n $url ]] || { echo "schemathesis: the hub was not ready in a minute" >&2; exit 2; }

token=$("$hub" token --subject schemathesis --role admin --ttl 86400 --data-dir "$folder/data")
PYTHONPATH=Tests/api "$suite/bin/schemathesis" --config-file Tests/api/schemathesis.toml run \
    "$url/openapi.json" --header "Authorization: Bearer $token" \
    --max-examples "${CASES:-30}" ${SEED:+--seed "$SEED"} "$@"
