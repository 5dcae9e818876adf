// Kernels that are no function of a scaled distance: periodic, linear, polynomial, constant, white,
// categorical. "R&W": Rasmussen & Williams (2006), chapter 4.
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>
#include <utility>

#include "foray/common/check.h"
#include "kernel_node.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Features given by a function of the rows of one slot.
template <typename Function>
class SlotFeatures final : public PriorFeatures {
 public:
  SlotFeatures(Index count, Function function) : count_(count), function_(std::move(function)) {}
  [[nodiscard]] Index count() const override { return count_; }
  [[nodiscard]] MatrixXd evaluate(const Placed& points) const override { return function_(points); }

 private:
  Index count_;
  Function function_;
};

template <typename Function>
std::unique_ptr<PriorFeatures> features_of(Index count, Function function) {
  return std::make_unique<SlotFeatures<Function>>(count, std::move(function));
}

auto column_of(const Pairs& pairs, std::size_t slot, Index i) {
  return pairs.a.slots[slot].col(i).segment(pairs.first, pairs.count).array();
}

class Constant final : public KernelNode {
 public:
  Constant(const KernelSpec& spec, const std::string& path, Layout& layout)
      : variance_(add_parameters(spec, path, ParameterKind::kVariance, {}, false, layout)) {}

  void place(const Theta&, const Eigen::Ref<const MatrixXd>&, Placed&) const override {}
  void values(const Theta& theta, const Pairs&, Column out) const override {
    out.setConstant(theta(variance_));
  }
  void add_gradient(const Theta&, const Pairs&, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    gradient(variance_) += weight.sum();
  }
  void add_slopes(const Theta&, const Pairs&, const ConstColumn&,
                  Eigen::Ref<MatrixXd>) const override {}
  void variances(const Theta& theta, const Placed&, Column out) const override {
    out.setConstant(theta(variance_));
  }
  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index,
                                                    Rng&) const override {
    return features_of(1, [root = std::sqrt(theta(variance_))](const Placed& points) {
      return MatrixXd(MatrixXd::Constant(points.count, 1, root));
    });
  }

 private:
  Index variance_;
};

// Its variance is that of a measurement, and 0 of the latent function.
class White final : public KernelNode {
 public:
  void place(const Theta&, const Eigen::Ref<const MatrixXd>&, Placed&) const override {}
  void values(const Theta&, const Pairs& pairs, Column out) const override {
    out.setZero();
    const Index same = pairs.j - pairs.first;
    if (pairs.noisy && same >= 0 && same < pairs.count) out(same) = 1;
  }
  void add_gradient(const Theta&, const Pairs&, const ConstColumn&,
                    Eigen::Ref<VectorXd>) const override {}
  void add_slopes(const Theta&, const Pairs&, const ConstColumn&,
                  Eigen::Ref<MatrixXd>) const override {}
  void variances(const Theta&, const Placed&, Column out) const override { out.setZero(); }
  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta&, Index, Rng&) const override {
    return features_of(
        1, [](const Placed& points) { return MatrixXd(MatrixXd::Zero(points.count, 1)); });
  }
};

// R&W eq. 4.31 along each axis, multiplied; sin^2 keeps it exact after many periods.
class Periodic final : public KernelNode {
 public:
  Periodic(const KernelSpec& spec, const std::string& path, Layout& layout)
      : axes_(axes_of(spec, layout)), ard_(spec.ard), slot_(layout.slots++) {
    lengthscale_ = add_parameters(spec, path, ParameterKind::kLengthscale, axes_, ard_, layout);
    period_ = add_parameters(spec, path, ParameterKind::kPeriod, axes_, true, layout);
  }

  void place(const Theta&, const Eigen::Ref<const MatrixXd>& x, Placed& placed) const override {
    placed.slots.push_back(rows_at(x, axes_));
  }

