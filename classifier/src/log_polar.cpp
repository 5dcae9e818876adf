#include "log_polar.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "foray/classifier/embedding.h"
#include "foray/common/median.h"

namespace foray::classifier {
namespace {

constexpr double kLargestK = 0.38;  // cycles per pixel: beyond it there is little but noise
constexpr double kOctaves = 5;      // below: longer waves than a disc of 256 pixels holds thrice
constexpr int kFiner = 4;           // samples along each side of a cell
// How patterns are found again in noise, chosen on patterns of another seed than those of
// docs/performance.md: the power of the cosine by which a disc fades to its rim (at 2 little but
// the middle counts), how many noise floors of power count half, the power of what is compared.
constexpr double kFade = 0.8;
constexpr float kHalfCounted = 1.5F;
constexpr float kCompared = 0.6F;
// Invariants: frequencies along ln |k| from 0, along the angle from -kColumns / 2.
constexpr Eigen::Index kRows = 24;
constexpr Eigen::Index kColumns = 40;
static_assert(kRows * kColumns == EmbeddingParts::kTexture);
static_assert(kLogRadii == EmbeddingParts::kScale);

// 1 in the middle, 0 at the rim.
Plane window(Eigen::Index side) {
  Plane result(side, side);
  const double middle = static_cast<double>(side - 1) / 2;
  for (Eigen::Index i = 0; i < side; ++i) {
    for (Eigen::Index j = 0; j < side; ++j) {
      const double radius =
          std::hypot(static_cast<double>(i) - middle, static_cast<double>(j) - middle);
      const double part = std::min(1.0, radius / (static_cast<double>(side) / 2));
      result(i, j) = static_cast<float>(std::pow(std::cos(std::numbers::pi / 2 * part), kFade));
    }
  }
  return result;
}

// |k|^2 times the power at a place (row, column) [bins], which may lie between bins or in the half
// that real planes leave out.
float power_at(const Plane& power, double row, double column) {
  if (column < 0) {
    row = -row;
    column = -column;
  }
  const double low_row = std::floor(row);
  const double low_column = std::floor(column);
  const auto i = static_cast<Eigen::Index>(low_row);
  const auto j = static_cast<Eigen::Index>(low_column);
  const auto y = static_cast<float>(row - low_row);
  const auto x = static_cast<float>(column - low_column);
  const Eigen::Index n = power.rows();
  const Eigen::Index first = (i % n + n) % n;
  const Eigen::Index second = (first + 1) % n;
  return (1 - y) * ((1 - x) * power(first, j) + x * power(first, j + 1)) +
         y * ((1 - x) * power(second, j) + x * power(second, j + 1));
}

// Power beyond the noise floor, less of what hardly stands out: Wiener's gain.
float beyond_noise(float power, float floor) {
  const float beyond = power - floor;
  return beyond > 0 ? beyond * beyond / (beyond + kHalfCounted * floor) : 0;
}

// The power of one disc, padded to twice its side so that places between bins are known.
Plane disc_power(const Eigen::Ref<const Plane>& square, const Plane& fade, Eigen::Index size) {
  Plane padded = Plane::Zero(size, size);
  padded.topLeftCorner(square.rows(), square.cols()) = square * fade;
  return forward(padded).abs2();
}

Plane mean_power(const Plane& plane, Eigen::Index size) {
  const Eigen::Index side = std::min(plane.rows(), plane.cols());
  const Plane fade = window(side);
  const Eigen::Index rest = std::max(plane.rows(), plane.cols()) - side;
  const Eigen::Index discs = 1 + (2 * rest + side - 1) / side;  // half a side apart or less
  Plane sum = Plane::Zero(size, size / 2 + 1);
  for (Eigen::Index d = 0; d < discs; ++d) {
    const Eigen::Index from = discs == 1 ? 0 : rest * d / (discs - 1);
    sum += plane.rows() > plane.cols() ? disc_power(plane.block(from, 0, side, side), fade, size)
                                       : disc_power(plane.block(0, from, side, side), fade, size);
  }
  return sum / static_cast<float>(discs);
}

// What white noise adds to each bin: the mean power that lies between the peaks beyond kLargestK.
// It is had from the median, since the peaks of a fine pattern reach there too; the power of noise
// is distributed exponentially, with a median of ln 2 of its mean.
float noise_floor(const Plane& power) {
  const auto size = static_cast<double>(power.rows());
  std::vector<float> beyond;
  for (Eigen::Index i = 0; i < power.rows(); ++i) {
    const auto row = static_cast<double>(i < power.rows() / 2 ? i : i - power.rows());
    for (Eigen::Index j = 0; j < power.cols(); ++j) {
      const double radius = std::hypot(row, static_cast<double>(j)) / size;
      if (radius > kLargestK && radius < 0.5) beyond.push_back(power(i, j));
    }
  }
  return upper_median(beyond) / std::numbers::ln2_v<float>;
}

void normalise(Eigen::VectorXf& values) {
  const float length = values.norm();
  if (length > 0) values /= length;
}

}  // namespace

Plane log_polar_power(const Plane& plane) {
  const Eigen::Index size = fast_size(2 * std::min(plane.rows(), plane.cols()));
  const Plane power = mean_power(plane, size);
  const float floor = noise_floor(power);
  Plane result = Plane::Zero(kLogRadii, kAngles);
  for (Eigen::Index r = 0; r < kLogRadii * kFiner; ++r) {
    const double octaves = kOctaves * ((static_cast<double>(r) + 0.5) / (kLogRadii * kFiner) - 1);
    const double radius = kLargestK * std::exp2(octaves) * static_cast<double>(size);  // [bins]
    const auto area = static_cast<float>(radius * radius);  // of a cell, but for a factor
    for (Eigen::Index t = 0; t < kAngles * kFiner; ++t) {
      const double angle =
          std::numbers::pi * ((static_cast<double>(t) + 0.5) / (kAngles * kFiner) - 0.5);
      result(r / kFiner, t / kFiner) +=
          area *
          beyond_noise(power_at(power, radius * std::sin(angle), radius * std::cos(angle)), floor);
    }
  }
  return result / std::max(result.sum(), 1e-30F);
}

Eigen::VectorXf shift_invariants(const Plane& power) {
  // A scaling moves power out of the range at one end, not round to the other: as many rows of
  // zeros keep the ends apart.
  Plane padded = Plane::Zero(2 * kLogRadii, kAngles);
  padded.topRows(kLogRadii) = power.pow(kCompared);
  // Rows by columns of half: frequencies along the angle from 0, along ln |k| of both signs.
  const Plane magnitude = forward(padded).abs();
  Eigen::VectorXf result(kRows * kColumns);
  for (Eigen::Index u = 0; u < kRows; ++u) {
    for (Eigen::Index m = 0; m < kColumns; ++m) {
      const Eigen::Index turn = m - kColumns / 2;
      const Eigen::Index row = turn >= 0 ? u : (2 * kLogRadii - u) % (2 * kLogRadii);
      result(u * kColumns + m) = magnitude(row, std::abs(turn));
    }
  }
  result(kColumns / 2) = 0;  // the mean, larger than all others and nearly the same for all images
  normalise(result);
  return result;
}

Eigen::VectorXf radial_amplitudes(const Plane& power) {
  Eigen::VectorXf result = power.rowwise().sum().sqrt().matrix();
  normalise(result);
  return result;
}

}  // namespace foray::classifier
