#include "phase.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"
#include "foray/common/draws.h"
#include "foray/simulator/profiles.h"
#include "units.h"

namespace foray::simulator {

namespace {

// What the first ring of a pure phase scatters [1/cm 1/angstrom]: a mesostructured film of high
// contrast; at the demo's beamline 20 to 100 counts a pixel and second at its crest.
constexpr double kFirstRing = 1.5;
constexpr double kHaloHeight = 8;     // [1/cm]
constexpr double kHaloWidth = 0.038;  // [1/angstrom]

struct Order {
  double ratio, intensity;
};
constexpr Order kLamellarOrders[] = {{1, 1}, {2, 0.20}, {3, 0.09}};
constexpr Order kHexagonalOrders[] = {
    {1, 1}, {1.7320508075688772, 0.20}, {2, 0.15}, {2.6457513110645907, 0.07}};

template <std::size_t N>
void add_rings(const Order (&orders)[N], Lattice lattice, double fraction, const PhaseState& state,
               double orientation, Scene& scene) {
  const double first = 2 * kPi / (10 * state.period_nm);
  for (std::size_t i = 0; i < N; ++i) {
    Ring ring;
    ring.q = first * orders[i].ratio;
    ring.intensity = fraction * kFirstRing * orders[i].intensity;
    ring.fwhm = scherrer_fwhm(state.grain_nm);
    ring.lorentz = 0.4;
    ring.orientation = orientation;
    ring.director = state.director;
    ring.lattice = lattice;
    ring.order = static_cast<int>(i) + 1;
    scene.rings.push_back(ring);
  }
}

}  // namespace

const char* name_of(Phase phase) {
  switch (phase) {
    case Phase::kDisordered:
      return "disordered";
    case Phase::kLamellar:
      return "lamellar";
    case Phase::kHexagonal:
      return "hexagonal";
    case Phase::kOriented:
      return "oriented";
  }
  return "";
}

void add_phase(Phase phase, double fraction, const PhaseState& state, Scene& scene) {
  switch (phase) {
    case Phase::kDisordered:
      scene.halos.push_back(Halo{.q = 2 * kPi / (10 * state.period_nm),
                                 .intensity = fraction * kHaloHeight,
                                 .width = kHaloWidth});
      break;
    case Phase::kLamellar:
      add_rings(kLamellarOrders, Lattice::kLamellar, fraction, state, 0, scene);
      break;
    case Phase::kHexagonal:
      add_rings(kHexagonalOrders, Lattice::kHexagonal, fraction, state, 0, scene);
      break;
    case Phase::kOriented:
      add_rings(kLamellarOrders, Lattice::kLamellar, fraction, state, state.orientation, scene);
      break;
  }
}

SmoothField::SmoothField(Rng& rng) {
  for (int k = 0; k < 3; ++k) {
    const double length = uniform(rng, 0.35, 0.95);  // waves across the square
    const double angle = uniform(rng, 0, 2 * kPi);
    waves_.col(k) = 2 * kPi * length * Eigen::Vector2d(std::cos(angle), std::sin(angle));
    phases_[k] = uniform(rng, 0, 2 * kPi);
  }
}

double SmoothField::operator()(const Eigen::Vector2d& r) const {
  return ((waves_.transpose() * r + phases_).array().sin() * Eigen::Array3d(0.5, 0.4, 0.3)).sum();
}

Eigen::Vector2d unit_position(const char* library,
                              const Eigen::Ref<const Eigen::VectorXd>& position) {
  if (position.size() != 2) {
    std::ostringstream message;
    message << library << ": position: expected 2 values (x, y), got " << position.size();
    throw std::invalid_argument(message.str());
  }
  require_in_range(std::string(library) + ": x [mm]", position[0], -1, 21);
  require_in_range(std::string(library) + ": y [mm]", position[1], -1, 21);
  return position / 20;
}

}  // namespace foray::simulator
