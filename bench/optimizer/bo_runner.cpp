// Minimises standard problems again and again: one CSV line an evaluation, and a table of simple
// regrets.
//
//   foray_bo_runner [name=value ...]
//   problem=branin strategy=foray|bobyqa|sobol|random acquisition=automatic|... beta=2
//   seeds=30 first=1 budget=100 initial=0 noise=0 (share of the problem's range) moved=0 threads=2
//   min_nugget=1e-10 local=1 (0: without steps of a local quadratic, nor the trust region of
//   precise values) trust=1 (a trust region always) length=0.8 failures=0
//   kernel=matern52|additive|quadratic (beside the kernel over all axes one of each, or a
//   quadratic) csv=FILE

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlopt.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "foray/optimizer/propose.h"
#include "foray/surrogate/gp_fitter.h"
#include "standard_problems.h"

namespace {

using namespace foray;
using namespace foray::optimizer;
using namespace foray::surrogate;
using bench::Problem;

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Options {
  std::map<std::string, std::string> all = {
      {"problem", "branin"},  {"strategy", "foray"},   {"acquisition", "automatic"},
      {"beta", "2"},          {"seeds", "30"},         {"first", "1"},
      {"budget", "100"},      {"initial", "0"},        {"noise", "0"},
      {"moved", "0"},         {"min_nugget", "1e-10"}, {"local", "1"},
      {"kernel", "matern52"}, {"trust", "0"},          {"length", "0.8"},
      {"failures", "0"},      {"threads", "2"},        {"csv", ""}};

  [[nodiscard]] double number(const char* name) const { return std::stod(all.at(name)); }
  [[nodiscard]] int whole(const char* name) const { return std::stoi(all.at(name)); }
  [[nodiscard]] const std::string& text(const char* name) const { return all.at(name); }
};

// One minimisation: what was measured, and what is recommended after each evaluation.
struct Run {
  std::uint64_t seed = 0;
  double minimum = 0;
  std::vector<VectorXd> x;
  std::vector<double> y;            // with noise
  std::vector<double> truth;        // without
  std::vector<double> recommended;  // true value at the place that would be recommended
};

class Experiment {
 public:
  Experiment(const Problem& problem, double noise, std::uint64_t seed)
      : problem_(problem), noise_(noise), rng_(derive_seed(seed, "noise")) {
    run.seed = seed;
    run.minimum = problem.minimum;
  }

  double measure(const VectorXd& unit) {
    const double truth = problem_.value(unit);
    std::normal_distribution<double> normal;
    run.x.push_back(unit);
    run.truth.push_back(truth);
    run.y.push_back(truth + noise_ * normal(rng_));
    if (noise_ == 0) recommend(unit);
    return run.y.back();
  }

  // Without noise the best measured is recommended; with it, what the strategy says.
  void recommend(const VectorXd& unit) {
    const double value = problem_.value(unit);
    run.recommended.push_back(
        noise_ > 0 || run.recommended.empty() ? value : std::min(value, run.recommended.back()));
  }

  [[nodiscard]] const VectorXd& best_measured() const {
    return run
        .x[static_cast<std::size_t>(std::min_element(run.y.begin(), run.y.end()) - run.y.begin())];
  }

  Run run;

 private:
  const Problem& problem_;
  double noise_;
  Rng rng_;
};

SearchSpace unit_space(Index d) {
  std::vector<Parameter> parameters(static_cast<std::size_t>(d));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].name = "x" + std::to_string(i);
  }
  return {parameters, {}};
}

AcquisitionSpec acquisition_of(const Options& options) {
  AcquisitionSpec spec;
  spec.beta = options.number("beta");
  const std::string& name = options.text("acquisition");
  const std::map<std::string, AcquisitionKind> kinds = {
      {"automatic", AcquisitionKind::kAutomatic},
      {"upper_confidence_bound", AcquisitionKind::kUpperConfidenceBound},
      {"log_expected_improvement", AcquisitionKind::kLogExpectedImprovement},
      {"log_noisy_expected_improvement", AcquisitionKind::kLogNoisyExpectedImprovement}};
  const auto found = kinds.find(name);
  if (found == kinds.end()) throw std::invalid_argument("unknown acquisition \"" + name + "\"");
  spec.kind = found->second;
  if (options.whole("trust") != 0) {
    spec.trust_region = TrustRegion{};
    spec.trust_region->length = options.number("length");
    spec.trust_region->failures = options.whole("failures");
  }
  return spec;
}

