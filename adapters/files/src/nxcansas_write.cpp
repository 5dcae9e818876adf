#include <cmath>
#include <stdexcept>

#include "check_data.h"
#include "foray/files/atomic_write.h"
#include "foray/files/nexus.h"
#include "nexus_common.h"

// The NXcanSAS definition of NeXus (definitions v2024.02).
namespace foray::files {
namespace {

h5::Id make_entry(const h5::Id& file, const std::string& name, const Metadata& metadata) {
  h5::Id entry = h5::make_group(file, name, "NXentry");
  h5::set_attribute(entry, "canSAS_class", "SASentry");
  h5::set_attribute(entry, "version", "1.1");
  h5::set_attribute(entry, "default", "sasdata");
  h5::put_text(entry, "definition", "NXcanSAS");
  h5::put_text(entry, "title", title_of(metadata));
  const auto run = metadata.find("run");
  const auto* text = run == metadata.end() ? nullptr : std::get_if<std::string>(&run->second);
  h5::put_text(entry, "run", text != nullptr ? *text : "");
  const h5::Id process = h5::make_group(entry, "sasprocess", "NXprocess");
  h5::set_attribute(process, "canSAS_class", "SASprocess");
  h5::put_text(process, "name", "foray");
  put_metadata(entry, metadata);
  return entry;
}

h5::Id make_data(const h5::Id& entry) {
  h5::Id data = h5::make_group(entry, "sasdata", "NXdata");
  h5::set_attribute(data, "canSAS_class", "SASdata");
  h5::set_attribute(data, "signal", "I");
  return data;
}

h5::Id put_vector(const h5::Id& data, const char* name, const std::vector<hsize_t>& shape,
                  const Eigen::VectorXd& values, const std::string& units) {
  return h5::put_array(data, name, shape, H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE, values.data(), units);
}

void put_intensity(const h5::Id& data, const std::vector<hsize_t>& shape,
                   const Eigen::VectorXd& intensity, const Eigen::VectorXd& sigma,
                   const std::string& unit) {
  const h5::Id dataset = put_vector(data, "I", shape, intensity, unit);
  if (sigma.size() > 0) {
    h5::set_attribute(dataset, "uncertainties", "Idev");
    put_vector(data, "Idev", shape, sigma, unit);
  }
}

// Rows and columns when the pixels are a full grid row by row (qx repeats every so many), else one
// dimension.
std::vector<hsize_t> shape_of(const scattering::QImage& image) {
  const Eigen::Index n = image.qx.size();
  Eigen::Index columns = 1;
  while (columns < n && image.qx[columns] != image.qx[0]) {
    ++columns;
  }
  if (columns < 2 || columns == n || n % columns != 0) {
    return {static_cast<hsize_t>(n)};
  }
  for (Eigen::Index i = columns; i < n; ++i) {
    if (image.qx[i] != image.qx[i % columns] || image.qy[i] != image.qy[i - i % columns]) {
      return {static_cast<hsize_t>(n)};
    }
  }
  return {static_cast<hsize_t>(n / columns), static_cast<hsize_t>(columns)};
}

template <typename Data>
std::string write_one(const std::string& path, const Data& reduced, const Metadata& metadata) {
  validate_metadata("write_nxcansas", metadata);
  const h5::QuietErrors quiet;
  const h5::Id file = h5::create_in_memory();
  h5::set_attribute(file, "default", "sasentry01");
  h5::set_attribute(file, "creator", "foray");
  put_reduced_entry(file, "sasentry01", reduced, metadata);
  return write_atomically(path, h5::image_of(file));
}

}  // namespace

void put_reduced_entry(const h5::Id& file, const std::string& name, const scattering::Curve& curve,
                       const Metadata& metadata) {
  check_curve("write_nxcansas", curve);
  const h5::Id entry = make_entry(file, name, metadata);
  const h5::Id data = make_data(entry);
  h5::set_attribute(data, "I_axes", "Q");
  h5::set_attribute(data, "Q_indices", std::vector<int>{0});
  const std::vector<hsize_t> shape{static_cast<hsize_t>(curve.q.size())};
  const h5::Id q = put_vector(data, "Q", shape, curve.q, "1/angstrom");
  const bool slit = curve.slit_length.size() > 0;
  if (curve.dq.size() > 0) {
    put_vector(data, "Qdev", shape, curve.dq, "1/angstrom");
  }
  if (slit) {
    put_vector(data, "dQw", shape, curve.slit_width, "1/angstrom");
    put_vector(data, "dQl", shape, curve.slit_length, "1/angstrom");
  }
  if (slit || curve.dq.size() > 0) {
    h5::set_attribute(q, "resolutions", slit ? "dQw,dQl" : "Qdev");
  }
  put_intensity(data, shape, curve.intensity, curve.sigma, curve.intensity_unit);
}

void put_reduced_entry(const h5::Id& file, const std::string& name, const scattering::QImage& image,
                       const Metadata& metadata) {
  check_q_image("write_nxcansas", image);
  const h5::Id entry = make_entry(file, name, metadata);
  const h5::Id data = make_data(entry);
  const std::vector<hsize_t> shape = shape_of(image);
  const bool grid = shape.size() == 2;
  h5::set_attribute(data, "I_axes", grid ? "Q,Q" : "Q");
  h5::set_attribute(data, "Q_indices", grid ? std::vector<int>{0, 1} : std::vector<int>{0});
  put_vector(data, "Qx", shape, image.qx, "1/angstrom");
  put_vector(data, "Qy", shape, image.qy, "1/angstrom");
  put_intensity(data, shape, image.intensity, image.sigma, image.intensity_unit);
  if (!image.masked.empty()) {
    const std::vector<std::uint8_t> mask(image.masked.begin(), image.masked.end());
    h5::put_array(data, "mask", shape, H5T_NATIVE_UINT8, H5T_STD_U8LE, mask.data());
    h5::set_attribute(data, "mask", "mask");
    h5::set_attribute(data, "Mask_indices", grid ? std::vector<int>{0, 1} : std::vector<int>{0});
  }
}

std::string write_nxcansas(const std::string& path, const scattering::Curve& curve,
                           const Metadata& metadata) {
  return write_one(path, curve, metadata);
}

std::string write_nxcansas(const std::string& path, const scattering::QImage& image,
                           const Metadata& metadata) {
  return write_one(path, image, metadata);
}

}  // namespace foray::files
