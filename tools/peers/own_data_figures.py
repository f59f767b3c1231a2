"""Figures of anomaly detectors: AUROC, false alarms, and their table."""
import bisect
import csv
import math
import statistics
import sys


def auroc(normal, anomalous):
    """The chance that an anomaly scores higher than a normal row; a tie counts half."""
    if not normal or not anomalous or any(map(math.isnan, [*normal, *anomalous])):
        raise ValueError("AUROC: it takes scores of both kinds, all of them numbers")
    ordered = sorted(normal)
    below = sum(bisect.bisect_left(ordered, s) + bisect.bisect_right(ordered, s) for s in anomalous) / 2
    return below / (len(normal) * len(anomalous))


def figures(normal, anomalous, normal_alarms, alarms, seconds=None):
    """seconds: None where the time was not taken."""
    found = {"auroc": auroc(normal, anomalous), "false_alarms": normal_alarms, "found": alarms}
    return found if seconds is None else found | {"seconds": seconds}


def share(rows):
    """Rows that are not called normal: "anomalous", or "too dark" of pictures that are darker than all normal ones."""
    return sum(row["verdict"] != "normal" for row in rows) / len(rows)


def read_verdicts(path, parts, seconds=None):
    """The figures of a file that anomaly score has written."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) != len(parts.normal) + len(parts.anomalous):
        sys.exit(f"own_data: {path}: {len(rows)} rows for {len(parts.normal)} normal and {len(parts.anomalous)} anomalous ones")
    normal, anomalous = rows[: len(parts.normal)], rows[len(parts.normal) :]
    scores = [[float(row["score"]) for row in part] for part in (normal, anomalous)]
    return figures(*scores, share(normal), share(anomalous), seconds)


def over_seeds(values):
    return {"mean": statistics.mean(values), "sd": statistics.stdev(values), "seeds": values}


def cell(values, best, note=""):
    areas, alarms = (f"{100 * values[key]['mean']:.1f} ± {100 * values[key]['sd']:.1f}" for key in ("auroc", "false_alarms"))
    bold = "**" if values["auroc"]["mean"] == best else ""
    return f"{bold}{areas}{bold}{note} | {alarms}"


def markdown_table(document):
    """A line for each detector; of each set its AUROC and its false alarms. The best AUROC is bold, * marks our default."""
    sets = document["sets"]
    names = sorted(next(iter(sets.values()))["methods"], key=str.lower)
    heads = " | ".join(f"{name}: AUROC, % | false alarms, %" for name in sets)
    lines = [f"| | {heads} |", "|---" + "|---:|---:" * len(sets) + "|"]
    for name in names:
        row = []
        for measured in sets.values():
            best = max(method["auroc"]["mean"] for method in measured["methods"].values())
            row.append(cell(measured["methods"][name], best, " *" * (name == f"ae_cuda, {measured['default_score']}")))
        lines.append(f"| {name} | {' | '.join(row)} |")
    return "\n".join(lines)
