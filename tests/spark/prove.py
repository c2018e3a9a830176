"""Runs a pipeline on a small Spark cluster of this machine and holds it against `scale run`.

Usage: python tests/spark/prove.py SCALE

A master and two workers (local-cluster[2,1,1200]) run examples/spark/scale_on_spark.py on a country of twelve units: the bytes
must be those of one run without Spark, although an executor is killed in the middle; a part that always fails must end the
job with its cause; the engines must read the output as the README says. tests/spark/real.py does the same on real data.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from cluster import ROOT, Place, an_executor_killed_in_the_middle_changes_nothing, cleanly, environment, files
from pipelines import small_country

sys.path.append(str(ROOT / "tests/stores"))
from servers import SECRET, s3  # noqa: E402


def a_part_that_always_fails_ends_the_job(scale: pathlib.Path, country: pathlib.Path) -> None:
    place = Place(scale, country)
    # Part 2 dies when the others are in the store: five of the eight blocks.
    waits = f"for i in $(seq 300); do [ $(ls -d {place.folder}/store/results/*/* 2> /dev/null | wc -l) -ge 5 ] && break; sleep 0.2; done"
    code, out, err = place.end(place.start(3, place.program("dies", f'case "$*" in *"--part 2/"*) {waits}; kill -9 $$;; esac')))
    assert code == 1 and "a part failed on every try" in out and "scale was killed" in line(out, "part 2/3"), f"{out}\n{err[-5000:]}"
    assert not (place.folder / "spark").exists(), "a job that failed publishes nothing"
    print("a part that dies on every try ends the job:", line(out, "part 2/3"), flush=True)
    place.alone()
    out = place.must_be_equal(place.start(3))
    assert out.count(" kept ") == 2 and out.count(" made ") == 1, out
    print("the job started again makes what is missing: the same bytes", flush=True)


def a_fault_of_the_input_ends_the_job(scale: pathlib.Path, country: pathlib.Path) -> None:
    place = Place(scale, country, {"count": "resident"})
    code, out, err = place.end(place.start(3))
    assert code == 1 and "3 of 3 parts failed" in out and '"resident"' in out, f"{out}\n{err[-5000:]}"
    print("a fault of the input ends the job:", line(out, '"resident"'), flush=True)


def a_store_at_an_address_holds_the_same(scale: pathlib.Path, country: pathlib.Path) -> None:
    """Driver and executors share nothing but a bucket: the pipeline, what it reads, the results and the output lie there."""
    with tempfile.TemporaryDirectory(prefix="scale-bucket-") as folder:
        if not (started := s3(pathlib.Path(folder))):
            print("skipped: moto is not installed, no job has run on a bucket")
            return
        import boto3

        server, root, keys = started
        os.environ.update(keys)
        try:
            bucket = boto3.resource("s3", endpoint_url=keys["AWS_ENDPOINT_URL"]).Bucket(root.removeprefix("s3://"))
            for path in files(country.parent).values():
                bucket.upload_file(str(path), path.name)
            place = Place(scale, country)
            place.alone()
            job = place.start(3, root=f"{root}/")
            assert job.wait() == 0, place.end(job)
            for one in bucket.objects.filter(Prefix="spark/"):
                path = place.folder / one.key
                path.parent.mkdir(parents=True, exist_ok=True)
                bucket.download_file(one.key, str(path))
            out = place.must_be_equal(job)
            assert SECRET not in out + (place.folder / "stderr").read_text()
        finally:
            server.terminate()
            server.wait()
        print("machines that share only a bucket: the same bytes\n" + out, flush=True)


def line(text: str, word: str) -> str:
    return next((line.strip() for line in text.splitlines() if word in line), "")


def prove(scale: pathlib.Path, country: pathlib.Path) -> None:
    place = Place(scale, country)
    an_executor_killed_in_the_middle_changes_nothing(place, 4)
    queries = [sys.executable, pathlib.Path(__file__).with_name("queries.py"), ROOT / "README.md", place.folder / "spark"]
    subprocess.run(queries, check=True, env=environment())
    a_part_that_always_fails_ends_the_job(scale, country)
    a_fault_of_the_input_ends_the_job(scale, country)
    a_store_at_an_address_holds_the_same(scale, country)


def main() -> None:
    scale = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="scale-country-") as folder, cleanly():
        prove(scale, small_country(pathlib.Path(folder)))
    print("nothing is left of Spark")


if __name__ == "__main__":
    main()
