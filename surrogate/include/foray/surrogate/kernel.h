#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "foray/surrogate/network.h"

namespace foray::surrogate {

/// Covariance functions. All but kConstant, kWhite, kSpectralMixture, kLinear, kPolynomial,
/// kAmplitude, kCoregionalisation and kSum are correlations: 1 where both points are the same. With
/// r the scaled distance sqrt(sum_i ((x_i - x'_i) / l_i)^2); "R&W" is Rasmussen & Williams (2006),
/// Gaussian Processes for Machine Learning.
enum class KernelKind {
  kMatern12,  ///< exp(-r), also called exponential: continuous, nowhere smooth. R&W 4.18.
  kMatern32,  ///< (1 + sqrt3 r) exp(-sqrt3 r): once differentiable. R&W 4.17.
  kMatern52,  ///< (1 + sqrt5 r + 5 r^2 / 3) exp(-sqrt5 r): twice. R&W 4.17.
  kMatern,    ///< any `nu`: 2^(1-nu) / Gamma(nu) s^nu K_nu(s), s = sqrt(2 nu) r. R&W 4.14.
  kSquaredExponential,  ///< exp(-r^2 / 2): infinitely smooth. R&W 4.9.
  kRationalQuadratic,   ///< (1 + r^2 / (2 alpha))^-alpha: many lengthscales at once. R&W 4.19.
  /// Piecewise polynomial, 0 from r = 1, differentiable `smoothness` times at 0, positive definite
  /// in as many dimensions as it has axes. R&W 4.21; Wendland (2005), Scattered Data Approximation.
  kWendland,
  kPeriodic,    ///< exp(-2 sum_i sin^2(pi (x_i - x'_i) / p_i) / l_i^2). R&W 4.31.
  kLinear,      ///< sum_i (x_i - 1/2) (x'_i - 1/2) / l_i^2: straight lines about the middle.
  kPolynomial,  ///< (offset + the linear one)^degree. R&W section 4.2.2.
  kConstant,    ///< 1: functions that are the same everywhere.
  kWhite,       ///< independent from measurement to measurement: noise, in no prediction.
  /// sum_q w_q exp(-r_q^2 / 2) cos(2 pi f_q . (x - x')), r_q with lengthscales of its own. Wilson &
  /// Adams (2013), arXiv:1302.4245, eq. 12, with 1 / (2 pi l) for the square root of its v.
  kSpectralMixture,
  /// The squared exponential whose lengthscales are l_i exp(s . (x - 1/2)). Gibbs (1997); R&W 4.32.
  kGibbs,
  /// g(x) g(x') with g a sum of weights times exp(-r_m^2 / 2) around fixed centres: as a factor it
  /// lets the size of the variation change with x.
  kAmplitude,
  /// 1 in the same category, exp(-1 / l) between different ones. Categories are the different
  /// values of its one axis.
  kCategorical,
  /// Between outputs or categories, the values of its one axis, which are its `levels`: W W^T +
  /// diag(v) with a row of `rank` loadings W and a variance v of its own for each. As a factor it
  /// makes outputs mixtures of functions. Alvarez, Rosasco, Lawrence (2012), arXiv:1106.6251,
  /// section 4.2 (the intrinsic model); a sum of such products is the linear model.
  kCoregionalisation,
  /// Its one term, a kernel of any kind, on features of the coordinates: the coordinates themselves
  /// plus what a network adds to them, whose connections are learned. Wilson, Hu, Salakhutdinov,
  /// Xing (2016), "Deep kernel learning", AISTATS; departs from it in that sum, so that a network
  /// of zeros leaves the kernel as it would be without one.
  kDeep,
  kSum,      ///< of its terms, each with a variance of its own.
  kProduct,  ///< of its terms.
};

/// The word for a kind, as the field writes it: "matern52", "spectral_mixture".
[[nodiscard]] const char* name_of(KernelKind kind);

/// All kinds, in the order of the enumeration.
[[nodiscard]] const std::vector<KernelKind>& kernel_kinds();

/// What a kernel parameter is.
enum class ParameterKind {
  kVariance,     ///< unit of y squared, > 0.
  kLengthscale,  ///< unit of x, > 0.
  kPeriod,       ///< unit of x, > 0.
  kFrequency,    ///< 1 / unit of x, >= 0.
  kAlpha,        ///< of the rational quadratic, > 0.
  kOffset,       ///< of the polynomial, > 0.
  kWeight,       ///< of an amplitude's centres, > 0.
  kSlope,        ///< of the logarithm of Gibbs' lengthscales, 1 / unit of x.
  kAngle,        ///< of a rotation of the axes, radian.
  kLoading,      ///< of coregionalisation, unit of y, of either sign.
  kConnection,   ///< of a deep kernel's network, of either sign.
};

/// The word for it: "lengthscale".
[[nodiscard]] const char* name_of(ParameterKind kind);

/// All of them, in the order of the enumeration.
[[nodiscard]] const std::vector<ParameterKind>& parameter_kinds();

/// Where a parameter of a kernel is sought; equal limits hold it fixed.
struct ParameterLimit {
  ParameterKind kind = ParameterKind::kLengthscale;
  Eigen::VectorXd lower;  ///< one value, or one for each axis of the kernel.
  Eigen::VectorXd upper;  ///< of the same size, >= lower.
};

/// A kernel as a person describes it: a kind, or a sum or product of kernels.
struct KernelSpec {
  KernelKind kind = KernelKind::kMatern52;
  std::vector<Eigen::Index> axes = {};  ///< coordinates that it depends on; empty: all.
  bool ard = true;                      ///< one lengthscale an axis; false: one for all.
  /// The axes are turned before lengthscales apply, by a rotation in each plane that is learned:
  /// for structure that runs askew. Kinds of a distance r only.
  bool rotate = false;
  double nu = 2.5;                              ///< kMatern: > 0.
  int smoothness = 2;                           ///< kWendland: 1, 2 or 3.
  int degree = 2;                               ///< kPolynomial: 1 to 6.
  int components = 2;                           ///< kSpectralMixture: 1 to 20.
  int rank = 1;                                 ///< kCoregionalisation: 1 to the number of levels.
  std::vector<Eigen::Index> layers = {32, 16};  ///< kDeep: widths of 1 to 4 layers, 1 to 128 each.
  Eigen::Index features = 2;                    ///< kDeep: 1 to 16.
  /// kDeep: with fewer points, 10 or more, its network stays as it is, idle at first: it would know
  /// too well where a step lies. From there on the first training that begins anew wakes it.
  Eigen::Index least_points = 40;
  /// kDeep: what evaluates it; null is refused. Shared by all descriptions: it has no state.
  std::shared_ptr<const Network> network = {};
  Eigen::VectorXd levels = {};              ///< kCoregionalisation: two or more coordinates.
  Eigen::MatrixXd centres = {};             ///< kAmplitude: axes x m, one centre a column.
  std::vector<ParameterLimit> limits = {};  ///< of its own parameters; others: as training says.
  std::vector<KernelSpec> terms = {};       ///< kSum, kProduct: one or more; kDeep: one.

