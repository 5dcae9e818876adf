#pragma once

#include <Eigen/Core>
#include <memory>

#include "foray/surrogate/kernel.h"
#include "foray/surrogate/network.h"

namespace foray::surrogate::testing {

/// Networks of one layer, written out: y = V tanh(W x + b) + A x.
class SmallNetwork final : public Network {
 public:
  [[nodiscard]] Eigen::MatrixXd outputs(const NetworkShape& shape,
                                        const Eigen::Ref<const Eigen::VectorXd>& connections,
                                        const Eigen::Ref<const Eigen::MatrixXd>& x) const override {
    const Parts p(shape, connections);
    return p.last * p.layer(x) + p.straight * x;
  }

  [[nodiscard]] Eigen::VectorXd pull_back(
      const NetworkShape& shape, const Eigen::Ref<const Eigen::VectorXd>& connections,
      const Eigen::Ref<const Eigen::MatrixXd>& x,
      const Eigen::Ref<const Eigen::MatrixXd>& slopes) const override {
    const Parts p(shape, connections);
    const Eigen::MatrixXd layer = p.layer(x);
    const Eigen::MatrixXd below =
        (p.last.transpose() * slopes).array() * (1 - layer.array().square());
    Eigen::VectorXd gradient(connections.size());
    const RowMajor first = below * x.transpose();
    const RowMajor last = slopes * layer.transpose();
    const RowMajor straight = slopes * x.transpose();
    gradient << first.reshaped<Eigen::RowMajor>(), below.rowwise().sum(),
        last.reshaped<Eigen::RowMajor>(), straight.reshaped<Eigen::RowMajor>();
    return gradient;
  }

  [[nodiscard]] Eigen::MatrixXd jacobian(
      const NetworkShape& shape, const Eigen::Ref<const Eigen::VectorXd>& connections,
      const Eigen::Ref<const Eigen::VectorXd>& x) const override {
    const Parts p(shape, connections);
    const Eigen::VectorXd slope = 1 - p.layer(x).array().square();
    return p.last * slope.asDiagonal() * p.first + p.straight;
  }

 private:
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  struct Parts {
    Parts(const NetworkShape& shape, const Eigen::Ref<const Eigen::VectorXd>& connections) {
      const Eigen::Index width = shape.layers.front();
      const double* at = connections.data();
      const auto take = [&at](Eigen::Index rows, Eigen::Index columns) {
        const RowMajor matrix = Eigen::Map<const RowMajor>(at, rows, columns);
        at += rows * columns;
        return matrix;
      };
      first = take(width, shape.inputs);
      offset = take(width, 1);
      last = take(shape.outputs, width);
      straight = take(shape.outputs, shape.inputs);
    }

    [[nodiscard]] Eigen::MatrixXd layer(const Eigen::Ref<const Eigen::MatrixXd>& x) const {
      return ((first * x).colwise() + offset).array().tanh();
    }

    Eigen::MatrixXd first, last, straight;
    Eigen::VectorXd offset;
  };
};

/// `inner` on the features of a network of one layer.
inline KernelSpec deep(const KernelSpec& inner, Eigen::Index width, Eigen::Index features) {
  KernelSpec spec(KernelKind::kDeep);
  spec.layers = {width};
  spec.features = features;
  spec.least_points = 20;
  spec.network = std::make_shared<SmallNetwork>();
  spec.terms = {inner};
  return spec;
}

}  // namespace foray::surrogate::testing