  void values(const Theta& theta, const Pairs& pairs, Column out) const override {
    out.setZero();
    for (Index i = 0; i < size(); ++i)
      out -= 2 / square(lengthscale(theta, i)) * angle(theta, pairs, i).sin().square();
    out = out.exp();
  }

  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    ArrayXd value(pairs.count);
    values(theta, pairs, value);
    value *= weight;
    for (Index i = 0; i < size(); ++i) {
      const double l = lengthscale(theta, i);
      const ArrayXd u = angle(theta, pairs, i);
      gradient(lengthscale_ + (ard_ ? i : 0)) += (value * u.sin().square()).sum() * 4 / (l * l * l);
      gradient(period_ + i) += (value * (2 * u).sin() * u).sum() * 2 / (l * l) / theta(period_ + i);
    }
  }

  void add_slopes(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                  Eigen::Ref<MatrixXd> slopes) const override {
    ArrayXd value(pairs.count);
    values(theta, pairs, value);
    value *= weight;
    for (Index i = 0; i < size(); ++i)
      slopes.col(axes_[static_cast<std::size_t>(i)]).array() +=
          value * (2 * angle(theta, pairs, i)).sin() * 2 * std::numbers::pi /
          square(lengthscale(theta, i)) / theta(period_ + i);
  }

  // exp(z cos t) = sum_m I_m(z) cos(m t): harmonic m of an axis has the probability exp(-z) I_m(z),
  // z = 1 / l^2, which is that of the difference of two Poisson numbers of mean z / 2.
  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index count,
                                                    Rng& rng) const override {
    MatrixXd frequencies(count, size());
    for (Index j = 0; j < count; ++j)
      for (Index i = 0; i < size(); ++i) {
        std::poisson_distribution<int> poisson(0.5 / square(lengthscale(theta, i)));
        const int up = poisson(rng);
        frequencies(j, i) = 2 * std::numbers::pi * (up - poisson(rng)) / theta(period_ + i);
      }
    return fourier_features(slot_, std::move(frequencies), rng);
  }

 private:
  static double square(double value) { return value * value; }
  [[nodiscard]] Index size() const { return static_cast<Index>(axes_.size()); }
  [[nodiscard]] double lengthscale(const Theta& theta, Index i) const {
    return theta(lengthscale_ + (ard_ ? i : 0));
  }
  // pi (a - b) / p.
  [[nodiscard]] ArrayXd angle(const Theta& theta, const Pairs& pairs, Index i) const {
    return std::numbers::pi / theta(period_ + i) *
           (column_of(pairs, slot_, i) - pairs.b.slots[slot_](pairs.j, i));
  }

  std::vector<Index> axes_;
  bool ard_;
  std::size_t slot_;
  Index lengthscale_ = 0;
  Index period_ = 0;
};

// (offset + sum_i u_i u'_i)^degree with u_i = (x_i - 1/2) / l_i; the linear one has no offset and
// degree 1.
class Polynomial final : public KernelNode {
 public:
  Polynomial(const KernelSpec& spec, const std::string& path, Layout& layout)
      : axes_(axes_of(spec, layout)),
        ard_(spec.ard),
        degree_(spec.kind == KernelKind::kLinear ? 1 : spec.degree),
        slot_(layout.slots++) {
    require(degree_ >= 1 && degree_ <= 6,
            path + ".degree: expected 1 to 6, got " + std::to_string(degree_));
    lengthscale_ = add_parameters(spec, path, ParameterKind::kLengthscale, axes_, ard_, layout);
    if (spec.kind == KernelKind::kPolynomial)
      offset_ = add_parameters(spec, path, ParameterKind::kOffset, {}, false, layout);
  }

  void place(const Theta& theta, const Eigen::Ref<const MatrixXd>& x,
             Placed& placed) const override {
    MatrixXd rows = rows_at(x, axes_).array() - 0.5;
    for (Index i = 0; i < size(); ++i) rows.col(i) /= lengthscale(theta, i);
    placed.slots.push_back(std::move(rows));
  }

  void values(const Theta& theta, const Pairs& pairs, Column out) const override {
    out = power(base(theta, pairs), degree_);
  }

  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    const ArrayXd slope = weight * degree_ * power(base(theta, pairs), degree_ - 1);
    if (offset_ >= 0) gradient(offset_) += slope.sum();
    for (Index i = 0; i < size(); ++i)
      gradient(lengthscale_ + (ard_ ? i : 0)) -= 2 * (slope * column_of(pairs, slot_, i)).sum() *
                                                 pairs.b.slots[slot_](pairs.j, i) /
                                                 lengthscale(theta, i);
  }

  void add_slopes(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                  Eigen::Ref<MatrixXd> slopes) const override {
    const ArrayXd slope = weight * degree_ * power(base(theta, pairs), degree_ - 1);
    for (Index i = 0; i < size(); ++i)
      slopes.col(axes_[static_cast<std::size_t>(i)]).array() +=
          slope * column_of(pairs, slot_, i) / lengthscale(theta, i);
  }

  void variances(const Theta& theta, const Placed& points, Column out) const override {
    out = power(points.slots[slot_].rowwise().squaredNorm().array() + offset(theta), degree_);
  }

  void add_variance_slopes(const Theta& theta, const Placed& points, Index j, double weight,
                           Eigen::Ref<VectorXd> gradient) const override {
    const auto row = points.slots[slot_].row(j);
    const double slope =
        weight * degree_ * std::pow(row.squaredNorm() + offset(theta), degree_ - 1);
    for (Index i = 0; i < size(); ++i)
      gradient(axes_[static_cast<std::size_t>(i)]) += 2 * slope * row(i) / lengthscale(theta, i);
  }

  // A factor sqrt(offset) z_0 + sum_i z_i u_i has the base as its covariance; independent factors
  // multiply theirs.
  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index count,
                                                    Rng& rng) const override {
    std::vector<MatrixXd> slopes;
    std::vector<MatrixXd> offsets;
    for (int k = 0; k < degree_; ++k) {
      slopes.push_back(normal_matrix(count, size(), rng));
      offsets.push_back(std::sqrt(offset(theta)) * normal_matrix(1, count, rng));
    }
    return features_of(count, [slot = slot_, slopes = std::move(slopes),
                               offsets = std::move(offsets), count](const Placed& points) {
      MatrixXd features =
          MatrixXd::Constant(points.count, count, 1 / std::sqrt(static_cast<double>(count)));
      for (std::size_t k = 0; k < slopes.size(); ++k) {
        MatrixXd factor = points.slots[slot] * slopes[k].transpose();
        factor.rowwise() += offsets[k].row(0);
        features.array() *= factor.array();
      }
      return features;
    });
  }

 private:
  [[nodiscard]] Index size() const { return static_cast<Index>(axes_.size()); }
  [[nodiscard]] double lengthscale(const Theta& theta, Index i) const {
    return theta(lengthscale_ + (ard_ ? i : 0));
  }
  [[nodiscard]] double offset(const Theta& theta) const {
    return offset_ >= 0 ? theta(offset_) : 0;
  }
  [[nodiscard]] ArrayXd base(const Theta& theta, const Pairs& pairs) const {
    ArrayXd sum = ArrayXd::Constant(pairs.count, offset(theta));
    for (Index i = 0; i < size(); ++i)
      sum += column_of(pairs, slot_, i) * pairs.b.slots[slot_](pairs.j, i);
    return sum;
  }
  static ArrayXd power(const ArrayXd& base, int exponent) {
    ArrayXd product = ArrayXd::Ones(base.size());
    for (int k = 0; k < exponent; ++k) product *= base;
    return product;
  }

  std::vector<Index> axes_;
  bool ard_;
  int degree_;
  std::size_t slot_;
  Index lengthscale_ = 0;
  Index offset_ = -1;
};

