#pragma once

#include <optional>
#include <string>

#include "foray/files/metadata.h"
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
Metadata get_metadata(const h5::Id& entry);

// Title that an entry gets: metadata's "title", else "sample", else "".
std::string title_of(const Metadata& metadata);

// NXsas entries: whether it is one, and its frames.
bool is_raw_entry(const h5::Id& entry);
void read_raw_entry(const std::string& path, const h5::Id& entry, FileContent& content);

// What one entry of a file holds, added to `content`; nothing when it is no entry of either kind.
void read_entry(const std::string& path, const h5::Id& entry, FileContent& content);

}  // namespace foray::files
