#include "foray/common/random.h"

#include <cmath>
#include <numbers>

namespace foray {

std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t z = seed + 0x9e3779b97f4a7c15ULL * (stream + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t derive_seed(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return derive_seed(seed, hash);
}

namespace {
__extension__ using Wide = unsigned __int128;  // for the full 64 x 64 bit product
}

CounterStream::result_type CounterStream::operator()() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  std::uint64_t x0 = counter_++;
  std::uint64_t x1 = index_;
  std::uint64_t key = key_;
  for (int round = 0; round < 10; ++round) {
    const auto product = static_cast<Wide>(x0) * 0xD2B74407B1CE6E93ULL;
    const auto high = static_cast<std::uint64_t>(product >> 64);
    const auto low = static_cast<std::uint64_t>(product);
    x0 = high ^ key ^ x1;
    x1 = low;
    key += 0x9E3779B97F4A7C15ULL;
  }
  spare_ = x1;
  has_spare_ = true;
  return x0;
}

double CounterStream::normal() {
  // 1 - u is in (0, 1], so the logarithm is finite.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

namespace {

double poisson_by_inversion(double mean, CounterStream& stream) {
  double term = std::exp(-mean);
  double left = stream.uniform();
  double k = 0;
  // 200 is beyond the 1e-16 tail for any mean below 10.
  while (left > term && k < 200) {
    left -= term;
    k += 1;
    term *= mean / k;
  }
  return k;
}

// Hoermann's PTRS; the constants are those of the paper's table for mean >= 10.
double poisson_by_rejection(double mean, CounterStream& stream) {
  const double root = std::sqrt(mean);
  const double log_mean = std::log(mean);
  const double b = 0.931 + 2.53 * root;
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_r = 0.9277 - 3.6224 / (b - 2.0);
  for (;;) {
    const double u = stream.uniform() - 0.5;
    const double v = stream.uniform();
    const double us = 0.5 - std::fabs(u);
    const double k = std::floor((2.0 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    int sign = 0;
    const double accept = -mean + k * log_mean - ::lgamma_r(k + 1.0, &sign);
    if (std::log(v) + std::log(inverse_alpha) - std::log(a / (us * us) + b) <= accept) return k;
  }
}

}  // namespace

double CounterStream::poisson(double mean) {
  if (!(mean > 0)) return 0;
  return mean < 10 ? poisson_by_inversion(mean, *this) : poisson_by_rejection(mean, *this);
}

}  // namespace foray
