"""The table of accepted differences (accepted.yaml): which lines may differ in which cases, and why."""

import dataclasses
import fnmatch
import re

import yaml


@dataclasses.dataclass
class Difference:
    """Lines that may differ, as the comparison prints them: with - the kubelet's, with + the virtual node's.

    What shows `sometimes` depends on chance on a node alone and so need not show.
    """

    name: str
    why: str
    lines: list
    cases: list = dataclasses.field(default_factory=lambda: ["*"])
    sometimes: bool = False

    def __post_init__(self):
        self.unseen = set(self.cases)
        self._patterns = [re.compile(line, re.DOTALL) for line in self.lines]

    def accept(self, case, line):
        fitting = {pattern for pattern in self.cases if fnmatch.fnmatch(case, pattern)}
        if not fitting or not any(pattern.fullmatch(line) for pattern in self._patterns):
            return False
        self.unseen -= fitting
        return True


@dataclasses.dataclass
class Refusal:
    """Cases whose pod the virtual node does not run, since it cannot give the group these fields."""

    cases: list
    fields: list
    why: str


class Rules:
    def __init__(self, differences, refusals):
        self.differences = differences
        self.refusals = refusals

    def refusal_of(self, case):
        return next((refusal for refusal in self.refusals if case in refusal.cases), None)

    def accept(self, case, line):
        # All that fit are told, since each of them has to be of use.
        return any([difference.accept(case, line) for difference in self.differences])

    def unused(self):
        """Names of what no case showed, with the pattern of cases."""
        return [f"{difference.name} ({', '.join(sorted(difference.unseen))})"
                for difference in self.differences if difference.unseen and not difference.sometimes]


def load(path):
    tables = yaml.safe_load(path.read_text())
    return Rules([Difference(**entry) for entry in tables["differences"]],
                 [Refusal(**entry) for entry in tables["refusals"]])
