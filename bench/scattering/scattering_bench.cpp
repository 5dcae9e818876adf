// Integration of a 2-megapixel frame and peak fits, one thread. pyfai_integration.py times pyFAI on
// the same detector and frame.
#include <benchmark/benchmark.h>

#include <cmath>
#include <numbers>

#include "foray/common/random.h"
#include "foray/scattering/integrate.h"
#include "foray/scattering/models.h"
#include "foray/scattering/peaks.h"
#include "foray/scattering/split_integrate.h"

namespace foray::scattering {
namespace {

constexpr Eigen::Index kSlow = 2048, kFast = 1024;

Geometry detector() {
  return {.dist = 1.0,
          .poni1 = 0.17,
          .poni2 = 0.085,
          .wavelength = 1e-10,
          .pixel1 = 172e-6,
          .pixel2 = 172e-6};
}

Image frame() {
  Image counts(kSlow, kFast);
  CounterStream random(1, 0);
  for (Eigen::Index p = 0; p < counts.size(); ++p) counts.data()[p] = random.poisson(50.0);
  return counts;
}

AzimuthalIntegrator integrator() {
  IntegrationOptions options;
  options.q.count = 1000;
  options.corrections.polarization = 0.95;
  return {detector(), Mask::Zero(kSlow, kFast), options};
}

// I(q) and Poisson sigma(q).
void integrate_counts(benchmark::State& state) {
  const AzimuthalIntegrator engine = integrator();
  const Image counts = frame();
  for (auto _ : state) benchmark::DoNotOptimize(to_curve(engine.integrate(counts)));
  state.counters["Mpixel/s"] = benchmark::Counter(static_cast<double>(counts.size()) / 1e6,
                                                  benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(integrate_counts)->Unit(benchmark::kMillisecond);

// I(q) and sigma(q) from a variance image.
void integrate_counts_and_variance(benchmark::State& state) {
  const AzimuthalIntegrator engine = integrator();
  const Image counts = frame(), variance = counts + 1.0;
  for (auto _ : state) benchmark::DoNotOptimize(to_curve(engine.integrate(counts, &variance)));
}
BENCHMARK(integrate_counts_and_variance)->Unit(benchmark::kMillisecond);

// With a mask of this frame alone (saturated pixels).
void integrate_counts_with_skipped_pixels(benchmark::State& state) {
  const AzimuthalIntegrator engine = integrator();
  const Image counts = frame();
  Mask skip = Mask::Zero(kSlow, kFast);
  skip.block(1000, 500, 10, 10) = kMaskOverResponding;
  for (auto _ : state) {
    benchmark::DoNotOptimize(to_curve(engine.integrate(counts, nullptr, &skip)));
  }
}
BENCHMARK(integrate_counts_with_skipped_pixels)->Unit(benchmark::kMillisecond);

void build_integrator(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(integrator().bins());
}
BENCHMARK(build_integrator)->Unit(benchmark::kMillisecond);

SplitIntegrator cake() {
  SplitOptions options;
  options.first_bins.count = 1000;
  options.second_bins = Bins{.count = 360};
  options.split = PixelSplit::kBoundingBox;
  options.corrections.polarization = 0.95;
  return {detector(), Mask::Zero(kSlow, kFast), options};
}

// 1000 x 360 bins of q and chi, pixels split by their boxes, with errors.
void integrate_cake(benchmark::State& state) {
  const SplitIntegrator engine = cake();
  const Image counts = frame();
  for (auto _ : state) benchmark::DoNotOptimize(engine.integrate(counts).signal.sum());
}
BENCHMARK(integrate_cake)->Unit(benchmark::kMillisecond);

void build_cake(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(cake());
}
BENCHMARK(build_cake)->Unit(benchmark::kMillisecond);

// A pseudo-Voigt of fwhm 0.004 on a sloping background, some 100 counts a bin at the top.
Curve peak_curve() {
  CounterStream random(2, 0);
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(400, 0.01, 0.15);
  curve.intensity = curve.sigma = curve.q;
  curve.counting = true;
  for (Eigen::Index i = 0; i < curve.q.size(); ++i) {
    const double x = (curve.q[i] - 0.05) / 0.004;
    const double expected =
        80 * (0.5 * std::exp(-2.7725887 * x * x) + 0.5 / (1 + 4 * x * x)) + 25 - 100 * curve.q[i];
    curve.intensity[i] = random.poisson(expected);
    curve.sigma[i] = std::sqrt(std::max(curve.intensity[i], 1.0));
  }
  return curve;
}

void search_peaks(benchmark::State& state) {
  const Curve curve = peak_curve();
  for (auto _ : state) benchmark::DoNotOptimize(find_peaks(curve));
}
BENCHMARK(search_peaks)->Unit(benchmark::kMillisecond);

void fit_pseudo_voigt(benchmark::State& state) {
  const Curve curve = peak_curve();
  const auto peaks = find_peaks(curve);
  for (auto _ : state) benchmark::DoNotOptimize(fit_peak(curve, peaks.at(0)));
}
BENCHMARK(fit_pseudo_voigt)->Unit(benchmark::kMillisecond);

void fit_gaussian(benchmark::State& state) {
  const Curve curve = peak_curve();
  const auto peaks = find_peaks(curve);
  for (auto _ : state) {
    benchmark::DoNotOptimize(fit_peak(curve, peaks.at(0), {.shape = PeakShape::kGaussian}));
  }
}
BENCHMARK(fit_gaussian)->Unit(benchmark::kMillisecond);

void cylinder_200_q(benchmark::State& state) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(200, 0.001, 0.5);
  const Model cylinder("cylinder");
  for (auto _ : state) benchmark::DoNotOptimize(cylinder.intensity(q));
}
BENCHMARK(cylinder_200_q)->Unit(benchmark::kMillisecond);

void parallelepiped_200_q(benchmark::State& state) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(200, 0.001, 0.5);
  const Model box("parallelepiped");
  for (auto _ : state) benchmark::DoNotOptimize(box.intensity(q));
}
BENCHMARK(parallelepiped_200_q)->Unit(benchmark::kMillisecond);

// With its defaults: dnn 220, d_factor 0.06.
void fcc_paracrystal_200_q(benchmark::State& state) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(200, 0.001, 0.5);
  const Model crystal("fcc_paracrystal");
  for (auto _ : state) benchmark::DoNotOptimize(crystal.intensity(q));
}
BENCHMARK(fcc_paracrystal_200_q)->Unit(benchmark::kMillisecond);

// Latex as wide as the search for a fit's start makes it.
void wide_spheres_1000_q(benchmark::State& state) {
  const Eigen::VectorXd q = Eigen::VectorXd::LinSpaced(1000, 0.001, 0.15);
  const Model sphere("sphere");
  for (auto _ : state) {
    benchmark::DoNotOptimize(sphere.intensity(q, {{"radius", 2300}}, {{"radius", {.width = 0.3}}}));
  }
}
BENCHMARK(wide_spheres_1000_q)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace foray::scattering
