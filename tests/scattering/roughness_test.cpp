#include "foray/scattering/roughness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <math.h>  // j0 is POSIX's

#include <cmath>
#include <complex>
#include <numbers>

#include "foray/scattering/grazing.h"
#include "reference_table.h"

namespace foray::scattering::roughness_test {
namespace {

using std::numbers::pi;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Complex = std::complex<double>;

constexpr double kDegree = pi / 180;
constexpr double kIncident = 0.2 * kDegree;

RoughStack surface(double roughness, double length = 200, double hurst = 0.7) {
  RoughStack rough;
  rough.stack.layers = {{}, {6e-6, 2e-8, 0, roughness}};
  rough.length = length;
  rough.hurst = hurst;
  return rough;
}

// Three pairs of layers on the substrate.
RoughStack multilayer(double roughness, VerticalCorrelation vertical) {
  RoughStack rough = surface(roughness);
  const Layer substrate = rough.stack.layers.back();
  rough.stack.layers.pop_back();
  for (int i = 0; i < 3; ++i) {
    rough.stack.layers.push_back({1.5e-5, 5e-7, 80, roughness});
    rough.stack.layers.push_back({4e-6, 1e-8, 50, roughness});
  }
  rough.stack.layers.push_back(substrate);
  rough.vertical = vertical;
  return rough;
}

double intensity(const RoughStack& rough, double alpha_i, double alpha_f, double phi_f) {
  return roughness_intensity(rough, 1, alpha_i, Eigen::VectorXd::Constant(1, alpha_f),
                             Eigen::VectorXd::Constant(1, phi_f))(0, 0);
}

double along(double alpha_i, double alpha_f, double phi_f) {
  return 2 * pi *
         std::hypot(std::cos(alpha_i) - std::cos(alpha_f) * std::cos(phi_f),
                    std::cos(alpha_f) * std::sin(phi_f));
}

double correlation(double hurst, double u) {
  return std::pow(2, 1 - hurst) / std::tgamma(hurst) * std::pow(u, hurst) *
         std::cyl_bessel_k(hurst, u);
}

// 2 pi integral of u J0(x u) g(u), by Simpson's rule in the square root of u.
template <typename Function>
auto transform(double x, Function g) {
  const int panels = 20000;
  const double end = 7, step = end / panels;
  decltype(g(1.0)) sum = 0;
  for (int i = 1; i <= panels; ++i) {
    const double v = i * step, u = v * v;
    sum += (i == panels ? 1.0 : i % 2 == 1 ? 4.0 : 2.0) * 2 * v * u * ::j0(x * u) * g(u);
  }
  return 2 * pi * step / 3 * sum;
}

TEST(RoughnessSpectrum, IsThatOfTheCorrelation) {
  for (const double hurst : {0.3, 0.5, 1.0}) {
    for (const double q : {0.0, 0.001, 0.004, 0.02}) {
      const double expected =
          16.0 * 250 * 250 * transform(250 * q, [&](double u) { return correlation(hurst, u); });
      EXPECT_NEAR(roughness_spectrum(4, 250, hurst, q) / expected, 1, 1e-5) << hurst << ' ' << q;
    }
  }
}

// With a hurst of 1/2 the correlation is exp(-u), and so are its powers but for their length.
TEST(RoughnessScattering, HasTheSpectraOfThePowersOfTheCorrelation) {
  const RoughStack rough = surface(12, 200, 0.5);
  const RoughnessScattering scattering(rough, 1, kIncident, 4 * kDegree);
  ASSERT_GT(scattering.orders(), 30);
  for (const double x : {0.0, 1e-3, 0.05, 0.7, 2.0, 6.3, 31.0, 150.0, 2400.0}) {
    const Eigen::VectorXd got = scattering.spectra(x / 200);
    for (int p = 1; p <= scattering.orders(); ++p) {
      const double expected = 2 * pi * p / std::pow(p * p + x * x, 1.5) * 200 * 200;
      EXPECT_NEAR(got(p - 1) / expected, 1, 3e-6) << x << ' ' << p;
    }
  }
}

TEST(RoughnessScattering, HasTheSpectraThatIntegralsGive) {
  for (const double hurst : {0.2, 0.8, 1.0}) {
    const RoughnessScattering scattering(surface(8, 200, hurst), 1, kIncident, 4 * kDegree);
    for (const double x : {0.3, 2.2, 9.0}) {
      const Eigen::VectorXd got = scattering.spectra(x / 200);
      for (const int p : {1, 2, 3, 7}) {
        const double expected =
            200 * 200 * transform(x, [&](double u) { return std::pow(correlation(hurst, u), p); });
        EXPECT_NEAR(got(p - 1) / expected, 1, 2e-5) << hurst << ' ' << x << ' ' << p;
      }
    }
  }
}

// Sinha, Sirota, Garoff, Stanley (1988), eq. 4.41, its integral as it stands.
double sinha(const RoughStack& rough, double alpha_i, double alpha_f, double phi_f) {
  const Layer& substrate = rough.stack.layers[1];
  const double k = 2 * pi, sigma = substrate.roughness;
  const Complex n(1 - substrate.delta, substrate.beta);
  const auto inside = [&](double alpha) {
    return k * std::sqrt(n * n - std::pow(std::cos(alpha), 2));
  };
  const auto transmission = [&](double alpha) {
    return 2 * k * std::sin(alpha) / (k * std::sin(alpha) + inside(alpha));
  };
  const Complex q_z = inside(alpha_i) + inside(alpha_f);
  const double square = std::norm(q_z);
  const double x = rough.length * along(alpha_i, alpha_f, phi_f);
  const double s = std::exp(-sigma * sigma * (q_z * q_z).real()) / square * rough.length *
                   rough.length * transform(x, [&](double u) {
                     return std::expm1(square * sigma * sigma * correlation(rough.hurst, u));
                   });
  return std::pow(k, 4) * std::norm(1.0 - n * n) / (16 * pi * pi) *
         std::norm(transmission(alpha_i) * transmission(alpha_f)) * s / std::sin(alpha_i);
}

TEST(RoughnessIntensity, OfOneSurfaceIsSinhasIntegral) {
  for (const double hurst : {0.3, 0.7, 1.0}) {
    const RoughStack rough = surface(12, 200, hurst);
    for (const double alpha_f : {0.1, 0.25, 0.8, 2.5}) {
      for (const double phi_f : {0.05, 0.4}) {
        const double got = intensity(rough, kIncident, alpha_f * kDegree, phi_f * kDegree);
        const double expected = sinha(rough, kIncident, alpha_f * kDegree, phi_f * kDegree);
        EXPECT_NEAR(got / expected, 1, 5e-5) << hurst << ' ' << alpha_f << ' ' << phi_f;
      }
    }
  }
}

// Far above the critical angle: dw/dO = k^4 |1 - n^2|^2 / (16 pi^2) PSD / sin(alpha_i).
TEST(RoughnessIntensity, OfALittleIsTheBornApproximationWithTheSpectrum) {
  const RoughStack rough = surface(0.02);
  for (const double phi_f : {0.0, 0.5, 3.0}) {
    const double alpha_i = 4 * kDegree, alpha_f = 5 * kDegree, phi = phi_f * kDegree;
    const double psd = roughness_spectrum(0.02, 200, 0.7, along(alpha_i, alpha_f, phi));
    const double expected =
        std::pow(2 * pi, 4) * std::pow(2 * 6e-6, 2) / (16 * pi * pi) * psd / std::sin(alpha_i);
    EXPECT_NEAR(intensity(rough, alpha_i, alpha_f, phi) / expected, 1, 3e-3) << phi_f;
  }
}

// Low islands of what lies below scatter as the heights that they are.
TEST(RoughnessIntensity, IsThatOfFlatIslandsOnEveryInterface) {
  constexpr double kLow = 1e-3, kWide = 30;
  for (const auto vertical : {VerticalCorrelation::kNone, VerticalCorrelation::kComplete}) {
    RoughStack rough = multilayer(kLow, vertical);
    rough.stack.layers[2].roughness = 2 * kLow;
    for (const double alpha_f : {0.15, 0.5, 1.1}) {
      const double phi_f = 0.3 * kDegree;
      double apart = 0;
      Complex together = 0;
      for (std::size_t j = 0; j + 1 < rough.stack.layers.size(); ++j) {
        GrazingSample sample;
        sample.stack = rough.stack;
        for (Layer& layer : sample.stack.layers) layer.roughness = 0;
        sample.layer = j;
        sample.delta = rough.stack.layers[j + 1].delta;
        sample.beta = rough.stack.layers[j + 1].beta;
        sample.shape = SurfaceCylinder{kWide, rough.stack.layers[j + 1].roughness};
        const Complex one = grazing_amplitude(sample, 1, kIncident, alpha_f * kDegree, phi_f);
        apart += std::norm(one);
        together += one;
      }
      const double q = along(kIncident, alpha_f * kDegree, phi_f);
      const double disc = pi * kWide * kWide * 2 * ::j1(q * kWide) / (q * kWide);
      const bool none = vertical == VerticalCorrelation::kNone;
      const double expected = (none ? apart : std::norm(together)) / (disc * disc) *
                              roughness_spectrum(1, 200, 0.7, q) / std::sin(kIncident);
      EXPECT_NEAR(intensity(rough, kIncident, alpha_f * kDegree, phi_f) / expected, 1, 1e-4)
          << none << ' ' << alpha_f;
    }
  }
}

TEST(RoughnessIntensity, IsTheSameFromEitherEnd) {
  for (const auto vertical : {VerticalCorrelation::kNone, VerticalCorrelation::kComplete}) {
    const RoughStack rough = multilayer(6, vertical);
    for (const double low : {0.08, 0.21}) {
      const double there = intensity(rough, low * kDegree, 0.9 * kDegree, 0.01);
      const double back = intensity(rough, 0.9 * kDegree, low * kDegree, 0.01);
      EXPECT_NEAR(there * std::sin(low * kDegree) / (back * std::sin(0.9 * kDegree)), 1, 1e-10);
    }
  }
}

TEST(RoughnessIntensity, IsLargestAtTheCriticalAngle) {
  const RoughStack rough = surface(5);
  const Eigen::VectorXd alpha = Eigen::VectorXd::LinSpaced(1000, 0.001, 1) * kDegree;
  const Eigen::MatrixXd image =
      roughness_intensity(rough, 1, 0.6 * kDegree, alpha, Eigen::VectorXd::Constant(1, 0.05));
  Eigen::Index row = 0;
  image.col(0).maxCoeff(&row);
  EXPECT_NEAR(alpha(row) / critical_angle(rough.stack.layers[1]), 1, 0.01);
}

// It stops at the first order, and its interfaces reflect less for their roughness: 1e-4 here.
TEST(RoughnessIntensity, IsWhatBornAgainSaysOfALittle) {
  for (const auto& row : read_table("grazing_roughness.txt")) {
    const double alpha = row[0] * kDegree, phi = row[1] * kDegree;
    const RoughStack all[] = {surface(0.05), multilayer(0.05, VerticalCorrelation::kNone),
                              multilayer(0.05, VerticalCorrelation::kComplete)};
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(intensity(all[i], kIncident, alpha, phi) / row[2 + i], 1, 3e-4)
          << row[0] << ' ' << row[1] << ' ' << i;
    }
  }
}

// A thick film lets nothing through below its critical angle: what is below it has no part.
TEST(RoughnessIntensity, OfAThickFilmIsThatOfItsSurface) {
  RoughStack film = surface(5);
  film.stack.layers.insert(film.stack.layers.begin() + 1, Layer{2e-5, 2e-6, 1e6, 5});
  RoughStack bare = surface(5);
  bare.stack.layers[1] = film.stack.layers[1];
  const double got = intensity(film, kIncident, 0.3 * kDegree, 0.01);
  EXPECT_NEAR(got / intensity(bare, kIncident, 0.3 * kDegree, 0.01), 1, 1e-9);
}

TEST(RoughnessIntensity, IsNothingBelowTheHorizonOrWithoutRoughness) {
  EXPECT_EQ(intensity(surface(5), kIncident, -0.01, 0), 0);
  EXPECT_EQ(intensity(surface(0), kIncident, 0.01, 0), 0);
}

TEST(RoughnessScattering, RefusesWhatIsOutOfRange) {
  const auto refused = [](const RoughStack& rough, double alpha_max, const char* what) {
    EXPECT_THAT([&] { RoughnessScattering(rough, 1, kIncident, alpha_max); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(what)));
  };
  refused(surface(5, 0), 0.1, "RoughStack: length");
  refused(surface(5, 200, 1.2), 0.1, "RoughStack: hurst");
  refused(surface(5, 200, 0.05), 0.1, "RoughStack: hurst");
  refused(surface(-5), 0.1, "roughness");
  refused(surface(5), 0, "alpha_max");
  refused(surface(50), 0.1, "RoughStack: roughness: expected less than");
  EXPECT_THROW(static_cast<void>(RoughnessScattering(surface(5), 1, kIncident, 0.1).waves(0.2)),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::roughness_test
