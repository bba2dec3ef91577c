"""Processor time of a photo with one defect: this project against what people write with OpenCV and against
augmentation libraries. One thread, 1600x1200, JPEG quality 90, every program in turn in every round, medians."""

import argparse
import json
import statistics
import subprocess
import time
import warnings

import cv2
import numpy as np

WIDTH, HEIGHT = 1600, 1200
CARD = (1011, 638)
DEFECTS = ["none", "blur", "glare", "cropped_corner", "finger_occlusion", "low_resolution", "sleeve_reflection"]
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]


def inputs():
    rng = np.random.default_rng(1)
    card = cv2.GaussianBlur(rng.integers(60, 255, (CARD[1], CARD[0], 3), dtype=np.uint8), (0, 0), 1.5)
    desk = cv2.GaussianBlur(rng.integers(90, 190, (HEIGHT, WIDTH, 3), dtype=np.uint8), (0, 0), 2.0)
    return card, desk


def homography(cropped):
    w, h = CARD
    left, top, wide = (700, 500, 1280) if cropped else (160, 190, 1280)
    tall = wide * h / w
    corners = [[left, top], [left + wide, top + 30], [left + wide - 20, top + tall], [left + 15, top + tall - 25]]
    return cv2.getPerspectiveTransform(np.float32([[0, 0], [w, 0], [w, h], [0, h]]), np.float32(corners))


