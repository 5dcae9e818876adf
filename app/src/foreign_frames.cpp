#include "foreign_frames.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>

#include "foray/common/draws.h"
#include "foray/simulator/domains.h"
#include "foray/simulator/frame_maker.h"
#include "foray/simulator/random_scene.h"

namespace foray::app {
namespace {

using scattering::Image;

constexpr double kTurn = 2 * std::numbers::pi;

// A picture as a function of row and column, both in parts of the longer side.
template <typename Value>
Image picture(Eigen::Index rows, Eigen::Index columns, const Value& value) {
  Image image(rows, columns);
  const double step = 1 / static_cast<double>(std::max(rows, columns));
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) {
      image(i, j) = value(static_cast<double>(i) * step, static_cast<double>(j) * step);
    }
  }
  return image;
}

Image domains(Eigen::Index rows, Eigen::Index columns, Rng& rng) {
  using simulator::DomainKind;
  constexpr std::array kDomains = {DomainKind::kStripes,   DomainKind::kLabyrinth,
                                   DomainKind::kBubbles,   DomainKind::kNeedles,
                                   DomainKind::kAcDomains, DomainKind::kVortices};
  simulator::DomainOptions options;
  options.rows = static_cast<int>(rows);
  options.columns = static_cast<int>(columns);
  options.most_period = std::max(12.0, static_cast<double>(std::min(rows, columns)) / 4);
  const DomainKind kind = kDomains[rng() % kDomains.size()];
  return simulator::draw_domains(kind, options, rng(), 0).image;
}

// Ellipses and rectangles, each hiding what lies below it.
Image shapes(Eigen::Index rows, Eigen::Index columns, Rng& rng) {
  struct Shape {
    double row, column, along, across, cosine, sine, level;
    bool round;
  };
  std::vector<Shape> all(static_cast<std::size_t>(log_uniform(rng, 2, 40)));
  for (Shape& one : all) {
    const double angle = uniform(rng, 0, kTurn);
    one = {uniform(rng, 0, 1),          uniform(rng, 0, 1), log_uniform(rng, 0.02, 0.4),
           log_uniform(rng, 0.02, 0.4), std::cos(angle),    std::sin(angle),
           uniform(rng, -2, 2),         chance(rng, 0.5)};
  }
  return picture(rows, columns, [&](double row, double column) {
    double level = 0;
    for (const Shape& one : all) {
      const double y = row - one.row;
      const double x = column - one.column;
      const double u = std::abs(one.cosine * x + one.sine * y) / one.along;
      const double v = std::abs(one.cosine * y - one.sine * x) / one.across;
      if (one.round ? u * u + v * v < 1 : std::max(u, v) < 1) level = one.level;
    }
    return level;
  });
}

// Lines that end, as in writing or a drawing.
Image strokes(Eigen::Index rows, Eigen::Index columns, Rng& rng) {
  struct Stroke {
    double row, column, cosine, sine, length, width;
  };
  std::vector<Stroke> all(static_cast<std::size_t>(log_uniform(rng, 5, 60)));
  for (Stroke& one : all) {
    const double angle = uniform(rng, 0, kTurn);
    one = {uniform(rng, 0, 1), uniform(rng, 0, 1),          std::cos(angle),
           std::sin(angle),    log_uniform(rng, 0.03, 0.5), log_uniform(rng, 0.004, 0.02)};
  }
  return picture(rows, columns, [&](double row, double column) {
    for (const Stroke& one : all) {
      const double along = one.cosine * (column - one.column) + one.sine * (row - one.row);
      const double across = one.cosine * (row - one.row) - one.sine * (column - one.column);
      if (along > 0 && along < one.length && std::abs(across) < one.width) return 2.0;
    }
    return 0.0;
  });
}

// One to three waves, straight or round about any place, sharp or smooth.
Image waves(Eigen::Index rows, Eigen::Index columns, Rng& rng) {
  struct Wave {
    double along_row, along_column, row, column, chirp, phase;
  };
  std::vector<Wave> all(1 + rng() % 3);
  for (Wave& one : all) {
    const double turns = log_uniform(rng, 2, 30);
    const double angle = uniform(rng, 0, kTurn);
    const bool round = chance(rng, 0.4);
    one = {round ? 0 : kTurn * turns * std::sin(angle),
           round ? 0 : kTurn * turns * std::cos(angle),
           uniform(rng, 0, 1),
           uniform(rng, 0, 1),
           round ? 2 * kTurn * turns : 0,
           uniform(rng, 0, kTurn)};
  }
  const bool sharp = chance(rng, 0.4);
  return picture(rows, columns, [&](double row, double column) {
    double product = 1;
    for (const Wave& one : all) {
      const double square = std::pow(row - one.row, 2) + std::pow(column - one.column, 2);
      product *= std::cos(one.phase + one.along_row * row + one.along_column * column +
                          one.chirp * square);
    }
    return sharp ? std::copysign(1.0, product) : product;
  });
}

