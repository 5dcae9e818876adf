#pragma once

#include <optional>
#include <string>

#include "foray/files/metadata.h"
#include "foray/scattering/measurement.h"

namespace foray::files {

/// Where a measurement was kept.
struct SavedFile {
  std::string path;    ///< the folder and the file's name.
  std::string sha256;  ///< of its content, 64 lower-case hexadecimal digits.
};

/// Keeps one measurement of a campaign as one HDF5 file in a run's folder: a Frame as the NXsas
/// entry "entry", a Curve or QImage as the NXcanSAS entry "entry", the reduced curve as the
/// NXcanSAS entry "reduced", Values as datasets of an NXcollection in "entry". The file's default
/// is the reduced curve where there is one.
///
/// The file is named after the id, "measurement-000042.h5" for 42, written whole and synced (see
/// write_atomically); saving an id again replaces it, with the same bytes for the same content. The
/// folder must exist. Different ids may be saved concurrently.
///
/// @param reduced   the curve that a frame was reduced to; null: none.
/// @param metadata  what else is known: position, proposal, time.
/// @throws std::invalid_argument for an invalid measurement, curve or metadata name, or an id < 0;
///         FileError when it cannot be written: nothing was changed then.
SavedFile save_measurement(const std::string& folder, long long id,
                           const scattering::Measurement& measurement,
                           const scattering::Curve* reduced = nullptr,
                           const Metadata& metadata = {});

/// What save_measurement kept.
struct StoredMeasurement {
  scattering::Measurement measurement;
  std::optional<scattering::Curve> reduced;
  Metadata metadata;
};

/// Reads a file that save_measurement wrote.
/// @param sha256  what the content's SHA-256 must be; "" to trust it.
/// @throws FileError when it cannot be read, or its SHA-256 is another one.
StoredMeasurement load_measurement(const std::string& path, const std::string& sha256 = "");

}  // namespace foray::files
