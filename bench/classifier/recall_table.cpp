// Prints how often an image of the same pattern is found again among many, turned, scaled, shifted
// and with noise, and how often its neighbours have its plane group. Not a timed benchmark.
//
// usage: foray_recall_table [IMAGES [QUERIES [SEED]]]
//
// Each image is a window of 128 pixels, which holds 4 to 70 cells, onto a drawn pattern of 300
// pixels; 17 groups and three contents take turns. A query is another window onto the pattern of
// one of the images: turned by any angle, scaled by 0.75 to 1.33, shifted by up to 15 pixels in x
// and y, with noise.

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numbers>
#include <string>
#include <thread>
#include <vector>

#include "foray/classifier/embedding.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "foray/simulator/wallpaper.h"

namespace {

using namespace foray;
using classifier::EmbeddingWeights;

constexpr Eigen::Index kSide = 128;
constexpr int kFound = 10;

// How a window lies on a pattern; lengths in the pattern's pixels.
struct View {
  double angle = 0;
  double scale = 1;  // pixels of the pattern a pixel of the window
  Eigen::Vector2d shift = Eigen::Vector2d::Zero();
  double noise = 0;  // of a pixel, in standard deviations of the pattern
};

// Keys' cubic weights of the four neighbours of a place `part` beyond the second of them.
Eigen::Array4d cubic(double part) {
  const double p = part;
  return {-0.5 * p + p * p - 0.5 * p * p * p, 1 - 2.5 * p * p + 1.5 * p * p * p,
          0.5 * p + 2 * p * p - 1.5 * p * p * p, -0.5 * p * p + 0.5 * p * p * p};
}

double value_at(const scattering::Image& image, const Eigen::Vector2d& place) {
  const Eigen::Vector2d low = place.array().floor();
  const auto j = static_cast<Eigen::Index>(low.x());
  const auto i = static_cast<Eigen::Index>(low.y());
  const Eigen::Array4d x = cubic(place.x() - low.x());
  const Eigen::Array4d y = cubic(place.y() - low.y());
  return (y.matrix().transpose() * image.block(i - 1, j - 1, 4, 4).matrix() * x.matrix())(0);
}

scattering::Image window(const scattering::Image& pattern, const View& view,
                         CounterStream& stream) {
  const Eigen::Matrix2d turn = view.scale * Eigen::Rotation2Dd(view.angle).toRotationMatrix();
  const Eigen::Vector2d middle(static_cast<double>(pattern.cols() - 1) / 2,
                               static_cast<double>(pattern.rows() - 1) / 2);
  scattering::Image result(kSide, kSide);
  for (Eigen::Index i = 0; i < kSide; ++i) {
    for (Eigen::Index j = 0; j < kSide; ++j) {
      const Eigen::Vector2d from(static_cast<double>(j) - 63.5, static_cast<double>(i) - 63.5);
      result(i, j) =
          value_at(pattern, middle + view.shift + turn * from) + view.noise * stream.normal();
    }
  }
  return result;
}

struct Settings {
  std::int64_t images = 1000;
  std::int64_t queries = 1000;
  std::uint64_t seed = 1;
};

simulator::WallpaperImage pattern(std::int64_t index, const Settings& settings) {
  const auto kind = static_cast<std::uint64_t>(index);
  const auto content = static_cast<simulator::PatternContent>(kind / 17 % 3);
  constexpr int kDrawn = 300;
  constexpr double kWindows = static_cast<double>(kDrawn) * kDrawn / (kSide * kSide);
  return simulator::draw_wallpaper(
      static_cast<scattering::WallpaperGroup>(kind % 17), content,
      {.rows = kDrawn, .columns = kDrawn, .least_cells = 4 * kWindows, .most_cells = 70 * kWindows},
      settings.seed, kind);
}

View turned_view(CounterStream& stream, double noise) {
  View view;
  view.angle = 2 * std::numbers::pi * stream.uniform();
  view.scale = 0.75 * std::pow(1.33 / 0.75, stream.uniform());
  view.shift = {30 * stream.uniform() - 15, 30 * stream.uniform() - 15};
  view.noise = noise;
  return view;
}

struct Features {
  Eigen::MatrixXf images;
  std::vector<Eigen::MatrixXf> queries;  // by noise; query q is of image q * images / queries
};

constexpr double kNoise[] = {0, 0.3, 1};

Features features_of(const Settings& settings, int threads) {
  const classifier::ImageEmbedder embedder;
  Features result;
  const Eigen::Index rows = classifier::EmbeddingParts::kAll;
  result.images.resize(rows, settings.images);
  for ([[maybe_unused]] const double noise : kNoise) {
    result.queries.emplace_back(rows, settings.queries);
  }
  const std::int64_t step = settings.images / settings.queries;
  parallel_for(settings.images, threads, [&](std::int64_t i) {
    CounterStream stream(derive_seed(settings.seed, "views"), static_cast<std::uint64_t>(i));
    const scattering::Image drawn = pattern(i, settings).image;
    result.images.col(i) = embedder.embed(window(drawn, {}, stream)).features;
    if (i % step != 0 || i / step >= settings.queries) return;
    for (std::size_t k = 0; k < result.queries.size(); ++k) {
      const scattering::Image seen = window(drawn, turned_view(stream, kNoise[k]), stream);
      result.queries[k].col(i / step) = embedder.embed(seen).features;
    }
  });
  return result;
}

struct Outcome {
  std::int64_t found = 0;  // its image is among the nearest ten
  std::int64_t first = 0;  // it is the nearest
  double same_group = 0;   // sum over queries: share of the ten with its plane group
  std::array<std::int64_t, 3> by_content{};  // found, by what fills the cells
  std::array<std::int64_t, 3> of_content{};  // queries
};

Outcome judge(const Features& features, std::size_t noise, const EmbeddingWeights& weights) {
  const Eigen::MatrixXf images = weighed(features.images, weights);
  const Eigen::MatrixXf queries = weighed(features.queries[noise], weights);
  const Eigen::VectorXf norms = images.colwise().squaredNorm();
  const Eigen::Index step = images.cols() / queries.cols();
  Outcome outcome;
  for (Eigen::Index q = 0; q < queries.cols(); ++q) {
    const Eigen::VectorXf squared = norms - 2 * (images.transpose() * queries.col(q));
    const auto nearer = (squared.array() < squared(q * step)).count();
    outcome.first += nearer == 0 ? 1 : 0;
    outcome.found += nearer < kFound ? 1 : 0;
    const auto content = static_cast<std::size_t>(q * step / 17 % 3);
    ++outcome.of_content[content];
    outcome.by_content[content] += nearer < kFound ? 1 : 0;
    std::vector<std::pair<float, Eigen::Index>> order;
    for (Eigen::Index i = 0; i < images.cols(); ++i) order.emplace_back(squared(i), i);
    std::partial_sort(order.begin(), order.begin() + kFound, order.end());
    for (int k = 0; k < kFound; ++k) {
      const bool same = order[static_cast<std::size_t>(k)].second % 17 == q * step % 17;
      outcome.same_group += same ? 1.0 / kFound : 0.0;
    }
  }
  return outcome;
}

void print_row(const char* name, const Features& features, const EmbeddingWeights& weights) {
  for (std::size_t k = 0; k < features.queries.size(); ++k) {
    const Outcome outcome = judge(features, k, weights);
    const auto all = static_cast<double>(features.queries[k].cols());
    fmt::print(
        "{:<28} noise {:.1f}: recall at 10 {:.4f}, at 1 {:.4f}, same group {:.3f}; by content",
        name, kNoise[k], static_cast<double>(outcome.found) / all,
        static_cast<double>(outcome.first) / all, outcome.same_group / all);
    for (std::size_t c = 0; c < 3; ++c) {
      fmt::print(" {:.4f}", static_cast<double>(outcome.by_content[c]) /
                                static_cast<double>(outcome.of_content[c]));
    }
    fmt::print("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  if (argc > 1) settings.images = std::max(std::int64_t{51}, std::int64_t{std::atoll(argv[1])});
  settings.queries = std::min(settings.images, std::int64_t{1000});
  if (argc > 2) {
    settings.queries =
        std::clamp(std::int64_t{std::atoll(argv[2])}, std::int64_t{1}, settings.images);
  }
  if (argc > 3) settings.seed = static_cast<std::uint64_t>(std::atoll(argv[3]));
  const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const Features features = features_of(settings, threads);
  fmt::print("{} images, {} queries a row, seed {}\n", settings.images, settings.queries,
             settings.seed);
  print_row("texture", features, {.texture = 1, .scale = 0, .symmetry = 0});
  print_row("texture and symmetry", features, {.texture = 1, .scale = 0, .symmetry = 0.5});
  print_row("texture, scale and symmetry", features, {});
  print_row("symmetry", features, {.texture = 0, .scale = 0, .symmetry = 1});
  return 0;
}
