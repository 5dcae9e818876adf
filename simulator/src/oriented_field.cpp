// The orientation and its jitter follow the field's convention (sasmodels, "orientation"): with the
// beam along z the axis is Rz(phi) Ry(theta) Rx(d_phi) Ry(d_theta) z, jitter is normal in both
// angles, and what it weighs is multiplied by |cos(d_theta)|, the element of a map of equal
// rectangles.
#include "oriented_field.h"

#include <math.h>  // j1 is POSIX's

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "units.h"

namespace foray::simulator {

namespace {

constexpr double kCut = 3;        // standard deviations of every distribution
constexpr int kLeastPoints = 35;  // of a size
constexpr int kLeastJitter = 15;  // of an angle
constexpr int kMostJitter = 301;
// Linear interpolation of a wave is off by (2 pi / 2250)^2 / 8 = 1e-6 of it.
constexpr double kStepsPerWave = 2250;
// (2 J1(y) / y)^2 over s = y^2 has a second derivative of 5 / 48 at most.
constexpr double kSquareStep = 0.0087;
constexpr double kMostSteps = 262144;
constexpr double kLeastTable = 1024;
// Steps of a table that may be so many times coarser: linear to 1e-4.
constexpr double kCoarsest = 10;

struct Points {
  Eigen::ArrayXd at, weight;  // weights add up to 1
};

// Of a normal distribution, for waves of `rate` radians a unit to be slower than the steps.
double points_needed(double sigma, double rate) {
  return std::ceil(2 * kCut * (rate * sigma + 2 * kCut) / (2 * kPi));
}

// A normal distribution at equal steps, as the field's tools take it. The sum is that of the
// integral, but for its ends, as long as there are as many points as needed.
Points normal_points(double mean, double sigma, double rate, int least, int most) {
  if (sigma == 0 || most == 1) {
    return {Eigen::ArrayXd::Constant(1, mean), Eigen::ArrayXd::Ones(1)};
  }
  const double needed = std::min(points_needed(sigma, rate), 1e6);
  const int n = std::clamp(static_cast<int>(needed), least, most) | 1;
  const Eigen::ArrayXd z = Eigen::ArrayXd::LinSpaced(n, -kCut, kCut);
  const Eigen::ArrayXd weight = (-0.5 * z.square()).exp();
  return {mean + sigma * z, weight / weight.sum()};
}

// The steps of a table grow with the value to the given power.
void require_table(std::size_t index, const char* field, double value, double steps, double power) {
  const double most = kCoarsest * kMostSteps;
  if (steps <= most) return;
  std::ostringstream text;
  text << "scene: cylinders[" << index << "]." << field << ": expected "
       << value * std::pow(most / steps, 1 / power)
       << " at most for what this detector reaches, got " << value;
  throw std::invalid_argument(text.str());
}

// along, across: q times the size [rad].
void require_few_angles(std::size_t index, const OrientedCylinders& cylinders, double along,
                        double across) {
  if (cylinders.points > 0) return;
  const double sigma = std::max(cylinders.theta_spread, cylinders.phi_spread);
  const double needed = points_needed(sigma, std::hypot(along, across));
  if (needed <= kMostJitter) return;
  const bool is_length = along >= across;
  std::ostringstream text;
  text << "scene: cylinders[" << index << "]." << (is_length ? "length" : "radius")
       << ": expected a size whose jitter takes " << kMostJitter << " angles at most, got "
       << (is_length ? cylinders.length : cylinders.radius) << ", which takes " << needed
       << "; `points` sets how many are taken";
  throw std::invalid_argument(text.str());
}

// <L^2 sinc^2(x L / 2)> = <2 (1 - cos(x L))> / x^2 over equally spaced lengths, whose cosines
// follow from each other.
double along_axis(const Points& length, double x) {
  const double first = length.at[0];
  if (x * length.at[length.at.size() - 1] < 1e-2) {
    const Eigen::ArrayXd square = length.at.square();
    return (length.weight * square * (1 - x * x / 12 * square)).sum();
  }
  const double step = length.at.size() > 1 ? length.at[1] - first : 0;
  const double turn = 2 * std::cos(x * step);
  double before = std::cos(x * (first - step)), cosine = std::cos(x * first), sum = 0;
  for (const double weight : length.weight) {
    sum += weight * cosine;
    const double next = turn * cosine - before;
    before = cosine;
    cosine = next;
  }
  return 2 * (1 - sum) / (x * x);
}

// <(pi R^2 2 J1(y R) / (y R))^2>.
double across_axis(const Points& radius, double y) {
  double sum = 0;
  for (Eigen::Index i = 0; i < radius.at.size(); ++i) {
    const double r = radius.at[i], x = y * r;
    const double disc = x < 1e-4 ? 1 - x * x / 8 : 2 * ::j1(x) / x;
    sum += radius.weight[i] * std::pow(kPi * r * r * disc, 2);
  }
  return sum;
}

}  // namespace

std::vector<OrientedField::Step> OrientedField::steps_of(const Eigen::ArrayXd& values) {
  std::vector<Step> steps;
  for (Eigen::Index i = 0; i + 1 < values.size(); ++i) {
    steps.push_back({values[i], values[i + 1] - values[i]});
  }
  return steps;
}

OrientedField::OrientedField(const OrientedCylinders& cylinders, double wavelength, double q_max,
                             std::size_t index)
    : k_(2 * kPi / wavelength) {
  const double most = 1e4;
  const Points length = normal_points(cylinders.length, cylinders.length_spread * cylinders.length,
                                      q_max, kLeastPoints, static_cast<int>(most));
  const Points radius = normal_points(cylinders.radius, cylinders.radius_spread * cylinders.radius,
                                      2 * q_max, kLeastPoints, static_cast<int>(most));
  const double longest = length.at.maxCoeff(), widest = radius.at.maxCoeff();
  const double along = kStepsPerWave * q_max * longest / (2 * kPi);
  const double across = std::pow(q_max * widest, 2) / kSquareStep;
  require_table(index, "length", cylinders.length, along, 1);
  require_table(index, "radius", cylinders.radius, across, 2);
  require_few_angles(index, cylinders, q_max * longest, 2 * q_max * widest);
  const double along_size = std::clamp(std::ceil(along), kLeastTable, kMostSteps);
  const double across_size = std::clamp(std::ceil(across), kLeastTable, kMostSteps);
  along_steps_ = along_size / q_max;
  across_steps_ = across_size / (q_max * q_max);
  // Two entries beyond the end: q itself may be rounded up.
  const auto places = [](double size) {
    return Eigen::ArrayXd::LinSpaced(static_cast<Eigen::Index>(size) + 3, 0, size + 2);
  };
  along_ = steps_of((places(along_size) / along_steps_).unaryExpr([&](double x) {
    return along_axis(length, x);
  }));
  across_ = steps_of((places(across_size) / across_steps_).sqrt().unaryExpr([&](double y) {
    return across_axis(radius, y);
  }));
  set_axes(cylinders, q_max * std::hypot(longest, 2 * widest));
  const double volume =
      kPi * (radius.weight * radius.at.square()).sum() * (length.weight * length.at).sum();
  const double contrast = cylinders.sld - cylinders.sld_solvent;  // [1e-6 / angstrom^2]
  weight_ *= 1e-4 * cylinders.scale * contrast * contrast / volume;
}

void OrientedField::set_axes(const OrientedCylinders& cylinders, double rate) {
  const int points = cylinders.points;
  const auto jitter = [&](double sigma) {
    if (points > 0) return normal_points(0, sigma, rate, points, points);
    Points all = normal_points(0, sigma, rate, kLeastJitter, kMostJitter);
    if (all.at.size() == 1) return all;
    // The trapezoidal rule: what is seen along a cylinder's plane may all come from the ends.
    all.weight.head(1) *= 0.5;
    all.weight.tail(1) *= 0.5;
    all.weight /= all.weight.sum();
    return all;
  };
  const Points theta = jitter(cylinders.theta_spread), phi = jitter(cylinders.phi_spread);
  const Eigen::Matrix3d turn = (Eigen::AngleAxisd(cylinders.phi, Eigen::Vector3d::UnitZ()) *
                                Eigen::AngleAxisd(cylinders.theta, Eigen::Vector3d::UnitY()))
                                   .toRotationMatrix();
  const Eigen::Index size = phi.at.size() * theta.at.size();
  for (Eigen::ArrayXd* values : {&x_, &y_, &z_, &weight_}) values->resize(size);
  for (Eigen::Index i = 0; i < phi.at.size(); ++i) {
    for (Eigen::Index j = 0; j < theta.at.size(); ++j) {
      const double cosine = std::cos(theta.at[j]);
      const Eigen::Vector3d axis =
          turn * Eigen::Vector3d(std::sin(theta.at[j]), -std::sin(phi.at[i]) * cosine,
                                 std::cos(phi.at[i]) * cosine);
      const Eigen::Index k = i * theta.at.size() + j;
      x_[k] = axis[0], y_[k] = axis[1], z_[k] = axis[2];
      weight_[k] = phi.weight[i] * theta.weight[j] * std::abs(cosine);
    }
  }
  weight_ /= weight_.sum();
}

double OrientedField::at(const Eigen::Vector3d& q) const {
  double total = 0;
  for (Eigen::Index first = 0; first < x_.size(); first += kTogether) {
    const Eigen::Index n = std::min(kTogether, x_.size() - first);
    const Directions along =
        q[0] * x_.segment(first, n) + q[1] * y_.segment(first, n) + q[2] * z_.segment(first, n);
    const Directions across = (q.squaredNorm() - along.square()).max(0.0) * across_steps_;
    total += sum(along.abs() * along_steps_, across, first);
  }
  return total;
}

// Of places in both tables. Two sums, so that one need not wait for the other.
double OrientedField::sum(const Directions& along, const Directions& across,
                          Eigen::Index first) const {
  const auto term = [&](Eigen::Index i) {
    return weight_[first + i] * look_up(along_, along[i]) * look_up(across_, across[i]);
  };
  double even = 0, odd = 0;
  Eigen::Index i = 0;
  for (; i + 1 < along.size(); i += 2) {
    even += term(i);
    odd += term(i + 1);
  }
  return i < along.size() ? even + odd + term(i) : even + odd;
}

Eigen::ArrayXd OrientedField::intensity(const double* up, const double* side,
                                        Eigen::Index n) const {
  Eigen::ArrayXd values(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double forward = std::sqrt(std::max(0.0, 1 - up[i] * up[i] - side[i] * side[i]));
    // x along the fast axis, y along the slow one, z along the beam.
    values[i] = at(k_ * Eigen::Vector3d(side[i], up[i], forward - 1));
  }
  return values;
}

}  // namespace foray::simulator
