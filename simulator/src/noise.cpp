#include "foray/simulator/noise.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "lanes.h"
#include "poisson_quantile.h"

namespace foray::simulator {

namespace {

constexpr std::size_t kMaxCount = 64;    // P(N > 64) < 1e-25 at kQuantileLimit
constexpr int kBlock = kQuantileBlock;   // pixels that are drawn together
constexpr std::size_t kStepsAtOnce = 4;  // between looks whether all lanes are done

const std::array<double, kMaxCount + kStepsAtOnce + 1> kReciprocal = [] {
  std::array<double, kMaxCount + kStepsAtOnce + 1> table{};
  for (std::size_t k = 1; k < table.size(); ++k) table[k] = 1.0 / static_cast<double>(k);
  return table;
}();

using Block = std::array<double, kBlock>;

// Uniforms in (0, 1) with 52 random bits, a block at a time: the splitmix64 finaliser of a counter
// whose start and step are those of a stream.
// Source: Steele, Lea, Flood (2014), doi:10.1145/2660193.2660195, figures 13 and 16.
class UniformBlocks {
 public:
  explicit UniformBlocks(CounterStream& stream) {
    const std::uint64_t start = stream();
    std::uint64_t step = stream() | 1;
    if (std::popcount(step ^ (step >> 1)) < 24) step ^= 0xaaaaaaaaaaaaaaaaULL;
    for (int i = 0; i < kLanes; ++i) counter_[i] = start + step * static_cast<std::uint64_t>(i);
    stride_ = Words{} + step * kLanes;
  }

  void fill(Block& out) {
    for (std::size_t i = 0; i < out.size(); i += kLanes) {
      Words z = counter_;
      counter_ += stride_;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
      z ^= z >> 31;
      // The bits as the digits of a number in [1, 2), less 1 - 2^-53.
      z = (z >> 12) | 0x3ff0000000000000ULL;
      Lanes value;
      std::memcpy(&value, &z, sizeof value);
      value -= 1 - 0x1.0p-53;
      std::memcpy(&out[i], &value, sizeof value);
    }
  }

 private:
  Words counter_{}, stride_{};
};

bool any(const Flags& flags) {
  std::int64_t all = 0;
  for (int i = 0; i < kLanes; ++i) all |= flags[i];
  return all != 0;
}

// counts[i] for i in [0, kLanes): the number of terms of the law that lie below uniform[i]. A lane
// whose uniform is not below the cumulative probability counts one more: plain loops would branch
// at every pixel.
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

// Means below kQuantileLimit; 0 for pixels that others draw.
void draw_small(const Block& mean, const Block& uniform, Eigen::Index n, double* counts) {
  alignas(64) Block zero{}, drawn{};
  Eigen::Map<Eigen::ArrayXd>(zero.data(), kBlock) =
      (-Eigen::Map<const Eigen::ArrayXd>(mean.data(), kBlock)).exp();
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); i += kLanes) {
    invert(&mean[i], &zero[i], &uniform[i], &drawn[i]);
  }
  std::copy_n(drawn.begin(), n, counts);
}

// Some small, some large.
void draw_mixed(const double* mean, const Block& uniform, double* counts, Eigen::Index n) {
  alignas(64) Block small{}, large{}, chance{};
  std::array<int, kBlock> place{};
  std::size_t larges = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const bool is_large = mean[i] >= kQuantileLimit;
    small[k] = !is_large && mean[i] > 0 ? mean[i] : 0;
    large[larges] = mean[i];
    chance[larges] = uniform[k];
    place[larges] = static_cast<int>(i);
    larges += is_large ? 1 : 0;
  }
  draw_small(small, uniform, n, counts);
  const std::size_t whole = std::min<std::size_t>(kBlock, (larges + kLanes - 1) / kLanes * kLanes);
  std::fill(large.begin() + static_cast<std::ptrdiff_t>(larges),
            large.begin() + static_cast<std::ptrdiff_t>(whole), kQuantileLimit);
  std::fill(chance.begin() + static_cast<std::ptrdiff_t>(larges),
            chance.begin() + static_cast<std::ptrdiff_t>(whole), 0.5);
  poisson_quantiles(large.data(), chance.data(), chance.data(), static_cast<Eigen::Index>(whole));
  for (std::size_t j = 0; j < larges; ++j) counts[place[j]] = chance[j];
}

// At most kBlock pixels; most blocks of a frame are of one kind.
void draw_block(const double* mean, double* counts, Eigen::Index n, UniformBlocks& uniforms) {
  alignas(64) Block uniform{};
  uniforms.fill(uniform);
  const Eigen::Map<const Eigen::ArrayXd> means(mean, n);
  if (means.maxCoeff() < kQuantileLimit) {
    alignas(64) Block small{};
    Eigen::Map<Eigen::ArrayXd>(small.data(), n) = means.max(0.0);
    draw_small(small, uniform, n, counts);
  } else if (means.minCoeff() >= kQuantileLimit) {
    poisson_quantiles(mean, uniform.data(), counts, n);
  } else {
    draw_mixed(mean, uniform, counts, n);
  }
}

void check_row(const scattering::Image& expected, Eigen::Index row) {
  // A NaN among them makes the sum one.
  const auto line = expected.row(row);
  if (line.minCoeff() >= 0 && line.maxCoeff() <= 1e15 && !std::isnan(line.sum())) return;
  for (Eigen::Index column = 0; column < expected.cols(); ++column) {
    const double value = line[column];
    if (value >= 0 && value <= 1e15) continue;
    std::ostringstream message;
    message << "poisson_image: expected counts from 0 to 1e15, got " << value << " at row " << row
            << ", column " << column;
    throw std::invalid_argument(message.str());
  }
}

}  // namespace

void draw_poisson(const double* mean, double* counts, Eigen::Index n, CounterStream& stream) {
  UniformBlocks uniforms(stream);
  for (Eigen::Index start = 0; start < n; start += kBlock) {
    draw_block(mean + start, counts + start, std::min<Eigen::Index>(kBlock, n - start), uniforms);
  }
}

scattering::Image poisson_image(const scattering::Image& expected, std::uint64_t seed,
                                std::uint64_t index, int threads, double most) {
  scattering::Image counts(expected.rows(), expected.cols());
  if (expected.cols() == 0) return counts;
  const std::uint64_t key = derive_seed(seed, index);
  parallel_for(expected.rows(), threads, [&](std::int64_t row) {
    check_row(expected, row);
    if (expected.row(row).maxCoeff() == 0) {  // a gap
      counts.row(row) = 0;
      return;
    }
    CounterStream stream(key, static_cast<std::uint64_t>(row));
    const Eigen::Index offset = row * expected.cols();
    draw_poisson(expected.data() + offset, counts.data() + offset, expected.cols(), stream);
    counts.row(row) = counts.row(row).min(most);
  });
  return counts;
}

}  // namespace foray::simulator
