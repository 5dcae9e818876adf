#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "foray/scattering/geometry.h"
#include "foray/scattering/image.h"

namespace foray::simulator {

/// A detector by its shape, pixels and gaps.
struct Detector {
  std::string name;
  Eigen::Index slow = 0, fast = 0;  ///< shape in pixels.
  double pixel = 172e-6;            ///< edge of a square pixel [m].
  double saturation = 1048575;      ///< counts.
  /// First and last row (slow) or column (fast) of each gap between modules, both included.
  std::vector<std::pair<Eigen::Index, Eigen::Index>> slow_gaps, fast_gaps;
};

/// The detectors that random beamlines draw from: "pilatus100k", "pilatus300k", "pilatus300kw",
/// "pilatus1m", "pilatus2m", "eiger500k", "eiger1m", "eiger4m", and two plain squares, "ccd512" and
/// "ccd1024".
std::vector<std::string> detector_names();

/// One of those, or any other of scattering::known_detectors(), spelt as there or without capitals:
/// "pilatus6m", "eiger2_4m". Where the counter's limit depends on its setting it has 32 bits.
/// @throws std::invalid_argument naming the detectors that exist.
Detector make_detector(const std::string& name);

/// The same detector with n x n pixels read out as one; a binned pixel that touches a gap belongs
/// to it. Rows and columns beyond a whole number are dropped.
/// @throws std::invalid_argument unless n is from 1 to 16.
Detector binned(const Detector& detector, int n);

/// The mask of a detector: kMaskGap in its gaps.
scattering::Mask gap_mask(const Detector& detector);

/// What stops the direct beam.
struct Beamstop {
  enum class Kind { kNone, kDisk, kLine, kWedge };
  Kind kind = Kind::kDisk;
  double size = 0.002;      ///< radius of the disk, half-width of the line or wedge tip [m], > 0.
  double arm_width = 5e-4;  ///< half-width of the disk's arm [m]; 0: no arm.
  double direction =
      -1.5707963267948966;  ///< azimuth chi where the arm leads, from the beam [rad].
  double opening = 0.25;    ///< half-angle of the wedge [rad].
};

/// Marks (kMaskUser) the pixels that a beamstop around the direct beam shadows. The line and the
/// wedge begin `size` behind the beam and lead to the detector's edge.
void add_beamstop(const Beamstop& beamstop, const scattering::Geometry& geometry,
                  scattering::Mask& mask);

}  // namespace foray::simulator
