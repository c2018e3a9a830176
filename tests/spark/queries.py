"""Runs the queries of the README on a partitioned country, with the engines that are installed.

Usage: python tests/spark/queries.py README.md FOLDER

A block of the README after the line <!-- query: ENGINE --> must print what the others print: residents of county 01.
"""

import contextlib
import importlib.util
import io
import os
import pathlib
import re
import sys

ENGINES = ("duckdb", "polars", "pyspark")


def main() -> None:
    readme, folder = pathlib.Path(sys.argv[1]).read_text(), sys.argv[2]
    blocks = dict(re.findall(r"<!-- query: (\w+) -->\n```python\n(.*?)```", readme, re.DOTALL))
    assert set(ENGINES) <= blocks.keys(), blocks.keys()
    os.chdir(folder)
    found = {}
    for engine in ENGINES:
        if importlib.util.find_spec(engine) is None:
            print(f"skipped: {engine} is not installed")
            continue
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(blocks[engine], f"README ({engine})", "exec"), {})
        rows, residents = (float(word) for word in re.findall(r"[\d.]+", printed.getvalue().splitlines()[-1]))
        found[engine] = (int(rows), round(residents, 6))
        print(f"{engine}: {found[engine][0]} squares, {found[engine][1]} residents")
    assert len(set(found.values())) == 1, found


if __name__ == "__main__":
    main()
