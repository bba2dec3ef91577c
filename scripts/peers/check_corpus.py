#!/usr/bin/env python3
"""Open a corpus with the tools that its users have, and check that they see what was written.

Usage: check_corpus.py DIR [DIR ...]

Judges: `datasets` (imagefolder, webdataset and the dataset card), `pycocotools`, `mlcroissant` and Pillow, all
offline; versions in requirements.txt. Exits with 1 and says what is wrong, 2 on bad usage.
"""

import contextlib
import json
import logging
import math
import os
import pathlib
import sys
import tarfile
import tempfile

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}

import datasets
import mlcroissant
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

STATES = {"present", "absent", "borderline", "not_applicable"}
ROLES = {"document_front", "document_back", "selfie"}
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"


class Wrong(Exception):
    """Something that a user of the corpus would stumble over."""


def require(condition: object, message: str) -> None:
    if not condition:
        raise Wrong(message)


# The form of a label: a type, a list of one form, a dict of forms, or a function that judges the value.
def numbers(count: int):
    return lambda value: (
        isinstance(value, list) and len(value) == count and all(type(v) is float for v in value)
    )


def points(*counts: int):
    return lambda value: len(value) in counts and all(numbers(2)(point) for point in value)


def digits(value: object) -> bool:
    return isinstance(value, str) and len(value) == 9 and value.isdecimal()


def form_of_a_line(categories: list[str]) -> dict:
    def share(value: object) -> bool:
        return type(value) is float and 0.0 <= value <= 1.0

    field = {"name": str, "text": str, "quad": points(4), "legible": bool, "unreadable_by": [str]}
    field |= {key: float for key in ("x_height_mm", "stroke_mm", "blur", "dpi")}
    field |= {key: share for key in ("cropped", "covered", "glared", "faded", "contrast", "expected_error")}

    def per_category(form):
        return {category: form for category in categories}

    return {
        "file_name": str,
        "image_id": digits,
        "sample_id": digits,
        "twin_of": lambda value: value == "" or digits(value),
        "role": lambda value: value in ROLES,
        "width": int,
        "height": int,
        "document": str,
        "persona": digits,
        "labels": per_category(lambda value: value in STATES),
        "measures": per_category(float),
        "severities": per_category(lambda value: type(value) is float and 0.0 <= value <= 1.0),
        "corners": points(0, 4),
        "corners_lost": int,
        "point_spread": {f"{kind}_{unit}": float for kind in ("defocus", "motion") for unit in ("mm", "px")},
        "fields": [field],
        "mrz": [str],
        "face": lambda value: value == [] or numbers(4)(value),
        "regions": [
            {
                "category": lambda value: value in categories,
                "bbox": numbers(4),
                "rle": {"size": lambda value: [type(v) for v in value] == [int, int], "counts": str},
            }
        ],
    }


def check_form(value: object, form: object, place: str) -> None:
    """Check a value against a form. Keys may be added to a dict, but none may be missing."""
    if isinstance(form, dict):
        require(isinstance(value, dict), f"{place} is no object")
        for key, inner in form.items():
            require(key in value, f"{place} lacks the key {key}")
            check_form(value[key], inner, f"{place}.{key}")
    elif isinstance(form, list):
        require(isinstance(value, list), f"{place} is no list")
        for i, item in enumerate(value):
            check_form(item, form[0], f"{place}[{i}]")
    elif isinstance(form, type):
        require(type(value) is form, f"{place} is {value!r}, not of type {form.__name__}")
    else:
        require(form(value), f"{place} is {value!r}")


def nested_keys(value: object) -> object:
    """The keys of an object and of the objects in it, in their order; lists do not count."""
    return [(k, nested_keys(v)) for k, v in value.items()] if isinstance(value, dict) else None


