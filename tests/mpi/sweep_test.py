"""The models of a sweep, shared out to several ranks, are those of one process: the same table, the same bytes."""
import csv
import json
import os
import shutil
import signal
import sys
import unittest

from program import PATIENT, PROGRAM, MpiTest, why_skipped

GRID = ("--lr", "1e-3,3e-3,1e-2", "--seeds", "2")
LONG = 400  # epochs that take long enough to be interrupted


class Sweep(MpiTest):
    def sweep(self, *words, out="out", epochs=4, data="data"):
        return [PROGRAM, "sweep", "--data", data, "--layers", "16-8-16", "--epochs", str(epochs), "--engine", "cpu",
                "--threads", "1", "--out", out, *words]

    def run_sweep(self, ranks, *words, **more):
        return self.ended_well(self.start_command(ranks, self.sweep(*words, **more)))

    def resume(self, ranks, folder):
        self.ended_well(self.start_command(ranks, [PROGRAM, "sweep", "--resume", folder]))

    def table(self, folder):
        with open(self.here / folder / "sweep.csv", encoding="utf-8") as file:
            return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]

    def kept(self, folder):
        return sorted(p.name for p in (self.here / folder / "models").iterdir())

    def assert_same_sweep(self, one, other, kept):
        self.assertEqual(self.table(one), self.table(other))
        self.assertEqual(len(self.kept(one)), kept)
        self.assertEqual(self.kept(one), self.kept(other))
        for model in self.kept(one):
            for file in ("model.safetensors", "checkpoint.safetensors"):
                self.assert_same_bytes(f"{one}/models/{model}", f"{other}/models/{model}", file)
        self.assertFalse((self.here / other / "checkpoints").exists())


class Results(Sweep):
    def test_any_number_of_ranks_has_one_table_and_one_set_of_bytes(self):
        words = (*GRID, "--halving", "2", "--keep", "2", "--val", "split:0.2")
        self.run_sweep(0, *words, out="alone")
        self.assertIn("dropped", {row["end"] for row in self.table("alone")})
        for ranks in (1, 2, 3):
            self.run_sweep(ranks, *words, out=f"of{ranks}")
            self.assert_same_sweep("alone", f"of{ranks}", kept=2)

    def test_an_ensemble_is_shared_out_as_well(self):
        self.train(0, "--models", "3", "--out", "alone")
        self.train(2, "--models", "3", "--out", "of2")
        self.assert_same_sweep("alone", "of2", kept=3)

    def test_rank_0_alone_speaks(self):
        alone = self.run_sweep(0, "--lr", "1e-3,1e38", "--seeds", "2", out="alone")  # a model that diverges is no failure
        together = self.run_sweep(3, "--lr", "1e-3,1e38", "--seeds", "2", out="of3")
        self.assert_same_sweep("alone", "of3", kept=1)
        self.assertEqual(alone.out, together.out)
        self.assertIn("ranks    3 on 1 machine by Open MPI", together.err)
        self.assertEqual(len(alone.err.splitlines()) + 1, len(together.err.splitlines()), together)
        self.assertEqual(sum(line.startswith("model ") for line in together.err.splitlines()), 4, together)
        self.assertEqual([row["end"] for row in self.table("of3")], ["done", "diverged"] * 2)
        self.assertEqual(sorted(p.name for p in (self.here / "of3").iterdir()),
                         sorted(p.name for p in (self.here / "alone").iterdir()))


