"""The machine of a measurement."""
import os
import pathlib
import platform
import re
import subprocess

PROCESSORS = len(os.sched_getaffinity(0))
GPU_FIELDS = ["name", "driver_version", "memory.total", "clocks.max.sm", "power.limit"]


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def gpu():
    """The first GPU, as nvidia-smi describes it; None if there is none."""
    command = ["nvidia-smi", f"--query-gpu={','.join(GPU_FIELDS)}", "--format=csv,noheader"]
    try:
        lines = subprocess.run(command, capture_output=True, text=True, timeout=30).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return None
    values = lines[0].split(", ") if lines else []
    return dict(zip(GPU_FIELDS, values)) if len(values) == len(GPU_FIELDS) else None


def facts():
    return {"cpu": cpu_model(), "processors": PROCESSORS, "gpu": gpu()}


def slug(machine):
    """A file's name for it: nvidia-h200, amd-epyc-2cpu."""
    name = machine["gpu"]["name"] if machine["gpu"] else f"{machine['cpu']} {machine['processors']}cpu"
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
