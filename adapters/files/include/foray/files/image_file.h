#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "foray/scattering/geometry.h"
#include "foray/scattering/image.h"
#include "foray/scattering/measurement.h"

namespace foray::files {

/// How pixels are stored in a file.
enum class PixelType { kUint8, kUint16, kUint32, kInt32, kFloat32, kFloat64 };

/// The smallest integer type of {kUint8, kUint16, kUint32, kInt32} that holds every pixel exactly,
/// or kFloat64 when some pixel is no integer or beyond them.
PixelType smallest_type(const scattering::Image& image);

/// An image file's content: the pixels and what its header says of how they were measured.
struct ImageFile {
  scattering::Image pixels;                      ///< as stored, [slow][fast].
  scattering::Mask mask;                         ///< same shape; what the format marks as no datum
                                                 ///< (NaN, Pilatus gaps -1, EDF Dummy).
  std::optional<scattering::Geometry> geometry;  ///< where the header holds all of it.
  std::optional<double> exposure_s;              ///< exposure time [s].
  double saturation = 0;                         ///< counts at and above: saturated; 0: not known.
  std::map<std::string, std::string> header;     ///< every header entry, as text.
  std::vector<std::string> notes;                ///< what the reader left out or took for granted.
};

/// Reads the first page of a TIFF or BigTIFF: one sample a pixel, 8, 16, 32 or 64 bits, integer or
/// float, in strips or tiles, with any compression that libtiff has. Further pages are noted.
/// @throws FileError.
ImageFile read_tiff(const std::string& path);

/// Writes an uncompressed one-page TIFF, whole and synced (see write_atomically).
/// @returns SHA-256 of the file.
/// @throws std::invalid_argument for an empty image or a pixel that `type` cannot hold exactly
///         (kFloat32 rounds); FileError when it cannot be written.
std::string write_tiff(const std::string& path, const scattering::Image& image, PixelType type);

/// Reads an ESRF data file (EDF), also gzipped: the first image; every data type and byte order of
/// the format but 128-bit floats; Dummy/DDummy become the mask; SampleDistance, Center_1/2 (from
/// the first pixel's edge), PSize_1/2 and WaveLength become the geometry, ExposureTime the
/// exposure. A header with rotations gives no geometry, and a note. Further images are noted.
/// @throws FileError.
ImageFile read_edf(const std::string& path);

/// Writes an EDF with one image in little-endian order; `header` entries are added to those that
/// the format asks for. Gzipped when the path ends in ".gz".
/// @returns SHA-256 of the file.
/// @throws as write_tiff.
std::string write_edf(const std::string& path, const scattering::Image& image, PixelType type,
                      const std::map<std::string, std::string>& header = {});

/// Reads a CBF image with x-CBF_BYTE_OFFSET compression, checking its MD5 where the file gives one.
/// A Pilatus miniCBF header gives pixel size, exposure, wavelength, distance, beam centre (taken as
/// counted from the first pixel's edge) and saturation; pixels below 0 are masked: -1 as gap,
/// others as dead.
/// @throws FileError, also when the checksum does not match.
ImageFile read_cbf(const std::string& path);

/// Writes a Pilatus-like miniCBF with x-CBF_BYTE_OFFSET compression and an MD5 checksum. Values
/// must be integers that 32 bits hold; masked pixels of the frame are written as -1 (gap) or -2.
/// The miniCBF header has no tilt: a geometry with rot1, rot2 or rot3 is refused.
/// @returns SHA-256 of the file.
/// @throws as write_tiff.
std::string write_cbf(const std::string& path, const scattering::Frame& frame);

/// Reads a two-dimensional array of numbers or truth values from a numpy .npy file (versions 1-3,
/// either byte order, C or Fortran order).
/// @throws FileError.
ImageFile read_npy(const std::string& path);

/// Writes a numpy .npy file of version 1.0, C order, little-endian.
/// @returns SHA-256 of the file.
/// @throws as write_tiff.
std::string write_npy(const std::string& path, const scattering::Image& image, PixelType type);

/// Reads a PNG picture as grey: the samples as they are stored, of 8 or 16 bits (fewer are spread
/// over 0 to 255), whatever gamma, colour profile or partial transparency the file states. Colours
/// become their luminance (BT.601), which is noted; pixels that are wholly transparent are masked.
/// @throws FileError.
ImageFile read_png(const std::string& path);

/// Reads a mask from any image file (numpy, TIFF, EDF, CBF, NXsas): pixels that are not 0 are left
/// out, as bits of NXdetector's pixel_mask where the file holds whole numbers above 1, else as
/// kMaskUser.
/// @throws FileError.
scattering::Mask read_mask(const std::string& path);

}  // namespace foray::files
