#pragma once

#include <string>

#include "foray/files/metadata.h"
#include "foray/files/read_measurement.h"
#include "foray/scattering/measurement.h"

namespace foray::files {

/// Reads every SASdata of a canSAS 1-D XML file (version 1.0 or 1.1): Q, I, Idev, Qdev, dQl, dQw
/// with the unit of each value.
/// @throws FileError.
FileContent read_cansas_xml(const std::string& path);

/// Writes a curve as canSAS 1-D XML of version 1.1; every number is written so that reading gives
/// it back bit for bit. metadata's "title" and "run" are used.
/// @returns SHA-256 of the file.
/// @throws std::invalid_argument for lengths that do not agree or numbers that are not finite;
///         FileError when it cannot be written.
std::string write_cansas_xml(const std::string& path, const scattering::Curve& curve,
                             const Metadata& metadata = {});

/// Reads text: columns of numbers (q, I; q, I, sigma; q, I, sigma, dq; the six of NIST's ABS
/// files, whose negative resolution is a slit's length), Anton Paar's .pdh, and two-dimensional
/// data over qx, qy (NIST and SasView columns, ISIS's matrices, DANSE's .sans). Columns may be
/// separated by blanks, commas or semicolons, and named in the line above them. q is taken as
/// 1/angstrom unless the text before the numbers says 1/nm.
/// @throws FileError.
FileContent read_text_data(const std::string& path);

/// Writes a curve as comma-separated values with a line of names: q [1/angstrom], I, and sigma, dq,
/// dql and dqw (a slit's length and width) where known. Read back by read_text_data bit for bit.
/// @returns SHA-256 of the file.
/// @throws as write_cansas_xml.
std::string write_csv(const std::string& path, const scattering::Curve& curve);

/// Writes data over qx, qy in the columns Qx, Qy, I, err(I) that SasView and NIST's programs read.
/// Masked pixels are left out.
/// @returns SHA-256 of the file.
/// @throws as write_cansas_xml.
std::string write_nist_2d(const std::string& path, const scattering::QImage& image);

}  // namespace foray::files
