#include "foray/simulator/noise.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "foray/common/check.h"
#include "foray/common/parallel.h"

namespace foray::simulator {

namespace {

// Below this mean inversion takes fewer steps than rejection costs.
constexpr double kInversionLimit = 12;
constexpr int kMaxCount = 128;  // P(N > 128) < 1e-80 at the limit

const std::array<double, kMaxCount + 1> kReciprocal = [] {
  std::array<double, kMaxCount + 1> table{};
  for (int k = 1; k <= kMaxCount; ++k) table[static_cast<std::size_t>(k)] = 1.0 / k;
  return table;
}();

double invert(double mean, double probability_of_0, double uniform) {
  double term = probability_of_0;
  int k = 0;
  while (uniform >= term && k < kMaxCount) {
    uniform -= term;
    ++k;
    term *= mean * kReciprocal[static_cast<std::size_t>(k)];
  }
  return k;
}

void check_means(const scattering::Image& expected) {
  for (Eigen::Index i = 0; i < expected.size(); ++i) {
    const double value = expected.data()[i];
    if (value >= 0 && value <= 1e15) continue;
    std::ostringstream message;
    message << "poisson_image: expected counts from 0 to 1e15, got " << value << " at row "
            << i / expected.cols() << ", column " << i % expected.cols();
    throw std::invalid_argument(message.str());
  }
}

}  // namespace

void draw_poisson(const double* mean, double* counts, Eigen::Index n, CounterStream& stream) {
  constexpr Eigen::Index kBlock = 256;
  std::array<double, kBlock> zero;  // probability of no count
  for (Eigen::Index start = 0; start < n; start += kBlock) {
    const Eigen::Index size = std::min(kBlock, n - start);
    const Eigen::Map<const Eigen::ArrayXd> block(mean + start, size);
    Eigen::Map<Eigen::ArrayXd>(zero.data(), size) = (-block).exp();
    for (Eigen::Index i = 0; i < size; ++i) {
      const double m = mean[start + i];
      double& out = counts[start + i];
      if (!(m > 0)) {
        out = 0;
      } else if (m < kInversionLimit) {
        out = invert(m, zero[static_cast<std::size_t>(i)], stream.uniform());
      } else {
        out = stream.poisson(m);
      }
    }
  }
}

scattering::Image poisson_image(const scattering::Image& expected, std::uint64_t seed,
                                std::uint64_t index, int threads) {
  check_means(expected);
  scattering::Image counts(expected.rows(), expected.cols());
  const std::uint64_t key = derive_seed(seed, index);
  parallel_for(expected.rows(), threads, [&](std::int64_t row) {
    CounterStream stream(key, static_cast<std::uint64_t>(row));
    const Eigen::Index offset = row * expected.cols();
    draw_poisson(expected.data() + offset, counts.data() + offset, expected.cols(), stream);
  });
  return counts;
}

}  // namespace foray::simulator
