#!/usr/bin/env python3
"""An analyzer for `retake evaluate` with OpenCV: variance of the Laplacian, the classic measure of blur."""

import json
import sys

import cv2


def judge(path: str) -> list[dict]:
    """The findings on one picture: little variance means few sharp edges."""
    grey = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    sharpness = cv2.Laplacian(cv2.resize(grey, (1024, 768), interpolation=cv2.INTER_AREA), cv2.CV_64F).var()
    return [{"category": "blur", "score": 100 / (100 + sharpness), "present": bool(sharpness < 60)}]


for message in map(json.loads, sys.stdin):
    if message["type"] == "hello":
        answer = {"type": "ready", "name": "laplacian", "version": cv2.__version__, "categories": ["blur"]}
    else:
        answer = {"type": "result", "id": message["id"], "findings": judge(message["images"][0]["path"])}
    print(json.dumps(answer), flush=True)
