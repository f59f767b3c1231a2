"""tools/peers/own_data.py: figures, splits, and that the documents show its commands and results. Without numpy,
scikit-learn and scikit-image the parts that need them are skipped; AE_PROGRAM names an ae_cuda, with which the examples
are run as the page prints them."""
import csv
import importlib.util
import json
import math
import os
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/peers"))

import own_data
import own_data_examples
import own_data_figures

PAGE = (ROOT / "host/use/README.md").read_text(encoding="utf-8")
RECORDED = json.loads((ROOT / "tools/results/own-data.json").read_text(encoding="utf-8"))


def needs(*packages):
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    return unittest.skipIf(missing, f"{' and '.join(missing)} cannot be imported by this Python")


needs_program = unittest.skipUnless("AE_PROGRAM" in os.environ, "AE_PROGRAM names no ae_cuda")


class Figures(unittest.TestCase):
    def test_auroc_counts_pairs_and_half_of_the_ties(self):
        self.assertEqual(own_data_figures.auroc([1, 2], [3, 4, 5]), 1)
        self.assertEqual(own_data_figures.auroc([3, 4], [1, 2]), 0)
        self.assertEqual(own_data_figures.auroc([1, 2, 2], [2]), (1 + 0.5 + 0.5) / 3)
        for wrong in ([], [math.nan]):
            self.assertRaises(ValueError, own_data_figures.auroc, wrong, [1.0])
            self.assertRaises(ValueError, own_data_figures.auroc, [1.0], wrong)

    def test_false_alarms_are_those_of_the_normal_rows_which_come_first(self):
        parts = type("Parts", (), {"normal": [0] * 4, "anomalous": [0] * 2})
        rows = [(0.1, "normal"), (0.2, "anomalous"), (0.3, "normal"), (0.1, "normal"), (9, "anomalous"), (8, "anomalous")]
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name, "scores.csv")
            path.write_text("name,score,verdict\n" + "".join(f"{i},{s},{v}\n" for i, (s, v) in enumerate(rows)))
            got = own_data_figures.read_verdicts(path, parts, 2.5)
            self.assertEqual(got, {"auroc": 1, "false_alarms": 0.25, "found": 1, "seconds": 2.5})
            parts.anomalous = [0] * 3
            with self.assertRaises(SystemExit) as refusal:
                own_data_figures.read_verdicts(path, parts, 2.5)
            self.assertIn("6 rows for 4 normal and 3 anomalous", refusal.exception.code)


class Documents(unittest.TestCase):
    def test_commands_are_printed_as_they_were_run(self):
        for example in own_data_examples.EXAMPLES:
            self.assertEqual(RECORDED["sets"][example.name]["commands"], example.commands("SEED"))
            if example.name != "digits":
                for command in example.commands():
                    self.assertIn(f"\n{command}\n", PAGE)

    def test_the_table_is_that_of_the_recorded_result(self):
        self.assertIn(own_data_figures.markdown_table(RECORDED), PAGE)

    def test_settings_are_those_with_the_lowest_error_on_normal_rows(self):
        for example in own_data_examples.EXAMPLES:
            errors = {options: error["mean"] for options, error in RECORDED["sets"][example.name]["validation_mse"].items()}
            self.assertEqual(tuple(errors), example.candidates)
            self.assertEqual(min(errors, key=errors.get), example.candidates[0])

    def test_recorded_means_are_those_of_the_recorded_seeds(self):
        for measured in RECORDED["sets"].values():
            for method in measured["methods"].values():
                for values in method.values():
                    self.assertEqual(len(values["seeds"]), len(own_data.SEEDS))
                    self.assertAlmostEqual(values["mean"], statistics.mean(values["seeds"]), delta=1e-12)
                    self.assertAlmostEqual(values["sd"], statistics.stdev(values["seeds"]), delta=1e-12)


@needs("numpy")
class Splits(unittest.TestCase):
    def test_no_normal_row_is_in_two_parts_and_the_seed_decides(self):
        import numpy as np
        import own_data_sets

        cut = lambda seed: own_data_sets.split(np.arange(10.0)[:, None], np.full((3, 1), -1.0), 0.7, seed)
        first = cut(1)
        self.assertEqual((len(first.train), len(first.normal), len(first.anomalous)), (7, 3, 3))
        self.assertEqual(sorted([*first.train[:, 0], *first.normal[:, 0]]), list(range(10)))
        np.testing.assert_array_equal(first.train, cut(1).train)
        self.assertTrue(any((first.train != cut(seed).train).any() for seed in range(2, 6)))

    def test_tiles_cover_a_picture_once(self):
        import numpy as np
        import own_data_sets

        picture = np.arange(5 * 7 * 3).reshape(5, 7, 3)
        cut = own_data_sets.tiles(picture, 2)
        self.assertEqual(cut.shape, (6, 2, 2, 3))
        np.testing.assert_array_equal(cut[4], picture[2:4, 2:4])
        self.assertEqual(len(np.unique(cut)), cut.size)


