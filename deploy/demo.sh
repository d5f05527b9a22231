#!/bin/bash
# The whole pipeline on one screen: starts a hub of its own in a temporary folder, runs the eight
# steps in one trace with curl, and shows each event and each reaction as it comes over /events.
# Usage: deploy/demo.sh [program]    (default: .build/release/hub)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

hub=${1:-.build/release/hub}
folder=$(mktemp -d)
chmod 755 "$folder"
hub_pid='' stream_pid=''

stop() {
    [[ -z $stream_pid ]] || kill "$stream_pid" 2>/dev/null || true
    if [[ -n $hub_pid ]]; then
        kill "$hub_pid" 2>/dev/null || true
        wait "$hub_pid" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap stop EXIT

"$hub" serve --port 0 --data-dir "$folder/data" --rate-limit off >"$folder/log" 2>&1 &
hub_pid=$!
for _ in $(seq 300); do
    url=$(sed -n 's|.*"url.full":"\(http://[^"]*\)/".*|\1|p' "$folder/log")
    [[ -z $url ]] || break
    kill -0 "$hub_pid" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
[[ -n $url ]] || { echo "The hub is not ready; its log: $folder/log" >&2; exit 1; }

token=$("$hub" token --subject demo --role admin --data-dir "$folder/data")
trace=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf 'A hub at %s, one trace: %s\n' "$url" "$trace"

# Each event on a line, reactions behind an arrow.
show_events() {
    local line name='' mark position subject
    while IFS= read -r line; do
        case $line in
            'event: '*) name=${line#event: } ;;
            'data: '*)
                mark='  ●    '
                [[ $line != *'"causationid":'* ]] || mark='    └▶ '
                [[ $line =~ \"position\":\"([0-9]+)\" ]] && position=${BASH_REMATCH[1]}
                [[ $line =~ \"subject\":\"([^\"]*)\" ]] && subject=${BASH_REMATCH[1]}
                printf '%s%-20s #%-3s %s\n' "$mark" "$name" "$position" "$subject"
                ;;
        esac
    done
}
show_events < <(exec curl -sN -H "Authorization: Bearer $token" "$url/events") \
    >"$folder/events" &
stream_pid=$!
sleep 0.5
shown=0

# step TITLE PATH BODY: sends it, keeps the answer's id, and shows what came of it.
step() {
    printf '\n%s\n  POST %s %s\n' "$1" "$2" "$3"
    local answer
    answer=$(curl -s -w '\n%{http_code}' -H "Authorization: Bearer $token" \
        -H "traceparent: 00-$trace-b7ad6b7169203331-01" -H 'Content-Type: application/json' \
        -d "$3" "$url$2")
    printf '  %s %s\n' "${answer##*$'\n'}" "$(head -c 160 <<<"${answer%$'\n'*}")"
    [[ ${answer##*$'\n'} == 20* ]] || exit 1
    id=$(sed -n '1s/^{"id":"\([^"]*\)".*/\1/p' <<<"$answer")
    sleep 0.7
    local lines
    lines=$(wc -l <"$folder/events")
    sed -n "$((shown + 1)),${lines}p" "$folder/events"
    shown=$lines
}

step '1. A lead comes in' /crm/leads '{"name":"Asha Rao","email":"asha@example.test"}'
step '2. It becomes an opportunity' /crm/opportunities \
    '{"lead_id":"'"$id"'","name":"Annual plan","value":"12500.00","currency":"INR"}'
step '3. It becomes an order' /logistics/orders '{"opp_id":"'"$id"'","currency":"INR",'`
    `'"lines":[{"sku":"A-1","quantity":2,"unit_price":"6250.00"}]}'
order=$id
step '4. BHIV decides how to ship it' /bhiv/agent/decide '{"subject":"orders/'"$order"'",'`
    `'"context":{"region":"west"},"actions":["standard","express","hold"]}'
decision=$id
step '5. Another system reports an event' /event/unified '{"task_id":"ticket-17",'`
    `'"user_id":"user-1","event_type":"sla_warning","consent_flag":true,"payload":{"minutes":30}}'
step '6. A delivery is scheduled' /logistics/delivery \
    '{"order_id":"'"$order"'","delivery_date":"2026-12-01"}'
step '7. Feedback teaches the agent' /task/feedback '{"subject":"decisions/'"$decision"'",'`
    `'"rating":5,"reward":0.8,"comment":"Well done"}'

printf '\n8. The log tells the story\n  GET /logs?trace_id=%s\n' "$trace"
curl -s -H "Authorization: Bearer $token" "$url/logs?trace_id=$trace&limit=1000" |
    sed 's/},{"id":/}\n{"id":/g' |
    sed -n 's/.*"time":"[^T]*T\([^"]*\)Z".*"module":"\([^"]*\)".*"message":"\([^"]*\)".*/\1 \2 \3/p' |
    awk '{ time = $1; module = $2; $1 = $2 = ""; printf "  %s  %-13s%s\n", time, module, $0 }'
