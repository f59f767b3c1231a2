"""From runs to results: which of them count, medians, and the ratio to the fastest engine of ae_cuda."""
import math
import statistics

IMAGES = 60000
TIMES = ["first_call_s", "epoch_s", "process_s"]

# val_loss after 1, 2, … epochs from seed 42, as the CPU engine and PyTorch have it: a reference that is wrong itself
# is not taken for right.
KNOWN = [0.1394, 0.1095, 0.1002, 0.0946, 0.0908, 0.0883, 0.0868, 0.0853, 0.0840, 0.0827]
KNOWN_TOLERANCE, REFERENCE_TOLERANCE = 0.03, 0.01
ENTROPY_FLOOR = 0.0581  # no model can be below


def accepted_range(epochs):
    if epochs <= len(KNOWN):
        known = KNOWN[epochs - 1]
        return [known * (1 - KNOWN_TOLERANCE), known * (1 + KNOWN_TOLERANCE)]
    return [ENTROPY_FLOOR, KNOWN[-1]]


def why_not_counted(val_loss, reference, accepted):
    """Nothing where the loss is right. Conditions are those for passing, so that NaN fails."""
    if not accepted[0] <= val_loss <= accepted[1]:
        return f"val_loss {val_loss:.5f} is not in {accepted[0]:.4f} … {accepted[1]:.4f}"
    if not abs(val_loss - reference) <= REFERENCE_TOLERANCE * reference:
        return f"val_loss {val_loss:.5f} is more than 1 % from {reference:.5f}"
    return ""


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def seconds_of(run, time):
    """The time of an epoch: the median of those after the first."""
    return statistics.median(run["epoch_s"]) if time == "epoch_s" else run[time]


def summarise(entrant, runs, failure, check):
    """One entry of the results. check(val_loss) says why a run does not count."""
    reasons = [check(run["val_loss"]) for run in runs]
    counted = [run for run, why in zip(runs, reasons) if not why]
    result = {"name": entrant.name, "kind": entrant.kind, "precision": entrant.precision}
    result |= {"runs": len(runs), "counted": len(counted), "why": failure or next(filter(None, reasons), "")}
    if runs:
        result |= {key: runs[-1][key] for key in ("device", "versions", "threads") if key in runs[-1]}
        result["val_loss"] = runs[-1]["val_loss"] if math.isfinite(runs[-1]["val_loss"]) else None
    for time in TIMES if counted else []:
        result[time] = spread([seconds_of(run, time) for run in counted])
    return result


def add_ratios(results):
    """The time as a multiple of our fastest engine of the same precision; of fp32 if there is none."""
    ours = [r for r in results if r["kind"] == "ours" and r["counted"]]
    for result in results:
        same = [r for r in ours if r["precision"] == result["precision"]] or ours
        if result["counted"] and same:
            best = min(r["epoch_s"]["median"] for r in same)
            result["times_ours"] = result["epoch_s"]["median"] / best
