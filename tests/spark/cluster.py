"""A small Spark cluster of this machine, and jobs on it that are held against `scale run`."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid

import pyspark

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
JOB = ROOT / "examples/spark/scale_on_spark.py"
SPARK_HOME = pathlib.Path(pyspark.__file__).parent
# Two workers of one core and 1,200 MB. Executors take their cores first, and their memory only as they use it.
LOCAL = "local-cluster[2,1,1200]"
# Whatever is started here and whatever that starts carries it, so that nothing of it is overlooked at the end.
MARK = ("SCALE_SPARK_PROOF", uuid.uuid4().hex)


def environment() -> dict:
    java = pathlib.Path(shutil.which("java")).resolve().parent.parent
    return os.environ | {
        "JAVA_HOME": str(java), "SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1",
        "SOURCE_DATE_EPOCH": "1700000000", MARK[0]: MARK[1],
    }


def home(folder: pathlib.Path) -> pathlib.Path:
    """Spark as it is installed, in a folder where its workers may leave what they were sent, which they never remove."""
    home = folder / "home"
    home.mkdir()
    for part in SPARK_HOME.iterdir():
        if part.name != "work":
            (home / part.name).symlink_to(part)
    return home


class Place:
    """A folder for one pipeline, its store and its outputs, and for all that Spark leaves behind."""

    def __init__(self, scale: pathlib.Path, pipeline: pathlib.Path, sets: dict | None = None):
        self.held = tempfile.TemporaryDirectory(prefix="scale-spark-", ignore_cleanup_errors=True)
        self.folder = pathlib.Path(self.held.name)
        self.home = home(self.folder)
        self.scale, self.pipeline = scale, pipeline
        self.sets = [word for key, value in (sets or {}).items() for word in ("--set", f"{key}={value}")]

    def alone(self) -> float:
        """One run on one machine, and its seconds."""
        command = [self.scale, "--cache", self.folder / "alone-cache", "run", self.pipeline, *self.sets, "--out",
                   self.folder / "alone"]
        start = time.monotonic()
        done = subprocess.run(command, env=environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return time.monotonic() - start

    def start(self, parts: int, program: pathlib.Path | None = None, master: str = LOCAL, root: str = "") -> subprocess.Popen:
        """The job on Spark, just started; with all that it reads and writes below an address where one is given."""
        pipeline = f"{root}{self.pipeline.name}" if root else self.pipeline
        command = [
            SPARK_HOME / "bin/spark-submit", "--master", master,
            "--conf", "spark.executor.memory=800m", "--conf", "spark.ui.enabled=false",
            "--files", program or self.scale, JOB, pipeline, "--parts", str(parts),
            "--store", f"{root}store", "--out", f"{root}spark", *self.sets,
        ]
        own = {"SPARK_HOME": str(self.home), "SPARK_LOCAL_DIRS": str(self.home)}
        return subprocess.Popen(command, env=environment() | own, cwd=self.folder, text=True, stdout=subprocess.PIPE,
                                stderr=(self.folder / "stderr").open("w"))

    def end(self, job: subprocess.Popen) -> tuple:
        """Exit status, what the driver printed to either stream, which spark-submit joins, and Spark's own log."""
        out, _ = job.communicate(timeout=1800)
        return job.returncode, out, (self.folder / "stderr").read_text()

    def must_be_equal(self, job: subprocess.Popen) -> str:
        """Waits for the job, and holds what it published against the run on one machine; what it printed."""
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

    def waits(self) -> pathlib.Path:
        """A program that waits in part 1, the first time that it is made."""
        mark = self.folder / "mark"
        return self.program("slow", f"""case "$*" in *"--part 1/"*) if mkdir {mark} 2> /dev/null; then
  echo $$ > {mark}/written && mv {mark}/written {mark}/pid; exec sleep 600; fi;; esac""")

    def waiting(self, job: subprocess.Popen) -> int:
        """The process that waits in part 1, as soon as it does."""
        mark = self.folder / "mark/pid"
        while not mark.exists():
            assert job.poll() is None, self.end(job)
            time.sleep(0.1)
        return int(mark.read_text())


def files(folder: pathlib.Path) -> dict:
    return {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}


