"""Compiles kernels for many GPUs and reads the compiler's report: no local memory, shared memory within limits.

    kernel_resources.py --nvcc NVCC --architectures 75,80,90 [--shared PROGRAM] [-I FOLDER]... SOURCE...

PROGRAM prints the dynamic shared memory of kernels (kernel_shared_bytes.cu). Needs nothing but Python and c++filt.
"""
import argparse
import concurrent.futures
import dataclasses
import os
import re
import subprocess
import sys

# Shared memory that a block can have, in KiB (CUDA C++ Programming Guide, technical specifications by capability).
SHARED_KIB = {75: 64, 80: 163, 86: 99, 87: 163, 88: 99, 89: 99, 90: 227, 100: 227, 103: 227, 110: 227, 120: 99, 121: 99}

# Stack that is meant. Where the clock is counted, the double cos of a learning rate's schedule has a way for arguments
# beyond 1e5, which keeps digits of 2/pi in an array: one thread of the grid has it, and never takes that way.
STACK_BYTES = {"ae::fused_forward_kernel": 40, "ae::tick_kernel": 40}


@dataclasses.dataclass
class Kernel:
    """What ptxas says of one kernel, in bytes but for the registers."""
    name: str
    registers: int
    stack: int
    spills: int
    static: int


@dataclasses.dataclass
class Dynamic:
    """Dynamic shared memory of the kernels whose names begin so, and the GPUs that run them."""
    name: str
    size: int
    least: int
    greatest: int

    def is_of(self, kernel):
        rest = kernel[len(self.name):]
        return kernel.startswith(self.name) and rest[:1] in ("", " ", ",", ">", "(", "<")


ENTRY = re.compile(r"Compiling entry function '(\S+)' for 'sm_\d+a?'(.*?)(?=Compiling entry function|\Z)", re.DOTALL)
STACK = re.compile(r"Function properties for (\S+)\s+(\d+) bytes stack frame, (\d+) bytes spill stores, "
                   r"(\d+) bytes spill loads")
USED = re.compile(r"Used (\d+) registers(.*)")


def read_report(text, demangled=lambda name: name):
    """The kernels of a report by -Xptxas=-v. Functions that a kernel calls count as its own."""
    kernels = []
    for mangled, body in ENTRY.findall(text):
        used, functions = USED.search(body), STACK.findall(body)
        if not used or mangled not in [function[0] for function in functions]:
            raise ValueError(f"the report says nothing of {mangled}; has ptxas changed its words?\n{body}")
        cumulative = re.search(r"(\d+) bytes cumulative stack", used[2])
        shared = re.search(r"(\d+) bytes smem", used[2])
        stack = max([int(cumulative[1]) if cumulative else 0] + [int(f[1]) for f in functions if f[0] == mangled])
        spills = sum(int(f[2]) + int(f[3]) for f in functions)
        kernels.append(Kernel(demangled(mangled), int(used[1]), stack, spills, int(shared[1]) if shared else 0))
    return kernels


def read_dynamic(text):
    return [Dynamic(name, *map(int, numbers)) for name, *numbers in (line.split("\t") for line in text.splitlines())]


def judge(kernel, architecture, dynamic):
    """What is wrong, or nothing; and the dynamic shared memory."""
    mine = [d for d in dynamic if d.is_of(kernel.name)]
    if len(mine) > 1:
        return "named twice by the program that knows dynamic shared memory", 0
    if mine and not mine[0].least <= architecture <= mine[0].greatest:
        return None, 0
    size, limit = mine[0].size if mine else 0, SHARED_KIB[architecture] << 10
    allowed = STACK_BYTES.get(kernel.name.split("<")[0].split("(")[0], 0)
    if kernel.spills:
        return f"spills {kernel.spills} bytes of registers to local memory", size
    if kernel.stack > allowed:
        return f"uses {kernel.stack} bytes of local memory" + (f", {allowed} are meant" if allowed else ""), size
    if kernel.static + size > limit:
        return f"shared memory exceeds the {limit} bytes that a block can have", size
    return "", size


def check(reports, dynamic):
    """A table of all, and how many are wrong."""
    lines, wrong, unseen = [], 0, {d.name for d in dynamic}
    row = "{:>6}  {:>4} {:>6} {:>7} {:>8} {:>8}  {}"
    lines.append(row.format("", "regs", "spills", "stack", "static", "dynamic", "kernel"))
    for architecture, kernels in reports.items():
        for kernel in kernels:
            verdict, size = judge(kernel, architecture, dynamic)
            unseen -= {d.name for d in dynamic if d.is_of(kernel.name)}
            note = " (not run there)" if verdict is None else f"  <== {verdict}" if verdict else ""
            wrong += bool(verdict)
            name = re.sub(r"^void |\(.*$", "", kernel.name)
            lines.append(row.format(f"sm_{architecture}", kernel.registers, kernel.spills, kernel.stack, kernel.static,
                                    size, name) + note)
        if not kernels:
            wrong += 1
            lines.append(f"sm_{architecture}: the report names no kernel")
    for name in sorted(unseen):
        wrong += 1
        lines.append(f"no kernel is called {name}: dynamic shared memory is known under another name")
    return "\n".join(lines), wrong


def demangler(text):
    """c++filt of all names at once."""
    names = sorted(set(re.findall(r"Compiling entry function '(\S+)'", text)))
    plain = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True).stdout
    known = {name: re.sub("^void ", "", line) for name, line in zip(names, plain.splitlines())}
    return known.get


def compile_report(nvcc, source, architecture, folders):
    command = [nvcc, "-std=c++20", "-O3", "-DNDEBUG", "-Xptxas=-v", f"-arch=sm_{architecture}", "-cubin",
               "-o", os.devnull, *(f"-I{folder}" for folder in folders), source]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nvcc", required=True)
    parser.add_argument("--architectures", required=True, help="75,80,90")
    parser.add_argument("--shared", help="the program that prints dynamic shared memory")
    parser.add_argument("-I", dest="folders", action="append", default=[])
    parser.add_argument("sources", nargs="+")
    arguments = parser.parse_args()
    architectures = sorted({int(a) for a in re.findall(r"\d+", arguments.architectures)})
    if unknown := [a for a in architectures if a not in SHARED_KIB]:
        sys.exit(f"kernel_resources.py: how much shared memory has sm_{unknown[0]}? Known: {sorted(SHARED_KIB)}")
    dynamic = []
    if arguments.shared:
        dynamic = read_dynamic(subprocess.run([arguments.shared], capture_output=True, text=True, check=True).stdout)
    jobs = [(architecture, source) for architecture in architectures for source in arguments.sources]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = list(pool.map(lambda job: compile_report(arguments.nvcc, job[1], job[0], arguments.folders), jobs))
    reports = {architecture: [] for architecture in architectures}
    for (architecture, _), text in zip(jobs, texts):
        reports[architecture] += read_report(text, demangler(text))
    table, wrong = check(reports, dynamic)
    print(table)
    sys.exit(f"\n{wrong} wrong" if wrong else 0)


if __name__ == "__main__":
    main()
