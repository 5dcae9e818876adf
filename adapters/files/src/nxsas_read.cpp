#include <cmath>

#include "bytes.h"
#include "foray/files/file_error.h"
#include "nexus_common.h"
#include "units.h"

namespace foray::files {
namespace {

// Path of the detector group below an entry: instrument/detector under whatever names they have.
std::string detector_path(const h5::Id& entry) {
  const std::string instrument = child_of_class(entry, "NXinstrument");
  if (instrument.empty()) {
    return "";
  }
  const std::string detector = child_of_class(h5::open_group(entry, instrument), "NXdetector");
  return detector.empty() ? "" : instrument + "/" + detector;
}

// A length in metres; a missing unit means metres in NeXus.
std::optional<double> length(const h5::Id& group, const std::string& name) {
  const auto number = h5::number(group, name);
  if (!number) {
    return std::nullopt;
  }
  const auto factor = to_metres(number->units);
  return number->value * (factor ? *factor : 1.0);
}

std::optional<double> beam_center(const h5::Id& detector, const std::string& name, double pixel) {
  const auto number = h5::number(detector, name);
  if (!number) {
    return std::nullopt;
  }
  const auto factor = to_metres(number->units);
  return number->value * (factor ? *factor : pixel);  // Eiger and areaDetector write pixels
}

// The unrounded geometry that foray writes.
std::optional<scattering::Geometry> exact_geometry(const h5::Id& detector) {
  if (!h5::is_group(detector, "poni")) {
    return std::nullopt;
  }
  const h5::Id poni = h5::open_group(detector, "poni");
  scattering::Geometry g;
  for (const auto& [name, field] : {std::pair{"dist", &g.dist},
                                    {"poni1", &g.poni1},
                                    {"poni2", &g.poni2},
                                    {"rot1", &g.rot1},
                                    {"rot2", &g.rot2},
                                    {"rot3", &g.rot3},
                                    {"wavelength", &g.wavelength},
                                    {"pixel1", &g.pixel1},
                                    {"pixel2", &g.pixel2}}) {
    const auto number = h5::number(poni, name);
    if (!number) {
      return std::nullopt;
    }
    *field = number->value;
  }
  return g;
}

// NXsas's own fields: a detector at right angles to the beam.
std::optional<scattering::Geometry> straight_geometry(const h5::Id& entry, const h5::Id& detector) {
  const auto wavelength = wavelength_of(entry);
  const auto distance = length(detector, "distance");
  const auto pixel_x = length(detector, "x_pixel_size");
  const auto pixel_y = length(detector, "y_pixel_size");
  if (!wavelength || !distance || !pixel_x || !pixel_y) {
    return std::nullopt;
  }
  const auto center_x = beam_center(detector, "beam_center_x", *pixel_x);
  const auto center_y = beam_center(detector, "beam_center_y", *pixel_y);
  if (!center_x || !center_y) {
    return std::nullopt;
  }
  scattering::Geometry g;
  g.dist = *distance;
  g.poni1 = *center_y;
  g.poni2 = *center_x;
  g.wavelength = *wavelength;
  g.pixel1 = *pixel_y;
  g.pixel2 = *pixel_x;
  return g;
}

void set_geometry(const std::string& path, const h5::Id& entry, const h5::Id& detector,
                  scattering::Frame& frame, Item& item) {
  auto geometry = exact_geometry(detector);
  if (!geometry) {
    geometry = straight_geometry(entry, detector);
  }
  item.has_geometry = geometry.has_value();
  if (!geometry) {
    item.notes.emplace_back("no complete geometry in the file");
    return;
  }
  try {
    scattering::validate(*geometry);
  } catch (const std::invalid_argument& error) {
    throw FileError(path, "a valid detector geometry", error.what());
  }
  frame.geometry = *geometry;
}

double positive(const std::optional<h5::Number>& number, double otherwise, double factor = 1) {
  const double value = number ? number->value * factor : otherwise;
  return std::isfinite(value) && value > 0 ? value : otherwise;
}

double seconds(const std::optional<h5::Number>& number, double otherwise) {
  return positive(number, otherwise, number ? to_seconds(number->units).value_or(1.0) : 1.0);
}

void set_scalars(const h5::Id& entry, const h5::Id& detector, scattering::Frame& frame,
                 Item& item) {
  frame.exposure_s = seconds(h5::number(entry, "control/preset"), 1.0);
  frame.exposure_s = seconds(h5::number(detector, "count_time"), frame.exposure_s);
  frame.monitor = positive(h5::number(entry, "control/integral"), 1.0);
  const auto transmission = h5::number(entry, "sample/transmission");
  frame.transmission = positive(transmission, 1.0);
  if (frame.transmission > 1) {
    item.notes.push_back("transmission " + std::to_string(frame.transmission) + " taken as 1");
    frame.transmission = 1;
  }
  frame.saturation = positive(h5::number(detector, "saturation_value"), 0.0);
}

// One plane of a detector array as an image.
scattering::Image plane(const h5::Array& array, Eigen::Index index, Eigen::Index slow,
                        Eigen::Index fast) {
  return Eigen::Map<const scattering::Image>(array.values.data() + index * slow * fast, slow, fast);
}

void mask_invalid(const h5::Array& data, scattering::Frame& frame, Item& item) {
  // Eiger marks gaps and dead pixels with the largest number of its type.
  const bool marked = data.is_integer && !data.is_signed && data.bits == 32;
  Eigen::Index count = 0;
  for (Eigen::Index i = 0; i < frame.counts.size(); ++i) {
    const double value = frame.counts.data()[i];
    if (frame.mask.data()[i] == 0 && (!std::isfinite(value) || (marked && value == 4294967295.0))) {
      frame.mask.data()[i] |= scattering::kMaskDead;
      ++count;
    }
  }
  if (count > 0) {
    item.notes.push_back(std::to_string(count) + " pixels without a valid count were masked");
  }
}

void set_mask(const std::string& path, const h5::Id& detector, scattering::Frame& frame) {
  const Eigen::Index slow = frame.counts.rows();
  const Eigen::Index fast = frame.counts.cols();
  frame.mask = scattering::Mask::Zero(slow, fast);
  if (!h5::is_dataset(detector, "pixel_mask")) {
    return;
  }
  const h5::Array mask = h5::array(path, detector, "pixel_mask");
  if (static_cast<Eigen::Index>(mask.values.size()) != slow * fast) {
    throw FileError(path, std::to_string(slow * fast) + " pixels in pixel_mask",
                    std::to_string(mask.values.size()));
  }
  frame.mask = plane(mask, 0, slow, fast).cast<std::uint32_t>();
}

void set_variance(const std::string& path, const h5::Id& detector, Eigen::Index index,
                  scattering::Frame& frame, std::size_t size) {
  if (!h5::is_dataset(detector, "data_errors")) {
    return;
  }
  const h5::Array errors = h5::array(path, detector, "data_errors");
  if (errors.values.size() != size) {
    throw FileError(path, std::to_string(size) + " numbers in data_errors",
                    std::to_string(errors.values.size()));
  }
  frame.variance = plane(errors, index, frame.counts.rows(), frame.counts.cols()).square();
}

}  // namespace

std::string child_of_class(const h5::Id& group, const std::string& nx_class) {
  for (const std::string& name : h5::children(group)) {
    if (h5::is_group(group, name) &&
        h5::attribute(h5::open_group(group, name), "NX_class") == nx_class) {
      return name;
    }
  }
  return "";
}

std::optional<double> wavelength_of(const h5::Id& entry) {
  const std::string instrument = child_of_class(entry, "NXinstrument");
  for (const std::string& place :
       {instrument + "/monochromator/wavelength", instrument + "/beam/incident_wavelength",
        std::string("sample/beam/incident_wavelength")}) {
    if (const auto number = h5::number(entry, place)) {
      return number->value * to_metres(number->units).value_or(1e-10);
    }
  }
  return std::nullopt;
}

bool is_raw_entry(const h5::Id& entry) {
  const std::string detector = detector_path(entry);
  return !detector.empty() && h5::is_dataset(entry, detector + "/data");
}

void read_raw_entry(const std::string& path, const h5::Id& entry, FileContent& content) {
  const h5::Id detector = h5::open_group(entry, detector_path(entry));
  const h5::Array data = h5::array(path, detector, "data");
  const std::size_t rank = data.shape.size();
  if (rank < 2 || rank > 3) {
    throw FileError(path, "a detector image of 2 dimensions, or 3 for several",
                    std::to_string(rank) + " dimensions");
  }
  check_image_size(path, data.shape[rank - 2], data.shape[rank - 1], 0, 0);
  const auto slow = static_cast<Eigen::Index>(data.shape[rank - 2]);
  const auto fast = static_cast<Eigen::Index>(data.shape[rank - 1]);
  const auto count = static_cast<Eigen::Index>(rank == 3 ? data.shape[0] : 1);
  for (Eigen::Index index = 0; index < count; ++index) {
    Item item;
    scattering::Frame frame;
    frame.counts = plane(data, index, slow, fast);
    set_mask(path, detector, frame);
    set_variance(path, detector, index, frame, data.values.size());
    set_geometry(path, entry, detector, frame, item);
    set_scalars(entry, detector, frame, item);
    mask_invalid(data, frame, item);
    item.name = h5::text(entry, "title").value_or("");
    if (count > 1) {
      item.name += (item.name.empty() ? "image " : ", image ") + std::to_string(index + 1);
    }
    item.metadata = get_metadata(entry);
    item.measurement = std::move(frame);
    content.items.push_back(std::move(item));
  }
}

}  // namespace foray::files
