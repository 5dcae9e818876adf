#include "foray/files/measurement_store.h"

#include <cmath>
#include <stdexcept>

#include "bytes.h"
#include "check_data.h"
#include "foray/files/atomic_write.h"
#include "foray/files/file_error.h"
#include "foray/files/nexus.h"
#include "nexus_common.h"

namespace foray::files {
namespace {

constexpr char kEntry[] = "entry";
constexpr char kReduced[] = "reduced";

std::string name_of(long long id) {
  std::string digits = std::to_string(id);
  digits.insert(0, digits.size() < 6 ? 6 - digits.size() : 0, '0');
  return "measurement-" + digits + ".h5";
}

void check_values(const scattering::Values& values) {
  for (const scattering::NamedValue& one : values) {
    if (!std::isfinite(one.value) || !std::isfinite(one.variance) || one.variance < 0) {
      throw std::invalid_argument(
          "save_measurement: expected finite values with variances >= 0, got " + one.name + " = " +
          std::to_string(one.value) + ", variance " + std::to_string(one.variance));
    }
  }
}

// Keeps their order: values/0000, values/0001 ... each with name, value and variance.
void put_values(const h5::Id& file, const scattering::Values& values, const Metadata& metadata) {
  const h5::Id entry = h5::make_group(file, kEntry, "NXentry");
  h5::put_text(entry, "title", title_of(metadata));
  const h5::Id group = h5::make_group(entry, "values", "NXcollection");
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string index = std::to_string(i);
    index.insert(0, index.size() < 4 ? 4 - index.size() : 0, '0');
    const h5::Id one = h5::make_group(group, index, "NXcollection");
    h5::put_text(one, "name", values[i].name);
    h5::put_number(one, "value", values[i].value, "");
    h5::put_number(one, "variance", values[i].variance, "");
  }
  put_metadata(entry, metadata);
}

void put_entry(const h5::Id& file, const scattering::Measurement& measurement,
               const Metadata& metadata) {
  if (const auto* frame = std::get_if<scattering::Frame>(&measurement)) {
    put_raw_entry(file, kEntry, *frame, metadata);
  } else if (const auto* curve = std::get_if<scattering::Curve>(&measurement)) {
    put_reduced_entry(file, kEntry, *curve, metadata);
  } else if (const auto* image = std::get_if<scattering::QImage>(&measurement)) {
    put_reduced_entry(file, kEntry, *image, metadata);
  } else {
    put_values(file, std::get<scattering::Values>(measurement), metadata);
  }
}

void check(const scattering::Measurement& measurement) {
  if (const auto* frame = std::get_if<scattering::Frame>(&measurement)) {
    scattering::validate(*frame);
  } else if (const auto* curve = std::get_if<scattering::Curve>(&measurement)) {
    check_curve("save_measurement", *curve);
  } else if (const auto* image = std::get_if<scattering::QImage>(&measurement)) {
    check_q_image("save_measurement", *image);
  } else {
    check_values(std::get<scattering::Values>(measurement));
  }
}

scattering::Values get_values(const h5::Id& entry) {
  scattering::Values values;
  const h5::Id group = h5::open_group(entry, "values");
  for (const std::string& index : h5::children(group)) {
    const auto value = h5::number(group, index + "/value");
    const auto variance = h5::number(group, index + "/variance");
    if (value && variance) {
      values.push_back(
          {h5::text(group, index + "/name").value_or(""), value->value, variance->value});
    }
  }
  return values;
}

}  // namespace

SavedFile save_measurement(const std::string& folder, long long id,
                           const scattering::Measurement& measurement,
                           const scattering::Curve* reduced, const Metadata& metadata) {
  if (id < 0) {
    throw std::invalid_argument("save_measurement: expected an id >= 0, got " + std::to_string(id));
  }
  check(measurement);
  validate_metadata("save_measurement", metadata);
  if (reduced != nullptr) {
    check_curve("save_measurement", *reduced);
  }
  const h5::QuietErrors quiet;
  const h5::Id file = h5::create_in_memory();
  h5::set_attribute(file, "default", reduced != nullptr ? kReduced : kEntry);
  h5::set_attribute(file, "creator", "foray");
  put_entry(file, measurement, metadata);
  if (reduced != nullptr) {
    put_reduced_entry(file, kReduced, *reduced, {});
  }
  const std::string path = folder + "/" + name_of(id);
  return {path, write_atomically(path, h5::image_of(file))};
}

StoredMeasurement load_measurement(const std::string& path, const std::string& sha256) {
  if (!sha256.empty()) {
    const std::string found = sha256_of_file(path);
    if (found != sha256) {
      throw FileError(path, "content with SHA-256 " + sha256, found);
    }
  }
  const h5::QuietErrors quiet;
  read_start(path, 8);  // says why it cannot be read, which HDF5 does not
  const h5::Id file = h5::open_file(path);
  if (!h5::is_group(file, kEntry)) {
    throw FileError(path, "the group entry of a measurement that foray kept", "none");
  }
  StoredMeasurement stored;
  const h5::Id entry = h5::open_group(file, kEntry);
  stored.metadata = get_metadata(entry);
  if (h5::is_group(entry, "values")) {
    stored.measurement = get_values(entry);
  } else {
    FileContent content;
    read_entry(path, entry, content);
    if (content.items.empty()) {
      throw FileError(path, "a measurement in the group entry", "none");
    }
    stored.measurement = std::move(content.items.front().measurement);
  }
  if (h5::is_group(file, kReduced)) {
    FileContent content;
    read_entry(path, h5::open_group(file, kReduced), content);
    if (!content.items.empty() &&
        std::holds_alternative<scattering::Curve>(content.items.front().measurement)) {
      stored.reduced = std::get<scattering::Curve>(std::move(content.items.front().measurement));
    }
  }
  return stored;
}

}  // namespace foray::files
