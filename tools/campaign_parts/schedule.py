"""Shares the time among the parts of a campaign and keeps count."""
import concurrent.futures
import dataclasses
import threading
import time
import traceback


@dataclasses.dataclass
class Part:
    name: str
    trials: object                                    # a generator of Trial
    tried: int = 0
    seconds: float = 0.0
    exhausted: bool = False
    failures: list = dataclasses.field(default_factory=list)

    def row(self):
        return {"part": self.name, "tried": self.tried, "failed": len(self.failures), "complete": self.exhausted,
                "seconds": round(self.seconds, 1)}


class Schedule:
    """Whichever part has had the least time goes next, so that all of them have the same share."""

    def __init__(self, parts, deadline, report):
        self.parts, self.deadline, self.report = parts, deadline, report
        self.lock = threading.Lock()

    def run(self, processes):
        with concurrent.futures.ThreadPoolExecutor(processes) as pool:
            for worker in [pool.submit(self.work) for _ in range(processes)]:
                worker.result()

    def work(self):
        while time.monotonic() < self.deadline:
            part, trial = self.next()
            if trial is None:
                return
            begin = time.monotonic()
            complaints = attempt(trial)
            with self.lock:
                part.tried += 1
                part.seconds += time.monotonic() - begin
                if complaints:
                    part.failures.append({"what": trial.what, "complaints": complaints})
                    self.report(part.name, trial.what, complaints)

    def next(self):
        with self.lock:
            while open_parts := [part for part in self.parts if not part.exhausted]:
                part = min(open_parts, key=lambda p: p.seconds)
                begin = time.monotonic()
                trial = next(part.trials, None)
                part.seconds += max(time.monotonic() - begin, 1e-3)
                if trial:
                    return part, trial
                part.exhausted = True
            return None, None


def attempt(trial):
    """An error of the campaign itself is shown as a failure, not taken for a pass."""
    try:
        return trial.run()
    except Exception:  # noqa: BLE001
        return ["the campaign itself failed: " + traceback.format_exc(limit=-3)]
