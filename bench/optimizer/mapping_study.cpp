// How well a few measurements map four phases and a property: the engine's proposals beside random,
// low-discrepancy and grid designs on the same hidden samples, the same models drawing the maps.
//
//   foray_mapping_study [name=value ...]
//   maps=10 n=60 initial=10 grid=20 logit=1 logit_noise=0.1 property_noise=0.1
//   kernel=matern52 boundary=1 property=1 acquisition=automatic

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foray/optimizer/propose.h"
#include "foray/surrogate/gp_fitter.h"
#include "phase_maps.h"

namespace {

using foray::Rng;
using namespace foray::optimizer;
using namespace foray::surrogate;
using foray::bench::Measured;
using foray::bench::Measuring;
using foray::bench::PhaseMap;

constexpr int kObservables = 5;
const char* const kNames[kObservables] = {"disordered", "lamellar", "hexagonal", "oriented",
                                          "size"};

struct Study {
  Measuring measuring;
  FitOptions phase_fit;
  FitOptions property_fit;
  AcquisitionSpec acquisition;
  double boundary_weight = 1;
  double property_weight = 1;
  int count = 60;
  int initial = 10;
};

struct Errors {
  double area = 0;
  double rms = 0;
  std::vector<double> fit_ms;
  std::vector<double> ask_ms;
};

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

// The data and models of one campaign.
class Campaign {
 public:
  Campaign(const Study& study, unsigned seed) : study_(study), map_(seed), rng_(1000 + seed) {}

  void add(const Eigen::Vector2d& x) {
    const Measured m = measure(map_, study_.measuring, x, rng_);
    append(all_, x);
    for (int k = 0; k < kObservables; ++k) {
      if (std::isnan(m.value(k))) continue;
      append(x_[k], x);
      y_[k].conservativeResize(y_[k].size() + 1);
      y_[k].tail(1) = m.value.segment(k, 1);
      noise_[k].conservativeResize(y_[k].size());
      noise_[k].tail(1) = m.variance.segment(k, 1);
    }
  }

  // From several starts now and then, from the last hyperparameters otherwise.
  void train(bool fresh) {
    for (int k = 0; k < kObservables; ++k) {
      if (y_[k].size() == 0) continue;
      const double scale = k == 4 ? 0.5 : study_.measuring.logit ? 1.0 : 0.1;
      const GpFitter fitter(k < 4 ? study_.phase_fit : study_.property_fit);
      if (fresh) last_[k].reset();
      FitOutcome outcome = fitter.fit({x_[k], y_[k], noise_[k], {}, scale}, last_[k], {}, rng_);
      last_[k] = outcome.hyperparameters;
      models_[k] = std::move(outcome.model);
    }
  }

  Eigen::Vector2d ask(const SearchSpace& space) {
    ObjectiveTerm phases;
    phases.kind = ObjectiveKind::kBoundary;
    phases.observables = {kNames[0], kNames[1], kNames[2], kNames[3]};
    phases.weight = study_.boundary_weight;
    ObjectiveTerm size;
    size.observables = {kNames[4]};
    size.weight = study_.property_weight;
    size.where = {{kNames[0], std::nullopt, study_.measuring.logit ? 0.0 : 0.5}};
    ModelMap models;
    for (int k = 0; k < kObservables; ++k) models[kNames[k]] = models_[k].get();
    ProposeState state;
    state.measured = all_;
    for (int k = 0; k < 4; ++k)
      state.next_noise[kNames[k]] =
          study_.measuring.logit ? std::pow(study_.measuring.logit_noise, 2) : 1e-4;
    state.next_noise[kNames[4]] = std::pow(study_.measuring.property_noise, 2);
    return propose(space, {{phases, size}, {}}, models, study_.acquisition, state, {}, rng_).unit;
  }

  Errors errors() const {
    constexpr int kSide = 100;
    Eigen::MatrixXd points(2, kSide * kSide);
    for (int i = 0; i < points.cols(); ++i)
      points.col(i) << (i / kSide + 0.5) / kSide, (i % kSide + 0.5) / kSide;
    Eigen::MatrixXd means(points.cols(), kObservables);
    for (int k = 0; k < kObservables; ++k)
      means.col(k) =
          models_[k] ? models_[k]->predict(points).mean : Eigen::VectorXd::Zero(points.cols());
    Errors errors;
    double squares = 0;
    int ordered = 0;
    for (int i = 0; i < points.cols(); ++i) {
      int said = 0;
      means.row(i).head(4).maxCoeff(&said);
      const int truth = map_.phase(points.col(i));
      errors.area += said != truth ? 1.0 / static_cast<double>(points.cols()) : 0;
      if (truth == 0) continue;
      ++ordered;
      squares += std::pow(means(i, 4) - map_.property(points.col(i)), 2);
    }
    errors.rms = std::sqrt(squares / std::max(ordered, 1));
    return errors;
  }

 private:
  static void append(Eigen::MatrixXd& points, const Eigen::Vector2d& x) {
    points.conservativeResize(2, points.cols() + 1);
    points.rightCols(1) = x;
  }

