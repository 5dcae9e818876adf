// How many points of a low-discrepancy sequence a map takes that is as good as one of few proposed
// points: the same models draw both, noise of 1 % of the range.
//
//   foray_field_study [name=value ...]
//   case=all|bumps|front|stationary|level|classes seeds=20 first=1 noise=0.01 initial=10
//   acquisition=automatic|variance|gradient_weighted|integrated_variance kernel=matern52 threads=2

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "fields.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "foray/optimizer/propose.h"
#include "foray/surrogate/gp_fitter.h"

namespace {

using namespace foray;
using namespace foray::optimizer;
using namespace foray::surrogate;
using bench::FieldCase;

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Where errors are compared.
constexpr int kFew = 40;
constexpr int kMany = 100;
// Sizes of the sequence between which the one as good is interpolated.
constexpr int kSizes[] = {20, 28, 40, 56, 80, 100, 112, 160, 224, 320, 448};

struct Options {
  std::map<std::string, std::string> all = {{"case", "all"},        {"seeds", "20"},
                                            {"first", "1"},         {"noise", "0.01"},
                                            {"initial", "10"},      {"acquisition", "automatic"},
                                            {"kernel", "matern52"}, {"threads", "2"}};
  [[nodiscard]] double number(const char* name) const { return std::stod(all.at(name)); }
  [[nodiscard]] int whole(const char* name) const { return std::stoi(all.at(name)); }
};

AcquisitionKind acquisition_of(const std::string& name) {
  const std::map<std::string, AcquisitionKind> kinds = {
      {"automatic", AcquisitionKind::kAutomatic},
      {"variance", AcquisitionKind::kVariance},
      {"gradient_weighted", AcquisitionKind::kGradientWeighted},
      {"integrated_variance", AcquisitionKind::kIntegratedVariance},
      {"straddle", AcquisitionKind::kStraddle}};
  const auto found = kinds.find(name);
  if (found == kinds.end()) throw std::invalid_argument("unknown acquisition \"" + name + "\"");
  return found->second;
}

KernelSpec kernel_of(const std::string& name) {
  if (name == "matern52") return KernelKind::kMatern52;
  if (name == "matern32") return KernelKind::kMatern32;
  if (name == "squared_exponential") return KernelKind::kSquaredExponential;
  throw std::invalid_argument("unknown kernel \"" + name + "\"");
}

// What was measured of one field, and the models of it.
class Mapped {
 public:
  Mapped(const FieldCase& asked, const Options& options, unsigned seed)
      : asked_(asked),
        field_(asked.make(seed)),
        noise_(options.number("noise")),
        rng_(derive_seed(seed, "field study")) {
    FitOptions fit;
    fit.gp.kernel = kernel_of(options.all.at("kernel"));
    fitter_ = std::make_unique<GpFitter>(fit);
    const std::size_t count = asked.term.observables.size();
    last_.resize(count);
    models_.resize(count);
  }

  void measure(const Eigen::Vector2d& x) {
    const VectorXd truth = field_->values(x);
    x_.conservativeResize(2, x_.cols() + 1);
    x_.rightCols(1) = x;
    y_.conservativeResize(truth.size(), x_.cols());
    std::normal_distribution<double> normal;
    for (Index k = 0; k < truth.size(); ++k)
      y_(k, x_.cols() - 1) = truth(k) + noise_ * normal(rng_);
  }

  void train(bool fresh) {
    for (std::size_t k = 0; k < models_.size(); ++k) {
      const Observations data{x_, y_.row(static_cast<Index>(k)).transpose(),
                              VectorXd::Constant(x_.cols(), noise_ * noise_)};
      FitOutcome outcome = fitter_->fit(data, fresh ? std::nullopt : last_[k], {}, rng_);
      last_[k] = outcome.hyperparameters;
      models_[k] = std::move(outcome.model);
    }
  }

  [[nodiscard]] Eigen::Vector2d ask(const SearchSpace& space, const AcquisitionSpec& how) {
    ModelMap models;
    ProposeState state;
    state.measured = x_;
    for (std::size_t k = 0; k < models_.size(); ++k) {
      const std::string& name = asked_.term.observables[k];
      models[name] = models_[k].get();
      state.next_noise[name] = noise_ * noise_;
      state.values[name] = y_.row(static_cast<Index>(k)).transpose();
    }
    return propose(space, {{asked_.term}, {}}, models, how, state, {}, rng_).unit;
  }

  // Root mean square of the mean's error, or the share that is put in the wrong class.
  [[nodiscard]] double error() const {
    constexpr Index kSide = 100;
    MatrixXd points(2, kSide * kSide);
    for (Index i = 0; i < points.cols(); ++i)
      points.col(i) << (static_cast<double>(i / kSide) + 0.5) / kSide,
          (static_cast<double>(i % kSide) + 0.5) / kSide;
    MatrixXd means(points.cols(), static_cast<Index>(models_.size()));
    for (std::size_t k = 0; k < models_.size(); ++k)
      means.col(static_cast<Index>(k)) = models_[k]->predict(points).mean;
    double sum = 0;
    for (Index i = 0; i < points.cols(); ++i)
      sum += error_at(means.row(i), field_->values(points.col(i)));
    const double mean = sum / static_cast<double>(points.cols());
    return asked_.classes ? mean : std::sqrt(mean);
  }

