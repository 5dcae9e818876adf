#include <cmath>
#include <stdexcept>

#include "foray/files/atomic_write.h"
#include "foray/files/nexus.h"
#include "nexus_common.h"

// Fields and units of the NXsas and NXdetector definitions of NeXus (definitions v2024.02).
namespace foray::files {
namespace {

bool good(const scattering::Frame& frame, Eigen::Index i) { return frame.mask.data()[i] == 0; }

// Counts are stored as unsigned 32-bit integers where every unmasked pixel is one.
bool are_counts(const scattering::Frame& frame) {
  for (Eigen::Index i = 0; i < frame.counts.size(); ++i) {
    const double value = frame.counts.data()[i];
    if (good(frame, i) && !(value >= 0 && value <= 4294967295.0 && value == std::floor(value))) {
      return false;
    }
  }
  return true;
}

void put_counts(const h5::Id& detector, const scattering::Frame& frame,
                const std::vector<hsize_t>& shape) {
  const scattering::Image& counts = frame.counts;
  if (!are_counts(frame)) {
    h5::put_array(detector, "data", shape, H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE, counts.data(),
                  "counts");
    return;
  }
  std::vector<std::uint32_t> whole(static_cast<std::size_t>(counts.size()));
  for (Eigen::Index i = 0; i < counts.size(); ++i) {
    const double value = counts.data()[i];
    const bool fits = value >= 0 && value <= 4294967295.0;
    whole[static_cast<std::size_t>(i)] = fits ? static_cast<std::uint32_t>(value) : 0;
  }
  h5::put_array(detector, "data", shape, H5T_NATIVE_UINT32, H5T_STD_U32LE, whole.data(), "counts");
}

void put_poni(const h5::Id& detector, const scattering::Geometry& g) {
  const h5::Id poni = h5::make_group(detector, "poni", "NXcollection");
  h5::set_attribute(poni, "description",
                    "geometry in the PONI convention, doi:10.1088/1742-6596/425/20/202012");
  h5::put_number(poni, "dist", g.dist, "m");
  h5::put_number(poni, "poni1", g.poni1, "m");
  h5::put_number(poni, "poni2", g.poni2, "m");
  h5::put_number(poni, "rot1", g.rot1, "radian");
  h5::put_number(poni, "rot2", g.rot2, "radian");
  h5::put_number(poni, "rot3", g.rot3, "radian");
  h5::put_number(poni, "wavelength", g.wavelength, "m");
  h5::put_number(poni, "pixel1", g.pixel1, "m");
  h5::put_number(poni, "pixel2", g.pixel2, "m");
}

void put_detector(const h5::Id& instrument, const scattering::Frame& frame) {
  const scattering::Geometry& g = frame.geometry;
  const h5::Id detector = h5::make_group(instrument, "detector", "NXdetector");
  const std::vector<hsize_t> shape{static_cast<hsize_t>(frame.counts.rows()),
                                   static_cast<hsize_t>(frame.counts.cols())};
  put_counts(detector, frame, shape);
  if (frame.variance) {
    const scattering::Image errors = frame.variance->sqrt();
    h5::put_array(detector, "data_errors", shape, H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE, errors.data(),
                  "counts");
  }
  // Masks of a few bits compress in half the time as 16-bit numbers.
  const bool small = (frame.mask <= 0xffffU).all();
  h5::put_array(detector, "pixel_mask", shape, H5T_NATIVE_UINT32,
                small ? H5T_STD_U16LE : H5T_STD_U32LE, frame.mask.data());
  // Along the direct beam, as NXsas means it; the point of normal incidence is in poni.
  h5::put_number(detector, "distance", g.dist / (std::cos(g.rot1) * std::cos(g.rot2)), "m");
  h5::put_number(detector, "x_pixel_size", g.pixel2, "m");
  h5::put_number(detector, "y_pixel_size", g.pixel1, "m");
  const Eigen::Vector2d center = scattering::beam_center(g);
  h5::put_number(detector, "beam_center_x", center[1] * g.pixel2, "m");
  h5::put_number(detector, "beam_center_y", center[0] * g.pixel1, "m");
  h5::put_number(detector, "count_time", frame.exposure_s, "s");
  if (frame.saturation > 0) {
    h5::put_number(detector, "saturation_value", frame.saturation, "counts");
  }
  put_poni(detector, g);
}

void put_instrument(const h5::Id& entry, const scattering::Frame& frame) {
  const h5::Id instrument = h5::make_group(entry, "instrument", "NXinstrument");
  h5::put_text(instrument, "name", "foray");
  {
    const h5::Id source = h5::make_group(instrument, "source", "NXsource");
    h5::put_text(source, "type", "Synchrotron X-ray Source");
    h5::put_text(source, "name", "not recorded");
    h5::put_text(source, "probe", "x-ray");
  }
  {
    const h5::Id monochromator = h5::make_group(instrument, "monochromator", "NXmonochromator");
    h5::put_number(monochromator, "wavelength", frame.geometry.wavelength * 1e10, "angstrom");
  }
  put_detector(instrument, frame);
}

}  // namespace

void put_raw_entry(const h5::Id& file, const std::string& name, const scattering::Frame& frame,
                   const Metadata& metadata) {
  const h5::Id entry = h5::make_group(file, name, "NXentry");
  h5::set_attribute(entry, "default", "data");
  h5::put_text(entry, "definition", "NXsas");
  h5::put_text(entry, "title", title_of(metadata));
  put_instrument(entry, frame);
  const h5::Id sample = h5::make_group(entry, "sample", "NXsample");
  h5::put_text(sample, "name", title_of(metadata));
  h5::put_number(sample, "transmission", frame.transmission, "");
  const h5::Id control = h5::make_group(entry, "control", "NXmonitor");
  h5::put_text(control, "mode", "timer");
  h5::put_number(control, "preset", frame.exposure_s, "s");
  h5::put_number(control, "integral", frame.monitor, "");
  const h5::Id data = h5::make_group(entry, "data", "NXdata");
  h5::set_attribute(data, "signal", "data");
  h5::put_link(data, "data", "/" + name + "/instrument/detector/data");
  put_metadata(entry, metadata);
}

std::string write_nxsas(const std::string& path, const scattering::Frame& frame,
                        const Metadata& metadata) {
  scattering::validate(frame);
  validate_metadata("write_nxsas", metadata);
  const h5::QuietErrors quiet;
  const h5::Id file = h5::create_in_memory();
  h5::set_attribute(file, "default", "entry");
  h5::set_attribute(file, "creator", "foray");
  put_raw_entry(file, "entry", frame, metadata);
  return write_atomically(path, h5::image_of(file));
}

void validate_metadata(const std::string& where, const Metadata& metadata) {
  for (const auto& [name, value] : metadata) {
    if (name.empty() || name == "NX_class" ||
        name.find_first_of(std::string("/.\0", 3)) != name.npos) {
      throw std::invalid_argument(where + ": expected a metadata name without / and ., got \"" +
                                  name + "\"");
    }
  }
}

std::string title_of(const Metadata& metadata) {
  for (const char* name : {"title", "sample"}) {
    const auto found = metadata.find(name);
    if (found != metadata.end() && std::holds_alternative<std::string>(found->second)) {
      return std::get<std::string>(found->second);
    }
  }
  return "";
}

void put_metadata(const h5::Id& entry, const Metadata& metadata) {
  if (metadata.empty()) {
    return;
  }
  const h5::Id group = h5::make_group(entry, "foray", "NXcollection");
  for (const auto& [name, value] : metadata) {
    if (const auto* number = std::get_if<double>(&value)) {
      h5::put_number(group, name, *number, "");
    } else {
      h5::put_text(group, name, std::get<std::string>(value));
    }
  }
}

Metadata get_metadata(const h5::Id& entry, const char* group_name) {
  Metadata metadata;
  if (!h5::is_group(entry, group_name)) {
    return metadata;
  }
  const h5::Id group = h5::open_group(entry, group_name);
  for (const std::string& name : h5::children(group)) {
    const h5::Id dataset = h5::open_dataset(group, name);
    if (!dataset.valid()) {
      continue;
    }
    const h5::Id type(H5Dget_type(dataset.get()), H5Tclose);
    if (H5Tget_class(type.get()) == H5T_STRING) {
      metadata[name] = h5::text(group, name).value_or("");
    } else if (const auto number = h5::number(group, name)) {
      metadata[name] = number->value;
    }
  }
  return metadata;
}

}  // namespace foray::files
