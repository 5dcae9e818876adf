// Solves standard problems again and again: one CSV line an evaluation, and a table of simple
// regrets.
//
//   foray_bo_runner [name=value ...]
//   problem=branin|hartmann6|ackley5|levy4|rosenbrock4|camel6, with constraints that are learned
//   branin_disk|gramacy2, with two objectives zdt1_4|fonseca2
//   strategy=foray|bobyqa|sobol|random
//   acquisition=automatic|... every name of docs/acquisition.md that suits one value that is made
//   smallest, explored or sought at the answer, or two that are traded off; with beta=2 xi=0
//   tolerance=0 expression=
//   seeds=30 first=1 budget=100 initial=0 noise=0 (share of each value's range) moved=0 threads=2
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

#include "experiment.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "foray/optimizer/propose.h"
#include "foray/surrogate/gp_fitter.h"
#include "standard_problems.h"

namespace {

using namespace foray;
using namespace foray::optimizer;
using namespace foray::surrogate;
using bench::Experiment;
using bench::Problem;

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Options {
  std::map<std::string, std::string> all = {
      {"problem", "branin"},  {"strategy", "foray"}, {"acquisition", "automatic"},
      {"beta", "2"},          {"xi", "0"},           {"tolerance", "0"},
      {"expression", ""},     {"seeds", "30"},       {"first", "1"},
      {"budget", "100"},      {"initial", "0"},      {"noise", "0"},
      {"moved", "0"},         {"local", "1"},        {"min_nugget", "1e-10"},
      {"kernel", "matern52"}, {"trust", "0"},        {"length", "0.8"},
      {"failures", "0"},      {"threads", "2"},      {"csv", ""}};

  [[nodiscard]] double number(const char* name) const { return std::stod(all.at(name)); }
  [[nodiscard]] int whole(const char* name) const { return std::stoi(all.at(name)); }
  [[nodiscard]] const std::string& text(const char* name) const { return all.at(name); }
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
  spec.xi = options.number("xi");
  spec.tolerance = options.number("tolerance");
  spec.expression = options.text("expression");
  const std::string& name = options.text("acquisition");
  const auto& names = acquisition_names();
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const auto& kind) { return name == kind.second; });
  if (found == names.end()) throw std::invalid_argument("unknown acquisition \"" + name + "\"");
  spec.kind = found->first;
  if (options.whole("trust") != 0) {
    spec.trust_region = TrustRegion{};
    spec.trust_region->length = options.number("length");
    spec.trust_region->failures = options.whole("failures");
  }
  return spec;
}

std::string value_name(Index i) { return "f" + std::to_string(i); }

