"""tools/campaign: what it calls a failure, its helpers, and a whole campaign on made-up programs. Needs Python and g++."""
import json
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ROOT / "tools/campaign_parts"
sys.path.insert(0, str(PARTS))

from laboratory import compile_helpers
from program import Outcome
from results_of import Reference, essence, parts
from schedule import Part, Schedule
from trial import Trial

# Writes whatever is named as an output, atomically; reads run/model.safetensors where that is there.
MADE_UP = '''#!{python}
import os, pathlib, sys
words = sys.argv[1:]
if "--version" in words:
    sys.exit(print("ae_cuda 0 (made up)"))
model = pathlib.Path("run/model.safetensors")
if model.exists() and model.read_bytes() != b"whole":
    print("ae_cuda: damaged", file=sys.stderr)
    sys.exit({code})
files = [words[i + 1] for i, word in enumerate(words) if word in ("-o", "--error-maps")]
for i, word in enumerate(words):
    if word in ("--out", "--resume"):
        os.makedirs(words[i + 1], exist_ok=True)
        files += [words[i + 1] + name for name in ("/model.safetensors", "/checkpoint.safetensors", "/metrics.csv", "/metrics.jsonl", "/config.json")]
for file in files:
    pathlib.Path(file + ".new").write_bytes(b"whole")
    os.replace(file + ".new", file)
'''


def outcome(code, err=b"ae_cuda: why\n"):
    return Outcome(code, b"", err)


def campaign(code, *more):
    """Half a minute's worth of a campaign on a made-up program that ends with `code` where its model is damaged."""
    with tempfile.TemporaryDirectory() as name:
        program, result = pathlib.Path(name) / "ae_cuda", pathlib.Path(name) / "result.json"
        program.write_text(MADE_UP.format(python=sys.executable, code=code))
        program.chmod(0o755)
        command = [sys.executable, ROOT / "tools/campaign", "--program", program, "--json", result, "--seed", "1", *more]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=240)
        return ended, json.loads(result.read_text()) if result.exists() else None


class Judgement(unittest.TestCase):
    def test_documented_ends_are_allowed(self):
        for code in (0, 2, 3, 4, 5, 6, 7, 8, 130):
            self.assertEqual(outcome(code).complaints(), [])

    def test_a_defect_a_signal_and_a_hang_are_not(self):
        for bad in (outcome(1), outcome(99), outcome(-11), outcome(-6), Outcome(-9, b"", b"", hung=True)):
            self.assertEqual(len(bad.complaints()), 1, bad)

    def test_a_signal_that_was_sent_is_allowed(self):
        self.assertEqual(outcome(-9).complaints({9}), [])

    def test_an_error_needs_words_without_control_characters(self):
        self.assertEqual(len(outcome(3, b"").complaints()), 1)
        self.assertEqual(outcome(3, b"").complaints(may_be_silent=True), [])
        self.assertEqual(len(outcome(3, b"ae_cuda: \x1b[31m\n").complaints()), 1)

    def test_outputs_are_old_complete_or_absent(self):
        reference = Reference(None, {"a": b"new", "b": b"1"}, {"a": b"new", "b": b"2"})
        self.assertEqual(reference.complaints({"a": b"old"}, {"a": b"old", "b": b"3"}, succeeded=False), [])
        self.assertEqual(reference.complaints({}, {"a": b"new"}, succeeded=True), [])
        for before, after, succeeded in (({"a": b"old"}, {"a": b"ne"}, False), ({}, {"a": b"old"}, True), ({}, {}, True)):
            self.assertEqual(len(reference.complaints(before, after, succeeded)), 1)

    def test_the_essence_of_a_model_is_its_tensors(self):
        def file(header, data):
            text = json.dumps(header).encode()
            return len(text).to_bytes(8, "little") + text + data

        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "a.safetensors"
            found = []
            for facts, data in (("monday", b"1234"), ("tuesday", b"1234"), ("monday", b"1235")):
                path.write_bytes(file({"__metadata__": {"when": facts}, "w": {"data_offsets": [0, 4]}}, data))
                found.append(essence(path))
        self.assertEqual(found[0], found[1])
        self.assertNotEqual(found[0], found[2])

    def test_temporary_files_are_found(self):
        with tempfile.TemporaryDirectory() as name:
            (pathlib.Path(name) / "run").mkdir()
            (pathlib.Path(name) / "run/.model.safetensors.ae_cuda-part.0").touch()
            self.assertEqual(parts(pathlib.Path(name)), ["run/.model.safetensors.ae_cuda-part.0"])


class Schedules(unittest.TestCase):
    def run_parts(self, parts, seconds=0.5):
        seen = []
        Schedule(parts, time.monotonic() + seconds, lambda *failure: seen.append(failure)).run(2)
        return seen

    def test_a_failure_and_an_error_of_the_campaign_are_both_counted(self):
        part = Part("p", iter([Trial("good", list), Trial("bad", lambda: ["no"]), Trial("broken", lambda: 1 / 0)]))
        seen = self.run_parts([part])
        self.assertEqual((part.tried, len(part.failures), part.exhausted), (3, 2, True))
        self.assertEqual(sorted(what for _, what, _ in seen), ["bad", "broken"])

    def test_parts_share_the_time(self):
        def trials(seconds):
            while True:
                yield Trial("t", lambda: time.sleep(seconds))

        slow, quick = Part("slow", trials(0.1)), Part("quick", trials(0.001))
        self.run_parts([slow, quick], 1)
        self.assertGreater(quick.tried, 5 * slow.tried)
        self.assertGreater(slow.tried, 1)


