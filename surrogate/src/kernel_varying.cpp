// Kernels whose lengthscale or size changes with x.
// Gibbs (1997), "Bayesian Gaussian processes for regression and classification", thesis, Cambridge,
// section 3.10.3; Rasmussen & Williams (2006) eq. 4.32.
#include <algorithm>
#include <cmath>
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

double square(double value) { return value * value; }

// Bumps exp(-sum_i ((u_i - x_i) / (l_i(x)))^2) around common centres u: integrating the product of
// two of them over u gives the kernel. Centres at random make the mean of such products exact.
class Bumps final : public PriorFeatures {
 public:
  Bumps(std::size_t slot, MatrixXd centres, VectorXd log_lengthscales, double log_volume)
      : slot_(slot),
        centres_(std::move(centres)),
        log_lengthscales_(std::move(log_lengthscales)),
        log_volume_(log_volume) {}

  [[nodiscard]] Index count() const override { return centres_.rows(); }

  [[nodiscard]] MatrixXd evaluate(const Placed& points) const override {
    const MatrixXd& rows = points.slots[slot_];
    const Index d = centres_.cols();
    const ArrayXd local = rows.col(d).array();
    MatrixXd features(points.count, count());
    const double log_size = 0.5 * (log_volume_ - std::log(static_cast<double>(count())) +
                                   0.5 * static_cast<double>(d) * std::log(2 / std::numbers::pi));
    for (Index j = 0; j < count(); ++j) {
      ArrayXd exponent = ArrayXd::Constant(points.count, log_size);
      for (Index i = 0; i < d; ++i) {
        const ArrayXd log_l = log_lengthscales_(i) + local;
        exponent -= 0.5 * log_l + ((rows.col(i).array() - centres_(j, i)) / log_l.exp()).square();
      }
      features.col(j) = exponent.exp();
    }
    return features;
  }

 private:
  std::size_t slot_;
  MatrixXd centres_;  // count x axes
  VectorXd log_lengthscales_;
  double log_volume_;
};

class Gibbs final : public KernelNode {
 public:
  Gibbs(const KernelSpec& spec, const std::string& path, Layout& layout)
      : axes_(axes_of(spec, layout)), slot_(layout.slots++) {
    require(spec.ard, path + ".ard: expected true, each axis has a lengthscale");
    lengthscale_ = add_parameters(spec, path, ParameterKind::kLengthscale, axes_, true, layout);
    slope_ = add_parameters(spec, path, ParameterKind::kSlope, axes_, true, layout);
  }

  // Coordinates, and beside them s . (x - 1/2).
  void place(const Theta& theta, const Eigen::Ref<const MatrixXd>& x,
             Placed& placed) const override {
    MatrixXd rows(x.cols(), size() + 1);
    rows.leftCols(size()) = rows_at(x, axes_);
    rows.col(size()) =
        (rows.leftCols(size()).array() - 0.5).matrix() * theta.segment(slope_, size());
    placed.slots.push_back(std::move(rows));
  }

