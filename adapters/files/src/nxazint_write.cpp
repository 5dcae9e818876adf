#include <cmath>
#include <stdexcept>

#include "foray/files/atomic_write.h"
#include "foray/files/nxazint.h"
#include "foray/scattering/geometry_conversion.h"
#include "nexus_common.h"

// The NXazint1d and NXazint2d definitions of NeXus (definitions v2025.11).
namespace foray::files {
namespace {

constexpr char kArbitrary[] = "arbitrary units";  // the only unit that the definitions know
constexpr double kDegree = M_PI / 180;

void check_size(const char* name, Eigen::Index expected, Eigen::Index got, bool may_be_empty) {
  if (got == expected || (may_be_empty && got == 0)) {
    return;
  }
  throw std::invalid_argument("write_nxazint: expected " + std::to_string(expected) +
                              " values of " + name + ", got " + std::to_string(got));
}

void check_integral(const AzimuthalIntegral& integral) {
  const Eigen::Index n = integral.q.size();
  const Eigen::Index m = std::max<Eigen::Index>(integral.chi.size(), 1);
  if (n == 0) {
    throw std::invalid_argument("write_nxazint: expected at least one bin of q, got none");
  }
  check_size("q_edges", n + 1, integral.q_edges.size(), true);
  check_size("chi_edges", m + 1, integral.chi_edges.size(), true);
  for (const auto& [name, image, optional] : {std::tuple{"intensity", &integral.intensity, false},
                                              {"sigma", &integral.sigma, true},
                                              {"norm", &integral.norm, true}}) {
    check_size(name, m * n, image->size(), optional);
    check_size("rows of an image", m, image->rows(), optional);
  }
  if (!integral.q.allFinite() || !integral.chi.allFinite()) {
    throw std::invalid_argument("write_nxazint: expected finite bins of q and chi");
  }
}

void put_truth(const h5::Id& entry, const char* name, bool value) {
  const signed char byte = value ? 1 : 0;
  h5::put_array(entry, name, {}, H5T_NATIVE_SCHAR, H5T_STD_I8LE, &byte);
}

void put_field(const h5::Id& data, const char* name, const std::vector<hsize_t>& shape,
               const double* values, const char* long_name, const char* units) {
  const h5::Id dataset =
      h5::put_array(data, name, shape, H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE, values, units);
  h5::set_attribute(dataset, "long_name", long_name);
}

void put_vector(const h5::Id& data, const char* name, const Eigen::VectorXd& values,
                const char* long_name, const char* units) {
  if (values.size() == 0) {
    return;
  }
  put_field(data, name, {static_cast<hsize_t>(values.size())}, values.data(), long_name, units);
}

void put_instrument(const h5::Id& entry, const AzimuthalIntegral& integral) {
  const h5::Id instrument = h5::make_group(entry, "instrument", "NXinstrument");
  h5::put_text(instrument, "name", "not recorded");
  {
    const h5::Id source = h5::make_group(instrument, "source", "NXsource");
    h5::put_text(source, "name", "not recorded");
    h5::put_text(source, "type", "not recorded");
    h5::put_text(source, "probe", "x-ray");
  }
  if (!integral.wavelength) {
    return;
  }
  const h5::Id monochromator = h5::make_group(instrument, "monochromator", "NXmonochromator");
  h5::put_number(monochromator, "wavelength", *integral.wavelength * 1e10, "angstrom");
  h5::put_number(monochromator, "energy", scattering::energy_kev(*integral.wavelength), "keV");
}

void put_reduction(const h5::Id& entry, const AzimuthalIntegral& integral,
                   const std::string& date) {
  const h5::Id reduction = h5::make_group(entry, "reduction", "NXprocess");
  h5::put_text(reduction, "program", "foray");
  h5::put_text(reduction, "version", FORAY_VERSION);
  h5::put_text(reduction, "date", date);
  h5::put_text(reduction, "reference", "doi:10.1107/S1600577520000776");
  h5::put_text(reduction, "note",
               "azimuth in the detector's PONI convention: 0 along the fast axis of the image, 90 "
               "degrees along the slow one");
  Metadata input = integral.input;
  input["intensity_unit"] = integral.intensity_unit;
  const h5::Id group = h5::make_group(reduction, "input", "NXparameters");
  for (const auto& [name, value] : input) {
    if (const auto* number = std::get_if<double>(&value)) {
      h5::put_number(group, name, *number, "");
    } else {
      h5::put_text(group, name, std::get<std::string>(value));
    }
  }
}

void put_data(const h5::Id& entry, const AzimuthalIntegral& integral) {
  const bool cake = integral.chi.size() > 0;
  const auto n = static_cast<hsize_t>(integral.q.size());
  const auto m = static_cast<hsize_t>(integral.chi.size());
  const h5::Id data = h5::make_group(entry, "data", "NXdata");
  h5::set_attribute(data, "signal", "I");
  h5::set_attribute(data, "interpretation", cake ? "image" : "spectrum");
  h5::set_texts(data, "axes",
                cake ? std::vector<std::string>{".", "azimuthal_axis", "radial_axis"}
                     : std::vector<std::string>{".", "radial_axis"});
  const std::vector<hsize_t> bins = cake ? std::vector<hsize_t>{m, n} : std::vector<hsize_t>{n};
  std::vector<hsize_t> shape = bins;  // one image
  shape.insert(shape.begin(), 1);
  put_field(data, "I", shape, integral.intensity.data(), "intensity", kArbitrary);
  if (integral.sigma.size() > 0) {
    put_field(data, "I_errors", shape, integral.sigma.data(), "estimated intensity error",
              kArbitrary);
  }
  if (integral.norm.size() > 0) {
    put_field(data, "norm", bins, integral.norm.data(),
              "effective number of pixels contributing to the corresponding bin", kArbitrary);
  }
  put_vector(data, "radial_axis", integral.q, "q", "1/angstrom");
  put_vector(data, "radial_axis_edges", integral.q_edges, "q bin edges", "1/angstrom");
  put_vector(data, "azimuthal_axis", integral.chi / kDegree, "azimuthal bin center", "degree");
  put_vector(data, "azimuthal_axis_edges", integral.chi_edges / kDegree, "azimuthal bin edges",
             "degree");
}

}  // namespace

std::string write_nxazint(const std::string& path, const AzimuthalIntegral& integral,
                          const std::string& date, const Metadata& metadata) {
  check_integral(integral);
  validate_metadata("write_nxazint", metadata);
  validate_metadata("write_nxazint", integral.input);
  const h5::QuietErrors quiet;
  const h5::Id file = h5::create_in_memory();
  h5::set_attribute(file, "default", "entry");
  h5::set_attribute(file, "creator", "foray");
  const h5::Id entry = h5::make_group(file, "entry", "NXentry");
  h5::set_attribute(entry, "default", "data");
  h5::put_text(entry, "definition", integral.chi.size() > 0 ? "NXazint2d" : "NXazint1d");
  h5::put_text(entry, "title", integral.title.empty() ? title_of(metadata) : integral.title);
  put_truth(entry, "solid_angle_applied", integral.solid_angle_applied);
  put_truth(entry, "polarization_applied", integral.polarization_applied);
  put_truth(entry, "normalization_applied", true);  // intensities are means over the pixels
  put_truth(entry, "monitor_applied", integral.monitor_applied);
  put_instrument(entry, integral);
  put_reduction(entry, integral, date);
  put_data(entry, integral);
  put_metadata(entry, metadata);
  return write_atomically(path, h5::image_of(file));
}

}  // namespace foray::files
