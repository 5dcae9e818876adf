#include <algorithm>
#include <cmath>

#include "paracrystal.h"
#include "random_parts.h"
#include "units.h"

namespace foray::simulator {

namespace {

// A spot on the sphere of what can be scattered, `height` at its top.
Spot spot_at(double slow, double fast, double height, double width, double mosaic,
             const View& view) {
  Spot spot;
  const double k = 2 * kPi / view.wavelength;
  const double square = slow * slow + fast * fast;
  spot.q = {slow, fast, std::sqrt(std::max(0.0, k * k - square)) - k};
  spot.radial_fwhm = width;
  spot.mosaic_fwhm = mosaic;
  const double seen = std::hypot(view.resolution, view.q_pixel);
  const double radial = std::hypot(width, seen) / kSigmas;
  const double across = std::hypot(std::hypot(width, std::sqrt(square) * mosaic), seen) / kSigmas;
  spot.intensity = height * std::pow(2 * kPi, 1.5) * radial * across * across;
  return spot;
}

// Where the spots of a paracrystal lie, in a plane of its reciprocal lattice across the beam.
struct Net {
  Eigen::Vector2d a, b;          // slow, fast [1/angstrom]
  double width = 0, growth = 0;  // full width of a spot of the first order, its exponent over q
  double decay = 0, mosaic = 0;
  int between = 4;  // spots that make the streak from one lattice point to the next