// The chosen kernel over all axes, or with others beside it.
KernelSpec kernel_of(const Options& options, Index d) {
  const std::string& name = options.text("kernel");
  if (name == "matern52") return KernelKind::kMatern52;
  KernelSpec sum(KernelKind::kSum);
  sum.terms.emplace_back(KernelKind::kMatern52);
  if (name == "quadratic") {
    sum.terms.emplace_back(KernelKind::kPolynomial);
  } else if (name == "additive") {
    for (Index i = 0; i < d; ++i) {
      sum.terms.emplace_back(KernelKind::kMatern52);
      sum.terms.back().axes = {i};
    }
  } else {
    throw std::invalid_argument("unknown kernel \"" + name + "\"");
  }
  return sum;
}

void run_foray(const Options& options, const Problem& problem, double noise, Experiment& experiment,
               std::uint64_t seed) {
  const Index d = problem.dimension;
  const int budget = options.whole("budget");
  const SearchSpace space = unit_space(d);
  Rng rng(derive_seed(seed, "foray"));
  const Index initial = options.whole("initial") > 0 ? options.whole("initial") : 2 * d + 2;
  const MatrixXd design = initial_design(space, initial, rng);
  FitOptions fit_options;
  fit_options.min_nugget = options.number("min_nugget");
  const GpFitter fitter(fit_options);
  std::optional<VectorXd> last;
  std::size_t fresh = 0;
  Objective objective;
  objective.terms.emplace_back();
  objective.terms.front().kind = ObjectiveKind::kMinimise;
  objective.terms.front().observables = {"f"};
  const AcquisitionSpec acquisition = acquisition_of(options);
  while (static_cast<int>(experiment.run.x.size()) < budget) {
    const auto n = static_cast<Index>(experiment.run.x.size());
    if (n < initial) {
      experiment.measure(design.col(n));
      if (noise > 0) experiment.recommend(experiment.best_measured());
      continue;
    }
    ProposeState state;
    state.measured.resize(d, n);
    for (Index j = 0; j < n; ++j)
      state.measured.col(j) = experiment.run.x[static_cast<std::size_t>(j)];
    const VectorXd y = Eigen::Map<const VectorXd>(experiment.run.y.data(), n);
    const VectorXd known = VectorXd::Constant(n, noise * noise);
    // From several starts whenever the data have grown by a half, as a campaign does.
    const bool again = !last || experiment.run.x.size() >= fresh + fresh / 2;
    if (again) fresh = experiment.run.x.size();
    Observations observations{state.measured, y, known};
    observations.kernel = kernel_of(options, d);
    const FitOutcome fit = fitter.fit(observations, again ? std::nullopt : last, {}, rng);
    last = fit.hyperparameters;
    state.next_noise["f"] = noise * noise;
    if (options.whole("local") != 0 || options.whole("trust") != 0) state.values["f"] = y;
    if (noise > 0) {
      // The lowest mean among what was measured: elsewhere the mean is a guess.
      Index best = 0;
      fit.model->predict(state.measured).mean.minCoeff(&best);
      experiment.recommend(state.measured.col(best));
    }
    const Proposal proposal =
        propose(space, objective, {{"f", fit.model.get()}}, acquisition, state, {}, rng);
    experiment.measure(proposal.unit);
  }
  if (noise > 0) experiment.recommend(experiment.best_measured());
}

// Local searches from random places, each to its end.
void run_bobyqa(const Options& options, const Problem& problem, Experiment& experiment,
                std::uint64_t seed) {
  Rng rng(derive_seed(seed, "bobyqa"));
  std::uniform_real_distribution<double> uniform;
  const auto budget = static_cast<std::size_t>(options.whole("budget"));
  while (experiment.run.x.size() < budget) {
    std::vector<double> x(static_cast<std::size_t>(problem.dimension));
    for (double& value : x) value = uniform(rng);
    nlopt::opt search(nlopt::LN_BOBYQA, static_cast<unsigned>(x.size()));
    search.set_lower_bounds(0.0);
    search.set_upper_bounds(1.0);
    search.set_initial_step(0.15);
    search.set_xtol_abs(1e-9);
    search.set_maxeval(static_cast<int>(budget - experiment.run.x.size()));
    search.set_min_objective(
        [](const std::vector<double>& point, std::vector<double>&, void* self) {
          auto& to = *static_cast<Experiment*>(self);
          const double y = to.measure(
              Eigen::Map<const VectorXd>(point.data(), static_cast<Index>(point.size())));
          if (to.run.recommended.size() < to.run.x.size()) to.recommend(to.best_measured());
          return y;
        },
        &experiment);
    double value = 0;
    try {
      search.optimize(x, value);
    } catch (const std::runtime_error&) {
      // Rounding ended it; the next start goes on.
    }
  }
}

