#pragma once

#include "foray/scattering/geometry.h"

namespace foray::scattering {

/// Where a flat detector stands, in the words of Fit2D (and of most programs that draw a tilted
/// detector by its beam centre). Pixel size and wavelength are not part of it.
struct Fit2dGeometry {
  double direct_distance_mm = 1000.0;  ///< sample to detector along the beam [mm], > 0.
  double center_x = 0.0;               ///< beam centre along the fast axis [pixels].
  double center_y = 0.0;               ///< beam centre along the slow axis [pixels].
  double tilt_deg = 0.0;               ///< angle of the detector's normal to the beam [degrees].
  double tilt_plane_rotation_deg = 0;  ///< direction of the tilt in the detector's plane [degrees].
};

/// The PONI of a Fit2D geometry. The detector is turned about an axis in its own plane, so rot3
/// makes the azimuth of an untilted detector stay what it was.
/// @param pixels  supplies pixel1, pixel2 and wavelength; the rest of it is ignored.
/// @throws std::invalid_argument on a tilt not in (-90, 90) degrees, a distance <= 0, or invalid
/// pixels.
Geometry from_fit2d(const Fit2dGeometry& fit2d, const Geometry& pixels);

/// The Fit2D geometry of a PONI; a turn of the detector about the beam (part of rot3) is lost,
/// since Fit2D has no word for it. @throws std::invalid_argument where the beam misses the
/// detector.
Fit2dGeometry to_fit2d(const Geometry& geometry);

/// Unit of a beam centre: files differ (NXsas has lengths, NXmx and Eiger files pixels).
enum class CenterUnit { kPixels, kMetres };

/// A detector at right angles to the beam, as NXsas and most small-angle files describe it.
struct BeamCenterGeometry {
  double distance = 1.0;                  ///< sample to detector [m], > 0.
  double beam_center_x = 0.0;             ///< along the fast axis, from the first pixel's edge.
  double beam_center_y = 0.0;             ///< along the slow axis, from the first pixel's edge.
  CenterUnit unit = CenterUnit::kPixels;  ///< of the beam centre.
  double x_pixel_size = 172e-6;           ///< along the fast axis [m], > 0.
  double y_pixel_size = 172e-6;           ///< along the slow axis [m], > 0.
  double wavelength = 1e-10;              ///< [m], > 0.
};

/// The PONI of an untilted detector. @throws std::invalid_argument naming the bad field.
Geometry from_beam_center(const BeamCenterGeometry& geometry);

/// The untilted description of a PONI. @throws std::invalid_argument when the detector is tilted by
/// more than 1e-6 rad, for which a beam centre and a distance do not suffice.
BeamCenterGeometry to_beam_center(const Geometry& geometry, CenterUnit unit);

/// Photon energy [keV] of a wavelength [m], and back; hc = 12.398419843320026 keV angstrom exactly
/// in the SI of 2019. @throws std::invalid_argument unless > 0.
double energy_kev(double wavelength_m);
double wavelength_m(double energy_kev);

}  // namespace foray::scattering
