"""tools/bench/memory on a made-up program and made-up images. Needs Python and nothing else."""
import gzip
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGES, DIGITS, PIXELS = 25, 10, 28 * 28

PROGRAM = '''
import os, pathlib, sys, time
words = sys.argv[1:]
if "--version" in words:
    sys.exit(print("ae_cuda 0 (made up)"))
sys.stderr.write(f"terminal {sys.stderr.isatty()}")
if "-" in words:
    assert len(sys.stdin.buffer.read()) > 784
if "knn" in words:
    held = bytearray(b"x" * 90_000_000)
if words[:2] == ["eval", "own"] and os.environ.get("SLOW"):
    time.sleep(4.5)
if words[0] == "rd" and os.environ.get("BREAK"):
    sys.exit("ae_cuda: broken")
log = pathlib.Path(os.environ["LOG"])
log.write_text((log.read_text() if log.exists() else "") + " ".join(sorted(p.name for p in pathlib.Path().iterdir())) + "\\n")
if "-o" in words:
    pathlib.Path(words[words.index("-o") + 1]).write_text("x")
if words[0] == "train":
    array = pathlib.Path("many.npy").read_bytes()
    (log.parent / "array.npy").write_bytes(array)
    for file in pathlib.Path("labelled").iterdir():
        (log.parent / file.name).write_bytes(file.read_bytes())
'''


class Memory(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "data/mnist").mkdir(parents=True)
        (self.folder / "ae_cuda").write_text(f"#!{sys.executable}{PROGRAM}")
        (self.folder / "ae_cuda").chmod(0o755)
        self.pixels = bytes(i * 7 % 251 for i in range(DIGITS * PIXELS))
        self.write("images-idx3", struct.pack(">4I", 0x803, DIGITS, 28, 28) + self.pixels)
        self.write("labels-idx1", struct.pack(">2I", 0x801, DIGITS) + bytes(range(DIGITS)))

    def write(self, name, content):
        (self.folder / f"data/mnist/t10k-{name}-ubyte.gz").write_bytes(gzip.compress(content))

    def memory(self, *more, **environment):
        command = [sys.executable, ROOT / "tools/bench/memory", self.folder / "ae_cuda", "--images", str(IMAGES)]
        command += ["--json", self.folder / "out.json", *more]
        variables = os.environ | {"AE_DATA_DIR": str(self.folder / "data"), "LOG": str(self.folder / "log")} | environment
        return subprocess.run(command, capture_output=True, text=True, env=variables)

    def test_names_who_holds_too_much_and_who_is_silent(self):
        done = self.memory("--most", "80", "--silence", "4", SLOW="1")
        self.assertEqual(done.returncode, 1, done.stderr)
        said = done.stderr.splitlines()
        self.assertEqual(len(said), 2, said)
        self.assertRegex(said[0], "many.npy --score knn .*: 1[0-9][0-9] MB, 80 MB are allowed")
        self.assertRegex(said[1], "ae_cuda eval own: showed nothing for 4.[5-9] s")
        document = json.loads((self.folder / "out.json").read_text())
        self.assertEqual(document["images"], IMAGES)
        self.assertEqual({r["program"] for r in document["results"]}, {"ae_cuda 0 (made up)"})
        by_command = {r["command"]: r for r in document["results"]}
        self.assertLess(by_command["ae_cuda eval small --data many.npy"]["megabytes"], 60)
        self.assertGreater(by_command["ae_cuda eval own"]["seconds"], 4.5)
        self.assertEqual(len(done.stdout.splitlines()), len(by_command))

    def test_passes_where_all_keep_within_the_limits(self):
        done = self.memory("--only", "eval|decode", "--silence", "60")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("ae_cuda decode small codes.npy", done.stdout)
        self.assertNotIn("probe", done.stdout)

    def test_adds_to_what_a_file_holds(self):
        self.memory("--only", "^eval own", "--silence", "60")
        broken = self.memory("--only", "^(decode|rd)", "--silence", "60", BREAK="1")
        self.assertIn("broken", broken.stderr)
        document = json.loads((self.folder / "out.json").read_text())
        commands = [r["command"] for r in document["results"]]
        self.assertLess(commands.index("ae_cuda eval own"), commands.index("ae_cuda decode small codes.npy -o x.npy"))
        self.assertEqual(len(commands), len(set(commands)))

    def test_forgets_what_a_file_holds_of_another_machine_or_number_of_images(self):
        out = self.folder / "out.json"
        for other in ({"images": IMAGES + 1}, {"machine": {"cpu": "another"}}):
            self.memory("--only", "^eval own", "--silence", "60")
            out.write_text(json.dumps(json.loads(out.read_text()) | other))
            self.memory("--only", "^rd small", "--silence", "60")
            self.assertNotIn("ae_cuda eval own", {r["command"] for r in json.loads(out.read_text())["results"]})

    def test_makes_an_array_and_a_labelled_set_of_that_many_images(self):
        self.memory("--only", "eval own")
        array = (self.folder / "array.npy").read_bytes()
        many = (self.pixels * 3)[: IMAGES * PIXELS]
        self.assertTrue(array.startswith(b"\x93NUMPY\x01\0\x76\0{'descr': '|u1'"))
        self.assertIn(b"'shape': (25, 28, 28), }", array[:128])
        self.assertEqual((array[127:128], array[128:]), (b"\n", many))
        images = (self.folder / "train-images-idx3-ubyte").read_bytes()
        self.assertEqual((images[:16], images[16:]), (struct.pack(">4I", 0x803, IMAGES, 28, 28), many))
        self.assertEqual((self.folder / "train-labels-idx1-ubyte").read_bytes()[8:], (bytes(range(DIGITS)) * 3)[:IMAGES])

    def test_leaves_nothing_that_a_command_wrote(self):
        self.memory("--silence", "60")
        for files in (self.folder / "log").read_text().splitlines():
            self.assertFalse({"x.npy", "x.png", "x.csv", "x.aez", "x.safetensors"} & set(files.split()), files)

    def test_a_command_that_fails_ends_it_with_the_reason(self):
        done = self.memory("--only", "^rd small", BREAK="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("memory: rd small many.npy:", done.stderr)
        self.assertIn("ae_cuda: broken", done.stderr)


if __name__ == "__main__":
    unittest.main()
