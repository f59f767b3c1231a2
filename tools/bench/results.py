"""The results of a comparison as a file and as tables."""
import json
import os
import pathlib

HEADINGS = ["", "precision", "ms an epoch", "images/s", "× ours", "first call, s", "whole process, s", "val_loss"]


def write(path, document):
    """Whole or not at all."""
    partial = pathlib.Path(f"{path}.partial")
    partial.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    os.replace(partial, path)


def read(path):
    return json.loads(pathlib.Path(path).read_text())


def three_digits(value):
    """1234.5 as 1234, 12.345 as 12.3, 0.12345 as 0.123"""
    digits = next((d for d, limit in ((0, 100), (1, 10), (2, 1)) if abs(value) >= limit), 3)
    return f"{value:.{digits}f}"


def spread(times, scale=1):
    low, middle, high = (three_digits(times[key] * scale) for key in ("min", "median", "max"))
    return middle if low == high else f"{middle} ({low}–{high})"


def in_order(document):
    """The fastest first; what did not count last."""
    return sorted(document["results"], key=lambda r: (not r["counted"], r.get("epoch_s", {}).get("median", 0)))


def cells(result, images=60000):
    threads = result.get("threads", 0)
    name = result["name"] + (f", {threads} thread{'s' * (threads > 1)}" if threads else "")
    if not result["counted"]:
        return [name, result["precision"], f"not counted: {result['why']}"]
    note = "" if result["counted"] == result["runs"] else f"; {result['counted']} of {result['runs']} runs"
    return [
        name,
        result["precision"],
        spread(result["epoch_s"], 1e3) + note,
        f"{images / result['epoch_s']['median'] / 1e3:.0f} k",
        f"{result['times_ours']:.2f}" if "times_ours" in result else "",
        spread(result["first_call_s"]),
        spread(result["process_s"]),
        f"{result['val_loss']:.4f}",
    ]


def heading(document):
    machine = document["machine"]
    where = machine["gpu"]["name"] if machine["gpu"] else f"{machine['cpu']}, {machine['processors']} processors"
    rounds = f"{document['rounds']} round" + ("s" if document["rounds"] != 1 else "")
    return f"{where}; {rounds} of {document['epochs']} epochs, interleaved; median (min–max)"


def text_table(document):
    rows = [HEADINGS] + [cells(result) for result in in_order(document)]
    widths = [max(len(row[i]) for row in rows if len(row) == len(HEADINGS)) for i in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths + [0] * 9)).rstrip() for row in rows]
    return "\n".join([heading(document), *lines])


def markdown_table(document):
    """GitHub's kind; numbers to the right."""
    rows = [HEADINGS, ["---", "---"] + ["---:"] * (len(HEADINGS) - 2)]
    for result in in_order(document):
        row = cells(result)
        row += [""] * (len(HEADINGS) - len(row))
        if result["kind"] == "ours":
            row[0] = f"**{row[0]}**"
        rows.append([cell.replace("|", "\\|") for cell in row])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
