#include <gtest/gtest.h>

#include <cmath>
#include <complex>

#include "reference_case.h"

namespace foray::scattering::lamellae_test {
namespace {

TEST(LamellarModels, AreTheClosedForms) {
  for (const char* name : {"lamellar", "lamellar_hg", "lamellar_stack_caille",
                           "lamellar_stack_paracrystal", "lamellar_stack_paracrystal_mixed"}) {
    expect_case(name, 3e-10);
  }
}

TEST(LamellarHg, WithoutHeadsIsALamellaOfTwiceTheTail) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(50, 0.01, 0.7);
  const Eigen::VectorXd two =
      Model("lamellar_hg")
          .intensity(q, {{"length_tail", 15}, {"length_head", 0}, {"sld", 1}, {"sld_solvent", 6}});
  const Eigen::VectorXd one = Model("lamellar").intensity(q, {{"thickness", 30}});
  EXPECT_TRUE(two.isApprox(one, 1e-12));
}

// A paracrystal without disorder is the sum of N sheets: sin^2(N q d / 2) / (N sin^2(q d / 2)).
TEST(LamellarStackParacrystal, WithoutDisorderIsAFiniteGrating) {
  const double d = 250, q = 0.031;
  const ModelValues values = {{"Nlayers", 7}, {"sigma_d", 0}};
  const double one = intensity_at(Model("lamellar_stack_paracrystal"), q, {{"Nlayers", 1}});
  const double expected = one * std::pow(std::sin(3.5 * q * d) / std::sin(0.5 * q * d), 2) / 7;
  EXPECT_NEAR(intensity_at(Model("lamellar_stack_paracrystal"), q, values), expected,
              1e-10 * expected);
}

TEST(LamellarStackCaille, WithoutFluctuationIsAFiniteGrating) {
  const double d = 400, q = 0.0121;
  const Model subject("lamellar_stack_caille");
  const double one = intensity_at(subject, q, {{"Nlayers", 1}});
  const double expected = one * std::pow(std::sin(2 * q * d) / std::sin(0.5 * q * d), 2) / 4;
  EXPECT_NEAR(intensity_at(subject, q, {{"Nlayers", 4}, {"Caille_parameter", 0}}), expected,
              1e-10 * expected);
}

}  // namespace
}  // namespace foray::scattering::lamellae_test
