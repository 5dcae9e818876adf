#pragma once

#include <Eigen/Core>
#include <vector>

// Plain data that C++17 reads too: the network's own source is compiled as such.
namespace foray::surrogate {

/// A network whose layers pass through tanh and whose outputs are linear in the last layer and in
/// the inputs: smooth everywhere.
struct NetworkShape {
  Eigen::Index inputs = 0;
  std::vector<Eigen::Index> layers = {};  ///< widths, one layer or more.
  Eigen::Index outputs = 0;
};

/// The numbers that a network of this shape is: for each layer its weights (a row for each of its
/// units) and its offsets; then the weights of the outputs from the last layer, and from the
/// inputs.
[[nodiscard]] inline Eigen::Index connection_count(const NetworkShape& shape) {
  Eigen::Index below = shape.inputs;
  Eigen::Index count = 0;
  for (const Eigen::Index width : shape.layers) {
    count += width * (below + 1);
    below = width;
  }
  return count + shape.outputs * (below + shape.inputs);
}

/// Evaluates networks and differentiates them. `connections` has connection_count(shape) numbers.
///
/// Const methods may be called concurrently; results do not depend on the number of threads.
class Network {
 public:
  virtual ~Network() = default;

  /// For the columns of x (inputs x n): outputs x n.
  [[nodiscard]] virtual Eigen::MatrixXd outputs(
      const NetworkShape& shape, const Eigen::Ref<const Eigen::VectorXd>& connections,
      const Eigen::Ref<const Eigen::MatrixXd>& x) const = 0;

  /// The gradient in the connections of a function of the outputs, from its gradient in these
  /// (outputs x n).
  [[nodiscard]] virtual Eigen::VectorXd pull_back(
      const NetworkShape& shape, const Eigen::Ref<const Eigen::VectorXd>& connections,
      const Eigen::Ref<const Eigen::MatrixXd>& x,
      const Eigen::Ref<const Eigen::MatrixXd>& slopes) const = 0;

  /// The derivatives of the outputs in the inputs at one point: outputs x inputs.
  [[nodiscard]] virtual Eigen::MatrixXd jacobian(
      const NetworkShape& shape, const Eigen::Ref<const Eigen::VectorXd>& connections,
      const Eigen::Ref<const Eigen::VectorXd>& x) const = 0;
};

}  // namespace foray::surrogate
