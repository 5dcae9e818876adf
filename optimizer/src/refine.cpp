#include "refine.h"

#include <algorithm>
#include <cmath>

namespace foray::optimizer {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Coordinates that the gradient pushes against a bound stay there (Bertsekas 1982).
VectorXd ascent_direction(const MatrixXd& inverse_hessian, const VectorXd& x,
                          const VectorXd& gradient, const Box& box) {
  VectorXd open = VectorXd::Ones(x.size());
  for (Index i = 0; i < x.size(); ++i)
    if ((x(i) <= box.lower(i) && gradient(i) < 0) || (x(i) >= box.upper(i) && gradient(i) > 0))
      open(i) = 0;
  const VectorXd projected = open.cwiseProduct(gradient);
  VectorXd direction = open.cwiseProduct(inverse_hessian * projected);
  if (!(direction.dot(projected) > 0)) direction = projected;
  // No step longer than a fifth of the cube: far away the quadratic model means nothing.
  const double longest = direction.cwiseAbs().maxCoeff();
  if (longest > 0.2) direction *= 0.2 / longest;
  return direction;
}

// The BFGS update of an inverse Hessian of -f: s the step, y the fall of the gradient.
void update(MatrixXd& inverse_hessian, const VectorXd& s, const VectorXd& y, bool first) {
  const double sy = s.dot(y);
  if (!(sy > 1e-12 * s.norm() * y.norm())) return;
  if (first) inverse_hessian *= sy / y.squaredNorm();
  const MatrixXd left = MatrixXd::Identity(s.size(), s.size()) - s * y.transpose() / sy;
  inverse_hessian = left * inverse_hessian * left.transpose() + s * s.transpose() / sy;
}

}  // namespace

Refined refine(const std::function<double(const VectorXd&, VectorXd&)>& function,
               const std::function<bool(const VectorXd&)>& feasible, VectorXd start,
               int max_evaluations, const std::function<bool()>& expired, Box box) {
  Refined best{std::move(start)};
  const Index d = best.x.size();
  if (box.lower.size() == 0) box = {VectorXd::Zero(d), VectorXd::Ones(d)};
  VectorXd gradient(d);
  const auto stop = [&] {
    if (expired && expired()) best.cut = true;
    return best.cut || best.evaluations >= max_evaluations;
  };
  ++best.evaluations;
  best.value = function(best.x, gradient);
  MatrixXd inverse_hessian = MatrixXd::Identity(d, d) * 0.05 / std::max(gradient.norm(), 1e-300);
  bool first = true;
  while (gradient.allFinite()) {
    const VectorXd direction = ascent_direction(inverse_hessian, best.x, gradient, box);
    double length = 1;
    bool moved = false;
    while (length > 1e-6 && direction.cwiseAbs().maxCoeff() * length > 1e-9) {
      const VectorXd x = (best.x + length * direction).cwiseMax(box.lower).cwiseMin(box.upper);
      if (!feasible(x)) {
        length /= 2;
        continue;
      }
      if (stop()) return best;
      ++best.evaluations;
      VectorXd slope(d);
      const double value = function(x, slope);
      const double promised = gradient.dot(x - best.x);
      if (std::isfinite(value) && value >= best.value + 1e-4 * std::max(promised, 0.0) &&
          value > best.value) {
        const double gain = value - best.value;
        update(inverse_hessian, x - best.x, gradient - slope, first);
        first = false;
        best.x = x;
        best.value = value;
        gradient = slope;
        moved = gain > 1e-5;  // A logarithm: less than that is no better a point.
        break;
      }
      length /= 3;
    }
    if (!moved) return best;
  }
  return best;
}

}  // namespace foray::optimizer
