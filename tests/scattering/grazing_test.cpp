#include "foray/scattering/grazing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "reference_table.h"

namespace foray::scattering::grazing_test {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Complex = std::complex<double>;

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kIncident = 0.2 * kDegree;

GrazingSample islands(const SurfaceShape& shape) {
  GrazingSample sample;
  sample.stack.layers = {{}, {6e-6, 2e-8, 0, 0}};
  sample.shape = shape;
  return sample;
}

// Photons in the reference's pixels of 4/64 by 2/64 degree.
void expect_photons(const char* file, const GrazingSample& sample) {
  for (const auto& row : read_table(file)) {
    const double alpha = row[0] * kDegree;
    const double phi = row[1] * kDegree;
    const double half = kDegree / 64;
    const double solid = 4 * half * (std::sin(alpha + half) - std::sin(alpha - half));
    const Eigen::VectorXd a = Eigen::VectorXd::Constant(1, alpha);
    const Eigen::VectorXd p = Eigen::VectorXd::Constant(1, phi);
    const double got = solid * grazing_intensity(sample, 1.0, kIncident, a, p)(0, 0);
    EXPECT_NEAR(got / row[2], 1, 1e-8) << file << " " << row[0] << " " << row[1];
  }
}

TEST(Grazing, IslandsOnASubstrateScatterAsAnIndependentImplementationSays) {
  expect_photons("grazing_cylinder_dwba_on_substrate.txt", islands(SurfaceCylinder{50, 50}));
  expect_photons("grazing_sphere_dwba_on_substrate.txt", islands(SurfaceSphere{50}));
  expect_photons("grazing_box_dwba_on_substrate.txt", islands(SurfaceBox{60, 80, 50}));
}

TEST(Grazing, WithoutASubstrateItIsTheBornApproximation) {
  GrazingSample sample = islands(SurfaceCylinder{50, 50});
  sample.stack.layers[1] = {};
  expect_photons("grazing_cylinder_ba_vacuum.txt", sample);
}

TEST(Grazing, ARadialParacrystalInterferes) {
  GrazingSample sample = islands(SurfaceCylinder{50, 50});
  sample.structure = radial_paracrystal(200, 70, 10000);
  expect_photons("grazing_cylinder_radial_paracrystal.txt", sample);
}

GrazingSample fifty_radii() {
  GrazingSample sample = islands(SurfaceCylinder{50, 50});
  for (const double z : Eigen::VectorXd::LinSpaced(50, -3, 3)) {
    sample.mixture.push_back({SurfaceCylinder{50 + 5 * z, 50}, 4 * std::exp(-0.5 * z * z)});
  }
  return sample;
}

TEST(Grazing, AMixtureOfRadiiScattersAsBornAgainSays) {
  const GrazingSample sample = fifty_radii();
  for (const auto& row : read_table("grazing_fifty_radii.txt")) {
    const Eigen::VectorXd alpha = Eigen::VectorXd::Constant(1, row[0] * kDegree);
    const Eigen::VectorXd phi = Eigen::VectorXd::Constant(1, row[1] * kDegree);
    const double got = grazing_intensity(sample, 1.0, kIncident, alpha, phi)(0, 0);
    EXPECT_NEAR(got / row[2], 1, 1e-6) << row[0] << " " << row[1];
  }
}

// <|F|^2> + |<F>|^2 (S - 1), from its parts, for walls that are and are not upright.
TEST(Grazing, AMixtureDecouplesShapesFromPlaces) {
  const Eigen::VectorXd alpha = Eigen::VectorXd::LinSpaced(3, 0.1, 0.9) * kDegree;
  const Eigen::VectorXd phi = Eigen::VectorXd::LinSpaced(4, -1.5, 1.2) * kDegree;
  const SurfaceShape box = SurfaceBox{60, 80, 50}, rod = SurfaceCylinder{30, 50};
  for (const SurfaceShape& other : {SurfaceShape(SurfaceSphere{40}), box}) {
    GrazingSample sample = islands(box);
    sample.mixture = {{rod, 3}, {other, 1}};
    const auto structure = radial_paracrystal(200, 40, 1000);
    sample.structure = structure;
    const Eigen::MatrixXd got = grazing_intensity(sample, 1.0, kIncident, alpha, phi);
    for (Eigen::Index i = 0; i < alpha.size(); ++i) {
      for (Eigen::Index j = 0; j < phi.size(); ++j) {
        const auto amplitude = [&](const SurfaceShape& shape) {
          return grazing_amplitude(islands(shape), 1.0, kIncident, alpha(i), phi(j));
        };
        const Complex a = amplitude(rod), b = amplitude(other);
        const double k = 2 * std::numbers::pi;
        const double s =
            structure(k * (std::cos(kIncident) - std::cos(alpha(i)) * std::cos(phi(j))),
                      -k * std::cos(alpha(i)) * std::sin(phi(j)));
        const double expected =
            0.75 * std::norm(a) + 0.25 * std::norm(b) + std::norm(0.75 * a + 0.25 * b) * (s - 1);
        EXPECT_NEAR(got(i, j) / (sample.density * expected / std::sin(kIncident)), 1, 1e-9);
      }
    }
  }
}

// Images of many pixels take cross-sections from a table.
TEST(Grazing, ATableOfCrossSectionsIsAsGoodAsTheSum) {
  const Eigen::VectorXd alpha = Eigen::VectorXd::LinSpaced(120, 0.01, 2) * kDegree;
  const Eigen::VectorXd phi = Eigen::VectorXd::LinSpaced(150, -2, 2) * kDegree;
  const GrazingSample sample = fifty_radii();
  const Eigen::MatrixXd image = grazing_intensity(sample, 1.0, kIncident, alpha, phi);
  for (Eigen::Index i = 0; i < alpha.size(); i += 17) {
    const Eigen::MatrixXd row = grazing_intensity(sample, 1.0, kIncident, alpha.segment(i, 1), phi);
    const double top = row.maxCoeff();
    EXPECT_LT((image.row(i) - row).cwiseAbs().maxCoeff(), 3e-9 * top) << i;
  }
}

// Near the horizon |q| along the surface may be the largest, far from both ends of alpha_f.
TEST(Grazing, ATableOfCrossSectionsReachesTheHorizon) {
  const Eigen::VectorXd alpha = Eigen::VectorXd::LinSpaced(210, -0.3, 0.3);
  const Eigen::VectorXd phi = Eigen::VectorXd::LinSpaced(210, -1, 1);
  const GrazingSample sample = islands(SurfaceCylinder{20, 50});
  const Eigen::MatrixXd image = grazing_intensity(sample, 1.0, kIncident, alpha, phi);
  EXPECT_GE(image.minCoeff(), 0);
  for (Eigen::Index i = 105; i < alpha.size(); i += 8) {
    const Eigen::MatrixXd row = grazing_intensity(sample, 1.0, kIncident, alpha.segment(i, 1), phi);
    const Eigen::MatrixXd off = (image.row(i) - row).cwiseAbs();
    // The first columns by their own crests, which are lower.
    EXPECT_LT(off.leftCols(10).maxCoeff(), 1e-6 * row.leftCols(10).maxCoeff()) << i;
    EXPECT_LT(off.maxCoeff(), 1e-6 * row.maxCoeff()) << i;
  }
}

// Where the structure takes everything away, what a table is off by may have either sign.
TEST(Grazing, IsNotBelowZero) {
  const Eigen::VectorXd alpha = Eigen::VectorXd::LinSpaced(120, 0.01, 2) * kDegree;
  const Eigen::VectorXd phi = Eigen::VectorXd::LinSpaced(150, -2, 2) * kDegree;
  GrazingSample sample = islands(SurfaceCylinder{50, 50});
  sample.structure = [](double, double) { return 0.0; };
  EXPECT_GE(grazing_intensity(sample, 1.0, kIncident, alpha, phi).minCoeff(), 0);
}

TEST(Grazing, RefusesAMixtureWithoutShares) {
  GrazingSample sample = fifty_radii();
  for (ShapeShare& part : sample.mixture) part.share = 0;
  EXPECT_THAT([&] { validate(sample); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("mixture")));
  sample.mixture[3].share = -1;
  EXPECT_THROW(validate(sample), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(grazing_amplitude(fifty_radii(), 1.0, kIncident, 0.01, 0)),
               std::invalid_argument);
}

// Source and detector may change places.
TEST(Grazing, IsReciprocal) {
  GrazingSample sample;
  sample.stack.layers = {{}, {3e-6, 1e-8, 300, 4}, {6e-6, 2e-8, 0, 3}};
  sample.layer = 1;
  sample.height = 100;
  sample.shape = SurfaceCylinder{40, 60};
  for (const double out : {0.1, 0.2, 0.5}) {
    const Complex there = grazing_amplitude(sample, 1.0, kIncident, out * kDegree, 0.01);
    const Complex back = grazing_amplitude(sample, 1.0, out * kDegree, kIncident, 0.01);
    EXPECT_NEAR(std::abs(there - back), 0, 1e-10 * std::abs(there)) << out;
  }
}

// In a film: the waves of a slab, written out (Born & Wolf's formulas for one film).
TEST(Grazing, ParticlesInAFilmSeeTheWavesOfASlab) {
  const double k = 2 * std::numbers::pi;
  const double d = 400;
  GrazingSample sample;
  sample.stack.layers = {{}, {3e-6, 1e-8, d, 0}, {6e-6, 2e-8, 0, 0}};
  sample.layer = 1;
  sample.height = 150;
  sample.shape = SurfaceSphere{60};
  const auto kz = [&](std::size_t j, double alpha) {
    const Layer& layer = sample.stack.layers[j];
    const Complex n(1 - layer.delta, layer.beta);
    return std::sqrt(n * n * k * k - std::pow(k * std::cos(alpha), 2));
  };
  const auto waves = [&](double alpha, Complex& down, Complex& up) {
    const Complex k0 = kz(0, alpha);
    const Complex k1 = kz(1, alpha);
    const Complex k2 = kz(2, alpha);
    const Complex r01 = (k0 - k1) / (k0 + k1);
    const Complex r12 = (k1 - k2) / (k1 + k2);
    const Complex p = std::exp(Complex(0, 2 * d) * k1);
    // At the lower interface.
    down = (1.0 + r01) / (1.0 + r01 * r12 * p) * std::exp(Complex(0, d) * k1);
    up = r12 * down;
    return k1;
  };
  const double af = 0.35 * kDegree;
  const double phi = 0.4 * kDegree;
  Complex ti, ri, tf, rf;
  const Complex ki = waves(kIncident, ti, ri);
  const Complex kf = waves(af, tf, rf);
  const double qx = k * (std::cos(kIncident) - std::cos(af) * std::cos(phi));
  const double qy = -k * std::cos(af) * std::sin(phi);
  const auto f = [&](const Complex& qz) {
    const Complex q = std::sqrt(qx * qx + qy * qy + qz * qz) * 60.0;
    return 4 * std::numbers::pi * std::pow(60.0, 3) * (std::sin(q) - q * std::cos(q)) /
           (q * q * q) * std::exp(Complex(0, 150 + 60) * qz);
  };
  const Complex np(1 - sample.delta, sample.beta);
  const Complex nl(1 - 3e-6, 1e-8);
  const Complex expected =
      k * k / (4 * std::numbers::pi) * (np * np - nl * nl) *
      (ti * tf * f(-ki - kf) + ri * tf * f(ki - kf) + ti * rf * f(kf - ki) + ri * rf * f(ki + kf));
  const Complex got = grazing_amplitude(sample, 1.0, kIncident, af, phi);
  EXPECT_NEAR(std::abs(got - expected), 0, 1e-7 * std::abs(expected));
}

TEST(Grazing, PeaksAtYonedasAngleAndIsDarkBelowTheHorizon) {
  const GrazingSample sample = islands(SurfaceCylinder{50, 10});
  const double critical = critical_angle(sample.stack.layers[1]);
  const Eigen::VectorXd alpha{{-0.001, 0.8 * critical, critical, 1.4 * critical}};
  const Eigen::VectorXd phi = Eigen::VectorXd::Constant(1, 0.5 * kDegree);
  const Eigen::VectorXd seen = grazing_intensity(sample, 1.0, kIncident, alpha, phi).col(0);
  EXPECT_EQ(seen(0), 0);
  EXPECT_GT(seen(2), seen(1));
  EXPECT_GT(seen(2), seen(3));
}

// Far from one another in q particles do not interfere; near q = 0 order suppresses scattering.
TEST(Grazing, AParacrystalTendsToOneAndHasItsPeakAtTheDistance) {
  const auto structure = radial_paracrystal(200, 30, 1e9);
  EXPECT_NEAR(structure(0.3, 0.4), 1, 1e-3);
  EXPECT_LT(structure(1e-3, 0), 0.1);
  EXPECT_GT(structure(2 * std::numbers::pi / 200, 0), 2);
  EXPECT_THROW((void)radial_paracrystal(0, 1, 1), std::invalid_argument);
  EXPECT_THROW((void)radial_paracrystal(1, 1, NAN), std::invalid_argument);
}

TEST(Grazing, RefusesWhatIsNoSampleByName) {
  GrazingSample sample;
  sample.layer = 2;
  EXPECT_THAT([&] { (void)grazing_amplitude(sample, 1, 0.01, 0.01, 0); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("layer: expected one of 2, got 2")));
  sample.layer = 0;
  sample.density = -1;
  EXPECT_THROW(validate(sample), std::invalid_argument);
  EXPECT_THROW((void)grazing_amplitude(islands(SurfaceSphere{}), 1, 0.01, -0.01, 0),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::grazing_test