  void values(const Theta& theta, const Pairs& pairs, Column out) const override {
    const Terms t(*this, theta, pairs);
    out = ArrayXd::Zero(pairs.count);
    for (Index i = 0; i < size(); ++i) out -= t.ratio(i);
    // Each axis: sqrt(2 l l' / (l^2 + l'^2)), where the common l_i cancels.
    out = out.exp() * t.size.pow(0.5 * static_cast<double>(size()));
  }

  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    const Terms t(*this, theta, pairs);
    ArrayXd value(pairs.count);
    values(theta, pairs, value);
    value *= weight;
    for (Index i = 0; i < size(); ++i)
      gradient(lengthscale_ + i) += 2 * (value * t.ratio(i)).sum() / theta(lengthscale_ + i);
    // By s through e = exp(local) of both points.
    const ArrayXd by_a = value * t.by_local(t.ea);
    const ArrayXd by_b = value * t.by_local(t.eb);
    for (Index i = 0; i < size(); ++i)
      gradient(slope_ + i) += (by_a * (t.column(i) - 0.5)).sum() + by_b.sum() * (t.at(i) - 0.5);
  }

  void add_slopes(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                  Eigen::Ref<MatrixXd> slopes) const override {
    const Terms t(*this, theta, pairs);
    ArrayXd value(pairs.count);
    values(theta, pairs, value);
    value *= weight;
    const ArrayXd by_b = value * t.by_local(t.eb);
    for (Index i = 0; i < size(); ++i)
      slopes.col(axes_[static_cast<std::size_t>(i)]).array() +=
          by_b * theta(slope_ + i) +
          value * 2 * (t.column(i) - t.at(i)) / (square(theta(lengthscale_ + i)) * t.sum);
  }

  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index count,
                                                    Rng& rng) const override {
    // Centres far enough outside the unit cube that what is left out is below 1e-6 within.
    const double widest = 0.5 * theta.segment(slope_, size()).cwiseAbs().sum();
    const VectorXd reach = 3 * std::exp(widest) * theta.segment(lengthscale_, size());
    MatrixXd centres(count, size());
    std::uniform_real_distribution<double> uniform;
    for (Index j = 0; j < count; ++j)
      for (Index i = 0; i < size(); ++i)
        // One centre in each of `count` strips of an axis.
        centres(j, i) = (static_cast<double>(j) + uniform(rng)) / static_cast<double>(count);
    for (Index i = 1; i < size(); ++i) {
      auto column = centres.col(i);
      std::shuffle(column.begin(), column.end(), rng);
    }
    double log_volume = 0;
    for (Index i = 0; i < size(); ++i) {
      centres.col(i) = centres.col(i).array() * (1 + 2 * reach(i)) - reach(i);
      log_volume += std::log(1 + 2 * reach(i));
    }
    return std::make_unique<Bumps>(slot_, std::move(centres),
                                   theta.segment(lengthscale_, size()).array().log(), log_volume);
  }

 private:
  [[nodiscard]] Index size() const { return static_cast<Index>(axes_.size()); }

  // What all derivatives need, with e and e' the factors on the lengthscales of both points.
  struct Terms {
    Terms(const Gibbs& gibbs, const Theta& theta, const Pairs& of)
        : node(gibbs),
          parameters(theta),
          pairs(of),
          ea(pairs.a.slots[node.slot_]
                 .col(node.size())
                 .segment(pairs.first, pairs.count)
                 .array()
                 .exp()),
          eb(ArrayXd::Constant(pairs.count,
                               std::exp(pairs.b.slots[node.slot_](pairs.j, node.size())))),
          sum(ea.square() + eb.square()),
          size(2 * ea * eb / sum),
          distance(ArrayXd::Zero(pairs.count)) {
      for (Index i = 0; i < node.size(); ++i) distance += ratio(i);
    }

    [[nodiscard]] ArrayXd column(Index i) const {
      return pairs.a.slots[node.slot_].col(i).segment(pairs.first, pairs.count).array();
    }
    [[nodiscard]] double at(Index i) const { return pairs.b.slots[node.slot_](pairs.j, i); }
    // (x_i - x'_i)^2 / (l_i^2 + l'_i^2).
    [[nodiscard]] ArrayXd ratio(Index i) const {
      return (column(i) - at(i)).square() / (square(parameters(node.lengthscale_ + i)) * sum);
    }
    // d ln k / d ln e of the first: d/2 (1 - 2 e^2 / sum) + distance 2 e^2 / sum.
    [[nodiscard]] ArrayXd by_local(const ArrayXd& e) const {
      const ArrayXd share = 2 * e.square() / sum;
      return 0.5 * static_cast<double>(node.size()) * (1 - share) + distance * share;
    }

    const Gibbs& node;
    const Theta& parameters;
    const Pairs& pairs;
    ArrayXd ea, eb, sum, size, distance;
  };

  std::vector<Index> axes_;
  std::size_t slot_;
  Index lengthscale_ = 0;
  Index slope_ = 0;
};

// g(x) g(x').
class Amplitude final : public KernelNode {
 public:
  Amplitude(const KernelSpec& spec, const std::string& path, Layout& layout)
      : axes_(axes_of(spec, layout)),
        ard_(spec.ard),
        centres_(spec.centres.transpose()),
        slot_(layout.slots++) {
    require(centres_.cols() == size() && centres_.rows() >= 1,
            path + ".centres: expected one centre or more of " + std::to_string(size()) +
                " coordinates, got " + std::to_string(centres_.rows()) + " of " +
                std::to_string(centres_.cols()));
    require_finite(path + ".centres", centres_);
    for (Index m = 0; m < centres_.rows(); ++m) {
      const Index p = add_parameters(spec, path + ".centre[" + std::to_string(m) + "]",
                                     ParameterKind::kWeight, {}, false, layout);
      if (m == 0) weight_ = p;
    }
    lengthscale_ = add_parameters(spec, path, ParameterKind::kLengthscale, axes_, ard_, layout);
  }

