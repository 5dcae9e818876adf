// The spectral mixture: Wilson & Adams (2013), arXiv:1302.4245, eq. 12.
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

class SpectralMixture final : public KernelNode {
 public:
  SpectralMixture(const KernelSpec& spec, const std::string& path, Layout& layout)
      : axes_(axes_of(spec, layout)), components_(spec.components), slot_(layout.slots++) {
    require(components_ >= 1 && components_ <= 20,
            path + ".components: expected 1 to 20, got " + std::to_string(components_));
    first_ = static_cast<Index>(layout.parameters.size());
    for (int q = 0; q < components_; ++q) {
      const std::string here = path + ".component[" + std::to_string(q) + "]";
      add_parameters(spec, here, ParameterKind::kVariance, {}, false, layout);
      add_parameters(spec, here, ParameterKind::kLengthscale, axes_, true, layout);
      add_parameters(spec, here, ParameterKind::kFrequency, axes_, true, layout);
    }
  }

  void place(const Theta&, const Eigen::Ref<const MatrixXd>& x, Placed& placed) const override {
    placed.slots.push_back(rows_at(x, axes_));
  }

  void values(const Theta& theta, const Pairs& pairs, Column out) const override {
    out.setZero();
    for (int q = 0; q < components_; ++q) {
      const Component c(*this, theta, pairs, q);
      out += theta(variance(q)) * c.envelope * c.phase.cos();
    }
  }

  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    for (int q = 0; q < components_; ++q) {
      const Component c(*this, theta, pairs, q);
      const ArrayXd even = weight * c.envelope * c.phase.cos();
      const ArrayXd odd = weight * c.envelope * c.phase.sin();
      const double w = theta(variance(q));
      gradient(variance(q)) += even.sum();
      for (Index i = 0; i < size(); ++i) {
        const ArrayXd difference = between(pairs, i);
        const double l = theta(lengthscale(q) + i);
        gradient(lengthscale(q) + i) += w * (even * difference.square()).sum() / (l * l * l);
        gradient(frequency(q) + i) -= w * 2 * std::numbers::pi * (odd * difference).sum();
      }
    }
  }

  void add_slopes(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                  Eigen::Ref<MatrixXd> slopes) const override {
    for (int q = 0; q < components_; ++q) {
      const Component c(*this, theta, pairs, q);
      const ArrayXd envelope = theta(variance(q)) * weight * c.envelope;
      for (Index i = 0; i < size(); ++i) {
        const double l = theta(lengthscale(q) + i);
        slopes.col(axes_[static_cast<std::size_t>(i)]).array() +=
            envelope * (c.phase.cos() * between(pairs, i) / (l * l) +
                        c.phase.sin() * 2 * std::numbers::pi * theta(frequency(q) + i));
      }
    }
  }

  void variances(const Theta& theta, const Placed&, Column out) const override {
    out.setConstant(total(theta));
  }

  // A component in proportion to its weight, either sign of its frequency.
  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index count,
                                                    Rng& rng) const override {
    std::vector<double> weights;
    for (int q = 0; q < components_; ++q) weights.push_back(theta(variance(q)));
    std::discrete_distribution<int> component(weights.begin(), weights.end());
    MatrixXd frequencies = normal_matrix(count, size(), rng);
    for (Index j = 0; j < count; ++j) {
      const int q = component(rng);
      for (Index i = 0; i < size(); ++i)
        frequencies(j, i) = frequencies(j, i) / theta(lengthscale(q) + i) +
                            2 * std::numbers::pi * theta(frequency(q) + i);
    }
    return std::make_unique<Scaled>(fourier_features(slot_, std::move(frequencies), rng),
                                    std::sqrt(total(theta)));
  }

 private:
  class Scaled final : public PriorFeatures {
   public:
    Scaled(std::unique_ptr<PriorFeatures> inner, double factor)
        : inner_(std::move(inner)), factor_(factor) {}
    [[nodiscard]] Index count() const override { return inner_->count(); }
    [[nodiscard]] MatrixXd evaluate(const Placed& points) const override {
      return factor_ * inner_->evaluate(points);
    }

   private:
    std::unique_ptr<PriorFeatures> inner_;
    double factor_;
  };

  // exp(-r_q^2 / 2) and 2 pi f_q . (a - b).
  struct Component {
    Component(const SpectralMixture& node, const Theta& theta, const Pairs& pairs, int q)
        : envelope(ArrayXd::Zero(pairs.count)), phase(ArrayXd::Zero(pairs.count)) {
      for (Index i = 0; i < node.size(); ++i) {
        const ArrayXd difference = node.between(pairs, i);
        envelope -= 0.5 * (difference / theta(node.lengthscale(q) + i)).square();
        phase += 2 * std::numbers::pi * theta(node.frequency(q) + i) * difference;
      }
      envelope = envelope.exp();
    }
    ArrayXd envelope, phase;
  };

  [[nodiscard]] Index size() const { return static_cast<Index>(axes_.size()); }
  [[nodiscard]] Index variance(int q) const { return first_ + q * (1 + 2 * size()); }
  [[nodiscard]] Index lengthscale(int q) const { return variance(q) + 1; }
  [[nodiscard]] Index frequency(int q) const { return variance(q) + 1 + size(); }
  [[nodiscard]] double total(const Theta& theta) const {
    double sum = 0;
    for (int q = 0; q < components_; ++q) sum += theta(variance(q));
    return sum;
  }
  [[nodiscard]] ArrayXd between(const Pairs& pairs, Index i) const {
    return pairs.a.slots[slot_].col(i).segment(pairs.first, pairs.count).array() -
           pairs.b.slots[slot_](pairs.j, i);
  }

  std::vector<Index> axes_;
  int components_;
  std::size_t slot_;
  Index first_ = 0;
};

}  // namespace

std::unique_ptr<const KernelNode> make_spectral(const KernelSpec& spec, const std::string& path,
                                                Layout& layout) {
  return std::make_unique<SpectralMixture>(spec, path, layout);
}

}  // namespace foray::surrogate::detail
