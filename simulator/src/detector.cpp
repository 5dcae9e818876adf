#include "foray/simulator/detector.h"

#include <cctype>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"
#include "foray/scattering/masks.h"

namespace foray::simulator {

namespace {

constexpr double kWideCounter = 4294967294;  // 32 bits, less the marks of bad pixels
constexpr double kCameraLimit = 65535;       // 16 bits

std::vector<std::pair<Eigen::Index, Eigen::Index>> gaps_of(int modules, int pixels, int gap) {
  std::vector<std::pair<Eigen::Index, Eigen::Index>> gaps;
  for (int m = 1; m < modules; ++m) {
    const Eigen::Index end = Eigen::Index{m} * (pixels + gap);
    gaps.emplace_back(end - gap, end - 1);
  }
  return gaps;
}

Detector from_modules(const std::string& name, const scattering::Detector& known) {
  Detector detector;
  detector.name = name;
  detector.slow = known.slow();
  detector.fast = known.fast();
  detector.pixel = known.pixel1;
  detector.saturation = known.largest_count > 0 ? known.largest_count : kWideCounter;
  detector.slow_gaps = gaps_of(known.modules_slow, known.module_slow, known.gap_slow);
  detector.fast_gaps = gaps_of(known.modules_fast, known.module_fast, known.gap_fast);
  return detector;
}

// The detectors that random beamlines draw from; their order decides what a seed gives.
const std::vector<Detector>& table() {
  static const std::vector<Detector> kDetectors = [] {
    std::vector<Detector> detectors;
    for (const char* name : {"pilatus100k", "pilatus300k", "pilatus300kw", "pilatus1m", "pilatus2m",
                             "eiger500k", "eiger1m", "eiger4m"}) {
      detectors.push_back(from_modules(name, scattering::find_detector(name)));
    }
    detectors.push_back({"ccd512", 512, 512, 160e-6, kCameraLimit, {}, {}});
    detectors.push_back({"ccd1024", 1024, 1024, 80e-6, kCameraLimit, {}, {}});
    return detectors;
  }();
  return kDetectors;
}

using Gaps = std::vector<std::pair<Eigen::Index, Eigen::Index>>;

Gaps binned_gaps(const Gaps& gaps, int n, Eigen::Index size) {
  Gaps result;
  for (const auto& [first, last] : gaps) {
    if (first / n < size) result.emplace_back(first / n, std::min(last / n, size - 1));
  }
  return result;
}

bool shadowed(const Beamstop& stop, double right, double up) {
  // Along and across the direction in which the arm, line or wedge leads.
  const double along = right * std::cos(stop.direction) + up * std::sin(stop.direction);
  const double across = std::abs(up * std::cos(stop.direction) - right * std::sin(stop.direction));
  switch (stop.kind) {
    case Beamstop::Kind::kNone:
      return false;
    case Beamstop::Kind::kDisk:
      return std::hypot(right, up) <= stop.size || (along >= 0 && across <= stop.arm_width);
    case Beamstop::Kind::kLine:
      return along >= -stop.size && across <= stop.size;
    case Beamstop::Kind::kWedge:
      return along >= -stop.size &&
             across <= stop.size + (along + stop.size) * std::tan(stop.opening);
  }
  return false;
}

}  // namespace

std::vector<std::string> detector_names() {
  std::vector<std::string> names;
  for (const Detector& detector : table()) names.push_back(detector.name);
  return names;
}

Detector make_detector(const std::string& name) {
  for (const Detector& detector : table()) {
    if (detector.name == name) return detector;
  }
  try {
    return from_modules(name, scattering::find_detector(name));
  } catch (const std::invalid_argument&) {
    std::ostringstream message;
    message << "make_detector: expected one of";
    for (const auto& known : scattering::known_detectors()) {
      message << ' ';
      for (const char c : known.name) {
        message << static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      }
    }
    message << " ccd512 ccd1024, got " << name;
    throw std::invalid_argument(message.str());
  }
}

Detector binned(const Detector& detector, int n) {
  require_in_range("binned: n", n, 1, 16);
  Detector result = detector;
  result.slow = detector.slow / n;
  result.fast = detector.fast / n;
  result.pixel = detector.pixel * n;
  result.slow_gaps = binned_gaps(detector.slow_gaps, n, result.slow);
  result.fast_gaps = binned_gaps(detector.fast_gaps, n, result.fast);
  require(result.slow > 0 && result.fast > 0,
          "binned: expected at least one whole pixel, got none");
  return result;
}

scattering::Mask gap_mask(const Detector& detector) {
  scattering::Mask mask = scattering::Mask::Zero(detector.slow, detector.fast);
  for (const auto& [first, last] : detector.slow_gaps) {
    mask.middleRows(first, last - first + 1) = scattering::kMaskGap;
  }
  for (const auto& [first, last] : detector.fast_gaps) {
    mask.middleCols(first, last - first + 1) = scattering::kMaskGap;
  }
  return mask;
}

void add_beamstop(const Beamstop& beamstop, const scattering::Geometry& geometry,
                  scattering::Mask& mask) {
  if (beamstop.kind == Beamstop::Kind::kNone) return;
  const Eigen::Vector2d center = scattering::beam_center(geometry);
  for (Eigen::Index i = 0; i < mask.rows(); ++i) {
    for (Eigen::Index j = 0; j < mask.cols(); ++j) {
      const double up = (static_cast<double>(i) + 0.5 - center[0]) * geometry.pixel1;
      const double right = (static_cast<double>(j) + 0.5 - center[1]) * geometry.pixel2;
      if (shadowed(beamstop, right, up)) mask(i, j) |= scattering::kMaskUser;
    }
  }
}

}  // namespace foray::simulator
