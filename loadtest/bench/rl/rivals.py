"""Vowpal Wabbit on the same sets in the same orders: 110 configurations, results kept on disk.

Each run is `--cbify` over one shuffle; its figure is the progressive 0/1 error. Results are
appended to a file as they come, so that an interrupted comparison goes on where it was.
"""

import json
import tempfile

import vowpalwabbit

RATES = [0.1, 0.5, 1, 3, 10]
DEFAULT = "01 --epsilon 0.05 --cb_type mtr -l 0.5"
COSTS_01 = [
    "--epsilon 0.05 --cb_type mtr", "--epsilon 0 --cb_type mtr", "--epsilon 0 --cb_type dr",
    "--epsilon 0 --cb_type ips", "--epsilon 0.05 --cb_type dr", "--epsilon 0.02 --cb_type mtr",
    "--squarecb --cb_type mtr", "--squarecb --gamma_scale 100 --cb_type mtr",
    "--regcb --cb_type mtr --mellowness 0.1", "--regcb --cb_type mtr --mellowness 0.01",
    "--regcbopt --cb_type mtr --mellowness 0.01", "--cover 4 --cb_type mtr",
    "--cover 8 --psi 0.1 --cb_type dr", "--bag 4 --cb_type mtr",
    "--bag 8 --greedify --cb_type mtr",
]
COSTS_10 = [
    "--epsilon 0.05 --cb_type mtr", "--epsilon 0 --cb_type mtr", "--epsilon 0 --cb_type dr",
    "--epsilon 0.02 --cb_type mtr", "--cover 4 --cb_type mtr", "--bag 4 --cb_type mtr",
    "--bag 8 --greedify --cb_type mtr",
]


def configurations():
    """Name → arguments."""
    result = {}
    for costs, explorers in (("01", COSTS_01), ("10", COSTS_10)):
        for explorer in explorers:
            for rate in RATES:
                encoding = "" if costs == "01" else " --loss0 -1 --loss1 0"
                result[f"{costs} {explorer} -l {rate}"] = f"{explorer} -l {rate}{encoding}"
    return result


def error(file, class_count, arguments, row_count):
    """The progressive 0/1 error of one run."""
    workspace = vowpalwabbit.Workspace(
        f"--cbify {class_count} --cb_explore_adf {arguments} -d {file} --quiet --random_seed 1"
    )
    # The sum counts wrong labels, whatever they cost.
    wrong = workspace.get_sum_loss()
    workspace.finish()
    return wrong / row_count


def run(datasets, cache, say):
    """(set, shuffle, configuration) → error; what `cache` holds already is not run again."""
    results = {}
    if cache.exists():
        for line in cache.read_text().splitlines():
            name, shuffle, configuration, value = json.loads(line)
            results[name, shuffle, configuration] = value
    with open(cache, "a") as out:
        for shuffle in range(len(datasets[0].orders)):
            for dataset in datasets:
                todo = {
                    name: arguments for name, arguments in configurations().items()
                    if (dataset.name, shuffle, name) not in results
                }
                if not todo:
                    continue
                say(f"vw {dataset.name} shuffle {shuffle}")
                with tempfile.NamedTemporaryFile("w", suffix=".vw") as file:
                    file.write("\n".join(dataset.vw_lines(shuffle)) + "\n")
                    file.flush()
                    for name, arguments in todo.items():
                        value = error(file.name, dataset.class_count, arguments, dataset.row_count)
                        results[dataset.name, shuffle, name] = value
                        out.write(json.dumps([dataset.name, shuffle, name, value]) + "\n")
                        out.flush()
    return results
