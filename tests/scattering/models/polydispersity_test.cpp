#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include "reference_case.h"

namespace foray::scattering::polydispersity_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Polydispersity, IsTheContinuousDistribution) {
  for (const char* name :
       {"sphere_pd_gaussian", "sphere_pd_uniform", "sphere_pd_rectangle", "sphere_pd_boltzmann"}) {
    expect_case(name, 1e-10);
  }
  // The file's distribution is not cut off; this one is at 8 sigma.
  expect_case("sphere_pd_schulz", 2e-6);
}

// The field's 35 equally spaced points, as an array.
Polydispersities as_array(const std::string& name, double center, double sigma) {
  Polydispersity out;
  out.kind = Distribution::kArray;
  for (int i = 0; i < 35; ++i) {
    const double x = -3 + 6.0 * i / 34;
    out.values.push_back(center + sigma * x);
    out.weights.push_back(std::exp(-0.5 * x * x));
  }
  return {{name, out}};
}

TEST(Polydispersity, OfAnArrayIsTheFieldsSum) {
  const ReferenceCase sphere = read_case("sphere_pd_default");
  const Model subject("sphere");
  const Polydispersities radii = as_array("radius", 50, 5);
  expect_reference(subject.intensity(sphere.q, sphere.values, radii), sphere,
                   log_slope(subject, sphere, radii), 1e-10);
  // The tool's own orientation average is good to 1e-4.
  const ReferenceCase cylinder = read_case("cylinder_pd");
  const Model rods("cylinder");
  const Polydispersities thin = as_array("radius", 20, 2);
  expect_reference(rods.intensity(cylinder.q, cylinder.values, thin), cylinder,
                   log_slope(rods, cylinder, thin), 2e-4);
}

double at_zero(const Polydispersity& radii) {
  return Model("sphere").intensity(Eigen::VectorXd::Constant(1, 1e-7), {}, {{"radius", radii}})[0];
}

// I(0) is 1e-4 contrast^2 <V^2> / <V>, so <R^6> / <R^3>.
TEST(Polydispersity, HasTheMomentsOfItsDistribution) {
  const double one = 1e-4 * 25 * 4.0 / 3 * M_PI * 125000;
  const double width = 0.15, s2 = width * width;
  EXPECT_NEAR(at_zero({.kind = Distribution::kLognormal, .width = width, .nsigma = 20}),
              one * std::exp(0.5 * (36 - 9) * s2), 1e-7 * one);
  // <R^n> of a Schulz distribution: product over k < n of (z + k) / z, with z = 1 / width^2.
  double ratio = 1;
  for (int k = 3; k < 6; ++k) ratio *= 1 + k * s2;
  EXPECT_NEAR(at_zero({.kind = Distribution::kSchulz, .width = width, .nsigma = 20}), one * ratio,
              1e-7 * one);
  const double gaussian3 = 1 + 3 * s2;
  const double gaussian6 = 1 + 15 * s2 + 45 * s2 * s2 + 15 * s2 * s2 * s2;
  EXPECT_NEAR(at_zero({.width = width, .nsigma = 6.6}), one * gaussian6 / gaussian3, 1e-7 * one);
  EXPECT_NEAR(at_zero({.width = 0}), one, 1e-9 * one);
}

TEST(Polydispersity, OfManyQIsThatOfEach) {
  // In no order, and so wide that the points of a distribution follow q; the fewest that there are
  // hold a Schulz distribution to 2e-10.
  Eigen::VectorXd q(300);
  for (Eigen::Index i = 0; i < q.size(); ++i)
    q[i] = 0.0005 * static_cast<double>(1 + i * 113 % 300);
  const Model core("core_shell_sphere");
  const ModelValues values = {{"radius", 900}, {"thickness", 100}};
  const Polydispersity wide = {.kind = Distribution::kSchulz, .width = 0.2};
  const Polydispersities one = {{"radius", wide}};
  const Polydispersities two = {{"radius", wide}, {"thickness", {.width = 0.05}}};
  for (const Polydispersities& spread : {one, two}) {
    // Of several distributions a panel is good to 1e-8.
    const double tolerance = spread.size() > 1 ? 2e-8 : 1e-8;
    const Eigen::VectorXd all = core.intensity(q, values, spread);
    const Eigen::VectorXd together = core.coherent_intensity(q, values, spread);
    for (Eigen::Index i = 0; i < q.size(); ++i) {
      const double each = core.intensity(q.segment(i, 1), values, spread)[0];
      EXPECT_NEAR(all[i], each, tolerance * each);
      EXPECT_NEAR(together[i], core.coherent_intensity(q.segment(i, 1), values, spread)[0],
                  tolerance * each);
    }
  }
}

