#include "wallpaper_motif.h"

#include <algorithm>
#include <cmath>
#include <numbers>

// References:
// Lee, Mumford, Huang (2001), doi:10.1023/A:1011109015675: photographs as leaves that hide one
// another, with a density of sizes that falls with the cube.

namespace foray::simulator {
namespace {

double between(CounterStream& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

Eigen::ArrayXXf white(Eigen::Index side, CounterStream& random) {
  Eigen::ArrayXXf values(side, side);
  for (Eigen::Index k = 0; k < values.size(); ++k) {
    values(k) = static_cast<float>(random.uniform() - 0.5);
  }
  return values;
}

// Noise on coarser and coarser grids, smoothly interpolated: a spectrum that falls as a power.
Eigen::ArrayXXf clouds(Eigen::Index side, double roughness, CounterStream& random) {
  Eigen::ArrayXXf sum = Eigen::ArrayXXf::Zero(side, side);
  double amplitude = 1;
  for (double step = 0.5 * static_cast<double>(side); step >= 1.5; step *= 0.5) {
    const auto knots = static_cast<Eigen::Index>(static_cast<double>(side) / step) + 2;
    const Eigen::ArrayXXf grid = white(knots, random);
    for (Eigen::Index j = 0; j < side; ++j) {
      const double v = static_cast<double>(j) / step;
      const auto j0 = static_cast<Eigen::Index>(v);
      const double fv = v - static_cast<double>(j0);
      const auto wv = static_cast<float>(fv * fv * (3 - 2 * fv));
      for (Eigen::Index i = 0; i < side; ++i) {
        const double u = static_cast<double>(i) / step;
        const auto i0 = static_cast<Eigen::Index>(u);
        const double fu = u - static_cast<double>(i0);
        const auto wu = static_cast<float>(fu * fu * (3 - 2 * fu));
        const float low = grid(i0, j0) + wu * (grid(i0 + 1, j0) - grid(i0, j0));
        const float high = grid(i0, j0 + 1) + wu * (grid(i0 + 1, j0 + 1) - grid(i0, j0 + 1));
        sum(i, j) += static_cast<float>(amplitude) * (low + wv * (high - low));
      }
    }
    amplitude *= std::pow(0.5, roughness);
  }
  return sum;
}

// One leaf: an ellipse or a rectangle with a grey of its own, a slope across it and some grain.
void lay_leaf(Eigen::ArrayXXf& canvas, const Eigen::ArrayXXf& grain, CounterStream& random) {
  const auto side = static_cast<double>(canvas.rows());
  const double most = 0.3 * side;
  const double least = 2.5;
  // Inverse of the distribution with density r^-3 between the two.
  const double u = random.uniform();
  const double radius = 1 / std::sqrt((1 - u) / (least * least) + u / (most * most));
  const double aspect = between(random, 0.35, 1);
  const double angle = between(random, 0, std::numbers::pi);
  const bool round = random.uniform() < 0.6;
  const double x = between(random, 0, side);
  const double y = between(random, 0, side);
  const double grey = between(random, -1, 1);
  const double slope = between(random, -0.6, 0.6);
  const double roughness = between(random, 0, 0.8);
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const auto first = [&](double at) {
    return static_cast<Eigen::Index>(std::clamp(std::floor(at - 1.5 * radius), 0.0, side));
  };
  const auto last = [&](double at) {
    return static_cast<Eigen::Index>(std::clamp(std::ceil(at + 1.5 * radius), 0.0, side));
  };
  for (Eigen::Index j = first(y); j < last(y); ++j) {
    for (Eigen::Index i = first(x); i < last(x); ++i) {
      const double dx = static_cast<double>(i) - x;
      const double dy = static_cast<double>(j) - y;
      const double p = (c * dx + s * dy) / radius;
      const double q = (c * dy - s * dx) / (radius * aspect);
      const double reach = round ? std::hypot(p, q) : std::max(std::abs(p), std::abs(q));
      const double cover = std::clamp((1 - reach) * radius * aspect + 0.5, 0.0, 1.0);
      if (cover <= 0) continue;
      const auto shade = static_cast<float>(grey + slope * p + roughness * grain(i, j));
      canvas(i, j) += static_cast<float>(cover) * (shade - canvas(i, j));
    }
  }
}

Eigen::ArrayXXf leaves(Eigen::Index side, CounterStream& random) {
  const Eigen::ArrayXXf grain = clouds(side, between(random, 0.3, 1), random);
  Eigen::ArrayXXf canvas = grain;
  // With r^-3 between 2.5 and 0.3 side a leaf covers about 50 pixels; four layers.
  const auto count = static_cast<int>(4.0 * static_cast<double>(side * side) / 50);
  for (int k = 0; k < count; ++k) lay_leaf(canvas, grain, random);
  return canvas;
}

// Wavy lines along one direction, as of wood or cloth.
Eigen::ArrayXXf grain_lines(Eigen::Index side, CounterStream& random) {
  const Eigen::ArrayXXf warp = clouds(side, 1.2, random);
  const Eigen::ArrayXXf rough = clouds(side, 0.5, random);
  const double angle = between(random, 0, std::numbers::pi);
  const double pitch = between(random, 5, 14);
  const double waviness = between(random, 0.3, 2.0);
  const double share = between(random, 0.3, 1.0);
  Eigen::ArrayXXf values(side, side);
  for (Eigen::Index j = 0; j < side; ++j) {
    for (Eigen::Index i = 0; i < side; ++i) {
      const double along =
          std::cos(angle) * static_cast<double>(i) + std::sin(angle) * static_cast<double>(j);
      const double phase = 2 * std::numbers::pi * (along / pitch + waviness * warp(i, j));
      values(i, j) = static_cast<float>(0.5 * std::sin(phase) + share * rough(i, j));
    }
  }
  return values;
}

Eigen::ArrayXXf texture(Eigen::Index side, CounterStream& random) {
  const double kind = random.uniform();
  if (kind < 0.6) return leaves(side, random);
  if (kind < 0.8) return clouds(side, between(random, 0.3, 1), random);
  return grain_lines(side, random);
}

}  // namespace

Patch::Patch(PatternContent content, double radius, CounterStream& random) {
  const auto side = 2 * static_cast<Eigen::Index>(std::ceil(radius)) + 4;
  values_ = content == PatternContent::kNoise ? white(side, random) : texture(side, random);
}

double Patch::at(const Eigen::Vector2d& place) const {
  const auto middle = 0.5 * static_cast<double>(values_.rows() - 1);
  const auto most = static_cast<double>(values_.rows()) - 1.001;
  const double u = std::clamp(place(0) + middle, 0.0, most);
  const double v = std::clamp(place(1) + middle, 0.0, most);
  const auto i = static_cast<Eigen::Index>(u);
  const auto j = static_cast<Eigen::Index>(v);
  const double fu = u - static_cast<double>(i);
  const double fv = v - static_cast<double>(j);
  return (1 - fv) * ((1 - fu) * values_(i, j) + fu * values_(i + 1, j)) +
         fv * ((1 - fu) * values_(i, j + 1) + fu * values_(i + 1, j + 1));
}

std::vector<Disc> draw_discs(double unit_area, CounterStream& random) {
  std::vector<Disc> discs;
  const double scale = std::sqrt(unit_area);
  double height = 1;
  for (int kind = 0; kind < 2; ++kind) {
    const double radius = between(random, 0.16, 0.32) * scale;
    const int count = random.uniform() < 0.5 ? 1 : 2;
    for (int k = 0; k < count; ++k) {
      Disc disc;
      disc.centre << random.uniform(), random.uniform();
      disc.radius = radius;
      disc.height = height;
      discs.push_back(disc);
    }
    height = between(random, 0.3, 0.8);
  }
  return discs;
}

}  // namespace foray::simulator