  [[nodiscard]] double edge() const { return a.norm(); }
  [[nodiscard]] double height(const Eigen::Vector2d& q) const {
    return std::exp(-decay * (std::max(q.norm() / edge(), 1.0) - 1));
  }
};

Net random_net(Rng& rng, const View& view) {
  Net net;
  const double a = std::max(view.q_high * log_uniform(rng, 0.14, 0.45), 2 * view.q_low);
  const double b = a * (chance(rng, 0.7) ? 1 : uniform(rng, 1, 1.5));
  const double angle = chance(rng, 0.35) ? kPi / 3 : kPi / 2;
  const double turn = uniform(rng, 0, 2 * kPi);
  net.a = a * Eigen::Vector2d(std::sin(turn), std::cos(turn));
  net.b = b * Eigen::Vector2d(std::sin(turn + angle), std::cos(turn + angle));
  net.width = std::max(a * log_uniform(rng, 0.03, 0.15), view.q_pixel);
  net.growth = uniform(rng, 0.7, 2);
  net.decay = log_uniform(rng, 0.2, 2);
  net.mosaic = log_uniform(rng, 0.002, 0.03);
  if (chance(rng, 0.5)) net.between = whole(rng, 8, 16);  // thin ones
  return net;
}

// From one lattice point to the next along a row: spots so near that they are one streak.
void add_streak(const Net& net, const Eigen::Vector2d& begin, const Eigen::Vector2d& step,
                double height, const View& view, Scene& scene) {
  const int between = net.between;
  const double width = 1.2 * step.norm() / (between + 1);
  for (int i = 1; i <= between; ++i) {
    const Eigen::Vector2d q = begin + step * i / (between + 1.0);
    if (q.norm() < 0.5 * view.q_low || q.norm() > view.q_high) continue;
    scene.spots.push_back(spot_at(q[0], q[1], height * net.height(q), width, net.mosaic, view));
  }
}

// A crystal whose order is lost with the distance: spots the wider the farther out, on wide feet,
// some joined by streaks, over what its particles scatter by themselves.
void add_star_net(Rng& rng, double height, const View& view, Scene& scene) {
  constexpr double kFaintest = 2e-3;
  const Net net = random_net(rng, view);
  const double foot = chance(rng, 0.85) ? log_uniform(rng, 0.02, 0.2) : 0;
  const double foot_width = uniform(rng, 3, 8);
  const double streak = chance(rng, 0.6) ? height * log_uniform(rng, 0.03, 0.4) : 0;
  const bool both_ways = chance(rng, 0.7);
  const int furthest = net.between > 4 ? 3 : 5;
  const int most = std::min(furthest, static_cast<int>(1.2 * view.q_high / net.edge()));
  for (int h = -most; h <= most; ++h) {
    for (int k = -most; k <= most; ++k) {
      const Eigen::Vector2d q = h * net.a + k * net.b;
      const double fall = net.height(q) * uniform(rng, 0.4, 1);
      if (q.norm() > view.q_high || fall < kFaintest) continue;
      if (streak > 0) add_streak(net, q, net.a, streak, view, scene);
      if (streak > 0 && both_ways) add_streak(net, q, net.b, streak, view, scene);
      if (h == 0 && k == 0) continue;
      const double width =
          std::min(net.width * std::pow(q.norm() / net.edge(), net.growth), 0.6 * net.edge());
      const int order = q.norm() < 1.01 * net.edge() ? 1 : 2;
      scene.spots.push_back(spot_at(q[0], q[1], height * fall, width, net.mosaic, view));
      scene.spots.back().order = order;
      if (foot == 0) continue;
      const double wide = std::min(foot_width * width, 0.9 * net.edge());
      scene.spots.push_back(spot_at(q[0], q[1], height * fall * foot, wide, net.mosaic, view));
      scene.spots.back().order = order;
    }
  }
  if (chance(rng, 0.8)) add_particles(rng, height * log_uniform(rng, 0.002, 0.5), view, scene);
}

// The same by its law: a streak goes on through all of the frame.
void add_paracrystal(Rng& rng, double height, const View& view, Scene& scene) {
  Paracrystal crystal;
  const double first = std::max(view.q_high * log_uniform(rng, 0.14, 0.5), 2 * view.q_low);
  const double step = 2 * kPi / first;
  const double angle = chance(rng, 0.35) ? kPi / 3 : kPi / 2;
  const double turn = uniform(rng, 0, 2 * kPi);
  crystal.a = step * Eigen::Vector2d(std::sin(turn), std::cos(turn));
  crystal.b = step * (chance(rng, 0.7) ? 1 : uniform(rng, 0.65, 1.5)) *
              Eigen::Vector2d(std::sin(turn + angle), std::cos(turn + angle));
  if (chance(rng, 0.7)) crystal.along = step * uniform(rng, 0.7, 1.4);
  crystal.spread = step * log_uniform(rng, 0.02, 0.14);
  crystal.radius = step * uniform(rng, 0.1, 0.5);
  const ParacrystalField shape(crystal, view.wavelength, std::hypot(view.resolution, view.q_pixel));
  // At the first reflection of b, which is at right angles to a.
  const double wave_number = 2 * kPi / view.wavelength;
  const Eigen::Vector2d normal(-crystal.a[1], crystal.a[0]);
  const Eigen::Vector2d q = 2 * kPi * normal / normal.dot(crystal.b) / wave_number;
  const double there = shape.intensity(&q[0], &q[1], 1)[0];
  crystal.intensity = there > 0 ? height / there : 0;
  scene.paracrystals.push_back(crystal);
}

}  // namespace

void add_crystal(Rng& rng, double height, const View& view, Scene& scene) {
  // What goes into spots stands high above what goes into rings and curves.
  height *= log_uniform(rng, 1, view.wide ? 5 : 50);
  const double kind = uniform(rng, 0, 1);
  if (kind < 0.15) return add_star_net(rng, height, view, scene);
  if (kind < 0.45) return add_paracrystal(rng, height, view, scene);
  const int crystals = chance(rng, 0.7) ? 1 : whole(rng, 2, 3);
  const double size = std::max(view.q_high * log_uniform(rng, 0.002, 0.02), view.q_pixel);
  const double mosaic = log_uniform(rng, 0.004, 0.08);
  const bool lattice = chance(rng, view.wide ? 0.4 : 0.8);
  for (int crystal = 0; crystal < crystals; ++crystal) {
    const double turn = uniform(rng, 0, 2 * kPi);
    if (!lattice) {  // as far as the sphere cuts reciprocal space
      const int spots = static_cast<int>(log_uniform(rng, 3, 120));
      for (int i = 0; i < spots; ++i) {
        const double q = view.q_high * std::sqrt(uniform(rng, 0.01, 0.9));
        const double angle = uniform(rng, 0, 2 * kPi);
        const double strength = -std::log(1 - uniform(rng, 0, 1));
        scene.spots.push_back(spot_at(q * std::sin(angle), q * std::cos(angle), height * strength,
                                      size, mosaic, view));
      }
      continue;
    }
    // A plane of the reciprocal lattice across the beam.
    const double a = std::max(view.q_high * log_uniform(rng, 0.08, 0.4), 1.5 * view.q_low);
    const double b = a * (chance(rng, 0.6) ? 1 : uniform(rng, 1, 1.7));
    const double angle = chance(rng, 0.5) ? kPi / 3 : chance(rng, 0.7) ? kPi / 2 : 1.3;
    const double decay = log_uniform(rng, 0.1, 1);
    const int most = std::min(8, static_cast<int>(view.q_high / a));
    for (int h = -most; h <= most; ++h) {
      for (int k = -most; k <= most; ++k) {
        const double x = h * a + k * b * std::cos(angle), y = k * b * std::sin(angle);
        const double q = std::hypot(x, y);
        if ((h == 0 && k == 0) || q > view.q_high) continue;
        const double fall = std::exp(-decay * (q / a - 1)) * uniform(rng, 0.3, 1);
        Spot spot =
            spot_at(x * std::sin(turn) + y * std::cos(turn),
                    x * std::cos(turn) - y * std::sin(turn), height * fall, size, mosaic, view);
        spot.order = q < 1.01 * std::min(a, b) ? 1 : 2;
        scene.spots.push_back(spot);
      }
    }
  }
}

}  // namespace foray::simulator
