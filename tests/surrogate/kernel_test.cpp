#include "foray/surrogate/kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <functional>
#include <random>

#include "gp_cases.h"
#include "kernel_cases.h"

namespace foray::surrogate::kernel_test {
namespace {

using testing::compound;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kernel_cases;
using testing::on;
using testing::some_parameters;

// The covariance of the points 0 and `distance` of one coordinate.
double at_distance(const KernelSpec& spec, const Eigen::VectorXd& theta, double distance) {
  return Kernel(spec, 1).covariance(theta, Eigen::MatrixXd::Zero(1, 1),
                                    Eigen::MatrixXd::Constant(1, 1, distance))(0, 0);
}

// fvGP 4.8.8 (Python 3.11, NumPy 1.24), distance 0.7 and lengthscale 0.9.
TEST(Kernel, AgreesWithFvgp) {
  const Eigen::Vector2d theta(1, 0.9);
  EXPECT_NEAR(at_distance(KernelKind::kSquaredExponential, theta, .7), 0.738991296280309, 1e-14);
  EXPECT_NEAR(at_distance(KernelKind::kMatern12, theta, .7), 0.459425824035927, 1e-14);
  EXPECT_NEAR(at_distance(KernelKind::kMatern32, theta, .7), 0.610212187279143, 1e-14);
  EXPECT_NEAR(at_distance(KernelKind::kMatern52, theta, .7), 0.658294288091718, 1e-14);
  EXPECT_NEAR(at_distance(KernelKind::kPeriodic, Eigen::Vector3d(1, .9, 1.3), .7),
              0.087750167922162, 1e-14);
  // (1-d)^8 (32 d^3 + 25 d^2 + 8 d + 1), which is Wendland's of smoothness 3 for up to 3 axes.
  KernelSpec wendland(KernelKind::kWendland);
  wendland.smoothness = 3;
  const Eigen::MatrixXd along =
      Kernel(wendland, 3)
          .covariance(Eigen::Vector4d::Ones(), Eigen::Vector3d::Zero(), Eigen::Vector3d(.4, 0, 0));
  EXPECT_NEAR(along(0, 0), 0.17212704768, 1e-11);
  const Eigen::MatrixXd apart = Kernel(wendland, 2)
                                    .covariance(Eigen::Vector3d(2, 1.5, 2.5),
                                                Eigen::Vector2d(.1, .2), Eigen::Vector2d(.5, -.3));
  EXPECT_NEAR(apart(0, 0), 0.595392527110253, 1e-14);
  // g = sum_m w_m exp(-|x - c_m|^2 / l) with l = .5: twice the square of our lengthscale.
  KernelSpec amplitude(KernelKind::kAmplitude);
  amplitude.ard = false;
  amplitude.centres = Eigen::Matrix2d{{0, 1}, {0, 1}};
  const Eigen::MatrixXd g = Kernel(amplitude, 2)
                                .covariance(Eigen::Vector4d(1, 1, 2, .5), Eigen::Vector2d(.1, .2),
                                            Eigen::Vector2d(.5, -.3));
  EXPECT_NEAR(g(0, 0), 0.556073786084462, 1e-14);
}

// Formulas in closed form, evaluated here.
TEST(Kernel, AgreesWithClosedForms) {
  KernelSpec general(KernelKind::kMatern);
  const std::pair<double, KernelKind> same[] = {
      {0.5, KernelKind::kMatern12}, {1.5, KernelKind::kMatern32}, {2.5, KernelKind::kMatern52}};
  for (const auto& [nu, kind] : same)
    for (const double r : {0.0, 1e-9, 0.01, 0.7, 3.0, 40.0, 2000.0}) {
      general.nu = nu;
      EXPECT_NEAR(at_distance(general, Eigen::Vector2d(2, .9), r),
                  at_distance(kind, Eigen::Vector2d(2, .9), r), 1e-8 * (r < 1e-6) + 1e-13)
          << nu << " " << r;
    }
  EXPECT_NEAR(at_distance(KernelKind::kRationalQuadratic, Eigen::Vector3d(1, .9, 1.7), .7),
              std::pow(1 + .49 / (2 * 1.7 * .81), -1.7), 1e-15);
  KernelSpec mixture(KernelKind::kSpectralMixture);
  EXPECT_NEAR(at_distance(mixture, Eigen::VectorXd{{1, .9, .3, 2, .5, 1.1}}, .7),
              std::exp(-.49 / 1.62) * std::cos(2 * M_PI * .21) +
                  2 * std::exp(-.49 / .5) * std::cos(2 * M_PI * .77),
              1e-14);
  // Lengthscales .5 exp(2 (x - 1/2)) at .2 and .6.
  const double l = .5 * std::exp(-.6);
  const double m = .5 * std::exp(.2);
  EXPECT_NEAR(Kernel(KernelKind::kGibbs, 1)
                  .covariance(Eigen::Vector3d(1, .5, 2), Eigen::MatrixXd::Constant(1, 1, .2),
                              Eigen::MatrixXd::Constant(1, 1, .6))(0, 0),
              std::sqrt(2 * l * m / (l * l + m * m)) * std::exp(-.16 / (l * l + m * m)), 1e-15);
  KernelSpec cubic(KernelKind::kPolynomial);
  cubic.degree = 3;
  EXPECT_NEAR(
      Kernel(cubic, 1).covariance(Eigen::Vector3d(2, .5, .3), Eigen::MatrixXd::Constant(1, 1, .2),
                                  Eigen::MatrixXd::Constant(1, 1, .9))(0, 0),
      2 * std::pow(.3 - .3 * .4 / .25, 3), 1e-15);
  EXPECT_EQ(at_distance(KernelKind::kCategorical, Eigen::Vector2d(3, .5), 1), 3 * std::exp(-2));
  EXPECT_EQ(at_distance(KernelKind::kCategorical, Eigen::Vector2d(3, .5), 0), 3);
}

TEST(Kernel, PropertiesHoldForRandomPointsInTwoToTwelveDimensions) {
  Rng rng(5);
  std::uniform_real_distribution<double> uniform;
  for (Eigen::Index d = 2; d <= 12; ++d) {
    Eigen::MatrixXd x(d, 30);
    for (double& value : x.reshaped()) value = uniform(rng);
    for (Eigen::Index j = 0; j < 30; ++j) x(d - 1, j) = std::floor(4 * x(d - 1, j)) / 4;
    for (const auto& [name, spec] : kernel_cases(d)) {
      const Kernel kernel(spec, d);
      Eigen::VectorXd theta = some_parameters(kernel);
      for (double& value : theta) value *= 0.5 + uniform(rng);
      const Eigen::MatrixXd k = kernel.covariance(theta, x, x);
      EXPECT_TRUE(k.isApprox(k.transpose(), 1e-13)) << name << " " << d;
      const double least = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(k).eigenvalues()(0);
      EXPECT_GT(least, -1e-13 * k.trace()) << name << " " << d;
    }
  }
}

TEST(Kernel, WendlandIsPositiveDefiniteWhereThatOfOneDimensionIsNot) {
  // The corners of a cube in 9 dimensions: the function for one has an eigenvalue of -0.16 there.
  const Eigen::Index d = 9;
  Eigen::MatrixXd x(d, 1 << d);
  for (Eigen::Index j = 0; j < x.cols(); ++j)
    for (Eigen::Index i = 0; i < d; ++i) x(i, j) = static_cast<double>((j >> i) & 1);
  KernelSpec spec(KernelKind::kWendland);
  spec.smoothness = 1;
  spec.ard = false;
  const auto least = [&](const Eigen::MatrixXd& k) {
    return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(k).eigenvalues()(0);
  };
  for (const double l : {1.2, 1.6, 2.2})
    EXPECT_GT(least(Kernel(spec, d).covariance(Eigen::Vector2d(1, l), x, x)), 0) << l;
  Eigen::MatrixXd of_one(x.cols(), x.cols());
  for (Eigen::Index i = 0; i < x.cols(); ++i)
    for (Eigen::Index j = 0; j < x.cols(); ++j)
      of_one(i, j) = at_distance(spec, Eigen::Vector2d(1, 1.6), (x.col(i) - x.col(j)).norm());
  EXPECT_LT(least(of_one), -0.1);
}

TEST(Kernel, ParametersAreNamedByTheirPlace) {
  const auto names = [](const Kernel& kernel) {
    std::vector<std::string> all;
    for (const KernelParameter& p : kernel.parameters()) all.push_back(p.name);
    return all;
  };
  EXPECT_THAT(names(Kernel({}, 2)), ElementsAre("matern52.variance", "matern52.lengthscale[0]",
                                                "matern52.lengthscale[1]"));
  EXPECT_THAT(
      names(Kernel(
          compound(KernelKind::kSum, {KernelKind::kConstant, on(KernelKind::kPeriodic, {1})}), 2)),
      ElementsAre("sum[0].constant.variance", "sum[1].periodic.variance",
                  "sum[1].periodic.lengthscale[1]", "sum[1].periodic.period[1]"));
  // A product is as large as its factors when one of them has a size.
  EXPECT_EQ(
      Kernel(compound(KernelKind::kProduct, {KernelKind::kConstant, KernelKind::kMatern12}), 1)
          .parameters()
          .size(),
      2U);
}

TEST(Kernel, RefusesWhatIsNoKernel) {
  const auto message = [](const KernelSpec& spec, Eigen::Index d) -> std::string {
    try {
      const Kernel kernel(spec, d);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message(compound(KernelKind::kSum, {}), 1), HasSubstr("sum: expected one term"));
  KernelSpec leaf(KernelKind::kMatern52);
  leaf.terms = {KernelKind::kMatern52};
  EXPECT_THAT(message(leaf, 1), HasSubstr("matern52: expected no terms"));
  EXPECT_THAT(message(compound(KernelKind::kSum, {on(KernelKind::kLinear, {2})}), 2),
              HasSubstr("sum[0].linear.axes: expected axes from 0 to 1, got 2"));
  EXPECT_THAT(message(on(KernelKind::kLinear, {1, 1}), 2), HasSubstr("axis 1 is named twice"));
  KernelSpec wrong(KernelKind::kMatern);
  wrong.nu = 0;
  EXPECT_THAT(message(wrong, 1), HasSubstr("matern.nu"));
  wrong = KernelKind::kWendland;
  wrong.smoothness = 4;
  EXPECT_THAT(message(wrong, 1), HasSubstr("wendland.smoothness: expected 1, 2 or 3, got 4"));
  wrong = KernelKind::kPolynomial;
  wrong.degree = 0;
  EXPECT_THAT(message(wrong, 1), HasSubstr("polynomial.degree"));
  wrong = KernelKind::kPeriodic;
  wrong.rotate = true;
  EXPECT_THAT(message(wrong, 2), HasSubstr("periodic.rotate"));
  wrong = KernelKind::kMatern52;
  wrong.rotate = true;
  EXPECT_THAT(message(wrong, 1), HasSubstr("two axes or more"));
  EXPECT_THAT(message(KernelKind::kCategorical, 2), HasSubstr("categorical.axes"));
  EXPECT_THAT(message(KernelKind::kAmplitude, 2), HasSubstr("amplitude.centres"));
  wrong = KernelKind::kMatern52;
  wrong.limits = {{ParameterKind::kPeriod, Eigen::VectorXd::Ones(1), Eigen::VectorXd::Ones(1)}};
  EXPECT_THAT(message(wrong, 1), HasSubstr("matern52.period: this kernel has no such parameter"));
  wrong.limits = {
      {ParameterKind::kLengthscale, Eigen::VectorXd::Ones(1), Eigen::VectorXd::Constant(1, .5)}};
  EXPECT_THAT(message(wrong, 1), HasSubstr("above the upper"));
  wrong.limits = {
      {ParameterKind::kLengthscale, Eigen::VectorXd::Zero(1), Eigen::VectorXd::Ones(1)}};
  EXPECT_THAT(message(wrong, 1), HasSubstr("a limit above 0"));
  // A factor has no variance: that of the product is its size.
  KernelSpec factor(KernelKind::kMatern52);
  factor.limits = {{ParameterKind::kVariance, Eigen::VectorXd::Ones(1), Eigen::VectorXd::Ones(1)}};
  EXPECT_THAT(message(compound(KernelKind::kProduct, {factor}), 1),
              HasSubstr("product[0].matern52.variance"));
}

TEST(Kernel, PackAndUnpackAreInverse) {
  const Hyperparameters h = testing::some_hyperparameters(4);
  const Hyperparameters back = unpack(pack(h));
  EXPECT_EQ(back.kernel, h.kernel);
  EXPECT_EQ(back.nugget, h.nugget);
}

TEST(Kernel, UnpackRefusesWhatIsNoHyperparameters) {
  EXPECT_THROW((void)unpack(Eigen::VectorXd{{1}}), std::invalid_argument);
  EXPECT_THROW((void)unpack(Eigen::VectorXd{{1, 1, -1e-9}}), std::invalid_argument);
  EXPECT_THROW((void)unpack(Eigen::VectorXd{{1, NAN, 0}}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::surrogate::kernel_test
