#pragma once

#include <string>

#include "foray/scattering/geometry.h"

namespace foray::files {

/// Reads a calibration that pyFAI wrote (.poni, version 1, 2 or 2.1): Distance, Poni1, Poni2,
/// Rot1..3, Wavelength, and the pixel sizes from PixelSize1/2, from Detector_config, or from the
/// name of a detector that foray knows. Of several calibrations in one file the last counts, as in
/// pyFAI.
/// @throws FileError naming the key that is missing or wrong.
scattering::Geometry read_poni(const std::string& path);

/// Writes a .poni file of version 2 with a detector of the geometry's pixel size; every number is
/// written so that reading gives it back bit for bit.
/// @returns SHA-256 of the file.
/// @throws std::invalid_argument for an invalid geometry; FileError when it cannot be written.
std::string write_poni(const std::string& path, const scattering::Geometry& geometry);

}  // namespace foray::files
