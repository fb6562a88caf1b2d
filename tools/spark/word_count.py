"""Counts the words of all files of a folder: word_count.py INPUT [OUTPUT].

Driver and executors must see INPUT under the same path; the image's own /opt/spark/licenses will do. The counts, most frequent
first, are written by the driver to OUTPUT/counts.txt, one `word<TAB>count` per line; the first ten and the total are printed.
"""

import re
import sys
from operator import add
from pathlib import Path

from pyspark.sql import SparkSession

WORD = re.compile(r"[a-z0-9]+")


def words(line: str) -> list[str]:
    return WORD.findall(line.lower())


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    spark = SparkSession.builder.appName("word-count").getOrCreate()
    pairs = spark.sparkContext.textFile(sys.argv[1]).flatMap(words).map(lambda word: (word, 1)).reduceByKey(add).collect()
    counts = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    if len(sys.argv) == 3:
        output = Path(sys.argv[2])
        output.mkdir(parents=True, exist_ok=True)
        (output / "counts.txt").write_text("".join(f"{word}\t{count}\n" for word, count in counts))
    for word, count in counts[:10]:
        print(f"{count:8} {word}")
    print(f"{sum(count for _, count in counts)} words, {len(counts)} different")
    spark.stop()


if __name__ == "__main__":
    main()
