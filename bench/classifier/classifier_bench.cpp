#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "foray/classifier/classifier.h"
#include "foray/classifier/embedding.h"
#include "foray/classifier/preprocessing.h"
#include "foray/simulator/frame_maker.h"
#include "foray/simulator/sample_library.h"
#include "foray/simulator/wallpaper.h"

namespace foray::classifier {
namespace {

// Frames of the demo: 619 x 487 pixels, 1 s, places over the whole library.
std::vector<scattering::Frame> demo_frames(int count) {
  const simulator::FrameMaker maker(simulator::demo_beamline());
  const auto library = simulator::make_sample_library("film_library", 1);
  std::vector<scattering::Frame> frames;
  for (int k = 0; k < count; ++k) {
    const Eigen::Vector2d place(0.5 + 2.4 * k, 19.5 - 2.4 * k);
    frames.push_back(maker.make(library->scene(place), 1.0, 1, k).frame);
  }
  return frames;
}

void prepare_known_geometry(benchmark::State& state) {
  const auto frames = demo_frames(8);
  const Preprocessor preprocessor;
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(preprocessor.prepare(frames[next++ % frames.size()]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(prepare_known_geometry)->Unit(benchmark::kMillisecond);

void prepare_new_geometry(benchmark::State& state) {
  auto frames = demo_frames(1);
  const Preprocessor preprocessor;
  for (auto _ : state) {
    frames[0].geometry.dist += 1e-6;
    benchmark::DoNotOptimize(preprocessor.prepare(frames[0]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(prepare_new_geometry)->Unit(benchmark::kMillisecond);

// Frames per second of the whole: preprocessing, ensemble, counting noise.
void classify(benchmark::State& state) {
  if (!available()) {
    state.SkipWithError("this build has no LibTorch");
    return;
  }
  const auto frames = demo_frames(8);
  const auto classifier = builtin_classifier();
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(classifier->classify(frames[next++ % frames.size()]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(classify)->Unit(benchmark::kMillisecond);

// The whole of a frame of a million pixels.
void classify_megapixel(benchmark::State& state) {
  if (!available()) {
    state.SkipWithError("this build has no LibTorch");
    return;
  }
  auto beamline = simulator::demo_beamline();
  const double finer = 1024.0 / static_cast<double>(beamline.slow);
  beamline.slow = beamline.fast = 1024;
  beamline.geometry.pixel1 /= finer;
  beamline.geometry.pixel2 /= finer;
  beamline.flux *= finer * finer;
  beamline.mask = scattering::Mask::Zero(1024, 1024);
  const auto library = simulator::make_sample_library("film_library", 1);
  const auto frame =
      simulator::FrameMaker(beamline).make(library->scene(Eigen::Vector2d(5, 5)), 1.0, 1, 0).frame;
  const auto classifier = builtin_classifier();
  for (auto _ : state) benchmark::DoNotOptimize(classifier->classify(frame));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(classify_megapixel)->Unit(benchmark::kMillisecond);

// Features of an image of a pattern, its plane group included.
void embed(benchmark::State& state) {
  const auto side = static_cast<int>(state.range(0));
  const auto drawn = simulator::draw_wallpaper(scattering::WallpaperGroup::kP4m,
                                               simulator::PatternContent::kTexture,
                                               {.rows = side, .columns = side}, 1, 0);
  const ImageEmbedder embedder;
  for (auto _ : state) benchmark::DoNotOptimize(embedder.embed(drawn.image));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(embed)->Arg(128)->Arg(256)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace foray::classifier
