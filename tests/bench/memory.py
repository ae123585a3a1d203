"""Memory of a worker over many unrolls: what it holds after 50 it holds after 500."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNROLLS = 500
WARM = 50


def measure() -> Iterator[str]:
    """Resident memory after 50 and after 500 unrolls of different 30-post threads, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.unrolling", str(WARM), str(UNROLLS)]
    output = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True).stdout
    warm, end = (int(line) for line in output.split())
    yield (
        f"worker after {UNROLLS} unrolls: {end / 1024:.1f} MB ({end / warm:.3f} to AFTER {WARM} UNROLLS; at most 1.10)"
    )


def resident() -> int:
    """This process's resident memory in kB."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
