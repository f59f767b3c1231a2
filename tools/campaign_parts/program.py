"""One start of ae_cuda, how it ended, and whether it may end like that."""
import dataclasses
import os
import re
import signal
import subprocess

# The documented codes; 1 is a defect. Signals that the campaign itself has sent are allowed by the trial that sent them.
DOCUMENTED = {0, 2, 3, 4, 5, 6, 7, 8, 129, 130, 141, 143}
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LIMIT = 60  # seconds, after which a command hangs


@dataclasses.dataclass
class Outcome:
    code: int          # negative: the signal that ended it
    out: bytes
    err: bytes
    hung: bool = False

    def last_line(self):
        lines = self.err.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else ""

    def complaints(self, allowed=frozenset(), may_be_silent=False):
        """What is wrong with it, whatever was done to it."""
        found = []
        if self.hung:
            found.append(f"did not end within {LIMIT} s")
        elif self.code < 0 and -self.code not in allowed:
            found.append(f"killed by {signal.Signals(-self.code).name}")
        elif self.code >= 0 and self.code not in DOCUMENTED:
            found.append(f"exit {self.code}, which is not documented or is a defect")
        elif self.code > 0 and not self.err.strip() and not may_be_silent and self.code != 141:
            found.append(f"exit {self.code} without a word")
        if CONTROL.search(self.err):
            found.append("control characters in a message")
        return found


class Program:
    """ae_cuda with an environment of its own: nothing of this user's is read or written."""

    def __init__(self, path, home):
        self.path = str(path)
        kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH", "LANG") if key in os.environ}
        self.environment = kept | {"HOME": str(home), "TERM": "dumb", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}

    def start(self, arguments, folder, before=(), environment=None, prepare=None):
        """`before`: words in front of the program's; `prepare` is called in the new process."""
        return subprocess.Popen([*before, self.path, *arguments], cwd=folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=prepare,
                                env=self.environment | (environment or {}))

    def run(self, arguments, folder, limit=LIMIT, **how):
        return finish(self.start(arguments, folder, **how), limit)


def finish(process, limit=LIMIT):
    """Waits for the end; a process that hangs is killed."""
    try:
        out, err = process.communicate(timeout=limit)
        return Outcome(process.returncode, out, err)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return Outcome(process.returncode, out, err, hung=True)
