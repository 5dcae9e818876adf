#pragma once

#include <Eigen/Core>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace foray::scattering {

/// One parameter of a small-angle model, with the name and unit of the field.
struct ModelParameter {
  std::string name;          ///< "radius".
  std::string unit;          ///< "Ang", "1/Ang", "1e-6/Ang^2", "1/cm", "" ...
  double value = 0.0;        ///< what it is where nothing is said.
  double lower = 0.0;        ///< least value allowed.
  double upper = 0.0;        ///< largest value allowed.
  bool above_lower = false;  ///< `lower` itself is not allowed.
};

/// How a parameter is distributed over the particles, by number.
enum class Distribution {
  kGaussian,   ///< exp(-(x - c)^2 / 2 s^2).
  kSchulz,     ///< x^(z-1) exp(-z x / c), z = (c / s)^2.
  kLognormal,  ///< exp(-(ln x/c)^2 / 2 width^2) / x: c is the median.
  kUniform,    ///< constant over c +- s.
  kRectangle,  ///< constant over c +- sqrt(3) s: s is the standard deviation.
  kBoltzmann,  ///< exp(-|x - c| / s).
  kArray,      ///< `values` with `weights`, as they are.
};

/// "gaussian", "schulz", "lognormal", "uniform", "rectangle", "boltzmann", "array".
/// @throws std::invalid_argument with the known names.
Distribution distribution(std::string_view name);

/// Distribution of one parameter about its value c; s = width c. Continuous ones are integrated by
/// Gauss-Legendre panels, cut off at c +- nsigma s and at the limits of the parameter.
struct Polydispersity {
  Distribution kind = Distribution::kGaussian;
  double width = 0.0;                ///< relative; 0 is one value.
  double nsigma = 0.0;               ///< 0: 3, and 8 for the long tails of schulz and lognormal.
  int points = 0;                    ///< at least so many; 0: as q and the range call for.
  std::vector<double> values = {};   ///< of kArray, in the unit of the parameter.
  std::vector<double> weights = {};  ///< of kArray, >= 0, their sum > 0.
};

/// Values by parameter name; what is not named has its default.
using ModelValues = std::map<std::string, double, std::less<>>;
/// Distributions by parameter name.
using Polydispersities = std::map<std::string, Polydispersity, std::less<>>;

/// How a body's axes lie in the laboratory's, where z is along the beam: turned by psi about z,
/// then by theta about y, then by phi about z.
struct Orientation {
  double theta = 0.0;  ///< between its z and the beam [rad].
  double phi = 0.0;    ///< of its z about the beam, from x [rad].
  double psi = 0.0;    ///< about its own z [rad].
};

struct ModelExpression;

/// A small-angle model: names, limits and I(q). Immutable; const methods may be called
/// concurrently.
class Model {
 public:
  /// See `model`.
  explicit Model(std::string_view expression);

  /// The expression it was made from.
  [[nodiscard]] const std::string& name() const;

  /// scale, background, then the model's own in the field's order; as long-lived as the model.
  [[nodiscard]] const std::vector<ModelParameter>& parameters() const;

  /// What radius_effective_mode 1, 2, ... mean for a particle; empty where it has none.
  [[nodiscard]] std::vector<std::string> radius_modes() const;

  /// I(q) [1/cm], or S(q) of a structure factor, at q [1/angstrom], all > 0: scale <F^2> / <V> +
  /// background, with the averages over all orientations and over what is polydisperse.
  ///
  /// Closed forms are good to 1e-10 of their envelope; what is averaged over orientations to 1e-6
  /// relative or better, by as many points as q times the size calls for; docs/models.md says how
  /// that was checked.
  /// @throws std::invalid_argument naming model and parameter: an unknown name (with the nearest
  ///         known one), a value that is not finite or out of its limits, a distribution without
  ///         weight, a q that is not finite or not > 0.
  [[nodiscard]] Eigen::VectorXd intensity(const Eigen::Ref<const Eigen::VectorXd>& q,
                                          const ModelValues& values = {},
                                          const Polydispersities& distributions = {}) const;

  /// I [1/cm] at vectors q = (qx, qy) [1/angstrom], 2 x n, none of them 0, across the beam, of a
  /// crystal of one orientation: the paracrystals have it, whose axes are those of the cubic cell.
  /// No averages over orientations; exact to rounding.
  /// @throws std::invalid_argument as intensity, and for all but one paracrystal by itself.
  [[nodiscard]] Eigen::VectorXd oriented_intensity(
      const Eigen::Ref<const Eigen::Matrix2Xd>& q, const Orientation& orientation,
      const ModelValues& values = {}, const Polydispersities& distributions = {}) const;

  /// What of I(q) particles scatter together, whose sizes and directions have nothing to do with
  /// where they are: scale <F>^2 / <V> [1/cm], without a background. With a structure factor S they
  /// scatter I + (S - 1) times it: the decoupling approximation.
  /// @throws std::invalid_argument as intensity, and for all but one model of particles that has an
  ///         amplitude: a sum, a product, one with a structure factor, a polymer.
  [[nodiscard]] Eigen::VectorXd coherent_intensity(
      const Eigen::Ref<const Eigen::VectorXd>& q, const ModelValues& values = {},
      const Polydispersities& distributions = {}) const;

 private:
  std::string name_;
  // Shared by copies, which never change it.
  std::shared_ptr<const ModelExpression> expression_;
};

/// The model of an expression: a name ("sphere", "porod", "hardsphere"), a particle with a
/// structure factor ("sphere@hardsphere"), or sums and products of those
/// ("sphere@hardsphere+porod", "sphere*lorentz"). '@' binds before '*', '*' before '+'.
///
/// P@S adds the parameters of S; structure_factor_mode 0 is P S and 1 the decoupling approximation
/// <F^2> + <F>^2 (S - 1); radius_effective_mode 0 takes radius_effective as given, others compute
/// it from the particle (`radius_modes`), so that a radius_effective without it is refused. In sums
/// and products the parameters of the first model begin with A_, those of the second with B_, and
/// so on; each term of a sum has its own scale.
///
/// @throws std::invalid_argument naming the unknown model and the nearest known one.
///
/// Source: parameter names, units and defaults as sasmodels 1.1; Kotlarchyk and Chen (1983),
/// doi:10.1063/1.446055, eq 19 (decoupling approximation).
Model model(std::string_view expression);

/// Names of the single models, in alphabetical order; structure factors are among them.
std::vector<std::string> model_names();

}  // namespace foray::scattering
