#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <array>
#include <cmath>
#include <vector>

#include "../reference_table.h"
#include "brute_force.h"
#include "foray/scattering/curve_table.h"
#include "foray/scattering/model_fit.h"
#include "reference_case.h"

namespace foray::scattering::paracrystals_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const char* const kNames[] = {"sc_paracrystal", "bcc_paracrystal", "fcc_paracrystal"};

constexpr double kDegree = M_PI / 180;

// Peaks and form of one set of values.
const ModelValues kUsual = {
    {"dnn", 220}, {"d_factor", 0.06}, {"radius", 40}, {"sld", 4}, {"sld_solvent", 1}};

ModelValues with(ModelValues values, const std::string& name, double value) {
  values[name] = value;
  return values;
}

// The sphere's intensity times the fraction of the volume that spheres fill.
double without_order(const std::string& name, double q, const ModelValues& values) {
  const double radius = values.at("radius"), dnn = values.at("dnn");
  const double per_cell = name == "sc_paracrystal"    ? 1
                          : name == "bcc_paracrystal" ? 3 * std::sqrt(3.0) / 4
                                                      : std::sqrt(2.0);
  return per_cell * 4.0 / 3 * M_PI * std::pow(radius / dnn, 3) *
         intensity_at(Model("sphere"), q, {{"radius", radius}, {"sld", 4}, {"sld_solvent", 1}});
}

// Of the files those of bcc and fcc are good to 1.3e-5, as half as many panels say.
TEST(Paracrystals, AreTheConvergedOrientationAverages) {
  for (const char* name : kNames) expect_case(name, 1.3e-5);
  expect_case("sc_paracrystal", 1e-7);
}

TEST(Paracrystals, OfOneOrientationAreTheFields) {
  for (const std::string name : {"sc_paracrystal", "bcc_paracrystal"}) {
    const auto rows = read_table(name + "_oriented.txt");
    Eigen::Matrix2Xd q(2, static_cast<Eigen::Index>(rows.size()));
    for (Eigen::Index i = 0; i < q.cols(); ++i) {
      q.col(i) << rows[static_cast<std::size_t>(i)][0], rows[static_cast<std::size_t>(i)][1];
    }
    const Orientation turned = {10 * kDegree, 20 * kDegree, 30 * kDegree};
    const Model subject(name);
    const Eigen::VectorXd got = subject.oriented_intensity(q, turned, kUsual);
    // The files' q have 12 digits; the rest is the slope.
    const Eigen::VectorXd up = subject.oriented_intensity(q * (1 + 1e-6), turned, kUsual);
    for (Eigen::Index i = 0; i < q.cols(); ++i) {
      const double expected = rows[static_cast<std::size_t>(i)][2];
      EXPECT_NEAR(got[i], expected, 1e-10 * expected + 1e-5 * std::abs(up[i] - got[i]))
          << name << " " << q.col(i).transpose();
    }
  }
}

// I at a vector in the crystal's axes: the crystal is turned until the vector lies along x.
double at_vector(const Model& model, const Eigen::Vector3d& q, const ModelValues& values) {
  // Turning the crystal by psi about z and theta about y takes this direction to z sin + x cos.
  const double psi = -std::atan2(q.y(), q.x());
  const double theta = std::atan2(q.z(), std::hypot(q.x(), q.y()));
  return model.oriented_intensity(Eigen::Vector2d(q.norm(), 0), {theta, 0, psi}, values)[0];
}

