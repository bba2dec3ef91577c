"""What the whole program costs: images a CPU-second, two workers against one, peak memory, start-up, a new person, and a
12 megapixel capture against one of 1.9. Writes JSON."""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time


def run(command):
    """Wall seconds, CPU seconds and peak memory (MB) of a command, in a process of its own for the peak."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        start = time.perf_counter()
        code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cost = {"wall_s": time.perf_counter() - start, "cpu_s": used.ru_utime + used.ru_stime,
                "peak_mb": used.ru_maxrss / 1024, "code": code}
        os.write(write, json.dumps(cost).encode())
        os._exit(0)
    os.waitpid(child, 0)
    cost = json.loads(os.read(read, 65536))
    if cost.pop("code") != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return cost


def capture(program, size):
    environment = {**os.environ, "ONLY": "none"}
    command = [program, "3", *map(str, size)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    return json.loads(out.splitlines()[0])["cpu_ms"]


PEOPLE = """version = 1
name = "people"
description = "Small photos, each of another person's card or all of one's."
seed = 7
count = {count}
personas = {personas}
[variants]
kind = "none"
[mix]
clean = 1.0
[documents]
"td1_utopia_a/{side}" = 1.0
[[sizes]]
long = 320
short = 240
weight = 1.0
"""


def person(program, folder, count=60):
    """CPU milliseconds of a new person: portrait and artwork of both sides, by the difference to photos of one person."""
    def cost(side, personas):
        recipe = os.path.join(folder, f"{side}-{personas}.toml")
        with open(recipe, "w", encoding="utf-8") as file:
            file.write(PEOPLE.format(count=count, personas=personas, side=side))
        return run([program, "generate", recipe, "--jobs", "1", "--out", recipe + ".corpus"])["cpu_s"]
    sides = [cost(side, 1_000_000) - cost(side, 1) for side in ("front", "back")]
    return 1e3 * sum(sides) / count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--retake", required=True)
    parser.add_argument("--capture", required=True)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    found = {"count": args.count}
    with tempfile.TemporaryDirectory() as folder:
        for jobs in (1, 2):
            out = os.path.join(folder, str(jobs))
            command = [args.retake, "generate", "standard", "--count", str(args.count), "--jobs", str(jobs), "--out", out]
            found[f"jobs_{jobs}"] = run(command)
        starts = [run([args.retake, "recipes"]) for _ in range(11)]
        found["person_ms"] = person(args.retake, folder)
        found["start_ms"] = sorted(1e3 * cost["wall_s"] for cost in starts)[5]
    small, large = capture(args.capture, (1600, 1200)), capture(args.capture, (4032, 3024))
    found["capture_1.9_mp_ms"], found["capture_12_mp_ms"] = small, large
    with open(args.out, "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
    one, two = found["jobs_1"], found["jobs_2"]
    print(f"standard, {args.count} images: {args.count / one['cpu_s']:.1f} images a CPU-second, "
          f"two workers {one['wall_s'] / two['wall_s']:.2f} times one, peak {one['peak_mb']:.0f} and {two['peak_mb']:.0f} MB")
    print(f"a new person costs {found['person_ms']:.0f} CPU-ms, portrait and both sides of the card")
    print(f"start-up {found['start_ms']:.0f} ms; 12 MP costs {large / small:.1f} times 1.9 MP")


if __name__ == "__main__":
    main()
