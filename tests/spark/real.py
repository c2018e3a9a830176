"""All of Sweden on squares, and two cities cut into tiles, on Spark and on one machine: the same bytes."""

import json
import pathlib
import sqlite3

from prove import Place, an_executor_killed_in_the_middle_changes_nothing, made

# Squares over the middle of Porto and its neighbours, in degrees: west, south, east, north.
PORTO = {"west": (-8.68, 41.145, -8.63, 41.175), "east": (-8.63, 41.145, -8.58, 41.175)}

WALKS = """scale = 1
title = "Services of Porto"
[areas]
from = "areas.geojson"
crs = "EPSG:3763"
[data]
from = "nothing"
[steps.walks]
kind = "access"
blocks = 4
streets = "{streets}"
from = "grid:100"
to = "services:pharmacy,groceries"
measure = ["nearest:3", "cumulative:15"]
out = "walks.parquet"
[steps.publish]
kind = "publish"
from = ["walks"]
"""

RIDES = """scale = 1
title = "Jobs of Porto Alegre"
[steps.rides]
kind = "access"
each = "all"
blocks = 6
streets = "{streets}"
gtfs = ["{bus}", "{rail}"]
from = "{cells}"
to = "{cells}"
weight = "jobs"
mode = ["transit", "walk"]
depart = "2019-05-13T14:00/15:00"
percentiles = ["5", "50", "95"]
measure = ["cumulative:30,60"]
out = "rides.parquet"
[steps.publish]
kind = "publish"
from = ["rides"]
folder = "rides"
"""


def run(scale: pathlib.Path, country: pathlib.Path, data: pathlib.Path) -> None:
    folder = country.parent
    regso = data / "stockholm/regso_2025_sweden.gpkg"
    sets = {"units": regso, "counts": one_each(regso, folder), "count": "units"}
    for side in (1000, 250):
        place = Place(scale, country, sets | {"onto": f"grid:{side}"})
        made(place, 8, f"RegSO of all Sweden on squares of {side} m")
    killed = Place(scale, country, sets)
    killed.alone()
    an_executor_killed_in_the_middle_changes_nothing(killed, 8)
    made(Place(scale, porto(folder, data), {}), 8, "walks in Porto")
    made(Place(scale, porto_alegre(folder, data), {}), 6, "rides in Porto Alegre")


def one_each(regso: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """Every unit counts one: squares then hold parts of units, and their sum is the number of units."""
    with sqlite3.connect(f"file:{regso}?mode=ro", uri=True) as connection:
        codes = [code for (code,) in connection.execute("SELECT regsokod FROM RegSO_2025 ORDER BY regsokod")]
    counts = folder / "one-each.csv"
    counts.write_text("regsokod;units\n" + "".join(f"{code};1\n" for code in codes))
    return counts


def porto(folder: pathlib.Path, data: pathlib.Path) -> pathlib.Path:
    def feature(name: str, west: float, south: float, east: float, north: float) -> dict:
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        return {"type": "Feature", "properties": {"id": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    areas = {"type": "FeatureCollection", "features": [feature(name, *box) for name, box in PORTO.items()]}
    (folder / "areas.geojson").write_text(json.dumps(areas))
    pipeline = folder / "porto.toml"
    pipeline.write_text(WALKS.replace("{streets}", str(data / "porto/porto_portugal.osm.pbf")))
    return pipeline


def porto_alegre(folder: pathlib.Path, data: pathlib.Path) -> pathlib.Path:
    pipeline, text = folder / "porto-alegre.toml", RIDES
    files = {"streets": "poa_osm.pbf", "bus": "poa_eptc.zip", "rail": "poa_trensurb.zip", "cells": "poa_hexgrid.csv"}
    for name, file in files.items():
        text = text.replace(f"{{{name}}}", str(data / "porto-alegre" / file))
    pipeline.write_text(text)
    return pipeline
