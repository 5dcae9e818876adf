#include <benchmark/benchmark.h>

#include <filesystem>

#include "foray/common/random.h"
#include "foray/files/measurement_store.h"
#include "foray/files/read_measurement.h"

namespace {

// A Pilatus-like frame of 619 x 487 pixels: a ring on a background, Poisson counts, and a gap.
foray::scattering::Frame frame() {
  foray::scattering::Frame result;
  result.counts.resize(619, 487);
  foray::CounterStream random(1, 0);
  for (Eigen::Index i = 0; i < result.counts.rows(); ++i) {
    for (Eigen::Index j = 0; j < result.counts.cols(); ++j) {
      const double radius = std::hypot(static_cast<double>(i) - 310, static_cast<double>(j) - 240);
      const double ring = 80 * std::exp(-0.5 * std::pow((radius - 120) / 6, 2));
      result.counts(i, j) = random.poisson(1 + 2000 / (10 + radius) + ring);
    }
  }
  result.mask = foray::scattering::Mask::Zero(619, 487);
  result.mask.middleRows(195, 17).setConstant(foray::scattering::kMaskGap);
  return result;
}

std::string folder() {
  const auto path = std::filesystem::temp_directory_path() / "foray-files-bench";
  std::filesystem::create_directories(path);
  return path.string();
}

// The whole of what a campaign waits for: HDF5, compression, SHA-256, write, two syncs, rename.
void save_frame(benchmark::State& state) {
  const auto one = frame();
  foray::scattering::Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(500, 0.01, 0.3);
  curve.intensity = curve.sigma = Eigen::VectorXd::Ones(500);
  const std::string where = folder();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        foray::files::save_measurement(where, 1, one, &curve, {{"x_mm", 1.0}}));
  }
  state.counters["bytes"] =
      static_cast<double>(std::filesystem::file_size(where + "/measurement-000001.h5"));
}
BENCHMARK(save_frame)->Unit(benchmark::kMillisecond)->UseRealTime();

void load_frame(benchmark::State& state) {
  const auto saved = foray::files::save_measurement(folder(), 2, frame());
  for (auto _ : state) {
    benchmark::DoNotOptimize(foray::files::load_measurement(saved.path, saved.sha256));
  }
}
BENCHMARK(load_frame)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
