"""Runs a pipeline of scale on Spark: the engine schedules and retries, the program does the work of a part.

    spark-submit --files target/release/scale examples/spark/scale_on_spark.py country.toml \
        --parts 64 --store /shared/store --out /shared/out

The pipeline, what it reads, the store and the output lie on a file system that driver and executors share, or at addresses
of an object store (s3://, gs://, az://), whose credentials every executor finds in its environment. The program is the file
"scale" of --files, or the one on the path.

A part is made in a folder of its executor and then put into the store, result by result, under the hash of all that it
follows from: written beside and renamed, or at an address put once. A part that is made twice, by a retry or by speculation, leaves one whole result,
and a part whose results are there is not made again: a job that was stopped goes on.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import uuid

import pyarrow
from pyspark import SparkFiles
from pyspark.sql import SparkSession

SCHEMA = ("part string, status string, host string, seconds double, processor_seconds double, peak_mb double, rows long, "
          "warnings array<string>, cause string")
# The program says with it that it understood and cannot do it: trying again would say the same.
REFUSED = 2


def program() -> str:
    """The program that was shipped with --files, made executable, or the one on the path."""
    shipped = pathlib.Path(SparkFiles.get("scale"))
    if shipped.is_file():
        shipped.chmod(shipped.stat().st_mode | stat.S_IXUSR)
        return str(shipped)
    found = shutil.which("scale")
    if not found:
        raise FileNotFoundError("scale is neither shipped (spark-submit --files scale) nor on the path")
    return found


def scratch() -> str:
    """A folder of the executor, which Spark removes with it."""
    for name in ("SPARK_EXECUTOR_DIRS", "LOCAL_DIRS", "SPARK_LOCAL_DIRS"):
        first = os.environ.get(name, "").replace(os.pathsep, ",").split(",")[0]
        if first and os.path.isdir(first):
            return os.path.join(first, "scale")
    return os.path.join(tempfile.gettempdir(), "scale-on-spark")


def is_address(text: str) -> bool:
    """Whether it names objects: the program itself reads and puts those."""
    return "://" in text


def result(store: str, key: str) -> pathlib.Path:
    """Where a result lies in a store."""
    return pathlib.Path(store, "results", key[:2], key)


def is_whole(store: str, key: str) -> bool:
    """Whether a result is there: it comes into its place as a whole."""
    return (result(store, key) / "result.json").is_file()


def put(local: str, store: str, key: str) -> None:
    """Copies a result beside its place and renames it: there is a whole result or none. The first one stays."""
    if not is_whole(local, key):
        raise RuntimeError(f"no result {key}: are the program and all inputs the same on {socket.gethostname()} as on the driver?")
    source, target = result(local, key), result(store, key)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{key}.{uuid.uuid4().hex}")
    shutil.copytree(source, aside)
    try:
        os.rename(aside, target)
    except OSError:
        shutil.rmtree(aside)
        if not is_whole(store, key):
            raise


def processor_seconds() -> float:
    """What the processes that this one started and that have ended took, on all cores together."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_part(part: dict, arguments: list, store: str, threads: str) -> dict:
    """Makes one part and says what came of it. What may go better elsewhere raises, so that Spark tries again."""
    keys = [task["key"] for task in part["tasks"]]
    row = {"part": part["part"], "status": "kept", "host": socket.gethostname(), "seconds": 0.0, "processor_seconds": 0.0,
           "peak_mb": None, "rows": None, "warnings": [], "cause": None}
    at_address = is_address(store)
    if not at_address and all(is_whole(store, key) for key in keys):
        return row
    local, before = scratch(), processor_seconds()
    command = [program(), "run", *arguments, "--part", part["part"], "--cache", local, "--jobs", threads,
               "--log-format", "json", *(["--store", store] if at_address else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    events, words = [], []
    for line in done.stderr.splitlines():
        events.append(json.loads(line)) if line.startswith("{") else words.append(line)
    cause = "\n".join(words).strip() or f"scale ended with {done.returncode}"
    if done.returncode == -signal.SIGKILL:
        cause = "scale was killed, perhaps for want of memory: make more parts, or raise spark.executor.memoryOverhead"
    if done.returncode == REFUSED:
        return row | {"status": "failed", "cause": cause}
    if done.returncode != 0:
        raise RuntimeError(f"part {part['part']} on {row['host']}: {cause}")
    end = events[-1]
    if at_address and end["made"] == 0:
        return row
    if not at_address:
        for key in keys:
            put(local, store, key)
    warnings = [text for event in events if event["event"] == "finished" for text in event["warnings"]]
    return row | {"status": "made", "seconds": end["seconds"], "processor_seconds": processor_seconds() - before,
                  "peak_mb": (end["peak_bytes"] or 0) / 1e6, "rows": end["rows"], "warnings": sorted(set(warnings))}


def shared(text: str) -> str:
    """A path as every machine of the cluster finds it: none of them stands where the driver does. An address stays."""
    return text if is_address(text) else os.path.abspath(text)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run a pipeline of scale on Spark")
    parser.add_argument("pipeline", type=shared, help="the pipeline, on a shared file system or at an address")
    parser.add_argument("--parts", type=int, required=True, help="into how many parts to cut it: some for each core")
    parser.add_argument("--store", type=shared, required=True, help="folder or address for results, shared by driver and executors")
    parser.add_argument("--out", type=shared, required=True, help="folder or address to publish into")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as for scale run")
    return parser.parse_args()


def cache(store: str) -> str:
    """Where the driver keeps what need not be worked out twice."""
    return scratch() if is_address(store) else store


def plan(asked: argparse.Namespace, arguments: list) -> list:
    """The parts of the pipeline, each with the results that it makes."""
    command = [program(), "--json", "--cache", cache(asked.store), "plan", *arguments, "--parts", str(asked.parts)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return json.loads(done.stdout)


def spread(spark: SparkSession, parts: list, arguments: list, store: str) -> list:
    """Every part on some executor; the rows that came back."""
    threads = spark.conf.get("spark.task.cpus", "1")

    def work(batches):
        for batch in batches:
            rows = [run_part(parts[at], arguments, store, threads) for at in batch.column("id").to_pylist()]
            yield pyarrow.RecordBatch.from_pylist(rows, schema=arrow_schema())

    return spark.range(len(parts), numPartitions=len(parts)).mapInArrow(work, SCHEMA).collect()


def arrow_schema() -> pyarrow.Schema:
    text, number = pyarrow.string(), pyarrow.float64()
    return pyarrow.schema([("part", text), ("status", text), ("host", text), ("seconds", number), ("processor_seconds", number),
                           ("peak_mb", number), ("rows", pyarrow.int64()), ("warnings", pyarrow.list_(text)), ("cause", text)])


def tell(rows: list) -> None:
    print(f"{'part':>9} {'status':>7} {'seconds':>8} {'processor':>9} {'MB':>7} {'rows':>9}  host")
    for row in sorted(rows, key=lambda row: int(row["part"].split("/")[0])):
        peak = "" if row["peak_mb"] is None else f"{row['peak_mb']:.0f}"
        count = "" if row["rows"] is None else row["rows"]
        print(f"{row['part']:>9} {row['status']:>7} {row['seconds']:8.2f} {row['processor_seconds']:9.2f} {peak:>7} {count:>9}"
              f"  {row['host']}")
    for text in sorted({text for row in rows for text in row["warnings"]}):
        print(f"warning: {text}")


def fail(message: str, causes: list) -> None:
    """Ends the job with the first causes, each once."""
    print(f"error: {message}", file=sys.stderr)
    for cause in list(dict.fromkeys(causes))[:3]:
        print(cause, file=sys.stderr)
    sys.exit(1)


def merge(asked: argparse.Namespace, arguments: list) -> int:
    """Joins and publishes what lies in the store; the exit status."""
    if is_address(asked.store):
        parts = ["--store", asked.store]
    else:
        pathlib.Path(asked.store, "results").mkdir(parents=True, exist_ok=True)
        parts = [asked.store]
    command = [program(), "--cache", cache(asked.store), "merge", *arguments, *parts, "--out", asked.out]
    return subprocess.run(command).returncode


def run(spark: SparkSession, asked: argparse.Namespace) -> int:
    """Plans, spreads and merges; the exit status of the merge."""
    arguments = [asked.pipeline, *(word for text in asked.set for word in ("--set", text))]
    clock = [time.monotonic()]
    parts = plan(asked, arguments)
    clock.append(time.monotonic())
    try:
        rows = spread(spark, parts, arguments, asked.store) if parts else []
    except Exception as error:  # its class differs between versions and ways to connect
        # Spark tells the whole way of the fault; ours is the line that names the part.
        causes = [line.split("RuntimeError: ", 1)[-1] for line in str(error).splitlines() if "RuntimeError: " in line]
        fail("a part failed on every try; what the others made is kept in the store", causes or [str(error)[:2000]])
    tell(rows)
    failed = [row for row in rows if row["status"] == "failed"]
    if failed:
        fail(f"{len(failed)} of {len(rows)} parts failed", [f"part {row['part']}: {row['cause']}" for row in failed])
    clock.append(time.monotonic())
    code = merge(asked, arguments)
    clock.append(time.monotonic())
    planned, spent, merged = (end - start for start, end in zip(clock, clock[1:]))
    print(f"planned in {planned:.2f} s, parts in {spent:.2f} s, merged in {merged:.2f} s")
    return code


def main() -> None:
    asked = options()
    found = SparkSession.getActiveSession()
    spark = found or SparkSession.builder.appName(f"scale {pathlib.Path(asked.pipeline).stem}").getOrCreate()
    try:
        code = run(spark, asked)
    finally:
        # A driver that just ends has Spark start executors anew until its end; a session that was there (Databricks) is not ours.
        if found is None:
            spark.stop()
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main()