@unittest.skipUnless(shutil.which("g++") and platform.machine() == "x86_64" and sys.platform == "linux", "needs g++ on x86-64")
class Helpers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        compile_helpers(cls.path)

    def with_fault(self, mode, call, n, act):
        """Python, which sets SIGXFSZ as ae_cuda does, in place of the program. Its exit code, and the calls it made."""
        report = self.path / "report"
        command = [self.path / "call_fault", mode, call, str(n), "5", report, sys.executable, "-I", "-c", "import os\n" + act]
        ended = subprocess.run(command, cwd=self.path, capture_output=True, text=True)
        if "ptrace" in ended.stderr:
            self.skipTest("processes may not be traced here")
        counts = dict(line.split() for line in report.read_text().splitlines())
        return ended, int(counts[call])

    THREE = """
made = []
for i in range(3):
    try: os.mkdir(f'{os.getpid()}-{i}'); made.append(i)
    except OSError as error: assert error.errno == 5
print(made)
"""

    def test_calls_are_counted(self):
        ended, calls = self.with_fault("count", "mkdir", 0, self.THREE)
        self.assertEqual((ended.stdout, calls), ("[0, 1, 2]\n", 3))

    def test_a_call_fails_once_or_from_then_on(self):
        self.assertEqual(self.with_fault("once", "mkdir", 2, self.THREE)[0].stdout, "[0, 2]\n")
        self.assertEqual(self.with_fault("always", "mkdir", 2, self.THREE)[0].stdout, "[0]\n")

    def test_a_kill_comes_before_the_call(self):
        ended, _ = self.with_fault("kill", "mkdir", 1, "os.mkdir('never')")
        self.assertEqual(ended.returncode, -9)
        self.assertFalse((self.path / "never").exists())

    def test_calls_of_threads_are_counted_and_exit_codes_kept(self):
        act = "import threading\nfor i in range(2):\n t = threading.Thread(target=os.mkdir, args=(f't{os.getpid()}{i}',)); t.start(); t.join()\nos._exit(7)"
        ended, calls = self.with_fault("count", "mkdir", 0, act)
        self.assertEqual((ended.returncode, calls), (7, 2), ended.stderr)

    def test_an_allocation_fails(self):
        source, program = self.path / "a.cpp", self.path / "a"
        source.write_text("#include <cstdlib>\n#include <cstdio>\n"
                          "int main() { for (int i = 0; i < 3; ++i) { void* volatile p = std::malloc(10); std::printf(p ? \"1\" : \"0\"); } }\n")
        subprocess.run(["g++", source, "-o", program], check=True)
        for mode, expected in (("once", "101"), ("always", "100")):
            environment = {"LD_PRELOAD": str(self.path / "allocation_fault.so"), "AE_FAIL_ALLOCATION_MODE": mode}
            found = [subprocess.run([program], env=environment | {"AE_FAIL_ALLOCATION": str(n)}, capture_output=True, text=True).stdout
                     for n in range(1, 6)]
            self.assertTrue(any(expected in text for text in found), found)

    def test_allocations_of_a_library_that_is_loaded_are_not_counted(self):
        library, program, report = self.path / "l.so", self.path / "l", self.path / "report"
        (self.path / "l.cpp").write_text("#include <cstdlib>\nstruct L { L() { for (int i = 0; i < 500; ++i) { void* volatile p = std::malloc(9); } } } l;\n")
        subprocess.run(["g++", "-w", "-shared", "-fPIC", self.path / "l.cpp", "-o", library], check=True)
        (self.path / "m.cpp").write_text(f'#include <dlfcn.h>\nint main() {{ return !dlopen("{library}", RTLD_NOW); }}\n')
        subprocess.run(["g++", self.path / "m.cpp", "-o", program, "-ldl"], check=True)
        environment = {"LD_PRELOAD": str(self.path / "allocation_fault.so"), "AE_COUNT_ALLOCATIONS": str(report)}
        self.assertEqual(subprocess.run([program], env=environment).returncode, 0)
        self.assertLess(int(report.read_text()), 500)

    def test_a_campaign_on_a_program_that_does_well(self):
        ended, result = campaign(4, "--minutes", "0.05", "--only", "damaged files")
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertEqual([part["part"] for part in result["parts"]], ["damaged files"])
        self.assertGreater(result["parts"][0]["tried"], 0)
        self.assertEqual((result["failures"], result["seed"]), ([], 1))

    def test_a_campaign_finds_a_defect(self):
        ended, result = campaign(1, "--minutes", "0.2", "--only", "damaged files")
        self.assertEqual(ended.returncode, 1, ended.stdout + ended.stderr)
        self.assertIn("FAILED damaged files: model, ", ended.stdout)
        self.assertGreater(result["parts"][0]["failed"], 0)


if __name__ == "__main__":
    unittest.main()
