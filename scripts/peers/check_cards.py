"""Readers that were trained on real things judge clean cards: an MRZ checker, an OCR, a face detector.

usage: check_cards.py CARDS PORTRAITS

CARDS and PORTRAITS are corpora of clean cards. Every machine-readable zone of both must pass the checker;
the OCR reads the photos of CARDS; the face detector looks at those of PORTRAITS.
"""

import json
import pathlib
import sys
import unicodedata

import cv2
import numpy as np
from mrz.checker.td1 import TD1CodeChecker
from mrz.checker.td3 import TD3CodeChecker
from rapidocr_onnxruntime import RapidOCR

# Of real clean specimen cards the best readers get 94 % of the fields.
FIELDS_READ = 0.93
FACES_FOUND = 0.95
LONGEST_ERROR = 0.1
FLAT_WIDTH = 1400
# Letters that decompose into no accent.
WITHOUT_STROKES = str.maketrans({"Ł": "L", "Đ": "D", "Ø": "O", "Ħ": "H", "ı": "I", "Ð": "D"})


def records(corpus: pathlib.Path) -> list[dict]:
    lines = (corpus / "test" / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def flattened(corpus: pathlib.Path, record: dict) -> tuple[np.ndarray, np.ndarray]:
    """The card as if scanned, and the homography that made it so."""
    photo = cv2.imread(str(corpus / "test" / record["file_name"]))
    corners = np.float32(record["corners"])
    width = FLAT_WIDTH
    aspect = np.linalg.norm(corners[3] - corners[0]) / np.linalg.norm(corners[1] - corners[0])
    height = round(width * float(aspect))
    flat = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    homography = cv2.getPerspectiveTransform(corners, flat)
    return cv2.warpPerspective(photo, homography, (width, height), flags=cv2.INTER_CUBIC), homography


def moved(points: list, homography: np.ndarray) -> np.ndarray:
    return cv2.perspectiveTransform(np.float32([points]), homography)[0]


def errors_within(wanted: str, read: str) -> int:
    """Edit distance of `wanted` to the part of `read` that is nearest to it."""
    row = [0] * (len(read) + 1)
    for i, a in enumerate(wanted):
        diagonal, row[0] = row[0], i + 1
        for j, b in enumerate(read):
            diagonal, row[j + 1] = row[j + 1], min(diagonal + (a != b), row[j] + 1, row[j + 1] + 1)
    return min(row)


def plain(text: str) -> str:
    """Capital letters without spaces and accents: the reader's alphabet has none for Latin letters."""
    parts = unicodedata.normalize("NFD", text.upper().translate(WITHOUT_STROKES))
    return "".join(part for part in parts if not unicodedata.combining(part) and not part.isspace())


def share_inside(box: np.ndarray, field: np.ndarray) -> float:
    """Share of the smaller of two boxes (around the points) that the other covers."""
    (ax0, ay0), (ax1, ay1) = box.min(axis=0), box.max(axis=0)
    (bx0, by0), (bx1, by1) = field.min(axis=0), field.max(axis=0)
    shared = max(0.0, min(ax1, bx1) - max(ax0, bx0)) * max(0.0, min(ay1, by1) - max(ay0, by0))
    smaller = min((ax1 - ax0) * (ay1 - ay0), (bx1 - bx0) * (by1 - by0))
    return shared / smaller if smaller > 0 else 0.0


def check_mrz(all_records: list[dict]) -> bool:
    checkers = {3: TD1CodeChecker, 2: TD3CodeChecker}
    zones = [record["mrz"] for record in all_records if record["mrz"]]
    bad = [zone for zone in zones if not bool(checkers[len(zone)]("\n".join(zone)))]
    print(f"   machine-readable zones: {len(zones) - len(bad)} of {len(zones)} pass the checker")
    for zone in bad[:3]:
        print("   fails:", *zone, sep="\n      ")
    return bool(zones) and not bad


def check_fields(corpus: pathlib.Path) -> bool:
    reader = RapidOCR()
    read, missed = 0, []
    for record in records(corpus):
        flat, homography = flattened(corpus, record)
        found, _ = reader(flat)
        lines = [(np.float32(box), text) for box, text, _ in found or []]
        wanted = [(f["name"], f["text"], f["quad"]) for f in record["fields"]]
        for name, text, quad in wanted:
            where = moved(quad, homography)
            near = [(box[:, 0].min(), t) for box, t in lines if share_inside(box, where) > 0.4]
            seen = plain("".join(t for _, t in sorted(near)))
            rate = errors_within(plain(text), seen) / len(plain(text))
            if rate <= LONGEST_ERROR:
                read += 1
            else:
                missed.append((record["document"], record["image_id"], name, text, seen, round(rate, 2)))
    total = read + len(missed)
    print(f"   fields: {read} of {total} read, {read / total:.3f} (at least {FIELDS_READ})")
    for miss in missed[:12]:
        print("   missed:", *miss)
    return read / total >= FIELDS_READ


def check_faces(corpus: pathlib.Path) -> bool:
    detector = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    found, faces = 0, 0
    for record in records(corpus):
        if not record["face"]:
            continue
        faces += 1
        photo = cv2.imread(str(corpus / "test" / record["file_name"]), cv2.IMREAD_GRAYSCALE)
        x, y, w, h = record["face"]
        boxes = detector.detectMultiScale(photo, scaleFactor=1.1, minNeighbors=4)
        middle = (x + w / 2, y + h / 2)
        hits = [b for b in boxes if b[0] < middle[0] < b[0] + b[2] and b[1] < middle[1] < b[1] + b[3]]
        if any(0.5 < b[2] / max(w, h) < 2.0 for b in hits):
            found += 1
        else:
            print("   no face found:", record["document"], record["image_id"])
    print(f"   portraits: {found} of {faces} found, {found / faces:.3f} (at least {FACES_FOUND})")
    return found / faces >= FACES_FOUND


def main() -> int:
    cards, portraits = (pathlib.Path(argument) for argument in sys.argv[1:3])
    passed = [check_mrz(records(cards) + records(portraits)), check_faces(portraits), check_fields(cards)]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