def check_lines(manifest: dict, lines: list[str], place: str) -> list[dict]:
    categories = [category["id"] for category in manifest["categories"]]
    form = form_of_a_line(categories)
    records = []
    for number, line in enumerate(lines, 1):
        record = json.loads(line)
        check_form(record, form, f"{place}:{number}: line")
        require(
            nested_keys(record) == nested_keys(records[0] if records else record),
            f"{place}:{number}: its keys are not those of the first line",
        )
        for name in ("labels", "measures", "severities"):
            require(record[name].keys() == set(categories), f"{place}:{number}: {name} has other categories")
        records.append(record)
    require(len(records) == manifest["count"] > 0, f"{place}: {len(records)} lines for {manifest['count']} images")
    names = [pathlib.PurePosixPath(record["file_name"]).name for record in records]
    require(len(set(names)) == len(names), f"{place}: file names are not unique")
    return records


def check_picture(picture: Image.Image, record: dict, place: str) -> None:
    picture.load()
    require(picture.size == (record["width"], record["height"]), f"{place}: the picture is {picture.size}")
    require(picture.mode == "RGB", f"{place}: mode {picture.mode}")
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    packet = packet.decode() if isinstance(packet, bytes) else packet
    require(SOURCE_TYPE in packet, f"{place}: no IPTC digital source type")
    exif = picture.getexif().get_ifd(0x8769)
    if exif:
        require((exif[0xA002], exif[0xA003]) == picture.size, f"{place}: EXIF states another size")


def same(seen: object, written: object) -> bool:
    """Whether a loader's value is the written one; loaders may use arrays, and may drop keys of empty structs."""
    if isinstance(written, dict):
        return all(same(seen[key], value) for key, value in written.items())
    if isinstance(written, list):
        return len(seen) == len(written) and all(map(same, seen, written))
    return seen == written and isinstance(seen, type(written))


@contextlib.contextmanager
def loaded(*arguments: str, **options: str):
    with tempfile.TemporaryDirectory() as cache:
        datasets.disable_progress_bars()
        yield datasets.load_dataset(*arguments, **options, cache_dir=cache)


def check_imagefolder(root: pathlib.Path, manifest: dict, records: list[dict]) -> None:
    ways = {"imagefolder": (("imagefolder",), {"data_dir": str(root)}), "the dataset card": ((str(root),), {})}
    for way, (arguments, options) in ways.items():
        with loaded(*arguments, **options) as splits:
            require(list(splits) == [manifest["split"]], f"{way} sees the splits {list(splits)}")
            rows = splits[manifest["split"]]
            require(len(rows) == len(records), f"{way} sees {len(rows)} rows")
            for row, record in zip(rows, records, strict=True):
                place = f"{way}: {record['file_name']}"
                check_picture(row["image"], record, place)
                for key, value in record.items():
                    if key != "file_name":
                        require(same(row[key], value), f"{place}: {key} is {row[key]!r}, not {value!r}")


def check_coco(root: pathlib.Path, records: list[dict]) -> None:
    with contextlib.redirect_stdout(None):
        coco = COCO(root / "coco.json")
    by_id = {int(record["image_id"]): record for record in records}
    require(set(coco.getImgIds()) == set(by_id), "coco.json has other images")
    names = {category["id"]: category["name"] for category in coco.loadCats(coco.getCatIds())}
    for image in coco.loadImgs(coco.getImgIds()):
        record = by_id[image["id"]]
        require((root / image["file_name"]).is_file(), f"coco.json: no file {image['file_name']}")
        require(
            (image["width"], image["height"]) == (record["width"], record["height"]),
            f"coco.json: image {image['id']} has another size",
        )
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
        require(len(annotations) == len(record["regions"]), f"coco.json: image {image['id']} has other regions")
        for annotation, region in zip(annotations, record["regions"], strict=True):
            place = f"coco.json: annotation {annotation['id']}"
            require(names[annotation["category_id"]] == region["category"], f"{place}: another category")
            bitmap = coco.annToMask(annotation)
            require(bitmap.shape == (image["height"], image["width"]), f"{place}: mask of size {bitmap.shape}")
            require(int(bitmap.sum()) == annotation["area"] > 0, f"{place}: area {annotation['area']} is wrong")
            box = coco_mask.toBbox(coco.annToRLE(annotation)).tolist()
            require(box == annotation["bbox"] == region["bbox"], f"{place}: bbox {annotation['bbox']}, not {box}")
            again = coco_mask.encode(bitmap.astype("uint8", order="F"))["counts"].decode()
            require(again == region["rle"]["counts"], f"{place}: pycocotools encodes the mask otherwise")


