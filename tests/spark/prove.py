"""Runs pipelines on a small Spark cluster of this machine and holds them against `scale run`.

Usage: python tests/spark/prove.py SCALE [DATA]

A master and two workers (local-cluster[2,1,1200]) run examples/spark/scale_on_spark.py; the bytes must be those of one run
without Spark, also when an executor is killed in the middle, and a part that always fails must end the job with its cause.
With DATA, a folder of real data, all of Sweden and two cities are made as well; without it, a country of twelve units.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pyspark

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
JOB = ROOT / "examples/spark/scale_on_spark.py"
COUNTRY = ROOT / "examples/spark/country.toml"
SPARK_HOME = pathlib.Path(pyspark.__file__).parent


def environment() -> dict:
    java = pathlib.Path(shutil.which("java")).resolve().parent.parent
    return os.environ | {
        "JAVA_HOME": str(java), "SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable, "SOURCE_DATE_EPOCH": "1700000000",
    }


class Place:
    """A folder for one pipeline, its store and its outputs."""

    def __init__(self, scale: pathlib.Path, pipeline: pathlib.Path, sets: dict):
        self.held = tempfile.TemporaryDirectory(prefix="scale-spark-", ignore_cleanup_errors=True)
        self.folder = pathlib.Path(self.held.name)
        self.scale, self.pipeline = scale, pipeline
        self.sets = [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]

    def alone(self) -> float:
        """One run on one machine, and its seconds."""
        command = [self.scale, "--cache", self.folder / "alone-cache", "run", self.pipeline, *self.sets, "--out",
                   self.folder / "alone"]
        start = time.monotonic()
        subprocess.run(command, env=environment(), check=True, capture_output=True)
        return time.monotonic() - start

    def start(self, parts: int, program: pathlib.Path | None = None) -> subprocess.Popen:
        """The job on Spark, just started."""
        command = [
            SPARK_HOME / "bin/spark-submit", "--master", "local-cluster[2,1,1200]",
            "--conf", "spark.executor.memory=800m", "--conf", "spark.ui.enabled=false",
            "--files", program or self.scale, JOB, self.pipeline, "--parts", str(parts),
            "--store", self.folder / "store", "--out", self.folder / "spark", *self.sets,
        ]
        # Workers leave their logs where the job starts.
        return subprocess.Popen(command, env=environment(), cwd=self.folder, text=True, stdout=subprocess.PIPE,
                                stderr=(self.folder / "stderr").open("w"))

    def end(self, job: subprocess.Popen) -> tuple:
        """Exit status, what the driver printed to either stream, which spark-submit joins, and Spark's own log."""
        out, _ = job.communicate(timeout=1800)
        return job.returncode, out, (self.folder / "stderr").read_text()

    def must_be_equal(self, job: subprocess.Popen) -> str:
        code, out, err = self.end(job)
        assert code == 0, f"{out}\n{err[-5000:]}"
        alone, spark = (files(self.folder / name) for name in ("alone", "spark"))
        assert alone.keys() == spark.keys(), (alone.keys() ^ spark.keys())
        differing = [str(name) for name in alone if alone[name].read_bytes() != spark[name].read_bytes()]
        assert alone and not differing, differing
        return out

    def program(self, name: str, text: str) -> pathlib.Path:
        """The program in a wrapper, under the name that the job looks for."""
        path = self.folder / name / "scale"
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\n{text}\nexec {self.scale} \"$@\"\n")
        path.chmod(0o755)
        return path


def files(folder: pathlib.Path) -> dict:
    return {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}


def small_country(folder: pathlib.Path) -> pathlib.Path:
    """The pipeline beside twelve units in three counties, with residents."""
    features, counts = [], ["regsokod;residents"]
    for at in range(12):
        x, y = 500_000 + (at % 4) * 7_300, 6_500_000 + (at // 4) * 9_100
        ring = [[x, y], [x + 7_300, y], [x + 7_300, y + 9_100], [x, y + 9_100], [x, y]]
        properties = {"regsokod": f"{at:04}R001", "lanskod": ["01", "03", "25"][at % 3]}
        features.append({"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}})
        counts.append(f"{at:04}R001;{100 * (at + 1)}")
    layer = {"type": "FeatureCollection", "features": features,
             "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}}
    (folder / "units.geojson").write_text(json.dumps(layer))
    (folder / "counts.csv").write_text("\n".join(counts) + "\n")
    return pathlib.Path(shutil.copy(COUNTRY, folder))


def parent(pid: int) -> int:
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def executor_above(pid: int) -> int:
    """The executor that started a process, which one of our own jobs started."""
    while pid > 1:
        if b"CoarseGrainedExecutorBackend" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
        pid = parent(pid)
    raise AssertionError("no executor above the part")


def an_executor_killed_in_the_middle_changes_nothing(place: Place, parts: int) -> None:
    mark = place.folder / "mark"
    waits = f"""case "$*" in *"--part 1/"*) if mkdir {mark} 2> /dev/null; then echo $$ > {mark}/pid; sleep 600; fi;; esac"""
    job = place.start(parts, place.program("slow", waits))
    while not (mark / "pid").exists() or not (mark / "pid").read_text().strip():
        assert job.poll() is None, place.end(job)
        time.sleep(0.1)
    part = int((mark / "pid").read_text())
    executor = executor_above(part)
    os.kill(executor, signal.SIGKILL)
    place.must_be_equal(job)
    try:
        os.kill(part, signal.SIGKILL)  # what waited in the killed executor
    except ProcessLookupError:
        pass
    print(f"executor {executor} was killed while it made part 1/{parts}: the same bytes")


def a_part_that_always_fails_ends_the_job(scale: pathlib.Path, country: pathlib.Path) -> None:
    place = Place(scale, country, {})
    code, out, err = place.end(place.start(3, place.program("dies", 'case "$*" in *"--part 2/"*) kill -9 $$;; esac')))
    assert code == 1 and "a part failed on every try" in out and "part 2/3" in out, f"{out}\n{err[-5000:]}"
    print("a part that dies on every try ends the job:", line(out, "part 2/3"))
    place = Place(scale, country, {"count": "resident"})
    code, out, err = place.end(place.start(3))
    assert code == 1 and "3 of 3 parts failed" in out and '"resident"' in out, f"{out}\n{err[-5000:]}"
    print("a fault of the input ends the job:", line(out, '"resident"'))


def line(text: str, word: str) -> str:
    return next(line.strip() for line in text.splitlines() if word in line)


def made(place: Place, parts: int, title: str) -> None:
    seconds = place.alone()
    start = time.monotonic()
    out = place.must_be_equal(place.start(parts))
    print(f"{title}: {parts} parts in {time.monotonic() - start:.1f} s on Spark, {seconds:.1f} s alone: the same bytes")
    print(out)


def main() -> None:
    scale = pathlib.Path(sys.argv[1]).resolve()
    held = tempfile.TemporaryDirectory(prefix="scale-country-")
    folder = pathlib.Path(held.name)
    country = small_country(folder)
    place = Place(scale, country, {})
    made(place, 4, "a small country")
    subprocess.run([sys.executable, HERE / "queries.py", ROOT / "README.md", place.folder / "spark"], check=True, env=environment())
    killed = Place(scale, country, {})
    killed.alone()
    an_executor_killed_in_the_middle_changes_nothing(killed, 4)
    a_part_that_always_fails_ends_the_job(scale, country)
    if len(sys.argv) > 2:
        import real
        real.run(scale, country, pathlib.Path(sys.argv[2]).resolve())


if __name__ == "__main__":
    main()
