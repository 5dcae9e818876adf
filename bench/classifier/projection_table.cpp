// Times maps of images' features and tells how trustworthy they are. Not a timed benchmark of its
// own: bench/classifier/umap_projection.py makes the features, runs umap-learn on them and calls
// this.
//
// usage: foray_projection_table FEATURES.npy THREADS [MAP.npy ...]
//   FEATURES.npy  one image a row; MAP.npy: another program's map of them, one place a row

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "foray/classifier/map_quality.h"
#include "foray/classifier/neighbours.h"
#include "foray/classifier/principal.h"
#include "foray/classifier/projection.h"
#include "foray/files/image_file.h"

namespace {

using foray::classifier::ProjectionOptions;

constexpr int kNeighbours = 10;  // of trustworthiness

Eigen::MatrixXf columns_of(const std::string& path) {
  return foray::files::read_npy(path).pixels.matrix().transpose().cast<float>();
}

// Wall and processor seconds.
template <typename Work>
std::pair<double, double> timed(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t processor = std::clock();
  work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return {wall.count(), static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC};
}

void print_steps(const Eigen::MatrixXf& features, const ProjectionOptions& options) {
  namespace classifier = foray::classifier;
  Eigen::MatrixXf low;
  classifier::Neighbours near;
  const auto pca = timed([&] {
    low = classifier::principal_components(features, options.components, 1, options.layout.threads)
              .coordinates;
  });
  const auto search = timed([&] {
    near = classifier::find_neighbours(
        low, {.count = options.neighbours - 1, .threads = options.layout.threads});
  });
  const auto graph = timed([&] { classifier::fuzzy_graph(near); });
  fmt::print("  of which principal components {:.2f} s, neighbours {:.2f} s, graph {:.2f} s\n",
             pca.first, search.first, graph.first);
}

// Maps the first `count` images; the first call would also pay for memory, so the second counts.
void print_selection(const Eigen::MatrixXf& features, Eigen::Index count,
                     const ProjectionOptions& options) {
  const Eigen::MatrixXf some = features.leftCols(count);
  Eigen::MatrixXf map;
  for (int run = 0; run < 2; ++run) {
    const auto [wall, processor] = timed([&] { map = project(some, options); });
    if (run == 0) continue;
    fmt::print("foray, {} selected: {:.2f} s, processor {:.2f} s, trustworthiness {:.4f}\n", count,
               wall, processor,
               foray::classifier::trustworthiness(some, map, kNeighbours, options.layout.threads));
  }
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) {
    fmt::print(stderr, "usage: foray_projection_table FEATURES.npy THREADS [MAP.npy ...]\n");
    return 2;
  }
  const Eigen::MatrixXf features = columns_of(arguments[0]);
  ProjectionOptions options;
  options.layout.threads = std::stoi(arguments[1]);
  Eigen::MatrixXf map;
  const auto [wall, processor] = timed([&] { map = project(features, options); });
  fmt::print(
      "foray, {} x {}: {:.2f} s, processor {:.2f} s, trustworthiness {:.4f}\n", features.cols(),
      features.rows(), wall, processor,
      foray::classifier::trustworthiness(features, map, kNeighbours, options.layout.threads));
  print_steps(features, options);
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const Eigen::MatrixXf other = columns_of(arguments[i]);
    fmt::print("{}: trustworthiness {:.4f}\n", arguments[i],
               foray::classifier::trustworthiness(features.leftCols(other.cols()), other,
                                                  kNeighbours, options.layout.threads));
  }
  for (const Eigen::Index count : {1000, 3000}) {
    if (count <= features.cols()) print_selection(features, count, options);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    fmt::print(stderr, "foray_projection_table: {}\n", error.what());
    return 1;
  }
}
