"""tools/bench/counts.py on made-up counts, and what is recorded. Needs nothing but Python."""
import json
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/bench"))

import counts


def step(**changes):
    kernel = {"kernel": "k<Net>", "threads": 512, "shared_bytes": 82432, "launches": 1, "blocks": 160,
              "warp_instructions": 1000, "longest_warp": 100, "shared_wavefronts": 300, "least_shared_wavefronts": 200,
              "sectors": 50, "least_sectors": 50} | changes
    return {"engine": "fused", "architecture": 80, "kernels": [kernel]}


class Occupancy(unittest.TestCase):
    def blocks(self, gpu, **kernel):
        return counts.blocks_per_processor(counts.GPUS[gpu], {"registers": 64, "threads": 512, "shared_bytes": 0} | kernel)

    def test_is_bounded_by_threads_registers_shared_memory_and_blocks(self):
        self.assertEqual(self.blocks(90, registers=32), 4)
        self.assertEqual(self.blocks(90, registers=64), 2)
        self.assertEqual(self.blocks(90, registers=65), 1)
        self.assertEqual(self.blocks(80, registers=32, shared_bytes=89088), 1)
        self.assertEqual(self.blocks(90, registers=32, shared_bytes=82432), 2)
        self.assertEqual(self.blocks(75, registers=32, shared_bytes=65536), 1)
        self.assertEqual(self.blocks(80, registers=16, threads=32), 32)
        self.assertEqual(self.blocks(80, shared_bytes=200 << 10), 0)

    def test_gives_waves(self):
        made = step()
        counts.add_resources(made, {"k<Net>": 56})
        self.assertEqual(made["kernels"][0]["blocks_per_processor"], 2)
        self.assertEqual(made["kernels"][0]["waves"], 0.74)
        self.assertIn("0.74", counts.table(made))

    def test_is_left_out_where_no_report_names_the_kernel(self):
        made = step()
        counts.add_resources(made, {})
        self.assertNotIn("waves", made["kernels"][0])


class Tables(unittest.TestCase):
    def test_show_ratios_and_the_sum(self):
        text = counts.table(step())
        self.assertRegex(text, r"k<Net> +160 +1,000 +100 +1\.50 +1\.00")
        self.assertRegex(text, r"the step +1,000")

    def test_show_a_models_step_where_there_are_several(self):
        several = step() | {"engine": "cublas*4"}
        self.assertRegex(counts.table(several), r"a model's step +250")
        self.assertNotIn("a model's step", counts.table(step()))
        self.assertEqual(counts.per_model(several), (0.25, 250, 400))

    def test_names_are_plain(self):
        self.assertEqual(counts.plain_name("void ae::k<ae::Net, (bool)1>(ae::Arguments, int)"), "k<Net, (bool)1>")


class Growth(unittest.TestCase):
    def test_of_two_percent_is_allowed(self):
        self.assertEqual(counts.grown([step()], [step(warp_instructions=1020)], 2), [])
        self.assertEqual(counts.grown([step()], [step(warp_instructions=10, sectors=1)], 2), [])

    def test_of_more_is_named(self):
        line, = counts.grown([step()], [step(warp_instructions=1021)], 2)
        self.assertIn("compute_80, k<Net>: warp instructions 1,000 before, 1,021 now, +2.1%", line)
        self.assertEqual(len(counts.grown([step()], [step(sectors=60, longest_warp=103)], 2)), 2)

    def test_of_new_kernels_and_of_what_is_no_number_is_named(self):
        self.assertIn("no earlier count", counts.grown([step()], [step(kernel="new")], 2)[0])
        self.assertEqual(len(counts.grown([step()], [step(sectors=float("nan"))], 2)), 1)


class Record(unittest.TestCase):
    def test_is_what_explain_reads(self):
        recorded = json.loads((ROOT / "tools/results/counts.json").read_text())
        self.assertEqual((ROOT / counts.HEADER).read_text(), counts.header(recorded["nvcc"], recorded["steps"]))

    def test_is_what_the_ladder_says(self):
        recorded = json.loads((ROOT / "tools/results/counts.json").read_text())
        ladder = (ROOT / "kernels/README.md").read_text()
        for step in recorded["steps"]:
            if step["architecture"] == 80 and "*" not in step["engine"]:
                instructions = sum(k["warp_instructions"] for k in step["kernels"]) / 1e6
                megabytes = 32 * sum(k["sectors"] for k in step["kernels"]) / 1e6
                self.assertRegex(ladder, rf"`{step['engine']}` .*\| {instructions:.2f} M .*\| {megabytes:.1f} MB "
                                 if step["engine"] != "cublas" else rf"\| {instructions:.2f} M .*\| {megabytes:.1f} MB ")

    def test_is_what_the_table_of_models_says(self):
        recorded = json.loads((ROOT / "tools/results/counts.json").read_text())
        table = (ROOT / "kernels/README.md").read_text()
        groups = [step for step in recorded["steps"] if "*" in step["engine"]]
        self.assertEqual([counts.models(step) for step in groups], [1, 4, 16])
        for step in groups:
            launches, instructions, moved = counts.per_model(step)
            launches += 11 / counts.models(step)  # products
            self.assertRegex(table, rf"(?m)^\| {counts.models(step)} \| {launches:.2f} \| {instructions / 1e6:.2f} M "
                                    rf".*\| {moved / 1e6:.1f} MB ")

    def test_names_the_kernels_as_the_engine_does(self):
        costs = (ROOT / "kernels/fused/costs.h").read_text()
        for name in counts.FUSED_KERNELS.values():
            self.assertIn(f'kernel("{name}"', costs)

    def test_has_each_engine_and_each_cut(self):
        recorded = json.loads((ROOT / "tools/results/counts.json").read_text())
        self.assertEqual([f"{s['engine']}:{s['architecture']}" for s in recorded["steps"]],
                         ["fused:75", "fused:80", "fused:90", "cublas:80", "cublaslt:80", "cublas*1:80", "cublas*4:80",
                          "cublas*16:80"])


if __name__ == "__main__":
    unittest.main()
