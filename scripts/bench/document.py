"""Puts what the benches measured into docs/performance.md: tables between its markers, and a plot beside it."""

import argparse
import json
import platform

NAMES = {"retake": "Retake", "opencv_8bit": "OpenCV by hand, 8 bit", "opencv_linear": "OpenCV by hand, linear light",
         "albumentations": "Albumentations", "augraphy": "Augraphy"}
COLORS = {"retake": "#2563eb", "opencv_8bit": "#9ca3af", "opencv_linear": "#6b7280", "albumentations": "#d97706",
          "augraphy": "#b91c1c"}
STAGES = ["light", "sensor", "truth", "file"]


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def captures(table):
    rows = {}
    for line in table:
        rows.setdefault(line["case"], {})[line["program"]] = line
    out = ["| images a CPU-second | " + " | ".join(NAMES.values()) + " |", "|---|" + "---:|" * len(NAMES)]
    for case, cells in rows.items():
        speeds = [f"{1e3 / cells[name]['cpu_ms']:.1f}" if name in cells else "" for name in NAMES]
        out.append(f"| `{case}` | " + " | ".join(speeds) + " |")
    return "\n".join(out)


def stages(lines):
    out = ["| CPU-milliseconds | " + " | ".join(STAGES) + " | all |", "|---|" + "---:|" * (len(STAGES) + 1)]
    for line in lines:
        parts = [f"{line['stages'][stage]:.0f}" for stage in STAGES]
        out.append(f"| `{line['case']}` | " + " | ".join(parts) + f" | {line['cpu_ms']:.0f} |")
    return "\n".join(out)


def whole(found):
    one, two = found["jobs_1"], found["jobs_2"]
    rows = [
        ("`standard` as people run it, images a CPU-second", f"{found['count'] / one['cpu_s']:.1f}"),
        ("two workers against one, wall clock", f"{one['wall_s'] / two['wall_s']:.2f} times"),
        ("peak memory with one and with two workers", f"{one['peak_mb']:.0f} MB, {two['peak_mb']:.0f} MB"),
        ("a new person: portrait, and both sides of a card at 600 dpi", f"{found['person_ms']:.0f} CPU-ms"),
        ("start-up", f"{found['start_ms']:.0f} ms"),
        ("a capture of 12 megapixels against one of 1.9",
         f"{found['capture_12_mp_ms'] / found['capture_1.9_mp_ms']:.1f} times"),
    ]
    return "| what | measured |\n|---|---:|\n" + "\n".join(f"| {what} | {value} |" for what, value in rows)


def plot(table):
    """Bars of CPU-milliseconds a photo, by case."""
    cases = list(dict.fromkeys(line["case"] for line in table))
    most = max(line["cpu_ms"] for line in table if line["program"] != "augraphy")
    bar, gap, left, wide = 11, 16, 150, 560
    shapes, y = [], 34
    for i, (name, title) in enumerate(NAMES.items()):
        x = 10 + i * 148
        shapes.append(f'<rect x="{x}" y="8" width="10" height="10" fill="{COLORS[name]}"/>'
                      f'<text x="{x + 14}" y="17">{title}</text>')
    for case in cases:
        lines = [line for line in table if line["case"] == case]
        shapes.append(f'<text x="{left - 8}" y="{y + bar * len(lines) / 2 + 4}" text-anchor="end">{case}</text>')
        for line in lines:
            width = min(line["cpu_ms"] / most, 1.0) * wide
            cut = " &#8811;" if line["cpu_ms"] > most else ""
            shapes.append(f'<rect x="{left}" y="{y}" width="{width:.1f}" height="{bar - 2}" fill="{COLORS[line["program"]]}"/>'
                          f'<text x="{left + width + 4:.1f}" y="{y + 8}">{line["cpu_ms"]:.0f}{cut}</text>')
            y += bar
        y += gap
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 790 {y}" font-family="sans-serif" font-size="10">\n'
            f'<title>CPU-milliseconds a photo</title>\n<rect width="790" height="{y}" fill="#ffffff"/>\n'
            + "\n".join(shapes) + "\n</svg>\n")


def fill(page, name, text):
    begin, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    before, rest = page.split(begin)
    _, after = rest.split(end)
    return before + begin + text + end + after


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--stages", required=True)
    parser.add_argument("--whole", required=True)
    parser.add_argument("--page", required=True)
    args = parser.parse_args()
    with open(args.peers, encoding="utf-8") as file:
        table = json.load(file)
    with open(args.stages, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    with open(args.whole, encoding="utf-8") as file:
        found = json.load(file)
    with open(args.page, encoding="utf-8") as file:
        page = file.read()
    page = fill(page, "machine", f"Measured on: {processor()}.")
    for name, text in [("captures", captures(table)), ("stages", stages(lines)), ("whole", whole(found))]:
        page = fill(page, name, text)
    with open(args.page, "w", encoding="utf-8") as file:
        file.write(page)
    with open(args.page.removesuffix(".md") + ".svg", "w", encoding="utf-8") as file:
        file.write(plot(table))


if __name__ == "__main__":
    main()
