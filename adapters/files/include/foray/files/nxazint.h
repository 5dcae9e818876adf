#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foray/files/metadata.h"
#include "foray/scattering/image.h"
#include "foray/scattering/measurement.h"

namespace foray::files {

/// A detector image that was integrated: bins of q, and for a cake bins of the azimuth as well.
struct AzimuthalIntegral {
  Eigen::VectorXd q;            ///< n centres [1/angstrom].
  Eigen::VectorXd q_edges;      ///< n + 1 [1/angstrom]; empty: not known.
  Eigen::VectorXd chi;          ///< m centres [rad]; empty: one bin over the azimuth, m is 1.
  Eigen::VectorXd chi_edges;    ///< m + 1 [rad]; empty: not known.
  scattering::Image intensity;  ///< m x n; NaN where no pixel counts.
  scattering::Image sigma;      ///< m x n; empty: not known.
  scattering::Image norm;       ///< m x n: what the pixels count for; empty: not known.
  std::string intensity_unit = "arbitrary";  ///< "counts/s", "1/cm" or "arbitrary".
  std::optional<double> wavelength;          ///< [m]; absent: not known.
  bool solid_angle_applied = false;          ///< a pixel counts for its solid angle.
  bool polarization_applied = false;         ///< and for the polarization at its place.
  bool monitor_applied = false;              ///< exposure and incident intensity are divided out.
  Metadata input;                            ///< how it was made, by the integrator's words.
  std::string title;                         ///< "" when there is none.
  Metadata metadata;                         ///< recorded beside it; only when it was read.
};

/// Writes it as NXazint1d, or as NXazint2d where it has bins of the azimuth; whole and synced (see
/// write_atomically). NeXus knows arbitrary units only, so the unit is among reduction/input too;
/// angles are in degrees. The same content gives the same bytes.
/// @param date  when it was integrated, ISO 8601; NeXus asks for it.
/// @returns SHA-256 of the file.
/// @throws std::invalid_argument for shapes that do not agree or an invalid metadata name;
///         FileError when it cannot be written.
std::string write_nxazint(const std::string& path, const AzimuthalIntegral& integral,
                          const std::string& date, const Metadata& metadata = {});

/// Reads every image of every entry and subentry that is NXazint1d or NXazint2d. A radial axis in
/// 2 theta becomes q by the file's wavelength or energy.
/// @throws FileError, also where there is none or one of them cannot be read.
std::vector<AzimuthalIntegral> read_nxazint(const std::string& path);

/// The bins of a curve that hold a pixel. @throws std::invalid_argument for a cake.
scattering::Curve curve_of(const AzimuthalIntegral& integral);

/// A cake over qx and qy, chi counted from qx to qy; bins without a pixel are masked.
/// @throws std::invalid_argument for a curve.
scattering::QImage q_image_of(const AzimuthalIntegral& integral);

}  // namespace foray::files
