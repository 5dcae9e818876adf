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

GrazingScene::GrazingScene(const Scene& scene, const SceneTables& tables, const Beamline& beamline,
                           double q_max)
    : scene_(scene),
      tables_(tables),
      resolution_(beamline.resolution_fwhm),
      reach_(q_reach(scene, beamline, q_max)),
      radial_(scene, resolution_of(beamline), 0, reach_) {
  for (const Rod& rod : scene.rods) {
    along_.push_back(tables.field->tabulate(
        [&rod](double q_z) { return rod.intensity * GrazingField::along(rod, q_z); }));
  }
}

namespace {

// Tables over the exit angle are those above the horizon.
void set_below(const Rod& rod, const GrazingPoints& points, Eigen::ArrayXd& along) {
  for (Eigen::Index i = 0; i < along.size(); ++i) {
    if (!(points.sine_exit[i] > 0)) {
      along[i] = rod.intensity * GrazingField::along(rod, points.q_z[i]);
    }
  }
}

}  // namespace

Eigen::ArrayXd GrazingScene::intensity(const GrazingPoints& points) const {
  const Eigen::ArrayXd square = points.q_r.square() + points.q_z.square();
  const Eigen::ArrayXd q = square.sqrt().min(reach_);
  Eigen::ArrayXd value(points.size());
  radial_.get(q / reach_, points.q_r, points.q_z, value);
  if (scene_.power_law_scale > 0) {
    // (q / 0.01)^-p; it ends at 1e-5 1/angstrom, far below what any detector sees.
    value += scene_.power_law_scale *
             (-0.5 * scene_.power_law_exponent * (square.max(1e-10) / 1e-4).log()).exp();
  }
  for (std::size_t i = 0; i < along_.size(); ++i) {
    Eigen::ArrayXd along = tables_.field->look_up(along_[i], points);
    if (tables_.field->below() > 0) set_below(scene_.rods[i], points, along);
    value += along * GrazingField::across(scene_.rods[i], points, resolution_);
  }
  if (!tables_.curves.empty()) {
    const Eigen::ArrayXd root = q.sqrt();
    tables_.curves.add(root.data(), root.size(), value.data());
  }
  value = points.transmitted * (value + tables_.field->streak(points));
  if (tables_.islands) value += tables_.islands->intensity(points) / scene_.thickness_scale;
  for (const RoughField& rough : tables_.roughness) {
    value += rough.intensity(points) / scene_.thickness_scale;
  }
  return value;
}

}  // namespace foray::simulator