// Cells of levels of their own, perhaps over a slope.
Image test_card(Eigen::Index rows, Eigen::Index columns, Rng& rng) {
  const double cells = log_uniform(rng, 3, 20);
  const auto side = static_cast<std::size_t>(cells) + 1;
  std::vector<double> levels(side * side);
  for (double& level : levels) level = uniform(rng, -1.5, 1.5);
  const double slope = chance(rng, 0.5) ? uniform(rng, -3, 3) : 0;
  return picture(rows, columns, [&](double row, double column) {
    const auto i = std::min(side - 1, static_cast<std::size_t>(row * cells));
    const auto j = std::min(side - 1, static_cast<std::size_t>(column * cells));
    return levels[i * side + j] + slope * column;
  });
}

Image spirals(Eigen::Index rows, Eigen::Index columns, Rng& rng) {
  const double row0 = uniform(rng, 0, 1);
  const double column0 = uniform(rng, 0, 1);
  const auto arms = static_cast<double>(rng() % 6);
  const double turns = log_uniform(rng, 2, 15) * (chance(rng, 0.5) ? 1 : -1);
  const double phase = uniform(rng, 0, kTurn);
  return picture(rows, columns, [&](double row, double column) {
    const double azimuth = std::atan2(row - row0, column - column0);
    const double radius = std::hypot(row - row0, column - column0);
    return std::cos((1 + arms) * azimuth + kTurn * turns * radius + phase);
  });
}

// Counts that grow with the picture, evenly or by the exponential, with counting noise.
Image counts_of(const Image& image, Rng& rng) {
  const double mean = image.mean();
  const double deviation = std::max(1e-9, std::sqrt((image - mean).square().mean()));
  const double level = log_uniform(rng, 0.3, 1000);
  const double contrast = uniform(rng, 0.3, 1.3);
  const bool even = chance(rng, 0.4);
  CounterStream noise(rng(), 0);
  Image counts = image;
  for (Eigen::Index k = 0; k < image.size(); ++k) {
    const double relative = contrast * std::clamp((image.data()[k] - mean) / deviation, -4.0, 4.0);
    counts.data()[k] =
        noise.poisson(level * (even ? std::max(0.02, 1 + 0.6 * relative) : std::exp(relative)));
  }
  return counts;
}

Image drawn(Eigen::Index rows, Eigen::Index columns, Rng& rng) {
  using Draw = Image (*)(Eigen::Index, Eigen::Index, Rng&);
  constexpr std::array<Draw, 6> kDraws = {domains, shapes, strokes, waves, test_card, spirals};
  return counts_of(kDraws[rng() % kDraws.size()](rows, columns, rng), rng);
}

// Beyond a line across the frame another one.
void join(Image& counts, const Image& other, Rng& rng) {
  const double angle = uniform(rng, 0, kTurn);
  const double row = uniform(rng, 0.3, 0.7) * static_cast<double>(counts.rows());
  const double column = uniform(rng, 0.3, 0.7) * static_cast<double>(counts.cols());
  const bool turned = chance(rng, 0.5);
  for (Eigen::Index i = 0; i < counts.rows(); ++i) {
    for (Eigen::Index j = 0; j < counts.cols(); ++j) {
      const double beyond = std::sin(angle) * (static_cast<double>(i) - row) +
                            std::cos(angle) * (static_cast<double>(j) - column);
      if (beyond < 0) continue;
      counts(i, j) = turned ? other(counts.rows() - 1 - i, counts.cols() - 1 - j) : other(i, j);
    }
  }
}

// The frame made smaller, several times over.
void tile(Image& counts, Rng& rng) {
  const auto times = static_cast<Eigen::Index>(2 + rng() % 3);
  const Image old = counts;
  const Eigen::Index rows = counts.rows() / times;
  const Eigen::Index columns = counts.cols() / times;
  for (Eigen::Index i = 0; i < counts.rows(); ++i) {
    for (Eigen::Index j = 0; j < counts.cols(); ++j) {
      counts(i, j) = old(std::min((i % rows) * times, old.rows() - 1),
                         std::min((j % columns) * times, old.cols() - 1));
    }
  }
}

