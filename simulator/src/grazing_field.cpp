#include "grazing_field.h"

#include <cmath>
#include <numbers>

#include "foray/simulator/grazing.h"

namespace foray::simulator {

namespace {
// A step in sin(alpha_f) of 2 sqrt(sin) / 16384: 7e-6 at a critical angle of 0.2 degrees, a tenth
// of what a pixel of 75 micrometres spans at 1 m.
constexpr std::size_t kExitSteps = 16384;
}  // namespace

GrazingField::GrazingField(const Surface& surface, double wavelength)
    : surface_(surface),
      k_(2 * std::numbers::pi / wavelength),
      sin_i_(std::sin(surface.incidence)),
      cos_i_(std::cos(surface.incidence)),
      normal_up_(std::sin(surface.normal)),
      normal_side_(std::cos(surface.normal)),
      exits_(kExitSteps + 2) {
  const Fresnel incident = fresnel(sin_i_, surface.delta, surface.beta);
  incident_factor_ = std::norm(incident.transmitted);
  incident_inside_ = incident.inside.real();
  reflectivity_ = std::norm(incident.reflected);
  for (std::size_t i = 0; i < exits_.size(); ++i) {
    const double root = static_cast<double>(i) / static_cast<double>(kExitSteps);
    const Fresnel out = fresnel(root * root, surface.delta, surface.beta);
    const double q_z = k_ * (sin_i_ + root * root);
    exits_[i] = {std::norm(out.transmitted), out.inside.real(),
                 surface.streak * std::pow(q_z / 0.05, -surface.streak_exponent)};
  }
}

GrazingPoint GrazingField::at(double up, double side) const {
  // The beam comes down onto the surface at alpha_i: the normal leans back against it.
  const double along = std::sqrt(std::max(0.0, 1 - up * up - side * side));
  const double raised = up * normal_up_ + side * normal_side_;
  const double lateral = side * normal_up_ - up * normal_side_;
  GrazingPoint point;
  point.sine_exit = raised * cos_i_ - along * sin_i_;
  if (point.sine_exit <= 0) return point;
  point.above = true;
  const double x = std::sqrt(point.sine_exit) * static_cast<double>(kExitSteps);
  point.index = std::min(static_cast<std::size_t>(x), kExitSteps);
  point.part = x - static_cast<double>(point.index);
  const Exit &low = exits_[point.index], &high = exits_[point.index + 1];
  point.exit_factor = low.factor + point.part * (high.factor - low.factor);
  point.transmitted = incident_factor_ * point.exit_factor;
  point.streak = low.streak + point.part * (high.streak - low.streak);
  const double q_x = k_ * (raised * sin_i_ + along * cos_i_ - cos_i_);
  point.q_y = k_ * lateral;
  point.q_r = std::copysign(std::sqrt(q_x * q_x + point.q_y * point.q_y), point.q_y);
  point.q_z = k_ * (incident_inside_ + low.inside + point.part * (high.inside - low.inside));
  return point;
}

double GrazingField::streak(const GrazingPoint& point) const {
  const double x = 2 * point.q_y / surface_.streak_fwhm;
  return point.streak / (1 + x * x);
}

double GrazingField::critical_sine() const { return std::sqrt(2 * surface_.delta); }

}  // namespace foray::simulator
