#!/usr/bin/env python3
"""Compares what `retake report` and `retake compare` say of runs with scipy, statsmodels and scikit-learn.

    venv/bin/python scripts/peers/check_statistics.py RETAKE WORK

RETAKE is the built program and WORK an empty folder. Run folders are written here, in the format that docs/metrics.md
describes, from answers whose statistics the peers can tell too; the program's JSON is then held against them. Closed forms must
agree to 1e-9, what is drawn at random within the error of drawing. Exit code 1 on any disagreement.
"""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy import optimize, stats
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve
from statsmodels import api as sm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from agreement import expect, failures, verdict

CATEGORIES = ["blur", "glare", "cropped_corner"]


class Runs:
    """Writes run folders, and asks the program about them."""

    def __init__(self, retake: str, work: Path) -> None:
        self.retake, self.work, self.written = retake, work, 0

    def write(self, truth, score, sample=None, measure=None, corpus="a", name="a") -> Path:
        """A run on images by category: `truth` and `score` are arrays of images x categories."""
        images, width = truth.shape
        sample = np.arange(images) if sample is None else sample
        measure = truth.astype(float) if measure is None else measure
        used = CATEGORIES[:width]
        folder = self.work / f"run-{self.written}"
        self.written += 1
        folder.mkdir(parents=True)
        described = [
            {
                "id": category,
                "title": category,
                "measure": {"name": "share", "unit": "share of the card", "direction": "higher_is_worse"},
                "thresholds": {"absent": 0.2, "present": 0.3},
                "roles": ["document_front"],
            }
            for category in used
        ]
        run = {
            "format": 1,
            "harness": "check",
            "spec": f"predictions:{name}",
            "analyzer": {"name": name, "version": "1", "categories": used},
            "corpus": {"name": corpus, "digest": f"blake3:{corpus}", "images": images, "categories": described},
            "conditions": {"threshold": 0.5, "seed": 0, "answer_seconds": 30.0},
        }
        (folder / "run.json").write_text(json.dumps(run))
        with (folder / "findings.jsonl").open("w") as lines:
            for i in range(images):
                by = lambda values: {c: values[i, k] for k, c in enumerate(used)}  # noqa: E731
                entry = {
                    "index": i,
                    "image_id": f"{i:09}",
                    "sample_id": f"{sample[i]:09}",
                    "role": "document_front",
                    "truth": {c: "present" if t else "absent" for c, t in by(truth).items()},
                    "measures": {c: float(m) for c, m in by(measure).items()},
                    "outcome": {"findings": [{"category": c, "score": float(s)} for c, s in by(score).items()]},
                    "timing": {"session": 0, "latency_ms": 1.0, "done_ms": 1.0},
                }
                lines.write(json.dumps(entry) + "\n")
        return folder

    def report(self, run: Path) -> dict:
        command = [self.retake, "report", run, "--json"]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

    def compare(self, *arguments) -> dict:
        out = self.work / "comparison.json"
        done = subprocess.run([self.retake, "compare", *arguments, "--json", out], stdout=subprocess.DEVNULL)
        assert done.returncode in (0, 1), done
        return json.loads(out.read_text())


def answers(rng, truth, hit, alarm):
    """Scores that call a share `hit` of the defects and `alarm` of the rest."""
    called = rng.random(truth.shape) < np.where(truth, hit, alarm)
    return np.where(called, 0.5 + rng.random(truth.shape) / 2, rng.random(truth.shape) / 2)


def rows(report):
    return {row["category"]: row for row in report["categories"]}


