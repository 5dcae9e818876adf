#pragma once

#include <string>
#include <vector>

#include "foray/files/metadata.h"
#include "foray/files/read_measurement.h"
#include "foray/scattering/measurement.h"

namespace foray::files {

/// Writes a raw frame as NXsas HDF5, whole and synced (see write_atomically).
///
/// /entry holds the definition NXsas with the standard's fields, the detector's pixel_mask, and
/// the geometry a second time, unrounded, as instrument/detector/poni (NXcollection with dist,
/// poni1, poni2 [m], rot1, rot2, rot3 [radian], wavelength [m], pixel1, pixel2 [m]), so that
/// reading gives back every bit of it. `metadata` goes to /entry/foray (NXcollection). The same
/// content gives the same bytes. Masked pixels that no unsigned 32-bit number can hold become 0.
///
/// @returns SHA-256 of the file.
/// @throws std::invalid_argument for an invalid frame or metadata name; FileError when it cannot be
///         written.
std::string write_nxsas(const std::string& path, const scattering::Frame& frame,
                        const Metadata& metadata = {});

/// Writes a reduced curve (or data over qx, qy) as NXcanSAS HDF5, whole and synced.
/// @returns SHA-256 of the file.
/// @throws std::invalid_argument for lengths that do not agree; FileError when it cannot be
/// written.
std::string write_nxcansas(const std::string& path, const scattering::Curve& curve,
                           const Metadata& metadata = {});
std::string write_nxcansas(const std::string& path, const scattering::QImage& image,
                           const Metadata& metadata = {});

/// Reads every SASdata group of every entry of an NXcanSAS file, every detector image of an NXsas
/// entry, and what nxazint.h reads. Units become 1/angstrom and 1/cm; lengths become metres; beam
/// centres may be lengths or pixels. Files of the format's early drafts (NX_class SASentry,
/// attribute "unit") are read too.
/// @throws FileError.
FileContent read_nexus(const std::string& path);

}  // namespace foray::files
