"""The pipelines that are run on Spark and measured, and what they read."""

import csv
import json
import pathlib
import shutil
import sqlite3

COUNTRY = pathlib.Path(__file__).resolve().parent.parent.parent / "examples/spark/country.toml"

# West, south, east and north of the middle of two cities, in degrees, and the system in which their metres are.
CITIES = {
    "porto": ((-8.68, 41.145, -8.58, 41.175), "EPSG:3763", "porto/porto_portugal.osm.pbf"),
    "porto-alegre": ((-51.23, -30.09, -51.17, -30.03), "EPSG:31982", "porto-alegre/poa_osm.pbf"),
}

WALKS = """scale = 1
title = "What is near in a city"
[areas]
from = "{areas}"
crs = "{crs}"
[data]
from = "{nothing}"
[steps.walks]
kind = "access"
blocks = 4
streets = "{streets}"
from = "grid:100"
to = "{places}"
measure = ["nearest:3", "cumulative:15"]
out = "walks.parquet"
[steps.publish]
kind = "publish"
from = ["walks"]
"""

NEAREST = """scale = 1
title = "The five nearest of so many places"
[steps.walks]
kind = "access"
each = "all"
blocks = {blocks}
streets = "{streets}"
from = "{origins}"
to = "{destinations}"
measure = ["nearest:5"]
out = "walks.parquet"
[steps.publish]
kind = "publish"
from = ["walks"]
folder = "walks"
"""

RIDES = """scale = 1
title = "Jobs of Porto Alegre"
[steps.rides]
kind = "access"
each = "all"
blocks = {blocks}
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


def filled(path: pathlib.Path, text: str, **values) -> pathlib.Path:
    """A pipeline with its gaps filled."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    path.write_text(text)
    return path


def country(folder: pathlib.Path, blocks: int = 8) -> pathlib.Path:
    """The pipeline of the example."""
    path = pathlib.Path(shutil.copy(COUNTRY, folder / f"country-{blocks}.toml"))
    path.write_text(path.read_text().replace("blocks = 8", f"blocks = {blocks}"))
    return path


def small_country(folder: pathlib.Path) -> pathlib.Path:
    """The pipeline beside twelve units in three counties, with residents."""
    features, counts = [], ["regsokod;residents"]
    for at in range(12):
        x, y = 500_000 + (at % 4) * 7_300, 6_500_000 + (at // 4) * 9_100
        properties = {"regsokod": f"{at:04}R001", "lanskod": ["01", "03", "25"][at % 3]}
        features.append(square((x, y, x + 7_300, y + 9_100), properties))
        counts.append(f"{at:04}R001;{100 * (at + 1)}")
    layer = {"type": "FeatureCollection", "features": features,
             "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}}
    (folder / "units.geojson").write_text(json.dumps(layer))
    (folder / "counts.csv").write_text("\n".join(counts) + "\n")
    return country(folder)


def square(sides: tuple, properties: dict) -> dict:
    west, south, east, north = sides
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def sweden(folder: pathlib.Path, data: pathlib.Path, side: int) -> dict:
    """What the pipeline of the example is set to for all of Sweden on squares."""
    regso = data / "stockholm/regso_2025_sweden.gpkg"
    return {"units": regso, "counts": one_each(regso, folder), "count": "units", "onto": f"grid:{side}"}


def one_each(regso: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """Every unit counts one: squares then hold parts of units, and their sum is the number of units."""
    with sqlite3.connect(f"file:{regso}?mode=ro", uri=True) as connection:
        codes = [code for (code,) in connection.execute("SELECT regsokod FROM RegSO_2025 ORDER BY regsokod")]
    counts = folder / "one-each.csv"
    counts.write_text("regsokod;units\n" + "".join(f"{code};1\n" for code in codes))
    return counts


def walks(folder: pathlib.Path, data: pathlib.Path, city: str) -> pathlib.Path:
    """The middle of a city cut into four tiles: walks from every hectare to the cells of the city, or to a lattice."""
    (west, south, east, north), crs, streets = CITIES[city]
    middle = ((west + east) / 2, (south + north) / 2)
    tiles = {"south-west": (west, south, *middle), "south-east": (middle[0], south, east, middle[1]),
             "north-west": (west, middle[1], middle[0], north), "north-east": (*middle, east, north)}
    areas = folder / f"{city}.geojson"
    areas.write_text(json.dumps({"type": "FeatureCollection",
                                 "features": [square(sides, {"id": name}) for name, sides in tiles.items()]}))
    cells = data / city / "poa_hexgrid.csv"
    places = cells if cells.is_file() else points(folder, 100)
    return filled(folder / f"{city}.toml", WALKS, areas=areas.name, crs=crs, streets=data / streets, places=places, nothing="nothing")


def rides(folder: pathlib.Path, data: pathlib.Path, blocks: int = 6) -> pathlib.Path:
    """Jobs that all of Porto Alegre reaches by bus, rail and on foot."""
    city = data / "porto-alegre"
    return filled(folder / f"rides-{blocks}.toml", RIDES, blocks=blocks, streets=city / "poa_osm.pbf", bus=city / "poa_eptc.zip",
                  rail=city / "poa_trensurb.zip", cells=city / "poa_hexgrid.csv")


def nearest(folder: pathlib.Path, data: pathlib.Path, across: int, blocks: int) -> pathlib.Path:
    """Walks from so many by so many points of Porto to 625 places."""
    origins, destinations = points(folder, across), points(folder, 25)
    return filled(folder / f"nearest-{blocks}.toml", NEAREST, blocks=blocks, streets=data / CITIES["porto"][2],
                  origins=origins.name, destinations=destinations.name)


def points(folder: pathlib.Path, across: int) -> pathlib.Path:
    """A lattice of points over Porto."""
    path = folder / f"points-{across}.csv"
    west, south, east, north = -8.68, 41.14, -8.56, 41.18
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "lon", "lat"])
        for row in range(across):
            for column in range(across):
                lon = west + (east - west) * (column + 0.5) / across
                lat = south + (north - south) * (row + 0.5) / across
                rows.writerow([f"{row}-{column}", f"{lon:.6f}", f"{lat:.6f}"])
    return path
