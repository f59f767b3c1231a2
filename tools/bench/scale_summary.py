"""From the runs of tools/bench/scale to its results and tables."""
import statistics

import results
import summary

BUSY = 0.5  # processes that ran or waited before the measurement began
BUSY_NOTE = "measured beside other work on this machine: not to be compared with other figures; repeat it alone"


def load_before(load):
    """What else the machine did when the measurement began."""
    return {"load_before": round(load, 2)} | ({} if load <= BUSY else {"note": BUSY_NOTE})


def per_run(entrant, runs):
    """Each run's own figures: the median of its epochs."""
    if not runs or "images_per_s" not in runs[0]:
        return {"process_s": [run["process_s"] for run in runs]}
    speeds = [statistics.median(run["images_per_s"]) for run in runs]
    # Processes that are not joined take their steps at the same time, each with its own rows.
    return {"images_per_s": speeds, "us_per_step": [entrant.batch / speed * 1e6 for speed in speeds]}


def losses(runs):
    last = runs[-1] if runs else {}
    if "val_losses" in last:
        values = last["val_losses"]
        return {"val_loss": statistics.mean(values), "val_loss_sd": statistics.stdev(values) if len(values) > 1 else 0}
    return {"val_loss": last["val_loss"]} if last else {}


def entry(entrant, runs, failure):
    result = {"name": entrant.name, "kind": entrant.kind, "runs": len(runs), "why": failure}
    result |= {key: getattr(entrant, key) for key in ("ranks", "batch", "shards", "threads", "models") if hasattr(entrant, key)}
    result |= {key: run[key] for run in runs[-1:] for key in ("versions",) if key in run}
    by_run = per_run(entrant, runs)
    result |= {key: summary.spread(values) for key, values in by_run.items() if values}
    return result | losses(runs) | {"by_run": by_run}


def paired(a, b, key, of):
    """of(a, b) in every round in which both ran."""
    return summary.spread([of(x, y) for x, y in zip(a["by_run"][key], b["by_run"][key])])


def find(entries, **wanted):
    return next((e for e in entries if e["runs"] and all(e.get(k) == v for k, v in wanted.items())), None)


def add_ratios(entries, ranks):
    """Efficiency: images/s over those of one process with one thread, times ranks. Exposed: beside processes not joined."""
    for e in entries:
        if not e["runs"] or e.get("ranks") != ranks or e["kind"] == "unjoined":
            continue
        alone = find(entries, kind=e["kind"], ranks=1, shards=e.get("shards"), threads=e.get("threads"))
        apart = find(entries, kind="unjoined", ranks=ranks, batch=e["batch"], shards=e.get("shards"))
        if alone:
            e["efficiency"] = paired(e, alone, "images_per_s", lambda x, y: x / y / ranks)
        if apart and e["kind"] == "ours":
            e["exposed_us"] = paired(e, apart, "us_per_step", lambda x, y: x - y)


def row(e):
    if not e["runs"]:
        return [e["name"], f"not measured: {e['why'] or 'out of time'}"]
    if "process_s" in e:
        return [e["name"], results.spread(e["process_s"]), results.spread(e["process_s"], 1 / e["models"]),
                f"{e['val_loss']:.4f} ± {e['val_loss_sd']:.4f}"]
    ratio = lambda key: results.spread(e[key]) if key in e else ""
    return [e["name"], results.spread(e["us_per_step"]), f"{e['images_per_s']['median'] / 1e3:.0f} k", ratio("exposed_us"),
            ratio("efficiency"), f"{e['val_loss']:.4f}"]


HEADINGS = {
    "trainings": ["shared batches", "µs a step", "images/s", "exposed, µs", "efficiency", "val_loss"],
    "sweeps": ["many models", "seconds", "seconds a model", "val_loss"],
}


def markdown(document):
    """A table a part, as GitHub shows them."""
    tables = []
    for part, headings in HEADINGS.items():
        if part in document:
            rows = [headings, ["---"] + ["---:"] * (len(headings) - 1), *map(row, document[part])]
            cells = [r + [""] * (len(headings) - len(r)) for r in rows]
            tables.append("\n".join(f"| {' | '.join(r)} |" for r in cells))
    return "\n\n".join(tables)


def put_into(readme, name, document):
    """The tables, between their marks in a page."""
    before, mark, rest = readme.read_text().partition(f"<!-- scale: {name} -->\n")
    _, end, after = rest.partition("<!-- end of scale -->")
    if not mark or not end:
        raise SystemExit(f"scale: {readme} has no marks for {name}")
    readme.write_text(f"{before}{mark}{markdown(document)}\n{end}{after}")


def text(document):
    where = f"{document['machine']['cpu']}, {document['machine']['processors']} processors"
    lines = [f"{where}; {document['rounds']} rounds of {document['epochs']} epochs, interleaved; median (min–max)"]
    return "\n".join([*lines, *([document["note"]] if "note" in document else []), markdown(document)])