// Two parameters at once against a midpoint sum over both.
TEST(Polydispersity, OfTwoParametersIsTheDoubleIntegral) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(12, 0.01, 0.3);
  const Model subject("core_shell_sphere");
  const Eigen::VectorXd got =
      subject.intensity(q, {}, {{"radius", {.width = 0.1}}, {"thickness", {.width = 0.2}}});
  const int n = 150;
  Eigen::VectorXd square = Eigen::VectorXd::Zero(q.size());
  double volume = 0;
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < n; ++k) {
      const double x = -3 + 6 * (i + 0.5) / n, y = -3 + 6 * (k + 0.5) / n;
      const double radius = 60 + 6 * x, thickness = 10 + 2 * y;
      const double weight = std::exp(-0.5 * (x * x + y * y));
      const double v = 4.0 / 3 * M_PI * std::pow(radius + thickness, 3);
      square += weight * v * subject.intensity(q, {{"radius", radius}, {"thickness", thickness}});
      volume += weight * v;
    }
  }
  // The midpoint sum of a Gaussian cut off at 3 sigma errs by its slope there, 1e-5 or so.
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    EXPECT_NEAR(got[i], square[i] / volume, 5e-5 * got[i]) << q[i];
  }
}

TEST(Polydispersity, OfFiveParametersIsComputed) {
  const Polydispersity narrow = {.width = 0.02};
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.02);
  const Model subject("core_shell_sphere");
  const double got = subject.intensity(q, {},
                                       {{"radius", narrow},
                                        {"thickness", narrow},
                                        {"sld_core", narrow},
                                        {"sld_shell", narrow},
                                        {"sld_solvent", narrow}})[0];
  // Second order in the widths, by central differences of the intensity times the volume.
  const std::pair<const char*, double> centers[] = {
      {"radius", 60}, {"thickness", 10}, {"sld_core", 1}, {"sld_shell", 2}, {"sld_solvent", 3}};
  const auto strength = [&](const ModelValues& values, double radius, double thickness) {
    const double v = std::pow(radius + thickness, 3);
    return std::pair(subject.intensity(q, values)[0] * v, v);
  };
  auto [square, volume] = strength({}, 60, 10);
  const auto [square0, volume0] = std::pair(square, volume);
  // The variance of a Gaussian cut off at 3 sigma.
  const double variance = 1 - 6 * std::exp(-4.5) / (std::sqrt(2 * M_PI) * std::erf(3 / M_SQRT2));
  for (const auto& [name, center] : centers) {
    const double step = 0.02 * center;
    const auto moved = [&](double sign) {
      const double x = center + sign * step;
      return strength({{name, x}}, std::string(name) == "radius" ? x : 60,
                      std::string(name) == "thickness" ? x : 10);
    };
    const auto up = moved(1), down = moved(-1);
    square += 0.5 * variance * (up.first - 2 * square0 + down.first);
    volume += 0.5 * variance * (up.second - 2 * volume0 + down.second);
  }
  EXPECT_NEAR(got, square / volume, 2e-5 * got);
  EXPECT_GT(std::abs(got / (square0 / volume0) - 1), 2e-3);
}

TEST(Polydispersity, StaysWithinTheLimitsOfTheParameter) {
  // Half of this distribution of a thickness would be negative.
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.01);
  const double got = Model("core_shell_sphere").intensity(q, {}, {{"thickness", {.width = 2}}})[0];
  EXPECT_TRUE(std::isfinite(got));
}

TEST(Polydispersity, RefusesWhatIsNoPropertyOfAParticle) {
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.1);
  const Model subject("sphere@hardsphere+porod");
  for (const char* name : {"scale", "background", "A_scale", "A_volfraction", "A_radius_effective",
                           "A_structure_factor_mode", "A_radius_effective_mode"}) {
    EXPECT_THAT(
        [&] {
          (void)subject.intensity(q, {}, {{name, {.width = 0.1}}});
        },
        ThrowsMessage<std::invalid_argument>(HasSubstr(name)));
  }
  // An effective radius that is given may be distributed.
  const ModelValues given = {{"A_radius_effective_mode", 0}, {"A_radius_effective", 50}};
  EXPECT_NO_THROW(subject.intensity(q, given, {{"A_radius_effective", {.width = 0.1}}}));
}

