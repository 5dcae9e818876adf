// Coregionalisation: outputs, or categories, that are mixtures of a few functions.
#include <cmath>
#include <utility>

#include "foray/common/check.h"
#include "kernel_node.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The covariance between outputs, W W^T + diag(v); W is outputs x rank.
class Coregionalisation final : public KernelNode {
 public:
  Coregionalisation(const KernelSpec& spec, const std::string& path, Layout& layout)
      : levels_(spec.levels), rank_(spec.rank), slot_(layout.slots++) {
    const std::vector<Index> axes = axes_of(spec, layout);
    require(axes.size() == 1, path + ".axes: expected one axis, whose values are the outputs");
    axis_ = axes.front();
    require(levels_.size() >= 2,
            path + ": expected two outputs or more, got " + std::to_string(levels_.size()));
    require_finite(path + ": levels", levels_);
    require(rank_ >= 1 && rank_ <= levels_.size(), path + ".rank: expected an integer from 1 to " +
                                                       std::to_string(levels_.size()) + ", got " +
                                                       std::to_string(rank_));
    for (Index t = 0; t < levels_.size(); ++t) {
      const std::string place = path + ".output[" + std::to_string(t) + "]";
      for (Index r = 0; r < rank_; ++r) {
        const Index p = add_parameters(spec, place, ParameterKind::kLoading, {}, false, layout);
        if (t == 0 && r == 0) loading_ = p;
      }
      add_parameters(spec, place, ParameterKind::kVariance, {}, false, layout);
    }
  }

  void place(const Theta&, const Eigen::Ref<const MatrixXd>& x, Placed& placed) const override {
    MatrixXd slot(x.cols(), 1);
    for (Index i = 0; i < x.cols(); ++i) {
      Index nearest = 0;
      (levels_.array() - x(axis_, i)).abs().minCoeff(&nearest);
      slot(i, 0) = static_cast<double>(nearest);
    }
    placed.slots.push_back(std::move(slot));
  }

  void values(const Theta& theta, const Pairs& pairs, Column out) const override {
    const VectorXd row = covariances(theta, output(pairs.b, pairs.j));
    for (Index i = 0; i < pairs.count; ++i) out(i) = row(output(pairs.a, pairs.first + i));
  }

  // d (w_s . w_t) / d w_s = w_t; twice that where s = t, once from either side.
  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    VectorXd sums = VectorXd::Zero(levels_.size());
    for (Index i = 0; i < pairs.count; ++i) sums(output(pairs.a, pairs.first + i)) += weight(i);
    const Index t = output(pairs.b, pairs.j);
    for (Index s = 0; s < levels_.size(); ++s) {
      for (Index r = 0; r < rank_; ++r) {
        gradient(first(s) + r) += sums(s) * theta(first(t) + r);
        gradient(first(t) + r) += sums(s) * theta(first(s) + r);
      }
    }
    gradient(first(t) + rank_) += sums(t);
  }

  // Outputs are apart from one another: nothing changes along their axis.
  void add_slopes(const Theta&, const Pairs&, const ConstColumn&,
                  Eigen::Ref<MatrixXd>) const override {}

  void variances(const Theta& theta, const Placed& points, Column out) const override {
    for (Index i = 0; i < points.count; ++i) {
      const Index t = output(points, i);
      out(i) = covariances(theta, t)(t);
    }
  }

  void add_variance_slopes(const Theta&, const Placed&, Index, double,
                           Eigen::Ref<VectorXd>) const override {}

  // Random signs for each function that is mixed and for what each output has of its own.
  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index count,
                                                    Rng& rng) const override {
    const Index outputs = levels_.size();
    const auto sign = [&rng] { return (rng() >> 63) != 0 ? 1.0 : -1.0; };
    MatrixXd features = MatrixXd::Zero(outputs, count);
    for (Index j = 0; j < count; ++j) {
      for (Index r = 0; r < rank_; ++r) {
        const double shared = sign();
        for (Index t = 0; t < outputs; ++t) features(t, j) += shared * theta(first(t) + r);
      }
      for (Index t = 0; t < outputs; ++t)
        features(t, j) += sign() * std::sqrt(theta(first(t) + rank_));
    }
    features /= std::sqrt(static_cast<double>(count));
    return std::make_unique<OutputFeatures>(slot_, std::move(features));
  }

 private:
  class OutputFeatures final : public PriorFeatures {
   public:
    OutputFeatures(std::size_t slot, MatrixXd features)
        : slot_(slot), features_(std::move(features)) {}
    [[nodiscard]] Index count() const override { return features_.cols(); }
    [[nodiscard]] MatrixXd evaluate(const Placed& points) const override {
      MatrixXd values(points.count, features_.cols());
      for (Index i = 0; i < points.count; ++i)
        values.row(i) = features_.row(static_cast<Index>(points.slots[slot_](i, 0)));
      return values;
    }

   private:
    std::size_t slot_;
    MatrixXd features_;
  };

  [[nodiscard]] Index first(Index output) const { return loading_ + output * (rank_ + 1); }
  [[nodiscard]] Index output(const Placed& points, Index i) const {
    return static_cast<Index>(points.slots[slot_](i, 0));
  }
  // Row t of the matrix.
  [[nodiscard]] VectorXd covariances(const Theta& theta, Index t) const {
    VectorXd row(levels_.size());
    for (Index s = 0; s < row.size(); ++s)
      row(s) = theta.segment(first(s), rank_).dot(theta.segment(first(t), rank_));
    row(t) += theta(first(t) + rank_);
    return row;
  }

  VectorXd levels_;
  int rank_;
  std::size_t slot_;
  Index axis_ = 0;
  Index loading_ = 0;
};

}  // namespace

std::unique_ptr<const KernelNode> make_coregionalisation(const KernelSpec& spec,
                                                         const std::string& path, Layout& layout) {
  return std::make_unique<Coregionalisation>(spec, path, layout);
}

}  // namespace foray::surrogate::detail