def check_tests(runs, rng):
    """McNemar's exact test by category and over all, its form for samples of several images, and the false discovery rate over
    all of them."""
    for round_ in range(12):
        images = int(rng.choice([30, 200, 900]))
        truth = rng.random((images, 3)) < 0.4
        shift = rng.choice([0.0, 0.05, 0.2], 3)
        before, after = answers(rng, truth, 0.8, 0.1), answers(rng, truth, 0.8 - shift, 0.1 + shift / 2)
        sample = np.arange(images) // 2 if round_ % 3 == 2 else np.arange(images)
        paths = [runs.write(truth, score, sample) for score in (before, after)]
        found = runs.compare(*paths)[0]
        right = [(score >= 0.5) == truth for score in (before, after)]
        tests, expected = [], []
        of_category = [(row["category"], row, [k]) for k, row in enumerate(found["categories"])]
        for which, row, columns in [*of_category, ("overall", found["overall"], [0, 1, 2])]:
            for name, counts in (("recall", truth), ("specificity", ~truth)):
                tests.append((f"round {round_} {which} {name}", row[name]))
                fixed, broken = (
                    (counts & ~right[a] & right[b])[:, columns].sum(axis=1) for a, b in ((0, 1), (1, 0))
                )
                expect(f"{tests[-1][0]} fixed", row[name]["fixed"], int(fixed.sum()))
                expect(f"{tests[-1][0]} broken", row[name]["broken"], int(broken.sum()))
                net = np.bincount(sample, weights=fixed - broken)
                up, down = int((net > 0).sum()), int((net < 0).sum())
                if round_ % 3 == 2:
                    expected.append(stats.binomtest(up, up + down).pvalue if up + down else 1.0)
                else:
                    table = [[0, up], [down, 0]]
                    expected.append(mcnemar(table, exact=True).pvalue if up + down else 1.0)
        adjusted = multipletests(expected, alpha=0.05, method="fdr_bh")
        for (name, test), p, q, rejected in zip(tests, expected, adjusted[1], adjusted[0]):
            expect(f"{name} p", test["p"], p)
            expect(f"{name} adjusted p", test["adjusted_p"], q)
            if rejected != (test["verdict"] != "unchanged"):
                failures.append(f"{name}: {test['verdict']}, but rejected is {rejected}")


def check_unpaired(runs, rng):
    """Differences of shares of different images: Newcombe's interval, and a p-value from it and the pooled test."""
    for round_ in range(6):
        sizes = rng.choice([40, 150, 700], 2)
        truths = [rng.random((n, 1)) < 0.5 for n in sizes]
        scores = [answers(rng, t, h, 0.1) for t, h in zip(truths, (0.9, 0.75))]
        paths = [runs.write(t, s, corpus=c) for t, s, c in zip(truths, scores, "xy")]
        row = runs.compare(*paths, "--unpaired")[0]["categories"][0]
        for metric, counts in (("recall", lambda t: t), ("specificity", lambda t: ~t)):
            n = [int(counts(t).sum()) for t in truths]
            k = [int((((s >= 0.5) == t) & counts(t)).sum()) for t, s in zip(truths, scores)]
            low, high = confint_proportions_2indep(k[1], n[1], k[0], n[0], compare="diff", method="newcomb")
            difference = row["metrics"][metric]["difference"]
            expect(f"unpaired {round_} {metric} low", difference["low"], low)
            expect(f"unpaired {round_} {metric} high", difference["high"], high)
            pooled = proportions_ztest(k, n)[1]
            # The level at which Newcombe's interval, scaled as a normal distribution's, reaches 0.
            ours, value = row[metric]["p"], k[1] / n[1] - k[0] / n[0]
            end = value - low if value > 0 else high - value
            newcombe = 2 * stats.norm.sf(abs(value) / (end / stats.norm.ppf(0.975)))
            expect(f"unpaired {round_} {metric} p", ours, 1.0 if value == 0 else max(pooled, newcombe))


def check_bootstrap(runs, rng, samples=260, replicates=1200):
    """Intervals of paired differences against a bootstrap over samples in numpy, within the error of drawing."""
    sample = np.repeat(np.arange(samples), rng.integers(1, 4, samples))
    images = len(sample)
    mood = rng.normal(0, 0.5, samples)[sample][:, None]
    truth = rng.random((images, 2)) < 0.35
    scores = []
    for shift in (0.0, 0.35):
        raw = rng.normal(np.where(truth, 0.9 + shift, -0.9), 1.0) + mood
        scores.append(np.round(1 / (1 + np.exp(-raw)), 3))
    found = runs.compare(*[runs.write(truth, s, sample) for s in scores])[0]
    drawn: dict = {}
    for _ in range(replicates):
        weight = np.bincount(rng.integers(0, samples, samples), minlength=samples)[sample]
        each = [
            {metric: of(truth[:, k], s[:, k], weight) for metric, of in PEERS.items()} for s in scores for k in (0, 1)
        ]
        for metric in PEERS:
            values = [each[2 + k][metric] - each[k][metric] for k in (0, 1)]
            for key, value in (*enumerate(values), ("macro", np.mean(values))):
                drawn.setdefault((key, metric), []).append(value)
    for (key, metric), values in drawn.items():
        ours = found["macro"][metric] if key == "macro" else found["categories"][key]["metrics"][metric]["difference"]
        # The deviation of a drawn 2.5 % quantile of a normal distribution, for both bootstraps.
        room = 4 * np.std(values) * math.sqrt(
            0.025 * 0.975 * (1 / replicates + 1 / found["replicates"])
        ) / stats.norm.pdf(1.96)
        for end, share in (("low", 0.025), ("high", 0.975)):
            expect(f"bootstrap of {metric} ({key}) {end}", ours[end], float(np.quantile(values, share)), room)