  // The coordinates, one column for each weight's bump, and g.
  void place(const Theta& theta, const Eigen::Ref<const MatrixXd>& x,
             Placed& placed) const override {
    const MatrixXd rows = rows_at(x, axes_);
    MatrixXd slot(x.cols(), size() + centres_.rows() + 1);
    slot.leftCols(size()) = rows;
    for (Index m = 0; m < centres_.rows(); ++m) {
      ArrayXd r2 = ArrayXd::Zero(x.cols());
      for (Index i = 0; i < size(); ++i)
        r2 += ((rows.col(i).array() - centres_(m, i)) / lengthscale(theta, i)).square();
      slot.col(size() + m) = (-0.5 * r2).exp();
    }
    slot.rightCols(1) =
        slot.middleCols(size(), centres_.rows()) * theta.segment(weight_, centres_.rows());
    placed.slots.push_back(std::move(slot));
  }

  void values(const Theta&, const Pairs& pairs, Column out) const override {
    out = g(pairs) * g_at(pairs.b, pairs.j);
  }

  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    const ArrayXd weighted = weight * g(pairs);
    const double at = g_at(pairs.b, pairs.j);
    for (Index m = 0; m < centres_.rows(); ++m) {
      const ArrayXd bump = column(pairs, size() + m);
      const double bump_at = pairs.b.slots[slot_](pairs.j, size() + m);
      gradient(weight_ + m) += (weight * bump).sum() * at + weighted.sum() * bump_at;
      const double w = theta(weight_ + m);
      for (Index i = 0; i < size(); ++i) {
        const double l3 = lengthscale(theta, i) * square(lengthscale(theta, i));
        const double by_a =
            (weight * bump * (column(pairs, i) - centres_(m, i)).square()).sum() * at;
        const double by_b =
            weighted.sum() * bump_at * square(pairs.b.slots[slot_](pairs.j, i) - centres_(m, i));
        gradient(lengthscale_ + (ard_ ? i : 0)) += w * (by_a + by_b) / l3;
      }
    }
  }

  void add_slopes(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                  Eigen::Ref<MatrixXd> slopes) const override {
    const VectorXd slope = g_slope(theta, pairs.b, pairs.j);
    for (Index i = 0; i < size(); ++i)
      slopes.col(axes_[static_cast<std::size_t>(i)]).array() += weight * g(pairs) * slope(i);
  }

  void variances(const Theta&, const Placed& points, Column out) const override {
    out = points.slots[slot_].rightCols(1).array().square();
  }

  void add_variance_slopes(const Theta& theta, const Placed& points, Index j, double weight,
                           Eigen::Ref<VectorXd> gradient) const override {
    const VectorXd slope = g_slope(theta, points, j);
    for (Index i = 0; i < size(); ++i)
      gradient(axes_[static_cast<std::size_t>(i)]) += 2 * weight * g_at(points, j) * slope(i);
  }

  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta&, Index, Rng&) const override {
    class Single final : public PriorFeatures {
     public:
      explicit Single(std::size_t slot) : slot_(slot) {}
      [[nodiscard]] Index count() const override { return 1; }
      [[nodiscard]] MatrixXd evaluate(const Placed& points) const override {
        return points.slots[slot_].rightCols(1);
      }

     private:
      std::size_t slot_;
    };
    return std::make_unique<Single>(slot_);
  }

 private:
  [[nodiscard]] Index size() const { return static_cast<Index>(axes_.size()); }
  [[nodiscard]] double lengthscale(const Theta& theta, Index i) const {
    return theta(lengthscale_ + (ard_ ? i : 0));
  }
  [[nodiscard]] ArrayXd column(const Pairs& pairs, Index i) const {
    return pairs.a.slots[slot_].col(i).segment(pairs.first, pairs.count).array();
  }
  [[nodiscard]] ArrayXd g(const Pairs& pairs) const {
    return column(pairs, pairs.a.slots[slot_].cols() - 1);
  }
  [[nodiscard]] double g_at(const Placed& points, Index j) const {
    return points.slots[slot_](j, points.slots[slot_].cols() - 1);
  }
  [[nodiscard]] VectorXd g_slope(const Theta& theta, const Placed& points, Index j) const {
    const auto row = points.slots[slot_].row(j);
    VectorXd slope = VectorXd::Zero(size());
    for (Index m = 0; m < centres_.rows(); ++m)
      for (Index i = 0; i < size(); ++i)
        slope(i) -= theta(weight_ + m) * row(size() + m) * (row(i) - centres_(m, i)) /
                    square(lengthscale(theta, i));
    return slope;
  }

  std::vector<Index> axes_;
  bool ard_;
  MatrixXd centres_;  // m x axes
  std::size_t slot_;
  Index weight_ = 0;
  Index lengthscale_ = 0;
};

}  // namespace

std::unique_ptr<const KernelNode> make_varying(const KernelSpec& spec, const std::string& path,
                                               Layout& layout) {
  if (spec.kind == KernelKind::kGibbs) return std::make_unique<Gibbs>(spec, path, layout);
  return std::make_unique<Amplitude>(spec, path, layout);
}

}  // namespace foray::surrogate::detail
