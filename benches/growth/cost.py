"""What a process costs."""

import os
import subprocess
import sys
import time


def cost(command: list, **more) -> tuple:
    """Processor seconds (user and system), seconds by the clock and the most memory of one process in MB (a million bytes)."""
    start = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **more)
    words = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{words}")
    return used.ru_utime + used.ru_stime, time.monotonic() - start, used.ru_maxrss * 1024 / 1e6


def least(command: list, runs: int) -> tuple:
    """The least of some runs, of each figure by itself."""
    return tuple(map(min, zip(*(cost(command) for _ in range(runs)))))
