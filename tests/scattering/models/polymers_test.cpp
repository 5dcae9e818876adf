#include <gtest/gtest.h>

#include <cmath>

#include "reference_case.h"

namespace foray::scattering::polymers_test {
namespace {

TEST(PolymerModels, AreTheClosedForms) {
  for (const char* name :
       {"mono_gauss_coil", "poly_gauss_coil", "polymer_excl_volume", "star_polymer"}) {
    expect_case(name, 3e-11);
  }
}

// 2 int_0^1 (1 - t) exp(-u t^(2/m)) dt by the midpoint rule: the source's eq 13.
TEST(PolymerExcludedVolume, IsTheIntegralAlongTheChainOnBothSidesOfItsSeries) {
  const double rg = 60, m = 1.7;
  for (const double u : {0.01, 0.999, 1.001, 30.0}) {
    const double q = std::sqrt(6 * u / ((2 / m + 1) * (2 / m + 2))) / rg;
    const int n = 200000;
    double sum = 0;
    for (int i = 0; i < n; ++i) {
      const double t = (i + 0.5) / n;
      sum += 2 * (1 - t) * std::exp(-u * std::pow(t, 2 / m)) / n;
    }
    const double got =
        intensity_at(Model("polymer_excl_volume"), q, {{"rg", rg}, {"porod_exp", m}});
    EXPECT_NEAR(got, sum, 1e-8 * sum) << "u " << u;
  }
}

TEST(PolymerExcludedVolume, IsAGaussCoilAtExponentTwo) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(40, 0.002, 0.4);
  const Eigen::VectorXd chain =
      Model("polymer_excl_volume").intensity(q, {{"rg", 50}, {"porod_exp", 2}});
  const Eigen::VectorXd coil = Model("mono_gauss_coil").intensity(q, {{"i_zero", 1}, {"rg", 50}});
  EXPECT_TRUE(chain.isApprox(coil, 1e-12));
}

TEST(PolyGaussCoil, IsSmoothAcrossItsSeriesAndTendsToTheMonodisperseCoil) {
  const Model subject("poly_gauss_coil");
  // z (1 + 4u) = 1e-3 at u = 0.5 lies at x^2 = 6.67e-4.
  const double edge = std::sqrt(1e-3 / 3 * 2) / 75;
  for (const double q : {edge * 0.999999, edge * 1.000001}) {
    const double z = std::pow(q * 75, 2) / 2, u = 0.5;
    // Five terms of the binomial series.
    const double series = 1 - z * (1 + 2 * u) / 3 + z * z * (1 + 2 * u) * (1 + 3 * u) / 12 -
                          z * z * z * (1 + 2 * u) * (1 + 3 * u) * (1 + 4 * u) / 60;
    EXPECT_NEAR(intensity_at(subject, q, {{"polydispersity", 1.5}}), 70 * series, 1e-10);
  }
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(40, 0.002, 0.4);
  EXPECT_TRUE(subject.intensity(q, {{"polydispersity", 1 + 1e-9}})
                  .isApprox(Model("mono_gauss_coil").intensity(q), 1e-7));
  EXPECT_TRUE(subject.intensity(q, {{"polydispersity", 1}})
                  .isApprox(Model("mono_gauss_coil").intensity(q), 1e-13));
}

TEST(StarPolymer, WithTwoArmsIsALinearChain) {
  // v = q^2 rg^2 2 / 4: two arms make a chain of rg_squared.
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(40, 0.01, 1);
  const Eigen::VectorXd star =
      Model("star_polymer").intensity(q, {{"arms", 2}, {"rg_squared", 400}});
  const Eigen::VectorXd coil = Model("mono_gauss_coil").intensity(q, {{"i_zero", 1}, {"rg", 20}});
  EXPECT_TRUE(star.isApprox(coil, 1e-12));
}

}  // namespace
}  // namespace foray::scattering::polymers_test
