"""The same work on the same streets by pandana and by scale, side by side.

    benches/peers/run streets FILE.osm.pbf

Points are nodes of pandana's network, drawn with a fixed seed: 2000 destinations, every node an origin, and 500 by 500
for the matrix. pandana's network comes from pyrosm's walking streets, scale reads the extract itself, so that the two
differ a little in which paths they take in; the last lines say how much the results differ.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import warnings

import numpy
import pandana
import pandas
import pyrosm
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# Pairs without a way are named one by one otherwise.
warnings.filterwarnings("ignore")

KMH = 5.0


class Clock:
    def __init__(self):
        self.seconds = {}

    def time(self, name, work):
        start = time.perf_counter()
        result = work()
        self.seconds[name] = time.perf_counter() - start
        return result


def pandana_network(clock, path):
    def read():
        return pyrosm.OSM(str(path)).get_network(network_type="walking", nodes=True)

    nodes, edges = clock.time("read", read)
    nodes = nodes.set_index("id")

    def prepare():
        return pandana.Network(
            nodes["lon"], nodes["lat"], edges["u"], edges["v"], edges[["length"]], twoway=True
        )

    return nodes, edges, clock.time("prepare", prepare)


def pandana_work(path):
    clock = Clock()
    nodes, edges, network = pandana_network(clock, path)
    chosen = numpy.random.default_rng(1).choice(len(nodes), 2000, replace=False)
    points = nodes.iloc[chosen]
    network.set_pois("points", 2400, 10, points["lon"], points["lat"])
    ids = network.get_node_ids(points["lon"], points["lat"])
    network.set(ids, name="points")
    few = ids.iloc[:500].to_numpy()
    results = {
        "nearest": clock.time("nearest", lambda: network.nearest_pois(2400, "points", num_pois=5)),
        "1200": clock.time("sum within 1200 m", lambda: network.aggregate(1200, "sum", decay="flat", name="points")),
        "2400": clock.time("sum within 2400 m", lambda: network.aggregate(2400, "sum", decay="flat", name="points")),
    }
    froms, tos = numpy.repeat(few, 500), numpy.tile(few, 500)
    results["matrix"] = clock.time("matrix", lambda: network.shortest_path_lengths(froms, tos))
    results["piece"] = largest_piece(nodes, edges)
    return clock.seconds, nodes, points, results


def scale_steps(scale, *arguments):
    """Runs scale and reads its own clock from the log; also the whole run."""
    start = time.perf_counter()
    run = subprocess.run([scale, "-v", *arguments], capture_output=True, text=True, check=True)
    whole = time.perf_counter() - start
    log = re.sub(r"\x1b\[[0-9;]*m", "", run.stderr)
    steps = {}
    for line in log.splitlines():
        found = re.search(r"(read the streets|build the network|index the streets|load the network|hash what|place origins|measure|matrix|write).*seconds=([0-9.e-]+)", line)
        if found:
            steps[found[1]] = steps.get(found[1], 0.0) + float(found[2])
    return whole, steps


def scale_work(scale, path, nodes, points, folder):
    def table(name, rows):
        file = folder / name
        pandas.DataFrame({"id": rows.index.astype(str), "lon": rows["lon"], "lat": rows["lat"]}).to_csv(file, index=False)
        return str(file)

    everywhere, chosen, few = table("all.csv", nodes), table("points.csv", points), table("few.csv", points.iloc[:500])
    minutes = lambda metres: metres / 1000 / KMH * 60
    seconds, whole = {}, {}
    # Every run reads and builds for itself; the last one finds the network that the one before it kept.
    common = ["access", "--streets", str(path), "--no-cache"]
    for name, measure, limit in [
        ("nearest", "nearest:5", minutes(2400)),
        ("sum within 1200 m", f"cumulative:{minutes(1200)}", minutes(1200)),
        ("sum within 2400 m", f"cumulative:{minutes(2400)}", minutes(2400)),
    ]:
        out = folder / f"{name.replace(' ', '_')}.parquet"
        whole[name], steps = scale_steps(
            scale, *common, "--from", everywhere, "--to", chosen, "--measure", measure, "--limit", str(limit), "--out", str(out)
        )
        seconds[name] = steps["measure"]
        seconds["read"] = steps["read the streets"]
        seconds["prepare"] = steps["build the network"] + steps["index the streets"]
        seconds["place"] = steps["place origins"]
    whole["matrix"], steps = scale_steps(
        scale, *common, "--from", few, "--to", few, "--limit", "1440", "--matrix", str(folder / "matrix.parquet")
    )
    seconds["matrix"] = steps["matrix"]
    kept = ["access", "--streets", str(path), "--cache", str(folder / "cache")]
    for _ in range(2):
        _, steps = scale_steps(scale, *kept, "--from", few, "--to", few, "--out", str(folder / "kept.parquet"))
    seconds["kept"] = steps["hash what"] + steps["load the network"]
    return seconds, whole


def largest_piece(nodes, edges):
    """Nodes that hang together with most others: on a stray path pandana finds nothing, scale goes to the next street."""
    row = pandas.Series(numpy.arange(len(nodes)), index=nodes.index)
    ends = row[edges["u"]].to_numpy(), row[edges["v"]].to_numpy()
    graph = coo_matrix((numpy.ones(len(edges)), ends), shape=(len(nodes), len(nodes)))
    _, piece = connected_components(graph, directed=False)
    return piece == numpy.bincount(piece).argmax()


def differences(folder, results):
    # Rows of GeoParquet lie in spatial order: joined by id.
    one = pandas.read_parquet(folder / "sum_within_1200_m.parquet").set_index("id")
    one = one.reindex(results["1200"].index.astype(str))
    ours = one.filter(like="access_cumulative").iloc[:, 0].to_numpy()
    theirs = results["1200"].to_numpy()
    known = ~numpy.isnan(ours) & results["piece"]
    return {
        "nodes compared, those of the largest piece": int(known.sum()),
        "mean points within 1200 m, pandana": float(theirs[known].mean()),
        "mean points within 1200 m, scale": float(ours[known].mean()),
        "correlation": float(numpy.corrcoef(theirs[known], ours[known])[0, 1]),
        "share of nodes with the same count": float((theirs[known] == ours[known]).mean()),
        "share within one": float((abs(theirs[known] - ours[known]) <= 1).mean()),
    }


def main(scale, path):
    theirs, nodes, points, results = pandana_work(path)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        ours, whole = scale_work(scale, path, nodes, points, folder)
        compared = differences(folder, results)
    print(f"pandana {pandana.__version__}, pyrosm {pyrosm.__version__}: {len(nodes)} nodes, {len(points)} points")
    print(f"{'':22}{'pandana s':>12}{'scale s':>12}{'ratio':>8}")
    for name in ["read", "prepare", "nearest", "sum within 1200 m", "sum within 2400 m", "matrix"]:
        print(f"{name:22}{theirs[name]:12.3f}{ours[name]:12.3f}{theirs[name] / ours[name]:8.1f}")
    print(f"{'place points':22}{'':12}{ours['place']:12.3f}")
    print(f"{'hash and load, kept':22}{'':12}{ours['kept']:12.3f}")
    print("with reading and preparation, scale as a whole process that also reads and writes its files:")
    for name in ["nearest", "sum within 1200 m", "sum within 2400 m", "matrix"]:
        sum_ = theirs["read"] + theirs["prepare"] + theirs[name]
        print(f"{name:22}{sum_:12.3f}{whole[name]:12.3f}{sum_ / whole[name]:8.1f}")
    print(json.dumps(compared, indent=1))


main(sys.argv[1], Path(sys.argv[2]))
