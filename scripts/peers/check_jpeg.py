#!/usr/bin/env python3
"""Compare Retake's JPEG files with libjpeg-turbo's, byte by byte, and their pixels with those it decodes.

Usage: cargo run --example jpeg_samples -p retake-synth -- DIR && check_jpeg.py DIR
Exits with 1 and names every file that differs.
"""

import io
import pathlib
import re
import sys

from PIL import Image


def problems(file: pathlib.Path) -> list[str]:
    width, height, quality, chroma = map(
        int, re.fullmatch(r"(\d+)x(\d+)-q(\d+)-(\d+)", file.stem).groups()
    )
    picture = Image.frombytes("RGB", (width, height), file.with_suffix(".rgb").read_bytes())
    peer = io.BytesIO()
    picture.save(peer, "JPEG", quality=quality, subsampling={420: 2, 444: 0}[chroma])
    found = []
    if peer.getvalue() != file.read_bytes():
        found.append(f"{file.name}: not the bytes that libjpeg writes")
    if Image.open(file).tobytes() != file.with_suffix(".dec").read_bytes():
        found.append(f"{file.name}: not the pixels that libjpeg decodes")
    return found


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.jpg"))
    found = [problem for file in files for problem in problems(file)]
    print("\n".join(found), end="\n" if found else "")
    print(f"{len(files)} files compared, {len(found)} problems")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
