#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "foray/common/random.h"
#include "foray/surrogate/kernel.h"

namespace foray::surrogate::detail {

using Theta = Eigen::Ref<const Eigen::VectorXd>;
using Column = Eigen::Ref<Eigen::ArrayXd>;
using ConstColumn = Eigen::Ref<const Eigen::ArrayXd>;

/// Points as the nodes of one kernel want them with given parameters: each node with coordinates
/// has a slot of its own, points as rows, so that one coordinate of all points is contiguous.
struct Placed {
  Eigen::Index count = 0;
  std::vector<Eigen::MatrixXd> slots;
};

/// The pairs of point `j` of `b` with `count` points of `a`, from `first` on.
struct Pairs {
  const Placed& a;
  Eigen::Index first = 0;
  Eigen::Index count = 0;
  const Placed& b;
  Eigen::Index j = 0;
  bool noisy =
      false;  ///< a and b are the same measurements, of which each has its own white noise.
};

/// Functions drawn from a prior, evaluated together.
class PriorFeatures {
 public:
  virtual ~PriorFeatures() = default;
  [[nodiscard]] virtual Eigen::Index count() const = 0;
  /// points x count(). The products of the features at two points, summed, have the kernel as their
  /// mean over the draw.
  [[nodiscard]] virtual Eigen::MatrixXd evaluate(const Placed& points) const = 0;
};

/// A part of a kernel. Theta is that of the whole kernel; a node knows where its own begin.
class KernelNode {
 public:
  virtual ~KernelNode() = default;

  /// Appends this node's slots for the columns of x.
  virtual void place(const Theta& theta, const Eigen::Ref<const Eigen::MatrixXd>& x,
                     Placed& placed) const = 0;

  /// Covariances of the pairs.
  virtual void values(const Theta& theta, const Pairs& pairs, Column out) const = 0;

  /// gradient_p += sum over the pairs of weight times d covariance / d theta_p.
  virtual void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                            Eigen::Ref<Eigen::VectorXd> gradient) const = 0;

  /// slopes (count x d) += weight times d covariance / d coordinates of the point of b.
  virtual void add_slopes(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                          Eigen::Ref<Eigen::MatrixXd> slopes) const = 0;

  /// moves (all features of networks) += sum over the pairs of weight times d covariance / d those
  /// of the point of b. The default: it has none.
  virtual void add_moves(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                         Eigen::Ref<Eigen::VectorXd> moves) const;

  /// gradient += the derivatives in what moves the features of these points, from those in the
  /// features (all x count). The default: nothing does.
  virtual void pull_back(const Theta& theta, const Placed& points,
                         const Eigen::Ref<const Eigen::MatrixXd>& moves,
                         Eigen::Ref<Eigen::VectorXd> gradient) const;

  /// Prior variances of all points, white noise left out.
  virtual void variances(const Theta& theta, const Placed& points, Column out) const;

  /// gradient (d) += weight times d variance / d coordinates of point j.
  virtual void add_variance_slopes(const Theta& theta, const Placed& points, Eigen::Index j,
                                   double weight, Eigen::Ref<Eigen::VectorXd> gradient) const;

  /// About `count` features.
  [[nodiscard]] virtual std::unique_ptr<PriorFeatures> draw(const Theta& theta, Eigen::Index count,
                                                            Rng& rng) const = 0;
};

/// Gives out places while a kernel is built.
struct Layout {
  Eigen::Index dimension = 0;
  std::vector<KernelParameter> parameters;
  std::size_t slots = 0;
  Eigen::Index features = 0;  // Of networks.
};

/// A node of one kind with what its description says, checked; `path` begins its messages and the
/// names of its parameters.
std::unique_ptr<const KernelNode> make_stationary(const KernelSpec& spec, const std::string& path,
                                                  Layout& layout);
std::unique_ptr<const KernelNode> make_leaf(const KernelSpec& spec, const std::string& path,
                                            Layout& layout);
std::unique_ptr<const KernelNode> make_spectral(const KernelSpec& spec, const std::string& path,
                                                Layout& layout);
std::unique_ptr<const KernelNode> make_varying(const KernelSpec& spec, const std::string& path,
                                               Layout& layout);
std::unique_ptr<const KernelNode> make_coregionalisation(const KernelSpec& spec,
                                                         const std::string& path, Layout& layout);
/// Gives out the place of a deep kernel's features before the kernel on them is built.
struct DeepPlace {
  std::vector<Eigen::Index> axes;
  std::size_t slot = 0;
  Eigen::Index feature = 0;     // The first of its own among all.
  Eigen::Index connection = 0;  // Its first parameter.
};
DeepPlace deep_place(const KernelSpec& spec, const std::string& path, Layout& layout);
std::unique_ptr<const KernelNode> make_deep(const KernelSpec& spec, DeepPlace place,
                                            std::unique_ptr<const KernelNode> inner);
std::unique_ptr<const KernelNode> make_compound(
    KernelKind kind, std::vector<std::unique_ptr<const KernelNode>> terms);

/// The axes that the description names, or all.
std::vector<Eigen::Index> axes_of(const KernelSpec& spec, const Layout& layout);

/// Adds a parameter for each axis (or one, of axis -1, unless `each`) and returns the place of the
/// first. Limits are those of the description.
Eigen::Index add_parameters(const KernelSpec& spec, const std::string& path, ParameterKind kind,
                            const std::vector<Eigen::Index>& axes, bool each, Layout& layout);

/// Rows of x at `axes`, transposed.
Eigen::MatrixXd rows_at(const Eigen::Ref<const Eigen::MatrixXd>& x,
                        const std::vector<Eigen::Index>& axes);

/// Standard normal numbers, rows by columns, drawn row by row.
Eigen::MatrixXd normal_matrix(Eigen::Index rows, Eigen::Index columns, Rng& rng);

/// Features sqrt(2 / count) cos(frequency . row + phase) of the rows of one slot, for a kernel that
/// is 1 at distance 0; `frequencies` is count x coordinates, phases are drawn.
std::unique_ptr<PriorFeatures> fourier_features(std::size_t slot, Eigen::MatrixXd frequencies,
                                                Rng& rng);

// What a whole kernel is asked for.

/// All slots for the columns of x.
Placed place(const Kernel& kernel, const Theta& theta, const Eigen::Ref<const Eigen::MatrixXd>& x);

/// The first `count` points of a with all of b, latent: count x b.count.
Eigen::MatrixXd covariance(const Kernel& kernel, const Theta& theta, const Placed& a,
                           Eigen::Index count, const Placed& b);

/// The lower triangle of the covariance of points with themselves; the upper one is zero.
Eigen::MatrixXd lower_covariance(const Kernel& kernel, const Theta& theta, const Placed& points,
                                 bool noisy, int threads = 1);

/// Columns of a covariance that one thread takes at a time.
inline constexpr Eigen::Index kColumns = 32;
/// Number of points from which a thread's start is worth its time.
inline constexpr Eigen::Index kWorthThreads = 256;

Eigen::VectorXd variances(const Kernel& kernel, const Theta& theta, const Placed& points);

/// What white noise in the kernel adds to the variance of a measurement.
Eigen::VectorXd white_variances(const Kernel& kernel, const Theta& theta, const Placed& points);

/// d covariance / d x of point j of `at` with the points of a: a.count x d.
Eigen::MatrixXd slopes(const Kernel& kernel, const Theta& theta, const Placed& a, const Placed& at,
                       Eigen::Index j);

/// Appends the points of `more`.
void append(Placed& points, const Placed& more);

}  // namespace foray::surrogate::detail
