#include "hamiltonian.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace foray::surrogate::detail {

using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

struct Place {
  VectorXd u;      // In the sampler's coordinates.
  double log = 0;  // Of the density there,
  VectorXd slope;  // and its gradient in u.
};

// Dual averaging: equation 6 of Hoffman & Gelman with gamma, t0 and kappa as they give them.
class StepTuner {
 public:
  explicit StepTuner(double acceptance) : wanted_(acceptance) {}

  void update(double accepted) {
    constexpr double kGamma = 0.05;
    constexpr double kT0 = 10;
    constexpr double kKappa = 0.75;
    // A leapfrog of step 2 is unstable for a density of unit width.
    constexpr double kMostLog = 0.47;
    ++count_;
    const double m = count_;
    missing_ += ((wanted_ - accepted) - missing_) / (m + kT0);
    log_step_ = std::min(-std::sqrt(m) / kGamma * missing_, kMostLog);
    log_mean_ += std::pow(m, -kKappa) * (log_step_ - log_mean_);
  }

  [[nodiscard]] double step() const { return std::exp(log_step_); }        // To try next.
  [[nodiscard]] double tuned_step() const { return std::exp(log_mean_); }  // To keep.

 private:
  double wanted_;
  int count_ = 0;
  double missing_ = 0;
  double log_step_ = 0;
  double log_mean_ = 0;
};

class Chain {
 public:
  Chain(const LogDensity& density, const VectorXd& origin, const MatrixXd& root,
        const HamiltonianOptions& options, Rng& rng)
      : density_(density), origin_(origin), root_(root), options_(options), rng_(rng) {
    here_ = look(VectorXd::Zero(root.cols()));
  }

  [[nodiscard]] VectorXd point() const { return origin_ + root_ * here_.u; }
  [[nodiscard]] int evaluations() const { return evaluations_; }
  // Whether there is nowhere to go on from, or no leave to.
  [[nodiscard]] bool stuck() const { return cut_ || !std::isfinite(here_.log); }

  // One transition; the probability with which it was accepted.
  double move(double step) {
    VectorXd momentum(here_.u.size());
    for (double& component : momentum) component = normal_(rng_);
    const double length = (0.5 + uniform_(rng_)) * std::numbers::pi / 2;
    const int steps =
        std::clamp(static_cast<int>(std::lround(length / step)), 1, options_.most_steps);
    const double before = here_.log - 0.5 * momentum.squaredNorm();
    Place there = here_;
    momentum += step / 2 * there.slope;
    for (int i = 1; i <= steps; ++i) {
      there = look(there.u + step * momentum);
      // Nothing lies beyond a place of density zero: the way back would be refused too.
      if (!std::isfinite(there.log)) return 0;
      momentum += (i < steps ? step : step / 2) * there.slope;
    }
    const double gain = there.log - 0.5 * momentum.squaredNorm() - before;
    if (!std::isfinite(gain)) return 0;
    const double accepted = std::exp(std::min(0.0, gain));
    if (uniform_(rng_) < accepted) here_ = std::move(there);
    return accepted;
  }

 private:
  Place look(VectorXd u) {
    Place place;
    place.u = std::move(u);
    place.log = -std::numeric_limits<double>::infinity();
    if (evaluations_ >= options_.most_evaluations || (options_.expired && options_.expired())) {
      cut_ = true;
      return place;
    }
    ++evaluations_;
    VectorXd gradient;
    const double log = density_(origin_ + root_ * place.u, gradient);
    if (!std::isfinite(log) || !gradient.allFinite()) return place;
    place.log = log;
    place.slope = root_.transpose() * gradient;
    return place;
  }

  const LogDensity& density_;
  const VectorXd& origin_;
  const MatrixXd& root_;
  const HamiltonianOptions& options_;
  Rng& rng_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
  int evaluations_ = 0;
  bool cut_ = false;
  Place here_;
};

}  // namespace

HamiltonianDraws hamiltonian_draws(const LogDensity& density, const VectorXd& start,
                                   const MatrixXd& root, const HamiltonianOptions& options,
                                   Rng& rng) {
  Chain chain(density, start, root, options, rng);
  StepTuner tuner(options.acceptance);
  for (int i = 0; i < options.warmup && !chain.stuck(); ++i) tuner.update(chain.move(tuner.step()));
  HamiltonianDraws draws;
  draws.step = tuner.tuned_step();
  int moves = 0;
  while (static_cast<int>(draws.points.size()) < options.draws && !chain.stuck()) {
    for (int i = 0; i < options.thinning && !chain.stuck(); ++i, ++moves)
      draws.acceptance += chain.move(draws.step);
    if (!chain.stuck()) draws.points.push_back(chain.point());
  }
  if (moves > 0) draws.acceptance /= moves;
  draws.evaluations = chain.evaluations();
  draws.cut = static_cast<int>(draws.points.size()) < options.draws;
  return draws;
}

}  // namespace foray::surrogate::detail
