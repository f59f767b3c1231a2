"""tools/bench/gpu on made-up programs that pass, fail, skip and hang. Needs no GPU, only bash and Python."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SYSTEM = "/usr/bin:/bin"
GREEN = "echo '[  PASSED  ] 3 tests.'"
SKIPPED = "printf 'a_test.cpp:1: Skipped\\n%s\\n[  PASSED  ] 0 tests.\\n[  SKIPPED ] 1 test.\\n'"
# Deaf to SIGTERM, and so is the child that it leaves.
HANGING = 'trap "" TERM; sleep 300 & echo $! >>"$FAKES/pids"; echo begun; wait; sleep 300'
PROGRAMS = {
    "nvidia-smi": "echo 'NVIDIA Made Up'",
    "bin/ae_cuda": """
        case $1 in
          --version) echo 'ae_cuda 0 (made up)' ;;
          bench) echo '{"engines": ["cublas"]}' ;;
          train)
            while (($#)); do
              case $1 in --engine) engine=$2 ;; --out) out=$2 ;; esac
              shift
            done
            mkdir "$out" && printf 'epoch,loss,val_loss\\n10,0.08,%s\\n' "${LOSS:-0.0827}" >"$out/metrics.csv"
            echo "{\\"engine\\":\\"$engine\\"}" >"$out/metrics.jsonl" ;;
        esac""",
    "bin/latency_bench": "echo 'graph edge 1.0 us'",
    # A suite passes unless suites/NAME says otherwise.
    "bin/tests/kernels_tests": """
        [[ $* != *--gtest_list_tests* ]] || { printf 'Wide/Bias.\\n  One/0  # of 3\\nSmall/FusedEngine.\\n  One\\nTick.\\n  One\\n'; exit; }
        suite=${2#--gtest_filter=} suite=${suite%.*}
        [[ ! -x $FAKES/suites/${suite//\\//_} ]] || exec "$FAKES/suites/${suite//\\//_}"
        """ + GREEN,
    "ncu": 'for i in 1 2 3; do echo "\\"$i\\",\\"smsp__inst_executed.sum\\",\\"inst\\",\\"10,300,000\\""; done',
    "compute-sanitizer": 'echo "$2 of $8"',
    # Holds what hold_gpu.py would hold; of all other scripts it only says how they were called.
    "python": '[[ $1 == *hold_gpu.py ]] || { echo "$*"; exit 1; }; echo $$ >>"$FAKES/pids"; exec sleep 300',
}


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Script(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.root, self.out = self.folder / "root", self.folder / "out"
        shutil.copytree(ROOT / "tools/bench", self.root / "tools/bench")
        self.results = self.root / "tools/results/nvidia-made-up"
        for name, text in PROGRAMS.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/bash\n" + text + "\n")
        path.chmod(0o755)

    def start(self, *options, **more):
        command = [self.root / "tools/bench/gpu", "--bin", self.folder / "bin", "--python", self.folder / "python", *options]
        environment = os.environ | {"PATH": f"{self.folder}:{SYSTEM}", "OUT": str(self.out), "FAKES": str(self.folder)}
        environment |= {"CUDA_HOME": str(self.folder / "cuda")} | more
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run_script(self, *options, status=0, **more):
        begin = time.monotonic()
        with self.start(*options, **more) as running:
            text, errors = running.communicate(timeout=100)
        self.seconds = time.monotonic() - begin
        self.assertEqual((running.returncode, errors), (status, ""), text)
        return self.kept()

    def kept(self):
        """The summary, by the names of parts, of the one archive; nothing that was started is left."""
        pids = (self.folder / "pids").read_text().split() if (self.folder / "pids").exists() else []
        self.assertEqual([pid for pid in pids if alive(pid)], [])
        self.assertEqual(os.listdir(self.out), ["result.tgz"])
        with tarfile.open(self.out / "result.tgz") as archive:
            self.names = sorted(archive.getnames())
            folder = self.names[0]
            self.assertEqual({name.split("/")[0] for name in self.names}, {folder})
            lines = archive.extractfile(f"{folder}/summary.txt").read().decode().splitlines()
        self.last = lines[-1]
        return dict(line.split(maxsplit=1) for line in lines[2:-1])

    def wait_for(self, path):
        for _ in range(300):
            if path.exists() and path.read_text():
                return
            time.sleep(0.1)
        self.fail(f"there is no {path.name}")


class Whole(Script):
    def test_runs_the_fused_engines_tests_first_and_no_sanitizer(self):
        parts = "facts,fused_tests,other_tests,ten_epochs,counters,latency,bench,auto,parity,startup,explain"
        got = self.run_script("--only", parts)
        self.assertEqual({words.split()[0] for words in got.values()}, {"done"}, got)
        self.assertIn("== Tick\n", (self.results / "fused_tests.log").read_text())
        self.assertNotIn("Wide/Bias", (self.results / "fused_tests.log").read_text())
        self.assertIn("== Wide/Bias\n", (self.results / "other_tests.log").read_text())
        self.assertIn("10.30 M warp instructions a step", (self.results / "counters.log").read_text())
        self.assertIn("nvidia-made-up/ten_epochs_fused.csv", self.names)
        self.assertEqual(len((self.folder / "pids").read_text().split()), 1, "a context was to be held, once")

    def test_by_default_the_comparisons_come_last_and_no_sanitizer(self):
        names = list(self.run_script("--limit", "300", status=1))
        self.assertEqual(names[:4], ["facts", "fused_tests", "other_tests", "ten_epochs"])
        self.assertEqual(names[-3:], ["precision", "compare_fp32", "compare_tf32"])
        self.assertFalse([name for name in names if name.endswith("check")])
        self.assertLess(self.seconds_of("compare_fp32"), 200)
        self.assertGreater(self.seconds_of("compare_tf32"), 200)

    def test_a_comparison_alone_has_all_of_the_time(self):
        self.run_script("--limit", "90", "--only", "compare_fp32", status=1)
        self.assertGreater(self.seconds_of("compare_fp32"), 70)

    def seconds_of(self, name):
        return int(re.search(r"--seconds (\d+)", (self.results / f"{name}.log").read_text())[1])

    def test_sanitizers_are_asked_for_and_begin_with_fused(self):
        got = self.run_script("--only", "sanitizers")
        self.assertEqual(list(got)[:4], ["fused_memcheck", "fused_racecheck", "fused_initcheck", "cublas_memcheck"])
        self.assertEqual(len(got), 9)
        self.assertEqual((self.results / "cublas_racecheck.log").read_text(), "racecheck of cublas\n")

    def test_refuses_parts_and_limits_that_there_are_not(self):
        for options in (["--only", "facts,nothing"], ["--limit", "ten"], ["--help"]):
            with self.start(*options) as running:
                errors = running.communicate()[1]
            self.assertEqual(running.returncode, 2)
            self.assertTrue(errors)
        self.assertFalse(self.out.exists())


class Failing(Script):
    def test_a_red_test_is_named_and_the_others_go_on(self):
        self.write("suites/Tick", "echo '[  FAILED  ] Tick'; exit 1")
        got = self.run_script("--only", "fused_tests,other_tests", status=1)
        self.assertIn("red: Tick", got["fused_tests"])
        self.assertIn("== Small/FusedEngine", (self.results / "fused_tests.log").read_text())
        self.assertIn("done", got["other_tests"])

    def test_where_there_is_a_gpu_skipped_is_not_passed(self):
        self.write("suites/Wide_Bias", SKIPPED + " 'no GPU was found'")
        self.assertIn("red: Wide/Bias", self.run_script("--only", "other_tests", status=1)["other_tests"])

    def test_without_a_gpu_only_that_excuses_a_skip(self):
        self.write("nvidia-smi", "exit 9")
        self.write("suites/Wide_Bias", SKIPPED + " 'no GPU was found'")
        self.assertIn("left out: no GPU", self.run_script("--only", "other_tests")["other_tests"])
        self.write("suites/Wide_Bias", SKIPPED + " 'MNIST is not here'")
        self.assertIn("red: Wide/Bias", self.run_script("--only", "other_tests", status=1)["other_tests"])

    def test_a_network_that_did_not_learn_is_a_failure(self):
        for loss in ("0.6931", "nan"):
            got = self.run_script("--only", "ten_epochs", status=1, LOSS=loss)
            self.assertIn("too far from the CPU: fused cublas cublaslt", got["ten_epochs"])

    def test_what_was_measured_before_an_error_is_kept(self):
        self.write("bin/latency_bench", "echo 'graph edge 1.0 us'; echo 'latency_bench: no cluster' >&2; exit 5")
        got = self.run_script("--only", "latency", status=1)
        self.assertIn("exit 5", got["latency"])
        self.assertEqual((self.results / "latency.txt").read_text(), "graph edge 1.0 us\n")

    @unittest.skipIf(shutil.which("ncu", path=SYSTEM), "there is an ncu in the system's folders")
    def test_a_tool_that_is_missing_is_no_failure(self):
        (self.folder / "ncu").unlink()
        self.assertEqual(self.run_script("--only", "counters")["counters"], "left out: there is no ncu")


class Hanging(Script):
    def test_all_of_it_ends_in_time(self):
        self.write("bin/latency_bench", HANGING)
        got = self.run_script("--limit", "13", "--only", "facts,latency,bench", status=1)
        self.assertLess(self.seconds, 13)
        self.assertIn("done", got["facts"])
        self.assertTrue("killed after" in got["latency"] or "ran past its limit" in got["latency"], got)
        self.assertIn("not begun", got["bench"])
        self.assertIn("in all", self.last)
        self.assertIn("nvidia-made-up/latency.log", self.names)

    def test_sigterm_leaves_the_archive_with_a_line_for_every_part(self):
        self.write("bin/latency_bench", HANGING)
        with self.start("--only", "facts,latency,bench") as running:
            self.wait_for(self.results / "latency.txt")
            running.terminate()
            running.communicate(timeout=10)
        self.assertEqual(running.returncode, 143)
        got = self.kept()
        self.assertIn("done", got["facts"])
        self.assertIn("stopped by a signal", got["latency"])
        self.assertIn("not begun", got["bench"])
        self.assertIn("nvidia-made-up/latency.txt", self.names)

    def test_sigkill_leaves_the_archive_of_what_was_done(self):
        self.write("bin/latency_bench", "echo begun; sleep 8")
        with self.start("--limit", "20", "--only", "facts,latency") as running:
            self.wait_for(self.results / "latency.txt")
            running.send_signal(signal.SIGKILL)
            running.communicate(timeout=30)
        with tarfile.open(self.out / "result.tgz") as archive:
            self.assertIn(b"done", archive.extractfile("nvidia-made-up/summary.txt").read())


if __name__ == "__main__":
    unittest.main()
