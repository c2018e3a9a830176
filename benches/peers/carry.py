"""The same areal weighting onto squares by DuckDB, tobler, SedonaDB and scale, side by side.

    benches/peers/run carry FILE [SIDE [COUNTY]]

FILE holds polygons in a metric system and is turned into GeoParquet once. Every polygon gets a made count; it is carried
onto the squares of SIDE metres (1000 unless given) that the polygons meet, and summed; with COUNTY only those whose
column lanskod says so: the two tasks are RegSO of Sweden onto 1000, and those of county 01 onto 250. Timed is everything from the
GeoParquet on disk to the sum. The peers get the squares ready as GeoParquet, which they also read; scale makes its own.
Its whole process, with all cells and their statuses written as GeoParquet, is timed as well. Nothing is taken from a cache.
On a machine that does other things, too, the seconds of the processors say more than those of the clock.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import geopandas
import numpy
import pyarrow
import sedonadb
import shapely
from tobler.area_weighted import area_interpolate


def timed(work):
    """The result, seconds by the clock, and seconds of all processors together (user and system, child processes too)."""
    start, before = time.perf_counter(), os.times()
    result = work()
    seconds, after = time.perf_counter() - start, os.times()
    return result, seconds, sum(after[:4]) - sum(before[:4])


def squares(polygons, side):
    """Every square that some polygon covers more than a touch of."""
    west, south, east, north = polygons.total_bounds
    columns = numpy.arange(numpy.floor(west / side), numpy.ceil(east / side)) * side
    rows = numpy.arange(numpy.floor(south / side), numpy.ceil(north / side)) * side
    x, y = (grid.ravel() for grid in numpy.meshgrid(columns, rows))
    cells = shapely.box(x, y, x + side, y + side)
    met = numpy.unique(shapely.STRtree(cells).query(polygons.geometry, predicate="intersects")[1])
    frame = geopandas.GeoDataFrame({"cell": numpy.arange(len(met))}, geometry=cells[met], crs=polygons.crs)
    return frame


def by_duckdb(source, cells):
    connection = duckdb.connect()
    extension = next(Path(duckdb.__file__).parent.parent.glob("duckdb_extension_spatial/**/spatial.duckdb_extension"))
    connection.execute(f"LOAD '{extension}'")
    query = f"""
        SELECT count(*), sum(value) FROM (
            SELECT c.cell, sum(s.pop * ST_Area(ST_Intersection(s.geometry, c.geometry)) / ST_Area(s.geometry)) AS value
            FROM read_parquet('{source}') s JOIN read_parquet('{cells}') c ON ST_Intersects(s.geometry, c.geometry)
            GROUP BY c.cell)"""
    return timed(lambda: connection.execute(query).fetchone()[1])


def by_sedonadb(source, cells):
    connection = sedonadb.connect()

    def work():
        connection.read_parquet(str(source)).to_view("s", overwrite=True)
        connection.read_parquet(str(cells)).to_view("c", overwrite=True)
        query = """
            SELECT sum(s.pop * ST_Area(ST_Intersection(s.geometry, c.geometry)) / ST_Area(s.geometry)) AS total
            FROM s JOIN c ON ST_Intersects(s.geometry, c.geometry)"""
        return pyarrow.table(connection.sql(query))["total"][0].as_py()

    return timed(work)


def by_tobler(source, cells):
    def work():
        polygons, targets = geopandas.read_parquet(source), geopandas.read_parquet(cells)
        # On several processors it copies the shapes of every pair: slower here, and over 20 GB for all of Sweden.
        out = area_interpolate(polygons, targets, extensive_variables=["pop"], allocate_total=False, n_jobs=1)
        return float(out["pop"].sum())

    return timed(work)


def by_scale(scale, source, side, out):
    arguments = ["-v", "--json", "--no-cache", "carry", str(source), "--onto", f"grid:{side}", "--extensive", "pop", "--out", str(out)]
    run, *whole = timed(lambda: subprocess.run([scale, *arguments], capture_output=True, text=True, check=True))
    log = re.sub(r"\x1b\[[0-9;]*m", "", run.stderr)
    steps = {name: float(seconds) for name, seconds in re.findall(r'step="([^"]+)" seconds=([0-9.e-]+)', log)}
    return json.loads(run.stdout)["columns"][0]["total_carried"], steps, whole


def main(scale, path, side, county):
    read = geopandas.read_parquet if path.suffix == ".parquet" else geopandas.read_file
    polygons = read(path)
    if county is not None:
        polygons = polygons[polygons["lanskod"] == county].reset_index(drop=True)
    polygons["pop"] = numpy.arange(len(polygons)) % 997 + 100.0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        source, cells = folder / "source.parquet", folder / "cells.parquet"
        polygons[["pop", "geometry"]].to_parquet(source)
        targets = squares(polygons, side)
        targets.to_parquet(cells)
        print(f"{len(polygons)} polygons onto {len(targets)} squares of {side} m; total {polygons['pop'].sum():.0f}")
        total, steps, whole = by_scale(scale, source, side, folder / "out.parquet")
        ours = sum(steps[name] for name in ["open the source", "read the targets", "weigh", "carry"])
        print(f"{'':26}{'seconds':>9}{'processor':>11}{'ratio':>8}  total")
        print(f"{'scale, to the sum':26}{ours:9.2f}{'':11}{1:8.1f}  {total:.6f}")
        print(f"{'scale, whole process':26}{whole[0]:9.2f}{whole[1]:11.2f}{whole[0] / ours:8.1f}")
        print("  " + ", ".join(f"{name} {seconds:.3f}" for name, seconds in steps.items()))
        peers = {"SedonaDB": by_sedonadb, "tobler": by_tobler, "DuckDB spatial": by_duckdb}
        for name, work in peers.items():
            total, seconds, processor = work(source, cells)
            print(f"{name:26}{seconds:9.2f}{processor:11.2f}{seconds / ours:8.1f}  {total:.6f}", flush=True)


main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1000, sys.argv[4] if len(sys.argv) > 4 else None)
