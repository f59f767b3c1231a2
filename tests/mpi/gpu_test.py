"""Ranks with a GPU each, by the whole program on an emulated GPU: train, sweep and the uses of a model. NCCL is a stand-in
that adds through MPI, since that is the part of a machine with several GPUs which is not here."""
import os
import signal
import sys
import unittest

from program import PATIENT, PROGRAM, MpiTest, figures, why_skipped, write_images

NCCL = os.environ.get("AE_NCCL_FOLDER", "")
GPU_ERROR = 5  # the program's exit code
LIBRARIES = ":".join(filter(None, (NCCL, os.environ.get("LD_LIBRARY_PATH"))))


class GpuTest(MpiTest):
    """40 images of 16 pixels, in batches of 16, 16 and 8."""

    def setUp(self):
        super().setUp()
        write_images(self.here / "small", 40, 20, size=4)

    def gpus(self, count, ranks, *words, environment=None, options=()):
        """Starts the program on a machine that has `count` GPUs; ranks 0: without mpirun."""
        machine = {"AE_EMULATOR_GPUS": str(count), "LD_LIBRARY_PATH": LIBRARIES, **(environment or {})}
        return self.start_command(ranks, [PROGRAM, *words], options, machine)

    @staticmethod
    def training(*words, engine="cublas", epochs=3):
        return ("train", "--data", "small", "--layers", "16-8-16", "--batch-size", "16", "--engine", engine, "--epochs",
                str(epochs), *words)

    def assert_alike(self, one, other, places=5):
        a, b = figures(self.here / one), figures(self.here / other)
        self.assertEqual(len(a), len(b))
        for epoch, (first, second) in enumerate(zip(a, b), 1):
            for x, y in zip(first, second):
                self.assertAlmostEqual(float(x), float(y), places, f"epoch {epoch} of {one} and {other}")


class Training(GpuTest):
    def test_ranks_train_as_one_process_does(self):
        self.ended_well(self.gpus(1, 0, *self.training("--out", "alone")))
        for ranks in (2, 3):
            answer = self.ended_well(self.gpus(ranks, ranks, *self.training("--out", f"of{ranks}")))
            self.assertIn("gradients added by NCCL 2.28.9", answer.err)
            self.assertIn(f"{ranks} on 1 machine by Open MPI", answer.err)
            self.assert_alike("alone", f"of{ranks}")

    def test_noise_and_several_epochs_at_once(self):
        words = ("--noise", "gaussian:0.3", "--epoch-graph")
        self.ended_well(self.gpus(1, 0, *self.training(*words, "--out", "alone")))
        self.ended_well(self.gpus(2, 2, *self.training(*words, "--out", "together")))
        self.assert_alike("alone", "together")

    def test_without_nccl_the_host_adds_the_same_bits(self):
        self.ended_well(self.gpus(2, 2, *self.training("--out", "nccl")))
        answer = self.ended_well(
            self.gpus(2, 2, *self.training("--out", "host"), environment={"AE_EMULATOR_NCCL": "0"}))
        self.assertIn("by way of the host", answer.err)
        self.assert_same_bytes("nccl", "host")

    def test_a_rank_may_see_its_own_gpu_alone(self):
        self.ended_well(self.gpus(2, 2, *self.training("--out", "all")))
        ranks = [("env", f"CUDA_VISIBLE_DEVICES={gpu}", PROGRAM, *self.training("--out", "own")) for gpu in (0, 1)]
        answer = self.one_differs(*ranks, {"LD_LIBRARY_PATH": LIBRARIES})
        self.assertEqual(answer.code, 0, answer)
        self.assert_same_bytes("all", "own")

    def test_continues_with_another_number_of_ranks(self):
        self.ended_well(self.gpus(1, 0, *self.training("--out", "unbroken", epochs=6)))
        self.ended_well(self.gpus(3, 3, *self.training("--out", "run", epochs=2)))
        self.ended_well(self.gpus(2, 2, "train", "--resume", "run", "--epochs", "4"))
        self.ended_well(self.gpus(1, 0, "train", "--resume", "run", "--epochs", "6"))
        self.assert_alike("unbroken", "run")