PEERS = {
    "precision": lambda t, s, w: sk.precision_score(t, s >= 0.5, sample_weight=w),
    "recall": lambda t, s, w: sk.recall_score(t, s >= 0.5, sample_weight=w),
    "f1": lambda t, s, w: sk.f1_score(t, s >= 0.5, sample_weight=w),
    "specificity": lambda t, s, w: sk.recall_score(~t, s < 0.5, sample_weight=w),
    "average_precision": lambda t, s, w: sk.average_precision_score(t, s, sample_weight=w),
    "auroc": lambda t, s, w: sk.roc_auc_score(t, s, sample_weight=w),
}


def check_calibration(runs, rng):
    """Brier's score, the reliability curve and the calibration error; and what of it is chance."""
    images = 1000
    score = rng.beta(0.8, 1.2, (images, 1))
    truth = rng.random((images, 1)) < score**1.4
    report = runs.report(runs.write(truth, score))
    row = rows(report)["blur"]
    found, t, s = row["calibration"], truth[:, 0], score[:, 0]
    expect("Brier", found["brier"]["value"], sk.brier_score_loss(t, s))
    observed, mean = calibration_curve(t, s, n_bins=10, strategy="quantile")
    expect("bins", len(found["bins"]), 10)
    for i, bin_ in enumerate(found["bins"]):
        expect(f"bin {i} score", bin_["score"], mean[i])
        expect(f"bin {i} observed", bin_["observed"]["value"], observed[i])
        n = bin_["observed"]["n"]
        low, high = proportion_confint(round(observed[i] * n), n, method="wilson")
        expect(f"bin {i} low", bin_["observed"]["low"], low)
        expect(f"bin {i} high", bin_["observed"]["high"], high)
    expect("ECE", found["ece"]["value"], float(np.abs(observed - mean).mean()))
    by_chance = [
        np.abs(np.subtract(*calibration_curve(rng.random(images) < s, s, n_bins=10, strategy="quantile"))).mean()
        for _ in range(400)
    ]
    # The mean of the draws is known well; what is left is that a bin's share is not quite normal.
    expect("ECE by chance", found["ece_by_chance"], float(np.mean(by_chance)), 0.03 * np.mean(by_chance))
    precision, recall, threshold = sk.precision_recall_curve(t, s)
    at = dict(zip(threshold, zip(precision, recall)))
    for point in row["curve"]["points"]:
        expect("precision of the curve", point["precision"]["value"], at[point["threshold"]][0])
        expect("recall of the curve", point["recall"]["value"], at[point["threshold"]][1])
    best = (2 * precision * recall / np.maximum(precision + recall, 1e-300)).max()
    expect("highest F1", row["curve"]["best"]["f1"], best)


def likelihood(parameters, t, called):
    """The log-likelihood of guess + (1 - guess - lapse) F(shift + slope t)."""
    shift, slope, guess, lapse = parameters
    rate = guess + (1 - guess - lapse) / (1 + np.exp(-(shift + slope * t)))
    rate = np.clip(rate, 1e-12, 1 - 1e-12)
    return float(np.sum(np.where(called, np.log(rate), np.log1p(-rate))))


def check_psychometric(runs, rng):
    """The psychometric curve: against scipy's optimiser, and against a generalised linear model where there are neither
    guesses nor lapses."""
    logistic = 0
    for round_, (guess, lapse, scale) in enumerate(
        [(0.0, 0.0, "linear"), (0.0, 0.0, "log"), (0.05, 0.08, "linear"), (0.1, 0.0, "log"), (0.03, 0.2, "log")]
    ):
        images = 1500
        measure = rng.uniform(0.01, 1.0, images) if scale == "linear" else np.exp(rng.uniform(-4, 0, images))
        t = measure if scale == "linear" else np.log(measure)
        middle, steep = (0.4, 9.0) if scale == "linear" else (-2.0, 3.0)
        rate = guess + (1 - guess - lapse) / (1 + np.exp(-steep * (t - middle)))
        called = rng.random(images) < rate
        score = np.where(called, 0.9, 0.1)
        sample = np.arange(images) // 2
        run = runs.write((measure > 0.25)[:, None], score[:, None], sample, measure[:, None])
        found = rows(runs.report(run))["blur"]["psychometric"]
        best = max(highest_likelihood(axis, called) for axis in (measure, np.log(measure)))
        expect(f"psychometric {round_} likelihood", found["log_likelihood"], best, 1e-6)
        x = measure if found["scale"] == "linear" else np.log(measure)
        at = found["midpoint"] if found["scale"] == "linear" else math.log(found["midpoint"])
        ours = (-found["slope"] * at, found["slope"], found["guess"], found["lapse"])
        expect(f"psychometric {round_} own likelihood", found["log_likelihood"], likelihood(ours, x, called), 1e-7)
        if found["guess"] == 0 and found["lapse"] == 0:
            check_logistic(f"psychometric {round_}", found, ours, x, called, sample)
            logistic += 1
    expect("curves that are logistic regressions", float(logistic > 0), 1.0)


