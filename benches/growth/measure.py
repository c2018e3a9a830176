"""How time and memory grow with the input: tables for the README.

Usage: python benches/growth/measure.py SCALE DATA

Processor seconds (user and system) count, not the clock: they differ little when other work runs on the machine. Each is the
least of so many runs (RUNS).
"""

import json
import math
import os
import pathlib
import sqlite3
import sys
import tempfile

from cost import least

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests/spark"))
from pipelines import CITIES, one_each, points  # noqa: E402

RUNS = 1


def table(title: str, sizes: list, commands: list) -> None:
    """A row a size; the last column holds the growth of time against that of n log n."""
    print(f"\n{title}\n\n| | n | processor s | s | most memory, MB | time / (n log n), first = 1 |\n| --- | --- | --- | --- | --- | --- |")
    first = None
    for factor, n, command in zip((1, 4, 16), sizes, commands):
        cpu, clock, memory = least(command, RUNS)
        each = cpu / (n * math.log2(n))
        first = first or each
        print(f"| {factor}× | {n:,} | {cpu:.2f} | {clock:.2f} | {memory:.0f} | {each / first:.2f} |")


def some(regso: pathlib.Path, folder: pathlib.Path, every: int) -> tuple:
    """A copy with one of so many units."""
    path = folder / f"regso-{every}.gpkg"
    path.write_bytes(regso.read_bytes())
    with sqlite3.connect(path) as connection:
        # The index of the file is kept up by triggers with functions that are not here.
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("DELETE FROM RegSO_2025 WHERE fid % ? != 0", (every,))
        (count,) = connection.execute("SELECT count(*) FROM RegSO_2025").fetchone()
    return path, count


def some_cells(cells: pathlib.Path, folder: pathlib.Path, every: int) -> tuple:
    """A copy with one of so many lines."""
    header, *rows = cells.read_text().splitlines()
    path = folder / f"cells-{every}.csv"
    path.write_text("\n".join([header, *rows[::every]]) + "\n")
    return path, len(rows[::every])


def growth(scale: pathlib.Path, data: pathlib.Path, folder: pathlib.Path) -> None:
    regso = data / "stockholm/regso_2025_sweden.gpkg"
    counts = one_each(regso, folder)

    def carry(source: pathlib.Path, side: int) -> list:
        return [scale, "--quiet", "--no-cache", "carry", source, "--values", counts, "--key", "regsokod", "--extensive",
                "units", "--onto", f"grid:{side}", "--out", folder / "out.parquet"]

    squares = [535_114 * (1000 // side) ** 2 for side in (1000, 500, 250)]
    table("Carrying all of Sweden onto squares of 1,000, 500 and 250 m (n is the number of squares, about)", squares,
          [carry(regso, side) for side in (1000, 500, 250)])
    cut = [some(regso, folder, every) for every in (16, 4, 1)]
    table("Carrying a sixteenth, a quarter and all of the units onto squares of 1,000 m (n is the number of units)",
          [count for _, count in cut], [carry(path, 1000) for path, _ in cut])
    streets = data / CITIES["porto"][2]
    places = {across: points(folder, across) for across in (25, 50, 100, 200, 400)}

    def access(origins: int, destinations: int, measure: str) -> list:
        return [scale, "--quiet", "--no-cache", "access", "--streets", streets, "--from", places[origins], "--to",
                places[destinations], "--measure", measure, "--out", folder / "out.parquet"]

    table("The five nearest of 625 places on the streets of Porto (n is the number of origins)",
          [across ** 2 for across in (100, 200, 400)], [access(across, 25, "nearest:5") for across in (100, 200, 400)])
    table("What is within 15 minutes of 10,000 origins (n is the number of destinations)",
          [across ** 2 for across in (25, 50, 100)], [access(100, across, "cumulative:15") for across in (25, 50, 100)])


    city = data / "porto-alegre"
    cells = {every: some_cells(city / "poa_hexgrid.csv", folder, every) for every in (16, 4, 1)}
    ride = ["--mode", "transit", "--depart", "2019-05-13T14:00/15:00", "--percentiles", "5,50,95", "--measure", "nearest,cumulative:30"]
    table("Rides to all 1,227 cells of Porto Alegre, 60 departures, from a sixteenth, a quarter and all of them (n is the number of origins)",
          [count for _, count in cells.values()],
          [[scale, "--quiet", "--no-cache", "access", "--streets", city / "poa_osm.pbf", "--gtfs", city / "poa_eptc.zip", "--gtfs",
            city / "poa_trensurb.zip", "--from", origins, "--to", city / "poa_hexgrid.csv", "--weight", "jobs", *ride, "--out",
            folder / "out.parquet"] for origins, _ in cells.values()])


def main() -> None:
    scale, data = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    print(json.dumps({"cores": os.cpu_count(), "load before": round(os.getloadavg()[0], 1)}))
    with tempfile.TemporaryDirectory(prefix="scale-growth-") as folder:
        growth(scale, data, pathlib.Path(folder))


if __name__ == "__main__":
    main()