TEST(Paracrystals, HaveTheirReflectionsWhereTheLatticesDo) {
  struct Reflection {
    const char* name;
    Eigen::Vector3d hkl;
    double edge;  // of the cube, over dnn
    bool allowed;
  };
  const double bcc = 2 / std::sqrt(3.0), fcc = std::sqrt(2.0);
  const std::vector<Reflection> reflections = {
      {"sc_paracrystal", {1, 0, 0}, 1, true},    {"sc_paracrystal", {1, 1, 0}, 1, true},
      {"sc_paracrystal", {1, 1, 1}, 1, true},    {"bcc_paracrystal", {1, 1, 0}, bcc, true},
      {"bcc_paracrystal", {2, 0, 0}, bcc, true}, {"bcc_paracrystal", {1, 0, 0}, bcc, false},
      {"fcc_paracrystal", {1, 1, 1}, fcc, true}, {"fcc_paracrystal", {2, 0, 0}, fcc, true},
      {"fcc_paracrystal", {1, 1, 0}, fcc, false}};
  for (const Reflection& reflection : reflections) {
    const ModelValues values = with(kUsual, "d_factor", 0.01);
    const Eigen::Vector3d q = 2 * M_PI / (reflection.edge * 220) * reflection.hkl;
    const double z = at_vector(Model(reflection.name), q, values) /
                     without_order(reflection.name, q.norm(), values);
    // At a peak Z is coth(gamma / 2)^3, gamma below 0.003; at a forbidden one two factors are tiny.
    if (reflection.allowed) {
      EXPECT_GT(z, 1e6) << reflection.name << " " << reflection.hkl.transpose();
    } else {
      EXPECT_LT(z, 1) << reflection.name << " " << reflection.hkl.transpose();
    }
  }
}

// The first maximum of the mean lies at the first reflection.
TEST(Paracrystals, MeanHasItsFirstPeakAtTheFirstReflection) {
  const double first[] = {1, std::sqrt(1.5), std::sqrt(1.5)};  // q dnn / 2 pi
  for (int lattice = 0; lattice < 3; ++lattice) {
    const double expected = 2 * M_PI * first[lattice] / 220;
    const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(200, 0.7 * expected, 1.1 * expected);
    Eigen::Index at = 0;
    Model(kNames[lattice]).intensity(q, with(kUsual, "d_factor", 0.02)).maxCoeff(&at);
    // The peak is some d_factor^2 wide, and the step is 2e-3.
    EXPECT_NEAR(q[at], expected, 4e-3 * expected) << kNames[lattice];
  }
}

TEST(Paracrystals, OfLargeDistortionAreSpheresWithoutOrder) {
  for (const char* name : kNames) {
    const ModelValues values = with(kUsual, "d_factor", 1);
    for (const double q : {0.06, 0.3}) {
      const double expected = without_order(name, q, values);
      // gamma is at least 8^2 / 2 times the least weight 1 / 4 times (q dnn / 8)^2.
      EXPECT_NEAR(intensity_at(Model(name), q, values), expected, 1e-7 * expected) << name;
    }
  }
}

// For q to 0 Z is left where two of three phases vanish, six directions of (2 pi)^2 / (q dnn)^2
// over the sine between their vectors, where the third makes it d_factor^2 times the square of dnn
// over the cube's edge. The next order is as q.
TEST(Paracrystals, GrowAsTheInverseSquareForSmallQ) {
  const double sine[] = {1, std::sqrt(8.0 / 9), std::sqrt(0.75)}, weight[] = {1, 0.75, 0.5};
  const double q = 1e-5;
  for (int lattice = 0; lattice < 3; ++lattice) {
    const double z = 6 * M_PI * std::pow(0.06 / (220 * q), 2) * weight[lattice] / sine[lattice];
    const double expected = z * without_order(kNames[lattice], q, kUsual);
    EXPECT_NEAR(intensity_at(Model(kNames[lattice]), q, kUsual), expected, 1e-4 * expected)
        << kNames[lattice];
  }
}

// Below d_factor^2 q dnn = 2e-7 it is that limit, with the third vector's factor as it is.
TEST(Paracrystals, GoOverToTheLimitOfSmallQ) {
  for (const char* name : kNames) {
    for (const double d_factor : {0.001, 0.01, 0.06}) {
      const double edge = 2e-7 / (220 * d_factor * d_factor);
      const ModelValues values = with(kUsual, "d_factor", d_factor);
      const double below = intensity_at(Model(name), edge * (1 - 1e-9), values);
      const double above = intensity_at(Model(name), edge * (1 + 1e-9), values);
      EXPECT_NEAR(below, above, 2e-6 * above) << name << " " << d_factor;
    }
  }
}

