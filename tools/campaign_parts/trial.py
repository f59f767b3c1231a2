"""A trial: one disturbance of one command. A part of the campaign is a function that yields trials."""
import dataclasses
import typing

from results_of import essences


@dataclasses.dataclass
class Trial:
    what: str                                    # "export, the 3rd write fails": enough to repeat it
    run: typing.Callable[[], typing.List[str]]   # what is wrong; empty if nothing is


def disturbed(laboratory, command, allowed=frozenset(), may_be_silent=False, check=None, **how):
    """Runs a command in a fresh place with a disturbance and judges its end and its outputs.

    `check(folder, outcome)` returns further complaints."""
    reference = laboratory.reference(command)
    with laboratory.place() as folder:
        before = essences(folder, command.outputs)
        outcome = laboratory.program.run(command.arguments(), folder, **how)
        found = outcome.complaints(allowed, may_be_silent)
        found += reference.complaints(before, essences(folder, command.outputs), outcome.code == 0)
        if check:
            found += check(folder, outcome)
        return [f"{text} ({outcome.last_line()})" if outcome.err else text for text in found]
