#include "foray/simulator/domains.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>
#include <stdexcept>

#include "domain_patterns.h"
#include "foray/common/check.h"

namespace foray::simulator {
namespace {

constexpr double kMostDomainSteps = 1e10;  // pixels times what each of them goes through

void check(const DomainOptions& options) {
  require_in_range("draw_domains: rows", options.rows, 16, 4096);
  require_in_range("draw_domains: columns", options.columns, 16, 4096);
  const double side = std::min(options.rows, options.columns);
  require_in_range("draw_domains: least_period", options.least_period, 4, side / 2);
  require_in_range("draw_domains: most_period", options.most_period, options.least_period,
                   side / 2);
  require_in_range("draw_domains: least_wall", options.least_wall, 0.01, 0.25);
  require_in_range("draw_domains: most_wall", options.most_wall, options.least_wall, 0.25);
  require_in_range("draw_domains: least_noise", options.least_noise, 0, 1e6);
  require_in_range("draw_domains: most_noise", options.most_noise, options.least_noise, 1e6);
}

// What each pixel goes through, about as many as draw_pattern makes.
double domain_parts(DomainKind kind, const DomainFrame& frame) {
  const double periods = frame.reach() / frame.period;
  switch (kind) {
    case DomainKind::kStripes:
      return 3;
    case DomainKind::kLabyrinth:
      return 48;
    case DomainKind::kBubbles:  // of a hexagonal lattice, in a circle
      return std::numbers::pi * periods * periods / std::sqrt(0.75);
    case DomainKind::kNeedles:  // in rows a period apart, 6.9 periods long with their gaps
      return (2 * periods + 1) * (2 * periods / 6.9 + 1);
    case DomainKind::kAcDomains:
      return std::pow(0.5 * periods + 1, 2);
    case DomainKind::kVortices:
      return std::pow(2 * periods + 3, 2);
  }
  throw std::logic_error("domain_parts: a kind of domains without a pattern");
}

DomainFrame frame_of(const DomainOptions& options, double period, double orientation) {
  return {period, orientation,
          Eigen::Vector2d(static_cast<double>(options.columns), static_cast<double>(options.rows))};
}

// Refuses periods that make hours of an image, whatever is drawn.
void check_steps(DomainKind kind, const DomainOptions& options) {
  const double pixels = static_cast<double>(options.rows) * static_cast<double>(options.columns);
  const double steps = pixels * domain_parts(kind, frame_of(options, options.least_period, 0));
  if (steps <= kMostDomainSteps) return;
  std::ostringstream text;
  text << "draw_domains: least_period: expected a longer period for " << options.rows << " x "
       << options.columns << " pixels of " << name_of(kind) << ", got " << options.least_period;
  throw std::invalid_argument(text.str());
}

bool has_orientation(DomainKind kind) {
  return kind != DomainKind::kLabyrinth && kind != DomainKind::kVortices;
}

// After which turn a pattern has its orientation again [rad].
double orientation_period(DomainKind kind) {
  if (kind == DomainKind::kBubbles) return std::numbers::pi / 3;
  return kind == DomainKind::kAcDomains ? std::numbers::pi / 2 : std::numbers::pi;
}

double log_between(CounterStream& random, double low, double high) {
  return low * std::pow(high / low, random.uniform());
}

}  // namespace

std::string_view name_of(DomainKind kind) {
  switch (kind) {
    case DomainKind::kStripes:
      return "stripes";
    case DomainKind::kLabyrinth:
      return "labyrinth";
    case DomainKind::kBubbles:
      return "bubbles";
    case DomainKind::kNeedles:
      return "needles";
    case DomainKind::kAcDomains:
      return "ac_domains";
    case DomainKind::kVortices:
      return "vortices";
  }
  throw std::logic_error("name_of: a kind of domains without a name");
}

DomainImage draw_domains(DomainKind kind, const DomainOptions& options, std::uint64_t seed,
                         std::uint64_t index) {
  check(options);
  check_steps(kind, options);
  CounterStream random(derive_seed(seed, name_of(kind)), index);
  DomainImage result;
  result.kind = kind;
  result.period = log_between(random, options.least_period, options.most_period);
  result.wall_width = result.period * log_between(random, options.least_wall, options.most_wall);
  result.noise =
      options.least_noise + (options.most_noise - options.least_noise) * random.uniform();
  const double orientation = orientation_period(kind) * random.uniform();
  if (has_orientation(kind)) result.orientation = orientation;
  const auto pattern = draw_pattern(kind, frame_of(options, result.period, orientation), random);
  scattering::Image& image = result.image;
  image.resize(options.rows, options.columns);
  for (Eigen::Index i = 0; i < image.rows(); ++i) {
    for (Eigen::Index j = 0; j < image.cols(); ++j) {
      const Eigen::Vector2d place(static_cast<double>(j), static_cast<double>(i));
      image(i, j) = std::tanh(2 * pattern->distance(place) / result.wall_width);
    }
  }
  image -= image.mean();
  const double deviation = std::sqrt(image.square().mean());
  if (deviation > 0) image /= deviation;
  if (result.noise > 0) {
    for (Eigen::Index k = 0; k < image.size(); ++k) image(k) += result.noise * random.normal();
  }
  return result;
}

}  // namespace foray::simulator