TEST(Paracrystals, AreTheBruteForceAverageOverDirections) {
  for (const char* name : kNames) {
    const Model subject(name);
    for (const double q : {0.06, 0.08}) {
      const ModelValues values = with(kUsual, "d_factor", 0.2);
      const double expected = mean_square(q, 150, [&](const Eigen::Vector3d& k) {
        return std::sqrt(at_vector(subject, k, values));
      });
      // Twice and four times as many points are nearer by their number's square.
      EXPECT_NEAR(intensity_at(subject, q, values), expected, 3e-4 * expected) << name << " " << q;
    }
  }
}

// Three-fold turns about [111], mirrors through it and the inversion: twelve, of all lattices. The
// simple one has those of the cube, as changing the sign of an axis leaves its phases; primitive
// vectors of the others are not so alike.
TEST(Paracrystals, HaveTheSymmetryOfTheirPrimitiveVectors) {
  const Eigen::Vector3d q(0.013, 0.031, -0.024);
  const std::array<std::array<int, 3>, 6> orders = {
      {{0, 1, 2}, {1, 2, 0}, {2, 0, 1}, {0, 2, 1}, {2, 1, 0}, {1, 0, 2}}};
  for (const char* name : kNames) {
    const Model subject(name);
    const double expected = at_vector(subject, q, kUsual);
    for (const auto& order : orders) {
      for (int signs = 0; signs < 8; ++signs) {
        if (signs % 7 != 0 && name != kNames[0]) continue;
        Eigen::Vector3d turned;
        for (int axis = 0; axis < 3; ++axis) {
          turned[axis] = q[order[static_cast<std::size_t>(axis)]] * (signs >> axis & 1 ? -1 : 1);
        }
        EXPECT_NEAR(at_vector(subject, turned, kUsual), expected, 1e-10 * expected) << name;
      }
    }
  }
}

// Its e depends on |q| only, so that Z is a sum over pairs of cells whose phases average to
// sin(r q) / (r q).
TEST(SimpleCubicParacrystal, IsTheSumOverItsCells) {
  for (const double q : {0.0287, 0.06, 0.11}) {
    const double decay = std::exp(-0.5 * std::pow(0.1 * 220 * q, 2));
    const auto most = static_cast<int>(-25 / std::log(decay));
    double sum = 0;
    for (int i = -most; i <= most; ++i) {
      for (int j = -most; j <= most; ++j) {
        for (int k = -most; k <= most; ++k) {
          sum += std::pow(decay, std::abs(i) + std::abs(j) + std::abs(k)) *
                 plain_sinc(220 * q * std::sqrt(i * i + j * j + k * k));
        }
      }
    }
    const ModelValues values = with(kUsual, "d_factor", 0.1);
    const double expected = sum * without_order("sc_paracrystal", q, values);
    EXPECT_NEAR(intensity_at(Model("sc_paracrystal"), q, values), expected, 1e-6 * expected) << q;
  }
}

TEST(Paracrystals, OfManyRadiiAreTheSumOfThose) {
  Polydispersity two;
  two.kind = Distribution::kArray;
  two.values = {30, 50};
  two.weights = {3, 1};
  for (const char* name : kNames) {
    const Model subject(name);
    const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(3, 0.02, 0.07);
    const auto one = [&](double radius) -> Eigen::VectorXd {
      return std::pow(radius, 3) * subject.intensity(q, with(kUsual, "radius", radius));
    };
    const Eigen::VectorXd expected =
        (3 * one(30) + one(50)) / (3 * std::pow(30, 3) + std::pow(50, 3));
    EXPECT_TRUE(subject.intensity(q, kUsual, {{"radius", two}}).isApprox(expected, 1e-12)) << name;
    // Two distances beside two radii: the lattice is that of each distance.
    Polydispersity near = two;
    near.values = {200, 230};
    const auto mixed = [&](double dnn) -> Eigen::VectorXd {
      return subject.intensity(q, with(kUsual, "dnn", dnn), {{"radius", two}});
    };
    EXPECT_TRUE(subject.intensity(q, kUsual, {{"radius", two}, {"dnn", near}})
                    .isApprox(0.75 * mixed(200) + 0.25 * mixed(230), 1e-12))
        << name;
  }
}

