"""Asks stores that others wrote, on this machine: what lies at addresses must be what lies in folders, byte for byte.

Usage: python tests/stores/prove.py SCALE [--large]

S3 is spoken with moto (PyPI: moto[server]), Azure with Azurite (npm: azurite, with azure-storage-blob of PyPI to make the
container); what is not installed is skipped, and said. With --large, an object goes up in pieces and comes down in pieces.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from servers import AZURE_KEY, SECRET, azure, s3

PIPELINE = """scale = 1
[areas]
from = "town.geojson"
crs = "EPSG:3006"
[data]
from = "nothing"
[steps.cells]
kind = "carry"
each = "all"
blocks = 4
source = "{source}"
extensive = ["residents"]
onto = "grid:10"
out = "cells.parquet"
[steps.publish]
kind = "publish"
from = ["cells"]
folder = "made"
"""


def squares(count: int, name: str) -> str:
    def feature(at: int) -> dict:
        x, y = 674_000 + 100 * at, 6_580_000
        ring = [[x, y], [x + 100, y], [x + 100, y + 100], [x, y + 100], [x, y]]
        return {"type": "Feature", "properties": {"id": f"{name}{at}", "residents": 10 * (at + 1)},
                "geometry": {"type": "Polygon", "coordinates": [ring]}}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature(at) for at in range(count)]})


class Store:
    """The program in a folder, with the keys of one store."""

    def __init__(self, scale: pathlib.Path, folder: pathlib.Path, root: str, keys: dict):
        self.scale, self.folder, self.root = scale, folder, root
        self.environment = os.environ | keys | {"SOURCE_DATE_EPOCH": "1700000000", "XDG_CACHE_HOME": str(folder / "cache")}

    def run(self, *arguments) -> str:
        command = [str(self.scale), *(str(word).replace("STORE", self.root) for word in arguments)]
        done = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
        assert SECRET not in done.stdout + done.stderr and AZURE_KEY not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def fails(self, *arguments) -> str:
        command = [str(self.scale), *(str(word).replace("STORE", self.root) for word in arguments)]
        done = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 2, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stderr


def baseline(store: Store) -> None:
    store.run("map", "--area", "jarva", "--out", "out")
    store.run("map", "--area", "jarva", "--out", "STORE/base/out")
    store.run("check", "STORE/base/out")
    store.run("diff", "out", "STORE/base/out", "--exit-code")
    again = store.run("map", "--area", "jarva", "--out", "STORE/base/out")
    assert ": 0 put, 8 unchanged" in again, again


def shares(store: Store) -> None:
    """Three machines that share only the store, and one that has all."""
    (store.folder / "town.geojson").write_text(squares(1, "town"))
    (store.folder / "squares.geojson").write_text(squares(40, "s"))
    (store.folder / "own.toml").write_text(PIPELINE.format(source="squares.geojson"))
    # An object to read: the squares, cut to themselves.
    store.run("clip", "squares.geojson", "--areas", "squares.geojson", "--area", "s0", "--out", "STORE/in/one.geojson")
    assert "no such object" in store.fails("clip", "STORE/in/none.geojson", "--areas", "town.geojson", "--area", "town0",
                                           "--out", "x.geojson")
    (store.folder / "source.toml").write_text(PIPELINE.format(source=f"{store.root}/in/one.geojson"))
    store.run("clip", "STORE/in/one.geojson", "--areas", "squares.geojson", "--area", "s0", "--out", "one.geojson")
    (store.folder / "local.toml").write_text(PIPELINE.format(source="one.geojson"))
    store.run("run", "local.toml", "--cache", "one", "--out", "local")
    for part in (3, 1, 2):
        store.run("run", "source.toml", "--part", f"{part}/3", "--store", "STORE/store", "--cache", f"part{part}")
    assert "0 parts made" in store.run("run", "source.toml", "--part", "2/3", "--store", "STORE/store", "--cache", "other")
    store.run("merge", "source.toml", "--store", "STORE/store", "--cache", "merged", "--out", "STORE/out")
    store.run("merge", "source.toml", "--store", "STORE/store", "--cache", "merged", "--out", "there")
    for name in ("cells.parquet",):
        one, merged = (store.folder / root / "made" / name for root in ("local", "there"))
        assert one.read_bytes() == merged.read_bytes(), name
    store.run("diff", "there/made", "STORE/out/made", "--exit-code")


def large(store: Store) -> None:
    """Half a million points that go up in pieces of 16 MB, and come down as they were."""
    draw = random.Random(1)
    crs = '{"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}'
    with (store.folder / "points.geojson").open("w") as out:
        out.write(f'{{"type": "FeatureCollection", "crs": {crs}, "features": [')
        for at in range(500_000):
            place = [674_000 + draw.random() * 100, 6_580_000 + draw.random() * 100]
            values = {"id": str(at), "a": draw.random(), "b": draw.random()}
            feature = {"type": "Feature", "properties": values, "geometry": {"type": "Point", "coordinates": place}}
            out.write((",\n" if at else "") + json.dumps(feature))
        out.write("]}")
    (store.folder / "wide.geojson").write_text(squares(1, "w"))
    clip = ["--areas", "wide.geojson", "--area", "w0", "--intensive", "a,b"]
    store.run("clip", "points.geojson", *clip, "--out", "wide/points.geojson")
    size = (store.folder / "wide/points.geojson").stat().st_size
    store.run("clip", "points.geojson", *clip, "--out", "STORE/wide/points.geojson")
    for source, out in (("STORE/wide/points.geojson", "there"), ("wide/points.geojson", "here")):
        store.run("clip", source, *clip, "--out", f"{out}/again.parquet")
    here, there = ((store.folder / name / "again.parquet").read_bytes() for name in ("here", "there"))
    assert here == there and size > 64 << 20, size
    print(f"  an object of {size / 1e6:.0f} MB went up and came down in pieces")


def main() -> None:
    scale = pathlib.Path(sys.argv[1]).resolve()
    proven = 0
    for name, start in (("S3 (moto)", s3), ("Azure (Azurite)", azure)):
        with tempfile.TemporaryDirectory(prefix="scale-store-") as folder:
            started = start(pathlib.Path(folder))
            if not started:
                print(f"skipped: {name} is not installed")
                continue
            server, root, keys = started
            try:
                store = Store(scale, pathlib.Path(folder), root, keys)
                baseline(store)
                shares(store)
                if "--large" in sys.argv:
                    large(store)
            finally:
                server.terminate()
                server.wait()
            proven += 1
            print(f"{name}: the same bytes as in folders")
    if not proven:
        print("skipped: no store could be asked")


if __name__ == "__main__":
    main()
