"""Times scikit-learn's log marginal likelihood, gradient, trainings from two starts and predictions of
10,000 points from 1000, beside foray's surrogate benchmark.

The data are those of bench/surrogate: d = 4, Matern-5/2 with one lengthscale an axis. Minimum and
median over the runs, in milliseconds, on the threads that its BLAS takes. Lines "peer NAME
MILLISECONDS" are what scripts/bench_ratios.py reads.
"""

import statistics
import time
import warnings

import numpy
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel


def timed(call, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times), statistics.median(times)


def data_of(n):
    rng = numpy.random.default_rng(1)
    x = rng.uniform(size=(n, 4))
    return x, numpy.sin(6 * x).sum(axis=1)


def kernel():
    return ConstantKernel(1.0) * Matern([0.3] * 4, nu=2.5) + WhiteKernel(1e-4)


def likelihoods():
    print("scikit-learn: LML and LML with gradient, ms (minimum, median)")
    for n, runs in ((200, 20), (1000, 5), (4000, 2)):
        model = GaussianProcessRegressor(kernel(), optimizer=None).fit(*data_of(n))
        theta = model.kernel_.theta
        plain = timed(lambda: model.log_marginal_likelihood(theta, clone_kernel=False), runs)
        both = timed(lambda: model.log_marginal_likelihood(theta, True, clone_kernel=False), runs)
        print(f"N = {n:5d}  LML {plain[0]:9.2f} {plain[1]:9.2f}   with gradient {both[0]:9.2f} {both[1]:9.2f}")
        print(f"peer sklearn_gradient_{n} {both[1]:.3f}", flush=True)


def trainings_and_predictions():
    for n, runs in ((200, 3), (1000, 1)):
        model = GaussianProcessRegressor(kernel(), n_restarts_optimizer=1, random_state=1)
        print(f"peer sklearn_train_{n} {timed(lambda: model.fit(*data_of(n)), runs)[1]:.1f}", flush=True)
    points = numpy.random.default_rng(2).uniform(size=(10000, 4))
    print(f"peer sklearn_predict {timed(lambda: model.predict(points, return_std=True), 3)[1]:.1f}", flush=True)


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    likelihoods()
    trainings_and_predictions()


if __name__ == "__main__":
    main()
