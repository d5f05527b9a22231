#!/bin/bash
# Fuzzes every parser that reads what strangers send, with libFuzzer and AddressSanitizer: SECONDS_EACH
# for each of the targets given, or for all. Begins with Tests/fuzz/corpus; what it finds worth
# keeping for itself is in .build/fuzz/found, an input that did wrong in .build/fuzz/wrong: once
# mended, it belongs into the corpus. SEED repeats a run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=${SECONDS_EACH:-60}
seed=${SEED:-$RANDOM}
folder=.build/fuzz
program=$folder/hub-fuzz
corpus=Tests/fuzz/corpus

swift build --scratch-path "$folder" --configuration release --target FuzzTargets \
    --explicit-target-dependency-import-check error \
    -Xswiftc -sanitize=fuzzer,address -Xswiftc -DFUZZING
mapfile -t objects < <(find "$folder/release/" -name '*.o')
swiftc -sanitize=fuzzer,address -emit-executable "${objects[@]}" -lz -lcrypto -lssl -lpq -lm \
    -o "$program"

targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || mapfile -t targets < <(ls "$corpus")
mkdir -p "$folder/wrong"
failed=()
for target in "${targets[@]}"; do
    printf '\n== %s: %d s, SEED=%d\n' "$target" "$seconds" "$seed"
    mkdir -p "$folder/found/$target"
    # Leaks are not looked for: what Swift keeps for ever would be taken for one.
    FUZZ_TARGET=$target ASAN_OPTIONS=detect_leaks=0 "$program" "$folder/found/$target" \
        "$corpus/$target" -max_total_time="$seconds" -seed="$seed" -max_len=4096 -timeout=5 \
        -artifact_prefix="$folder/wrong/$target-" -print_final_stats=1 -verbosity=0 ||
        failed+=("$target")
done
if [[ ${#failed[@]} -gt 0 ]]; then
    printf '\nWrong: %s; the inputs are in %s/wrong\n' "${failed[*]}" "$folder" >&2
    exit 1
fi
