"""tools/bench: compare on made-up programs, table and plot on made-up results. Needs nothing but Python."""
import contextlib
import json
import math
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
import xml.dom.minidom

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "tools/bench"
sys.path.insert(0, str(BENCH))

import results
import summary

OURS = '''
import json, os, pathlib, sys
if "--version" in sys.argv:
    sys.exit(print("ae_cuda 0 (made up)"))
assert "OPENBLAS_CORETYPE" not in os.environ
asked = dict(zip(sys.argv[2::2], sys.argv[3::2]))
if asked["--engine"] == "broken":
    sys.exit("ae_cuda: no such engine")
out = pathlib.Path(asked["--out"])
out.mkdir()
start = {"event": "start", "engine": "cpu", "device": "made up", "engine_seconds": 0.5}
(out / "metrics.jsonl").write_text(json.dumps(start) + "\\n")
loss = 0.0946 + {"fp32": 0, "tf32": 1e-4, "bf16": -1e-3}[asked["--math"]]
rows = ["epoch,val_loss,seconds"] + [f"{e},{loss},{0.25 if e > 1 else 2}" for e in range(1, 1 + int(asked["--epochs"]))]
(out / "metrics.csv").write_text("\\n".join(rows) + "\\n")
'''
PEER = '''
import json
print("words before")
print(json.dumps({"peer": "A peer", "first_call_s": 3, "epoch_s": [0.5, 1.0, 0.75], "val_loss": %s, "device": "made up"}))
'''


def spread(value):
    return {"median": value, "min": value / 2, "max": value * 2}


def result(name, kind, seconds, **more):
    times = {time: spread(seconds) for time in summary.TIMES}
    return {"name": name, "kind": kind, "precision": "fp32", "runs": 7, "counted": 7, "why": "", "val_loss": 0.0946} | times | more


def document():
    return {
        "machine": {"cpu": "A <CPU>", "processors": 2, "gpu": None},
        "rounds": 7,
        "epochs": 4,
        "results": [
            result("slow", "peer", 1.5, times_ours=6.0, threads=2),
            {"name": "wrong", "kind": "peer", "precision": "fp32", "runs": 7, "counted": 0, "why": "val_loss 0.3"},
            result("ae_cuda cpu", "ours", 0.25, times_ours=1.0),
        ],
    }


class Summary(unittest.TestCase):
    def test_only_a_loss_near_the_reference_and_in_the_known_range_counts(self):
        accepted = summary.accepted_range(4)
        why = lambda loss, reference=0.0946: summary.why_not_counted(loss, reference, accepted)
        self.assertEqual(why(0.0946), "")
        self.assertEqual(why(0.0950), "")
        self.assertIn("1 %", why(0.0960))
        self.assertIn("is not in", why(0.3, 0.3))
        self.assertIn("is not in", why(math.nan))
        self.assertNotEqual(why(0.0946, math.nan), "")

    def test_wrong_runs_are_left_out_of_the_medians(self):
        run = lambda seconds, loss: {"first_call_s": 1, "epoch_s": [seconds], "process_s": 2, "val_loss": loss}
        entrant = type("Entrant", (), {"name": "x", "kind": "peer", "precision": "fp32"})
        check = lambda loss: "wrong" if loss > 1 else ""
        got = summary.summarise(entrant, [run(1, 0), run(0.001, 2), run(3, 0), run(8, 0)], "", check)
        self.assertEqual((got["runs"], got["counted"], got["why"]), (4, 3, "wrong"))
        self.assertEqual(got["epoch_s"], {"median": 3, "min": 1, "max": 8})