def made(place: Place, parts: int, title: str) -> None:
    """Makes a pipeline on one machine and on Spark, and tells that the bytes are the same."""
    seconds = place.alone()
    start = time.monotonic()
    out = place.must_be_equal(place.start(parts))
    size = sum(path.stat().st_size for path in files(place.folder / "spark").values()) / 1e6
    print(f"{title}: {parts} parts in {time.monotonic() - start:.1f} s on Spark, {seconds:.1f} s alone: the same bytes"
          f" ({size:.1f} MB)\n{out}", flush=True)


def an_executor_killed_in_the_middle_changes_nothing(place: Place, parts: int) -> None:
    place.alone()
    job = place.start(parts, place.waits())
    part = place.waiting(job)
    executor = above(part, b"CoarseGrainedExecutorBackend")
    os.kill(executor, signal.SIGKILL)
    out = place.must_be_equal(job)
    kill(part)  # it may wait on, though nobody waits for it
    print(f"executor {executor} was killed while it made part 1/{parts}: the same bytes\n{out}", flush=True)


class Standalone:
    """A master and two workers of one core, each a process of its own."""

    def __init__(self):
        self.held = tempfile.TemporaryDirectory(prefix="scale-workers-", ignore_cleanup_errors=True)
        self.processes = []

    def __enter__(self) -> str:
        """The address of the master."""
        master = self.start("master", "deploy.master.Master", "--port", "0")
        address = self.said(master, r"Starting Spark master at (spark://\S+)")
        for name in ("one", "other"):
            log = self.start(name, "deploy.worker.Worker", address, "--cores", "1", "--memory", "1200m", "--work-dir",
                             pathlib.Path(self.held.name, name))
            self.said(log, "(Successfully registered with master)")
        return address

    def __exit__(self, *_) -> None:
        for process in reversed(self.processes):
            process.terminate()
            process.wait()

    def start(self, name: str, of: str, *words) -> pathlib.Path:
        """Starts one of them; the file that it writes its log to."""
        log = pathlib.Path(self.held.name, f"{name}.log")
        command = [SPARK_HOME / "bin/spark-class", f"org.apache.spark.{of}", *words, "--host", "127.0.0.1", "--webui-port", "0"]
        local = {"SPARK_LOCAL_DIRS": self.held.name}
        self.processes.append(subprocess.Popen(command, env=environment() | local, stdout=log.open("w"), stderr=subprocess.STDOUT))
        return log

    def said(self, log: pathlib.Path, words: str) -> str:
        """What a log says, as soon as it does."""
        for _ in range(600):
            if found := re.search(words, log.read_text()):
                return found[1]
            time.sleep(0.1)
        raise AssertionError(log.read_text())


def a_worker_killed_in_the_middle_changes_nothing(place: Place, parts: int) -> None:
    place.alone()
    with Standalone() as master:
        job = place.start(parts, place.waits(), master)
        part = place.waiting(job)
        worker = above(part, b"deploy.worker.Worker")
        os.kill(worker, signal.SIGKILL)
        out = place.must_be_equal(job)
    kill(part)
    print(f"worker {worker} of a standalone cluster was killed while it made part 1/{parts}: the same bytes\n{out}", flush=True)


def kill(pid: int) -> None:
    """Ends a process that one of our own jobs started, if it has not ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def above(pid: int, name: bytes) -> int:
    """The process of that name that started another, at whatever remove."""
    while pid > 1:
        process = pathlib.Path(f"/proc/{pid}")
        if name in (process / "cmdline").read_bytes():
            return pid
        pid = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    raise AssertionError(f"no {name.decode()} above the part")


def left() -> dict:
    """Processes that jobs of this run started and that are still there, with their commands."""
    mark, found = "=".join(MARK).encode(), {}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found[int(process.name)] = command.strip()
        except OSError:
            pass  # it ended meanwhile, or is another user's
    return {pid: command for pid, command in found.items() if command}


@contextlib.contextmanager
def cleanly():
    """Around all jobs: nothing of them may be left, also where they are stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    try:
        yield
    finally:
        nothing_may_be_left()


def nothing_may_be_left(seconds: float = 15) -> None:
    """Waits for what is ending; what is still there then is ended, and told as a fault."""
    end = time.monotonic() + seconds
    while left() and time.monotonic() < end:
        time.sleep(0.2)
    still = left()
    for pid in still:
        kill(pid)
    assert not still, f"still there after the last job: {still}"
