"""What SciPy's optimisers reach on the standard problems, beside foray_bo_runner: the floor.

    scipy_floor.py [problem=all] [method=all] [seeds=30] [first=1] [budget=100] [noise=0]

method: lbfgsb, nelder_mead and powell, started again at a random place whenever one ends (lbfgsb
takes its slopes from differences, whose evaluations count); dual_annealing, differential_evolution
and direct with their own settings. Every evaluation counts. The place that is judged is the one
where the lowest value was seen; with noise (a share of the problem's range) the value seen has it,
the regret has not. Prints the regret's median and quartiles after 60 and `budget` evaluations.
"""

import numpy
from scipy.optimize import Bounds, differential_evolution, direct, dual_annealing, minimize

from peer_problems import PROBLEMS, given_options, sampled_range


class Spent(Exception):
    """The budget is used up."""


class Counted:
    """A problem on the unit cube that remembers what was seen, and ends when its budget does."""

    def __init__(self, problem, noise, budget, rng):
        self.function, lower, upper, self.minimum = PROBLEMS[problem]
        self.lower = numpy.array(lower, float)
        self.width = numpy.array(upper, float) - self.lower
        self.sd = noise * sampled_range(problem, rng) if noise > 0 else 0.0
        self.budget, self.rng = budget, rng
        self.lowest, self.regrets = numpy.inf, []

    def __call__(self, u):
        if len(self.regrets) >= self.budget:
            raise Spent
        truth = self.function(self.lower + self.width * numpy.clip(u, 0, 1))
        seen = truth + self.sd * self.rng.normal() if self.sd > 0 else truth
        better = seen < self.lowest
        self.lowest = min(seen, self.lowest)
        self.regrets.append(truth - self.minimum if better else self.regrets[-1])
        return seen


def restarted(name):
    def search(problem, bounds, rng):
        while True:
            minimize(problem, rng.uniform(size=len(bounds.lb)), method=name, bounds=bounds)
    return search


METHODS = {
    "lbfgsb": restarted("L-BFGS-B"),
    "nelder_mead": restarted("Nelder-Mead"),
    "powell": restarted("Powell"),
    "dual_annealing": lambda problem, bounds, rng: dual_annealing(
        problem, list(zip(bounds.lb, bounds.ub)), maxfun=problem.budget, seed=rng),
    "differential_evolution": lambda problem, bounds, rng: differential_evolution(
        problem, bounds, seed=rng, polish=False),
    "direct": lambda problem, bounds, rng: direct(problem, bounds, maxfun=problem.budget),
}


def run(name, method, noise, budget, seed):
    rng = numpy.random.default_rng(seed)
    problem = Counted(name, noise, budget, rng)
    d = len(problem.lower)
    try:
        METHODS[method](problem, Bounds(numpy.zeros(d), numpy.ones(d)), rng)
    except (Spent, SystemError):  # direct turns whatever is raised into the latter
        pass
    # A method that ends early keeps what it has.
    return problem.regrets + problem.regrets[-1:] * (budget - len(problem.regrets))


def main():
    given = given_options("scipy_floor.py", {"problem": "all", "method": "all", "seeds": "30", "first": "1",
                                             "budget": "100", "noise": "0"})
    first, seeds, budget = (int(given[name]) for name in ("first", "seeds", "budget"))
    for problem in PROBLEMS if given["problem"] == "all" else [given["problem"]]:
        for method in METHODS if given["method"] == "all" else [given["method"]]:
            runs = numpy.array([run(problem, method, float(given["noise"]), budget, first + i)
                                for i in range(seeds)])
            text = f"SciPy {method}, {problem}, noise {given['noise']} of the range, {seeds} seeds:"
            for count in sorted({min(60, budget), budget}):
                low, middle, high = numpy.quantile(runs[:, count - 1], [0.25, 0.5, 0.75])
                text += f"  after {count}: {middle:.3g} ({low:.3g} to {high:.3g})"
            print(text, flush=True)


if __name__ == "__main__":
    main()
