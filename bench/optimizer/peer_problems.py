"""The standard problems of foray_bo_runner for the peers that are Python programs."""

import math
import sys

import numpy


def branin(x):
    u = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return u * u + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


def hartmann6(x):
    a = numpy.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
                     [17, 8, 0.05, 10, 0.1, 14]])
    p = numpy.array([[0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
                     [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
                     [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
                     [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]])
    return -numpy.dot([1, 1.2, 3, 3.2], numpy.exp(-(a * (x - p) ** 2).sum(axis=1)))


def ackley(x):
    return (-20 * math.exp(-0.2 * math.sqrt(numpy.mean(x**2)))
            - math.exp(numpy.mean(numpy.cos(2 * math.pi * x))) + 20 + math.e)


def levy(x):
    w = 1 + (x - 1) / 4
    middle = (w[:-1] - 1) ** 2 * (1 + 10 * numpy.sin(math.pi * w[:-1] + 1) ** 2)
    last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return math.sin(math.pi * w[0]) ** 2 + middle.sum() + last


PROBLEMS = {
    "branin": (branin, [-5, 0], [10, 15], 0.39788735772973816),
    "hartmann6": (hartmann6, [0] * 6, [1] * 6, -3.3223680114155147),
    "ackley5": (ackley, [-5] * 5, [10] * 5, 0.0),
    "levy4": (levy, [-10] * 4, [10] * 4, 0.0),
}


def sampled_range(problem, rng):
    """The spread of a problem's values over 20,000 random places and its minimum, which noise is a share of."""
    function, lower, upper, minimum = PROBLEMS[problem]
    lower, width = numpy.array(lower, float), numpy.array(upper, float) - numpy.array(lower)
    values = [function(lower + width * u) for u in rng.uniform(size=(20000, len(lower)))]
    return max(values) - min(min(values), minimum)


def given_options(program, allowed):
    """name=value arguments over their defaults; leaves with a message on any other."""
    given = dict(allowed)
    for argument in sys.argv[1:]:
        name, _, value = argument.partition("=")
        if name not in given or not value:
            sys.exit(f"{program}: expected one of {', '.join(given)} as name=value, got {argument!r}")
        given[name] = value
    return given