class ByHand:
    """OpenCV by hand: eight bits, or linear light in float32 with shot and read noise."""

    def __init__(self, linear):
        self.linear = linear
        card, desk = inputs()
        if linear:
            card, desk = [((v / 255.0) ** 2.2).astype(np.float32) for v in (card, desk)]
        self.card, self.desk = card, desk
        self.maps = {d: homography(d == "cropped_corner") for d in DEFECTS}
        rng = np.random.default_rng(2)
        self.table = rng.normal(0, 4, (HEIGHT, WIDTH, 3)).astype(np.int16)
        self.rng = cv2.setRNGSeed(3)
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        spot = np.exp(-(((x - 800) / 180) ** 2 + ((y - 560) / 120) ** 2))
        waves = 0.3 * np.clip(np.sin(x / 60 + y / 200), 0, 1) ** 8 + 0.05
        white = 1.0 if linear else 255.0
        kind = np.float32 if linear else np.uint8
        self.glare = np.repeat((spot * white)[..., None], 3, 2).astype(kind)
        self.film = np.repeat((waves * white)[..., None], 3, 2).astype(kind)

    def photo(self, defect):
        image = self.desk.copy()
        cv2.warpPerspective(self.card, self.maps[defect], (WIDTH, HEIGHT), dst=image, flags=cv2.INTER_LINEAR,
                            borderMode=cv2.BORDER_TRANSPARENT)
        if defect == "blur":
            image = cv2.GaussianBlur(image, (0, 0), 5)
        elif defect == "glare":
            image = cv2.add(image, self.glare)
        elif defect == "sleeve_reflection":
            image = cv2.add(image, self.film)
        elif defect == "finger_occlusion":
            tone = (0.2, 0.3, 0.5) if self.linear else (120, 150, 200)
            cv2.ellipse(image, (1300, 700), (260, 90), 15, 0, 360, tone, -1, cv2.LINE_AA)
        elif defect == "low_resolution":
            small = cv2.resize(image, (WIDTH // 4, HEIGHT // 4), interpolation=cv2.INTER_AREA)
            image = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        if self.linear:
            noise = np.empty(image.shape, np.float32)
            cv2.randn(noise, 0, 1)
            image = image + noise * np.sqrt(np.maximum(image, 0) * np.float32(2e-4) + np.float32(4e-6))
            image = (np.clip(image, 0, 1) ** np.float32(1 / 2.2) * 255 + 0.5).astype(np.uint8)
        else:
            image = cv2.add(image, self.table, dtype=cv2.CV_8U)
        return cv2.imencode(".jpg", image, QUALITY)[1]


class Library:
    """A library's nearest augmentation on the warped card."""

    def __init__(self, transforms):
        self.base = ByHand(False)
        self.transforms = transforms

    def photo(self, defect):
        image = self.base.desk.copy()
        cv2.warpPerspective(self.base.card, self.base.maps[defect], (WIDTH, HEIGHT), dst=image,
                            borderMode=cv2.BORDER_TRANSPARENT)
        return cv2.imencode(".jpg", self.transforms[defect](image), QUALITY)[1]


def albumentations_peer():
    import albumentations as A

    noise = A.GaussNoise(p=1)
    own = {
        "none": [],
        "blur": [A.MotionBlur(blur_limit=(15, 15), p=1)],
        "glare": [A.RandomSunFlare(p=1)],
        "cropped_corner": [],
        "finger_occlusion": [A.CoarseDropout(p=1)],
        "low_resolution": [A.Downscale(scale_range=(0.25, 0.25), p=1)],
        "sleeve_reflection": [A.RandomFog(p=1)],
    }
    pipelines = {d: A.Compose(steps + [noise]) for d, steps in own.items()}
    return Library({d: (lambda image, p=p: p(image=image)["image"]) for d, p in pipelines.items()})


def augraphy_peer():
    import augraphy as G

    own = {
        "none": G.SubtleNoise(p=1),
        "blur": G.DirtyRollers(p=1),
        "glare": G.LightingGradient(p=1),
        "finger_occlusion": G.ShadowCast(p=1),
        "low_resolution": G.Jpeg(p=1),
        "sleeve_reflection": G.ReflectedLight(p=1),
    }
    own["cropped_corner"] = own["none"]
    return Library(own)


def timed(photo):
    wall, cpu = time.perf_counter(), time.process_time()
    photo()
    return {"cpu_ms": 1e3 * (time.process_time() - cpu), "wall_ms": 1e3 * (time.perf_counter() - wall)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--capture", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)
    peers = {"opencv_8bit": ByHand(False), "opencv_linear": ByHand(True)}
    for name, make in [("albumentations", albumentations_peer), ("augraphy", augraphy_peer)]:
        peers[name] = make()
    times = {}
    for turn in range(args.rounds):
        # One round of ours: a median of three photos of each of four shots, after one that is not counted.
        ours = subprocess.run([args.capture, "3"], capture_output=True, text=True, check=True).stdout
        for line in map(json.loads, ours.splitlines()):
            times.setdefault((line["case"], "retake"), []).append(line)
        for defect in DEFECTS:
            for name, peer in peers.items():
                # Augraphy takes seconds a photo, so once is enough to place it.
                if name == "augraphy" and turn > 0:
                    continue
                count = 1 if name == "augraphy" else 3
                runs = [timed(lambda: peer.photo(defect)) for _ in range(count)]
                times.setdefault((defect, name), []).append(sorted(runs, key=lambda r: r["cpu_ms"])[count // 2])
    median = lambda case, name, key: statistics.median(t[key] for t in times[case, name])
    table = [
        {"case": case, "program": name, "cpu_ms": round(median(case, name, "cpu_ms"), 2),
         "wall_ms": round(median(case, name, "wall_ms"), 2), "rounds": args.rounds}
        for case, name in times
    ]
    with open(args.out, "w", encoding="utf-8") as file:
        json.dump(table, file, indent=1)
    names = ["retake", *peers]
    print("images a CPU-second; a wall-second in brackets")
    print(f"{'':20}" + "".join(f"{name:>22}" for name in names))
    for case in [*DEFECTS, "backlit_face"]:
        cells = []
        for name in names:
            if (case, name) in times:
                cpu, wall = (1e3 / median(case, name, key) for key in ("cpu_ms", "wall_ms"))
                cells.append(f"{cpu:14.1f} ({wall:5.1f})")
            else:
                cells.append("-")
        print(f"{case:20}" + "".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
