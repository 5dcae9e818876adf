#include "posterior_draws.h"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "hamiltonian.h"

namespace foray::surrogate::detail {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

double logistic(double z) {
  return z >= 0 ? 1 / (1 + std::exp(-z)) : std::exp(z) / (1 + std::exp(z));
}

// The posterior over the whole space, in which every number runs from minus to plus infinity.
class Unbounded {
 public:
  explicit Unbounded(Target& target)
      : target_(target), lower_(target.lower()), width_(target.upper() - lower_) {}

  // Away from the limits themselves, which are infinitely far.
  [[nodiscard]] VectorXd from(const VectorXd& theta) const {
    constexpr double kEdge = 1e-3;
    return ((theta - lower_).cwiseQuotient(width_))
        .cwiseMax(kEdge)
        .cwiseMin(1 - kEdge)
        .unaryExpr([](double s) { return std::log(s / (1 - s)); });
  }

  [[nodiscard]] VectorXd to(const VectorXd& z) const {
    return (lower_ + width_.cwiseProduct(z.unaryExpr(&logistic)))
        .cwiseMin(lower_ + width_);  // Whatever rounding says.
  }

  double operator()(const VectorXd& z, VectorXd& gradient) {
    const VectorXd s = z.unaryExpr(&logistic);
    double value = 0;
    try {
      value = target_(to(z), gradient);
    } catch (const std::runtime_error&) {
      // A covariance that stays singular explains nothing.
      return -std::numeric_limits<double>::infinity();
    }
    for (Index i = 0; i < z.size(); ++i) {
      const double stretch = std::abs(z(i));
      value -= stretch + 2 * std::log1p(std::exp(-stretch));  // ln s (1 - s)
      gradient(i) = gradient(i) * width_(i) * s(i) * (1 - s(i)) + 1 - 2 * s(i);
    }
    return value;
  }

 private:
  Target& target_;
  VectorXd lower_;
  VectorXd width_;
};

// A root of the inverse of minus the second derivatives at z, by forward differences of the
// gradient: the widths of the posterior there. Empty where there are none or time is up.
MatrixXd root_of_covariance(Unbounded& density, const VectorXd& z,
                            const std::function<bool()>& expired) {
  constexpr double kStep = 5e-3;
  // A uniform density between limits has a precision of 0.3 here; what is flatter is rounding.
  constexpr double kLeast = 0.1;
  const Index d = z.size();
  VectorXd slope;
  if (!std::isfinite(density(z, slope))) return {};
  MatrixXd precision(d, d);
  for (Index i = 0; i < d; ++i) {
    VectorXd aside = z;
    aside(i) += kStep;
    VectorXd there;
    if (expired && expired()) return {};
    if (!std::isfinite(density(aside, there)) || !there.allFinite()) return {};
    precision.col(i) = (slope - there) / kStep;
  }
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(0.5 * (precision + precision.transpose()));
  if (solver.info() != Eigen::Success) return {};
  return solver.eigenvectors() *
         solver.eigenvalues().cwiseMax(kLeast).cwiseSqrt().cwiseInverse().asDiagonal();
}

}  // namespace

PosteriorDraws draw_posterior(Target& target, const VectorXd& best, int count, int most_evaluations,
                              const std::function<bool()>& expired, Rng& rng) {
  PosteriorDraws result;
  result.cut = true;
  const int widths = static_cast<int>(target.size()) + 1;
  if (most_evaluations <= widths) return result;
  Unbounded density(target);
  const VectorXd start = density.from(best);
  const MatrixXd root = root_of_covariance(density, start, expired);
  result.evaluations = widths;
  if (root.size() == 0) return result;
  HamiltonianOptions options;
  options.draws = count;
  options.most_evaluations = most_evaluations - widths;
  options.expired = expired;
  const HamiltonianDraws draws = hamiltonian_draws(
      [&density](const VectorXd& z, VectorXd& gradient) { return density(z, gradient); }, start,
      root, options, rng);
  for (const VectorXd& z : draws.points) result.theta.push_back(density.to(z));
  result.evaluations += draws.evaluations;
  result.cut = draws.cut;
  return result;
}

}  // namespace foray::surrogate::detail