// A second exposure beside the first.
void expose_twice(Image& counts, Rng& rng) {
  const double angle = uniform(rng, 0, kTurn);
  const double way = uniform(rng, 0.12, 0.5);
  const auto down =
      static_cast<Eigen::Index>(way * std::sin(angle) * static_cast<double>(counts.rows()));
  const auto right =
      static_cast<Eigen::Index>(way * std::cos(angle) * static_cast<double>(counts.cols()));
  const Image old = counts;
  for (Eigen::Index i = 0; i < counts.rows(); ++i) {
    for (Eigen::Index j = 0; j < counts.cols(); ++j) {
      const Eigen::Index from_row = i - down;
      const Eigen::Index from_column = j - right;
      if (from_row < 0 || from_row >= old.rows()) continue;
      if (from_column < 0 || from_column >= old.cols()) continue;
      counts(i, j) += old(from_row, from_column);
    }
  }
}

void displace_in_waves(Image& counts, Rng& rng) {
  const double height = uniform(rng, 0.04, 0.15) * static_cast<double>(counts.cols());
  const double turns = log_uniform(rng, 1.5, 8);
  const double phase = uniform(rng, 0, kTurn);
  const Image old = counts;
  for (Eigen::Index i = 0; i < counts.rows(); ++i) {
    const double at = static_cast<double>(i) / static_cast<double>(counts.rows());
    const auto shift = static_cast<Eigen::Index>(height * std::sin(kTurn * turns * at + phase));
    for (Eigen::Index j = 0; j < counts.cols(); ++j) {
      counts(i, j) = old(i, std::clamp<Eigen::Index>(j + shift, 0, counts.cols() - 1));
    }
  }
}

// Rows that were read in two to four streams, put together as if in one.
void mix_rows(Image& counts, Rng& rng) {
  const auto streams = static_cast<Eigen::Index>(2 + rng() % 3);
  const Image old = counts;
  Eigen::Index to = 0;
  for (Eigen::Index first = 0; first < streams; ++first) {
    for (Eigen::Index i = first; i < counts.rows(); i += streams) counts.row(to++) = old.row(i);
  }
}

void overflow(Image& counts, Rng& rng) {
  const double highest = std::max(4.0, counts.mean() * log_uniform(rng, 0.5, 3));
  counts = counts - highest * (counts / highest).floor();
}

void spoil(Image& counts, const Image& other, Rng& rng) {
  switch (rng() % 6) {
    case 0:
      return join(counts, other, rng);
    case 1:
      return tile(counts, rng);
    case 2:
      return expose_twice(counts, rng);
    case 3:
      return displace_in_waves(counts, rng);
    case 4:
      return mix_rows(counts, rng);
    default:
      return overflow(counts, rng);
  }
}

// A frame that shows enough of a sample for what is done to it to be seen.
std::optional<scattering::Frame> plain_frame(Rng& rng, const simulator::FrameMaker& maker,
                                             const simulator::RandomSceneOptions& options) {
  const auto scene = simulator::random_scene(rng, maker.beamline(), options);
  const double exposure = log_uniform(rng, 0.5, 5);
  auto made = maker.make(scene, exposure, rng(), 0);
  bool geometry = false;
  for (const std::string& path : made.labels) {
    if (path == "problem/weak" || path == "problem/empty") return std::nullopt;
    geometry |= path.find('/') == std::string::npos;
  }
  if (!geometry) return std::nullopt;
  return std::move(made.frame);
}

}  // namespace

std::vector<scattering::Frame> foreign_frames(std::uint64_t seed, int count) {
  constexpr int kTries = 8;
  Rng rng(derive_seed(seed, "foreign"));
  simulator::RandomSceneOptions options;
  options.max_pixels = 25000 * std::pow(10, uniform(rng, 0, 0.7));
  const simulator::FrameMaker maker(simulator::random_beamline(rng, options));
  const Eigen::Index rows = maker.beamline().slow;
  const Eigen::Index columns = maker.beamline().fast;
  scattering::Frame empty;
  empty.geometry = maker.beamline().geometry;
  empty.mask = maker.beamline().mask.size() > 0 ? maker.beamline().mask
                                                : scattering::Mask::Zero(rows, columns);
  std::vector<scattering::Frame> frames;
  std::optional<scattering::Frame> last;
  for (int k = 0; k < count; ++k) {
    std::optional<scattering::Frame> plain;
    if (chance(rng, 0.5)) {
      for (int t = 0; t < kTries && !plain; ++t) plain = plain_frame(rng, maker, options);
    }
    if (plain) {
      const Image other = last ? last->counts : drawn(rows, columns, rng);
      last = plain;
      spoil(plain->counts, other, rng);
      frames.push_back(std::move(*plain));
    } else {
      frames.push_back(empty);
      frames.back().counts = drawn(rows, columns, rng);
    }
  }
  return frames;
}

}  // namespace foray::app
