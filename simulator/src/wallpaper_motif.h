#pragma once

#include <Eigen/Core>
#include <vector>

#include "foray/common/random.h"
#include "foray/simulator/wallpaper.h"

namespace foray::simulator {

// A plane of grey values around (0, 0), read between its pixels.
class Patch {
 public:
  // radius: how far from the middle it will be read [pixels].
  Patch(PatternContent content, double radius, CounterStream& random);

  [[nodiscard]] double at(const Eigen::Vector2d& place) const;

 private:
  Eigen::ArrayXXf values_;
};

// A disc of the pattern with an edge of one pixel.
struct Disc {
  Eigen::Vector2d centre = Eigen::Vector2d::Zero();  // fractional
  double radius = 1;                                 // [pixels]
  double height = 1;
};

// Two kinds of discs, one or two of each; unit_area: of the asymmetric unit [pixels^2].
std::vector<Disc> draw_discs(double unit_area, CounterStream& random);

}  // namespace foray::simulator