class Categorical final : public KernelNode {
 public:
  Categorical(const KernelSpec& spec, const std::string& path, Layout& layout)
      : axes_(axes_of(spec, layout)), slot_(layout.slots++) {
    require(axes_.size() == 1, path + ".axes: expected one axis, whose values are the categories");
    lengthscale_ = add_parameters(spec, path, ParameterKind::kLengthscale, axes_, false, layout);
  }

  void place(const Theta&, const Eigen::Ref<const MatrixXd>& x, Placed& placed) const override {
    placed.slots.push_back(rows_at(x, axes_));
  }

  void values(const Theta& theta, const Pairs& pairs, Column out) const override {
    const double apart = std::exp(-1 / theta(lengthscale_));
    out = different(pairs).select(ArrayXd::Constant(pairs.count, apart), 1.0);
  }

  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    const double l = theta(lengthscale_);
    gradient(lengthscale_) +=
        different(pairs).select(weight, 0.0).sum() * std::exp(-1 / l) / (l * l);
  }

  void add_slopes(const Theta&, const Pairs&, const ConstColumn&,
                  Eigen::Ref<MatrixXd>) const override {}

  // The part that all categories share is 1 with the probability of their correlation; otherwise
  // each category has a sign of its own, hashed from its value.
  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index count,
                                                    Rng& rng) const override {
    std::bernoulli_distribution shared(std::exp(-1 / theta(lengthscale_)));
    std::vector<std::uint64_t> seeds(static_cast<std::size_t>(count));
    for (auto& seed : seeds) seed = shared(rng) ? 0 : rng() | 1U;
    return features_of(count, [slot = slot_, seeds = std::move(seeds)](const Placed& points) {
      const auto columns = static_cast<Index>(seeds.size());
      MatrixXd features(points.count, columns);
      const double size = 1 / std::sqrt(static_cast<double>(columns));
      for (Index j = 0; j < columns; ++j)
        for (Index i = 0; i < points.count; ++i)
          features(i, j) =
              sign(seeds[static_cast<std::size_t>(j)], points.slots[slot](i, 0)) * size;
      return features;
    });
  }

 private:
  [[nodiscard]] Eigen::Array<bool, Eigen::Dynamic, 1> different(const Pairs& pairs) const {
    return column_of(pairs, slot_, 0) != pairs.b.slots[slot_](pairs.j, 0);
  }

  static double sign(std::uint64_t seed, double category) {
    if (seed == 0) return 1;
    std::uint64_t bits = 0;
    std::memcpy(&bits, &category, sizeof bits);
    return (derive_seed(seed, bits) & 1U) != 0 ? 1 : -1;
  }

  std::vector<Index> axes_;
  std::size_t slot_;
  Index lengthscale_ = 0;
};

}  // namespace

std::unique_ptr<const KernelNode> make_leaf(const KernelSpec& spec, const std::string& path,
                                            Layout& layout) {
  switch (spec.kind) {
    case KernelKind::kConstant:
      return std::make_unique<Constant>(spec, path, layout);
    case KernelKind::kWhite:
      return std::make_unique<White>();
    case KernelKind::kPeriodic:
      return std::make_unique<Periodic>(spec, path, layout);
    case KernelKind::kCategorical:
      return std::make_unique<Categorical>(spec, path, layout);
    default:
      return std::make_unique<Polynomial>(spec, path, layout);
  }
}

}  // namespace foray::surrogate::detail
