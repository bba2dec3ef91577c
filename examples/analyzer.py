#!/usr/bin/env python3
"""An analyzer for `retake evaluate` in plain Python: it calls small files low in resolution.

A picture with few true samples compresses to few bytes, so bytes per pixel are a weak sign of low
resolution: an example of the protocol, not of a detector. Try it with

    retake evaluate --recipe smoke --count 40 --analyzer "cmd:python3 examples/analyzer.py" --out run
"""

import json
import os
import sys


def judge(path: str) -> list[dict]:
    """The findings on one picture. A category that is declared and not found may be left out."""
    kilobytes = os.path.getsize(path) / 1000
    return [{"category": "low_resolution", "score": 1 / (1 + kilobytes / 200)}]


def answer(message: dict) -> dict:
    """The answer to one message of the harness."""
    if message["type"] == "hello":
        return {"type": "ready", "name": "small-files", "version": "1.0", "categories": ["low_resolution"]}
    try:
        return {"type": "result", "id": message["id"], "findings": judge(message["images"][0]["path"])}
    except OSError as error:
        return {"type": "error", "id": message["id"], "message": str(error)}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
