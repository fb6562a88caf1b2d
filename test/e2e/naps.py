"""Tasks that take their time: naps.py TASKS SECONDS [IDLE_SECONDS].

Each of TASKS tasks sleeps for SECONDS; their numbers are added up over a shuffle. Then the driver does nothing for IDLE_SECONDS and
adds up once more, so that executors that went are missed.
"""

import sys
import time
from operator import add

from pyspark.sql import SparkSession


def main() -> None:
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    tasks, seconds = int(sys.argv[1]), float(sys.argv[2])
    idle = float(sys.argv[3]) if len(sys.argv) > 3 else 0
    spark = SparkSession.builder.getOrCreate()

    def nap(number: int) -> tuple[int, int]:
        time.sleep(seconds)
        return number % 2, number

    halves = spark.sparkContext.parallelize(range(tasks), tasks).map(nap).reduceByKey(add, 2)
    print(f"sum {sum(half for _, half in halves.collect())}", flush=True)
    if idle:
        time.sleep(idle)
        print(f"once more {spark.sparkContext.parallelize(range(tasks), 2).sum()}", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
