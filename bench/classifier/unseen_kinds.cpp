#include "unseen_kinds.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <utility>

#include "foray/common/draws.h"
#include "foray/simulator/random_scene.h"
#include "foray/simulator/wallpaper.h"

namespace foray::bench {
namespace {

using scattering::Frame;
using scattering::Image;

Eigen::Index below(Rng& rng, Eigen::Index count) {
  return static_cast<Eigen::Index>(rng() % static_cast<std::uint64_t>(count));
}

// Waves of all lengths and directions, the longer the stronger.
Image clouds(Eigen::Index rows, Eigen::Index columns, Rng& rng) {
  Image image = Image::Zero(rows, columns);
  const double side = static_cast<double>(std::max(rows, columns));
  for (int wave = 0; wave < 48; ++wave) {
    const double turns = std::pow(2, uniform(rng, 0, 5));
    const double angle = uniform(rng, 0, 2 * std::numbers::pi);
    const double phase = uniform(rng, 0, 2 * std::numbers::pi);
    const double along_row = 2 * std::numbers::pi * turns * std::cos(angle) / side;
    const double along_column = 2 * std::numbers::pi * turns * std::sin(angle) / side;
    const double height = std::pow(turns, -0.7);
    for (Eigen::Index i = 0; i < rows; ++i) {
      for (Eigen::Index j = 0; j < columns; ++j) {
        image(i, j) += height * std::cos(phase + along_row * static_cast<double>(i) +
                                         along_column * static_cast<double>(j));
      }
    }
  }
  return image;
}

Image pattern(simulator::PatternContent content, Eigen::Index rows, Eigen::Index columns,
              Rng& rng) {
  const auto& groups = scattering::wallpaper_groups();
  simulator::WallpaperOptions options;
  options.rows = static_cast<int>(rows);
  options.columns = static_cast<int>(columns);
  const auto group = groups[rng() % groups.size()];
  return simulator::draw_wallpaper(group, content, options, rng(), 0).image;
}

// Counts whose logarithm follows the image, with counting noise.
Image counted(const Image& image, double level, double contrast, Rng& rng) {
  const double mean = image.mean();
  const double deviation = std::sqrt((image - image.mean()).square().mean());
  CounterStream noise(rng(), 0);
  Image counts = image;
  for (Eigen::Index k = 0; k < image.size(); ++k) {
    const double relative = (image.data()[k] - mean) / std::max(deviation, 1e-9);
    const double expected = level * std::exp(contrast * std::clamp(relative, -4.0, 4.0));
    counts.data()[k] = noise.poisson(expected);
  }
  return counts;
}

void shuffle_blocks(Image& counts, Rng& rng) {
  constexpr Eigen::Index kBlocks = 8;
  const Eigen::Index rows = counts.rows() / kBlocks;
  const Eigen::Index columns = counts.cols() / kBlocks;
  const Image old = counts;
  std::vector<Eigen::Index> order(kBlocks * kBlocks);
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<Eigen::Index>(k);
  for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[rng() % k]);
  for (Eigen::Index to = 0; to < kBlocks * kBlocks; ++to) {
    const Eigen::Index from = order[static_cast<std::size_t>(to)];
    counts.block(to / kBlocks * rows, to % kBlocks * columns, rows, columns) =
        old.block(from / kBlocks * rows, from % kBlocks * columns, rows, columns);
  }
}

void tear_rows(Image& counts, Rng& rng) {
  for (Eigen::Index i = 0; i < counts.rows(); ++i) {
    const Eigen::Index shift = below(rng, counts.cols());
    const auto row = counts.row(i).eval();
    for (Eigen::Index j = 0; j < counts.cols(); ++j) {
      counts(i, (j + shift) % counts.cols()) = row(j);
    }
  }
}

void invert(Image& counts, Rng& rng) {
  const Image logs = (counts.max(0) + 1).log();
  counts = counted(-logs, std::max<double>(1, counts.max(0).mean()), uniform(rng, 0.5, 1), rng);
}

void saturate(Image& counts, Rng& rng) {
  for (int spot = 0; spot < 12; ++spot) {
    const Eigen::Index rows = 1 + below(rng, counts.rows() / 3);
    const Eigen::Index columns = 1 + below(rng, counts.cols() / 3);
    counts
        .block(below(rng, counts.rows() - rows), below(rng, counts.cols() - columns), rows, columns)
        .setConstant(65535);
  }
}

}  // namespace

std::vector<std::string> drawn_kinds() { return {"clouds", "texture", "atoms", "grain"}; }

std::vector<std::string> spoilt_kinds() {
  return {"shuffled", "torn", "inverted", "saturated", "wrong_centre"};
}

scattering::Frame draw_unseen(const std::string& kind, std::uint64_t seed, std::uint64_t index) {
  Rng rng(derive_seed(derive_seed(seed, kind), index));
  simulator::RandomSceneOptions options;
  options.max_pixels = 25000 * std::pow(10, uniform(rng, 0, 0.7));
  const simulator::Beamline beamline = simulator::random_beamline(rng, options);
  Frame frame;
  frame.geometry = beamline.geometry;
  frame.mask = beamline.mask.size() > 0 ? beamline.mask
                                        : scattering::Mask::Zero(beamline.slow, beamline.fast);
  const Eigen::Index rows = frame.mask.rows();
  const Eigen::Index columns = frame.mask.cols();
  Image image;
  if (kind == "clouds") {
    image = clouds(rows, columns, rng);
  } else if (kind == "texture") {
    image = pattern(simulator::PatternContent::kTexture, rows, columns, rng);
  } else if (kind == "atoms") {
    image = pattern(simulator::PatternContent::kAtoms, rows, columns, rng);
  } else if (kind == "grain") {
    image = pattern(simulator::PatternContent::kNoise, rows, columns, rng);
  } else {
    throw std::invalid_argument("draw_unseen: expected a kind of drawn_kinds(), got " + kind);
  }
  const double level = std::pow(10, uniform(rng, -0.3, 2.5));
  frame.counts = counted(image, level, uniform(rng, 0.4, 1.2), rng);
  return frame;
}

scattering::Frame spoil(const std::string& kind, scattering::Frame frame, Rng& rng) {
  if (kind == "shuffled") {
    shuffle_blocks(frame.counts, rng);
  } else if (kind == "torn") {
    tear_rows(frame.counts, rng);
  } else if (kind == "inverted") {
    invert(frame.counts, rng);
  } else if (kind == "saturated") {
    saturate(frame.counts, rng);
  } else if (kind == "wrong_centre") {
    const double angle = uniform(rng, 0, 2 * std::numbers::pi);
    auto& geometry = frame.geometry;
    geometry.poni1 +=
        std::sin(angle) / 3 * geometry.pixel1 * static_cast<double>(frame.counts.rows());
    geometry.poni2 +=
        std::cos(angle) / 3 * geometry.pixel2 * static_cast<double>(frame.counts.cols());
  } else {
    throw std::invalid_argument("spoil: expected a kind of spoilt_kinds(), got " + kind);
  }
  return frame;
}

}  // namespace foray::bench