class Compare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write("ae_cuda", f"#!{sys.executable}{OURS}", 0o755)
        self.write("torch_eager.py", PEER % "0.0950")
        self.write("jax_scan.py", PEER % "0.2")
        self.write("jax_step.py", "raise SystemExit('ModuleNotFoundError: no jax')")

    def write(self, name, text, mode=0o644):
        (self.folder / name).write_text(textwrap.dedent(text))
        (self.folder / name).chmod(mode)

    def command(self, *more):
        command = [sys.executable, BENCH / "compare", "--program", self.folder / "ae_cuda", "--python", sys.executable]
        command += ["--peers-folder", self.folder, "--rounds", "3", "--epochs", "4", "--json", self.folder / "out.json", *more]
        return {"args": command, "env": os.environ | {"OPENBLAS_CORETYPE": "Haswell"}, "text": True}

    def compare(self, *more):
        return subprocess.run(**self.command(*more), capture_output=True)

    def results(self, *more):
        done = self.compare("--device", "cpu", "--peers", "torch-eager,jax-scan,jax-step", *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.text = done.stdout
        self.document = json.loads((self.folder / "out.json").read_text())
        return {r["name"]: r for r in self.document["results"]}

    def test_times_ours_and_theirs_and_says_what_does_not_count(self):
        got = self.results()
        ours, peer = got["ae_cuda cpu"], got["A peer"]
        self.assertEqual(ours["epoch_s"], {"median": 0.25, "min": 0.25, "max": 0.25})
        self.assertEqual(ours["first_call_s"]["median"], 2.5)
        self.assertEqual((ours["runs"], ours["times_ours"]), (3, 1))
        losses = sorted(r["val_loss"] for r in self.document["results"] if r["name"] == "A peer")
        self.assertEqual(losses, [0.0950, 0.2])
        self.assertIn("not counted: val_loss 0.20000", self.text)
        self.assertIn("no jax", got["jax-step"]["why"])
        self.assertEqual(got["jax-step"]["counted"], 0)
        counted = next(r for r in self.document["results"] if r["name"] == "A peer" and r["counted"])
        self.assertEqual((counted["epoch_s"]["median"], counted["times_ours"]), (0.75, 3.0))

    def test_results_name_no_folder_of_the_machine(self):
        self.results()
        self.assertNotIn(str(self.folder), (self.folder / "out.json").read_text())

    def test_an_engine_that_fails_is_no_result_and_says_why(self):
        got = self.results("--engines", "cpu,broken")
        self.assertIn("no such engine", got["ae_cuda broken"]["why"])
        self.assertEqual(self.compare("--device", "cpu", "--engines", "broken", "--peers", "torch-eager").returncode, 1)

    def test_ends_in_time_and_keeps_the_runs_that_were_whole(self):
        self.write("jax_scan.py", "import time\ntime.sleep(60)")
        begin = time.monotonic()
        got = self.results("--peers", "jax-scan,jax-step", "--seconds", "6")
        self.assertLess(time.monotonic() - begin, 12)
        self.assertEqual((self.document["rounds"], got["ae_cuda cpu"]["counted"]), (0, 1))
        self.assertEqual((got["jax-scan"]["runs"], got["jax-scan"]["why"]), (0, "out of time"))

    def test_does_not_begin_a_round_that_cannot_end_in_time(self):
        self.write("jax_scan.py", "import time\ntime.sleep(5)" + PEER % "0.0950")
        self.results("--peers", "jax-scan", "--seconds", "10")
        self.assertEqual((self.document["rounds"], [r["runs"] for r in self.document["results"]]), (1, [1, 1]))

    def test_has_written_what_it_measured_when_it_is_killed(self):
        self.write("jax_scan.py", "import time\ntime.sleep(60)")
        running = subprocess.Popen(**self.command("--device", "cpu", "--peers", "jax-scan"), stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        self.addCleanup(running.wait)
        self.addCleanup(os.killpg, running.pid, signal.SIGKILL)
        for _ in range(200):
            time.sleep(0.1)
            with contextlib.suppress(FileNotFoundError):
                if json.loads((self.folder / "out.json").read_text())["results"][0]["counted"]:
                    return
        self.fail("nothing was written while the comparison ran")

    def test_refuses_a_wrong_reference_and_unknown_peers(self):
        self.write("ae_cuda", f"#!{sys.executable}{OURS.replace('0.0946', '0.3')}", 0o755)
        done = self.compare("--device", "cpu", "--peers", "torch-eager")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the reference itself is wrong", done.stderr)
        self.assertEqual(self.compare("--peers", "tensorflow").returncode, 2)

    def test_says_so_where_there_is_no_gpu(self):
        os.environ["PATH"], path = str(self.folder), os.environ["PATH"]
        self.addCleanup(os.environ.__setitem__, "PATH", path)
        done = self.compare("--device", "gpu")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no GPU", done.stderr)


class Tables(unittest.TestCase):
    def test_markdown_has_the_fastest_first_and_what_did_not_count_last(self):
        lines = results.markdown_table(document()).splitlines()
        self.assertEqual(len(lines), 5)
        self.assertTrue(lines[2].startswith("| **ae_cuda cpu** | fp32 | 250 (125–500) | 240 k | 1.00 |"), lines[2])
        self.assertTrue(lines[3].startswith("| slow, 2 threads | fp32 | 1500 (750–3000) | 40 k | 6.00 |"), lines[3])
        self.assertIn("not counted: val_loss 0.3", lines[4])
        self.assertEqual({line.count("|") for line in lines}, {9})

    def test_table_is_put_between_its_marks(self):
        with tempfile.TemporaryDirectory() as name:
            source, readme = pathlib.Path(name, "a.json"), pathlib.Path(name, "README.md")
            source.write_text(json.dumps(document()))
            marks = "above\n<!-- comparison: a.json -->\n%s<!-- end of comparison -->\nbelow\n"
            command = [sys.executable, BENCH / "table", source, "--into", readme]
            for before in ("", "old\n"):
                readme.write_text(marks % before)
                subprocess.run(command, check=True)
                self.assertEqual(readme.read_text(), marks % (results.markdown_table(document()) + "\n"))
            readme.write_text("no marks")
            self.assertEqual(subprocess.run(command, capture_output=True).returncode, 1)

    def test_bars_are_as_long_as_the_times(self):
        with tempfile.TemporaryDirectory() as name:
            source = pathlib.Path(name, "a.json")
            source.write_text(json.dumps(document()))
            subprocess.run([sys.executable, BENCH / "plot", source], check=True)
            svg = xml.dom.minidom.parse(str(source.with_suffix(".svg")))
        widths = [float(bar.getAttribute("width")) for bar in svg.getElementsByTagName("rect")[1:]]
        self.assertEqual(len(widths), 2)
        self.assertAlmostEqual(widths[1] / widths[0], 6, delta=0.05)

    def test_curves_of_rounded_products_are_held_against_those_of_the_same_seed(self):
        with tempfile.TemporaryDirectory() as name:
            program, target = pathlib.Path(name, "ae_cuda"), pathlib.Path(name, "a.json")
            program.write_text(f"#!{sys.executable}\n{OURS}")
            program.chmod(0o755)
            environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
            command = [sys.executable, BENCH / "precision", program, "--epochs", "3", "--seeds", "2", "--json", target]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
            recorded = results.read(target)
            svg = xml.dom.minidom.parse(str(target.with_suffix(".svg")))
        self.assertEqual(recorded["curves"]["bf16"], [[0.0936] * 3] * 2)
        self.assertIn("tf32   0.09470   from fp32 of the same seed: +0.00010", done.stdout)
        self.assertIn("bf16   0.09360   from fp32 of the same seed: -0.00100", done.stdout)
        self.assertEqual(len(svg.getElementsByTagName("polyline")), 2 * 3 * 2)

    def test_readme_shows_what_was_recorded(self):
        readme = (ROOT / "tools/README.md").read_text()
        parts = readme.split("<!-- comparison: ")[1:]
        self.assertTrue(parts)
        for part in parts:
            name, _, shown = part.partition(" -->\n")
            recorded = results.read(next((ROOT / "tools/results").rglob(name)))
            self.assertEqual(shown.partition("\n<!-- end")[0], results.markdown_table(recorded))


if __name__ == "__main__":
    unittest.main()
