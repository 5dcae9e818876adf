#include "local_step.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace foray::optimizer {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// c + g . s + s . H s / 2 of s = (x - centre) / reach.
struct Quadratic {
  VectorXd slope;
  MatrixXd curvature;
  double error = 0;  // Of the third order at a distance of 1.
};

// The coefficients of a row of the least squares: 1, s_i, s_i^2 / 2, s_i s_j.
VectorXd monomials(const VectorXd& s) {
  const Index d = s.size();
  VectorXd row((d + 1) * (d + 2) / 2);
  Index k = 0;
  row(k++) = 1;
  for (Index i = 0; i < d; ++i) row(k++) = s(i);
  for (Index i = 0; i < d; ++i)
    for (Index j = i; j < d; ++j) row(k++) = i == j ? s(i) * s(i) / 2 : s(i) * s(j);
  return row;
}

std::optional<Quadratic> fit(const MatrixXd& s, const VectorXd& y) {
  constexpr double kNearest = 1e-3;  // Keeps the weight of the centre finite.
  const Index d = s.rows();
  const Index n = s.cols();
  const Index size = (d + 1) * (d + 2) / 2;
  MatrixXd rows(n, size);
  VectorXd right(n);
  for (Index j = 0; j < n; ++j) {
    // Errors of the third order grow as the cube of the distance.
    const double weight = 1 / (kNearest + std::pow(s.col(j).norm(), 3));
    rows.row(j) = weight * monomials(s.col(j)).transpose();
    right(j) = weight * y(j);
  }
  const Eigen::ColPivHouseholderQR<MatrixXd> solver(rows);
  if (solver.rank() < size) return std::nullopt;
  const VectorXd coefficients = solver.solve(right);
  Quadratic q{coefficients.segment(1, d), MatrixXd(d, d)};
  Index k = 1 + d;
  for (Index i = 0; i < d; ++i)
    for (Index j = i; j < d; ++j, ++k) q.curvature(i, j) = q.curvature(j, i) = coefficients(k);
  q.error = (rows * coefficients - right).norm() / std::sqrt(static_cast<double>(n - size));
  return q;
}

// The lowest point within a distance: (H + lambda I) s = -g with the smallest lambda >= 0 that
// makes H + lambda I positive definite and s short enough. Nocedal & Wright (2006), Theorem 4.1.
VectorXd lowest_within(const Quadratic& q, double distance) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(q.curvature);
  const VectorXd along = eigen.eigenvectors().transpose() * q.slope;
  const VectorXd& values = eigen.eigenvalues();
  const auto step = [&](double lambda) {
    return VectorXd(-along.array() / (values.array() + lambda));
  };
  const double scale = std::max(values.cwiseAbs().maxCoeff(), q.slope.norm() / distance);
  double low = std::max(0.0, -values(0)) + 1e-12 * scale;
  VectorXd s = step(low);
  if (s.norm() > distance) {
    double high = low + 2 * scale + q.slope.norm() / distance;
    for (int i = 0; i < 100; ++i) {
      const double middle = 0.5 * (low + high);
      (step(middle).norm() > distance ? low : high) = middle;
    }
    s = step(high);
  }
  return eigen.eigenvectors() * s;
}

}  // namespace

std::optional<LocalStep> local_step(const Eigen::Ref<const MatrixXd>& x,
                                    const Eigen::Ref<const VectorXd>& y, double noise) {
  // So many errors must be gained: on rugged functions quadratics fit well by chance and cost
  // measurements; where a valley is smooth the errors vanish faster than the gain.
  constexpr double kTrust = 20;
  constexpr double kShortest = 1e-9;  // Of the cube's edge: no axis is set more exactly.
  const Index d = x.rows();
  const Index size = (d + 1) * (d + 2) / 2;
  // A few more than coefficients tell whether it is a quadratic at all.
  const Index count = std::min<Index>(y.size(), 2 * size);
  if (y.size() < size + std::max<Index>(2, d)) return std::nullopt;
  Index best = 0;
  const double lowest = y.minCoeff(&best);
  const VectorXd centre = x.col(best);
  std::vector<Index> order(static_cast<std::size_t>(y.size()));
  std::iota(order.begin(), order.end(), Index{0});
  const VectorXd distance = (x.colwise() - centre).colwise().norm();
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return distance(a) < distance(b); });
  const double reach = distance(order[static_cast<std::size_t>(size - 1)]);
  if (!(reach > 0)) return std::nullopt;
  MatrixXd s(d, count);
  VectorXd above(count);
  for (Index j = 0; j < count; ++j) {
    const Index i = order[static_cast<std::size_t>(j)];
    s.col(j) = (x.col(i) - centre) / reach;
    above(j) = y(i) - lowest;
  }
  const auto quadratic = fit(s, above);
  if (!quadratic) return std::nullopt;
  VectorXd unit = centre + reach * lowest_within(*quadratic, 1);
  unit = unit.cwiseMax(0.0).cwiseMin(1.0);
  const VectorXd step = (unit - centre) / reach;
  if (!(step.norm() * reach > kShortest)) return std::nullopt;
  const double gain = -(quadratic->slope.dot(step) + 0.5 * step.dot(quadratic->curvature * step));
  const double error = quadratic->error * std::pow(step.norm(), 3);
  if (!(gain > kTrust * error + 3 * noise)) return std::nullopt;
  return LocalStep{std::move(unit), gain};
}

}  // namespace foray::optimizer
