#!/usr/bin/env python3
"""Times BornAgain on the cases of grazing_bench.cpp: cylinders on a substrate by the distorted-wave Born
approximation, one thread.

Run with Debian's python3-bornagain: /usr/bin/python3 bench/scattering/bornagain_images.py
Where the packages are unpacked instead of installed (scripts/bench.sh does so) PYTHONPATH and
LD_LIBRARY_PATH point at them, the latter at lib/bornagain too.

A line "peer NAME MILLISECONDS" a case, which scripts/bench_ratios.py reads.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import time

import bornagain as ba
from bornagain import deg, nm


def sample(layout):
    """What stands on a substrate."""
    vacuum = ba.HomogeneousMaterial("vacuum", 0, 0)
    substrate = ba.HomogeneousMaterial("substrate", 6e-6, 2e-8)
    top = ba.Layer(vacuum)
    top.addLayout(layout)
    stack = ba.MultiLayer()
    stack.addLayer(top)
    stack.addLayer(ba.Layer(substrate))
    return stack


def cylinder():
    return ba.Particle(ba.HomogeneousMaterial("particle", 6e-4, 2e-8),
                       ba.FormFactorCylinder(5 * nm, 5 * nm))


def alone():
    layout = ba.ParticleLayout()
    layout.addParticle(cylinder(), 1)
    return layout


def fifty_radii():
    distribution = ba.DistributionGaussian(5 * nm, 0.5 * nm)
    radii = ba.ParameterDistribution("/Particle/Cylinder/Radius", distribution, 50, 3.0)
    layout = ba.ParticleLayout()
    layout.addParticle(ba.ParticleDistribution(cylinder(), radii), 1)
    return layout


def square_lattice():
    """A lattice in all its rotations about the normal, as a powder in the plane."""
    lattice = ba.InterferenceFunction2DLattice(ba.SquareLattice2D(20 * nm, 0))
    lattice.setDecayFunction(ba.FTDecayFunction2DCauchy(100 * nm, 100 * nm, 0))
    lattice.setIntegrationOverXi(True)
    layout = ba.ParticleLayout()
    layout.addParticle(cylinder(), 1)
    layout.setInterferenceFunction(lattice)
    return layout


def processor_time(layout, pixels):
    simulation = ba.GISASSimulation()
    simulation.setDetectorParameters(pixels, -2 * deg, 2 * deg, pixels, 0.002 * deg, 2 * deg)
    simulation.setBeamParameters(0.1 * nm, 0.2 * deg, 0)
    simulation.setSample(sample(layout))
    simulation.getOptions().setNumberOfThreads(1)
    start = time.process_time()
    simulation.runSimulation()
    return 1e3 * (time.process_time() - start)


def main():
    print("BornAgain, one thread")
    for name, layout, pixels, repeats in (("cylinders", alone, 512, 3),
                                          ("fifty_radii", fifty_radii, 512, 1),
                                          ("square_lattice", square_lattice, 64, 1)):
        least = min(processor_time(layout(), pixels) for _ in range(repeats))
        print(f"peer bornagain_{name} {least:.3f}", flush=True)


if __name__ == "__main__":
    main()
