#pragma once

#include <cstdint>
#include <cstring>

namespace foray::simulator {

inline constexpr int kLanes = 8;  // numbers that are worked on together

// Vectors of GCC and clang, which become what the processor has.
using Lanes __attribute__((vector_size(kLanes * sizeof(double)))) = double;
using Flags __attribute__((vector_size(kLanes * sizeof(double)))) = std::int64_t;
using Words __attribute__((vector_size(kLanes * sizeof(double)))) = std::uint64_t;

inline Lanes load_lanes(const double* values) {
  Lanes result;
  std::memcpy(&result, values, sizeof result);
  return result;
}

}  // namespace foray::simulator
