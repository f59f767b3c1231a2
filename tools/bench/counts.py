"""The costs of a step's kernels: ratios, occupancy, tables, growth, and the header that `ae_cuda explain` reads."""
import dataclasses
import re
import subprocess

COUNTS = ["warp_instructions", "longest_warp", "shared_wavefronts", "sectors"]
HEADINGS = ["", "blocks", "warp instructions", "longest warp", "wavefronts ÷ least", "sectors ÷ least", "registers",
            "blocks an SM", "waves"]


@dataclasses.dataclass
class Gpu:
    """What a multiprocessor has (CUDA C++ Programming Guide, technical specifications), and how many there are."""
    name: str
    processors: int
    threads: int
    blocks: int
    shared_bytes: int
    registers: int = 65536


GPUS = {75: Gpu("T4", 40, 1024, 16, 64 << 10), 80: Gpu("A100", 108, 2048, 32, 164 << 10),
        90: Gpu("H100", 132, 2048, 32, 228 << 10)}
WARP, REGISTERS_AT_ONCE, RESERVED_SHARED = 32, 256, 1024


HEADER = "host/engine/step_instructions.h"
HEADER_TEXT = """// Warp instructions of the kernels of a full step of the engine `fused`: 784-128-64-128-784, 256 images, ReLU. They are
// those of the PTX that nvcc {compiler} makes, counted while the interpreter in tests/ptx/ ran it.
//
// Made by tools/bench/count --into tools/results/counts.json, together with that file.
#pragma once

namespace ae {{

struct KernelInstructions {{
    const char* kernel;      ///< as StepVerb::verb names it
    double on_tensor_cores;  ///< compiled for compute_80
    double without;          ///< compiled for compute_75
}};

inline constexpr KernelInstructions kFusedInstructions[] = {{
{rows}
}};

}}  // namespace ae
"""
FUSED_KERNELS = {"fused_first_kernel": "dW1-3 adam F1", "fused_forward_kernel": "F2 F3", "fused_last_kernel": "F4 bce dX4",
                 "fused_backward_kernel": "dX3 dX2 dW4 adam"}  # as kernels/fused/costs.h names them


def compiler_of(nvcc):
    """ "13.0" """
    text = subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"release ([\d.]+)", text)[1]


def header(compiler, steps):
    """C++ with the instructions of the engine `fused`, by the cut that each architecture runs."""
    def instructions(architecture, name):
        kernels = next(s for s in steps if (s["engine"], s["architecture"]) == ("fused", architecture))["kernels"]
        return sum(k["warp_instructions"] for k in kernels if k["kernel"].startswith(name))
    rows = [f'    {{"{shown}", {instructions(80, name)}, {instructions(75, name)}}},' for name, shown in FUSED_KERNELS.items()]
    return HEADER_TEXT.format(compiler=compiler, rows="\n".join(rows))


def round_up(value, unit):
    return -(-value // unit) * unit


def blocks_per_processor(gpu, kernel):
    """The most that threads, registers (given to warps 256 at a time) and shared memory (1 KiB a block is CUDA's) allow."""
    registers = round_up(kernel["registers"] * WARP, REGISTERS_AT_ONCE) * round_up(kernel["threads"], WARP) // WARP
    reserved = RESERVED_SHARED if gpu.shared_bytes > 64 << 10 else 0
    shared = round_up(kernel["shared_bytes"] + reserved, 128)
    return min(gpu.blocks, gpu.threads // kernel["threads"], gpu.registers // max(registers, 1),
               gpu.shared_bytes // max(shared, 1))


def plain_name(name):
    """ "fused_last_kernel<MnistNet>" of "void ae::fused_last_kernel<ae::MnistNet>(ae::FusedArguments, int)" """
    name = re.sub(r"^void |\(anonymous namespace\)::|ae::", "", name)
    depth = 0
    for at, letter in enumerate(name):
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if letter == "(" and depth == 0:
            return name[:at]
    return name


def add_resources(step, registers):
    """registers: of kernels by their plain names. One that no report names is left without."""
    gpu = GPUS[step["architecture"]]
    step["gpu"] = gpu.name
    for kernel in step["kernels"]:
        if kernel["kernel"] not in registers:
            continue
        kernel["registers"] = registers[kernel["kernel"]]
        kernel["blocks_per_processor"] = blocks_per_processor(gpu, kernel)
        at_once = kernel["blocks_per_processor"] * gpu.processors
        kernel["waves"] = round(kernel["blocks"] / kernel["launches"] / at_once, 2) if at_once else None


def ratio(kernel, name):
    least = kernel[f"least_{name}"]
    return f"{kernel[name] / least:.2f}" if least else ""


def models(step):
    """ 16 of the engine "cublas*16": models side by side."""
    return int(step["engine"].partition("*")[2] or 1)


def per_model(step):
    """Launches of our kernels, warp instructions and bytes, each divided by the number of models."""
    launches, instructions, sectors = (sum(k[name] for k in step["kernels"]) / models(step)
                                       for name in ("launches", "warp_instructions", "sectors"))
    return launches, instructions, 32 * sectors


def cells(kernel):
    return [kernel["kernel"], str(kernel["blocks"]), f"{kernel['warp_instructions']:,}", f"{kernel['longest_warp']:,}",
            ratio(kernel, "shared_wavefronts"), ratio(kernel, "sectors"),
            *(str(kernel.get(key, "")) for key in ("registers", "blocks_per_processor", "waves"))]


def table(step):
    rows = [HEADINGS] + [cells(kernel) for kernel in step["kernels"]]
    total = sum(kernel["warp_instructions"] for kernel in step["kernels"])
    rows.append(["the step", "", f"{total:,}"] + [""] * (len(HEADINGS) - 3))
    if models(step) > 1:
        rows.append(["a model's step", "", f"{round(total / models(step)):,}"] + [""] * (len(HEADINGS) - 3))
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    lines = ["  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))).rstrip()
             for row in rows]
    where = f"engine {step['engine']}, compute_{step['architecture']}"
    return "\n".join([where + (f" on {step['gpu']}" if "gpu" in step else ""), *lines])


def grown(before, after, most_percent):
    """A line for each count that is more than `most_percent` above what it was, and for each kernel that is new."""
    known = {(step["engine"], step["architecture"], k["kernel"]): k for step in before for k in step["kernels"]}
    lines = []
    for step in after:
        for kernel in step["kernels"]:
            key = (step["engine"], step["architecture"], kernel["kernel"])
            where = f"compute_{key[1]}, {key[2]}"
            if key not in known:
                lines.append(f"{where}: no earlier count")
                continue
            for name in COUNTS:
                was, now = known[key][name], kernel[name]
                if not now <= was * (1 + most_percent / 100):
                    lines.append(f"{where}: {name.replace('_', ' ')} {was:,} before, {now:,} now, {now / max(was, 1) - 1:+.1%}")
    return lines
