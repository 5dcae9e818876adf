// Prints how well transitions of a stream are found: steps of several sizes and ramps of several
// lengths, among quiet frames and a slow drift. Not a timed benchmark; the time it tells is
// processor time.
//
// usage: foray_transition_table [SERIES A ROW [SEED]]
//
// A series has 300 frames of 40 numbers that scatter normally with the standard deviation 1, and
// drift by 5 from the first frame to the last in a direction of their own. Sizes are lengths over
// the spread between two successive frames, sqrt(2 * 40). An alarm from the transition on is its
// finding: within 10 frames of a step, and while a ramp lasts or within 10 frames and a quarter of
// its length after its end. All others are false.

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

#include "foray/classifier/transitions.h"
#include "foray/common/random.h"

namespace {

using Eigen::VectorXd;
using foray::Rng;

constexpr int kFrames = 300;
constexpr int kNumbers = 40;
constexpr int kLate = 10;  // and a quarter of a ramp
constexpr double kDrift = 5;

struct Row {
  double size = 5;     // spreads from frame to frame
  int length = 0;      // frames of the ramp; 0: a step
  double numbers = 1;  // share of the numbers that change
};

struct Found {
  int series = 0;
  int found = 0;
  std::int64_t quiet_frames = 0;
  int false_alarms = 0;
  std::vector<double> delays;
};

VectorXd direction(Rng& rng, double share) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  VectorXd result(kNumbers);
  for (double& value : result) {
    const bool changes = uniform(rng) < share;
    const double component = normal(rng);
    value = changes ? component : 0;
  }
  if (result.norm() == 0) result(0) = 1;
  return result.normalized();
}

void watch(const Row& row, std::uint64_t seed, Found& table) {
  Rng rng(seed);
  std::normal_distribution<double> normal;
  const VectorXd change = direction(rng, row.numbers) * row.size * std::sqrt(2.0 * kNumbers);
  const VectorXd drift = direction(rng, 1) * kDrift;
  const int start = std::uniform_int_distribution<int>(60, 220)(rng);
  const int last = start + row.length + row.length / 4 + kLate;
  foray::classifier::TransitionDetector detector;
  bool found = row.size == 0;
  for (int i = 0; i < kFrames; ++i) {
    const double part =
        i < start ? 0 : std::min(1.0, static_cast<double>(i - start + 1) / std::max(row.length, 1));
    VectorXd features = drift * i / kFrames + change * part;
    for (double& value : features) value += normal(rng);
    const auto alarm = detector.add(features);
    const bool during = row.size > 0 && i >= start && i <= last;
    table.quiet_frames += during ? 0 : 1;
    if (!alarm) continue;
    if (!during) ++table.false_alarms;
    if (during && !found) {
      found = true;
      ++table.found;
      table.delays.push_back(i - start);
    }
  }
  ++table.series;
}

void print(const Row& row, const Found& table, double seconds) {
  std::vector<double> delays = table.delays;
  std::sort(delays.begin(), delays.end());
  const auto quantile = [&](double share) {
    return delays.empty()
               ? std::nan("")
               : delays[static_cast<std::size_t>(share * static_cast<double>(delays.size() - 1))];
  };
  fmt::print("{:>6} {:>7} {:>8.2f} {:>9.3f} {:>8.0f} {:>9.0f} {:>16.2f} {:>12.0f}\n", row.size,
             row.length > 0 ? std::to_string(row.length) : "step", row.numbers,
             row.size > 0 ? static_cast<double>(table.found) / table.series : std::nan(""),
             quantile(0.5), quantile(0.9),
             2000.0 * table.false_alarms / static_cast<double>(table.quiet_frames),
             table.series * kFrames / seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const int series = argc > 1 ? std::atoi(argv[1]) : 200;
  const auto seed = static_cast<std::uint64_t>(argc > 2 ? std::atoll(argv[2]) : 1);
  fmt::print("{} series a row, seed {}\n", series, seed);
  fmt::print("{:>6} {:>7} {:>8} {:>9} {:>8} {:>9} {:>16} {:>12}\n", "size", "ramp", "numbers",
             "found", "delay", "of 90 %", "false per 2000", "frames / s");
  std::vector<Row> rows = {{0, 0, 1}};
  for (const double numbers : {1.0, 0.1})
    for (const double size : {0.5, 1.0, 2.0, 3.0, 5.0, 10.0}) rows.push_back({size, 0, numbers});
  for (const int length : {5, 10, 20, 40, 60}) rows.push_back({5, length, 1});
  for (std::size_t r = 0; r < rows.size(); ++r) {
    Found table;
    const std::clock_t start = std::clock();
    for (int i = 0; i < series; ++i)
      watch(rows[r], foray::derive_seed(seed + r, std::to_string(i)), table);
    print(rows[r], table, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
}
