"""Opens every layer that `scale map` wrote with other programs: GeoPandas, DuckDB and GDAL's own reader.

Usage: python tests/readers.py OUT. Row counts, CRS and types must be those of the manifest and of the documentation.
"""

import json
import pathlib
import sys

import duckdb
import geopandas
import pyogrio

TEXT = {"area_id", "unit_id", "geography_level", "geography_id", "role", "indicator", "theme", "unit", "sex", "age",
        "obs_status", "method", "definition", "source"}

# Of the layers of actors; every other column is text.
OF_ACTORS = {"uncertainty_m": "DOUBLE", "counted": "BOOLEAN"}


def check_actors(folder: pathlib.Path, area: str, rows: dict) -> int:
    """The table of actors without a point, and the columns of both layers."""
    checked = 0
    for layer in ("actors", "actors_unplaced"):
        if layer not in rows:
            continue
        table = folder / f"{area}_{layer}.parquet"
        for name, kind, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM '{table}'").fetchall():
            if name not in ("geometry", "bbox"):
                assert kind == OF_ACTORS.get(name, "VARCHAR"), (area, layer, name, kind)
        count = duckdb.sql(f"SELECT count(*) FROM '{table}'").fetchall()[0][0]
        frame = pyogrio.read_dataframe(folder / f"{area}.gpkg", layer=layer)
        assert count == len(frame) == rows[layer], (area, layer, count, len(frame))
        assert frame["name"].notna().all() and set(frame["counted"]) <= {0, 1}, (area, layer, frame.dtypes)
        known = {"point"} if layer == "actors" else {"area", "all_areas", "unknown"}
        assert set(frame["known_at"]) <= known, (area, layer, set(frame["known_at"]))
        checked += 2
    return checked


def check(folder: pathlib.Path) -> int:
    manifest = json.loads((folder / "manifest.json").read_text())
    area, checked = manifest["area_id"], 0
    rows = manifest["outputs"][0]["rows"]
    for layer in ("area", "units", "stations", "actors"):
        if layer == "actors" and layer not in rows:
            continue
        for frame in (
            geopandas.read_parquet(folder / f"{area}_{layer}.parquet"),
            geopandas.read_file(folder / f"{area}.gpkg", layer=layer),
        ):
            assert len(frame) == rows[layer], (area, layer, len(frame))
            assert f"EPSG:{frame.crs.to_epsg()}" == manifest["crs"], (area, layer, frame.crs)
            assert frame.geometry.is_valid.all(), (area, layer)
            checked += 1
        info = pyogrio.read_info(folder / f"{area}.gpkg", layer=layer)
        assert info["features"] == rows[layer] and info["crs"] == manifest["crs"], info
    table = folder / f"{area}_indicators.parquet"
    described = duckdb.sql(f"DESCRIBE SELECT * FROM '{table}'").fetchall()
    for name, kind, *_ in described:
        expected = "VARCHAR" if name in TEXT else "INTEGER" if name == "year" else "DOUBLE"
        assert kind == expected, (area, name, kind)
    count = duckdb.sql(f"SELECT count(*) FROM '{table}'").fetchall()[0][0]
    assert count == rows["indicators"], (area, count)
    assert pyogrio.read_info(folder / f"{area}.gpkg", layer="indicators")["features"] == count
    return checked + 2 + check_actors(folder, area, rows)


if __name__ == "__main__":
    folders = sorted(path.parent for path in pathlib.Path(sys.argv[1]).glob("*/manifest.json"))
    assert folders, "no baseline found"
    print(f"{sum(check(folder) for folder in folders)} layers of {len(folders)} areas read")
