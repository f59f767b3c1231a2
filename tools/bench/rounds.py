"""The rounds of a comparison: a round runs each that takes part once."""
import sys
import time

import entrants
import summary


def say(text):
    print(text, file=sys.stderr, flush=True)


class Rounds:
    """The runs of each that takes part, why one was given up, and how many rounds were whole."""

    def __init__(self, taking_part, options):
        self.taking_part, self.options, self.whole = taking_part, options, 0
        self.runs, self.failures = [[] for _ in taking_part], ["" for _ in taking_part]

    def run(self, rounds, after_each):
        """after_each() is called after each run, so that what was measured can be kept before anything goes wrong.

        A round is begun only where one as long as the last would end in time. How long the first takes cannot be known:
        it ends when the time does.
        """
        expected = 0
        for number in range(1, rounds + 1):
            begin = time.monotonic()
            try:
                if begin + expected > self.options.end:
                    raise entrants.OutOfTime
                self.run_each(f"round {number}/{rounds}", after_each)
            except entrants.OutOfTime:
                say(f"out of time: {number - 1} of {rounds} rounds")
                break
            self.whole = number
            after_each()
            expected = time.monotonic() - begin

    def run_each(self, text, after_each):
        for i, entrant in enumerate(self.taking_part):
            if self.failures[i]:
                continue
            say(f"{text}  {entrant.name} {entrant.precision}")
            try:
                self.runs[i].append(entrant.run(self.options))
            except entrants.OutOfTime:
                raise
            except entrants.RunFailed as failure:
                self.failures[i] = str(failure)
                say(f"  given up: {failure}")
            after_each()

    def results(self, check):
        """As they are so far. check(val_loss) says why a run does not count."""
        failures = [why or ("" if runs else "out of time") for runs, why in zip(self.runs, self.failures)]
        measured = [summary.summarise(*entry, check) for entry in zip(self.taking_part, self.runs, failures)]
        summary.add_ratios(measured)
        return {"rounds": self.whole, "epochs": self.options.epochs, "results": measured}
