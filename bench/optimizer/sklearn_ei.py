"""Expected improvement on scikit-learn's Gaussian process, beside foray_bo_runner.

    sklearn_ei.py [problem=all] [seeds=3] [first=1] [budget=100] [noise=0.01]

The problems, their domains and the meaning of noise (a share of the problem's range) are those of
foray_bo_runner; so is what is recommended under noise, the lowest mean among the measured places.
Matern-5/2 with one lengthscale an axis and a white kernel, trained anew before each proposal from
the last hyperparameters and one random start; the improvement is sought over 2000 random points and
from the best five by L-BFGS. Prints the regret's median and quartiles after 60 and 100.
"""

import math
import sys
import warnings

import numpy
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel


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


def improvement(model, x, best):
    mean, sd = model.predict(numpy.atleast_2d(x), return_std=True)
    sd = numpy.maximum(sd, 1e-12)
    z = (best - mean) / sd
    return sd * (z * norm.cdf(z) + norm.pdf(z))


def propose(model, best, d, rng):
    points = rng.uniform(size=(2000, d))
    values = improvement(model, points, best)
    found, highest = points[values.argmax()], values.max()
    for start in points[numpy.argsort(-values)[:5]]:
        result = minimize(lambda x: -improvement(model, x, best)[0], start, method="L-BFGS-B",
                          bounds=[(0, 1)] * d, options={"maxiter": 30})
        if -result.fun > highest:
            found, highest = numpy.clip(result.x, 0, 1), -result.fun
    return found


def run(problem, noise, budget, seed):
    function, lower, upper, minimum = PROBLEMS[problem]
    lower, width = numpy.array(lower, float), numpy.array(upper, float) - numpy.array(lower)
    d = len(lower)
    rng = numpy.random.default_rng(seed)
    spread = [function(lower + width * u) for u in rng.uniform(size=(20000, d))]
    sd = noise * (max(spread) - min(min(spread), minimum))
    x = rng.uniform(size=(2 * d + 2, d))
    y = numpy.array([function(lower + width * u) + sd * rng.normal() for u in x])
    kernel = ConstantKernel(1.0, (1e-3, 1e3)) * Matern([0.3] * d, (0.01, 30), nu=2.5)
    kernel += WhiteKernel(1e-2, (1e-8, 1))
    regrets = {}
    while True:
        model = GaussianProcessRegressor(kernel, normalize_y=True, n_restarts_optimizer=1,
                                         random_state=int(rng.integers(2**31)))
        model.fit(x, y)
        kernel = model.kernel_
        means = model.predict(x)
        if len(y) in (60, budget):
            place = x[means.argmin()] if noise > 0 else x[y.argmin()]
            regrets[len(y)] = function(lower + width * place) - minimum
        if len(y) >= budget:
            return regrets
        new = propose(model, means.min() if noise > 0 else y.min(), d, rng)
        x = numpy.vstack([x, new])
        y = numpy.append(y, function(lower + width * new) + sd * rng.normal())


def main():
    given = {"problem": "all", "seeds": "3", "first": "1", "budget": "100", "noise": "0.01"}
    for argument in sys.argv[1:]:
        name, _, value = argument.partition("=")
        if name not in given or not value:
            sys.exit(f"sklearn_ei.py: expected one of {', '.join(given)} as name=value, got {argument!r}")
        given[name] = value
    warnings.simplefilter("ignore", ConvergenceWarning)
    first, seeds, budget = (int(given[name]) for name in ("first", "seeds", "budget"))
    for problem in PROBLEMS if given["problem"] == "all" else [given["problem"]]:
        runs = [run(problem, float(given["noise"]), budget, first + i) for i in range(seeds)]
        text = f"scikit-learn EI, {problem}, noise {given['noise']} of the range, {seeds} seeds:"
        for count in sorted(runs[0]):
            low, middle, high = numpy.quantile([r[count] for r in runs], [0.25, 0.5, 0.75])
            text += f"  after {count}: {middle:.3g} ({low:.3g} to {high:.3g})"
        print(text, flush=True)


if __name__ == "__main__":
    main()
