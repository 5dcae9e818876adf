#include "grazing_scene.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "foray/simulator/grazing.h"

namespace foray::simulator {

double q_reach(const Scene& scene, const Beamline& beamline, double q_max) {
  const double k = 2 * std::numbers::pi / (beamline.geometry.wavelength * 1e10);
  return q_max + (scene.surface ? 2 * k * scene.surface->incidence : 0);
}

GrazingScene::GrazingScene(const Scene& scene, const GrazingField& field, const ModelCurves& curves,
                           const Beamline& beamline, double q_max)
    : scene_(scene),
      field_(field),
      curves_(curves),
      resolution_(beamline.resolution_fwhm),
      reach_(q_reach(scene, beamline, q_max)),
      radial_(scene, resolution_of(beamline), 0, reach_) {
  if (scene.islands) islands_.emplace(scene, beamline, q_max);
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
  if (!curves_.empty()) value += curves_.at(std::min(std::sqrt(square), reach_));
  const double sum = point.transmitted * (value + field_.streak(point));
  return islands_ ? sum + islands_->intensity(point) / scene_.thickness_scale : sum;
}

}  // namespace foray::simulator
