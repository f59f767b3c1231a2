"""tools/quickstart.sh after its build, which a made-up setup.sh leaves out: what it trains on, and that what it suggests
works as it is printed. AE_PROGRAM names an ae_cuda. Needs bash."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("AE_PROGRAM")
SKIPPED = 77

SETUP = '''
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
caller=$PWD
build_packages=()
install_missing() { :; }
configure() { :; }
build() { :; }
say_gpu_engines() { :; }
'''

# Suggestions are run as they are printed, but for a shorter time.
SHORTER = [("--epochs 20", "--epochs 1 --batch-size 1000"), (" bench", " bench --engines cpu --seconds 0.01 --repeats 1")]
SMALL = ["--layers", "4", "--epochs", "1", "--batch-size", "1000", "--engine", "cpu"]


class Quickstart(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.clone = pathlib.Path(folder.name, "a clone")
        (self.clone / "tools").mkdir(parents=True)
        (self.clone / "build/release").mkdir(parents=True)
        shutil.copy(ROOT / "tools/quickstart.sh", self.clone / "tools")
        (self.clone / "tools/setup.sh").write_text(SETUP)
        (self.clone / "build/release/ae_cuda").symlink_to(PROGRAM)
        # There is no MNIST anywhere, and no network.
        self.environment = {**os.environ, "AE_DATA_DIR": str(self.clone / "nothing"), "AE_MIRROR": "http://127.0.0.1:9/",
                            "HOME": str(self.clone), "XDG_CACHE_HOME": str(self.clone), "AE_CACHE_DIR": str(self.clone)}

    def shell(self, command):
        return subprocess.run(["bash", "-c", command], cwd=self.clone, env=self.environment, capture_output=True, text=True)

    def quickstart(self, *options):
        return self.shell("tools/quickstart.sh " + " ".join([*SMALL, *options]))

    def suggestions(self, output):
        lines = re.findall(r"^  (\S*ae_cuda .*)$", output, re.MULTILINE)
        self.assertEqual(len(lines), 5, output)
        return lines

    def run_suggestions(self, output):
        for line in self.suggestions(output):
            self.assertIn("    # ", line)
            for text, shorter in SHORTER:
                line = line.replace(text, shorter)
            ended = self.shell(line)
            self.assertEqual(ended.returncode, 0, f"{line}\n{ended.stderr}")

    @unittest.skipIf(pathlib.Path("/usr/share/datasets/mnist").exists(), "MNIST is here")
    def test_without_mnist_it_trains_on_synthetic_digits_and_so_do_its_suggestions(self):
        ended = self.quickstart()
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("trains on synthetic digits", ended.stdout)
        self.run_suggestions(ended.stdout)

    def test_suggestions_use_the_data_that_were_named(self):
        (self.clone / "own table.csv").write_text("a,b,c\n" + "".join(f"{i},{i % 7},{i * i % 11}\n" for i in range(2100)))
        ended = self.quickstart("--data", "'own table.csv'", "--out", "'my run'")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertNotIn("synthetic digits", ended.stdout)
        lines = self.suggestions(ended.stdout)
        self.assertIn("my\\ run", lines[0])
        self.run_suggestions(ended.stdout)

    def test_it_fails_as_training_fails(self):
        ended = self.quickstart("--data", "missing.csv")
        self.assertEqual(ended.returncode, 3, ended.stdout)
        self.assertNotIn("What to try next", ended.stdout)


if __name__ == "__main__":
    sys.exit(SKIPPED) if not PROGRAM or not shutil.which("bash") else unittest.main()
