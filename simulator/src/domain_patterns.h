#pragma once

#include <Eigen/Core>
#include <memory>

#include "foray/common/random.h"
#include "foray/simulator/domains.h"

namespace foray::simulator {

// Where the domains of one sign are; lengths in pixels, places as (column, row).
class DomainPattern {
 public:
  DomainPattern() = default;
  virtual ~DomainPattern() = default;
  DomainPattern(const DomainPattern&) = delete;
  DomainPattern& operator=(const DomainPattern&) = delete;

  // Distance from the nearest wall, positive within a domain of this sign.
  [[nodiscard]] virtual double distance(const Eigen::Vector2d& place) const = 0;
};

// What every kind is drawn by.
struct DomainFrame {
  double period = 16;
  double orientation = 0;                            // [rad]
  Eigen::Vector2d extent = Eigen::Vector2d::Zero();  // of the image: columns, rows
  [[nodiscard]] Eigen::Vector2d along() const;       // unit vectors
  [[nodiscard]] Eigen::Vector2d across() const;
  // Half the diagonal and a period: everything seen lies so near to the middle.
  [[nodiscard]] double reach() const { return 0.5 * extent.norm() + period; }
};

std::unique_ptr<const DomainPattern> draw_pattern(DomainKind kind, const DomainFrame& frame,
                                                  CounterStream& random);

}  // namespace foray::simulator
