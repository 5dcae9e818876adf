#pragma once

#include <optional>
#include <string>

#include "foray/files/nxazint.h"
#include "foray/files/read_measurement.h"
#include "foray/scattering/bins.h"
#include "foray/scattering/measurement.h"
#include "foray/scattering/split_integrate.h"

namespace foray::app {

/// How `foray reduce` makes curves.
struct ReductionOptions {
  int bins = 0;                           ///< number of bins; 0: one a pixel's width, about.
  bool logarithmic = false;               ///< bins of equal ratios instead of equal widths.
  std::optional<scattering::Range> q;     ///< only this range of q [1/angstrom].
  std::optional<scattering::Range> chi;   ///< only this sector [rad].
  std::optional<Eigen::VectorXd> like_q;  ///< bins around these centres, as another curve has.
  scattering::PixelSplit split = scattering::PixelSplit::kNone;  ///< of images from a detector.
  scattering::ClipOptions clip = {};         ///< errors of bins, and pixels that are left out.
  scattering::Corrections corrections = {};  ///< of images from a detector.
  int azimuths = 0;  ///< bins of the azimuth over the sector, or all of it; 0: one, a curve.
};

/// The curve of one measurement: a frame or data over qx, qy are averaged in rings of q, a curve is
/// cut to the range. A frame's intensity is counts a pixel and second, corrected for the pixel's
/// solid angle, the monitor and the transmission.
/// @throws std::runtime_error when there is nothing to reduce: no geometry, no good pixel, Values.
scattering::Curve reduce_item(const files::Item& item, const ReductionOptions& options);

/// The bins of q, and of the azimuth where it asks for some, that a frame fills: a cake. Without
/// bins of the azimuth other measurements are taken as the curve that reduce_item makes of them.
/// @throws std::runtime_error as reduce_item, and for a cake of anything but a frame.
files::AzimuthalIntegral integrate_item(const files::Item& item, const ReductionOptions& options);

}  // namespace foray::app
