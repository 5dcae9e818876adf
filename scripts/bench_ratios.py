#!/usr/bin/env python3
"""Joins foray's benchmarks and its peers' times into one table: processor times of one thread, or
wall times where two are named, their ratio, and the target for it or for the time itself.

usage: scripts/bench_ratios.py FOLDER    where scripts/bench.sh left foray_*_bench.json and peers.txt

A row of what was not run is left out and named at the end.
"""

import json
import pathlib
import statistics
import sys

# What, foray's benchmark, the peer's line or none, and what is aimed at: a ratio, milliseconds.
ROWS = [
    ("likelihood with gradient, N = 200", "BM_LogMarginalLikelihoodAndGradient/200", "sklearn_gradient_200", 7, 0.8),
    ("likelihood with gradient, N = 1000, two threads", "BM_GradientOnTwoThreads/1000/real_time",
     "sklearn_gradient_1000", 6, 30),
    ("likelihood with gradient, N = 4000, two threads", "BM_GradientOnTwoThreads/4000/real_time",
     "sklearn_gradient_4000", 6, 1100),
    ("training, N = 200, two threads", "BM_TrainOnTwoThreads/200/real_time", "sklearn_train_200", None, 40),
    ("training, N = 1000, two threads", "BM_TrainOnTwoThreads/1000/real_time", "sklearn_train_1000", None, 900),
    ("predictions at 10,000 points, N = 1000, two threads", "BM_PredictTenThousandOnTwoThreads/1000/real_time",
     "sklearn_predict", None, 100),
    ("tell one point, N = 2000", "BM_AppendOne/2000", None, None, 6),
    ("ask by log EI, N = 200, Branin", "BM_AskBranin200", None, None, 8),
    ("ask by log EI, N = 200, Hartmann-6", "BM_AskHartmann200", None, None, 20),
    ("joint batch of 4, N = 200, Hartmann-6", "BM_AskBatchOf4Hartmann200", None, None, 150),
    ("polydisperse spheres, 35 points, 1000 x 1000", "PolydisperseSpheres/sphere", "sasmodels_sphere", 50, None),
    ("polydisperse core-shell spheres, 1000 x 1000", "PolydisperseSpheres/core_shell_sphere",
     "sasmodels_core_shell_sphere", 50, None),
    ("oriented cylinder, 35 lengths, 1000 x 1000", "Cylinders/lengths", "sasmodels_oriented_cylinder", 10, None),
    ("cylinder, 15 x 15 jitter, 1000 x 1000", "Cylinders/jitter", "sasmodels_jittered_cylinder", 8, None),
    ("orientation-averaged parallelepiped, 200 q", "parallelepiped_200_q", "sasmodels_parallelepiped", 1, None),
    ("fcc_paracrystal, 200 q, to 1e-6", "fcc_paracrystal_200_q", "sasmodels_fcc_paracrystal", 1, None),
    ("cylinders on a substrate, DWBA, 512 x 512", "grazing_cylinders", "bornagain_cylinders", 40, None),
    ("the same with 50 radii", "grazing_fifty_radii", "bornagain_fifty_radii", 100, None),
    ("square lattice in all turns, 64 x 64", "grazing_square_lattice", "bornagain_square_lattice", 100, None),
    ("1-D integration with errors, 2 megapixels", "integrate_counts", "pyfai_curve", 8, None),
    ("2-D integration 1000 x 360, split pixels", "integrate_cake", "pyfai_cake", 4, None),
]
SAMPLES = "SampleOnPilatus1M/"
FRAME_TARGET = 25  # [ms]
UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}


def foray_times(folder):
    """Median times by benchmark name, in milliseconds: wall time where a name ends in real_time,
    which those on several threads do, processor time elsewhere."""
    times = {}
    for path in sorted(folder.glob("foray_*_bench.json")):
        for run in json.loads(path.read_text())["benchmarks"]:
            if run.get("aggregate_name") == "median":
                kind = "real_time" if run["run_name"].endswith("/real_time") else "cpu_time"
                times[run["run_name"]] = run[kind] * UNITS[run["time_unit"]]
    return times


def peer_times(folder):
    path = folder / "peers.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return {name: float(time) for word, name, time in
            (line.split() for line in lines if line.startswith("peer "))}


def row(title, time, peer, name, ratio_target, time_target):
    """One line of the table; peer and targets may be None."""
    beside = f"{name.split('_')[0]} {peer:.4g}" if peer else ""
    ratio = peer / time if peer else None
    targets = []
    if ratio_target:
        targets.append(f"{ratio_target}{'' if ratio is None or ratio >= ratio_target else ' (missed)'}")
    if time_target:
        targets.append(f"{time_target} ms{'' if time <= time_target else ' (missed)'}")
    return f"| {title} | {time:.3g} | {beside} | {f'{ratio:.3g}' if ratio else ''} | {', '.join(targets)} |"


def main(folder):
    foray, peers = foray_times(folder), peer_times(folder)
    missing = []
    print("| case | foray [ms] | peer [ms] | ratio | target |")
    print("|---|---|---|---|---|")
    for title, ours, theirs, ratio_target, time_target in ROWS:
        if ours not in foray or (theirs and theirs not in peers):
            missing.append(title)
        else:
            print(row(title, foray[ours], peers.get(theirs), theirs, ratio_target, time_target))
    samples = [time for name, time in foray.items() if name.startswith(SAMPLES)]
    if samples:
        print(row(f"whole Pilatus 1M frames, median of {len(samples)} samples", statistics.median(samples),
                  None, "", None, FRAME_TARGET))
    for title in missing:
        print(f"not run: {title}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
