"""Fits what a field's legibility is computed from to a public reader, and writes what was found into the documentation.

Renders ladders of every defect that hides print, reads every field, fits the constants of
crates/synth/src/truth/legibility.rs, and prints them beside those that the labels were made with. With --docs it writes
the tables and the plot of docs/legibility.md.
"""

import argparse
import math
import pathlib
import re

import numpy as np
from scipy.optimize import minimize
from scipy.stats import spearmanr

from legibility import LADDERS, Readers, claims, fair, load, make_ladder, read_ladder, save, share_read

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "crates/synth/src/truth/legibility.rs"
PAGE = ROOT / "docs/legibility.md"
PLOT = ROOT / "docs/legibility.svg"
RUNGS = [0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0]
MM_PER_INCH = 25.4
# How far from read to lost a ladder runs, and how closely errors follow its severity.
READ_AT_0, READ_AT_1, CORRELATION = 0.95, 0.20, 0.7
FITTED = ("SIGMA_OF_A_SAMPLE", "HALF_MISREAD", "WIDTH")
# Widths of its strokes that a letter of common type is high.
STROKES = 5.0
# Letters of a field that count in the fit: those of one field are misread together, and do not tell more.
MOST = 6


def constant(name: str) -> float:
    found = re.search(rf"const {name}: f64 = ([0-9.]+);", SOURCE.read_text())
    if not found:
        raise SystemExit(f"{SOURCE} has no constant {name}")
    return float(found[1])


def smeared(blur: np.ndarray, samples: np.ndarray, of_a_sample: float, half: float, width: float) -> np.ndarray:
    """Share of letters that blur and sampling make unreadable, as crates/synth/src/truth/legibility.rs has it."""
    sigma = np.sqrt(blur**2 + (of_a_sample / samples) ** 2)
    return 1.0 / (1.0 + (half / np.maximum(sigma, 1e-6)) ** (1.0 / width))


def letters(reading) -> int:
    return sum(not c.isspace() for c in reading.field["text"])


def fit(readings: list) -> dict[str, float]:
    """The constants that make what is left of a field explain the characters that were misread on it.

    Maximum likelihood of a binomial, on the ladders of blur and low resolution. Left out are fields that the reader
    misreads for reasons of its own: letters with accents, and the type of machine-readable zones, whose O is its 0.
    """
    of = [r for r in readings if r.category in ("blur", "low_resolution")]
    of = [r for r in fair(of) if r.field["text"].isascii() and not r.field["name"].startswith("mrz")]
    size = np.sqrt([r.field["x_height_mm"] * STROKES * r.field["stroke_mm"] for r in of])
    blur = np.array([r.field["blur"] * r.field["stroke_mm"] for r in of]) / size
    samples = np.array([r.field["dpi"] for r in of]) / MM_PER_INCH * size
    error, count = np.array([r.error for r in of]), np.array([letters(r) for r in of])

    def cost(parameters: np.ndarray) -> float:
        # A few in a thousand letters are misread whatever the picture is.
        expected = 0.004 + 0.99 * smeared(blur, samples, *np.exp(parameters))
        return -float(np.mean(np.minimum(count, MOST) * (error * np.log(expected) + (1 - error) * np.log1p(-expected))))

    start = np.log([constant(name) for name in FITTED])
    found = minimize(cost, start, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-4, "fatol": 1e-9})
    return dict(zip(FITTED, np.exp(found.x), strict=True))


def ladder_table(readings: list) -> list[str]:
    weak = any(r.weak_error is not None for r in readings)
    head = "| severity | measure | fields | read | called legible | character error | expected |"
    lines = []
    for category in LADDERS:
        rungs = [r for r in readings if r.category == category]
        if not rungs:
            continue
        lines += [f"**`{category}`**", "", head + (" Tesseract reads |" if weak else "")]
        lines.append("|---:" * (8 if weak else 7) + "|")
        for severity in sorted({r.severity for r in rungs}):
            on = [r for r in rungs if r.severity == severity]
            means = [
                np.mean([r.measure for r in on]),
                len(on),
                share_read(on),
                np.mean([r.field["legible"] for r in on]),
                np.mean([r.error for r in on]),
                np.mean([r.field["expected_error"] for r in on]),
            ]
            row = "| {:.2f} | {:.3f} | {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} |".format(severity, *means)
            if weak:
                row += f" {np.mean([r.weak_error <= 0.1 for r in on]):.3f} |"
            lines.append(row)
        lines.append("")
    return lines


