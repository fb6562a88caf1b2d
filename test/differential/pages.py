#!/usr/bin/python3
"""docs/reference/pod-support.md from the table of accepted differences: pages.py writes it, pages.py --check compares."""

import pathlib
import sys

import accepted

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parents[1] / "docs/reference/pod-support.md"

TEXT = """\
# Where a pod behaves differently than on an ordinary node

`test/differential` runs the same pods on the real kubelet (with containerd) and on the virtual node (with the fake cloud's real
containers), and compares status, logs, exit codes, environment, files, users, limits, names and events. What differs stands here, and
nothing else does: the tables are made from `test/differential/accepted.yaml` (by `pages.py` beside it), and the test fails over a
difference that is not in them and over an entry that no longer shows, but for those that show only sometimes. Cases are in
`test/differential/cases`; `*` stands for all that begin so.

## Differences

| What | Cases | Why |
|---|---|---|
{differences}

## Fields whose refusal is tried

| Field | Cases | Why |
|---|---|---|
{refusals}
"""

# The rest of the page has the table of all fields, which a test compares with the program's.
FIELDS = "\n## Every field\n"


def cells(*parts):
    return "| " + " | ".join(part.strip().replace("|", "\\|") for part in parts) + " |"


def page(rules):
    names = lambda cases: "all" if cases == ["*"] else ", ".join(f"`{case}`" for case in cases)
    return TEXT.format(
        differences="\n".join(cells(entry.name + (" (sometimes)" if entry.sometimes else ""), names(entry.cases), entry.why)
                              for entry in rules.differences),
        refusals="\n".join(cells(", ".join(f"`{field}`" for field in entry.fields), names(entry.cases), entry.why)
                           for entry in rules.refusals))


def main():
    text = page(accepted.load(HERE / "accepted.yaml"))
    if sys.argv[1:] == ["--check"]:
        if PAGE.read_text().partition(FIELDS)[0] != text:
            sys.exit(f"{PAGE} is not what accepted.yaml says; run {pathlib.Path(sys.argv[0]).name} to write it")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        _, heading, rest = PAGE.read_text().partition(FIELDS)
        PAGE.write_text(text + heading + rest)


if __name__ == "__main__":
    main()
