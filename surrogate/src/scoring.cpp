// Scoring with the average information: Gilmour, Thompson & Cullis (1995), Biometrics 51:1440.
// Trust region: Nocedal & Wright (2006), Numerical Optimization, Algorithm 4.1, with steps limited
// in each number, so that limits of the numbers are of the same kind; active sets: Algorithm 16.3.
#include "scoring.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace foray::surrogate::detail {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// How far the first step may go, and any: a logarithm of 1.5 is a factor of 4.5.
constexpr double kFirstReach = 1.5;
constexpr double kLongestReach = 3;
// Steps that are shorter tell that rounding decides.
constexpr double kShortestReach = 1e-5;
// Added to all curvatures: along what the data and no prior say anything of.
constexpr double kLeastCurvature = 1e-3;
// And relative to the largest: what rounding may take from the smallest.
constexpr double kLeastOfLargest = 1e-12;
// So many of the last steps correct the information.
constexpr std::size_t kSteps = 6;
// What rounding may leave of a log posterior whose covariance is close to singular, relative.
constexpr double kLeftByRounding = 1e-5;

struct Step {
  VectorXd to;
  double size = 0;  // The largest change of a number.
  double slope = 0;
  double promise = 0;  // What the quadratic says is gained.
};

// A step and how much less the slope was after it.
struct Change {
  VectorXd step;
  VectorXd slope;
};

class Scoring {
 public:
  Scoring(Target target, const std::function<bool()>& expired)
      : target_(std::move(target)),
        expired_(expired),
        lower_(target_.lower()),
        upper_(target_.upper()) {}

  Climb run(const VectorXd& start, int most, double tolerance) {
    most_ = most;
    if (!look(start)) return found_;
    double reach = kFirstReach;
    while (true) {
      const Step step = step_within(reach);
      if (step.promise >= 0 && step.promise <= tolerance &&
          (step.size < reach || reach >= kFirstReach)) {
        found_.converged = true;
        return found_;
      }
      if (reach < kShortestReach) {
        const double promise = step_within(kFirstReach).promise;
        found_.converged =
            promise >= 0 && promise <= tolerance + kLeftByRounding * std::abs(found_.value);
        return found_;
      }
      if (found_.evaluations == most_) return found_;
      const double before = found_.value;
      const bool better = look(step.to);
      if (found_.cut) return found_;
      reach = next_reach(reach, step, last_ - before, better);
    }
  }

 private:
  // Evaluates there; whether it is the best point now.
  bool look(const VectorXd& theta) {
    if (expired_ && expired_()) {
      found_.cut = true;
      return false;
    }
    if (found_.evaluations == most_) return false;
    ++found_.evaluations;
    last_ = -std::numeric_limits<double>::infinity();
    try {
      Evidence here = target_.look(theta, found_.value);
      if (!std::isfinite(here.value)) return false;
      last_ = here.value;
      // Sums that round differently may leave a value above without a gradient.
      if (!(here.value > found_.value) || here.gradient.size() != theta.size() ||
          !here.gradient.allFinite() || here.information.rows() != theta.size() ||
          !here.information.allFinite())
        return false;
      if (found_.best.size() > 0) changes_.push_back({theta - found_.best, slope_ - here.gradient});
      found_.value = here.value;
      found_.best = theta;
      slope_ = std::move(here.gradient);
      correct(std::move(here.information));
      return true;
    } catch (const std::runtime_error&) {
      return false;  // A covariance that stays singular.
    }
  }

  // The curvature: the information, corrected by what the last steps saw of the slope. Nocedal &
  // Wright, eq. 6.19; a step along which it would become much smaller is passed over.
  void correct(MatrixXd information) {
    curvature_ = std::move(information);
    curvature_.diagonal().array() +=
        kLeastCurvature + kLeastOfLargest * curvature_.diagonal().maxCoeff();
    if (changes_.size() > kSteps) changes_.erase(changes_.begin());
    for (const Change& change : changes_) {
      const VectorXd expected = curvature_ * change.step;
      const double of_expected = change.step.dot(expected);
      const double of_seen = change.step.dot(change.slope);
      if (!(of_seen > 0.1 * of_expected)) continue;
      curvature_ += change.slope * change.slope.transpose() / of_seen -
                    expected * expected.transpose() / of_expected;
    }
  }

