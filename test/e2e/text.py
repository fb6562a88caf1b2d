"""Writes text of some size, the same everywhere, to a folder: text.py FOLDER MEGABYTES."""

import random
import sys
from pathlib import Path


def main() -> None:
    folder, size = Path(sys.argv[1]), int(sys.argv[2]) * 1_000_000
    chance = random.Random(7)
    words = ["".join(chance.choice("etaoinshr") for _ in range(chance.randrange(2, 9))) for _ in range(5000)]
    for part in range(4):
        with (folder / f"part-{part}.txt").open("w") as file:
            while file.tell() < size // 4:
                file.write(" ".join(words[int(5000 * chance.random() ** 2)] for _ in range(1000)) + "\n")


if __name__ == "__main__":
    main()
