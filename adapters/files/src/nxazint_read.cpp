#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "foray/files/file_error.h"
#include "foray/files/nxazint.h"
#include "foray/scattering/geometry_conversion.h"
#include "make_data.h"
#include "nexus_common.h"
#include "units.h"

// The NXazint1d and NXazint2d definitions of NeXus (definitions v2025.11), and what MAX IV's
// azint_writer writes: both in one entry, as subentries.
namespace foray::files {
namespace {

constexpr int kDeepest = 3;  // of subentries
// Small files can claim hundreds of millions of images of one bin each.
constexpr std::size_t kMostImages = 100000;

std::string shape_text(const std::vector<hsize_t>& shape) {
  std::string text;
  for (const hsize_t extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "one number" : text;
}

bool is_integral(const h5::Id& group) {
  const std::string definition = h5::text(group, "definition").value_or("");
  return definition == "NXazint1d" || definition == "NXazint2d";
}

// Wavelength [m] from the wavelength or the energy of the entry, else the parent's.
std::optional<double> wavelength_in(const h5::Id& entry, std::optional<double> parents) {
  if (const auto wavelength = wavelength_of(entry)) {
    return wavelength;
  }
  const std::string instrument = child_of_class(entry, "NXinstrument");
  if (const auto energy = h5::number(entry, instrument + "/monochromator/energy")) {
    const double kev = energy->value * (energy->units == "eV" ? 1e-3 : 1.0);
    return kev > 0 ? std::optional(scattering::wavelength_m(kev)) : parents;
  }
  return parents;
}

// One group of data while it is read.
class DataReader {
 public:
  DataReader(const std::string& path, const h5::Id& entry, std::optional<double> wavelength)
      : path_(path), wavelength_(wavelength) {
    const std::string name = h5::is_group(entry, "data") ? "data" : child_of_class(entry, "NXdata");
    if (name.empty()) {
      throw FileError(path, "a group NXdata in the integrated data", "none");
    }
    data_ = h5::open_group(entry, name);
    signal_ = h5::attribute(data_, "signal").value_or("I");
    for (const std::string& needed : {signal_, std::string("radial_axis")}) {
      if (!h5::is_dataset(data_, needed)) {
        throw FileError(path, "the dataset " + needed + " in the integrated data", "none");
      }
    }
  }

  // What every image has in common, without the intensity.
  AzimuthalIntegral common(bool cake) {
    AzimuthalIntegral integral;
    integral.wavelength = wavelength_;
    integral.q = radial("radial_axis");
    integral.q_edges = radial("radial_axis_edges");
    if (integral.q_edges.size() != integral.q.size() + 1) {
      integral.q_edges.resize(0);
    }
    if (cake) {
      set_azimuth(integral);
    }
    const Eigen::Index rows = std::max<Eigen::Index>(integral.chi.size(), 1);
    const h5::Array norm = optional("norm");
    if (!norm.values.empty()) check_bins("norm", norm.shape, integral);
    if (static_cast<Eigen::Index>(norm.values.size()) == rows * integral.q.size()) {
      integral.norm =
          Eigen::Map<const scattering::Image>(norm.values.data(), rows, integral.q.size());
    }
    return integral;
  }

  // One for each image, `factor` times as large.
  void add(const AzimuthalIntegral& common, double factor, std::vector<AzimuthalIntegral>& found) {
    const Eigen::Index rows = std::max<Eigen::Index>(common.chi.size(), 1);
    const Eigen::Index cols = common.q.size();
    const auto bins = static_cast<std::size_t>(rows * cols);
    check_images(common, found.size());
    const h5::Array signal = h5::array(path_, data_, signal_);
    const h5::Array sigma = optional("I_errors");
    if (!sigma.values.empty()) check_bins("I_errors", sigma.shape, common);
    if (!sigma.values.empty() && sigma.values.size() != signal.values.size()) {
      throw FileError(path_, std::to_string(signal.values.size()) + " values of I_errors",
                      std::to_string(sigma.values.size()));
    }
    for (std::size_t at = 0; at < signal.values.size(); at += bins) {
      AzimuthalIntegral one = common;
      one.intensity = Eigen::Map<const scattering::Image>(&signal.values[at], rows, cols) * factor;
      if (!sigma.values.empty()) {
        one.sigma = Eigen::Map<const scattering::Image>(&sigma.values[at], rows, cols) * factor;
      }
      if (one.norm.size() > 0) {  // programs write 0 where no pixel counts
        one.intensity =
            (one.norm > 0).select(one.intensity, std::numeric_limits<double>::quiet_NaN());
      }
      if (signal.values.size() > bins) {
        one.title += (one.title.empty() ? "image " : " ") + std::to_string(at / bins + 1);
      }
      found.push_back(std::move(one));
    }
  }

 private:
  // Bins of q are the last dimension, those of the azimuth the one before.
  void check_bins(const std::string& name, const std::vector<hsize_t>& shape,
                  const AzimuthalIntegral& common) const {
    std::vector<hsize_t> bins = {static_cast<hsize_t>(common.q.size())};
    if (common.chi.size() > 0) {
      bins.insert(bins.begin(), static_cast<hsize_t>(common.chi.size()));
    }
    if (shape.size() >= bins.size() && std::equal(bins.rbegin(), bins.rend(), shape.rbegin())) {
      return;
    }
    throw FileError(path_, shape_text(bins) + " bins in the last dimensions of " + name,
                    shape_text(shape));
  }

  // Before they are read.
  void check_images(const AzimuthalIntegral& common, std::size_t before) const {
    const auto shape = h5::checked_shape(path_, h5::open_dataset(data_, signal_), signal_);
    check_bins(signal_, shape, common);
    const auto bins = static_cast<hsize_t>(std::max<Eigen::Index>(common.chi.size(), 1)) *
                      static_cast<hsize_t>(common.q.size());
    hsize_t values = 1;
    for (const hsize_t extent : shape) values *= extent;
    if (bins == 0 || values == 0) {
      throw FileError(path_, "at least one value in " + signal_, "none");
    }
    if (before + values / bins > kMostImages) {
      throw FileError(path_, "at most " + std::to_string(kMostImages) + " integrated images",
                      std::to_string(before + values / bins));
    }
  }

  h5::Array optional(const char* name) {
    return h5::is_dataset(data_, name) ? h5::array(path_, data_, name) : h5::Array{};
  }

  Eigen::VectorXd vector(const h5::Array& array, double factor) {
    const auto size = static_cast<Eigen::Index>(array.values.size());
    return Eigen::Map<const Eigen::VectorXd>(array.values.data(), size) * factor;
  }

  // An axis in q or 2 theta, as q [1/angstrom].
  Eigen::VectorXd radial(const char* name) {
    const h5::Array axis = optional(name);
    if (axis.values.empty()) {
      return {};
    }
    if (const auto factor = to_inverse_angstrom(axis.units)) {
      return vector(axis, *factor);
    }
    const auto factor = to_radians(axis.units);
    if (!factor) {
      throw FileError(path_, std::string("an inverse length or an angle as unit of ") + name,
                      axis.units.empty() ? "no unit" : "unit " + axis.units);
    }
    if (!wavelength_) {
      throw FileError(path_, "a wavelength or an energy, which 2 theta needs to become q", "none");
    }
    const Eigen::ArrayXd half = 0.5 * vector(axis, *factor).array();
    return (4 * M_PI / (*wavelength_ * 1e10) * half.sin()).matrix();
  }

  void set_azimuth(AzimuthalIntegral& integral) {
    const h5::Array edges = optional("azimuthal_axis_edges"), axis = optional("azimuthal_axis");
    const auto factor_of = [&](const h5::Array& array) {
      const auto factor = to_radians(array.units);
      if (!factor) {
        throw FileError(path_, "an angle as unit of the azimuth",
                        array.units.empty() ? "no unit" : "unit " + array.units);
      }
      return *factor;
    };
    if (edges.values.size() > 1) {
      integral.chi_edges = vector(edges, factor_of(edges));
      const Eigen::Index m = integral.chi_edges.size() - 1;
      integral.chi = 0.5 * (integral.chi_edges.head(m) + integral.chi_edges.tail(m));
    }
    if (!axis.values.empty()) {
      integral.chi = vector(axis, factor_of(axis));
    }
    if (integral.chi.size() == 0) {
      throw FileError(path_, "azimuthal_axis or azimuthal_axis_edges in NXazint2d", "neither");
    }
    if (integral.chi_edges.size() != integral.chi.size() + 1) {
      integral.chi_edges.resize(0);
    }
  }

  const std::string& path_;
  std::optional<double> wavelength_;
  h5::Id data_;
  std::string signal_;
};

bool truth(const std::string& path, const h5::Id& entry, const char* name) {
  if (const auto number = h5::number(entry, name)) {
    return number->value != 0;
  }
  if (!h5::is_dataset(entry, name)) {
    return false;
  }
  const h5::Id dataset = h5::open_dataset(entry, name);
  const h5::Id type(H5Dget_type(dataset.get()), H5Tclose);
  if (H5Tget_class(type.get()) != H5T_ENUM) {
    return false;
  }
  const h5::Array values = h5::array(path, entry, name);  // h5py's truth values
  return !values.values.empty() && values.values.front() != 0;
}

void read_integral(const std::string& path, const h5::Id& entry, const std::string& title,
                   std::optional<double> wavelength, std::vector<AzimuthalIntegral>& found) {
  DataReader reader(path, entry, wavelength);
  AzimuthalIntegral common = reader.common(h5::text(entry, "definition") == "NXazint2d");
  common.title = title;
  common.solid_angle_applied = truth(path, entry, "solid_angle_applied");
  common.polarization_applied = truth(path, entry, "polarization_applied");
  common.monitor_applied = truth(path, entry, "monitor_applied");
  if (h5::is_group(entry, "reduction")) {
    common.input = get_metadata(h5::open_group(entry, "reduction"), "input");
  }
  common.metadata = get_metadata(entry);
  double factor = 1;
  const auto unit = common.input.find("intensity_unit");
  if (unit != common.input.end() && std::holds_alternative<std::string>(unit->second)) {
    const IntensityUnit written = intensity_unit(std::get<std::string>(unit->second));
    common.intensity_unit = written.unit;
    factor = written.factor;
    common.input.erase(unit);
  }
  reader.add(common, factor, found);
}

void read_group_of(const std::string& path, const h5::Id& group, const std::string& title,
                   std::optional<double> wavelength, int depth,
                   std::vector<AzimuthalIntegral>& found, std::vector<FileError>& unreadable) {
  for (const std::string& name : h5::children(group)) {
    if (!h5::is_group(group, name)) {
      continue;
    }
    const h5::Id child = h5::open_group(group, name);
    const std::string nx_class = h5::attribute(child, "NX_class").value_or("");
    if (nx_class != "NXentry" && nx_class != "NXsubentry") {
      continue;
    }
    const std::string own = h5::text(child, "title").value_or("");
    const std::string named = own.empty() ? title : own;
    const auto here = wavelength_in(child, wavelength);
    if (is_integral(child)) {
      try {
        read_integral(path, child, named, here, found);
      } catch (const FileError& error) {
        unreadable.push_back(error);
      }
    } else if (depth < kDeepest) {
      read_group_of(path, child, named, here, depth + 1, found, unreadable);
    }
  }
}

std::vector<double> values_of(const Eigen::VectorXd& vector) {
  return {vector.data(), vector.data() + vector.size()};
}

}  // namespace

std::vector<AzimuthalIntegral> integrals_in(const std::string& path, const h5::Id& file,
                                            std::vector<FileError>& unreadable) {
  std::vector<AzimuthalIntegral> found;
  read_group_of(path, file, "", std::nullopt, 0, found, unreadable);
  return found;
}

std::vector<AzimuthalIntegral> read_nxazint(const std::string& path) {
  const h5::QuietErrors quiet;
  std::vector<FileError> unreadable;
  auto found = integrals_in(path, h5::open_file(path), unreadable);
  if (!unreadable.empty()) throw FileError(unreadable.front());
  if (found.empty()) {
    throw FileError(path, "an entry of NXazint1d or NXazint2d in an HDF5 file", "none");
  }
  return found;
}

Item item_of(const std::string& path, const AzimuthalIntegral& integral) {
  Item item;
  item.name = integral.title;
  item.metadata = integral.metadata;
  if (integral.chi.size() > 0) {
    const scattering::QImage image = q_image_of(integral);
    RawQImage raw{values_of(image.qx), values_of(image.qy), values_of(image.intensity),
                  values_of(image.sigma), image.masked};
    raw.unit = intensity_unit(integral.intensity_unit);
    make_q_image(path, std::move(raw), item);
    return item;
  }
  const scattering::Curve curve = curve_of(integral);
  if (curve.q.size() == 0) {
    throw FileError(path, "at least one bin with a finite intensity",
                    "none among " + std::to_string(integral.q.size()));
  }
  RawCurve raw;
  raw.q = values_of(curve.q);
  raw.intensity = values_of(curve.intensity);
  raw.sigma = values_of(curve.sigma);
  raw.unit = intensity_unit(integral.intensity_unit);
  make_curve(path, std::move(raw), item);
  return item;
}

scattering::Curve curve_of(const AzimuthalIntegral& integral) {
  if (integral.chi.size() > 0) {
    throw std::invalid_argument("curve_of: expected no bins of the azimuth, got " +
                                std::to_string(integral.chi.size()));
  }
  std::vector<Eigen::Index> filled;
  for (Eigen::Index i = 0; i < integral.q.size(); ++i) {
    if (std::isfinite(integral.intensity(0, i))) {
      filled.push_back(i);
    }
  }
  scattering::Curve curve;
  curve.q = integral.q(filled);
  curve.intensity = integral.intensity.row(0)(filled).matrix().transpose();
  if (integral.sigma.size() > 0) {
    curve.sigma = integral.sigma.row(0)(filled).matrix().transpose();
  }
  curve.intensity_unit = integral.intensity_unit;
  return curve;
}

scattering::QImage q_image_of(const AzimuthalIntegral& integral) {
  if (integral.chi.size() == 0) {
    throw std::invalid_argument("q_image_of: expected bins of the azimuth, got none");
  }
  const Eigen::Index n = integral.q.size(), m = integral.chi.size();
  scattering::QImage image;
  image.qx.resize(m * n);
  image.qy.resize(m * n);
  image.intensity = Eigen::Map<const Eigen::VectorXd>(integral.intensity.data(), m * n);
  if (integral.sigma.size() > 0) {
    image.sigma = Eigen::Map<const Eigen::VectorXd>(integral.sigma.data(), m * n);
  }
  image.masked.assign(static_cast<std::size_t>(m * n), false);
  image.intensity_unit = integral.intensity_unit;
  for (Eigen::Index j = 0; j < m * n; ++j) {
    const double chi = integral.chi[j / n], q = integral.q[j % n];
    image.qx[j] = q * std::cos(chi);
    image.qy[j] = q * std::sin(chi);
    if (std::isfinite(image.intensity[j])) {
      continue;
    }
    image.masked[static_cast<std::size_t>(j)] = true;
    image.intensity[j] = 0;
    if (image.sigma.size() > 0) {
      image.sigma[j] = 0;
    }
  }
  return image;
}

}  // namespace foray::files
