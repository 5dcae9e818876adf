#!/usr/bin/env python3
"""Prints how far sasmodels' averages over orientations of paracrystals, 150 x 150 directions, are from
the converged ones of tests/data/scattering/models.

Run with Debian's python3-sasmodels, as bench/simulator/sasmodels_images.py. That is version 1.0.6, which
takes dnn for the edge of the cube of fcc_ and bcc_paracrystal. So that only the average counts here it is
given the edge for dnn, and d_factor and scale such that its formula is that of 1.1.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["SAS_OPENCL"] = "none"

import pathlib

import numpy
import sasmodels
from sasmodels.core import load_model
from sasmodels.direct_model import call_kernel

DATA = pathlib.Path(__file__).resolve().parents[2] / "tests/data/scattering/models"
EDGES = {"sc_paracrystal": 1.0, "bcc_paracrystal": 2 / 3**0.5, "fcc_paracrystal": 2**0.5}  # over dnn


def main():
    print(f"sasmodels {sasmodels.__version__}, numpy {numpy.__version__}")
    for name, edge in EDGES.items():
        q, converged = numpy.loadtxt(DATA / f"{name}.txt", unpack=True)
        kernel = load_model(name, dtype="double", platform="dll").make_kernel([q])
        got = call_kernel(kernel, {"dnn": 220 * edge, "d_factor": 0.06 / edge, "scale": edge**3, "background": 0,
                                   "radius": 40, "sld": 4, "sld_solvent": 1})
        off = numpy.abs(got / converged - 1)
        print(f"{name}: {q.size} q from {q[0]:.4f}: largest error {off.max():.2g} at q {q[off.argmax()]:.4f}, "
              f"median {numpy.median(off):.2g}, above 1e-3 at {numpy.sum(off > 1e-3)}")


if __name__ == "__main__":
    main()
