"""The learning scorer against Vowpal Wabbit: one setting of ours, 110 of theirs, 44 sets.

Usage: compare.py <rl-bench> <folder for results> [name=value …]; the numbers are other settings of
ours to try. Every figure is a progressive 0/1 error, averaged over three shuffles; a win or a loss
is one by the z-test of the contextual bandit bake-off (α = 0.05, n = the rows of one run).
"""

import pathlib
import subprocess
import sys

import datasets
import rivals

Z_OF_ALPHA = 1.96


def ours(program, sets, settings):
    """Set → mean error; the program reads the rows from its input."""
    lines = "\n".join(line for dataset in sets for line in dataset.hub_lines()) + "\n"
    output = subprocess.run(
        [program, "compare", *settings], input=lines, capture_output=True, text=True, check=True
    ).stdout
    sums = {}
    for line in output.splitlines():
        name, _, error = line.split()
        sums.setdefault(name, []).append(float(error))
    return {name: sum(errors) / len(errors) for name, errors in sums.items()}


def wins_and_losses(left, right, sets):
    wins = losses = 0
    for dataset in sets:
        x, y = left[dataset.name], right[dataset.name]
        spread = ((x * (1 - x) + y * (1 - y)) / dataset.row_count) ** 0.5
        if spread > 0 and abs(x - y) / spread > Z_OF_ALPHA:
            wins += x < y
            losses += x > y
    return wins, losses


def mean(errors):
    return sum(errors.values()) / len(errors)


def main():
    program, folder, settings = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    folder.mkdir(parents=True, exist_ok=True)
    sets = datasets.load()
    runs = rivals.run(sets, folder / "vw.jsonl", lambda text: print(text, file=sys.stderr))
    shuffles = range(datasets.SHUFFLES)
    by_configuration = {
        name: {d.name: sum(runs[d.name, s, name] for s in shuffles) / len(shuffles) for d in sets}
        for name in rivals.configurations()
    }
    default = by_configuration[rivals.DEFAULT]
    best_name = min(by_configuration, key=lambda name: mean(by_configuration[name]))
    best = by_configuration[best_name]
    hindsight = {
        d.name: min(errors[d.name] for errors in by_configuration.values()) for d in sets
    }
    hub = ours(program, sets, settings)

    print(f"{'set':18}{'rows':>6}{'K':>4}{'hub':>8}{'default':>9}{'best one':>10}{'hindsight':>11}")
    for d in sets:
        name = d.name
        mark = "" if hub[name] <= hindsight[name] else "  behind"
        print(
            f"{name:18}{d.row_count:6}{d.class_count:4}{hub[name]:8.3f}{default[name]:9.3f}"
            f"{best[name]:10.3f}{hindsight[name]:11.3f}{mark}"
        )
    print(f"\nmean error: hub {mean(hub):.4f}, with the propensity of every choice logged")
    for title, rival in (
        (f"default ({rivals.DEFAULT})", default), (f"best single ({best_name})", best),
        ("best of 110 for each set in hindsight", hindsight),
    ):
        wins, losses = wins_and_losses(hub, rival, sets)
        level = sum(hub[d.name] <= rival[d.name] for d in sets)
        print(f"vw {title}: {mean(rival):.4f}; {wins} wins, {losses} losses; hub ≤ on {level}/44")


if __name__ == "__main__":
    main()
