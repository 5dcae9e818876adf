#include "foray/deep/torch_network.h"

#include <torch/torch.h>

#include <stdexcept>
#include <string>

// Compiled as C++17, as LibTorch's headers are.
namespace foray::deep {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using surrogate::NetworkShape;
using Vector = Eigen::Ref<const VectorXd>;
using Matrix = Eigen::Ref<const MatrixXd>;

// LibTorch would share sums among threads; the setting belongs to the calling thread.
void use_one_thread() {
  thread_local bool done = false;
  if (!done) at::set_num_threads(1);
  done = true;
}

// A copy, a row for each column of the matrix.
torch::Tensor tensor_of(const Matrix& columns) {
  torch::Tensor tensor = torch::empty({columns.cols(), columns.rows()}, torch::kDouble);
  Eigen::Map<MatrixXd>(tensor.data_ptr<double>(), columns.rows(), columns.cols()) = columns;
  return tensor;
}

// A column for each row of the tensor.
MatrixXd matrix_of(const torch::Tensor& rows) {
  const torch::Tensor flat = rows.contiguous();
  return Eigen::Map<const MatrixXd>(flat.data_ptr<double>(), flat.size(1), flat.size(0));
}

// Gives out one array after another.
struct Connections {
  torch::Tensor all;  // Of one dimension.
  Index used = 0;

  torch::Tensor take(Index rows, Index columns) {
    used += rows * columns;
    return all.narrow(0, used - rows * columns, rows * columns).view({rows, columns});
  }
};

torch::Tensor forward(const NetworkShape& shape, const torch::Tensor& connections,
                      const torch::Tensor& x) {
  Connections rest{connections};
  torch::Tensor layer = x;
  for (const Index width : shape.layers) {
    const torch::Tensor weights = rest.take(width, layer.size(1));
    layer = torch::tanh(torch::addmm(rest.take(1, width), layer, weights.t()));
  }
  const torch::Tensor last = rest.take(shape.outputs, layer.size(1));
  const torch::Tensor straight = rest.take(shape.outputs, shape.inputs);
  return layer.mm(last.t()) + x.mm(straight.t());
}

void check(const NetworkShape& shape, const Vector& connections, const Matrix& x) {
  if (connections.size() != connection_count(shape) || x.rows() != shape.inputs)
    throw std::invalid_argument("Network: expected " + std::to_string(connection_count(shape)) +
                                " connections and " + std::to_string(shape.inputs) +
                                " inputs, got " + std::to_string(connections.size()) + " and " +
                                std::to_string(x.rows()));
}

class TorchNetwork final : public surrogate::Network {
 public:
  [[nodiscard]] MatrixXd outputs(const NetworkShape& shape, const Vector& connections,
                                 const Matrix& x) const override {
    check(shape, connections, x);
    use_one_thread();
    const torch::NoGradGuard guard;
    return matrix_of(forward(shape, tensor_of(connections).view(-1), tensor_of(x)));
  }

  [[nodiscard]] VectorXd pull_back(const NetworkShape& shape, const Vector& connections,
                                   const Matrix& x, const Matrix& slopes) const override {
    check(shape, connections, x);
    use_one_thread();
    const torch::Tensor leaves = tensor_of(connections).view(-1).set_requires_grad(true);
    const torch::Tensor out = forward(shape, leaves, tensor_of(x));
    const torch::Tensor gradient =
        torch::autograd::grad({out}, {leaves}, {tensor_of(slopes)}).front().contiguous();
    return Eigen::Map<const VectorXd>(gradient.data_ptr<double>(), gradient.numel());
  }

  // Row i of the outputs of as many equal points is differentiated in point i.
  [[nodiscard]] MatrixXd jacobian(const NetworkShape& shape, const Vector& connections,
                                  const Vector& x) const override {
    check(shape, connections, x);
    use_one_thread();
    const torch::Tensor points = tensor_of(x.replicate(1, shape.outputs)).set_requires_grad(true);
    const torch::Tensor out = forward(shape, tensor_of(connections).view(-1), points);
    const torch::Tensor each = torch::eye(shape.outputs, torch::kDouble);
    return matrix_of(torch::autograd::grad({out}, {points}, {each}).front()).transpose();
  }
};

}  // namespace

bool available() { return true; }

std::shared_ptr<const surrogate::Network> torch_network() {
  return std::make_shared<TorchNetwork>();
}

}  // namespace foray::deep
