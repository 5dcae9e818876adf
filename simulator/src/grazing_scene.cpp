#include "grazing_scene.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "foray/simulator/grazing.h"

namespace foray::simulator {

// |q_z| inside is never above |q_z| outside, but both angles add to what the detector spans.
GrazingScene::GrazingScene(const Scene& scene, const GrazingField& field, double resolution_fwhm,
                           double q_max)
    : scene_(scene),
      field_(field),
      resolution_(resolution_fwhm),
      reach_(q_max + 2 * field.wave_number() * scene.surface->incidence),
      radial_(scene, resolution_fwhm, 0, reach_) {
  for (const Ring& ring : scene.rings) oriented_ = oriented_ || ring.orientation > 0;
  for (const Rod& rod : scene.rods) {
    along_.push_back(field.tabulate([&rod](double q_z) {
      return rod.intensity * rod_profile(q_z, rod.height, rod.height_spread);
    }));
  }
}

double GrazingScene::intensity(const GrazingPoint& point) const {
  const double square = point.q_r * point.q_r + point.q_z * point.q_z;
  const double turn = oriented_ ? std::atan2(point.q_z, point.q_r) / (2 * std::numbers::pi) : 0;
  double value = radial_.at(std::min(1.0, std::sqrt(square) / reach_), turn);
  if (scene_.power_law_scale > 0) {
    // (q / 0.01)^-p; it ends at 1e-5 1/angstrom, far below what any detector sees.
    value += scene_.power_law_scale *
             std::exp(-0.5 * scene_.power_law_exponent * std::log(std::max(square, 1e-10) / 1e-4));
  }
  for (std::size_t i = 0; i < along_.size(); ++i) {
    value += GrazingField::look_up(along_[i], point) *
             GrazingField::across(scene_.rods[i], point, resolution_);
  }
  return point.transmitted * (value + field_.streak(point));
}

}  // namespace foray::simulator
