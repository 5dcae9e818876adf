#pragma once

#include <numbers>

namespace foray::simulator {

inline constexpr double kPi = std::numbers::pi;
inline constexpr double kDegree = kPi / 180;  // [rad]
inline constexpr double kReferenceQ = 0.01;   // of power laws [1/angstrom]
inline constexpr double kTiny = 1e-12;        // stands for "> 0"
inline constexpr double kSigmas =
    2.3548200450309493;  // of a normal curve, in its full width at half maximum

}  // namespace foray::simulator
