"""Less address space than a command needs, as `ulimit -v` leaves it."""
import resource

import commands
from trial import Trial, disturbed

# MiB. Below the first OpenBLAS's own second thread asks for its buffer for ever, from the start of the program to its end,
# which waits for it: a known fault of that library. With the second every command has enough.
LEAST, MOST = 300, 700


def limited(laboratory, command, mebibytes):
    size = mebibytes << 20
    return disturbed(laboratory, command,
                     prepare=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))


def limits(laboratory, rng):
    while True:
        command, size = rng.choice(commands.COMMANDS), rng.randint(LEAST, MOST)
        yield Trial(f"{command.name} with {size} MiB of address space",
                    lambda command=command, size=size: limited(laboratory, command, size))
