// Wilson, Hu, Salakhutdinov, Xing (2016), "Deep kernel learning", AISTATS, arXiv:1511.02222.
#include <cmath>
#include <utility>

#include "foray/common/check.h"
#include "kernel_node.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The features that there are without a network: the coordinates, those that are too many added to
// the first ones, so that distances stay of the same size.
MatrixXd plain_features(Index features, Index inputs) {
  MatrixXd plain = MatrixXd::Zero(features, inputs);
  for (Index i = 0; i < inputs; ++i) plain(i % features, i) = 1;
  for (Index f = 0; f < features; ++f)
    if (const double sum = plain.row(f).sum(); sum > 1) plain.row(f) /= std::sqrt(sum);
  return plain;
}

class Deep final : public KernelNode {
 public:
  Deep(const KernelSpec& spec, DeepPlace place, std::unique_ptr<const KernelNode> inner)
      : shape_{static_cast<Index>(place.axes.size()), spec.layers, spec.features},
        plain_(plain_features(shape_.outputs, shape_.inputs)),
        at_(std::move(place)),
        network_(spec.network),
        inner_(std::move(inner)) {}

  // Its own slot holds what the network sees: the coordinates from -1 to 1.
  void place(const Theta& theta, const Eigen::Ref<const MatrixXd>& x,
             Placed& placed) const override {
    const MatrixXd rows = rows_at(x, at_.axes);
    const MatrixXd inputs = 2 * rows.transpose().array() - 1;
    placed.slots.emplace_back(inputs.transpose());
    MatrixXd features = network_->outputs(shape_, connections(theta), inputs);
    features.noalias() += plain_ * rows.transpose();
    inner_->place(theta, features, placed);
  }

  void values(const Theta& theta, const Pairs& pairs, Column out) const override {
    inner_->values(theta, pairs, out);
  }

  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    inner_->add_gradient(theta, pairs, weight, gradient);
  }

  void add_slopes(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                  Eigen::Ref<MatrixXd> slopes) const override {
    MatrixXd along = MatrixXd::Zero(pairs.count, shape_.outputs);
    inner_->add_slopes(theta, pairs, weight, along);
    const MatrixXd by_input = along * jacobian(theta, pairs.b, pairs.j);
    for (std::size_t i = 0; i < at_.axes.size(); ++i)
      slopes.col(at_.axes[i]) += by_input.col(static_cast<Index>(i));
  }

  void add_moves(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                 Eigen::Ref<VectorXd> moves) const override {
    MatrixXd along = MatrixXd::Zero(pairs.count, shape_.outputs);
    inner_->add_slopes(theta, pairs, weight, along);
    moves.segment(at_.feature, shape_.outputs) += along.colwise().sum().transpose();
  }

  void pull_back(const Theta& theta, const Placed& points, const Eigen::Ref<const MatrixXd>& moves,
                 Eigen::Ref<VectorXd> gradient) const override {
    gradient.segment(at_.connection, connection_count(shape_)) +=
        network_->pull_back(shape_, connections(theta), points.slots[at_.slot].transpose(),
                            moves.middleRows(at_.feature, shape_.outputs));
  }

  void variances(const Theta& theta, const Placed& points, Column out) const override {
    inner_->variances(theta, points, out);
  }

  void add_variance_slopes(const Theta& theta, const Placed& points, Index j, double weight,
                           Eigen::Ref<VectorXd> gradient) const override {
    VectorXd along = VectorXd::Zero(shape_.outputs);
    inner_->add_variance_slopes(theta, points, j, weight, along);
    if ((along.array() == 0).all()) return;  // Most kernels are as large everywhere.
    const VectorXd by_input = jacobian(theta, points, j).transpose() * along;
    for (std::size_t i = 0; i < at_.axes.size(); ++i)
      gradient(at_.axes[i]) += by_input(static_cast<Index>(i));
  }

  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index count,
                                                    Rng& rng) const override {
    return inner_->draw(theta, count, rng);
  }

 private:
  [[nodiscard]] VectorXd connections(const Theta& theta) const {
    return theta.segment(at_.connection, connection_count(shape_));
  }

  // Of the features in the coordinates of point j.
  [[nodiscard]] MatrixXd jacobian(const Theta& theta, const Placed& points, Index j) const {
    const VectorXd inputs = points.slots[at_.slot].row(j).transpose();
    return plain_ + 2 * network_->jacobian(shape_, connections(theta), inputs);
  }

  NetworkShape shape_;
  MatrixXd plain_;
  DeepPlace at_;
  // Shared with the description; it has no state.
  std::shared_ptr<const Network> network_;
  std::unique_ptr<const KernelNode> inner_;
};

// Priors on connections: narrow enough for data to have to ask for a step. Wider ones know too well
// from few points where one lies, and predict worse than a kernel without a network.
constexpr double kSpreadOfLayers = 1;
constexpr double kSpreadOfOutputs = 0.3;

void add_connections(const std::string& path, Index count, Index below, double spread,
                     Layout& layout) {
  for (Index i = 0; i < count; ++i) {
    KernelParameter parameter;
    parameter.name = path + ".connection";
    parameter.kind = ParameterKind::kConnection;
    parameter.spread = spread / std::sqrt(static_cast<double>(below));
    layout.parameters.push_back(std::move(parameter));
  }
}

}  // namespace

DeepPlace deep_place(const KernelSpec& spec, const std::string& path, Layout& layout) {
  constexpr Index kWidest = 128;
  require(spec.network != nullptr, path + ": expected a network that evaluates it");
  require(!spec.layers.empty() && spec.layers.size() <= 4,
          path + ".layers: expected the widths of 1 to 4 layers, got " +
              std::to_string(spec.layers.size()));
  for (const Index width : spec.layers)
    require(width >= 1 && width <= kWidest,
            path + ".layers: expected widths from 1 to 128, got " + std::to_string(width));
  require(spec.features >= 1 && spec.features <= 16,
          path + ".features: expected 1 to 16, got " + std::to_string(spec.features));
  require(spec.least_points >= 10,
          path + ".least_points: expected 10 or more, got " + std::to_string(spec.least_points));
  DeepPlace place{axes_of(spec, layout), layout.slots, layout.features,
                  static_cast<Index>(layout.parameters.size())};
  ++layout.slots;
  layout.features += spec.features;
  const auto inputs = static_cast<Index>(place.axes.size());
  Index below = inputs;
  for (const Index width : spec.layers) {
    add_connections(path, width * below, below, kSpreadOfLayers, layout);
    add_connections(path, width, 1, kSpreadOfLayers / 2, layout);  // Offsets.
    below = width;
  }
  add_connections(path, spec.features * below, below, kSpreadOfOutputs, layout);
  add_connections(path, spec.features * inputs, inputs, kSpreadOfOutputs, layout);
  return place;
}

std::unique_ptr<const KernelNode> make_deep(const KernelSpec& spec, DeepPlace place,
                                            std::unique_ptr<const KernelNode> inner) {
  return std::make_unique<Deep>(spec, std::move(place), std::move(inner));
}

}  // namespace foray::surrogate::detail
