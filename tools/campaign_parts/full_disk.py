"""A disk without room: a small tmpfs where this user may mount one, otherwise a limit on the size of files."""
import resource
import shutil
import subprocess

import commands
from results_of import essences
from trial import Trial, disturbed

WRITERS = [command for command in commands.COMMANDS if command.outputs]


def with_limit(laboratory, command, size):
    return disturbed(laboratory, command,
                     prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY)))


def may_mount(laboratory):
    folder = laboratory.folder / "mounted"
    folder.mkdir()
    try:
        return mount(folder, 64)
    finally:
        unmount(folder)


def mount(folder, kibibytes):
    command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", folder]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def unmount(folder):
    subprocess.run(["umount", folder], capture_output=True)


def on_small_disk(laboratory, command, spare):
    """The inputs fit onto the disk, the outputs do not or only just."""
    reference = laboratory.reference(command)
    with laboratory.place() as inputs:
        folder = inputs.parent / "disk"
        folder.mkdir()
        pages = sum(-(-path.stat().st_size // 4096) for path in inputs.rglob("*") if path.is_file())
        if not mount(folder, 4 * pages + spare):
            return ["a tmpfs could not be mounted"]
        try:
            work = folder / "w"
            shutil.copytree(inputs, work)
            before = essences(work, command.outputs)
            outcome = laboratory.program.run(command.arguments(), work)
            return outcome.complaints() + reference.complaints(before, essences(work, command.outputs), outcome.code == 0)
        finally:
            unmount(folder)


def small_disks(laboratory, rng):
    mounts = may_mount(laboratory)
    while True:
        command = rng.choice(WRITERS)
        size = rng.choice((0, rng.randint(1, 64), rng.randint(1, 40_000)))
        yield Trial(f"{command.name}, no file larger than {size} bytes",
                    lambda command=command, size=size: with_limit(laboratory, command, size))
        if mounts:
            spare = rng.randint(0, 24) * 4
            yield Trial(f"{command.name}, {spare} KiB free",
                        lambda command=command, spare=spare: on_small_disk(laboratory, command, spare))