class Warnings(logging.Handler):
    """Collects what is logged as a warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def check_croissant(root: pathlib.Path, records: list[dict]) -> None:
    heard = Warnings()
    logging.getLogger().addHandler(heard)
    logging.getLogger("absl").addHandler(heard)
    document = mlcroissant.Dataset(jsonld=root / "croissant.json")
    issues = document.metadata.ctx.issues
    rows = list(document.records("records"))
    require(len(rows) == len(records), f"croissant.json: {len(rows)} records")

    def text(value: object) -> object:
        return value.decode() if isinstance(value, bytes) else value

    for row, record in zip(rows, records, strict=True):
        place = f"croissant.json: record {record['image_id']}"
        check_picture(row["records/image"], record, place)
        for key in ("image_id", "twin_of", "role", "width", "height", "document", "corners_lost", "blake3"):
            require(text(row[f"records/{key}"]) == record[key], f"{place}: {key} is {row[f'records/{key}']!r}")
        for key in ("sample_id", "persona"):
            require(row[f"records/{key}"] == int(record[key]), f"{place}: {key} is {row[f'records/{key}']!r}")
        for key in ("labels", "measures", "severities"):
            seen = {name.rsplit("/", 1)[1]: text(value) for name, value in row[f"records/{key}"].items()}
            # Its reader of JSON (pandas) may be off by one in the last digit of a float.
            near = all(math.isclose(seen[k], v, rel_tol=1e-12) if type(v) is float else seen[k] == v
                       for k, v in record[key].items())
            require(seen.keys() == record[key].keys() and near, f"{place}: {key} is {seen}")
    warned = [*issues.errors, *issues.warnings, *heard.messages]
    require(not warned, "croissant.json: " + "; ".join(map(str, warned)))


def check_directory(root: pathlib.Path, manifest: dict) -> None:
    metadata = root / manifest["split"] / "metadata.jsonl"
    records = check_lines(manifest, metadata.read_text().splitlines(), str(metadata))
    check_imagefolder(root, manifest, records)
    check_coco(root, records)
    check_croissant(root, records)


def check_tars(root: pathlib.Path, manifest: dict) -> None:
    lines, suffixes = [], set()
    for path in sorted((root / manifest["split"]).glob("*.tar")):
        with tarfile.open(path) as tar:
            members = tar.getmembers()
            for image, label in zip(members[::2], members[1::2], strict=True):
                key, suffix = image.name.split(".", 1)
                require(label.name == f"{key}.json", f"{path}: {image.name} is followed by {label.name}")
                suffixes.add(suffix)
                lines.append(tar.extractfile(label).read().decode())
                record = json.loads(lines[-1])
                require(record["image_id"] == key, f"{path}: {label.name} is the label of {record['image_id']}")
                check_picture(Image.open(tar.extractfile(image)), record, f"{path}: {image.name}")
    records = check_lines(manifest, lines, str(root / manifest["split"]))
    require(len(suffixes) == 1, f"{root}: samples have the suffixes {suffixes}")
    with loaded(str(root)) as splits:
        rows = splits[manifest["split"]]
        require(len(rows) == len(records), f"the dataset card gives {len(rows)} rows")
        for row, record in zip(rows, records, strict=True):
            require(row["__key__"] == record["image_id"], f"webdataset: the key {row['__key__']}")
            require(same(row["json"], record), f"webdataset: {row['__key__']}: {row['json']!r}")
            check_picture(row[next(iter(suffixes))], record, f"webdataset: {row['__key__']}")


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    for argument in arguments:
        root = pathlib.Path(argument)
        try:
            manifest = json.loads((root / "manifest.json").read_text())
            {"dir": check_directory, "webdataset": check_tars}[manifest["layout"]](root, manifest)
        except Exception as problem:  # noqa: BLE001 - whatever a loader raises is the finding
            cause = f" ({problem.__cause__})" if problem.__cause__ else ""
            print(f"{root}: {type(problem).__name__}: {problem}{cause}", file=sys.stderr)
            return 1
        print(f"{root}: {manifest['count']} images seen alike by all tools")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
