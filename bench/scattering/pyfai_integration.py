#!/usr/bin/env python3
"""Times pyFAI on the frame of scattering_bench.cpp: 2048 x 1024 pixels, 1000 bins, solid angle and
polarization corrected, Poisson errors, one thread: curves without pixel splitting, and a cake of
1000 x 360 bins with it.

Run with Debian's python3-pyfai: /usr/bin/python3 bench/scattering/pyfai_integration.py

That package depends, by way of python3-scipy and pythran, on libboost1.74-dev, which cannot stand
beside libboost1.81-dev. Where foray is built, unpack it instead of installing it (apt-get download
and dpkg -x of python3-pyfai, -silx, -fabio, -scipy, -numexpr and their libraries) and point
PYTHONPATH and LD_LIBRARY_PATH at the folder.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import time

import numpy
import pyFAI
from pyFAI.azimuthalIntegrator import AzimuthalIntegrator


def best_of(call, repeats=20):
    """Least wall-clock and processor time of one call, in milliseconds."""
    wall, processor = [], []
    call()
    for _ in range(repeats):
        start, start_processor = time.perf_counter(), time.process_time()
        call()
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - start_processor)
    return 1e3 * min(wall), 1e3 * min(processor)


def main():
    frame = numpy.random.default_rng(1).poisson(50.0, (2048, 1024)).astype(numpy.int32)
    integrator = AzimuthalIntegrator(dist=1.0, poni1=0.17, poni2=0.085, pixel1=172e-6,
                                     pixel2=172e-6, wavelength=1e-10)
    print(f"pyFAI {pyFAI.version}, numpy {numpy.__version__}, one thread, least of 20")
    for method in (("no", "histogram", "python"), ("no", "histogram", "cython"),
                   ("no", "csr", "cython")):
        for errors in (None, "poisson"):
            wall, processor = best_of(lambda: integrator.integrate1d_ng(
                frame, 1000, unit="q_A^-1", method=method, error_model=errors,
                correctSolidAngle=True, polarization_factor=0.95))
            print(f"{'/'.join(method):24s} errors {str(errors):8s} {wall:8.2f} ms wall "
                  f"{processor:8.2f} ms processor")
            if method == ("no", "csr", "cython") and errors:
                print(f"peer pyfai_curve {processor:.3f}")
    for errors in (None, "poisson"):
        wall, processor = best_of(lambda: integrator.integrate2d_ng(
            frame, 1000, 360, unit="q_A^-1", method=("bbox", "csr", "cython"), error_model=errors,
            correctSolidAngle=True, polarization_factor=0.95))
        print(f"{'bbox/csr/cython 2-D':24s} errors {str(errors):8s} {wall:8.2f} ms wall "
              f"{processor:8.2f} ms processor")
        if errors:
            print(f"peer pyfai_cake {processor:.3f}")


if __name__ == "__main__":
    main()