  KernelSpec() = default;
  // Implicit: a kind is the simplest description there is.
  KernelSpec(KernelKind kind_of_all) : kind(kind_of_all) {}  // NOLINT(google-explicit-constructor)
};

/// One number that a kernel leaves to be learned.
struct KernelParameter {
  std::string name;  ///< where it is in the description: "sum[1].periodic.period[0]".
  ParameterKind kind = ParameterKind::kLengthscale;
  Eigen::Index axis = -1;  ///< the coordinate that it belongs to; -1: several or none.
  Eigen::Index axes = 1;   ///< number of axes of its kernel.
  bool limited = false;    ///< whether the description says where it is sought:
  double lower = 0;        ///< not below this
  double upper = 0;        ///< and not above this.
  double spread = 0;       ///< kConnection: standard deviation of its prior, whose mean is 0.
};

/// Whether values of this kind must be > 0, and are sought on a logarithmic scale.
[[nodiscard]] bool is_positive(ParameterKind kind);

namespace detail {
class KernelNode;
}

/// A covariance function of points of d coordinates, and the list of its parameters.
///
/// A description without a variance of its own gets one: the root, and every term of a sum, is
/// multiplied by a kConstant. So the parameters of {kMatern52} are [signal variance, d
/// lengthscales]. Immutable and cheap to copy; const methods may be called concurrently.
class Kernel {
 public:
  /// @throws std::invalid_argument naming the place in the description: an axis that does not
  ///         exist or is named twice, terms where there are none or none where there must be, a
  ///         number out of range, a limit of a parameter that the kind does not have.
  Kernel(const KernelSpec& spec, Eigen::Index dimension);

  [[nodiscard]] Eigen::Index dimension() const { return dimension_; }
  [[nodiscard]] const std::vector<KernelParameter>& parameters() const { return *parameters_; }
  /// Numbers of each point that networks make: 0 unless a part of it is kDeep.
  [[nodiscard]] Eigen::Index features() const { return features_; }

  /// Between the columns of a (d x n) and of b (d x m), of the latent function: n x m.
  /// @param theta  a value for each of parameters(), valid.
  [[nodiscard]] Eigen::MatrixXd covariance(const Eigen::Ref<const Eigen::VectorXd>& theta,
                                           const Eigen::Ref<const Eigen::MatrixXd>& a,
                                           const Eigen::Ref<const Eigen::MatrixXd>& b) const;

  [[nodiscard]] const detail::KernelNode& root() const { return *root_; }

 private:
  Eigen::Index dimension_;
  Eigen::Index features_ = 0;
  // Shared by copies of one immutable kernel.
  std::shared_ptr<const std::vector<KernelParameter>> parameters_;
  std::shared_ptr<const detail::KernelNode> root_;
};

/// What the data say about a function, for one kernel.
struct Hyperparameters {
  Eigen::VectorXd kernel;  ///< as Kernel::parameters() lists them, in the natural units.
  double nugget =
      0;  ///< learned noise variance added to each point's own, unit of y squared, >= 0.
};

/// Those of a kernel with one variance and a lengthscale an axis.
[[nodiscard]] Hyperparameters hyperparameters(double signal_variance,
                                              const Eigen::Ref<const Eigen::VectorXd>& lengthscales,
                                              double nugget);

/// [kernel parameters, nugget].
[[nodiscard]] Eigen::VectorXd pack(const Hyperparameters& hyperparameters);

/// The inverse of `pack`.
/// @throws std::invalid_argument unless `packed` has at least two values, all finite, the last, the
///         nugget, >= 0.
[[nodiscard]] Hyperparameters unpack(const Eigen::Ref<const Eigen::VectorXd>& packed);

}  // namespace foray::surrogate