// A Gaussian as a fine midpoint sum, cut off at 3 sigma.
Polydispersity fine_gaussian(double center, double width, int points) {
  Polydispersity out;
  out.kind = Distribution::kArray;
  for (int i = 0; i < points; ++i) {
    const double x = -3 + 6 * (i + 0.5) / points;
    out.values.push_back(center * (1 + width * x));
    out.weights.push_back(std::exp(-0.5 * x * x));
  }
  return out;
}

// A tail beyond spheres that touch belongs to the distribution.
TEST(Paracrystals, OfADistributionBeyondContactAreTheWholeOfIt) {
  const Model subject("fcc_paracrystal");
  const auto at = [&](double radius, const Polydispersity& radii) {
    return subject.intensity(Eigen::VectorXd::Constant(1, 0.04), with(kUsual, "radius", radius),
                             {{"radius", radii}})[0];
  };
  std::vector<double> got;
  for (int i = 0; i <= 20; ++i) got.push_back(at(100 + 0.1 * i, {.width = 0.1}));
  for (std::size_t i = 1; i + 1 < got.size(); ++i) {
    // About (0.1 q)^2 of what the form is aside from its minimum near this q, which is ten times as
    // much. A point that came and went would be a jump of 1e-1.
    EXPECT_LT(std::abs(got[i - 1] - 2 * got[i] + got[i + 1]), 5e-4 * got[i]) << i;
  }
  // The midpoint sum errs by the slope at its ends, some 1e-2 (6 / points)^2.
  EXPECT_NEAR(got[0], at(100, fine_gaussian(100, 0.1, 2000)), 1e-6 * got[0]);
}

// Peaks are narrow beside a distribution of spacings: as many points as a smooth function takes are
// 1e-2 off. The midpoint sum errs at its ends alone.
TEST(Paracrystals, OfManySpacingsHavePointsEnoughForTheirPeaks) {
  for (const std::string name : kNames) {
    const Model subject(name);
    const double first = name == kNames[0] ? 1 : std::sqrt(1.5);
    const Eigen::VectorXd q = 2 * M_PI / 220 * first * Eigen::Vector2d(1, 1.3);
    const ModelValues values = with(kUsual, "d_factor", 0.06);
    const Eigen::VectorXd got = subject.intensity(q, values, {{"dnn", {.width = 0.1}}});
    const Eigen::VectorXd sum =
        subject.intensity(q, values, {{"dnn", fine_gaussian(220, 0.1, 600)}});
    for (Eigen::Index i = 0; i < q.size(); ++i) EXPECT_NEAR(got[i], sum[i], 2e-6 * sum[i]) << name;
  }
  EXPECT_THAT(
      [] {
        (void)Model("fcc_paracrystal")
            .intensity(Eigen::VectorXd::Constant(1, 0.03), {{"d_factor", 0.002}},
                       {{"dnn", {.width = 0.1}}});
      },
      ThrowsMessage<std::invalid_argument>(
          HasSubstr("fcc_paracrystal: dnn: expected a distribution over at most 2500 times the "
                    "width of the lattice's narrowest peak")));
}

