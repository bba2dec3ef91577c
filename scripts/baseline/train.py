"""Fits the logistic models of the reference analyzer, and writes their weights into the detectors' files.

Reads what `cargo run --release -p retake-baseline --example measures CORPUS` prints, one file or several. For each
category: maximum likelihood with a small ridge on standardised measures, on the pictures whose label leaves no doubt, so
that a score is a probability in the mix of those pictures. Prints what cross-validation over samples says of each.
"""

import argparse
import json
import math
import pathlib
import re

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score
from sklearn.model_selection import GroupKFold

DETECTORS = pathlib.Path(__file__).resolve().parents[2] / "crates/baseline/src/detectors"
RIDGE = 0.003
DIGITS = 4
CONSTANTS = [
    math.pi / n for n in (1, 2, 3, 4, 6, 8)
] + [
    math.tau, math.e, 1 / math.pi, 2 / math.pi, 2 / math.sqrt(math.pi), math.sqrt(2), math.sqrt(0.5),
    math.log(2), math.log(10), math.log2(10), math.log2(math.e), math.log10(2), math.log10(math.e),
]


def read(files: list[pathlib.Path]) -> dict[str, tuple[list[str], np.ndarray, np.ndarray, np.ndarray]]:
    """Per category: the measures' names, their values, whether it is present, and the sample of each picture."""
    rows: dict[str, list[tuple[dict, bool, str]]] = {}
    for file in files:
        for line in file.read_text().splitlines():
            record = json.loads(line)
            for category, measured in record["measured"].items():
                state = record["labels"][category]
                if state in ("present", "absent"):
                    row = (measured["values"], state == "present", f"{file}:{record['sample']}")
                    rows.setdefault(category, []).append(row)
    found = {}
    for category, of in sorted(rows.items()):
        names = list(of[0][0])
        values = np.array([[row[0][name] for name in names] for row in of], dtype=float)
        found[category] = (names, values, np.array([row[1] for row in of]), np.array([row[2] for row in of]))
    return found


def fit(values: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights per unit of each measure, and the bias."""
    middle, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0.0] = 1.0
    model = LogisticRegression(C=1.0 / (RIDGE * len(values)), max_iter=5000)
    model.fit((values - middle) / spread, present)
    slopes = model.coef_[0] / spread
    return slopes, float(model.intercept_[0] - slopes @ middle)


def probability(values: np.ndarray, slopes: np.ndarray, bias: float) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-(values @ slopes + bias)))


def literal(value: float) -> str:
    """A number as the detectors' files have it. Clippy takes digits of a mathematical constant for that constant, so one
    that has them by chance moves by a step or two."""
    step = 10.0**-DIGITS
    while any(abs(abs(value) - constant) < 1.5 * step for constant in CONSTANTS):
        value += step
    return f"{value:.{DIGITS}f}"


def write(category: str, names: list[str], slopes: np.ndarray, bias: float) -> None:
    """Replaces the numbers in the category's file; everything else stays."""
    path = DETECTORS / f"{category}.rs"
    text = path.read_text()
    rounded = dict(zip(names, map(literal, slopes), strict=True))
    text, count = re.subn(r"(\n    bias: )[-0-9.]+,", rf"\g<1>{literal(bias)},", text)
    if count != 1:
        raise SystemExit(f"{path}: {count} lines that give a bias, not one")
    for name, slope in rounded.items():
        pattern = rf'(measure: "{re.escape(name)}",\s+weight: )[-0-9.]+'
        text, count = re.subn(pattern, rf"\g<1>{slope}", text)
        if count != 1:
            raise SystemExit(f"{path}: {count} terms named {name!r}, not one")
    path.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measures", nargs="+", type=pathlib.Path)
    parser.add_argument("--write", action="store_true", help="write the weights into the detectors' files")
    arguments = parser.parse_args()
    total = []
    for category, (names, values, present, samples) in read(arguments.measures).items():
        held_out = np.zeros(len(present))
        for learn, judge in GroupKFold(5).split(values, present, samples):
            held_out[judge] = probability(values[judge], *fit(values[learn], present[learn]))
        f1 = f1_score(present, held_out >= 0.5)
        total.append(f1)
        ranked = average_precision_score(present, held_out)
        print(f"{category}: {len(present)} pictures, {present.sum()} present, F1 {f1:.3f}, AP {ranked:.3f}")
        slopes, bias = fit(values, present)
        for name, slope, spread in zip(names, slopes, values.std(axis=0), strict=True):
            print(f"    {slope:10.4f}  x spread {slope * spread:7.2f}  {name}")
        if arguments.write:
            write(category, names, slopes, bias)
    print(f"mean F1 {np.mean(total):.3f}, cross-validated")


if __name__ == "__main__":
    main()
