"""How a peer reads a card: the photo flattened by the labelled corners, and each field read on its own line.

The reader is RapidOCR (PP-OCR models). Its alphabet has no accented Latin letters, so accents are folded before texts
are compared; a field that does not fold to ASCII (Greek, Cyrillic) is left out.
"""

import json
import pathlib
import unicodedata

import cv2
import numpy as np

LONGEST_ERROR = 0.1
FLAT_WIDTH = 1400
# Room about a field's ink, share of its height.
MARGIN = 0.35
# Letters that decompose into no accent.
WITHOUT_STROKES = str.maketrans({"Ł": "L", "Đ": "D", "Ø": "O", "Ħ": "H", "ı": "I", "Ð": "D", "Æ": "AE", "Œ": "OE", "ß": "SS"})


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


def is_comparable(field: dict) -> bool:
    """Whether the reader's alphabet can write the field."""
    text = plain(field["text"])
    return bool(text) and text.isascii()


def character_error(field: dict, read: str) -> float:
    wanted = plain(field["text"])
    return min(1.0, errors_within(wanted, plain(read)) / len(wanted))


def line_of(flat: np.ndarray, homography: np.ndarray, field: dict) -> np.ndarray:
    """The upright piece of the flattened card about a field."""
    quad = moved(field["quad"], homography)
    low, high = quad.min(axis=0), quad.max(axis=0)
    margin = MARGIN * min(high - low)
    x0, y0 = np.maximum(np.round(low - margin), 0).astype(int)
    x1, y1 = np.minimum(np.round(high + margin), [flat.shape[1], flat.shape[0]]).astype(int)
    piece = flat[y0:y1, x0:x1]
    # Print that runs upwards is turned for the reader.
    return np.rot90(piece, -1) if piece.shape[0] > 1.5 * piece.shape[1] and len(field["text"]) > 2 else piece