TEST(Paracrystals, AreFittedAsOtherModels) {
  const Model subject("fcc_paracrystal");
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(40, 0.025, 0.11);
  curve.intensity = subject.intensity(curve.q, {{"dnn", 231}, {"d_factor", 0.08}, {"radius", 52}});
  curve.sigma = 0.02 * curve.intensity;
  const auto free = [](const char* name, double start, double lower, double upper) {
    return FreeParameter{.name = name, .start = start, .lower = lower, .upper = upper};
  };
  const ModelFitOptions options = {.free = {free("dnn", 220, 150, 300),
                                            free("d_factor", 0.07, 0.05, 0.2),
                                            free("radius", 50, 30, 70)}};
  const ModelFit fit = fit_model(curve, subject, options);
  ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << fit.note;
  EXPECT_NEAR(fit.parameters[0].estimate.value, 231, 1e-3);
  EXPECT_NEAR(fit.parameters[1].estimate.value, 0.08, 1e-6);
  EXPECT_NEAR(fit.parameters[2].estimate.value, 52, 1e-4);
}

// A step of the derivative further they would overlap.
TEST(Paracrystals, AreFittedUpToContact) {
  const Model subject("fcc_paracrystal");
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(30, 0.025, 0.11);
  curve.intensity = subject.intensity(curve.q, with(kUsual, "radius", 109.99));
  curve.sigma = 0.02 * curve.intensity;
  const ModelFit fit =
      fit_model(curve, subject,
                {.free = {{.name = "radius", .start = 105, .lower = 90, .upper = 150}},
                 .fixed = {{"dnn", 220}, {"sld", 4}, {"sld_solvent", 1}, {"d_factor", 0.06}}});
  ASSERT_EQ(fit.status, ModelFitStatus::kConverged) << fit.note;
  EXPECT_NEAR(fit.parameters[0].estimate.value, 109.99, 1e-4);
  EXPECT_GT(fit.parameters[0].estimate.variance, 0);
}

// What samples take their intensities from.
TEST(Paracrystals, AreTabulatedToTheTablesTolerance) {
  const Model subject("bcc_paracrystal");
  Eigen::Index asked = 0;
  const auto intensity = [&](const Eigen::VectorXd& q) -> Eigen::VectorXd {
    asked += q.size();
    return subject.intensity(q, with(kUsual, "d_factor", 0.15));
  };
  const SmoothCurve table(intensity, 0.01, 0.1);
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(50, 0.0101, 0.0999), exact = intensity(q);
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    EXPECT_NEAR(table(q[i]), exact[i], 2e-7 * exact.maxCoeff()) << q[i];
  }
  // A table of an average that is no smooth function of q asks for ever more.
  EXPECT_LT(asked, 3000);
}

TEST(Paracrystals, RefuseSpheresThatOverlap) {
  for (const std::string name : kNames) {
    EXPECT_THAT(
        [&] {
          intensity_at(Model(name), 0.1, {{"radius", 111}});
        },
        ThrowsMessage<std::invalid_argument>(
            HasSubstr(name + ": radius: expected spheres that do not overlap, radius <= dnn / 2")));
    EXPECT_GT(intensity_at(Model(name), 0.1, {{"radius", 110}}), 0);
  }
}

TEST(OrientedIntensity, RefusesWhatHasNoOrientation) {
  const Eigen::Matrix2Xd q = Eigen::Vector2d(0.1, 0.1);
  for (const char* name : {"cylinder", "sphere+fcc_paracrystal", "fcc_paracrystal@hardsphere",
                           "fcc_paracrystal*lorentz"}) {
    EXPECT_THAT([&] { (void)Model(name).oriented_intensity(q, {}); },
                ThrowsMessage<std::invalid_argument>(
                    HasSubstr(std::string(name) + ": expected one paracrystal by itself")));
  }
  const Model subject("fcc_paracrystal");
  EXPECT_THAT([&] { (void)subject.oriented_intensity(q, {.theta = std::nan("")}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("fcc_paracrystal: theta, phi, psi")));
  EXPECT_THAT([&] { (void)subject.oriented_intensity(0 * q, {}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("fcc_paracrystal: q[0]")));
}

}  // namespace
}  // namespace foray::scattering::paracrystals_test