class Refused(GpuTest):
    def test_more_ranks_than_gpus(self):
        answer = self.gpus(1, 2, *self.training("--out", "run")).wait()
        self.assertEqual(answer.code, GPU_ERROR, answer)
        self.assertIn("engine cublas: ranks 0 and 1 would share a GPU: each sees 1 GPU", answer.err)
        self.assertFalse((self.here / "run" / "metrics.csv").exists())

    def test_auto_takes_the_cpu_then(self):
        self.ended_well(self.gpus(1, 2, *self.training("--threads", "1", "--out", "auto", engine="auto")))
        self.ended_well(self.gpus(1, 2, *self.training("--threads", "1", "--out", "cpu", engine="cpu")))
        self.assert_same_bytes("auto", "cpu")


class Failing(GpuTest):
    def test_a_gpu_that_fails_ends_all_ranks(self):
        """Some call of the runtime fails on rank 1 alone, soon or late; no rank waits for it."""
        for call in (3, 150, 700, 1500):
            words = self.training("--out", f"run{call}", epochs=2000)
            answer = self.one_differs((PROGRAM, *words), ("env", f"AE_EMULATOR_FAIL_AT={call}", PROGRAM, *words),
                                      {"AE_EMULATOR_GPUS": "2", "LD_LIBRARY_PATH": LIBRARIES})
            self.assertEqual(answer.code, GPU_ERROR, f"call {call}: {answer}")
            self.assertRegex(answer.err, "rank [01]", f"call {call}")

    def test_a_killed_rank_leaves_a_checkpoint(self):
        run = self.gpus(2, 2, *self.training("--checkpoint-every", "1", "--out", "run", epochs=100_000))
        run.wait_for(self.here / "run" / "checkpoint.safetensors")
        os.kill(run.all_ranks(2)[1], signal.SIGKILL)
        self.assertNotEqual(run.wait().code, 0)
        self.ended_well(self.gpus(1, 0, "inspect", "run/checkpoint.safetensors"))

    def test_a_stop_is_agreed_upon(self):
        run = self.gpus(2, 2, *self.training("--out", "run", epochs=100_000), options=PATIENT)
        run.wait_for(self.here / "run" / "metrics.csv")
        os.kill(run.all_ranks(2)[1], signal.SIGUSR1)
        answer = run.wait()
        self.assertIn("Continue with", answer.err, answer)
        self.assertTrue((self.here / "run" / "checkpoint.safetensors").exists())


class Sweeping(GpuTest):
    def sweep(self, *words):
        return ("sweep", "--data", "small", "--layers", "16-8-16", "--batch-size", "16", "--engine", "cublas",
                "--epochs", "3", "--lr", "1e-3,1e-2", "--seeds", "2", "--keep", "all", *words)

    def test_models_are_those_of_one_process(self):
        for together in ("yes", "no"):
            self.ended_well(self.gpus(1, 0, *self.sweep("--together", together, "--out", f"{together}1")))
            self.ended_well(self.gpus(2, 2, *self.sweep("--together", together, "--out", f"{together}2")))
            for model in sorted(p.name for p in (self.here / f"{together}1" / "models").iterdir()):
                self.assert_same_bytes(f"{together}1/models/{model}", f"{together}2/models/{model}")

    def test_each_rank_needs_a_gpu_of_its_own(self):
        answer = self.gpus(1, 2, *self.sweep("--out", "out")).wait()
        self.assertEqual(answer.code, GPU_ERROR, answer)
        self.assertIn("engine cublas: ranks 0 and 1 would share a GPU", answer.err)


class Applying(GpuTest):
    def test_codes_are_those_of_one_process(self):
        self.ended_well(self.gpus(1, 0, *self.training("--out", "run")))
        for ranks in (0, 2, 3):
            self.ended_well(self.gpus(max(ranks, 1), ranks, "encode", "run", "--engine", "cublas",
                                  "small/t10k-images-idx3-ubyte", "-o", f"of{ranks}.npy"))
        first = (self.here / "of0.npy").read_bytes()
        for ranks in (2, 3):
            self.assertEqual(first, (self.here / f"of{ranks}.npy").read_bytes())


if __name__ == "__main__":
    if why := why_skipped():
        print(why)
        sys.exit(77)
    unittest.main()
