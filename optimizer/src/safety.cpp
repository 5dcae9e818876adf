#include "safety.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "foray/optimizer/acquisition.h"

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Of the variance before any data, what measurements have taken away.
double known_share(double variance, double before) {
  return before > 0 ? std::clamp(1 - variance / before, 0.0, 1.0) : 0;
}

// The most that is known of any measured point: what is missing is what noise hides. At least a
// half: where noise hides more, a surrogate knows nothing of how values go together.
double most_known(const surrogate::Model& model, const MatrixXd& measured) {
  if (measured.cols() == 0) return 1;
  const VectorXd after = model.predict(measured).variance;
  const VectorXd before = model.prior(measured).variance;
  double most = 0.5;
  for (Index i = 0; i < after.size(); ++i) most = std::max(most, known_share(after(i), before(i)));
  return most;
}

// What is not chosen has no distance that could be kept, and categories have no distance at all.
VectorXd extent_of(const SearchSpace& space, const MatrixXd& measured) {
  VectorXd extent = VectorXd::Zero(space.dimension());
  if (measured.cols() > 0) extent = measured.rowwise().maxCoeff() - measured.rowwise().minCoeff();
  Index axis = 0;
  for (const Parameter& p : space.parameters()) {
    if (!is_coordinate(p)) continue;
    if (p.role == ParameterRole::kContext || !p.categories.empty())
      extent(axis) = std::numeric_limits<double>::infinity();
    ++axis;
  }
  return extent;
}

}  // namespace

Safety::Safety(const SearchSpace& space, const Objective& objective, const ModelMap& models,
               const Eigen::Ref<const MatrixXd>& measured)
    : measured_(measured), extent_(extent_of(space, measured_)) {
  constexpr double kNoLimit = std::numeric_limits<double>::infinity();
  for (const OutcomeConstraint& c : objective.subject_to) {
    if (c.probability <= 0) continue;
    const auto found = models.find(c.observable);
    if (found == models.end() || found->second == nullptr)
      throw std::runtime_error("propose: nothing is known of \"" + c.observable +
                               "\" yet, so that no place is known to be safe");
    limits_.push_back({found->second, c.at_least.value_or(-kNoLimit), c.at_most.value_or(kNoLimit),
                       std::log(c.probability), most_known(*found->second, measured_)});
  }
}

// A lengthscale is learned from how alike the measured values are at their distances from each
// other; of a longer one they say next to nothing, and from few points it is often far too long.
bool Safety::extrapolates(const VectorXd& x) const {
  constexpr double kSlack = 1e-9;
  for (Index i = 0; i < measured_.cols(); ++i) {
    const VectorXd distance = (x - measured_.col(i)).cwiseAbs();
    if ((distance.array() <= extent_.array() + kSlack).all()) return false;
  }
  return true;
}

bool Safety::holds(const VectorXd& x) const {
  return limits_.empty() ||
         (!extrapolates(x) && std::all_of(limits_.begin(), limits_.end(),
                                          [&](const Limit& limit) { return holds(limit, x); }));
}

// What is measured is safe, all of it, so that its mean is safe and its spread small: a surrogate
// that learned both from it would take everything for safe. The deviation before any data is
// therefore taken for at least so many times the distance of the mean from the limit. Of that the
// measurements leave the share that they leave of the surrogate's own, free of noise: with one, of
// correlation r and noise s, the variance V (1 - r^2 V / (V + s)) is left, of which s is no doubt.
bool Safety::holds(const Limit& limit, const VectorXd& x) {
  constexpr double kDoubt = 2;
  const surrogate::Posterior at = limit.model->predict(x);
  const surrogate::Posterior before = limit.model->prior(x);
  const double margin = std::min(before.mean(0) - limit.at_least, limit.at_most - before.mean(0));
  const double doubted = std::pow(kDoubt * std::max(margin, 0.0), 2);
  const double known = known_share(at.variance(0), before.variance(0)) / limit.most_known;
  const double more = std::max(1 - known, 0.0) * std::max(doubted - before.variance(0), 0.0);
  // A variance of rounding is none, and the probability 0 or 1.
  const double variance = std::max(at.variance(0) + more, 1e-290);
  return log_probability_between(at.mean(0), variance, limit.at_least, limit.at_most).value >=
         limit.log_probability;
}

MatrixXd Safety::safe_measured() const {
  MatrixXd safe(measured_.rows(), measured_.cols());
  Index count = 0;
  for (Index j = 0; j < measured_.cols(); ++j)
    if (holds(measured_.col(j))) safe.col(count++) = measured_.col(j);
  if (count == 0)
    throw std::runtime_error(
        "propose: at no measured point the constraints of subject_to hold with the probability "
        "that is asked for; measure where they do");
  return safe.leftCols(count);
}

}  // namespace foray::optimizer
