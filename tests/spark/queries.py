"""Runs the queries of the README on a partitioned country and holds them to read what they ask for, and nothing else.

Usage: python tests/spark/queries.py README.md FOLDER

A block of the README after the line <!-- query: ENGINE --> prints how many squares lie in a corner of county 01, and their
residents. All engines must print the same: of the folder, and of a copy in which all that lies beside the corner is
overwritten with noughts, which an engine that reads it stumbles over. Where a file in the corner is overwritten, all must fail.
"""

import importlib.util
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pyarrow.parquet

ENGINES = ("duckdb", "polars", "pyspark", "sedonadb")
CELLS = "country/cells"


def printed(query: str, folder: pathlib.Path) -> tuple | None:
    """Squares and residents; `None` where the query fails."""
    done = subprocess.run([sys.executable, "-c", query], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        return None
    squares, residents = re.findall(r"\d+(?:\.\d+)?", done.stdout.splitlines()[-1])
    return int(squares), round(float(residents), 6)


def lies_in_the_corner(at: dict) -> bool:
    """Whether a file of the index has squares that the queries ask for."""
    return at["file"].startswith("county=01/") and at["bbox"][1] < 6_520_000


def overwritten(folder: pathlib.Path, copy: pathlib.Path, files: list) -> pathlib.Path:
    """A copy in which the values of some files are noughts; what a file says of them at its end is left."""
    shutil.copytree(folder, copy)
    for path in (copy / CELLS / file for file in files):
        about, content = pyarrow.parquet.read_metadata(path), bytearray(path.read_bytes())
        for group in map(about.row_group, range(about.num_row_groups)):
            for column in map(group.column, range(group.num_columns)):
                start = min(filter(None, (column.dictionary_page_offset, column.data_page_offset)))
                content[start:start + column.total_compressed_size] = bytes(column.total_compressed_size)
        path.write_bytes(content)
    return copy


def main() -> None:
    readme, folder = pathlib.Path(sys.argv[1]).read_text(), pathlib.Path(sys.argv[2]).resolve()
    queries = dict(re.findall(r"<!-- query: (\w+) -->\n```python\n(.*?)```", readme, re.DOTALL))
    assert set(ENGINES) == queries.keys(), queries.keys()
    index = json.loads((folder / CELLS / "_index.json").read_text())
    inside = [at["file"] for at in index if lies_in_the_corner(at)]
    beside = [at["file"] for at in index if not lies_in_the_corner(at)]
    assert inside and any(file.startswith("county=01/") for file in beside), index
    with tempfile.TemporaryDirectory(prefix="scale-queries-") as held:
        less = overwritten(folder, pathlib.Path(held, "less"), beside)
        broken = overwritten(folder, pathlib.Path(held, "broken"), inside[:1])
        found = {}
        for engine in ENGINES:
            if importlib.util.find_spec(engine) is None:
                print(f"skipped: {engine} is not installed")
                continue
            found[engine] = printed(queries[engine], folder)
            assert found[engine] is not None, f"the query for {engine} fails"
            assert printed(queries[engine], less) == found[engine], f"{engine} reads what it was not asked for"
            assert printed(queries[engine], broken) is None, f"{engine} does not read what it was asked for"
            squares, residents = found[engine]
            print(f"{engine}: {squares} squares, {residents} residents from {len(inside)} of {len(index)} files")
    assert len(set(found.values())) == 1, found


if __name__ == "__main__":
    main()
