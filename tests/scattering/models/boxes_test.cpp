#include <gtest/gtest.h>

#include <cmath>

#include "brute_force.h"
#include "reference_case.h"

namespace foray::scattering::boxes_test {
namespace {

TEST(BoxModels, AreTheConvergedOrientationAverages) {
  for (const char* name : {"parallelepiped", "core_shell_parallelepiped", "rectangular_prism"}) {
    expect_case(name, 1e-9);
  }
}

double box(const Eigen::Vector3d& q, const Eigen::Vector3d& edges) {
  return edges[0] * plain_sinc(0.5 * q[0] * edges[0]) * edges[1] *
         plain_sinc(0.5 * q[1] * edges[1]) * edges[2] * plain_sinc(0.5 * q[2] * edges[2]);
}

TEST(Parallelepiped, IsTheBruteForceAverageWhateverEdgeIsLongest) {
  const double q = 0.11, expected = 9e-4 / (60.0 * 90 * 30) * mean_square(q, 400, [](const auto&k) {
                                      return box(k, {60, 90, 30});
                                    });
  EXPECT_NEAR(intensity_at(Model("parallelepiped"), q,
                           {{"length_a", 60}, {"length_b", 90}, {"length_c", 30}}),
              expected, 2e-4 * expected);
}

// Of a large cube each face gives 8 pi A sin^2(q a / 2) / q^4, edges about 30 / (q a) of it: so
// many directions that not all are kept.
TEST(Parallelepiped, TendsToWhatItsFacesScatter) {
  const double edge = 3000, q = 701 * M_PI / edge;
  const double expected = 9e-4 * 24 * M_PI * edge * edge / std::pow(q, 4) / std::pow(edge, 3);
  EXPECT_NEAR(intensity_at(Model("parallelepiped"), q,
                           {{"length_a", edge}, {"length_b", edge}, {"length_c", edge}}),
              expected, 0.03 * expected);
}

TEST(RectangularPrism, IsAParallelepiped) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(20, 0.01, 0.4);
  const Eigen::VectorXd prism =
      Model("rectangular_prism")
          .intensity(q, {{"sld", 4}, {"length_a", 40}, {"b2a_ratio", 1.5}, {"c2a_ratio", 0.5}});
  const Eigen::VectorXd solid =
      Model("parallelepiped").intensity(q, {{"length_a", 40}, {"length_b", 60}, {"length_c", 20}});
  EXPECT_TRUE(prism.isApprox(solid, 1e-12));
}

TEST(CoreShellParallelepiped, IsTheBruteForceAverageOfCoreAndSlabs) {
  const double q = 0.09;
  const Eigen::Vector3d core(35, 75, 100);
  const double rim = 10;
  const auto amplitude = [&](const Eigen::Vector3d& k) {
    double f = -5 * box(k, core);
    const double contrast[] = {-4, -2, -4};
    for (int axis = 0; axis < 3; ++axis) {
      // Two slabs, centred half a core and half a rim from the middle.
      Eigen::Vector3d slab = core;
      slab[axis] = rim;
      f += contrast[axis] * 2 * std::cos(k[axis] * (core[axis] + rim) / 2) * box(k, slab);
    }
    return f;
  };
  const double volume =
      core.prod() + 2 * rim * (core[0] * core[1] + core[1] * core[2] + core[0] * core[2]);
  const double expected = 1e-4 * mean_square(q, 400, amplitude) / volume;
  EXPECT_NEAR(intensity_at(Model("core_shell_parallelepiped"), q, {{"length_c", 100}}), expected,
              2e-4 * expected);
}

}  // namespace
}  // namespace foray::scattering::boxes_test
