"""The files that a command has left: whether they are those of an undisturbed run, and whether others lie about."""
import json
import struct

PART = ".ae_cuda-part."


def essence(path):
    """The content that must be the same at every run: of a safetensors file the tensors, less the times in it."""
    data = path.read_bytes()
    return tensors(data) if path.suffix == ".safetensors" else data


def tensors(data):
    try:
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + length])
        spans = {name: facts["data_offsets"] for name, facts in header.items() if name not in ("__metadata__", "history")}
        return b"".join(name.encode() + data[8 + length:][begin:end] for name, (begin, end) in sorted(spans.items()))
    except (struct.error, ValueError, KeyError, TypeError):
        return b"not a safetensors file: " + data


def essences(folder, names):
    """Those of the files that are there."""
    return {name: essence(folder / name) for name in names if (folder / name).is_file()}


def parts(folder):
    """Temporary files that somebody has left."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob(f".*{PART}*"))


class Reference:
    """The outputs of an undisturbed command; of those that differ from run to run nothing is known."""

    def __init__(self, command, first, second):
        self.command = command
        self.known = {name: value for name, value in first.items() if second.get(name) == value}

    def complaints(self, before, after, succeeded):
        """`before` and `after`: essences of the outputs. A failed command leaves each as it was, or complete."""
        found = []
        for name, value in self.known.items():
            if succeeded and name not in after:
                found.append(f"exit 0 without {name}")
            elif succeeded and after[name] != value:
                found.append(f"exit 0 with another {name} than undisturbed")
            elif name in after and after[name] not in (before.get(name), value):
                found.append(f"{name} is neither the old nor the new one")
        return found
