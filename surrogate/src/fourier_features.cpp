// Rahimi, Recht (2007), "Random features for large-scale kernel machines".
#include <cmath>
#include <numbers>
#include <random>
#include <utility>

#include "kernel_node.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

class FourierFeatures final : public PriorFeatures {
 public:
  FourierFeatures(std::size_t slot, MatrixXd frequencies, VectorXd phases)
      : slot_(slot), frequencies_(std::move(frequencies)), phases_(std::move(phases)) {}

  [[nodiscard]] Index count() const override { return frequencies_.rows(); }

  [[nodiscard]] MatrixXd evaluate(const Placed& points) const override {
    MatrixXd angles = points.slots[slot_] * frequencies_.transpose();
    angles.rowwise() += phases_.transpose();
    return std::sqrt(2 / static_cast<double>(count())) * angles.array().cos();
  }

 private:
  std::size_t slot_;
  MatrixXd frequencies_;  // count x coordinates
  VectorXd phases_;
};

}  // namespace

std::unique_ptr<PriorFeatures> fourier_features(std::size_t slot, MatrixXd frequencies, Rng& rng) {
  std::uniform_real_distribution<double> phase(0, 2 * std::numbers::pi);
  VectorXd phases(frequencies.rows());
  for (double& value : phases) value = phase(rng);
  return std::make_unique<FourierFeatures>(slot, std::move(frequencies), std::move(phases));
}

MatrixXd normal_matrix(Index rows, Index columns, Rng& rng) {
  std::normal_distribution<double> normal;
  MatrixXd values(rows, columns);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) values(i, j) = normal(rng);
  return values;
}

}  // namespace foray::surrogate::detail
