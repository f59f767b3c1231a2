"""Commands that apply a model give on several ranks what they give in one process, in the same order."""
import json
import sys
import unittest

from program import PROGRAM, MpiTest, why_skipped

ENGINE = ("--engine", "cpu", "--threads", "1")
IMAGES = "data/t10k-images-idx3-ubyte"


def without_times(report):
    """A report less what differs from one run to the next."""
    if isinstance(report, list):
        return [without_times(part) for part in report]
    if not isinstance(report, dict):
        return report
    return {name: without_times(part) for name, part in report.items() if name != "seconds" and "per_s" not in name}


class Apply(MpiTest):
    def setUp(self):
        super().setUp()
        self.train(0, "--val", "split:0.5", "--out", "run")

    def run_words(self, ranks, *words):
        return self.start_command(ranks, [PROGRAM, *words]).wait()

    def answer(self, ranks, *words):
        return self.ended_well(self.start_command(ranks, [PROGRAM, *words]))

    def assert_same_file(self, ending, *words, ranks=(2, 3)):
        self.answer(0, *words, "-o", f"alone.{ending}")
        for n in ranks:
            self.answer(n, *words, "-o", f"of{n}.{ending}")
            self.assertEqual((self.here / f"alone.{ending}").read_bytes(), (self.here / f"of{n}.{ending}").read_bytes())

    def assert_refused(self, answer, code, *texts):
        self.assertEqual(answer.code, code, answer)
        for text in texts:
            self.assertIn(text, answer.err)


class Results(Apply):
    def test_codes_and_their_images(self):
        self.assert_same_file("npy", "encode", "run", IMAGES, *ENGINE)
        self.answer(0, "encode", "run", IMAGES, "-o", "codes.npy", *ENGINE)
        self.assert_same_file("npy", "decode", "run", "codes.npy", *ENGINE, ranks=(2,))

    def test_compressed_images(self):
        self.assert_same_file("aez", "compress", "run", IMAGES, *ENGINE, ranks=(2,))
        self.answer(0, "compress", "run", IMAGES, "-o", "images.aez", *ENGINE)
        self.assert_same_file("npy", "decompress", "images.aez", "--model", "run", *ENGINE, ranks=(3,))

    def test_figures(self):
        for words in (("eval", "run"), ("probe", "run"), ("rd", "run"), ("denoise", "run", IMAGES, "--add-noise",
                                                                       "gaussian:0.3")):
            alone, shared = (json.loads(self.answer(n, *words, *ENGINE, "--json").out) for n in (0, 2))
            self.assertEqual(without_times(alone), without_times(shared))

    def test_verdicts_and_more_ranks_than_images(self):
        self.assert_same_file("safetensors", "anomaly", "fit", "run", *ENGINE, "--score", "mse", ranks=())
        self.answer(2, "anomaly", "fit", "run", *ENGINE, "--score", "mse", "-o", "guard.safetensors")
        self.assert_same_bytes(".", ".", "guard.safetensors")
        words = ("anomaly", "score", "guard.safetensors", IMAGES, *ENGINE, "--json")
        self.assertEqual(self.answer(0, *words).out, self.answer(3, *words).out)
        header = (self.here / IMAGES).read_bytes()
        (self.here / "one-images-idx3-ubyte").write_bytes(header[:4] + b"\0\0\0\1" + header[8:16] + header[16:80])
        self.assert_same_file("npy", "encode", "run", "one-images-idx3-ubyte", *ENGINE, ranks=(3,))

    def test_rank_0_alone_speaks(self):
        alone, shared = (self.answer(n, "eval", "run", *ENGINE) for n in (0, 3))
        self.assertEqual(alone.out, shared.out)
        self.assertEqual(alone.err, shared.err)

    def test_an_ensemble(self):
        self.train(0, "--val", "split:0.5", "--models", "2", "--out", "two")
        for n in (0, 2):
            self.answer(n, "anomaly", "fit", "two", *ENGINE, "--score", "mse", "-o", f"guard{n}.safetensors")
        outs = [self.answer(n, "anomaly", "score", f"guard{n}.safetensors", IMAGES, *ENGINE, "--json").out.replace(
            "guard2", "guard0") for n in (0, 2)]
        self.assertEqual(*outs)


class Failures(Apply):
    def test_a_file_that_is_missing(self):
        self.assert_refused(self.run_words(2, "encode", "run", "no.npy", "-o", "codes.npy"), 3, "no.npy")

    def test_help_and_a_bad_option(self):
        self.assertIn("ae_cuda encode [options]", self.answer(2, "encode", "--help").out)
        self.assert_refused(self.run_words(2, "eval", "run", "--bad"), 2, "--bad")

    def test_commands_that_differ(self):
        answer = self.one_differs([PROGRAM, "eval", "run", *ENGINE], [PROGRAM, "eval", "run"])
        self.assert_refused(answer, 2, "rank 1: command: ")

    def test_what_trains_in_one_process(self):
        self.assert_refused(self.run_words(2, "anomaly", "eval", "data"), 2, "anomaly eval: ")


if __name__ == "__main__":
    if why := why_skipped():
        print(why)
        sys.exit(77)
    unittest.main()