def highest_likelihood(axis, called):
    """The highest likelihood that scipy finds, from several starts."""
    t = (axis - axis.mean()) / axis.std()
    best = None
    for shift, slope in ((0, 2), (-2, 3), (2, 4)):
        result = optimize.minimize(
            lambda p: -likelihood(p, t, called),
            (shift, slope, 0.05, 0.05),
            method="L-BFGS-B",
            bounds=[(-50, 50), (0, 50), (0, 0.6), (0, 0.6)],
            options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000, "maxls": 60},
        )
        best = -result.fun if best is None else max(best, -result.fun)
    return best


def check_logistic(what, found, ours, x, called, sample):
    """A curve without guesses and lapses is a logistic regression, with samples as the unit of its intervals."""
    design = sm.add_constant(x)
    family = sm.families.Binomial()
    model = sm.GLM(called.astype(float), design, family=family)
    plain = model.fit(tol=1e-14, maxiter=200)
    clusters = {"groups": sample, "use_correction": False}
    robust = model.fit(tol=1e-14, maxiter=200, cov_type="cluster", cov_kwds=clusters)
    expect(f"{what} shift", ours[0], plain.params[0], 1e-6)
    expect(f"{what} slope", ours[1], plain.params[1], 1e-6)
    expect(f"{what} likelihood of the model", found["log_likelihood"], plain.llf, 1e-9 * abs(plain.llf))
    samples = len(set(sample))
    covariances = (plain.cov_params(), robust.cov_params() * samples / (samples - 1))
    for point in found["curve"]:
        t = point["measure"] if found["scale"] == "linear" else math.log(point["measure"])
        row = np.array([1.0, t])
        deviation = math.sqrt(max(row @ c @ row for c in covariances))
        for end, sign in (("low", -1), ("high", 1)):
            odds = row @ plain.params + sign * stats.norm.ppf(0.975) * deviation
            expect(f"{what} band at {t:.3f} {end}", point[end], 1 / (1 + math.exp(-odds)), 1e-6)


def check_rank_correlation(runs, rng):
    """Spearman's rank correlation over analyzers, from figures on two corpora."""
    arguments = []
    truths = [rng.random((n, 1)) < 0.5 for n in (300, 160)]
    for analyzer in range(6):
        for truth, corpus in zip(truths, ("synthetic", "real")):
            score = answers(rng, truth, 0.6 + 0.06 * analyzer, 0.25 - 0.03 * analyzer)
            arguments.append(runs.write(truth, score, corpus=corpus, name=f"analyzer-{analyzer}"))
    found = runs.compare("--corpora", *arguments)
    for metric, ours in found["rank_correlation"]["blur"].items():
        figures = [analyzer["categories"][0]["metrics"][metric] for analyzer in found["analyzers"]]
        synthetic, real = ([f[side]["value"] for f in figures] for side in ("synthetic", "real"))
        expect(f"Spearman of {metric}", ours, stats.spearmanr(synthetic, real).statistic)
    expect("correlated metrics", len(found["rank_correlation"]["blur"]), 5)


def main() -> int:
    runs = Runs(sys.argv[1], Path(sys.argv[2]))
    rng = np.random.default_rng(20260102)
    for check in (
        check_tests,
        check_unpaired,
        check_bootstrap,
        check_calibration,
        check_psychometric,
        check_rank_correlation,
    ):
        before = len(failures)
        check(runs, rng)
        print(f"{check.__name__.removeprefix('check_')}: {'ok' if len(failures) == before else 'FAILED'}", flush=True)
    return verdict("statistics")


if __name__ == "__main__":
    sys.exit(main())
