// Kernels of a scaled distance, their axes turned where that is asked for.
#include <cmath>

#include "correlation.h"
#include "foray/common/check.h"
#include "kernel_node.h"
#include "spectrum.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

auto difference(const Pairs& pairs, std::size_t slot, Index i) {
  return pairs.a.slots[slot].col(i).segment(pairs.first, pairs.count).array() -
         pairs.b.slots[slot](pairs.j, i);
}

void squared_distances(const Pairs& pairs, std::size_t slot, Column out) {
  out = difference(pairs, slot, 0).square();
  for (Index i = 1; i < pairs.a.slots[slot].cols(); ++i) out += difference(pairs, slot, i).square();
}

// A product of Givens rotations, one in each plane of two axes; the identity where all angles are
// 0. `derivative` >= 0: of that angle instead.
MatrixXd rotation(Index axes, const VectorXd& angles, Index derivative = -1) {
  MatrixXd product = MatrixXd::Identity(axes, axes);
  Index m = 0;
  for (Index p = 0; p < axes; ++p)
    for (Index q = p + 1; q < axes; ++q, ++m) {
      const bool differentiated = m == derivative;
      MatrixXd givens = differentiated ? MatrixXd(MatrixXd::Zero(axes, axes))
                                       : MatrixXd(MatrixXd::Identity(axes, axes));
      const double c = differentiated ? -std::sin(angles(m)) : std::cos(angles(m));
      const double s = differentiated ? std::cos(angles(m)) : std::sin(angles(m));
      givens(p, p) = c;
      givens(q, q) = c;
      givens(p, q) = -s;
      givens(q, p) = s;
      product = givens * product;
    }
  return product;
}

class Stationary final : public KernelNode {
 public:
  Stationary(const KernelSpec& spec, const std::string& path, Layout& layout)
      : correlation_{spec.kind,
                     spec.kind == KernelKind::kWendland ? static_cast<double>(spec.smoothness)
                                                        : spec.nu,
                     static_cast<Index>(axes_of(spec, layout).size())},
        axes_(axes_of(spec, layout)),
        ard_(spec.ard),
        angles_(spec.rotate ? size() * (size() - 1) / 2 : 0),
        slot_(layout.slots) {
    if (spec.kind == KernelKind::kMatern)
      require(
          std::isfinite(spec.nu) && spec.nu > 0 && spec.nu <= 50,
          path + ".nu: expected a number above 0 and at most 50, got " + std::to_string(spec.nu));
    if (spec.kind == KernelKind::kWendland)
      require(spec.smoothness >= 1 && spec.smoothness <= 3,
              path + ".smoothness: expected 1, 2 or 3, got " + std::to_string(spec.smoothness));
    require(!spec.rotate || (ard_ && size() >= 2),
            path + ".rotate: expected two axes or more with a lengthscale each");
    lengthscale_ = add_parameters(spec, path, ParameterKind::kLengthscale, axes_, ard_, layout);
    if (spec.kind == KernelKind::kRationalQuadratic)
      shape_ = add_parameters(spec, path, ParameterKind::kAlpha, axes_, false, layout);
    angle_ = static_cast<Index>(layout.parameters.size());
    for (Index m = 0; m < angles_; ++m)
      add_parameters(spec, path + ".plane[" + std::to_string(m) + "]", ParameterKind::kAngle, axes_,
                     false, layout);
    layout.slots += 1 + static_cast<std::size_t>(angles_);
  }

  void place(const Theta& theta, const Eigen::Ref<const MatrixXd>& x,
             Placed& placed) const override {
    const MatrixXd rows = rows_at(x, axes_);
    const VectorXd over = inverse_lengthscales(theta);
    if (angles_ == 0) {
      placed.slots.emplace_back(rows * over.asDiagonal());
      return;
    }
    const VectorXd angles = theta.segment(angle_, angles_);
    for (Index m = -1; m < angles_; ++m)
      placed.slots.emplace_back(rows * rotation(size(), angles, m).transpose() * over.asDiagonal());
  }

  void values(const Theta& theta, const Pairs& pairs, Column out) const override {
    squared_distances(pairs, slot_, out);
    shaped(theta).to_values(out);
  }

  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    ArrayXd slope(pairs.count);
    squared_distances(pairs, slot_, slope);
    const Correlation correlation = shaped(theta);
    if (shape_ >= 0) gradient(shape_) += (weight * correlation.by_shape(slope)).sum();
    correlation.to_slopes(slope);
    slope *= weight;
    // d k / d l_i = (-k'(r) / r) difference_i^2 / l_i^3, differences here over l_i.
    for (Index i = 0; i < size(); ++i) {
      const Index p = lengthscale_ + (ard_ ? i : 0);
      gradient(p) += (slope * difference(pairs, slot_, i).square()).sum() / theta(p);
    }
    for (Index m = 0; m < angles_; ++m) {
      double sum = 0;
      for (Index i = 0; i < size(); ++i)
        sum -= (slope * difference(pairs, slot_, i) *
                difference(pairs, slot_ + 1 + static_cast<std::size_t>(m), i))
                   .sum();
      gradient(angle_ + m) += sum;
    }
  }

  void add_slopes(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                  Eigen::Ref<MatrixXd> slopes) const override {
    ArrayXd slope(pairs.count);
    squared_distances(pairs, slot_, slope);
    shaped(theta).to_slopes(slope);
    slope *= weight;
    const VectorXd over = inverse_lengthscales(theta);
    if (angles_ == 0) {
      for (Index i = 0; i < size(); ++i)
        slopes.col(axes_[static_cast<std::size_t>(i)]).array() +=
            over(i) * slope * difference(pairs, slot_, i);
      return;
    }
    const MatrixXd turn = over.asDiagonal() * rotation(size(), theta.segment(angle_, angles_));
    for (Index i = 0; i < size(); ++i) {
      const ArrayXd along = slope * difference(pairs, slot_, i);
      for (Index k = 0; k < size(); ++k)
        slopes.col(axes_[static_cast<std::size_t>(k)]).array() += turn(i, k) * along;
    }
  }

  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index count,
                                                    Rng& rng) const override {
    return fourier_features(slot_, spectral_sample(shaped(theta), count, rng), rng);
  }

 private:
  [[nodiscard]] Index size() const { return static_cast<Index>(axes_.size()); }

  [[nodiscard]] VectorXd inverse_lengthscales(const Theta& theta) const {
    return ard_ ? VectorXd(theta.segment(lengthscale_, size()).cwiseInverse())
                : VectorXd::Constant(size(), 1 / theta(lengthscale_));
  }

  [[nodiscard]] Correlation shaped(const Theta& theta) const {
    Correlation correlation = correlation_;
    if (shape_ >= 0) correlation.shape = theta(shape_);
    return correlation;
  }

  Correlation correlation_;
  std::vector<Index> axes_;
  bool ard_;
  Index angles_;
  std::size_t slot_;
  Index lengthscale_ = 0;
  Index shape_ = -1;
  Index angle_ = 0;
};

}  // namespace

std::unique_ptr<const KernelNode> make_stationary(const KernelSpec& spec, const std::string& path,
                                                  Layout& layout) {
  return std::make_unique<Stationary>(spec, path, layout);
}

}  // namespace foray::surrogate::detail
