#pragma once

#include <cstdint>
#include <random>
#include <string_view>

namespace foray {

/// The generator that is passed to everything that draws, one owner at a time.
using Rng = std::mt19937_64;

/// Mixes a seed with the identity of a use (a stream number, a proposal index), so that each use
/// has its own stream and none depends on how many draws another made.
///
/// Source: Steele, Lea, Flood (2014), doi:10.1145/2660193.2660195, the splitmix64 finaliser.
std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t stream);

/// The same for a use known by name ("frames", "proposals"): FNV-1a of the name as the stream.
std::uint64_t derive_seed(std::uint64_t seed, std::string_view name);

/// Counter-based random stream: draw k of stream (seed, index) is a pure function of the three, so
/// the pixels of a frame may be drawn on any number of threads in any order.
///
/// Source: Philox-2x64-10, Salmon et al. (2011), doi:10.1145/2063384.2063405.
class CounterStream {
 public:
  using result_type = std::uint64_t;

  CounterStream(std::uint64_t seed, std::uint64_t index) : key_(seed), index_(index) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }

  /// Next 64 random bits.
  result_type operator()();

  /// Uniform in [0, 1) with 53 random bits.
  double uniform() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

  /// Normal with mean 0 and standard deviation 1 (Box-Muller; two uniforms a draw, no state).
  double normal();

  /// Poisson with the given mean >= 0: inversion below 10, else the transformed rejection PTRS of
  /// Hoermann (1993), doi:10.1016/0167-6687(93)90997-4.
  double poisson(double mean);

 private:
  std::uint64_t key_;
  std::uint64_t index_;
  std::uint64_t counter_ = 0;
  std::uint64_t spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace foray