class Interrupted(Sweep):
    """Stopped in any way, a sweep continues with another number of ranks and ends where one ends that was not stopped."""

    WORDS = (*GRID, "--keep", "2", "--batch-size", "10")

    def begin(self, ranks, epochs=LONG, options=()):
        """A sweep of which one model is done."""
        run = self.start_command(ranks, self.sweep(*self.WORDS, out="broken", epochs=epochs), options)
        run.wait_for(self.here / "broken/models")
        return run

    def assert_goes_on(self, ranks):
        self.assertLess(sum(row["end"] == "done" for row in self.table("broken")), 6)
        self.resume(ranks, "broken")
        self.run_sweep(2, *self.WORDS, out="unbroken", epochs=LONG)
        self.assert_same_sweep("unbroken", "broken", kept=2)

    def test_a_killed_rank_ends_the_others_and_the_sweep_goes_on(self):
        run = self.begin(2)
        os.kill(run.ranks()[1], signal.SIGKILL)
        answer = run.wait()
        self.assertEqual(answer.code, 137, answer)
        self.assert_goes_on(3)

    def test_a_signal_to_one_rank_stops_all(self):
        run = self.begin(3)
        os.kill(run.ranks()[2], signal.SIGTERM)
        answer = run.wait()
        self.assertEqual(answer.code, 143, answer)
        self.assertEqual(answer.err.count("Continue with: ae_cuda sweep --resume broken"), 1, answer)
        self.assertTrue(list((self.here / "broken/checkpoints").iterdir()))
        self.assert_goes_on(1)

    def test_a_signal_to_mpirun_leaves_a_sweep_to_resume(self):
        run = self.begin(2, 10 * LONG, PATIENT)  # mpirun takes its time
        run.process.send_signal(signal.SIGTERM)
        answer = run.wait()
        self.assertNotEqual(answer.code, 0)  # of what the ranks say after it mpirun may lose some
        self.assertTrue(list((self.here / "broken/checkpoints").iterdir()))


class Failures(Sweep):
    def assert_refused(self, answer, code, *texts):
        self.assertEqual(answer.code, code, answer)
        for text in texts:
            self.assertIn(text, answer.err)

    def test_a_disk_that_is_full_for_one_rank_and_what_the_others_have_trained(self):
        command = self.sweep(*GRID, "--keep", "all")
        full = ["sh", "-c", 'ulimit -f 1; exec "$0" "$@"']  # files of 512 bytes
        self.assert_refused(self.one_differs(command, [*full, *command]), 8, "ae_cuda: rank 1: out/models/")
        done = [m["model"] for m in json.loads((self.here / "out/sweep.json").read_text())["models"] if m["end"] == "done"]
        self.assertGreaterEqual(len(done), 1)
        self.resume(2, "out")
        self.run_sweep(0, *GRID, "--keep", "all", out="alone")
        self.assert_same_sweep("alone", "out", kept=6)

    def test_a_folder_that_rank_0_cannot_write(self):
        answer = self.start_command(2, self.sweep(*GRID, out="/proc/no/sweep")).wait()
        self.assert_refused(answer, 8, "ae_cuda: rank 0: /proc/no")

    def test_a_folder_that_one_rank_does_not_see(self):
        (self.here / "elsewhere").mkdir()
        shutil.copytree(self.here / "data", self.here / "elsewhere/data")
        there = ["sh", "-c", 'cd elsewhere; exec "$0" "$@"']
        answer = self.one_differs(self.sweep(*GRID), [*there, *self.sweep(*GRID)])
        self.assert_refused(answer, 8, "ae_cuda: rank 1: out: rank 0 has made this folder, and it is not here",
                            "a file system that all ranks see")

    def test_what_differs_between_ranks_is_named(self):
        answer = self.one_differs(self.sweep("--lr", "1e-3,1e-2"), self.sweep("--lr", "1e-3,2e-2"))
        self.assert_refused(answer, 2, "ae_cuda: rank 1: --lr: '0.001, 0.02' here, '0.001, 0.01' on rank 0")
        answer = self.one_differs(self.sweep("--lr", "1e-3,1e-2"), self.sweep("--code", "4,8", "--lr", "1e-3,1e-2"))
        self.assert_refused(answer, 2, "ae_cuda: rank 1: swept options: '--layers, --code, --lr' here, '--layers, --lr' on rank 0")
        self.assertFalse((self.here / "out").exists())


if __name__ == "__main__":
    if why := why_skipped():
        print(why)
        sys.exit(77)
    unittest.main()
