"""Ladders of defects, and what readers make of every field on them: shared by the calibration and its check."""

import dataclasses
import json
import pathlib
import shutil
import subprocess

import numpy as np
from rapidocr_onnxruntime import RapidOCR

from reading import LONGEST_ERROR, character_error, flattened, is_comparable, line_of, records

# What a label claims of fields, and what must hold of those that a reader was given.
LEGIBLE_READ = 0.97
ILLEGIBLE_READ = 0.15

# Defects that hide print, and whether every field of the card suffers, so that the ladder must end with hardly any read.
LADDERS = {
    "blur": True,
    "glare": False,
    "low_resolution": True,
    "sleeve_reflection": True,
    "finger_occlusion": False,
    "cropped_corner": False,
}

RECIPE = """
version = 1
name = "ladder_{category}"
description = "Cards at rising severity of one defect, for readers."
seed = {seed}
count = {count}
personas = 500

[variants]
kind = "ladder"
rungs = {rungs}

[mix]
{category} = 1.0

[documents]
{documents}

[[sizes]]
long = 1600
short = 1200
weight = 1.0
"""

# Lines that the reader's network takes at once.
BATCH = 6
# Pieces smaller than this have nothing to read, px.
SMALLEST = 4


@dataclasses.dataclass(frozen=True)
class Reading:
    """A field on a rung, and the character error rates of the strong and of the weak reader (None without one)."""

    category: str
    sample: str
    severity: float
    measure: float
    field: dict
    error: float
    weak_error: float | None

    @property
    def read(self) -> bool:
        return self.error <= LONGEST_ERROR


def sides(retake: pathlib.Path) -> list[str]:
    listing = subprocess.run([retake, "designs", "--ids"], check=True, capture_output=True, text=True)
    return [side for side in listing.stdout.split() if side.endswith("/front")]


def make_ladder(
    retake: pathlib.Path, work: pathlib.Path, category: str, samples: int, rungs: list[float], seed: int
) -> pathlib.Path:
    """A corpus of `samples` scenes, each at every rung."""
    out = work / category
    shutil.rmtree(out, ignore_errors=True)
    documents = "\n".join(f'"{side}" = 1.0' for side in sides(retake))
    recipe = work / f"{category}.toml"
    count = samples * len(rungs)
    recipe.write_text(
        RECIPE.format(category=category, seed=seed, count=count, rungs=rungs, documents=documents)
    )
    subprocess.run([retake, "generate", recipe, "--out", out], check=True)
    return out


class Readers:
    """The strong reader (RapidOCR), and Tesseract as the weak one where it is installed."""

    def __init__(self) -> None:
        self.strong = RapidOCR()
        self.tesseract = shutil.which("tesseract")

    def lines(self, pieces: list[np.ndarray]) -> list[str]:
        """The text of each piece; the network only reads, so that no line is missed because it was not found."""
        texts = [""] * len(pieces)
        large = [i for i, piece in enumerate(pieces) if min(piece.shape[:2]) >= SMALLEST]
        # Lines of like shape share a batch: it is as wide as its widest.
        large.sort(key=lambda i: pieces[i].shape[1] / pieces[i].shape[0])
        for start in range(0, len(large), BATCH):
            part = large[start : start + BATCH]
            found, _ = self.strong.text_rec([np.ascontiguousarray(pieces[i]) for i in part])
            for i, (text, _) in zip(part, found, strict=True):
                texts[i] = text
        return texts

    def weak(self, piece: np.ndarray) -> str | None:
        if self.tesseract is None:
            return None
        if min(piece.shape[:2]) < SMALLEST:
            return ""
        import cv2

        _, png = cv2.imencode(".png", piece)
        command = [self.tesseract, "stdin", "stdout", "--psm", "7", "-l", "eng"]
        ran = subprocess.run(command, input=png.tobytes(), capture_output=True, check=True)
        return ran.stdout.decode()


def read_ladder(readers: Readers, corpus: pathlib.Path, category: str) -> list[Reading]:
    readings = []
    for record in records(corpus):
        flat, homography = flattened(corpus, record)
        fields = [field for field in record["fields"] if is_comparable(field)]
        pieces = [line_of(flat, homography, field) for field in fields]
        for field, piece, text in zip(fields, pieces, readers.lines(pieces), strict=True):
            weak = readers.weak(piece)
            readings.append(
                Reading(
                    category=category,
                    sample=record["sample_id"],
                    severity=record["severities"][category],
                    measure=record["measures"][category],
                    field=field,
                    error=character_error(field, text),
                    weak_error=None if weak is None else character_error(field, weak),
                )
            )
    return readings


def share_read(readings: list[Reading]) -> float:
    return sum(r.read for r in readings) / len(readings) if readings else float("nan")


def fair(readings: list[Reading]) -> list[Reading]:
    """Without the fields that the reader misreads on the clean rung as well: what it makes of them says nothing of the
    capture."""
    own = {(r.category, r.sample, r.field["name"]) for r in readings if r.severity == 0.0 and not r.read}
    return [r for r in readings if (r.category, r.sample, r.field["name"]) not in own]


def claims(readings: list[Reading]) -> list[tuple[str, float, bool]]:
    """What the labels claim, what was found, and whether it holds."""
    readings = fair(readings)
    legible = [r for r in readings if r.field["legible"]]
    illegible = [r for r in readings if not r.field["legible"]]
    found = [
        (f"read of {len(legible)} fields called legible (at least {LEGIBLE_READ})", share_read(legible), True),
        (f"read of {len(illegible)} fields called illegible (at most {ILLEGIBLE_READ})", share_read(illegible), False),
    ]
    return [
        (text, share, share >= LEGIBLE_READ if least else share <= ILLEGIBLE_READ) for text, share, least in found
    ]


def save(readings: list[Reading], path: pathlib.Path) -> None:
    path.write_text("".join(json.dumps(dataclasses.asdict(r)) + "\n" for r in readings))


def load(path: pathlib.Path) -> list[Reading]:
    return [Reading(**json.loads(line)) for line in path.read_text().splitlines()]
