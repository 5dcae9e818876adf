#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foray/files/file_error.h"
#include "foray/files/metadata.h"
#include "foray/files/nxazint.h"
#include "foray/files/read_measurement.h"
#include "foray/scattering/measurement.h"
#include "hdf5_file.h"

namespace foray::files {

// Parts of nexus.h that measurement_store.h puts into one file.
void validate_metadata(const std::string& where, const Metadata& metadata);
void put_raw_entry(const h5::Id& file, const std::string& name, const scattering::Frame& frame,
                   const Metadata& metadata);
void put_reduced_entry(const h5::Id& file, const std::string& name, const scattering::Curve& curve,
                       const Metadata& metadata);
void put_reduced_entry(const h5::Id& file, const std::string& name, const scattering::QImage& image,
                       const Metadata& metadata);
void put_metadata(const h5::Id& entry, const Metadata& metadata);
// What the group `name` of an entry holds, numbers and texts.
Metadata get_metadata(const h5::Id& entry, const char* name = "foray");

// Title that an entry gets: metadata's "title", else "sample", else "".
std::string title_of(const Metadata& metadata);

// The group of an entry with an NX_class, "" when there is none.
std::string child_of_class(const h5::Id& group, const std::string& nx_class);

// Wavelength [m] that an entry's instrument or sample states.
std::optional<double> wavelength_of(const h5::Id& entry);

// NXazint entries and subentries, why some of them cannot be read, and one of them as a curve or
// data over qx, qy.
std::vector<AzimuthalIntegral> integrals_in(const std::string& path, const h5::Id& file,
                                            std::vector<FileError>& unreadable);
Item item_of(const std::string& path, const AzimuthalIntegral& integral);

// NXsas entries: whether it is one, and its frames.
bool is_raw_entry(const h5::Id& entry);
void read_raw_entry(const std::string& path, const h5::Id& entry, FileContent& content);

// What one entry of a file holds, added to `content`; nothing when it is no entry of either kind.
void read_entry(const std::string& path, const h5::Id& entry, FileContent& content);

}  // namespace foray::files
