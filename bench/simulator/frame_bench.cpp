#include <benchmark/benchmark.h>

#include "foray/simulator/frame_maker.h"
#include "foray/simulator/noise.h"
#include "foray/simulator/random_scene.h"
#include "foray/simulator/sample_library.h"

namespace foray::simulator {
namespace {

// Frames of 487 x 619 pixels on the demo's beamline; items are frames.
Scene film_scene(int phase) {
  // A lamellar, a hexagonal, an oriented and a disordered place of sample 1.
  static const Eigen::Vector2d kPlaces[] = {{11, 13.5}, {1, 11}, {6, 8.5}, {1, 1}};
  return make_sample_library("film_library", 1)->scene(kPlaces[phase]);
}

Scene grazing_scene() {
  Scene scene;
  scene.surface = Surface{};
  scene.surface->streak = 5;
  scene.rods = {Rod{.q = 0.05}, Rod{.q = 0.1}};
  scene.power_law_scale = 100;
  return scene;
}

void make_frames(benchmark::State& state, const Scene& scene) {
  const FrameMaker maker(demo_beamline());
  std::uint64_t index = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(maker.make(scene, 1, 1, index++, static_cast<int>(state.range(0))));
  }
  state.SetItemsProcessed(state.iterations());
}

void LamellarFrame(benchmark::State& state) { make_frames(state, film_scene(0)); }
void HexagonalFrame(benchmark::State& state) { make_frames(state, film_scene(1)); }
void OrientedFrame(benchmark::State& state) { make_frames(state, film_scene(2)); }
void DisorderedFrame(benchmark::State& state) { make_frames(state, film_scene(3)); }
void GrazingFrame(benchmark::State& state) { make_frames(state, grazing_scene()); }
BENCHMARK(LamellarFrame)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(HexagonalFrame)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(OrientedFrame)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(DisorderedFrame)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(GrazingFrame)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void ExpectedCounts(benchmark::State& state) {
  const FrameMaker maker(demo_beamline());
  const Scene scene = film_scene(0);
  for (auto _ : state) benchmark::DoNotOptimize(maker.expected(scene, 1));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ExpectedCounts)->Unit(benchmark::kMillisecond);

void PoissonNoise(benchmark::State& state) {
  const scattering::Image mean =
      scattering::Image::Constant(619, 487, static_cast<double>(state.range(0)) / 10);
  std::uint64_t index = 0;
  for (auto _ : state) benchmark::DoNotOptimize(poisson_image(mean, 1, index++));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PoissonNoise)->Arg(1)->Arg(10)->Arg(50)->Arg(1000)->Unit(benchmark::kMillisecond);

void VisibleLabels(benchmark::State& state) {
  const FrameMaker maker(demo_beamline());
  const Scene scene = film_scene(0);
  for (auto _ : state) benchmark::DoNotOptimize(maker.labels(scene, 1));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(VisibleLabels)->Unit(benchmark::kMillisecond);

void NewBeamline(benchmark::State& state) {
  const Beamline beamline = demo_beamline();
  for (auto _ : state) benchmark::DoNotOptimize(FrameMaker(beamline));
}
BENCHMARK(NewBeamline)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace foray::simulator
