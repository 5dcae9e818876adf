#include "foray/scattering/masks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "checks.h"
#include "foray/common/check.h"
#include "plain_name.h"

namespace foray::scattering {
namespace {

constexpr double kPilatusPixel = 172e-6;
constexpr double kEigerPixel = 75e-6;
constexpr double kPilatusCounter = 1048575;  // 20 bits

Detector pilatus(const char* name, int slow, int fast) {
  return {name, slow, fast, 195, 487, 17, 7, kPilatusPixel, kPilatusPixel, kPilatusCounter};
}

Detector eiger(const char* name, int slow, int fast) {
  return {name, slow, fast, 514, 1030, 37, 10, kEigerPixel, kEigerPixel, 0};
}

Detector eiger2(const char* name, int slow, int fast) {
  return {name, slow, fast, 512, 1028, 38, 12, kEigerPixel, kEigerPixel, 0};
}

}  // namespace

const std::vector<Detector>& known_detectors() {
  static const std::vector<Detector> kDetectors = {
      pilatus("Pilatus100k", 1, 1), pilatus("Pilatus300k", 3, 1), pilatus("Pilatus300kw", 1, 3),
      pilatus("Pilatus1M", 5, 2),   pilatus("Pilatus2M", 8, 3),   pilatus("Pilatus6M", 12, 5),
      eiger("Eiger500k", 1, 1),     eiger("Eiger1M", 2, 1),       eiger("Eiger4M", 4, 2),
      eiger("Eiger9M", 6, 3),       eiger("Eiger16M", 8, 4),      eiger2("Eiger2_500k", 1, 1),
      eiger2("Eiger2_1M", 2, 1),    eiger2("Eiger2_4M", 4, 2),    eiger2("Eiger2_16M", 8, 4)};
  return kDetectors;
}

const Detector& find_detector(std::string_view name) {
  const std::string wanted = plain_name(name);
  std::string names;
  for (const Detector& detector : known_detectors()) {
    if (plain_name(detector.name) == wanted) return detector;
    names += (names.empty() ? "" : ", ") + detector.name;
  }
  throw std::invalid_argument("find_detector: expected one of " + names + ", got \"" +
                              std::string(name) + "\"");
}

Mask gap_mask(const Detector& detector) {
  require_pixels("gap_mask", detector.slow(), detector.fast());
  Mask mask = Mask::Zero(detector.slow(), detector.fast());
  for (int m = 1; m < detector.modules_slow; ++m) {
    const int start = m * (detector.module_slow + detector.gap_slow) - detector.gap_slow;
    mask.middleRows(start, detector.gap_slow) = kMaskGap;
  }
  for (int m = 1; m < detector.modules_fast; ++m) {
    const int start = m * (detector.module_fast + detector.gap_fast) - detector.gap_fast;
    mask.middleCols(start, detector.gap_fast) = kMaskGap;
  }
  return mask;
}

void combine_into(Mask& mask, const Mask& other, std::string_view name) {
  if (mask.rows() != other.rows() || mask.cols() != other.cols()) {
    std::ostringstream text;
    text << "combine_into: mask \"" << name << "\": expected " << mask.rows() << " x "
         << mask.cols() << " pixels, got " << other.rows() << " x " << other.cols();
    throw std::invalid_argument(text.str());
  }
  std::transform(mask.data(), mask.data() + mask.size(), other.data(), mask.data(),
                 [](std::uint32_t a, std::uint32_t b) { return a | b; });
}

Mask saturation_mask(const Image& counts, double saturation) {
  require(std::isfinite(saturation) && saturation > 0,
          "saturation_mask: saturation: expected a finite value > 0, got " +
              std::to_string(saturation));
  Mask mask(counts.rows(), counts.cols());
  std::transform(counts.data(), counts.data() + counts.size(), mask.data(), [&](double count) {
    return count >= saturation ? std::uint32_t{kMaskOverResponding} : 0U;
  });
  return mask;
}

Mask invalid_value_mask(const Image& counts) {
  Mask mask(counts.rows(), counts.cols());
  std::transform(counts.data(), counts.data() + counts.size(), mask.data(), [](double count) {
    if (count == -1) return std::uint32_t{kMaskGap};
    return std::isfinite(count) && count >= 0 ? 0U : std::uint32_t{kMaskDead};
  });
  return mask;
}

Mask disk_mask(Eigen::Index rows, Eigen::Index cols, double slow, double fast, double radius) {
  require_pixels("disk_mask", rows, cols);
  require(radius >= 0 && std::isfinite(slow) && std::isfinite(fast),
          "disk_mask: expected a finite centre and a radius >= 0");
  Mask mask = Mask::Zero(rows, cols);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < cols; ++j) {
      const double dy = static_cast<double>(i) + 0.5 - slow;
      const double dx = static_cast<double>(j) + 0.5 - fast;
      if (dx * dx + dy * dy <= radius * radius) mask(i, j) = kMaskUser;
    }
  }
  return mask;
}

Mask rectangle_mask(Eigen::Index rows, Eigen::Index cols, Eigen::Index slow_from,
                    Eigen::Index slow_to, Eigen::Index fast_from, Eigen::Index fast_to) {
  require_pixels("rectangle_mask", rows, cols);
  const auto cut = [](Eigen::Index value, Eigen::Index size) {
    return std::clamp<Eigen::Index>(value, 0, size);
  };
  const Eigen::Index top = cut(slow_from, rows), bottom = cut(slow_to, rows);
  const Eigen::Index left = cut(fast_from, cols), right = cut(fast_to, cols);
  Mask mask = Mask::Zero(rows, cols);
  if (bottom > top && right > left) {
    mask.block(top, left, bottom - top, right - left) = kMaskUser;
  }
  return mask;
}

Mask from_good_map(const Mask& good) {
  return good.unaryExpr(
      [](std::uint32_t value) { return value == 0 ? std::uint32_t{kMaskUser} : 0U; });
}

std::string describe_mask(std::uint32_t bits) {
  if (bits == 0) return "good";
  static constexpr std::array<std::pair<int, const char*>, 8> kNames = {{{0, "gap"},
                                                                         {1, "dead"},
                                                                         {2, "under-responding"},
                                                                         {3, "over-responding"},
                                                                         {4, "noisy"},
                                                                         {6, "cluster"},
                                                                         {8, "user"},
                                                                         {31, "virtual"}}};
  std::string text;
  for (int bit = 0; bit < 32; ++bit) {
    if ((bits >> bit & 1U) == 0) continue;
    const auto named = std::find_if(kNames.begin(), kNames.end(),
                                    [&](const auto& entry) { return entry.first == bit; });
    if (!text.empty()) text += ", ";
    text += named != kNames.end() ? named->second : "bit " + std::to_string(bit);
  }
  return text;
}

}  // namespace foray::scattering
