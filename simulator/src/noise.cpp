#include "foray/simulator/noise.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "foray/common/check.h"
#include "foray/common/parallel.h"

namespace foray::simulator {

namespace {

// Below this mean inversion takes fewer steps than rejection costs.
constexpr double kInversionLimit = 12;
constexpr std::size_t kMaxCount = 64;    // P(N > 64) < 1e-25 at the limit
constexpr int kBlock = 256;              // pixels whose exponentials are computed together
constexpr int kLanes = 8;                // pixels that are inverted together
constexpr std::size_t kStepsAtOnce = 4;  // between looks whether all lanes are done

const std::array<double, kMaxCount + kStepsAtOnce + 1> kReciprocal = [] {
  std::array<double, kMaxCount + kStepsAtOnce + 1> table{};
  for (std::size_t k = 1; k < table.size(); ++k) table[k] = 1.0 / static_cast<double>(k);
  return table;
}();

// Vectors of GCC and clang, which become what the processor has: a lane whose uniform is not below
// the cumulative probability counts one more. Plain loops would branch at every pixel.
using Lanes __attribute__((vector_size(kLanes * sizeof(double)))) = double;
using Flags __attribute__((vector_size(kLanes * sizeof(double)))) = std::int64_t;

bool any(const Flags& flags) {
  std::int64_t all = 0;
  for (int i = 0; i < kLanes; ++i) all |= flags[i];
  return all != 0;
}

// counts[i] for i in [0, kLanes): the number of terms of the law that lie below uniform[i].
void invert(const double* mean, const double* zero, const double* uniform, double* counts) {
  Lanes m, term, u;
  std::memcpy(&m, mean, sizeof m);
  std::memcpy(&term, zero, sizeof term);
  std::memcpy(&u, uniform, sizeof u);
  Lanes sum = term;
  Flags count{};
  Flags above = u >= sum;
  for (std::size_t k = 1; k <= kMaxCount && any(above); k += kStepsAtOnce) {
    for (std::size_t step = 0; step < kStepsAtOnce; ++step) {
      count -= above;  // a true lane is -1
      term *= m * kReciprocal[k + step];
      sum += term;
      above = u >= sum;
    }
  }
  for (int i = 0; i < kLanes; ++i) counts[i] = static_cast<double>(count[i]);
}

// At most kBlock pixels.
void draw_block(const double* mean, double* counts, Eigen::Index n, CounterStream& stream) {
  alignas(64) std::array<double, kBlock> small{}, zero{}, uniform{}, drawn{};
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    small[k] = mean[i] > 0 && mean[i] < kInversionLimit ? mean[i] : 0;
    uniform[k] = stream.uniform();
  }
  Eigen::Map<Eigen::ArrayXd>(zero.data(), kBlock) =
      (-Eigen::Map<const Eigen::ArrayXd>(small.data(), kBlock)).exp();
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); i += kLanes) {
    invert(&small[i], &zero[i], &uniform[i], &drawn[i]);
  }
  for (Eigen::Index i = 0; i < n; ++i) {
    const double m = mean[i];
    counts[i] = m >= kInversionLimit ? stream.poisson(m) : drawn[static_cast<std::size_t>(i)];
  }
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
  for (Eigen::Index start = 0; start < n; start += kBlock) {
    draw_block(mean + start, counts + start, std::min<Eigen::Index>(kBlock, n - start), stream);
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
