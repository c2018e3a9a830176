"""What it costs to cut a pipeline into parts, and what follows from it for a country and a continent: tables for the README.

Usage: python benches/growth/parts.py SCALE DATA [spark]

Parts are made one after the other on this machine; with the word spark by a master and two workers of one core, too, for
which Python needs pyspark and the machine Java. Processor seconds (user and system) count, not the clock: they differ
little when other work runs on the machine.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import sys
import tempfile
import time
from typing import NamedTuple

from cost import cost

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests/spark"))
import pipelines  # noqa: E402

PARTS = (1, 2, 4, 8)
# Metres of a square's side; and how many points of Porto by how many.
SIDE, ACROSS = 500, 400
# Square metres: a continent is as large as Europe, about.
CONTINENT = 1e13
HECTARE = 1e4


class Cut(NamedTuple):
    """What a pipeline cost that was cut into so many parts: processor seconds and MB."""
    parts: int
    processor: list
    memory: list
    merge: float
    merge_memory: float

    def all(self) -> float:
        return sum(self.processor) + self.merge


def cut(scale: pathlib.Path, pipeline: pathlib.Path, words: list, parts: int) -> Cut:
    with tempfile.TemporaryDirectory(prefix="scale-parts-") as held:
        caches = [pathlib.Path(held, str(part)) for part in range(1, parts + 1)]
        made = [cost([scale, "--cache", cache, "run", pipeline, *words, "--part", f"{cache.name}/{parts}"]) for cache in caches]
        merge = [scale, "--cache", pathlib.Path(held, "merged"), "merge", pipeline, *words, *caches, "--out", pathlib.Path(held, "out")]
        processor, _, memory = cost(merge)
        return Cut(parts, [part[0] for part in made], [part[2] for part in made], processor, memory)


def on_one_machine(title: str, cuts: list) -> float:
    """A row a number of parts; the processor seconds that a part more takes."""
    print(f"\n{title}, one part after the other\n\n| parts | all parts, processor s | the dearest | most memory of a part, MB |"
          " merge, processor s | its memory, MB | together, processor s |\n| --- | --- | --- | --- | --- | --- | --- |")
    for at in cuts:
        print(f"| {at.parts} | {sum(at.processor):.2f} | {max(at.processor):.2f} | {max(at.memory):.0f} | {at.merge:.2f} |"
              f" {at.merge_memory:.0f} | {at.all():.2f} |")
    more, _ = statistics.linear_regression([at.parts for at in cuts], [sum(at.processor) for at in cuts])
    print(f"\nA part more takes {more:.2f} processor s (slope of the least squares through the first two columns).")
    return more


def on_spark(scale: pathlib.Path, folder: pathlib.Path, jobs: dict) -> None:
    """The same by the job, with one master and two workers of one core for all."""
    import cluster

    os.environ.update(cluster.environment(), SPARK_HOME=str(cluster.home(folder)), SPARK_LOCAL_DIRS=str(folder / "home"))
    sys.path.append(str(cluster.JOB.parent))
    import scale_on_spark as job
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master(cluster.LOCAL).config("spark.executor.memory", "800m") \
        .config("spark.ui.enabled", "false").config("spark.files", str(scale)).getOrCreate()
    spark.sparkContext.addPyFile(str(cluster.JOB))
    spark.range(16, numPartitions=16).mapInArrow(lambda batches: batches, "id long").collect()  # workers start once
    for title, cuts in jobs.items():
        print(f"\n{title}, on Spark with two workers of one core\n\n| parts | all parts, processor s | most memory of a part, MB |"
              " all parts, s by the clock | time of both cores beside the parts, s a part |\n| --- | --- | --- | --- | --- |")
        for parts, (pipeline, words) in cuts.items():
            with tempfile.TemporaryDirectory(prefix="scale-parts-") as store:
                asked = argparse.Namespace(pipeline=str(pipeline), parts=parts, store=store)
                arguments = [asked.pipeline, *map(str, words)]
                planned = job.plan(asked, arguments)
                start = time.monotonic()
                rows = job.spread(spark, planned, arguments, store)
                spent = time.monotonic() - start
            used, beside = sum(row["processor_seconds"] for row in rows), spent * min(parts, 2) - sum(row["seconds"] for row in rows)
            print(f"| {parts} | {used:.2f} | {max(row['peak_mb'] for row in rows):.0f} | {spent:.2f} | {beside / parts:.2f} |", flush=True)
    spark.stop()  # what it started ends with this process


def memory_line(what: str, count: int, cuts: list) -> tuple:
    """How the memory of a part grows with what is in it: MB of a part with nothing, and bytes each."""
    sizes = [count / at.parts for at in cuts]
    each, empty = statistics.linear_regression(sizes, [max(at.memory) * 1e6 for at in cuts])
    print(f"\nA part takes {empty / 1e6:.0f} MB and {each:.0f} bytes for each of its {what} (least squares through the four rows)."
          f" A part of a machine holds")
    for size in (2e9, 8e9, 32e9):
        print(f"- with {size / 1e9:.0f} GB {(size - empty) / each / 1e6:.1f} million {what}")
    return empty, each


def told(what: str, units: float, each: float, parts: float, more: float) -> None:
    seconds = units * each + parts * more
    print(f"- {what}: {units / 1e6:,.1f} million · {each * 1e6:.1f} µs + {parts:,.0f} parts · {more:.2f} s = {seconds:,.0f} s"
          f" = {seconds / 3600:,.2f} cores × hours")


def measure(scale: pathlib.Path, data: pathlib.Path, folder: pathlib.Path, spark: bool) -> None:
    sets = pipelines.sweden(folder, data, SIDE)
    words = [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]
    countries = {parts: pipelines.country(folder, parts) for parts in PARTS}
    squares = [cut(scale, countries[parts], words, parts) for parts in PARTS]
    more_squares = on_one_machine(f"All of Sweden on squares of {SIDE} m", squares)
    whole = folder / "whole"
    cost([scale, "--no-cache", "run", countries[1], *words, "--out", whole])
    count = sum(file["rows"] for file in json.loads((whole / "country/cells/_index.json").read_text()))
    empty, each_square = memory_line("squares", count, squares)

    walks = {parts: pipelines.nearest(folder, data, ACROSS, parts) for parts in PARTS}
    origins = [cut(scale, walks[parts], [], parts) for parts in PARTS]
    more_origins = on_one_machine(f"The five nearest of 625 places from {ACROSS ** 2:,} origins in Porto", origins)
    memory_line("origins", ACROSS ** 2, origins)

    rides, _, _ = cost([scale, "--no-cache", "run", pipelines.rides(folder, data, 1), "--out", folder / "rides"])
    cells = sum(1 for _ in (data / "porto-alegre/poa_hexgrid.csv").open()) - 1
    print(f"\nRides in Porto Alegre, {cells:,} by {cells:,} cells, 60 departures: {rides:.2f} processor s, {rides / cells * 1e3:.2f} ms an origin")

    of_square, of_walk = (squares[0].all() - more_squares) / count, (origins[0].all() - more_origins) / ACROSS ** 2
    per_part = (2e9 - empty) / each_square
    for name, surface in (("A country like Sweden", count * SIDE ** 2), ("A continent", CONTINENT)):
        hectares = surface / HECTARE
        print(f"\n{name}: {surface / 1e6:,.0f} km² are {hectares / 1e6:,.1f} million hectares")
        told("counts on squares of 100 m, in parts of 2 GB", hectares, of_square, math.ceil(hectares / per_part), more_squares)
        merge = squares[0].merge / count
        print(f"  of it the merge, by the driver alone: {hectares / 1e6:,.1f} million · {merge * 1e6:.1f} µs = {hectares * merge:,.0f} s")
        told("walks from each of them, a million in a part", hectares, of_walk, math.ceil(hectares / 1e6), more_origins)
        told("rides from each of them", hectares, rides / cells, 0, 0)
    if spark:
        on_spark(scale, folder, {
            f"All of Sweden on squares of {SIDE} m": {parts: (countries[parts], words) for parts in PARTS},
            f"{ACROSS ** 2:,} origins in Porto": {parts: (walks[parts], []) for parts in PARTS},
        })


def main() -> None:
    scale, data = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    print(json.dumps({"cores": os.cpu_count(), "load before": round(os.getloadavg()[0], 1)}))
    with tempfile.TemporaryDirectory(prefix="scale-growth-") as folder:
        measure(scale, data, pathlib.Path(folder), sys.argv[3:] == ["spark"])
    print(json.dumps({"load after": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