void run_sampling(const Options& options, const Problem& problem, Experiment& experiment,
                  std::uint64_t seed) {
  Rng rng(derive_seed(seed, "sampling"));
  const bool sobol = options.text("strategy") == "sobol";
  const Index budget = options.whole("budget");
  MatrixXd points(problem.dimension, budget);
  std::uniform_real_distribution<double> uniform;
  for (double& value : points.reshaped()) value = uniform(rng);
  if (sobol) points = unit_space(problem.dimension).sample(budget, rng);
  for (Index j = 0; j < budget; ++j) {
    experiment.measure(points.col(j));
    if (experiment.run.recommended.size() < experiment.run.x.size())
      experiment.recommend(experiment.best_measured());
  }
}

Run run_once(const Options& options, std::uint64_t seed) {
  Rng rng(derive_seed(seed, "problem"));
  const Problem problem =
      bench::make_problem(options.text("problem"), options.whole("moved") != 0, rng);
  const double noise = options.number("noise") * problem.range;
  Experiment experiment(problem, noise, seed);
  const std::string& strategy = options.text("strategy");
  if (strategy == "foray")
    run_foray(options, problem, noise, experiment, seed);
  else if (strategy == "bobyqa")
    run_bobyqa(options, problem, experiment, seed);
  else if (strategy == "sobol" || strategy == "random")
    run_sampling(options, problem, experiment, seed);
  else
    throw std::invalid_argument("unknown strategy \"" + strategy + "\"");
  return std::move(experiment.run);
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double part = place - static_cast<double>(below);
  return (1 - part) * values[below] + part * values[above];
}

void print_table(const Options& options, const std::vector<Run>& runs) {
  for (const int count : {30, 60, 100}) {
    if (count > options.whole("budget")) continue;
    std::vector<double> regrets;
    for (const Run& run : runs)
      regrets.push_back(
          std::max(0.0, run.recommended.at(static_cast<std::size_t>(count) - 1) - run.minimum));
    std::printf(
        "%-11s %-7s %-10s noise %-5s moved %s  after %3d: median %.2e  quartiles %.2e %.2e\n",
        options.text("problem").c_str(), options.text("strategy").c_str(),
        options.text("acquisition").c_str(), options.text("noise").c_str(),
        options.text("moved").c_str(), count, quantile(regrets, .5), quantile(regrets, .25),
        quantile(regrets, .75));
  }
}

void write_csv(const Options& options, const std::vector<Run>& runs) {
  if (options.text("csv").empty()) return;
  std::ofstream file(options.text("csv"));
  file << "problem,strategy,acquisition,seed,evaluation,y,truth,regret,x...\n";
  file.precision(17);
  for (const Run& run : runs)
    for (std::size_t i = 0; i < run.x.size(); ++i) {
      file << options.text("problem") << ',' << options.text("strategy") << ','
           << options.text("acquisition") << ',' << run.seed << ',' << i + 1 << ',' << run.y[i]
           << ',' << run.truth[i] << ',' << run.recommended[i] - run.minimum;
      for (const double value : run.x[i]) file << ',' << value;
      file << '\n';
    }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t equals = word.find('=');
    const auto found = options.all.find(word.substr(0, equals));
    if (equals == std::string::npos || found == options.all.end()) {
      std::fprintf(stderr, "expected name=value, one of");
      for (const auto& [name, value] : options.all)
        std::fprintf(stderr, " %s=%s", name.c_str(), value.c_str());
      std::fprintf(stderr, "; got %s\n", word.c_str());
      return 2;
    }
    found->second = word.substr(equals + 1);
  }
  try {
    std::vector<Run> runs(static_cast<std::size_t>(options.whole("seeds")));
    parallel_for(options.whole("seeds"), options.whole("threads"), [&](std::int64_t i) {
      runs[static_cast<std::size_t>(i)] =
          run_once(options, static_cast<std::uint64_t>(options.whole("first") + i));
    });
    write_csv(options, runs);
    print_table(options, runs);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
