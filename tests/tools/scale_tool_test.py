"""tools/bench/scale on made-up programs. Needs nothing but Python and a shell."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "tools/bench"
sys.path.insert(0, str(BENCH))

import scale_summary

# Images/s: 1000 alone, 1500 on two ranks, 900 of each of two that are not joined; half of that with --shards.
OURS = '''
import os, pathlib, sys
if "--version" in sys.argv:
    sys.exit(print("ae_cuda 0 (made up)"))
words = [word for word in sys.argv[2:] if word != "--quiet"]
asked = dict(zip(words[::2], words[1::2]))
out = pathlib.Path(asked["--out"])
out.mkdir(parents=True)
ranks = int(os.environ.get("MADE_UP_RANKS", "1"))
if sys.argv[1] == "sweep":
    rows = ["val_loss"] + [str(0.1 + 0.01 * i) for i in range(int(asked["--seeds"]))]
    sys.exit((out / "sweep.csv").write_text("\\n".join(rows) + "\\n") * 0)
speed = 1500 if ranks > 1 else 900 if asked["--batch-size"] == "128" else 1000
speed /= 2 if int(asked["--shards"]) > 0 else 1
rows = ["epoch,val_loss,images_per_s"] + [f"{e},0.1,{speed if e > 1 else 1}" for e in range(1, 1 + int(asked["--epochs"]))]
(out / "metrics.csv").write_text("\\n".join(rows) + "\\n")
'''
MPIRUN = '''#!/bin/sh
while [ "$1" != -n ]; do shift; done
export MADE_UP_RANKS=$2; shift 2; exec "$@"
'''
DDP = "import json; print('words'); print(json.dumps({'images_per_s': [700, 800], 'val_loss': 0.1}))"
MANY = "import json; print(json.dumps({'val_losses': [0.1, 0.2]}))"


class Scale(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write("ae_cuda", f"#!{sys.executable}{OURS}", 0o755)
        self.write("mpirun", MPIRUN, 0o755)
        for name, text in (("torch_ddp.py", DDP), ("torch_joblib.py", MANY), ("jax_vmap.py", "raise SystemExit('no jax')")):
            self.write(name, text)

    def write(self, name, text, mode=0o644):
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(mode)

    def scale(self, *more, path=None):
        command = [sys.executable, BENCH / "scale", "--program", self.folder / "ae_cuda", "--python", sys.executable]
        command += ["--peers-folder", self.folder, "--rounds", "2", "--models", "3", "--json", self.folder / "out.json", *more]
        path = path or f"{self.folder}:{os.environ['PATH']}"
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=os.environ | {"PATH": path})

    def results(self, *more):
        done = self.scale(*more)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.text = done.stdout
        self.document = json.loads((self.folder / "out.json").read_text())
        return {entry["name"]: entry for part in ("trainings", "sweeps") for entry in self.document.get(part, [])}

    def test_steps_efficiency_and_exposed_communication(self):
        got = self.results("--only", "ranks")
        two = got["ae_cuda, 2 ranks, batch 256"]
        self.assertEqual((two["runs"], two["val_loss"]), (2, 0.1))
        self.assertAlmostEqual(two["us_per_step"]["median"], 256 / 1500 * 1e6)
        self.assertAlmostEqual(two["efficiency"]["median"], 0.75)
        self.assertAlmostEqual(two["exposed_us"]["median"], 256 / 1500 * 1e6 - 128 / 900 * 1e6)
        weak = got["ae_cuda, 2 ranks, batch 512"]
        self.assertAlmostEqual(weak["exposed_us"]["median"], 512 / 1500 * 1e6 - 256 / 1000 * 1e6)
        sharded = got["ae_cuda, 2 ranks, batch 256, --shards 8"]
        self.assertAlmostEqual(sharded["efficiency"]["median"], 0.75)  # beside one process with the same shards
        self.assertAlmostEqual(sharded["images_per_s"]["median"], 750)
        self.assertNotIn("efficiency", got["2 processes not joined, batch 128"])
        self.assertNotIn("exposed_us", got["PyTorch DDP over gloo, 2 ranks, batch 256"])
        self.assertAlmostEqual(got["PyTorch DDP over gloo, 2 ranks, batch 256"]["efficiency"]["median"], 0.5)
        self.assertIn("| ae_cuda, 2 ranks, batch 256 | 170667 | 2 k | 28444 | 0.750 | 0.1000 |", self.text)

    def test_sweeps_and_a_peer_that_is_missing(self):
        got = self.results("--only", "sweeps")
        for name in ("ae_cuda sweep, 2 threads", "ae_cuda sweep, 2 ranks", "joblib over PyTorch"):
            self.assertEqual(got[name]["runs"], 2, name)
            self.assertGreater(got[name]["process_s"]["min"], 0)
        self.assertAlmostEqual(got["ae_cuda sweep, 2 ranks"]["val_loss"], 0.11)
        self.assertAlmostEqual(got["ae_cuda sweep, 2 ranks"]["val_loss_sd"], 0.01)
        self.assertEqual(got["shell loop of ae_cuda --threads 1, 2 at a time"]["runs"], 2)
        self.assertIn("no jax", got["JAX vmap over seeds"]["why"])
        self.assertIn("| JAX vmap over seeds | not measured: exit 1: no jax |", self.text)

    def test_a_program_that_fails_is_a_failure(self):
        self.write("ae_cuda", f"#!{sys.executable}{OURS.replace('if sys.argv[1]', 'sys.exit(3) #')}", 0o755)
        self.assertEqual(self.scale("--only", "sweeps", "--no-peers").returncode, 1)

    def test_names_no_folder_of_the_machine_and_notes_other_work(self):
        self.results("--only", "ranks", "--no-peers")
        self.assertNotIn(str(self.folder), (self.folder / "out.json").read_text())
        self.assertEqual(scale_summary.load_before(0.2), {"load_before": 0.2})
        self.assertIn("beside other work", scale_summary.load_before(3)["note"])
        self.assertEqual("note" in self.document, self.document["load_before"] > scale_summary.BUSY)

    def test_puts_the_tables_into_a_page(self):
        page = self.folder / "page.md"
        page.write_text("above\n<!-- scale: out.json -->\nold\n<!-- end of scale -->\nbelow\n")
        self.results("--only", "sweeps", "--no-peers", "--into", page)
        lines = page.read_text().splitlines()
        self.assertEqual([lines[0], lines[-1]], ["above", "below"])
        self.assertTrue(lines[2].startswith("| many models | seconds |"), lines)
        page.write_text("no marks")
        self.assertEqual(self.scale("--only", "sweeps", "--no-peers", "--into", page).returncode, 1)

    def test_says_so_where_there_is_no_mpirun(self):
        done = self.scale(path=str(self.folder / "nothing"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("no mpirun here", done.stderr)


class Tables(unittest.TestCase):
    def test_readme_shows_what_was_recorded(self):
        readme = (ROOT / "tools/README.md").read_text()
        name = "scale-amd-epyc-2cpu-avx2.json"
        shown = readme.partition(f"<!-- scale: {name} -->\n")[2].partition("\n<!-- end of scale -->")[0]
        path = ROOT / "tools/results" / name
        if not path.exists():
            self.assertIn("not measured yet", shown)
            return
        self.assertEqual(shown, scale_summary.markdown(json.loads(path.read_text())))


if __name__ == "__main__":
    unittest.main()
