#include "foray/simulator/detector.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

#include "foray/common/check.h"

namespace foray::simulator {

namespace {

constexpr double kPilatus = 172e-6;
constexpr double kEiger = 75e-6;
constexpr double kPilatusLimit = 1048575;   // 20 bits
constexpr double kEigerLimit = 4294967294;  // 32 bits
constexpr double kCameraLimit = 65535;      // 16 bits

// Shapes, pixels and gaps: the tables of pyFAI 0.21.3's detector classes, except for the two
// cameras, which are plain squares.
const std::vector<Detector>& table() {
  static const std::vector<Detector> detectors = {
      {"pilatus100k", 195, 487, kPilatus, kPilatusLimit, {}, {}},
      {"pilatus300k", 619, 487, kPilatus, kPilatusLimit, {{195, 211}, {407, 423}}, {}},
      {"pilatus300kw", 195, 1475, kPilatus, kPilatusLimit, {}, {{487, 493}, {981, 987}}},
      {"pilatus1m",
       1043,
       981,
       kPilatus,
       kPilatusLimit,
       {{195, 211}, {407, 423}, {619, 635}, {831, 847}},
       {{487, 493}}},
      {"pilatus2m",
       1679,
       1475,
       kPilatus,
       kPilatusLimit,
       {{195, 211}, {407, 423}, {619, 635}, {831, 847}, {1043, 1059}, {1255, 1271}, {1467, 1483}},
       {{487, 493}, {981, 987}}},
      {"eiger500k", 514, 1030, kEiger, kEigerLimit, {}, {}},
      {"eiger1m", 1065, 1030, kEiger, kEigerLimit, {{514, 550}}, {}},
      {"eiger4m",
       2167,
       2070,
       kEiger,
       kEigerLimit,
       {{514, 550}, {1065, 1101}, {1616, 1652}},
       {{1030, 1039}}},
      {"ccd512", 512, 512, 160e-6, kCameraLimit, {}, {}},
      {"ccd1024", 1024, 1024, 80e-6, kCameraLimit, {}, {}},
  };
  return detectors;
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
  std::ostringstream message;
  message << "make_detector: expected one of";
  for (const Detector& detector : table()) {
    if (detector.name == name) return detector;
    message << ' ' << detector.name;
  }
  message << ", got " << name;
  throw std::invalid_argument(message.str());
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
