#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>
#include <utility>

#include "foray/common/check.h"
#include "foray/common/random.h"
#include "foray/instruments/measurement_source.h"
#include "named_position.h"

namespace foray::instruments {
namespace {

using Point = Eigen::Ref<const Eigen::VectorXd>;

// Branin (1972), in the form of Dixon and Szego (1978).
double branin(const Point& x) {
  constexpr double kPi = std::numbers::pi;
  const double b = 5.1 / (4 * kPi * kPi);
  const double bend = x[1] - b * x[0] * x[0] + 5 / kPi * x[0] - 6;
  return bend * bend + 10 * (1 - 1 / (8 * kPi)) * std::cos(x[0]) + 10;
}

// Ackley (1987) with a = 20, b = 0.2, c = 2 pi.
double ackley(const Point& x) {
  const double mean_square = x.squaredNorm() / static_cast<double>(x.size());
  const double mean_cosine = (2 * std::numbers::pi * x.array()).cos().mean();
  return -20 * std::exp(-0.2 * std::sqrt(mean_square)) - std::exp(mean_cosine) + 20 +
         std::numbers::e;
}

// Hartmann (1973), six-dimensional; constants as in Dixon and Szego (1978).
double hartmann6(const Point& x) {
  constexpr std::array<double, 4> kAlpha = {1.0, 1.2, 3.0, 3.2};
  constexpr std::array<std::array<double, 6>, 4> kA = {{{10, 3, 17, 3.5, 1.7, 8},
                                                        {0.05, 10, 17, 0.1, 8, 14},
                                                        {3, 3.5, 1.7, 10, 17, 8},
                                                        {17, 8, 0.05, 10, 0.1, 14}}};
  constexpr std::array<std::array<double, 6>, 4> kP = {
      {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
       {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
       {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
       {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}}};
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double exponent = 0;
    for (std::size_t j = 0; j < 6; ++j) {
      const double distance = x[static_cast<Eigen::Index>(j)] - kP[i][j];
      exponent += kA[i][j] * distance * distance;
    }
    sum += kAlpha[i] * std::exp(-exponent);
  }
  return -sum;
}

double step(const Point& x) {
  const double edge = x.size() == 1 ? 0.5 : x.tail(x.size() - 1).mean();
  return x[0] > edge ? 1 : 0;
}

void require_inputs(const std::string& name, Eigen::Index inputs) {
  const Eigen::Index expected = name == "branin" ? 2 : name == "hartmann6" ? 6 : 0;
  const bool known = expected > 0 || name == "ackley" || name == "sphere" || name == "step";
  require(known, "test_function: expected branin, ackley, hartmann6, sphere or step, got " + name);
  require(expected > 0 ? inputs == expected : inputs >= 1,
          name + ": expected " + (expected > 0 ? std::to_string(expected) : "at least 1") +
              " inputs, got " + std::to_string(inputs));
}

class FunctionSource final : public MeasurementSource {
 public:
  FunctionSource(std::string name, double noise_sd, std::vector<std::string> inputs)
      : name_(std::move(name)), noise_sd_(noise_sd), inputs_(std::move(inputs)) {}

  [[nodiscard]] std::string description() const override { return "function " + name_; }

  [[nodiscard]] SourceReading read(const SourceRequest& request) const override {
    const Eigen::VectorXd x = pick(request.names, request.position, inputs_, "function " + name_);
    const double sd = noise_sd_ / std::sqrt(request.exposure_s);
    CounterStream stream(derive_seed(request.seed, "noise"),
                         static_cast<std::uint64_t>(request.id));
    const double signal = request.beam ? test_function(name_, x) : 0.0;
    return {scattering::Values{{"f", signal + sd * stream.normal(), sd * sd}}, {}};
  }

 private:
  std::string name_;
  double noise_sd_;
  std::vector<std::string> inputs_;
};

}  // namespace

double test_function(const std::string& name, const Eigen::Ref<const Eigen::VectorXd>& x) {
  require_inputs(name, x.size());
  if (name == "branin") {
    return branin(x);
  }
  if (name == "ackley") {
    return ackley(x);
  }
  if (name == "hartmann6") {
    return hartmann6(x);
  }
  return name == "sphere" ? x.squaredNorm() : step(x);
}

std::unique_ptr<MeasurementSource> make_function_source(const codec::FunctionInstrumentSpec& spec,
                                                        std::vector<std::string> inputs) {
  require_inputs(spec.function, static_cast<Eigen::Index>(inputs.size()));
  require(std::isfinite(spec.noise_sd) && spec.noise_sd >= 0,
          "function instrument: expected noise_sd >= 0, got " + std::to_string(spec.noise_sd));
  return std::make_unique<FunctionSource>(spec.function, spec.noise_sd, std::move(inputs));
}

}  // namespace foray::instruments
