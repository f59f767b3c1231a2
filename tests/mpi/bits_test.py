"""Several ranks train as one process does; with --shards they have the same bytes, whatever their number."""
import os
import signal
import subprocess
import sys
import unittest

from program import ENVIRONMENT, PROGRAM, MpiTest, Run, figures, tensors, why_skipped


class Bits(MpiTest):
    def test_eight_shards_have_one_set_of_bytes(self):
        words = ("--shards", "8", "--batch-size", "36", "--noise", "gaussian:0.2")  # batches of 36, the last of 12
        self.train(0, *words, "--out", "alone")
        for ranks in (1, 2, 3, 4, 8):
            self.train(ranks, *words, "--out", f"of{ranks}")
            self.assert_same_bytes("alone", f"of{ranks}")
            self.assert_same_bytes("alone", f"of{ranks}", "checkpoint.safetensors")
            self.assertEqual(figures(self.here / "alone"), figures(self.here / f"of{ranks}"))

    def test_messages_have_the_same_bytes_as_shared_memory(self):
        self.train(0, "--shards", "6", "--out", "alone")
        self.train(3, "--shards", "6", "--out", "messages", options=("--mca", "osc", "^sm"))
        self.assert_same_bytes("alone", "messages")

    def test_without_shards_the_losses_are_those_of_one_process(self):
        for ranks, batch in ((3, 100), (2, 32), (4, 99)):  # batches of 99: of the last three rows a rank has none
            self.train(0, "--batch-size", str(batch), "--out", f"alone{ranks}")
            self.train(ranks, "--batch-size", str(batch), "--out", f"together{ranks}")
            for alone, together in zip(figures(self.here / f"alone{ranks}"), figures(self.here / f"together{ranks}"),
                                       strict=True):
                for a, b in zip(alone, together, strict=True):
                    self.assertLessEqual(abs(float(a) - float(b)), 1e-6)

    def test_one_shard_has_the_bytes_of_no_shards(self):
        self.train(0, "--out", "plain")
        self.train(0, "--shards", "1", "--out", "one")
        self.assert_same_bytes("plain", "one")

    def test_four_ranks_then_two_then_one_have_the_bytes_of_an_unbroken_run(self):
        words = ("--shards", "8", "--batch-size", "32")
        self.train(0, *words, "--out", "unbroken", epochs=6)
        self.train(4, *words, "--out", "broken", epochs=2)
        for ranks, epochs in ((2, 4), (0, 6)):
            self.ended_well(self.start_command(ranks, [PROGRAM, "--resume", "broken", "--epochs", str(epochs)]))
        self.assert_same_bytes("unbroken", "broken")
        self.assert_same_bytes("unbroken", "broken", "checkpoint.safetensors")
        self.assertEqual(figures(self.here / "unbroken"), figures(self.here / "broken"))

    def test_a_run_stopped_by_a_signal_goes_on_with_another_number_of_ranks(self):
        words = ("--shards", "8", "--batch-size", "8")
        run = self.start(4, *words, "--out", "run", epochs=100000)
        run.wait_for(self.here / "run/metrics.csv")
        os.kill(run.ranks()[2], signal.SIGTERM)  # one that is not rank 0
        answer = run.wait()
        self.assertEqual(answer.code, 143, answer)
        self.assertIn("stopped at step", answer.err)
        epochs = len(figures(self.here / "run")) + 2
        for folder, ranks in (("run", 3), ("unbroken", 0)):
            start = ("--resume", "run") if folder == "run" else ("--out", folder)
            self.train(ranks, *words, *start, epochs=epochs)
        self.assert_same_bytes("unbroken", "run", "checkpoint.safetensors")

    def test_early_stopping_and_the_best_model_are_those_of_one_process(self):
        words = ("--shards", "4", "--lr", "0.3", "--early-stop", "2", "--val", "split:0.2")
        self.train(0, *words, "--out", "alone", epochs=50)
        self.train(4, *words, "--out", "together", epochs=50)
        self.assertLess(len(figures(self.here / "alone")), 50)
        self.assertEqual(figures(self.here / "alone"), figures(self.here / "together"))
        self.assert_same_bytes("alone", "together")

    def test_rank_0_alone_speaks_and_writes(self):
        alone = self.train(0, "--out", "alone")
        together = self.train(4, "--out", "together")
        self.assertEqual(together.err.count("epoch  1/3"), 1, together)
        self.assertIn("ranks    4 on 1 machine by Open MPI", together.err)
        self.assertEqual(len(alone.err.splitlines()) + 1, len(together.err.splitlines()), together)
        names = sorted(p.name for p in (self.here / "alone").iterdir())
        self.assertEqual(names, sorted(p.name for p in (self.here / "together").iterdir()))
        self.assertEqual(sorted(p.name for p in self.here.iterdir()), ["alone", "data", "together"])

    def test_the_model_keeps_its_shards(self):
        self.train(2, "--shards", "8", "--out", "run", epochs=1)
        answer = Run(self.command("--resume", "run", "--shards", "4"), self.here).wait()
        self.assertEqual(answer.code, 4, answer)
        self.assertIn("shards: 8 in the checkpoint, 4 asked for", answer.err)


class PlainStart(MpiTest):
    def test_a_plain_start_neither_links_nor_loads_mpi(self):
        linked = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True).stdout
        self.assertNotIn("mpi", linked)
        for size in ("", "1"):  # alone, and alone under mpirun
            environment = {"LD_DEBUG": "files"} | (
                {"OMPI_COMM_WORLD_SIZE": size, "OMPI_COMM_WORLD_RANK": "0"} if size else {})
            answer = Run(self.command("--out", "run" + size), self.here, environment).wait()
            self.assertEqual(answer.code, 0)
            loaded = {line.split("file=")[1].split()[0] for line in answer.err.splitlines() if "file=" in line}
            self.assertTrue(any("libfmt" in name for name in loaded), loaded)
            self.assertEqual([name for name in loaded if "mpi" in name], [])
        self.assert_same_bytes("run", "run1")


class Mnist(MpiTest):
    def test_two_ranks_end_where_one_process_ends(self):
        folder = os.path.join(ENVIRONMENT.get("AE_DATA_DIR", ""), "mnist")
        if not os.path.isdir(folder):
            self.skipTest("$AE_DATA_DIR/mnist is not here")
        def train(out, before):
            answer = Run([*before, PROGRAM, "--data", folder, "--epochs", "1", "--engine", "cpu", "--out", out],
                         self.here).wait(240)
            self.assertEqual(answer.code, 0, answer)
            return [float(x) for x in figures(self.here / out)[0]]
        # Rounding that switches a ReLU for one image, early in an epoch, moves the losses by 1.5e-4 at its end.
        for one, two in zip(train("one", ()), train("two", self.mpirun(2)), strict=True):
            self.assertLessEqual(abs(one - two), 5e-4)


if __name__ == "__main__":
    if why := why_skipped():
        print(why)
        sys.exit(77)
    unittest.main()