@needs("numpy", "sklearn")
class Table(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.example = own_data_examples.EXAMPLES[0]
        self.data = self.example.data_set

    def test_files_hold_every_row_once_and_the_training_only_benign_ones(self):
        self.data.write(self.data.split(0), self.folder)
        rows = {}
        for part in ("train", "test"):
            with (self.folder / f"{part}.csv").open(newline="") as file:
                rows[part] = list(csv.DictReader(file))
        self.assertEqual({row["diagnosis"] for row in rows["train"]}, {"benign"})
        self.assertEqual([len(rows[part]) for part in ("train", "test")], [250, 107 + 212])
        self.assertEqual([row["diagnosis"] for row in rows["test"]], ["benign"] * 107 + ["malignant"] * 212)
        self.assertEqual(len({tuple(row.values()) for part in rows.values() for row in part}), 569)

    @needs_program
    def test_the_example_finds_tumours_and_keeps_its_promise(self):
        got = own_data.ours(os.environ["AE_PROGRAM"], self.example, self.data.split(0), 0)["ae_cuda, mse"]
        self.assertGreater(got["auroc"], 0.9)
        self.assertGreater(got["found"], 0.4)
        self.assertLess(got["false_alarms"], 0.15)


def section(heading):
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def verdicts(text):
    """What every line of verdicts says: the rows, those of each verdict, the score and its threshold."""
    line = r"(\d+) (?:rows|images): (\d+) normal, (\d+) anomalous \(.*? %\)(?:, (\d+) too dark)?; (\w+) above ([\d.]+) is"
    return [([int(count or 0) for count in counts], score, float(threshold))
            for *counts, score, threshold in re.findall(line, text)]


@needs_program
@needs("numpy", "sklearn", "skimage", "PIL")
class Printed(unittest.TestCase):
    """Another processor may round otherwise, and then some rows that lie near a threshold change their verdict."""

    def run_as_printed(self, heading, example):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        own_data_examples.prepare(example, pathlib.Path(folder.name, "own"), 0)
        said = ""
        for command in re.findall("^ae_cuda (.*)$", section(heading), re.MULTILINE):
            done = subprocess.run([os.environ["AE_PROGRAM"], *shlex.split(command)], cwd=folder.name, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
            said += done.stdout
        self.assert_nearly_equal(verdicts(said), verdicts(section(heading)))
        return pathlib.Path(folder.name)

    def assert_nearly_equal(self, said, printed):
        self.assertEqual(len(said), len(printed))
        self.assertGreater(len(printed), 0)
        for (counts, score, threshold), (printed_counts, printed_score, printed_threshold) in zip(said, printed):
            self.assertEqual((counts[0], score), (printed_counts[0], printed_score))
            for count, expected in zip(counts, printed_counts):
                self.assertAlmostEqual(count, expected, delta=counts[0] / 100)
            self.assertAlmostEqual(threshold, printed_threshold, delta=0.02 * printed_threshold)

    def test_the_table_gives_the_printed_verdicts_and_columns(self):
        folder = self.run_as_printed("My own table", own_data_examples.EXAMPLES[0])
        with (folder / "tumours.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        printed = list(csv.DictReader(re.search("^name,.*?(?=^```)", section("My own table"), re.MULTILINE | re.DOTALL)[0].splitlines()))
        self.assertEqual(len(printed), 2)
        columns_at_fault = lambda row: re.findall("([a-z ]+)=", row["features"])
        for row in printed:
            ours = rows[int(row["name"])]
            self.assertEqual((ours["name"], ours["verdict"]), (row["name"], row["verdict"]))
            self.assertAlmostEqual(float(ours["score"]), float(row["score"]), delta=0.02 * float(row["score"]))
            self.assertEqual(columns_at_fault(ours), columns_at_fault(row))
            self.assertEqual(len(columns_at_fault(row)), 3)
        benign, printed_benign = sum(row["verdict"] == "anomalous" for row in rows[:107]), re.search(r"(\d+) of the \d+ are benign", PAGE)
        self.assertAlmostEqual(benign, int(printed_benign[1]), delta=2)

    def test_the_pictures_give_the_printed_verdicts_and_a_map(self):
        folder = self.run_as_printed("My own pictures", own_data_examples.EXAMPLES[1])
        self.assertGreater((folder / "maps.png").stat().st_size, 0)
        with (folder / "tissue.csv").open(newline="") as file:
            dark = [row["name"] for row in csv.DictReader(file) if row["verdict"] == "too dark"]
        coffee, every = (int(number) for number in re.search(r"(\d+) of the (\d+) that are too dark are coffee", PAGE).groups())
        self.assertAlmostEqual(len(dark), every, delta=2)
        cats = (300 // 16) * (451 // 16)  # squares of the cat's picture, which come first
        self.assertAlmostEqual(sum(name >= f"other/{cats:04}" for name in dark), coffee, delta=2)


if __name__ == "__main__":
    unittest.main()
