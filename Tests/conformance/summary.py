"""Sums up a report of the Autobahn test suite; exits with 1 when a case failed."""

import collections
import json
import sys

# Cases that may be less than OK, each with its reason.
ALLOWED = {
    "NON-STRICT": {},
    "INFORMATIONAL": {
        "7.1.6": "the server may answer a large message before the close that follows it",
        "7.13.1": "close code 5000 is reserved for nobody: either answer is right",
        "7.13.2": "close code 65535 is reserved for nobody: either answer is right",
    },
    "UNIMPLEMENTED": {},
}


def section(case):
    return int(case.split(".")[0])


def main():
    with open(sys.argv[1]) as file:
        results = json.load(file)["hub"]
    table = collections.defaultdict(collections.Counter)
    findings = []
    for case, result in sorted(
        results.items(), key=lambda item: [int(part) for part in item[0].split(".")]
    ):
        for behavior in {result["behavior"], result["behaviorClose"]}:
            if behavior == "OK":
                continue
            reason = ALLOWED.get(behavior, {}).get(case)
            findings.append((case, behavior, reason))
        table[section(case)][result["behavior"]] += 1
    for number in sorted(table):
        counts = ", ".join(f"{name} {count}" for name, count in sorted(table[number].items()))
        print(f"section {number:2}: {counts}")
    print(f"{len(results)} cases")
    failed = 0
    for case, behavior, reason in findings:
        if reason is None:
            failed += 1
        print(f"{case}: {behavior}: {reason or 'not allowed'}")
    return 1 if failed or not results else 0


sys.exit(main())
