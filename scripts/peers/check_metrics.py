#!/usr/bin/env python3
"""Compares Retake's metrics with scikit-learn, statsmodels and a plain bootstrap.

    python3 -m venv venv && venv/bin/pip install -r scripts/peers/requirements.txt
    venv/bin/python scripts/peers/check_metrics.py [PATH OF THE EXAMPLE metrics_json]

Values must agree to 1e-9 on random cases with ties, unanswered images and empty classes; the variance behind the
intervals of the ranking metrics and of the macro averages must agree with that of a bootstrap over samples. Without a path
the example is built with cargo. Exit code 1 on any disagreement.
"""

import json
import math
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn import metrics as sk
from statsmodels.stats.proportion import proportion_confint

from agreement import expect, failures, verdict

ROOT = Path(__file__).resolve().parents[2]
Z = 1.959963984540054


def example() -> str:
    if len(sys.argv) > 1:
        return sys.argv[1]
    command = ["cargo", "build", "--release", "-p", "retake-eval", "--example", "metrics_json"]
    command.append("--message-format=json-render-diagnostics")
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = [json.loads(line) for line in built.splitlines()]
    return next(m["executable"] for m in messages if m.get("executable"))


class Retake:
    def __init__(self) -> None:
        self.process = subprocess.Popen([example()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def score(self, columns):
        """Scores columns of cases; a case is (cluster, truth, present, score)."""
        keys = ("cluster", "truth", "present", "score")
        line = {"columns": [[dict(zip(keys, case)) for case in column] for column in columns]}
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def ratio(hits, trials):
    """Value and Wilson interval, or nothing where there is nothing to measure."""
    if trials == 0:
        return None, None, None
    return (hits / trials, *proportion_confint(hits, trials, method="wilson"))


def reference(column):
    """The answered-or-not rule of the project, spelled with the peers' functions."""
    truth = np.array([case[1] for case in column], dtype=bool)
    answered = np.array([case[3] is not None for case in column], dtype=bool)
    score = np.array([case[3] if case[3] is not None else np.nan for case in column], dtype=float)
    called = answered & (np.nan_to_num(score) >= 0.5)
    # An unanswered image is wrong whatever the truth, which is what a flipped prediction says...
    wrong = np.where(answered, called, ~truth)
    tp = int((truth & called).sum())
    fp = int((~truth & called).sum())
    fn = int((truth & ~called).sum())
    out = {
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, int(truth.sum())),
        "specificity": ratio(int((~truth & answered & ~called).sum()), int((~truth).sum())),
        "accuracy": ratio(int((truth == wrong).sum()), len(truth)),
    }
    jaccard = ratio(tp, tp + fp + fn)
    out["f1"] = tuple(None if j is None else 2 * j / (1 + j) for j in jaccard)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if truth.any():
            expect("sklearn recall", out["recall"][0], sk.recall_score(truth, called))
            expect("sklearn f1", out["f1"][0], sk.f1_score(truth, called))
        if called.any():
            expect("sklearn precision", out["precision"][0], sk.precision_score(truth, called))
        if (~truth).any():
            expect("sklearn specificity", out["specificity"][0], sk.recall_score(~truth, ~wrong))
        if len(truth):
            expect("sklearn accuracy", out["accuracy"][0], sk.accuracy_score(truth, wrong))
    if truth.any() and (~truth).any() and answered.any():
        out.update(ranking(truth, answered, score))
    else:
        out.update(average_precision=(None,), auroc=(None,))
    return out


def ranking(truth, answered, score):
    """AP and AUROC of the answered images, scaled to all: what is not answered is not retrieved and wins no pair."""
    t, s = truth[answered], score[answered]
    share = t.sum() / truth.sum()
    average_precision = sk.average_precision_score(t, s) * share if t.any() else 0.0
    pairs = share * (~t).sum() / (~truth).sum()
    auroc = sk.roc_auc_score(t, s) * pairs if t.any() and (~t).any() else 0.0
    return {"average_precision": (average_precision,), "auroc": (auroc,)}


def random_column(rng):
    n = int(rng.choice([0, 1, 2, 3, 8, 40, 300]))
    prevalence = rng.choice([0.0, 0.05, 0.5, 1.0], p=[0.1, 0.4, 0.4, 0.1])
    missing = rng.choice([0.0, 0.2])
    levels = int(rng.choice([1, 2, 7, 2**30]))
    column = []
    for cluster in range(n):
        truth = bool(rng.random() < prevalence)
        score = min(max(rng.normal(0.65 if truth else 0.35, 0.25), 0.0), 1.0)
        score = round(score * levels) / levels
        column.append((cluster, truth, None, None if rng.random() < missing else score))
    return column


def check_values(retake, rng):
    for round_ in range(400):
        columns = [random_column(rng) for _ in range(int(rng.integers(1, 5)))]
        ours = retake.score(columns)
        references = [reference(column) for column in columns]
        for column, (our, theirs) in enumerate(zip(ours["columns"], references)):
            assert set(our) == set(theirs), (set(our), set(theirs))
            for metric, values in theirs.items():
                for key, value in zip(("value", "low", "high"), values):
                    expect(f"round {round_} column {column} {metric} {key}", our[metric][key], value)
        pooled = reference([case for column in columns for case in column])
        for metric, our in ours["micro"].items():
            expect(f"round {round_} micro {metric}", our["value"], pooled[metric][0])
        for metric, our in ours["macro"].items():
            values = [r[metric][0] for r in references if r[metric][0] is not None]
            expect(f"round {round_} macro {metric}", our["value"], float(np.mean(values)) if values else None)


def clustered_columns(rng, samples):
    """Two categories over the same samples of one to three images that are alike."""
    columns = [[], []]
    for cluster in range(samples):
        mood = rng.normal(0.0, 0.15)
        for _ in range(int(rng.integers(1, 4))):
            for shift, column in zip((0.55, 0.7), columns):
                truth = bool(rng.random() < 0.3)
                score = min(max(rng.normal(shift if truth else 0.4, 0.15) + mood, 0.0), 1.0)
                column.append((cluster, truth, None, round(score, 2)))
    return columns


def statistics(truth, score, weight):
    """All metrics of one column under case weights."""
    called = score >= 0.5
    return {
        "precision": sk.precision_score(truth, called, sample_weight=weight),
        "recall": sk.recall_score(truth, called, sample_weight=weight),
        "f1": sk.f1_score(truth, called, sample_weight=weight),
        "specificity": sk.recall_score(~truth, ~called, sample_weight=weight),
        "accuracy": sk.accuracy_score(truth, called, sample_weight=weight),
        "average_precision": sk.average_precision_score(truth, score, sample_weight=weight),
        "auroc": sk.roc_auc_score(truth, score, sample_weight=weight),
    }


def implied_deviation(estimate, jaccard):
    """The standard deviation that a Wilson interval at an effective sample size was made from."""
    value, low, high = (estimate[k] for k in ("value", "low", "high"))
    slope = 1.0
    if jaccard:
        value, low, high = (f / (2 - f) for f in (value, low, high))
        slope = 2 / (1 + value) ** 2
    # The two ends of a Wilson interval add up to (2 p + z^2/n) / (1 + z^2/n): solved for n.
    ratio_ = (low + high - 2 * value) / (1 - low - high)
    return slope * math.sqrt(value * (1 - value) / (Z * Z / ratio_))


def check_deviations(retake, rng, samples=600, replicates=1000):
    """Standard errors against a bootstrap that draws whole samples."""
    columns = clustered_columns(rng, samples)
    ours = retake.score(columns)
    cluster, truth, score = [], [], []
    for column in columns:
        cluster.append(np.array([c[0] for c in column]))
        truth.append(np.array([c[1] for c in column]))
        score.append(np.array([c[3] for c in column]))
    draws = {}
    for _ in range(replicates):
        weight = np.bincount(rng.integers(0, samples, samples), minlength=samples)
        each = [statistics(t, s, weight[c]) for t, s, c in zip(truth, score, cluster)]
        for metric in each[0]:
            values = [one[metric] for one in each]
            for key, value in [*enumerate(values), ("macro", float(np.mean(values)))]:
                draws.setdefault((key, metric), []).append(value)
    for (key, metric), values in draws.items():
        estimate = ours["macro"][metric] if key == "macro" else ours["columns"][key][metric]
        jaccard = metric == "f1" and key != "macro"
        error = implied_deviation(estimate, jaccard) / float(np.std(values)) - 1
        # A bootstrap of R replicates knows a deviation to about 1 / sqrt(2 R).
        if abs(error) > 4 / math.sqrt(2 * replicates):
            failures.append(f"deviation of {metric} ({key}): {error:+.1%} from the bootstrap's")


def main() -> int:
    rng = np.random.default_rng(20260101)
    retake = Retake()
    check_values(retake, rng)
    check_deviations(retake, rng)
    return verdict("metrics")


if __name__ == "__main__":
    sys.exit(main())
