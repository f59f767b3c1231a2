"""kernel_resources.py on reports as ptxas writes them. Needs nothing but Python and c++filt."""
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

import kernel_resources
from kernel_resources import Dynamic, Kernel, judge

FIRST = "_ZN2ae18fused_first_kernelINS_8FusedNetILi784ELi56EEELb1EEEvi"


def report(kernel=FIRST, stack=0, stores=0, loads=0, used="used 1 barriers"):
    """The report of one kernel, which calls a function, and the lines around it."""
    return textwrap.dedent(f"""\
        ptxas info    : 272 bytes gmem, 16 bytes cmem[4]
        ptxas info    : Compiling entry function '{kernel}' for 'sm_80'
        ptxas info    : Function properties for {kernel}
            {stack} bytes stack frame, {stores} bytes spill stores, {loads} bytes spill loads
        ptxas info    : Used 62 registers, {used}, 572 bytes cmem[0]
        ptxas info    : Compile time = 452.166 ms
        ptxas info    : Function properties for __internal_trig_reduction_slowpathd
            0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
        """)


def verdict(text, dynamic=(), architecture=80):
    kernel, = kernel_resources.read_report(text)
    return judge(kernel, architecture, list(dynamic))[0]


class Reports(unittest.TestCase):
    def test_are_read_kernel_by_kernel(self):
        text = report("first", used="used 1 barriers, 40 bytes cumulative stack size, 1024 bytes smem") + report("second")
        self.assertEqual(kernel_resources.read_report(text),
                         [Kernel("first", 62, 40, 0, 1024), Kernel("second", 62, 0, 0, 0)])

    def test_names_are_demangled(self):
        text = report()
        kernel, = kernel_resources.read_report(text, kernel_resources.demangler(text))
        self.assertEqual(kernel.name, "ae::fused_first_kernel<ae::FusedNet<784, 56>, true>(int)")

    def test_in_other_words_are_errors(self):
        with self.assertRaisesRegex(ValueError, "changed its words"):
            kernel_resources.read_report(report().replace("Used", "Needed"))
        with self.assertRaisesRegex(ValueError, "changed its words"):
            kernel_resources.read_report(report().replace("stack frame", "of stack"))

    def test_without_kernels_are_wrong(self):
        self.assertEqual(kernel_resources.check({80: []}, [])[1], 1)


class Verdicts(unittest.TestCase):
    def test_nothing_is_wrong(self):
        self.assertEqual(verdict(report()), "")

    def test_spills(self):
        self.assertIn("spills 24 bytes", verdict(report(stores=8, loads=16)))

    def test_local_memory(self):
        self.assertIn("uses 8 bytes of local memory", verdict(report(stack=8)))
        self.assertIn("uses 8 bytes of local memory", verdict(report(used="used 1 barriers, 8 bytes cumulative stack size")))

    def test_stack_that_is_meant(self):
        self.assertEqual(judge(Kernel("ae::tick_kernel(ae::Clock*)", 1, 40, 0, 0), 75, [])[0], "")
        self.assertIn("40 are meant", judge(Kernel("ae::tick_kernel(ae::Clock*)", 1, 48, 0, 0), 75, [])[0])
        self.assertNotEqual(judge(Kernel("ae::tick_kernel_of_others()", 1, 40, 0, 0), 75, [])[0], "")

    def test_shared_memory_by_architecture(self):
        for architecture, kib in ((75, 64), (80, 163), (86, 99), (90, 227), (100, 227), (120, 99)):
            full = [Dynamic("first", (kib << 10) - 1024, 75, 999)]
            self.assertEqual(judge(Kernel("first", 1, 0, 0, 1024), architecture, full)[0], "", architecture)
            self.assertIn("shared memory", judge(Kernel("first", 1, 0, 0, 1025), architecture, full)[0], architecture)

    def test_kernels_that_an_architecture_does_not_run(self):
        large = [Dynamic("first", 1 << 20, 90, 999)]
        self.assertIsNone(judge(Kernel("first", 1, 0, 8, 0), 80, large)[0])
        self.assertIn("shared memory", judge(Kernel("first", 1, 0, 0, 0), 90, large)[0])

    def test_kernels_are_known_by_name_and_network(self):
        small = Dynamic("ae::k<ae::Net<4, 2>", 1, 75, 999)
        self.assertTrue(small.is_of("ae::k<ae::Net<4, 2> >(int)") and small.is_of("ae::k<ae::Net<4, 2>, true>(int)"))
        self.assertFalse(small.is_of("ae::k<ae::Net<4, 20> >(int)") or small.is_of("ae::kk<ae::Net<4, 2> >(int)"))

    def test_names_that_nobody_has(self):
        kernel = Kernel("renamed()", 1, 0, 0, 0)
        table, wrong = kernel_resources.check({80: [kernel]}, [Dynamic("first", 1, 75, 999)])
        self.assertEqual(wrong, 1)
        self.assertIn("no kernel is called first", table)


class Program(unittest.TestCase):
    """With a compiler that only reports."""

    def run_on(self, text, shared="first\t0\t75\t999"):
        with tempfile.TemporaryDirectory() as folder:
            nvcc, sizes = pathlib.Path(folder, "nvcc"), pathlib.Path(folder, "sizes")
            nvcc.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{text}\nEND\n")
            sizes.write_text(f"#!/bin/sh\ncat <<'END'\n{shared}\nEND\n")
            nvcc.chmod(0o700), sizes.chmod(0o700)
            return subprocess.run([sys.executable, kernel_resources.__file__, "--nvcc", nvcc, "--shared", sizes,
                                   "--architectures", "80-real;90", "x.cu"], capture_output=True, text=True)

    def test_prints_a_table(self):
        done = self.run_on(report("first"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line.split() for line in done.stdout.splitlines()],
                         [["regs", "spills", "stack", "static", "dynamic", "kernel"],
                          ["sm_80", "62", "0", "0", "0", "0", "first"], ["sm_90", "62", "0", "0", "0", "0", "first"]])

    def test_fails_where_something_is_wrong(self):
        done = self.run_on(report("first"), f"first\t{200 << 10}\t75\t999")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, "sm_80 .*<== shared memory exceeds")
        self.assertRegex(done.stdout, "sm_90 .* first\n")
        self.assertIn("1 wrong", done.stderr)


if __name__ == "__main__":
    unittest.main()
