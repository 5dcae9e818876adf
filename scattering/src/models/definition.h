#pragma once

#include <Eigen/Core>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foray/scattering/models.h"

namespace foray::scattering {

/// Values of the parameters of one model, in the order of its table, all within their limits.
using Parameters = std::span<const double>;

/// What one kind of particle scatters at each q, averaged over its orientations.
struct Moments {
  Eigen::ArrayXd amplitude;  ///< <F> [sqrt(angstrom^3 / cm)]; empty where there is none.
  Eigen::ArrayXd intensity;  ///< <F^2> [angstrom^3 / cm]; I or S where the volume is 1.
};

/// A lattice that particles lie on: a factor of their intensity.
struct LatticeFactor {
  std::size_t parameters = 0;  ///< it depends on the first so many of the model's; 0: no lattice.
  /// Averaged over orientations, at each q.
  Eigen::ArrayXd (*mean)(Parameters p, const Eigen::ArrayXd& q) = nullptr;
  /// At each q vector, a column in the lattice's axes.
  Eigen::ArrayXd (*oriented)(Parameters p, const Eigen::Matrix3Xd& q) = nullptr;
  /// Width at half maximum of its narrowest peak, over the model's first parameter.
  double (*narrowest)(Parameters p) = nullptr;
};

/// One row of the table of models.
struct ModelDefinition {
  std::string name;
  std::vector<ModelParameter> parameters;  // without scale and background
  Moments (*scatter)(Parameters p, const Eigen::ArrayXd& q) = nullptr;
  LatticeFactor lattice = {};
  /// Volume of what scatters [angstrom^3]; absent: 1.
  double (*volume)(Parameters p) = nullptr;
  /// Volume with what it encloses, where that is more.
  double (*outer_volume)(Parameters p) = nullptr;
  std::vector<std::string> radius_modes = {};
  /// Effective radius [angstrom] of radius_modes[mode - 1].
  double (*radius)(Parameters p, int mode) = nullptr;
  /// Relations among parameters: says what is wrong, empty if nothing.
  std::string (*problem)(Parameters p) = nullptr;
  /// Of a distribution only the mean values have to be without a problem, not each combination.
  bool problem_of_means_only = false;
  bool is_structure_factor = false;
  bool has_amplitude = false;
};

/// The table, in alphabetical order.
const std::vector<ModelDefinition>& model_table();

// One function a family.
std::vector<ModelDefinition> shape_independent_models();
std::vector<ModelDefinition> polymer_models();
std::vector<ModelDefinition> fractal_models();
std::vector<ModelDefinition> sphere_models();
std::vector<ModelDefinition> ellipsoid_models();
std::vector<ModelDefinition> superball_models();
std::vector<ModelDefinition> cylinder_models();
std::vector<ModelDefinition> capped_models();
std::vector<ModelDefinition> box_models();
std::vector<ModelDefinition> chain_models();
std::vector<ModelDefinition> lamellar_models();
std::vector<ModelDefinition> paracrystal_models();
std::vector<ModelDefinition> structure_factors();

// Rows of parameter tables.
constexpr double kUnbounded = std::numeric_limits<double>::infinity();
inline ModelParameter any(std::string name, std::string unit, double value) {
  return {std::move(name), std::move(unit), value, -kUnbounded, kUnbounded};
}
inline ModelParameter positive(std::string name, std::string unit, double value) {
  return {std::move(name), std::move(unit), value, 0, kUnbounded, true};
}
inline ModelParameter between(std::string name, std::string unit, double value, double lower,
                              double upper = kUnbounded) {
  return {std::move(name), std::move(unit), value, lower, upper};
}
inline ModelParameter size(std::string name, double value) {
  return positive(std::move(name), "Ang", value);
}
/// A size that may vanish: a shell.
inline ModelParameter thickness(std::string name, double value) {
  return between(std::move(name), "Ang", value, 0);
}
inline ModelParameter sld(std::string name, double value) {
  return any(std::move(name), "1e-6/Ang^2", value);
}

}  // namespace foray::scattering
