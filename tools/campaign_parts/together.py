"""Several processes at once on the same files: trainings into one folder, exports to one file, --resume of one run."""
import commands
from program import finish
from results_of import essences, parts
from trial import Trial

BUSY = 8  # "another process": the documented end of the one that comes second


def at_once(laboratory, command, count):
    """All end well or are refused; what is left is what one alone leaves."""
    with laboratory.place() as folder:
        before = essences(folder, command.outputs)
        processes = [laboratory.program.start(command.arguments(), folder) for _ in range(count)]
        outcomes = [finish(process) for process in processes]
        found = [text for outcome in outcomes for text in outcome.complaints()]
        codes = [outcome.code for outcome in outcomes]
        if 0 not in codes:
            found.append(f"none of {count} at once ended well: {codes}")
        # A folder that another has filled by then is refused as a usage error.
        if unexpected := [code for code in codes if code not in (0, BUSY, 2)]:
            found.append(f"at once: exit {unexpected}")
        found += laboratory.reference(command).complaints(before, essences(folder, command.outputs), True)
        if left := parts(folder):
            found.append(f"left: {', '.join(left)}")
        return found


def writers(laboratory, rng):
    chosen = [command for command in commands.COMMANDS if command.outputs]
    while True:
        count, command = rng.choice((2, 3, 5, 9)), rng.choice(chosen)
        yield Trial(f"{count} times {command.name} at once",
                    lambda command=command, count=count: at_once(laboratory, command, count))
