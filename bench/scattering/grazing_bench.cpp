// Islands on a substrate at grazing incidence, a detector of 512 x 512 pixels.
#include <benchmark/benchmark.h>

#include <cmath>
#include <numbers>

#include "foray/scattering/grazing.h"
#include "foray/scattering/roughness.h"
#include "foray/scattering/surface_lattice.h"

namespace foray::scattering {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

GrazingSample sample_of(const SurfaceShape& shape) {
  GrazingSample sample;
  sample.stack.layers = {{}, {6e-6, 2e-8, 0, 0}};
  sample.shape = shape;
  return sample;
}

void image_of(benchmark::State& state, const GrazingSample& sample) {
  const Eigen::VectorXd alpha = Eigen::VectorXd::LinSpaced(512, 0.002, 2) * kDegree;
  const Eigen::VectorXd phi = Eigen::VectorXd::LinSpaced(512, -2, 2) * kDegree;
  for (auto _ : state)
    benchmark::DoNotOptimize(grazing_intensity(sample, 1.0, 0.2 * kDegree, alpha, phi).sum());
}

void grazing_cylinders(benchmark::State& state) {
  image_of(state, sample_of(SurfaceCylinder{50, 50}));
}
BENCHMARK(grazing_cylinders)->Unit(benchmark::kMillisecond);
void grazing_spheres(benchmark::State& state) { image_of(state, sample_of(SurfaceSphere{50})); }
BENCHMARK(grazing_spheres)->Unit(benchmark::kMillisecond);
void grazing_pyramids(benchmark::State& state) {
  image_of(state, sample_of(PolygonFrustum{4, 80, 20, 50}));
}
BENCHMARK(grazing_pyramids)->Unit(benchmark::kMillisecond);

// Radii of 50 +- 5 angstrom, fifty of them to three standard deviations.
void grazing_fifty_radii(benchmark::State& state) {
  GrazingSample sample = sample_of(SurfaceCylinder{50, 50});
  for (const double z : Eigen::VectorXd::LinSpaced(50, -3, 3)) {
    sample.mixture.push_back({SurfaceCylinder{50 + 5 * z, 50}, std::exp(-0.5 * z * z)});
  }
  image_of(state, sample);
}
BENCHMARK(grazing_fifty_radii)->Unit(benchmark::kMillisecond);

// A square lattice in all its turns about the normal, 64 x 64 pixels.
void grazing_square_lattice(benchmark::State& state) {
  GrazingSample sample = sample_of(SurfaceCylinder{50, 50});
  for (auto _ : state) {
    sample.structure = turned_lattice({.a = 200, .b = 200, .domain = 1000}, 0.3);
    const Eigen::VectorXd alpha = Eigen::VectorXd::LinSpaced(64, 0.002, 2) * kDegree;
    const Eigen::VectorXd phi = Eigen::VectorXd::LinSpaced(64, -2, 2) * kDegree;
    benchmark::DoNotOptimize(grazing_intensity(sample, 1.0, 0.2 * kDegree, alpha, phi).sum());
  }
}
BENCHMARK(grazing_square_lattice)->Unit(benchmark::kMillisecond);

// A rough surface, orders of its correlation up to eleven.
void grazing_rough_surface(benchmark::State& state) {
  RoughStack rough;
  rough.stack.layers = {{}, {6e-6, 2e-8, 0, 5}};
  const Eigen::VectorXd alpha = Eigen::VectorXd::LinSpaced(512, 0.002, 2) * kDegree;
  const Eigen::VectorXd phi = Eigen::VectorXd::LinSpaced(512, -2, 2) * kDegree;
  for (auto _ : state)
    benchmark::DoNotOptimize(roughness_intensity(rough, 1.0, 0.2 * kDegree, alpha, phi).sum());
}
BENCHMARK(grazing_rough_surface)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace foray::scattering
