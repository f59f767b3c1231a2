"""The n-th allocation finds no memory, once and from then on."""
import commands
from trial import Trial, disturbed

A_FEW = 200  # the first ones of a command are all tried; of the rest as many as the time allows


def failing(laboratory, command, mode, n):
    environment = laboratory.allocation_fault() | {"AE_FAIL_ALLOCATION": str(n), "AE_FAIL_ALLOCATION_MODE": mode}
    return disturbed(laboratory, command, may_be_silent=mode == "always", environment=environment)


def numbers(rng, counts):
    """(command, n): first the few of each, then at random without an end."""
    first = [(command, n) for command, count in counts.items() for n in range(1, min(A_FEW, count) + 1)]
    rng.shuffle(first)
    yield from first
    while True:
        command = rng.choice(list(counts))
        yield command, rng.randint(1, counts[command])


def every_allocation(laboratory, rng):
    counts = {command: laboratory.allocations(command) for command in commands.COMMANDS}
    for command, n in numbers(rng, counts):
        mode = rng.choice(("once", "always"))
        yield Trial(f"{command.name}, allocation {n} fails {'once' if mode == 'once' else 'and all after it'}",
                    lambda command=command, mode=mode, n=n: failing(laboratory, command, mode, n))
