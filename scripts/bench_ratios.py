#!/usr/bin/env python3
"""Joins foray's benchmarks and its peers' times into one table: processor times of one thread and
their ratio, with the target for it.

usage: scripts/bench_ratios.py FOLDER    where scripts/bench.sh left foray_*_bench.json and peers.txt

A row of what was not run is left out and named at the end.
"""

import json
import pathlib
import statistics
import sys

# What, foray's benchmark, the peer's line, the ratio that is aimed at.
ROWS = [
    ("polydisperse spheres, 35 points, 1000 x 1000", "PolydisperseSpheres/sphere", "sasmodels_sphere", 50),
    ("polydisperse core-shell spheres, 1000 x 1000", "PolydisperseSpheres/core_shell_sphere",
     "sasmodels_core_shell_sphere", 50),
    ("oriented cylinder, 35 lengths, 1000 x 1000", "Cylinders/lengths", "sasmodels_oriented_cylinder", 10),
    ("cylinder, 15 x 15 jitter, 1000 x 1000", "Cylinders/jitter", "sasmodels_jittered_cylinder", 8),
    ("orientation-averaged parallelepiped, 200 q", "parallelepiped_200_q", "sasmodels_parallelepiped", 1),
    ("cylinders on a substrate, DWBA, 512 x 512", "grazing_cylinders", "bornagain_cylinders", 40),
    ("the same with 50 radii", "grazing_fifty_radii", "bornagain_fifty_radii", 100),
    ("square lattice in all turns, 64 x 64", "grazing_square_lattice", "bornagain_square_lattice", 100),
    ("1-D integration with errors, 2 megapixels", "integrate_counts", "pyfai_curve", 8),
    ("2-D integration 1000 x 360, split pixels", "integrate_cake", "pyfai_cake", 4),
]
SAMPLES = "SampleOnPilatus1M/"
FRAME_TARGET = 25  # [ms]
UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}


def foray_times(folder):
    """Median processor times by benchmark name, in milliseconds."""
    times = {}
    for path in sorted(folder.glob("foray_*_bench.json")):
        for run in json.loads(path.read_text())["benchmarks"]:
            if run.get("aggregate_name") == "median":
                times[run["run_name"]] = run["cpu_time"] * UNITS[run["time_unit"]]
    return times


def peer_times(folder):
    path = folder / "peers.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return {name: float(time) for word, name, time in
            (line.split() for line in lines if line.startswith("peer "))}


def main(folder):
    foray, peers = foray_times(folder), peer_times(folder)
    missing = []
    print("| case | foray [ms] | peer [ms] | ratio | target |")
    print("|---|---|---|---|---|")
    for title, ours, theirs, target in ROWS:
        if ours not in foray or theirs not in peers:
            missing.append(title)
            continue
        ratio = peers[theirs] / foray[ours]
        verdict = "" if ratio >= target else " (missed)"
        print(f"| {title} | {foray[ours]:.3g} | {theirs.split('_')[0]} {peers[theirs]:.4g} | "
              f"{ratio:.3g} | {target}{verdict} |")
    samples = [time for name, time in foray.items() if name.startswith(SAMPLES)]
    if samples:
        median = statistics.median(samples)
        verdict = "" if median < FRAME_TARGET else " (missed)"
        print(f"| whole Pilatus 1M frames, median of {len(samples)} samples | {median:.3g} | none | | "
              f"{FRAME_TARGET} ms{verdict} |")
    for title in missing:
        print(f"not run: {title}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