TEST(Polydispersity, NamesWhatIsWrong) {
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.1);
  const auto refuses = [&](const Polydispersities& distributions, const char* word) {
    EXPECT_THAT([&] { (void)Model("sphere").intensity(q, {}, distributions); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(word)));
  };
  refuses({{"raduis", {.width = 0.1}}}, "did you mean \"radius\"?");
  refuses({{"radius", {.width = -0.1}}}, "sphere: radius: width");
  refuses({{"radius", {.width = std::nan("")}}}, "width");
  refuses({{"radius", {.width = 0.1, .nsigma = -1}}}, "nsigma");
  refuses({{"radius", {.width = 0.1, .points = -1}}}, "points");
  refuses({{"scale", {.width = 0.1}}}, "cannot be polydisperse");
  refuses({{"radius", {.kind = Distribution::kArray}}}, "as many weights as values");
  refuses({{"radius", {.kind = Distribution::kArray, .values = {-5}, .weights = {1}}}}, "limits");
  refuses({{"radius", {.kind = Distribution::kArray, .values = {5}, .weights = {0}}}}, "weight");
  refuses({{"radius", {.kind = Distribution::kArray, .values = {5}, .weights = {-1}}}},
          "weights >= 0");
  refuses({{"radius", {.width = 0.1, .points = 90000}}, {"sld", {.width = 0.1, .points = 90000}}},
          "4e6");
  EXPECT_THAT([] { (void)distribution("gausian"); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("did you mean \"gaussian\"?")));
}

// [angstrom^3 1e-6 / angstrom^2] of the model's default contrast.
double sphere_amplitude(double q, double radius) {
  const double x = q * radius;
  return -5 * 4.0 / 3 * M_PI * std::pow(radius, 3) * 3 * (std::sin(x) - x * std::cos(x)) /
         (x * x * x);
}

// The corners of a cube with spheres of two sizes, as a powder: the mean over every way to share
// out the sizes of Debye's sum over pairs is what <F^2> + <F>^2 (S - 1) says.
TEST(CoherentIntensity, IsWhatParticlesThatDifferScatterTogether) {
  const double edge = 130, share = 0.35;
  const std::array<double, 2> radius = {40, 60};
  const Polydispersities sizes = {
      {"radius",
       {.kind = Distribution::kArray, .values = {40, 60}, .weights = {1 - share, share}}}};
  const double volume =
      4.0 / 3 * M_PI * ((1 - share) * std::pow(radius[0], 3) + share * std::pow(radius[1], 3));
  const Model subject("sphere");
  for (const double q : {0.01, 0.033, 0.06, 0.11}) {
    const auto sinc = [&](int i, int j) {
      const int differ = (i ^ j) & 7;  // axes along which two corners do
      const double x = q * edge * std::sqrt((differ & 1) + (differ >> 1 & 1) + (differ >> 2));
      return x == 0 ? 1 : std::sin(x) / x;
    };
    double expected = 0, structure = 0;
    for (int sizes_of = 0; sizes_of < 256; ++sizes_of) {
      double chance = 1, sum = 0;
      for (int i = 0; i < 8; ++i) chance *= (sizes_of >> i & 1) != 0 ? share : 1 - share;
      for (int i = 0; i < 8; ++i) {
        for (int j = 0; j < 8; ++j) {
          sum += sinc(i, j) * sphere_amplitude(q, radius[sizes_of >> i & 1]) *
                 sphere_amplitude(q, radius[sizes_of >> j & 1]);
          if (sizes_of == 0) structure += sinc(i, j) / 8;
        }
      }
      expected += chance * sum / 8 / volume * 1e-4;
    }
    const Eigen::VectorXd at = Eigen::VectorXd::Constant(1, q);
    const double all = subject.intensity(at, {}, sizes)[0];
    const double together = subject.coherent_intensity(at, {}, sizes)[0];
    EXPECT_NEAR((all + together * (structure - 1)) / expected, 1, 1e-10) << q;
    EXPECT_LT(together, 0.999 * all);
    EXPECT_NEAR(subject.coherent_intensity(at)[0] / subject.intensity(at)[0], 1, 1e-12);
  }
  // Scaled as the intensity is, and without a background.
  const Eigen::VectorXd at = Eigen::VectorXd::Constant(1, 0.02);
  EXPECT_NEAR(subject.coherent_intensity(at, {{"scale", 3.0}, {"background", 7.0}}, sizes)[0],
              3 * subject.coherent_intensity(at, {}, sizes)[0], 1e-9);
}

TEST(CoherentIntensity, IsThatOfOneModelOfParticles) {
  const Eigen::VectorXd q = Eigen::VectorXd::Constant(1, 0.1);
  // Of rods the mean over directions counts too.
  const Model rods("cylinder");
  EXPECT_LT(rods.coherent_intensity(q)[0], 0.5 * rods.intensity(q)[0]);
  for (const char* name :
       {"sphere@hardsphere", "sphere+sphere", "sphere*lorentz", "lamellar", "hardsphere"}) {
    EXPECT_THAT([&] { (void)Model(name).coherent_intensity(q); },
                ThrowsMessage<std::invalid_argument>(
                    HasSubstr(std::string(name) + ": expected one model of particles")))
        << name;
  }
  EXPECT_THROW((void)rods.coherent_intensity(q, {{"radius", -1.0}}), std::invalid_argument);
  EXPECT_THROW((void)rods.coherent_intensity(Eigen::VectorXd::Zero(1)), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::polydispersity_test
