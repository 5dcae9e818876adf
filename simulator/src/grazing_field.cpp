#include "grazing_field.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "foray/simulator/grazing.h"

namespace foray::simulator {

namespace {
// A step in sin(alpha_f) of 2 sqrt(sin) / 16384: 7e-6 at a critical angle of 0.2 degrees, a tenth
// of what a pixel of 75 micrometres spans at 1 m.
constexpr std::size_t kExitSteps = 16384;
}  // namespace

double exit_root(double q_max, double wavelength) {
  const double sine = std::min(q_max * wavelength / (4 * std::numbers::pi), 1.0);  // of theta
  if (sine > std::numbers::sqrt2 / 2) return 1;  // beyond a right angle
  return std::sqrt(2 * sine * std::sqrt(1 - sine * sine));
}

GrazingField::GrazingField(const Surface& surface, double wavelength, double q_max)
    : surface_(surface),
      k_(2 * std::numbers::pi / wavelength),
      sin_i_(std::sin(surface.incidence)),
      cos_i_(std::cos(surface.incidence)),
      normal_up_(std::sin(surface.normal)),
      normal_side_(std::cos(surface.normal)) {
  const Fresnel incident = fresnel(sin_i_, surface.delta, surface.beta);
  incident_factor_ = std::norm(incident.transmitted);
  incident_inside_ = incident.inside.real();
  reflectivity_ = std::norm(incident.reflected);
  // Below the horizon exit angles reach further by the angle of incidence.
  const double reach = surface.below > 0 ? q_max + 2 * k_ * sin_i_ : q_max;
  last_ =
      std::min(kExitSteps, static_cast<std::size_t>(std::ceil(exit_root(reach, wavelength) *
                                                              static_cast<double>(kExitSteps))));
  exits_.resize(last_ + 2);
  for (std::size_t i = 0; i < exits_.size(); ++i) {
    const double root = static_cast<double>(i) / static_cast<double>(kExitSteps);
    const Fresnel out = fresnel(root * root, surface.delta, surface.beta);
    const double q_z = k_ * (sin_i_ + root * root);
    exits_[i] = {
        std::norm(out.transmitted), out.inside.real(),
        surface.streak > 0 ? surface.streak * std::pow(q_z / 0.05, -surface.streak_exponent) : 0};
  }
}

GrazingPoints GrazingField::map(const double* up, const double* side, Eigen::Index n) const {
  const Eigen::Map<const Eigen::ArrayXd> u(up, n), s(side, n);
  GrazingPoints points;
  // The beam comes down onto the surface at alpha_i: the normal leans back against it.
  const Eigen::ArrayXd along = (1 - u.square() - s.square()).max(0.0).sqrt();
  const Eigen::ArrayXd raised = normal_up_ * u + normal_side_ * s;
  points.sine_exit = cos_i_ * raised - sin_i_ * along;
  const bool opaque = surface_.below == 0;
  points.place = points.sine_exit.max(0.0);
  if (!opaque) points.place = points.sine_exit.abs().min(1.0);
  points.place = points.place.sqrt() * static_cast<double>(kExitSteps);
  points.q_y = k_ * (normal_up_ * s - normal_side_ * u);
  points.q_r =
      ((k_ * (sin_i_ * raised + cos_i_ * along - cos_i_)).square() + points.q_y.square()).sqrt();
  points.exit_factor.resize(n);
  points.streak.resize(n);
  points.q_z.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    points.q_r[i] = std::copysign(points.q_r[i], points.q_y[i]);
    const auto index = std::min(static_cast<std::size_t>(points.place[i]), last_);
    const double part = points.place[i] - static_cast<double>(index);
    const Exit &low = exits_[index], &high = exits_[index + 1];
    const double factor = low.factor + part * (high.factor - low.factor);
    const double inside = low.inside + part * (high.inside - low.inside);
    const bool is_above = points.sine_exit[i] > 0;
    points.exit_factor[i] = is_above ? factor : surface_.below;
    points.streak[i] = is_above || opaque ? low.streak + part * (high.streak - low.streak) : 0;
    points.q_z[i] = k_ * (incident_inside_ + (is_above || opaque ? inside : -inside));
  }
  points.transmitted = incident_factor_ * points.exit_factor;
  return points;
}

Eigen::ArrayXd GrazingField::look_up(const std::vector<double>& table,
                                     const GrazingPoints& points) const {
  Eigen::ArrayXd values(points.size());
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    const auto index = std::min(static_cast<std::size_t>(points.place[i]), last_);
    const double part = points.place[i] - static_cast<double>(index);
    values[i] = table[index] + part * (table[index + 1] - table[index]);
  }
  return values;
}

double GrazingField::along(const Rod& rod, double q_z) {
  if (rod.profile == RodProfile::kFringes) {
    return rod_profile(q_z, rod.height, rod.height_spread);
  }
  const double x = 2 * (q_z - rod.q_z) / rod.q_z_fwhm;  // 1 at half maximum
  return rod.profile == RodProfile::kGaussian ? std::exp(-std::numbers::ln2 * x * x)
                                              : 1 / (1 + x * x);
}

double GrazingField::critical_sine() const { return std::sqrt(2 * surface_.delta); }

}  // namespace foray::simulator
