"""Every n-th system call fails, once and from then on: 17 calls of 12 commands."""
import errno

import commands
from trial import Trial, disturbed

CALLS = {"open": errno.EACCES, "read": errno.EIO, "write": errno.ENOSPC, "close": errno.EIO, "seek": errno.EINVAL,
         "stat": errno.EACCES, "list": errno.EIO, "mkdir": errno.EACCES, "rename": errno.EIO, "unlink": errno.EACCES,
         "truncate": errno.EIO, "chmod": errno.EPERM, "lock": errno.ENOLCK, "sync": errno.EIO, "readlink": errno.EACCES,
         "map": errno.ENOMEM, "thread": errno.EAGAIN}
MOST = 60  # of the calls of a kind, those that are tried; a training writes the same files again and again


def chosen(rng, count):
    return range(1, count + 1) if count <= MOST else rng.sample(range(1, count + 1), MOST)


def modes(call):
    """Where memory ends for good between the program's own question whether there is any and OpenBLAS's, OpenBLAS asks
    for ever; little_memory.py tries that memory ends."""
    return ("once",) if call == "map" else ("once", "always")


def failing(laboratory, command, call, mode, n):
    def check(folder, _):
        return laboratory.damaged(folder, command.outputs)

    before = laboratory.call_fault(mode, call, n, CALLS[call])
    return disturbed(laboratory, command, may_be_silent=call == "write", check=check, before=before)


def every_call(laboratory, rng):
    tried = []
    for command in commands.COMMANDS:
        for call, count in laboratory.calls(command, CALLS).items():
            tried += [(command, call, mode, n) for n in chosen(rng, count) for mode in modes(call)]
    rng.shuffle(tried)
    for command, call, mode, n in tried:
        yield Trial(f"{command.name}, {call} {n} fails {'once' if mode == 'once' else 'and all after it'}",
                    lambda c=command, s=call, m=mode, n=n: failing(laboratory, c, s, m, n))
