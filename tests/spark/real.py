"""All of Sweden on squares, and two cities cut into tiles, on Spark and on one machine: the same bytes.

Usage: python tests/spark/real.py SCALE DATA [NAME…]

DATA is a folder of real data. NAME picks some of the runs, all without one.
"""

import os
import pathlib
import sys
import tempfile

from cluster import (
    Place, a_worker_killed_in_the_middle_changes_nothing, an_executor_killed_in_the_middle_changes_nothing, cleanly, made,
)
from pipelines import country, rides, sweden, walks


def runs(scale: pathlib.Path, data: pathlib.Path, folder: pathlib.Path) -> dict:
    """What can be run, by its name."""
    def squares(side: int) -> Place:
        return Place(scale, country(folder), sweden(folder, data, side))

    return {
        "1000": lambda: made(squares(1000), 8, "RegSO of all Sweden on squares of 1000 m"),
        "250": lambda: made(squares(250), 8, "RegSO of all Sweden on squares of 250 m"),
        "executor": lambda: an_executor_killed_in_the_middle_changes_nothing(squares(1000), 8),
        "worker": lambda: a_worker_killed_in_the_middle_changes_nothing(squares(1000), 8),
        "porto": lambda: made(Place(scale, walks(folder, data, "porto")), 8, "walks in Porto"),
        "porto-alegre": lambda: made(Place(scale, walks(folder, data, "porto-alegre")), 8, "walks in Porto Alegre"),
        "rides": lambda: made(Place(scale, rides(folder, data)), 6, "rides in Porto Alegre"),
    }


def main() -> None:
    scale, data = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    with tempfile.TemporaryDirectory(prefix="scale-real-") as folder:
        known = runs(scale, data, pathlib.Path(folder))
        wanted = sys.argv[3:] or list(known)
        assert set(wanted) <= known.keys(), f"there are {', '.join(known)}"
        with cleanly():
            for name in wanted:
                print(f"== {name}, load {os.getloadavg()[0]:.1f}", flush=True)
                known[name]()


if __name__ == "__main__":
    main()
