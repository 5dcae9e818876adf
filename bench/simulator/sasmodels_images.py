#!/usr/bin/env python3
"""Times sasmodels on the cases of frame_bench.cpp: images of 1000 x 1000 q and curves of 200 q, its C
kernels in double precision on one thread.

Run with Debian's python3-sasmodels: /usr/bin/python3 bench/simulator/sasmodels_images.py
Its kernels come compiled with it; OpenCL is not asked for. Where the package is unpacked instead of
installed (scripts/bench.sh does so) PYTHONPATH points at it.

A line "peer NAME MILLISECONDS" a case, which scripts/bench_ratios.py reads.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["SAS_OPENCL"] = "none"

import time

import numpy
import sasmodels
from sasmodels.core import load_model
from sasmodels.direct_model import call_kernel

REACH = 0.27  # [1/angstrom], of foray's detector
ORIENTED = {"radius": 20, "length": 400, "sld": 4, "sld_solvent": 1, "theta": 60, "phi": 30}


def least(kernel, parameters, repeats):
    """Least processor time of a call, in milliseconds."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call_kernel(kernel, parameters)
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def main():
    axis = numpy.linspace(-REACH, REACH, 1000)
    image = [grid.ravel() for grid in numpy.meshgrid(axis, axis)]
    curve = [numpy.linspace(0.001, 0.5, 200)]
    spread = {"radius_pd": 0.1, "radius_pd_n": 35, "radius_pd_nsigma": 3}
    lengths = {"length_pd": 0.1, "length_pd_n": 35, "length_pd_nsigma": 3}
    jitter = {"theta_pd": 10, "theta_pd_n": 15, "theta_pd_nsigma": 3,
              "phi_pd": 5, "phi_pd_n": 15, "phi_pd_nsigma": 3}
    cases = [
        ("sphere", "sphere", image, {"radius": 200, **spread}, 3),
        ("core_shell_sphere", "core_shell_sphere", image, {"radius": 200, **spread}, 3),
        ("oriented_cylinder", "cylinder", image, {**ORIENTED, **lengths}, 3),
        ("jittered_cylinder", "cylinder", image, {**ORIENTED, **jitter}, 2),
        ("parallelepiped", "parallelepiped", curve, {}, 5),
        ("fcc_paracrystal", "fcc_paracrystal", curve, {}, 5),
    ]
    print(f"sasmodels {sasmodels.__version__}, numpy {numpy.__version__}, one thread")
    for name, model, q, parameters, repeats in cases:
        kernel = load_model(model, dtype="double", platform="dll").make_kernel(q)
        print(f"peer sasmodels_{name} {least(kernel, parameters, repeats):.3f}", flush=True)


if __name__ == "__main__":
    main()