// The question that the acquisition function suits: the smallest value, the whole field, where it
// comes to the answer, or the best trade-offs; where the constraints hold.
Objective objective_of(const Problem& problem, AcquisitionKind acquisition) {
  Objective objective;
  ObjectiveTerm& term = objective.terms.emplace_back();
  for (Index i = 0; i < problem.objectives; ++i) term.observables.push_back(value_name(i));
  for (Index i = 0; i < problem.constraints; ++i)
    objective.subject_to.push_back({value_name(problem.objectives + i), std::nullopt, 0.0});
  if (problem.objectives == 2) {
    term.kind = ObjectiveKind::kTradeOff;
    term.directions = {Direction::kMinimise, Direction::kMinimise};
    term.reference = {problem.reference(0), problem.reference(1)};
    if (acquisition == AcquisitionKind::kAutomatic || suits(acquisition, term.kind))
      return objective;
    throw std::invalid_argument(
        "this acquisition has no meaning for two values that are traded off");
  }
  term.level = problem.answer;
  for (const ObjectiveKind kind :
       {ObjectiveKind::kMinimise, ObjectiveKind::kExplore, ObjectiveKind::kTarget}) {
    term.kind = kind;
    if (acquisition == AcquisitionKind::kAutomatic || suits(acquisition, kind)) return objective;
  }
  throw std::invalid_argument("this acquisition has no meaning for one value");
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

// A surrogate for each value of the problem, trained from several starts whenever the data have
// grown by a half, as in a campaign.
class Models {
 public:
  Models(const Options& options, const Experiment& experiment)
      : options_(options), experiment_(experiment), fits_(count(experiment.problem())) {}

  ModelMap learn(ProposeState& state, Rng& rng) {
    const Index n = experiment_.count();
    const bool again = !last_[value_name(0)] || n >= fresh_ + fresh_ / 2;
    if (again) fresh_ = n;
    FitOptions fit_options;
    fit_options.min_nugget = options_.number("min_nugget");
    const GpFitter fitter(fit_options);
    const MatrixXd seen = experiment_.seen();
    ModelMap models;
    for (std::size_t i = 0; i < fits_.size(); ++i) {
      const auto row = static_cast<Index>(i);
      const std::string name = value_name(row);
      const double variance = std::pow(experiment_.sd()(row), 2);
      Observations observations{state.measured, seen.row(row), VectorXd::Constant(n, variance)};
      observations.kernel = kernel_of(options_, experiment_.problem().dimension);
      fits_[i] = fitter.fit(observations, again ? std::nullopt : last_[name], {}, rng);
      last_[name] = fits_[i].hyperparameters;
      state.next_noise[name] = variance;
      state.values[name] = seen.row(row);
      models[name] = fits_[i].model.get();
    }
    return models;
  }

 private:
  static std::size_t count(const Problem& problem) {
    return static_cast<std::size_t>(problem.objectives + problem.constraints);
  }

  const Options& options_;
  const Experiment& experiment_;
  std::vector<FitOutcome> fits_;
  std::map<std::string, std::optional<VectorXd>> last_;
  Index fresh_ = 0;
};

// The lowest mean among what was measured (elsewhere the mean is a guess), where every constraint
// holds by two standard deviations, if any place does.
VectorXd lowest_mean(const Problem& problem, const ModelMap& models, const MatrixXd& measured) {
  Eigen::ArrayXd mean = models.at(value_name(0))->predict(measured).mean;
  Eigen::Array<bool, Eigen::Dynamic, 1> holds(mean.size());
  holds.setConstant(true);
  for (Index i = 0; i < problem.constraints; ++i) {
    const auto constraint = models.at(value_name(1 + i))->predict(measured);
    holds = holds && constraint.mean.array() + 2 * constraint.variance.array().sqrt() <= 0;
  }
  if (holds.any()) mean = holds.select(mean, INFINITY);
  Index best = 0;
  mean.minCoeff(&best);
  return measured.col(best);
}

void run_foray(const Options& options, Experiment& experiment, std::uint64_t seed) {
  const Problem& problem = experiment.problem();
  const Index d = problem.dimension;
  const SearchSpace space = unit_space(d);
  Rng rng(derive_seed(seed, "foray"));
  const Index initial = options.whole("initial") > 0 ? options.whole("initial") : 2 * d + 2;
  const MatrixXd design = initial_design(space, initial, rng);
  const AcquisitionSpec acquisition = acquisition_of(options);
  const Objective objective = objective_of(problem, acquisition.kind);
  Models learned(options, experiment);
  for (const auto& point : design.colwise()) {
    if (experiment.count() < options.whole("budget")) experiment.measure(point);
  }
  while (experiment.count() < options.whole("budget")) {
    ProposeState state;
    state.measured = experiment.places();
    const ModelMap models = learned.learn(state, rng);
    if (options.whole("local") == 0 && options.whole("trust") == 0) state.values.clear();
    if (experiment.noisy()) experiment.recommend(lowest_mean(problem, models, state.measured));
    experiment.measure(propose(space, objective, models, acquisition, state, {}, rng).unit);
  }
  if (experiment.noisy()) {
    ProposeState state;
    state.measured = experiment.places();
    experiment.recommend(lowest_mean(problem, learned.learn(state, rng), state.measured));
  }
}

// Local searches from random places, each to its end.
void run_bobyqa(const Options& options, Experiment& experiment, std::uint64_t seed) {
  const Problem& problem = experiment.problem();
  if (problem.objectives + problem.constraints != 1)
    throw std::invalid_argument("strategy=bobyqa is for one value without constraints");
  Rng rng(derive_seed(seed, "bobyqa"));
  std::uniform_real_distribution<double> uniform;
  while (experiment.count() < options.whole("budget")) {
    std::vector<double> x(static_cast<std::size_t>(problem.dimension));
    for (double& value : x) value = uniform(rng);
    nlopt::opt search(nlopt::LN_BOBYQA, static_cast<unsigned>(x.size()));
    search.set_lower_bounds(0.0);
    search.set_upper_bounds(1.0);
    search.set_initial_step(0.15);
    search.set_xtol_abs(1e-9);
    search.set_maxeval(static_cast<int>(options.whole("budget") - experiment.count()));
    search.set_min_objective(
        [](const std::vector<double>& point, std::vector<double>&, void* self) {
          return static_cast<Experiment*>(self)->measure(
              Eigen::Map<const VectorXd>(point.data(), static_cast<Index>(point.size())))(0);
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

void run_sampling(const Options& options, Experiment& experiment, std::uint64_t seed) {
  Rng rng(derive_seed(seed, "sampling"));
  const Index d = experiment.problem().dimension;
  MatrixXd points(d, options.whole("budget"));
  std::uniform_real_distribution<double> uniform;
  for (double& value : points.reshaped()) value = uniform(rng);
  if (options.text("strategy") == "sobol") points = unit_space(d).sample(points.cols(), rng);
  for (const auto& point : points.colwise()) experiment.measure(point);
}

// An experiment and the problem that it is about.
struct Run {
  std::uint64_t seed = 0;
  Problem problem;
  std::optional<Experiment> experiment;
};

void run_once(const Options& options, Run& run) {
  Rng rng(derive_seed(run.seed, "problem"));
  run.problem = bench::make_problem(options.text("problem"), options.whole("moved") != 0, rng);
  Experiment& experiment = run.experiment.emplace(run.problem, options.number("noise"), run.seed);
  const std::string& strategy = options.text("strategy");
  if (strategy == "foray")
    run_foray(options, experiment, run.seed);
  else if (strategy == "bobyqa")
    run_bobyqa(options, experiment, run.seed);
  else if (strategy == "sobol" || strategy == "random")
    run_sampling(options, experiment, run.seed);
  else
    throw std::invalid_argument("unknown strategy \"" + strategy + "\"");
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
          std::max(0.0, run.experiment->regret().at(static_cast<std::size_t>(count) - 1)));
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
  file << "problem,strategy,acquisition,seed,evaluation,regret";
  const Problem& problem = runs.front().problem;
  const Index values = problem.objectives + problem.constraints;
  const auto heads = [&](const char* name, Index count) {
    for (Index i = 0; i < count; ++i) file << ',' << name << i;
  };
  heads("y", values);
  heads("truth", values);
  heads("x", problem.dimension);
  file << '\n';
  file.precision(17);
  for (const Run& run : runs) {
    const Experiment& experiment = *run.experiment;
    for (std::size_t i = 0; i < experiment.x().size(); ++i) {
      file << options.text("problem") << ',' << options.text("strategy") << ','
           << options.text("acquisition") << ',' << run.seed << ',' << i + 1 << ','
           << experiment.regret()[i];
      for (const auto* numbers : {&experiment.y()[i], &experiment.truth()[i], &experiment.x()[i]})
        for (const double value : *numbers) file << ',' << value;
      file << '\n';
    }
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
      Run& run = runs[static_cast<std::size_t>(i)];
      run.seed = static_cast<std::uint64_t>(options.whole("first") + i);
      run_once(options, run);
    });
    write_csv(options, runs);
    print_table(options, runs);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