def suffering(readings: list, category: str) -> list:
    """Those of a ladder's fields that the defect can reach: all, or those that it hides at its worst."""
    rungs = [r for r in readings if r.category == category]
    if LADDERS[category]:
        return rungs
    hidden = {(r.sample, r.field["name"]) for r in rungs if r.severity == 1.0 and category in r.field["unreadable_by"]}
    return [r for r in rungs if (r.sample, r.field["name"]) in hidden]


def evenness(readings: list) -> list[str]:
    lines = ["| category | fields | read at 0 | read at 1 | rank correlation of severity and error |", "|---|---:|---:|---:|---:|"]
    for category in LADDERS:
        of = suffering(readings, category)
        if not of:
            continue
        ends = [share_read([r for r in of if r.severity == end]) for end in (0.0, 1.0)]
        rank = spearmanr([r.severity for r in of], [r.error for r in of]).statistic
        held = ends[0] > READ_AT_0 and ends[1] < READ_AT_1 and rank >= CORRELATION
        lines.append(f"| `{category}` | {len(of)} | {ends[0]:.3f} | {ends[1]:.3f} | {rank:+.2f}{'' if held else ' (!)'} |")
    return lines


def plot(readings: list) -> str:
    """Share of fields read (line) and called legible (dashed) over severity, a panel for each defect."""
    width, height, pad = 190, 130, 26
    columns = 3
    rows = math.ceil(len(LADDERS) / columns)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{columns * width}" height="{rows * height + 18}" '
        'font-family="sans-serif" font-size="9">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for i, category in enumerate(LADDERS):
        left, top = (i % columns) * width + pad, (i // columns) * height + 18
        w, h = width - pad - 10, height - 36
        out.append(f'<text x="{left}" y="{top - 5}" font-weight="bold">{category}</text>')
        for share in (0.0, 0.5, 1.0):
            y = top + h * (1 - share)
            out.append(f'<path d="M{left} {y:.1f}h{w}" stroke="#ddd"/><text x="{left - 20}" y="{y + 3:.1f}">{share}</text>')
        of = suffering(readings, category)
        severities = sorted({r.severity for r in of})
        for dash, color, value in (("", "#0072b2", lambda r: r.read), ("4 3", "#d55e00", lambda r: r.field["legible"])):
            points = []
            for severity in severities:
                mean = np.mean([value(r) for r in of if r.severity == severity])
                points.append(f"{left + w * severity:.1f},{top + h * (1 - mean):.1f}")
            out.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{color}" stroke-width="1.5" stroke-dasharray="{dash}"/>')
    foot = rows * height + 10
    out.append(f'<text x="{pad}" y="{foot}" fill="#0072b2">read by RapidOCR</text>')
    out.append(f'<text x="{pad + 100}" y="{foot}" fill="#d55e00">called legible (dashed)</text>')
    out.append(f'<text x="{pad + 230}" y="{foot}">over severity, 0 to 1</text></svg>')
    return "\n".join(out) + "\n"


def write_page(blocks: dict[str, list[str]]) -> None:
    text = PAGE.read_text()
    for name, lines in blocks.items():
        begin, end = f"<!-- {name}: written by scripts/calibrate -->", f"<!-- {name} ends -->"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = "\n".join([before + begin, *lines, end + after])
    PAGE.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--retake", required=True, type=pathlib.Path, help="the built program")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="a folder to work in")
    parser.add_argument("--samples", type=int, default=12, help="scenes on each ladder")
    parser.add_argument("--seed", type=int, default=20_261)
    parser.add_argument("--again", action="store_true", help="use the readings that lie in the folder")
    parser.add_argument("--docs", action="store_true", help="write docs/legibility.md and its plot")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    readers = None if arguments.again else Readers()
    readings = []
    for category in LADDERS:
        kept = arguments.work / f"{category}.jsonl"
        if readers:
            corpus = make_ladder(
                arguments.retake.resolve(), arguments.work, category, arguments.samples, RUNGS, arguments.seed
            )
            save(read_ladder(readers, corpus, category), kept)
        readings += load(kept)
        print(f"{category}: {len([r for r in readings if r.category == category])} fields read", flush=True)

    fitted = fit(readings)
    constants = ["| constant | in the program | fitted now |", "|---|---:|---:|"]
    constants += [f"| `{name}` | {constant(name):.3f} | {value:.3f} |" for name, value in fitted.items()]
    held = ["| of fields | share |", "|---|---:|"]
    for text, share, holds in claims(readings):
        held.append(f"| {text} | {share:.3f}{'' if holds else ' (!)'} |")
    blocks = {"constants": constants, "claims": held, "evenness": evenness(readings), "ladders": ladder_table(readings)}
    for lines in blocks.values():
        print(*lines, "", sep="\n")
    if arguments.docs:
        write_page(blocks)
        PLOT.write_text(plot(readings))


if __name__ == "__main__":
    main()
