"""Less address space than a command needs, as `ulimit -v` leaves it."""
import resource

import commands
from trial import Trial, disturbed

# MiB. Below the first the loader itself may find no room for the program's libraries, and with the second every command
# has enough.
LEAST, MOST = 64, 700


def limited(laboratory, command, mebibytes):
    size = mebibytes << 20
    return disturbed(laboratory, command,
                     prepare=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))


def limits(laboratory, rng):
    while True:
        command, size = rng.choice(commands.COMMANDS), rng.randint(LEAST, MOST)
        yield Trial(f"{command.name} with {size} MiB of address space",
                    lambda command=command, size=size: limited(laboratory, command, size))
