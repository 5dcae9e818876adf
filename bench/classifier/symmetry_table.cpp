// Prints how often the plane group of a drawn pattern is found: by content, pixel noise, number of
// cells and group. Not a timed benchmark; the time it tells is processor time.
//
// usage: foray_symmetry_table [IMAGES PER GROUP AND CONTENT [SEED]]

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "foray/classifier/wallpaper.h"
#include "foray/common/random.h"
#include "foray/simulator/wallpaper.h"

namespace {

using foray::CounterStream;
using foray::classifier::WallpaperAnalyzer;
using foray::classifier::WallpaperResult;
using foray::classifier::WallpaperStatus;
using foray::scattering::kWallpaperGroups;
using foray::scattering::WallpaperGroup;
using foray::simulator::PatternContent;
using foray::simulator::WallpaperImage;

constexpr std::array<double, 5> kCellEdges = {4, 8, 16, 32, 70};

struct Outcome {
  WallpaperGroup group = WallpaperGroup::kP1;
  double cells = 0;
  bool right = false;
  bool lattice = false;
  bool related = false;  // wrong, but a subgroup or a supergroup of the right one
};

struct Table {
  std::vector<Outcome> outcomes;
  double seconds = 0;
};

bool same_lattice(const Eigen::Matrix2d& a, const Eigen::Matrix2d& b) {
  const Eigen::Matrix2d change = a.inverse() * b;
  return (change.array() - change.array().round()).abs().maxCoeff() < 0.05 &&
         std::abs(std::abs(change.determinant()) - 1) < 0.05;
}

void judge(const WallpaperAnalyzer& analyzer, const WallpaperImage& drawn, Table& table) {
  const std::clock_t start = std::clock();
  const WallpaperResult result = analyzer.analyze(drawn.image);
  table.seconds += static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  Outcome outcome;
  outcome.group = drawn.group;
  outcome.cells = drawn.cells;
  if (result.status == WallpaperStatus::kFound) {
    outcome.right = result.group == drawn.group;
    outcome.lattice = same_lattice(result.basis, drawn.basis);
    outcome.related = !outcome.right && (foray::scattering::contains(result.group, drawn.group) ||
                                         foray::scattering::contains(drawn.group, result.group));
  }
  table.outcomes.push_back(outcome);
}

template <typename Chosen>
std::string share(const std::vector<Outcome>& outcomes, const Chosen& chosen) {
  int count = 0;
  int right = 0;
  for (const Outcome& one : outcomes) {
    if (!chosen(one)) continue;
    ++count;
    right += one.right ? 1 : 0;
  }
  return count == 0 ? "-" : fmt::format("{:.4f} ({})", static_cast<double>(right) / count, count);
}

// 95 % of the accuracies of 2000 samples drawn with replacement.
std::string interval(const std::vector<Outcome>& outcomes) {
  CounterStream random(1, 0);
  std::vector<double> means;
  const auto size = static_cast<double>(outcomes.size());
  for (int k = 0; k < 2000; ++k) {
    int right = 0;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      right += outcomes[static_cast<std::size_t>(random.uniform() * size)].right ? 1 : 0;
    }
    means.push_back(right / size);
  }
  std::sort(means.begin(), means.end());
  return fmt::format("{:.4f} to {:.4f}", means[50], means[1949]);
}

void print(const std::string& name, double noise, const Table& table) {
  const auto& all = table.outcomes;
  const auto size = static_cast<double>(all.size());
  const auto count = [&](auto&& has) { return std::count_if(all.begin(), all.end(), has); };
  const auto errors = count([](const Outcome& one) { return !one.right; });
  const auto related = count([](const Outcome& one) { return one.related; });
  const auto lattice = count([](const Outcome& one) { return one.lattice; });
  fmt::print(
      "{}, noise {:.0f}: accuracy {}, 95 % {}; lattice right {:.4f}; {} errors, {} of them "
      "sub- or supergroups; {:.2f} ms an image\n",
      name, noise, share(all, [](const Outcome&) { return true; }), interval(all),
      static_cast<double>(lattice) / size, errors, related, 1e3 * table.seconds / size);
  fmt::print("  by cells:");
  for (std::size_t k = 0; k + 1 < kCellEdges.size(); ++k) {
    fmt::print("  {:.0f}-{:.0f} {}", kCellEdges.at(k), kCellEdges.at(k + 1),
               share(all, [&](const Outcome& one) {
                 return one.cells >= kCellEdges.at(k) && one.cells < kCellEdges.at(k + 1);
               }));
  }
  fmt::print("\n  by group:");
  for (const WallpaperGroup group : foray::scattering::wallpaper_groups()) {
    fmt::print("  {} {}", foray::scattering::name_of(group),
               share(all, [&](const Outcome& one) { return one.group == group; }));
  }
  fmt::print("\n");
  std::fflush(stdout);
}

void run(PatternContent content, const std::string& name, int per_group, std::uint64_t seed) {
  const WallpaperAnalyzer analyzer;
  Table clean;
  Table noisy;
  int rejected = 0;
  for (const WallpaperGroup group : foray::scattering::wallpaper_groups()) {
    for (int k = 0; k < per_group; ++k) {
      const std::uint64_t index =
          static_cast<std::uint64_t>(k) * kWallpaperGroups + static_cast<std::uint64_t>(group);
      WallpaperImage drawn = foray::simulator::draw_wallpaper(group, content, {}, seed, index);
      rejected += drawn.rejected;
      judge(analyzer, drawn, clean);
      CounterStream random(foray::derive_seed(seed, "noise"), index);
      for (Eigen::Index i = 0; i < drawn.image.size(); ++i) drawn.image(i) += random.normal();
      judge(analyzer, drawn, noisy);
    }
  }
  const auto kept = static_cast<double>(clean.outcomes.size());
  fmt::print("{}: {:.4f} of the draws rejected as more symmetric than their group\n", name,
             rejected / (rejected + kept));
  print(name, 0, clean);
  print(name, 1, noisy);
}

}  // namespace

int main(int argc, char** argv) {
  const int per_group = argc > 1 ? std::atoi(argv[1]) : 60;
  const auto seed = argc > 2 ? static_cast<std::uint64_t>(std::atoll(argv[2])) : 2026;
  if (per_group <= 0) {
    fmt::print(stderr, "foray_symmetry_table: expected images per group > 0\n");
    return 2;
  }
  fmt::print("{} images of 256 x 256 pixels per group and content, seed {}, 4 to 70 cells\n",
             per_group, seed);
  run(PatternContent::kTexture, "texture", per_group, seed);
  run(PatternContent::kNoise, "noise", per_group, seed);
  run(PatternContent::kAtoms, "atoms", per_group, seed);
  return 0;
}
