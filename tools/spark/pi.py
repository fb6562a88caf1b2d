"""Estimates pi by throwing darts: pi.py [SLICES]."""

import random
import sys

from pyspark.sql import SparkSession

DARTS = 100_000


def hits(seed: int) -> int:
    """How many of the darts of one slice land in the quarter circle."""
    chance = random.Random(seed)
    return sum(chance.random() ** 2 + chance.random() ** 2 <= 1 for _ in range(DARTS))


def main() -> None:
    slices = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    spark = SparkSession.builder.appName("pi").getOrCreate()
    total = spark.sparkContext.parallelize(range(slices), slices).map(hits).sum()
    print(f"Pi is roughly {4 * total / (slices * DARTS):.6f}")
    spark.stop()


if __name__ == "__main__":
    main()
