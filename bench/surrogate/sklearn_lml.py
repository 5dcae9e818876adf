"""Times scikit-learn's log marginal likelihood and gradient, beside foray's surrogate benchmark.

The data are those of bench/surrogate: d = 4, Matern-5/2 with one lengthscale an axis. Minimum and
median over the runs, in milliseconds, on the threads that its BLAS takes.
"""

import statistics
import time

import numpy
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel


def timed(call, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times), statistics.median(times)


def main():
    print("scikit-learn: LML and LML with gradient, ms (minimum, median)")
    for n, runs in ((200, 20), (1000, 5), (4000, 2)):
        rng = numpy.random.default_rng(1)
        x = rng.uniform(size=(n, 4))
        y = numpy.sin(6 * x).sum(axis=1)
        kernel = ConstantKernel(1.0) * Matern([0.3] * 4, nu=2.5) + WhiteKernel(1e-4)
        model = GaussianProcessRegressor(kernel, optimizer=None).fit(x, y)
        theta = model.kernel_.theta
        plain = timed(lambda: model.log_marginal_likelihood(theta, clone_kernel=False), runs)
        both = timed(lambda: model.log_marginal_likelihood(theta, True, clone_kernel=False), runs)
        print(f"N = {n:5d}  LML {plain[0]:9.2f} {plain[1]:9.2f}   with gradient {both[0]:9.2f} {both[1]:9.2f}")


if __name__ == "__main__":
    main()
