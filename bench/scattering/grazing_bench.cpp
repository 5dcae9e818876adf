// Islands on a substrate at grazing incidence, a detector of 512 x 512 pixels.
#include <benchmark/benchmark.h>

#include <numbers>

#include "foray/scattering/grazing.h"

namespace foray::scattering {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

void image_of(benchmark::State& state, const SurfaceShape& shape) {
  GrazingSample sample;
  sample.stack.layers = {{}, {6e-6, 2e-8, 0, 0}};
  sample.shape = shape;
  const Eigen::VectorXd alpha = Eigen::VectorXd::LinSpaced(512, 0.002, 2) * kDegree;
  const Eigen::VectorXd phi = Eigen::VectorXd::LinSpaced(512, -2, 2) * kDegree;
  for (auto _ : state)
    benchmark::DoNotOptimize(grazing_intensity(sample, 1.0, 0.2 * kDegree, alpha, phi).sum());
}

void grazing_cylinders(benchmark::State& state) { image_of(state, SurfaceCylinder{50, 50}); }
BENCHMARK(grazing_cylinders)->Unit(benchmark::kMillisecond);
void grazing_spheres(benchmark::State& state) { image_of(state, SurfaceSphere{50}); }
BENCHMARK(grazing_spheres)->Unit(benchmark::kMillisecond);
void grazing_pyramids(benchmark::State& state) { image_of(state, PolygonFrustum{4, 80, 20, 50}); }
BENCHMARK(grazing_pyramids)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace foray::scattering
