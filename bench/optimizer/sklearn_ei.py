"""Expected improvement on scikit-learn's Gaussian process, beside foray_bo_runner.

    sklearn_ei.py [problem=all] [seeds=3] [first=1] [budget=100] [noise=0.01]

The problems, their domains and the meaning of noise (a share of the problem's range) are those of
foray_bo_runner; so is what is recommended under noise, the lowest mean among the measured places.
Matern-5/2 with one lengthscale an axis and a white kernel, trained anew before each proposal from
the last hyperparameters and one random start; the improvement is sought over 2000 random points and
from the best five by L-BFGS. Prints the regret's median and quartiles after 60 and 100.
"""

import warnings

import numpy
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from peer_problems import PROBLEMS, given_options, sampled_range


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
    sd = noise * sampled_range(problem, rng)
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
    given = given_options("sklearn_ei.py", {"problem": "all", "seeds": "3", "first": "1", "budget": "100",
                                            "noise": "0.01"})
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
