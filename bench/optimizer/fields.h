#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "foray/optimizer/objective.h"

namespace foray::bench {

/// A hidden field over the unit square, another one for each seed.
class Field {
 public:
  virtual ~Field() = default;
  /// True values of the observables at a point, each with a range of about one.
  [[nodiscard]] virtual Eigen::VectorXd values(const Eigen::Vector2d& x) const = 0;
};

/// What is asked of a field, and how wrong a map of it is.
struct FieldCase {
  std::string name;
  optimizer::ObjectiveTerm term;  ///< over the observables f0, f1, ...
  /// Classes or sides of a level; else a value, whose error is the root mean square.
  bool classes = false;
  std::unique_ptr<Field> (*make)(unsigned seed);
};

/// The cases, by what is hard about them:
/// `bumps`, `front`: nearly all that varies does so in a small part of the square;
/// `stationary`: a Gaussian process, the same everywhere;
/// `level`: where that crosses 0.5;
/// `classes`: which of three classes is the most probable.
std::vector<FieldCase> field_cases();

}  // namespace foray::bench
