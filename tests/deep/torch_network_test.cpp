#include "foray/deep/torch_network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <thread>

#include "foray/surrogate/calibration.h"
#include "foray/surrogate/gp_training.h"
#include "surrogate/small_network.h"

namespace foray::deep::torch_network_test {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using surrogate::NetworkShape;

MatrixXd random_matrix(Index rows, Index columns, unsigned seed) {
  Rng rng(seed);
  std::normal_distribution<double> normal;
  MatrixXd values(rows, columns);
  for (double& value : values.reshaped()) value = normal(rng);
  return values;
}

class TorchNetwork : public ::testing::Test {
 protected:
  void SetUp() override {
    EXPECT_EQ(available(), torch_network() != nullptr);
    if (!available()) GTEST_SKIP() << "built without LibTorch";
  }
};

TEST_F(TorchNetwork, AgreesWithANetworkOfOneLayerWrittenOut) {
  const NetworkShape shape{3, {5}, 2};
  const VectorXd connections = random_matrix(connection_count(shape), 1, 1);
  const MatrixXd x = random_matrix(3, 7, 2);
  const MatrixXd slopes = random_matrix(2, 7, 3);
  const auto torch = torch_network();
  const surrogate::testing::SmallNetwork wanted;
  EXPECT_TRUE(
      torch->outputs(shape, connections, x).isApprox(wanted.outputs(shape, connections, x), 1e-13));
  EXPECT_TRUE(torch->pull_back(shape, connections, x, slopes)
                  .isApprox(wanted.pull_back(shape, connections, x, slopes), 1e-12));
  EXPECT_TRUE(torch->jacobian(shape, connections, x.col(4))
                  .isApprox(wanted.jacobian(shape, connections, x.col(4)), 1e-12));
}

TEST_F(TorchNetwork, DerivativesOfThreeLayersMatchCentralDifferences) {
  const NetworkShape shape{2, {4, 3, 5}, 3};
  const VectorXd connections = random_matrix(connection_count(shape), 1, 4);
  const MatrixXd x = random_matrix(2, 6, 5);
  const MatrixXd slopes = random_matrix(3, 6, 6);
  const auto network = torch_network();
  const VectorXd gradient = network->pull_back(shape, connections, x, slopes);
  constexpr double kStep = 1e-6;
  for (Index p = 0; p < connections.size(); ++p) {
    VectorXd up = connections;
    VectorXd down = connections;
    up(p) += kStep;
    down(p) -= kStep;
    const MatrixXd change =
        (network->outputs(shape, up, x) - network->outputs(shape, down, x)) / (2 * kStep);
    EXPECT_NEAR(gradient(p), change.cwiseProduct(slopes).sum(), 1e-7) << p;
  }
  const MatrixXd jacobian = network->jacobian(shape, connections, x.col(2));
  for (Index i = 0; i < 2; ++i) {
    VectorXd up = x.col(2);
    VectorXd down = up;
    up(i) += kStep;
    down(i) -= kStep;
    const MatrixXd change =
        (network->outputs(shape, connections, up) - network->outputs(shape, connections, down)) /
        (2 * kStep);
    EXPECT_TRUE(jacobian.col(i).isApprox(change.col(0), 1e-7)) << i;
  }
}

// Settings of LibTorch belong to a thread.
TEST_F(TorchNetwork, GivesAnotherThreadOfTheSameProcessTheSameBits) {
  const NetworkShape shape{4, {64, 64}, 3};
  const VectorXd connections = random_matrix(connection_count(shape), 1, 7);
  const MatrixXd x = random_matrix(4, 3000, 8);
  const MatrixXd slopes = random_matrix(3, 3000, 9);
  const auto network = torch_network();
  const MatrixXd outputs = network->outputs(shape, connections, x);
  const VectorXd gradient = network->pull_back(shape, connections, x, slopes);
  std::thread other([&] {
    EXPECT_EQ(network->outputs(shape, connections, x), outputs);
    EXPECT_EQ(network->pull_back(shape, connections, x, slopes), gradient);
  });
  other.join();
}

TEST_F(TorchNetwork, RefusesWhatDoesNotFit) {
  const NetworkShape shape{2, {3}, 1};
  EXPECT_THROW((void)torch_network()->outputs(shape, VectorXd::Zero(3), MatrixXd::Zero(2, 1)),
               std::invalid_argument);
  EXPECT_THROW((void)torch_network()->outputs(shape, VectorXd::Zero(connection_count(shape)),
                                              MatrixXd::Zero(3, 1)),
               std::invalid_argument);
}

// A step of 1 where a bent line is crossed, with noise of 0.05.
surrogate::Observations bent_step(Index n, unsigned seed) {
  Rng rng(seed);
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  surrogate::Observations data{MatrixXd(2, n), VectorXd(n), VectorXd::Constant(n, 0.0025)};
  for (Index j = 0; j < n; ++j) {
    data.x.col(j) << uniform(rng), uniform(rng);
    const double line = data.x(1, j) - 0.3 - 0.4 * std::sin(3 * data.x(0, j));
    data.y(j) = 0.5 * std::tanh(line / 0.02) + 0.05 * normal(rng);
  }
  return data;
}

// Minus the mean logarithm of the density predicted for values that took no part.
double nlpd(const surrogate::KernelSpec& kernel, Index n, unsigned seed) {
  surrogate::FitOptions options;
  options.gp.kernel = kernel;
  options.gp.threads = 2;
  Rng rng(seed);
  const surrogate::GpFit fit = fit_gp(bent_step(n, seed), options, rng);
  const surrogate::Observations held = bent_step(2000, 1000 + seed);
  const surrogate::Posterior at = fit.model.predict(held.x);
  const Eigen::ArrayXd variance =
      at.variance.array() + held.noise.array() + fit.hyperparameters.nugget;
  return 0.5 *
         ((2 * M_PI * variance).log() + (held.y - at.mean).array().square() / variance).mean();
}

TEST_F(TorchNetwork, LearnsAStepAlongABentLine) {
  surrogate::KernelSpec deep(surrogate::KernelKind::kDeep);
  deep.layers = {16, 8};
  deep.network = torch_network();
  deep.terms = {surrogate::KernelKind::kMatern52};
  const surrogate::KernelSpec plain = surrogate::KernelKind::kMatern52;
  // How much is gained differs from draw to draw, and with rounding: what counts is the mean.
  double gained = 0;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    gained += (nlpd(plain, 120, seed) - nlpd(deep, 120, seed)) / 6;
  }
  EXPECT_GT(gained, 0.02);
  for (const unsigned seed : {1U, 2U, 3U}) {
    // From few points no network is learned that is worse than none.
    EXPECT_LT(nlpd(deep, 60, seed), nlpd(plain, 60, seed) + 0.02) << seed;
  }
}

}  // namespace
}  // namespace foray::deep::torch_network_test
