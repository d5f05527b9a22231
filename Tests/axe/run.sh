#!/bin/bash
# Checks the dashboard for accessibility with axe-core, in headless Chromium, on a hub of its own
# that a whole pipeline has gone through: every view and form, wide and narrow, light and dark.
#
# Usage: Tests/axe/run.sh [--screenshots <folder>] (`make axe` builds the hub first)
# HUB names the program (default: the release build). Exit code: 0 nothing found, 1 violations.
# axe.min.js comes from the Python package axe-playwright-python, into .build/axe, once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

hub=$(realpath "${HUB:-.build/release/hub}")
package=axe-playwright-python==0.1.8
axe=.build/axe/$package/axe.min.js
if [[ ! -s $axe ]]; then
    mkdir -p ".build/axe/$package"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps \
        --dest ".build/axe/$package" "$package"
    python3 - ".build/axe/$package"/*.whl "$axe" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("axe.min.js"))
    with open(sys.argv[2], "wb") as file:
        file.write(wheel.read(name))
PYTHON
fi

# As root the hub's Postgres runs as another user, who must reach the folder.
folder=$(mktemp --directory /tmp/hub-axe-XXXXXX)
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
"$hub" serve --port 0 --rate-limit off --data-dir "$folder/data" --web-dir web \
    >"$folder/log" &
server=$!
for _ in {1..600}; do
    url=$(sed --quiet 's/.*"event.action":"ready".*"url.full":"\([^"]*\)".*/\1/p' "$folder/log")
    [[ -z $url ]] || break
    kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 2; }
    sleep 0.1
done
[[ -n $url ]] || { echo "axe: the hub was not ready in a minute" >&2; exit 2; }
token=$("$hub" token --subject asha --role admin --ttl 3600 --data-dir "$folder/data")

python3 -B Tests/axe/check.py --hub "$url" --token "$token" --axe "$axe" "$@"
