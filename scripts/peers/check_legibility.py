"""Whether the labels of fields hold for a reader: ladders of every defect that hides print, on a seed of their own.

usage: check_legibility.py RETAKE WORK
"""

import pathlib
import sys

from legibility import LADDERS, Readers, claims, make_ladder, read_ladder

SEED = 4245
SAMPLES = 4
RUNGS = [0.0, 0.3, 0.65, 1.0]


def main() -> int:
    retake, work = (pathlib.Path(argument) for argument in sys.argv[1:3])
    work.mkdir(parents=True, exist_ok=True)
    readers = Readers()
    readings = []
    for category in LADDERS:
        corpus = make_ladder(retake, work, category, SAMPLES, RUNGS, SEED)
        readings += read_ladder(readers, corpus, category)
    good = True
    for text, share, holds in claims(readings):
        print(f"   {share:.3f} {text}")
        good &= holds
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
