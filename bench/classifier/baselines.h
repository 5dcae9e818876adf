#pragma once

#include <vector>

#include "foray/classifier/prepared.h"

// What classifiers that are measured beside each other get and give: plain data.
namespace foray::bench {

// The images of an example, which outlives this, and what is true of every path: 1, 0, or -1 where
// it is not known.
struct Picture {
  const float* image = nullptr;  // kImageChannels x kImageSide x kImageSide
  std::vector<int> truth;
};

// By picture and path: larger for a likelier one, 1/2 where yes and no are as likely.
using PathScores = std::vector<std::vector<double>>;

// The eight turns and mirrors of a square; number 0 leaves it as it is.
inline constexpr int kTurns = 8;

// Writes one channel, turned.
inline void turn_channel(const float* channel, int turn, float* out) {
  constexpr int kSide = classifier::kImageSide;
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      const int row = (turn & 1) != 0 ? kSide - 1 - i : i;
      const int column = (turn & 2) != 0 ? kSide - 1 - j : j;
      out[i * kSide + j] = channel[(turn & 4) != 0 ? column * kSide + row : row * kSide + column];
    }
  }
}

}  // namespace foray::bench
