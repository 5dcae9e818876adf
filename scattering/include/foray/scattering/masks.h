#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "foray/scattering/geometry.h"
#include "foray/scattering/image.h"

namespace foray::scattering {

/// A detector made of equal flat modules in a grid, with gaps where no sensor is.
struct Detector {
  std::string name;            ///< as pyFAI spells it: "Pilatus1M".
  int modules_slow = 1;        ///< modules along the slow axis.
  int modules_fast = 1;        ///< modules along the fast axis.
  int module_slow = 1;         ///< pixels of a module along the slow axis.
  int module_fast = 1;         ///< pixels of a module along the fast axis.
  int gap_slow = 0;            ///< pixels between modules along the slow axis.
  int gap_fast = 0;            ///< pixels between modules along the fast axis.
  double pixel1 = 172e-6;      ///< pixel size along the slow axis [m].
  double pixel2 = 172e-6;      ///< pixel size along the fast axis [m].
  double largest_count = 0.0;  ///< what the counter holds at most; 0: depends on its setting.

  /// Pixels along the slow axis, gaps included.
  [[nodiscard]] int slow() const { return modules_slow * (module_slow + gap_slow) - gap_slow; }
  /// Pixels along the fast axis, gaps included.
  [[nodiscard]] int fast() const { return modules_fast * (module_fast + gap_fast) - gap_fast; }
};

/// The detectors that are known by name.
const std::vector<Detector>& known_detectors();

/// The detector of that name; case, spaces, '_' and '-' do not matter ("pilatus_1m").
/// @throws std::invalid_argument listing the names that are known.
const Detector& find_detector(std::string_view name);

/// kMaskGap in the gaps between the modules, 0 elsewhere.
Mask gap_mask(const Detector& detector);

/// Adds the bits of `other` to `mask`.
/// @param name  what `other` is, for the message.
/// @throws std::invalid_argument on different shapes, naming the mask and both shapes.
void combine_into(Mask& mask, const Mask& other, std::string_view name);

/// kMaskOverResponding where counts >= saturation. @throws std::invalid_argument unless
/// saturation > 0.
Mask saturation_mask(const Image& counts, double saturation);

/// Marks what counting detectors write where they have no count: kMaskGap for -1 (Dectris writes it
/// between modules), kMaskDead for any other negative value and for NaN or infinity.
Mask invalid_value_mask(const Image& counts);

/// kMaskUser within `radius` pixels of (slow, fast), in pixels with centres at index + 1/2: a round
/// beamstop. @throws std::invalid_argument on an empty shape or a negative radius.
Mask disk_mask(Eigen::Index rows, Eigen::Index cols, double slow, double fast, double radius);

/// kMaskUser in rows [slow_from, slow_to) and columns [fast_from, fast_to), cut at the image's
/// edges: the arm of a beamstop. @throws std::invalid_argument on an empty shape.
Mask rectangle_mask(Eigen::Index rows, Eigen::Index cols, Eigen::Index slow_from,
                    Eigen::Index slow_to, Eigen::Index fast_from, Eigen::Index fast_to);

/// The mask of a picture in the opposite convention, where 0 is bad and any other value good
/// (SciAnalysis, SasView): kMaskUser where `good` is 0.
Mask from_good_map(const Mask& good);

/// The reasons in a mask value in words: "gap, user"; "good" for 0; unknown bits by number.
std::string describe_mask(std::uint32_t bits);

}  // namespace foray::scattering