  [[nodiscard]] Step step_within(double reach) const {
    const VectorXd& at = found_.best;
    const VectorXd s = best_within(slope_, curvature_, (lower_ - at).cwiseMax(-reach),
                                   (upper_ - at).cwiseMin(reach));
    Step step;
    step.to = (at + s).cwiseMax(lower_).cwiseMin(upper_);
    step.size = s.cwiseAbs().maxCoeff();
    step.slope = slope_.dot(s);
    step.promise = step.slope - 0.5 * s.dot(curvature_ * s);
    return step;
  }

  static double next_reach(double reach, const Step& step, double gain, bool better) {
    if (!better) {
      // The top of the parabola through value and slope here and the value there.
      const double top = step.slope / (2 * (step.slope - gain));
      return step.size * (std::isfinite(gain) ? std::clamp(top, 0.1, 0.5) : 0.25);
    }
    if (gain < 0.25 * step.promise) return 0.5 * step.size;
    if (gain > 0.75 * step.promise && step.size >= 0.99 * reach)
      return std::min(2 * reach, kLongestReach);
    return reach;
  }

  Target target_;
  const std::function<bool()>& expired_;
  VectorXd lower_;
  VectorXd upper_;
  int most_ = 0;
  double last_ = 0;  // The value that the last evaluation gave.
  Climb found_{};
  VectorXd slope_{};
  MatrixXd curvature_{};
  std::vector<Change> changes_{};
};

}  // namespace

Climb climb_by_information(Target target, const VectorXd& start, int most, double tolerance,
                           const std::function<bool()>& expired) {
  return Scoring(std::move(target), expired).run(start, most, tolerance);
}

VectorXd best_within(const VectorXd& slope, const MatrixXd& curvature, const VectorXd& lower,
                     const VectorXd& upper) {
  const Index size = slope.size();
  VectorXd s = VectorXd::Zero(size);
  std::vector<signed char> held(static_cast<std::size_t>(size), 0);
  // Each round holds one more number at its limit or lets one go; few are needed.
  for (Index round = 0; round < 20 * size; ++round) {
    const VectorXd rest = slope - curvature * s;
    std::vector<Index> free;
    for (Index i = 0; i < size; ++i)
      if (held[static_cast<std::size_t>(i)] == 0) free.push_back(i);
    double fraction = 1;
    Index blocking = -1;
    bool up = false;
    if (!free.empty()) {
      const Eigen::LLT<MatrixXd> factor(curvature(free, free));
      const VectorXd move = factor.info() == Eigen::Success
                                ? VectorXd(factor.solve(rest(free)))
                                : VectorXd(rest(free).cwiseQuotient(curvature.diagonal()(free)));
      for (std::size_t f = 0; f < free.size(); ++f) {
        const Index i = free[f];
        const double m = move(static_cast<Index>(f));
        const double room = m > 0 ? upper(i) - s(i) : lower(i) - s(i);
        if (std::abs(m) * fraction > std::abs(room)) {
          fraction = room / m;
          blocking = i;
          up = m > 0;
        }
      }
      s(free) += fraction * move;
    }
    if (blocking >= 0) {
      s(blocking) = up ? upper(blocking) : lower(blocking);
      held[static_cast<std::size_t>(blocking)] = up ? 1 : -1;
      continue;
    }
    // A number that is held and would rather go back, the one that gains most.
    const VectorXd pull = slope - curvature * s;
    Index eager = -1;
    for (Index i = 0; i < size; ++i) {
      const double inward = -held[static_cast<std::size_t>(i)] * pull(i);
      if (inward > 1e-12 * slope.cwiseAbs().maxCoeff() &&
          (eager < 0 || inward > std::abs(pull(eager))))
        eager = i;
    }
    if (eager < 0) break;
    held[static_cast<std::size_t>(eager)] = 0;
  }
  return s;
}

}  // namespace foray::surrogate::detail
