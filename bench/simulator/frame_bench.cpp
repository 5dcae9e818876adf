#include <benchmark/benchmark.h>
#include <malloc.h>  // mallopt is glibc's

#include <fstream>
#include <iterator>
#include <string>

#include "foray/codec/sample_codec.h"
#include "foray/simulator/composed_library.h"
#include "foray/simulator/frame_maker.h"
#include "foray/simulator/noise.h"
#include "foray/simulator/random_scene.h"
#include "foray/simulator/sample_library.h"

namespace foray::simulator {
namespace {

// As the program does (app/src/main.cpp): the memory of frames is kept.
const bool kKeepsMemory =
    mallopt(M_MMAP_THRESHOLD, 32 << 20) != 0 && mallopt(M_TRIM_THRESHOLD, 256 << 20) != 0;

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

Scene rough_scene() {
  Scene scene;
  scene.surface = Surface{};
  scene.roughness = {Roughness{}};
  return scene;
}

// Of one shape in one order.
Scene island_scene(const scattering::SurfaceShape& shape, IslandOrder order, double spread) {
  Scene scene;
  scene.surface = Surface{};
  Islands islands;
  islands.shape = shape;
  islands.radius_spread = spread;
  islands.distance = 200;
  islands.order = order;
  islands.domain = 1000;
  scene.islands = islands;
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

void RoughFrame(benchmark::State& state) { make_frames(state, rough_scene()); }
BENCHMARK(RoughFrame)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
void CylinderIslandFrame(benchmark::State& state) {
  make_frames(state, island_scene(scattering::SurfaceCylinder{50, 50}, IslandOrder::kRadial, 0.1));
}
BENCHMARK(CylinderIslandFrame)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
void SphereIslandFrame(benchmark::State& state) {
  make_frames(state, island_scene(scattering::SurfaceSphere{50}, IslandOrder::kParacrystal, 0.1));
}
BENCHMARK(SphereIslandFrame)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
void PyramidIslandFrame(benchmark::State& state) {
  make_frames(state, island_scene(scattering::PolygonFrustum{4, 80, 20, 50},
                                  IslandOrder::kParacrystal, 0.1));
}
BENCHMARK(PyramidIslandFrame)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);
void LatticeIslandFrame(benchmark::State& state) {
  make_frames(state, island_scene(scattering::SurfaceCylinder{50, 50}, IslandOrder::kLattice, 0));
}
BENCHMARK(LatticeIslandFrame)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

// Every ready sample on a whole Pilatus 1M, with noise and labels, at eight places in turn.
void SampleOnPilatus1M(benchmark::State& state, const char* name) {
  std::ifstream stream(std::string(FORAY_SOURCE_DIR) + "/demo/samples/" + name + ".json");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const codec::SampleFile file = codec::read_sample_file(text);
  BeamlineSpec spec = *file.beamline;
  spec.detector = "pilatus1m";
  spec.binning = 1;
  if (name != std::string("superlattice_film") && name != std::string("giwaxs_polymer_blend")) {
    spec.beam_center.reset();
  }
  const FrameMaker maker(make_beamline(spec));
  const auto library = make_composed_library(file.sample, 1);
  const Eigen::MatrixXd range = library->range();
  std::uint64_t index = 0;
  for (auto _ : state) {
    const double share = 0.06 + 0.125 * static_cast<double>(index % 8);
    const Eigen::VectorXd at = range.col(0) + share * (range.col(1) - range.col(0));
    benchmark::DoNotOptimize(maker.make(library->scene(at), 1, 1, index++));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(SampleOnPilatus1M, diblock_wedge, "diblock_wedge")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(SampleOnPilatus1M, superlattice_film, "superlattice_film")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(SampleOnPilatus1M, giwaxs_polymer_blend, "giwaxs_polymer_blend")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(SampleOnPilatus1M, order_disorder_ramp, "order_disorder_ramp")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(SampleOnPilatus1M, rotated_crystal, "rotated_crystal")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(SampleOnPilatus1M, drifting_beam, "drifting_beam")->Unit(benchmark::kMillisecond);

// dSigma/dOmega of polydisperse spheres on 1000 x 1000 pixels, 200 +- 20 angstrom to q 0.38,
// without noise: the rows beside sasmodels.
void PolydisperseSpheres(benchmark::State& state, bool shell) {
  Beamline beamline;
  beamline.slow = beamline.fast = 1000;
  beamline.geometry.dist = 2;
  beamline.geometry.poni1 = beamline.geometry.poni2 = 500 * beamline.geometry.pixel1;
  beamline.resolution_fwhm = 0;
  const FrameMaker maker(beamline);
  Scene scene;
  scene.background = 0;
  ModelCurve curve;
  curve.model = shell ? "core_shell_sphere" : "sphere";
  curve.values = {{"radius", 200}};
  curve.distributions = {{"radius", {.width = 0.1}}};
  scene.curves = {curve};
  for (auto _ : state) benchmark::DoNotOptimize(maker.intensity(scene));
}
BENCHMARK_CAPTURE(PolydisperseSpheres, sphere, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(PolydisperseSpheres, core_shell_sphere, true)->Unit(benchmark::kMillisecond);

// One cylinder, 35 lengths of it, and 15 x 15 directions of it: the rows beside sasmodels.
void Cylinders(benchmark::State& state, double length_spread, double jitter) {
  Beamline beamline;
  beamline.slow = beamline.fast = 1000;
  beamline.geometry.dist = 2;
  beamline.geometry.poni1 = beamline.geometry.poni2 = 500 * beamline.geometry.pixel1;
  const FrameMaker maker(beamline);
  Scene scene;
  scene.background = 0;
  scene.cylinders = {OrientedCylinders{}};
  scene.cylinders[0].length_spread = length_spread;
  scene.cylinders[0].theta_spread = 2 * jitter;
  scene.cylinders[0].phi_spread = jitter;
  scene.cylinders[0].points = 15;
  for (auto _ : state) benchmark::DoNotOptimize(maker.intensity(scene));
}
BENCHMARK_CAPTURE(Cylinders, lengths, 0.1, 0.0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Cylinders, jitter, 0.0, 0.0872664625997)->Unit(benchmark::kMillisecond);

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