  const Study& study_;
  PhaseMap map_;
  Rng rng_;
  Eigen::MatrixXd all_ = Eigen::MatrixXd(2, 0);
  Eigen::MatrixXd x_[kObservables];
  Eigen::VectorXd y_[kObservables];
  Eigen::VectorXd noise_[kObservables];
  std::optional<Eigen::VectorXd> last_[kObservables];
  std::unique_ptr<Model> models_[kObservables];
};

Errors adaptive(const Study& study, const SearchSpace& space, unsigned seed) {
  Campaign campaign(study, seed);
  Rng rng(seed);
  const Eigen::MatrixXd first = initial_design(space, study.initial, rng);
  for (int i = 0; i < study.initial; ++i) campaign.add(first.col(i));
  std::vector<double> fit_ms;
  std::vector<double> ask_ms;
  for (int i = study.initial; i < study.count; ++i) {
    auto start = std::chrono::steady_clock::now();
    campaign.train((i - study.initial) % 10 == 0);
    fit_ms.push_back(milliseconds_since(start));
    start = std::chrono::steady_clock::now();
    const Eigen::Vector2d x = campaign.ask(space);
    ask_ms.push_back(milliseconds_since(start));
    campaign.add(x);
  }
  campaign.train(true);
  Errors errors = campaign.errors();
  errors.fit_ms = std::move(fit_ms);
  errors.ask_ms = std::move(ask_ms);
  return errors;
}

Errors designed(const Study& study, const Eigen::MatrixXd& points, unsigned seed) {
  Campaign campaign(study, seed);
  for (int i = 0; i < points.cols(); ++i) campaign.add(points.col(i));
  campaign.train(true);
  return campaign.errors();
}

Eigen::MatrixXd grid(int side) {
  Eigen::MatrixXd points(2, side * side);
  for (int i = 0; i < points.cols(); ++i)
    points.col(i) << (i / side + 0.5) / side, (i % side + 0.5) / side;
  return points;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return 0.5 * (values[(values.size() - 1) / 2] + values[values.size() / 2]);
}

void print(const char* name, int measurements, const std::vector<Errors>& all) {
  std::vector<double> area;
  std::vector<double> rms;
  std::vector<double> fit;
  std::vector<double> ask;
  for (const Errors& e : all) {
    area.push_back(e.area);
    rms.push_back(e.rms);
    fit.insert(fit.end(), e.fit_ms.begin(), e.fit_ms.end());
    ask.insert(ask.end(), e.ask_ms.begin(), e.ask_ms.end());
  }
  std::printf("%-14s %4d  wrong area %.4f  rms %.4f", name, measurements, median(area),
              median(rms));
  if (!ask.empty())
    std::printf("   train %.1f ms  ask %.1f ms (medians)", median(fit), median(ask));
  std::printf("\n");
}

KernelKind kernel_of(const std::string& name) {
  if (name == "matern12") return KernelKind::kMatern12;
  if (name == "matern32") return KernelKind::kMatern32;
  if (name == "squared_exponential") return KernelKind::kSquaredExponential;
  return KernelKind::kMatern52;
}

AcquisitionKind acquisition_of(const std::string& name) {
  if (name == "straddle") return AcquisitionKind::kStraddle;
  if (name == "variance") return AcquisitionKind::kVariance;
  return AcquisitionKind::kAutomatic;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> given;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    given[argument.substr(0, argument.find('='))] = argument.substr(argument.find('=') + 1);
  }
  const auto number = [&](const char* name, double otherwise) {
    return given.count(name) != 0 ? std::stod(given[name]) : otherwise;
  };
  Study study;
  study.measuring.logit = number("logit", 1) != 0;
  study.measuring.logit_noise = number("logit_noise", 0.1);
  study.measuring.property_noise = number("property_noise", 0.1);
  study.phase_fit.gp.kernel = kernel_of(given["kernel"]);
  study.acquisition.kind = acquisition_of(given["acquisition"]);
  study.boundary_weight = number("boundary", 1);
  study.property_weight = number("property", 1);
  study.count = static_cast<int>(number("n", 60));
  study.initial = static_cast<int>(number("initial", 10));
  const int maps = static_cast<int>(number("maps", 10));
  const int side = static_cast<int>(number("grid", 20));

  Parameter x;
  x.name = "x";
  Parameter y;
  y.name = "y";
  const SearchSpace space({x, y}, {});
  std::vector<Errors> ours;
  std::vector<Errors> random;
  std::vector<Errors> even;
  std::vector<Errors> gridded;
  for (unsigned seed = 1; seed <= static_cast<unsigned>(maps); ++seed) {
    Rng rng(seed);
    ours.push_back(adaptive(study, space, seed));
    if (number("only", 0) != 0) continue;
    Eigen::MatrixXd uniform(2, study.count);
    std::uniform_real_distribution<double> draw;
    for (double& value : uniform.reshaped()) value = draw(rng);
    random.push_back(designed(study, uniform, seed));
    even.push_back(designed(study, space.sample(study.count, rng), seed));
    if (side > 0) gridded.push_back(designed(study, grid(side), seed));
  }
  print("foray", study.count, ours);
  if (!random.empty()) print("random", study.count, random);
  if (!even.empty()) print("sobol", study.count, even);
  if (!gridded.empty()) print("grid", side * side, gridded);
  return 0;
}
