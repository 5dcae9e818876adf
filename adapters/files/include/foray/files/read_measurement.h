#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foray/files/metadata.h"
#include "foray/scattering/measurement.h"

namespace foray::files {

/// One measurement of a file.
struct Item {
  scattering::Measurement measurement;  ///< Frame, Curve, QImage; a reader returns no Values.
  std::string name;                     ///< its title in the file; "" when it has none.
  bool has_geometry = true;             ///< false: a Frame whose geometry is not known; it holds
                                        ///< the default one.
  Metadata metadata;                    ///< what foray wrote beside it.
  std::vector<std::string> notes;       ///< what was left out, sorted, or taken for granted.
};

/// What a file holds.
struct FileContent {
  std::string format;  ///< "NXsas", "NXcanSAS", "NXazint", "canSAS XML 1.1", "CBF", "TIFF", ...
  std::vector<Item> items;         ///< at least one.
  std::vector<std::string> notes;  ///< about the file as a whole.
};

/// What a person knows that an image file does not say.
struct ReadOptions {
  /// Geometry of frames; replaces what the file says. Its pixel sizes must be set.
  std::optional<scattering::Geometry> geometry;
  /// Pixels to leave out, added to the file's own; must have the frame's shape.
  std::optional<scattering::Mask> mask;
};

/// Reads a measured file of any format that foray knows. What it is, is told from its content: its
/// name does not matter.
///
/// Formats: NXsas, NXcanSAS and NXazint (HDF5; cakes as data over qx, qy), canSAS XML 1-D,
/// NIST/SasView two-dimensional ASCII, ISIS two-dimensional ASCII, DANSE .sans, columns of text (2
/// to 6: q, I, sigma, dq ...), Anton Paar .pdh, TIFF, EDF, CBF, numpy; text and image formats also
/// gzipped.
///
/// Points of a curve that are not finite are left out, pixels that are not finite are masked, q out
/// of order is sorted; each is noted.
///
/// @throws FileError in every case in which no measurement can be had, saying in one line what was
///         expected and what was found; std::invalid_argument for invalid options.
FileContent read_measurement(const std::string& path, const ReadOptions& options = {});

}  // namespace foray::files
