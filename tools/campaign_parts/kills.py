"""kill -9 at random moments, and before every file-system call, of the commands that write most."""
import signal
import time

import commands
from program import finish
from results_of import essences, parts
from trial import Trial

WRITERS = [commands.BY_NAME[name] for name in ("train", "resume", "export", "compress")]
FILE_CALLS = ("open", "write", "rename", "unlink", "mkdir", "truncate", "chmod", "lock", "sync")


def go_on(laboratory, command, folder):
    """After a kill: the command is given once more, a training is resumed. All must end as undisturbed."""
    outcome = laboratory.program.run(command.once_more(folder), folder)
    found = outcome.complaints()
    if outcome.code != 0:
        found.append(f"exit {outcome.code} afterwards: {outcome.last_line()}")
    found += laboratory.reference(command).complaints({}, essences(folder, command.outputs), outcome.code == 0)
    if left := parts(folder):
        found.append(f"still there afterwards: {', '.join(left)}")
    return found


def whole(laboratory, command, folder, before):
    """What is there after a kill is the old file, the new one, or a checkpoint of the epochs between."""
    found = laboratory.reference(command).complaints(before, essences(folder, command.outputs), False)
    found = [text for text in found if "checkpoint" not in text]
    return found + laboratory.damaged(folder, command.outputs)


def killed_at(laboratory, command, delay):
    with laboratory.place() as folder:
        before = essences(folder, command.outputs)
        process = laboratory.program.start(command.arguments(), folder)
        time.sleep(delay)
        process.kill()
        outcome = finish(process)
        found = outcome.complaints({signal.SIGKILL})
        return found + whole(laboratory, command, folder, before) + go_on(laboratory, command, folder)


def random_moments(laboratory, rng):
    while True:
        command = rng.choice(WRITERS)
        delay = rng.uniform(0, 0.15)
        yield Trial(f"{command.name}, kill -9 after {delay * 1e3:.1f} ms",
                    lambda command=command, delay=delay: killed_at(laboratory, command, delay))


def killed_before(laboratory, command, n):
    with laboratory.place() as folder:
        before = essences(folder, command.outputs)
        outcome = laboratory.program.run(command.arguments(), folder,
                                         before=laboratory.call_fault("kill", ",".join(FILE_CALLS), n))
        found = outcome.complaints({signal.SIGKILL})
        return found + whole(laboratory, command, folder, before) + go_on(laboratory, command, folder)


def every_call(laboratory, rng):
    counts = {command: sum(laboratory.calls(command, FILE_CALLS).values()) for command in WRITERS}
    tried = [(command, n) for command, count in counts.items() for n in range(1, count + 1)]
    rng.shuffle(tried)
    for command, n in tried:
        yield Trial(f"{command.name}, kill -9 before file-system call {n}",
                    lambda command=command, n=n: killed_before(laboratory, command, n))
