"""Runs every check against a peer: a library or reader that was not made for this project.

Each check is a script of its own beside this file; this one makes what they look at and reports.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent

# A corpus of clean cards, for the readers: what they cannot read here is the renderer's fault.
CLEAN = """
version = 1
name = "clean"
description = "Cards and faces without defects, for readers that were trained on real ones."
seed = 4242
count = {count}
personas = 1000
selfies = 0.0

[mix]
clean = 1.0

[documents]
{documents}

[[sizes]]
long = 1600
short = 1200
weight = 1.0
"""


# People to show to face detectors and to a face embedding.
FACES = 24

# Checks that take many minutes and run when they are named: `scripts/test legibility`.
LONG = {"legibility"}

# What the reference analyzer must reach on every category to be worth comparing with.
BETTER_THAN_CHANCE = 0.8


class Failed(Exception):
    """A check that ran, and did not find what it should."""


class Missing(Exception):
    """A check that needs a program which this machine does not have."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--retake", required=True, type=pathlib.Path, help="the built program; built examples beside it")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="a folder to work in; emptied first")
    parser.add_argument("--only", action="append", help="run only this check (may be repeated)")
    arguments = parser.parse_args()

    retake = arguments.retake.resolve()
    work = arguments.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)

    def run(*command: object) -> None:
        subprocess.run([str(part) for part in command], check=True)

    def make(name: str, *recipe: object) -> pathlib.Path:
        out = work / name
        run(retake, "generate", *recipe, "--out", out)
        return out

    def clean(name: str, count: int, documents: list[str]) -> pathlib.Path:
        recipe = work / f"{name}.toml"
        weights = "\n".join(f'"{document}" = 1.0' for document in documents)
        recipe.write_text(CLEAN.format(count=count, documents=weights))
        return make(name, recipe)

    listing = subprocess.run([str(retake), "designs", "--ids"], check=True, capture_output=True, text=True)
    sides = listing.stdout.split()
    fronts = [side for side in sides if side.endswith("/front")]

    def corpus() -> None:
        python("check_corpus.py", smoke())
        python("check_corpus.py", make("tars", "smoke", "--count", 16, "--seed", 4244, "--format", "webdataset"))

    def evaluated(name: str, analyzer: str) -> pathlib.Path:
        out = work / name
        if not out.exists():
            run(retake, "evaluate", "--corpus", smoke(), "--analyzer", analyzer, "--out", out)
        return out

    def baseline() -> None:
        out = evaluated("baseline", "builtin:baseline")
        report = json.loads((out / "report.json").read_text())
        rates = {row["category"]: row["metrics"]["auroc"]["value"] for row in report["categories"]}
        weak = {category: rate for category, rate in rates.items() if rate is None or rate < BETTER_THAN_CHANCE}
        if weak:
            raise Failed(f"the reference analyzer's AUROC is under {BETTER_THAN_CHANCE}: {weak}")

    def smoke() -> pathlib.Path:
        """A corpus of every category, on a seed that nothing was tuned on."""
        return work / "smoke" if (work / "smoke").exists() else make("smoke", "smoke", "--count", 160, "--seed", 4243)

    def jpeg() -> None:
        samples = work / "jpeg"
        run(retake.parent / "examples" / "jpeg_samples", samples)
        python("check_jpeg.py", samples)

    def cards() -> None:
        python("check_cards.py", clean("cards", 2 * len(sides), sides), clean("portraits", 40, fronts))

    def faces() -> None:
        people = work / "faces"
        run(retake.parent / "examples" / "faces", people, FACES, 4245, 1000)
        python("check_faces.py", people)

    def metrics() -> None:
        python("check_metrics.py", retake.parent / "examples" / "metrics_json")

    def statistics() -> None:
        python("check_statistics.py", retake, work / "statistics")

    def example() -> None:
        """The analyzer in OpenCV that the documentation shows: it runs, and tells blur better than a coin."""
        out = evaluated("opencv", f"cmd:{sys.executable} {HERE.parents[1] / 'examples' / 'opencv_blur.py'}")
        report = json.loads((out / "report.json").read_text())
        blur = next(row for row in report["categories"] if row["category"] == "blur")
        if report["outcomes"]["judged"] != report["images"] or blur["metrics"]["auroc"]["low"] <= 0.5:
            raise Failed(f"{report['outcomes']}, AUROC {blur['metrics']['auroc']}")

    def page() -> None:
        """The report's page in Chromium, with an analyzer that errs often enough to show everything."""
        node, npm = program("node"), program("npm")
        chromium = program("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
        erring = evaluated("erring", "builtin:oracle?miss=0.2&false_alarm=0.05&noise=0.2&abstain=0.02&seed=2")
        html = work / "page.html"
        runs = [erring, "--baseline", evaluated("baseline", "builtin:baseline")]
        run(retake, "report", *runs, "--corpus", smoke(), "--html", html)
        browser = work / "browser"
        shutil.copytree(HERE / "page", browser)
        run(npm, "ci", "--prefix", browser, "--silent", "--no-audit", "--no-fund")
        run(node, browser / "check.mjs", "--chromium", chromium, "--screenshots", work / "screenshots", html)

    def program(*names: str) -> str:
        for name in names:
            if found := shutil.which(name):
                return found
        raise Missing(f"no {' or '.join(names)} on this machine")

    def python(script: str, *parts: object) -> None:
        run(sys.executable, HERE / script, *parts)

    def legibility() -> None:
        python("check_legibility.py", retake, work / "legibility")

    checks = {
        "metrics": metrics,
        "statistics": statistics,
        "jpeg": jpeg,
        "corpus": corpus,
        "baseline": baseline,
        "example": example,
        "page": page,
        "cards": cards,
        "faces": faces,
        "legibility": legibility,
    }
    chosen = arguments.only or [name for name in checks if name not in LONG]
    failed, skipped = [], []
    for name, check in checks.items():
        if name not in chosen:
            continue
        print(f"-- {name}", flush=True)
        start = time.monotonic()
        try:
            check()
        except subprocess.CalledProcessError as error:
            failed.append(name)
            print(f"FAILED: {name} (exit code {error.returncode})", flush=True)
        except Missing as missing:
            skipped.append(name)
            print(f"SKIPPED: {name}: {missing}", flush=True)
        except Failed as error:
            failed.append(name)
            print(f"FAILED: {name}: {error}", flush=True)
        print(f"   {time.monotonic() - start:.0f} s", flush=True)
    passed = len(chosen) - len(failed) - len(skipped)
    print(f"peers: {passed} passed, {len(failed)} failed, {len(skipped)} skipped {' '.join(skipped)}".rstrip())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
