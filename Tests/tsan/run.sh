#!/bin/bash
# Runs the end-to-end tests against a hub that ThreadSanitizer watches. What it reports of a process
# is a file in .build/tsan/reports, and makes this fail; `mutex.c` is what it could not know by
# itself. Arguments go to `swift test`: `--filter StreamTests` runs a part.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=$PWD/.build/tsan
reports=$folder/reports
flags=(--explicit-target-dependency-import-check error)
[[ $# -gt 0 ]] || set -- --filter HubTests

mkdir -p "$folder"
clang -O1 -Wall -Wextra -Werror -fPIC -c -o "$folder/mutex.o" Tests/tsan/mutex.c
swift build "${flags[@]}" --sanitize=thread --scratch-path "$folder" --product hub \
    -Xlinker "$folder/mutex.o"
swift build "${flags[@]}" --build-tests
rm -rf "$reports"
mkdir -p "$reports"

# The hub goes on after a race, so that one run shows all of them.
export HUB_TEST_PROGRAM=$folder/debug/hub
export TSAN_OPTIONS="log_path=$reports/race halt_on_error=0 exitcode=0 second_deadlock_stack=1 \
history_size=7"
tests=0
swift test --skip-build --disable-xctest "$@" || tests=$?

found=("$reports"/race*)
if [[ -e ${found[0]} ]]; then
    grep -h "SUMMARY: ThreadSanitizer" "${found[@]}" | sort | uniq -c | sort -rn >&2
    printf '%d reports in %s\n' "${#found[@]}" "$reports" >&2
    exit 1
fi
echo "no race was seen; the tests ended with $tests"
exit "$tests"