 private:
  [[nodiscard]] double error_at(const VectorXd& said, const VectorXd& truth) const {
    if (!asked_.classes) return (said - truth).squaredNorm();
    if (said.size() == 1) return (said(0) > asked_.term.level) != (truth(0) > asked_.term.level);
    Index one = 0;
    Index other = 0;
    said.maxCoeff(&one);
    truth.maxCoeff(&other);
    return one != other;
  }

  const FieldCase& asked_;
  std::unique_ptr<bench::Field> field_;
  double noise_;
  Rng rng_;
  std::unique_ptr<GpFitter> fitter_;
  MatrixXd x_{2, 0};
  MatrixXd y_;
  std::vector<std::optional<VectorXd>> last_;
  std::vector<std::unique_ptr<Model>> models_;
};

SearchSpace square() {
  Parameter x;
  x.name = "x";
  Parameter y;
  y.name = "y";
  return {{x, y}, {}};
}

// Errors after kFew and kMany proposed points.
std::pair<double, double> proposed(const FieldCase& asked, const Options& options, unsigned seed) {
  const SearchSpace space = square();
  Mapped mapped(asked, options, seed);
  Rng rng(derive_seed(seed, "initial"));
  const MatrixXd first = initial_design(space, options.whole("initial"), rng);
  for (Index i = 0; i < first.cols(); ++i) mapped.measure(first.col(i));
  AcquisitionSpec how;
  how.kind = acquisition_of(options.all.at("acquisition"));
  double few = 0;
  for (int n = static_cast<int>(first.cols()); n < kMany; ++n) {
    mapped.train((n - first.cols()) % 10 == 0);
    if (n == kFew) few = mapped.error();
    mapped.measure(mapped.ask(space, how));
  }
  mapped.train(true);
  return {few, mapped.error()};
}

// Errors after each of kSizes points of the sequence.
std::vector<double> even(const FieldCase& asked, const Options& options, unsigned seed) {
  std::vector<double> errors;
  for (const int size : kSizes) {
    Mapped mapped(asked, options, seed);
    Rng rng(derive_seed(seed, "even"));
    const MatrixXd points = square().sample(size, rng);
    for (Index i = 0; i < points.cols(); ++i) mapped.measure(points.col(i));
    mapped.train(true);
    errors.push_back(mapped.error());
  }
  return errors;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return 0.5 * (values[(values.size() - 1) / 2] + values[values.size() / 2]);
}

// The number of points of the sequence whose median error is `error`; beyond the last size that.
double as_good(const std::vector<std::vector<double>>& errors, double error) {
  double before = 0;
  for (std::size_t s = 0; s < std::size(kSizes); ++s) {
    std::vector<double> here;
    for (const auto& run : errors) here.push_back(run[s]);
    const double now = median(here);
    if (now <= error) {
      if (s == 0) return kSizes[0];
      const double share = std::log(before / error) / std::log(before / now);
      return kSizes[s - 1] * std::pow(double(kSizes[s]) / kSizes[s - 1], share);
    }
    before = now;
  }
  return kSizes[std::size(kSizes) - 1];
}

void study(const FieldCase& asked, const Options& options) {
  const int seeds = options.whole("seeds");
  std::vector<double> few(static_cast<std::size_t>(seeds));
  std::vector<double> many(few.size());
  std::vector<std::vector<double>> errors(few.size());
  parallel_for(seeds, options.whole("threads"), [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    const auto seed = static_cast<unsigned>(options.whole("first") + i);
    std::tie(few[at], many[at]) = proposed(asked, options, seed);
    errors[at] = even(asked, options, seed);
  });
  const double at_few = median(few);
  const double at_many = median(many);
  std::printf(
      "%-11s error after %d / %d: %.4f / %.4f, as good as a sequence of %.0f / %.0f: %.1f / "
      "%.1f times fewer\n",
      asked.name.c_str(), kFew, kMany, at_few, at_many, as_good(errors, at_few),
      as_good(errors, at_many), as_good(errors, at_few) / kFew, as_good(errors, at_many) / kMany);
  std::printf("            the sequence's errors:");
  for (std::size_t s = 0; s < std::size(kSizes); ++s) {
    std::vector<double> here;
    for (const auto& run : errors) here.push_back(run[s]);
    std::printf(" %d: %.4f", kSizes[s], median(here));
  }
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Options options;
    for (int i = 1; i < argc; ++i) {
      const std::string argument = argv[i];
      const std::string name = argument.substr(0, argument.find('='));
      if (options.all.count(name) == 0 || argument.find('=') == std::string::npos)
        throw std::invalid_argument("expected name=value, got \"" + argument + "\"");
      options.all[name] = argument.substr(argument.find('=') + 1);
    }
    for (const FieldCase& asked : bench::field_cases())
      if (options.all["case"] == "all" || options.all["case"] == asked.name) study(asked, options);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "foray_field_study: %s\n", error.what());
    return 2;
  }
}
