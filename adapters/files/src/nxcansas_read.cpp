#include <algorithm>

#include "foray/files/file_error.h"
#include "foray/files/nexus.h"
#include "make_data.h"
#include "nexus_common.h"

// The NXcanSAS definition of NeXus (definitions v2024.02) and its drafts of 2012 to 2016.
namespace foray::files {
namespace {

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> names;
  std::string name;
  for (const char c : list + ",") {
    if (c == ',' || c == ':') {
      if (!name.empty()) {
        names.push_back(name);
      }
      name.clear();
    } else if (c != ' ') {
      name += c;
    }
  }
  return names;
}

// First of the attributes that the object has.
std::string first_attribute(const h5::Id& object, const std::vector<const char*>& names) {
  for (const char* name : names) {
    if (const auto value = h5::attribute(object, name); value && !value->empty()) {
      return *value;
    }
  }
  return "";
}

// Name of the dataset with the uncertainties of the signal, "" when there is none.
std::string sigma_name(const h5::Id& data, const std::string& signal) {
  std::string name =
      first_attribute(h5::open_dataset(data, signal), {"uncertainties", "uncertainty"});
  if (name.empty()) {
    name = first_attribute(data, {"I_uncertainties", "I_uncertainty"});
  }
  if (name.empty()) {
    name = "Idev";
  }
  return h5::is_dataset(data, name) ? name : "";
}

// Name of the dataset with the Gaussian spread of q, "" when there is none. A slit is beside it.
std::string resolution_name(const h5::Id& data) {
  const std::string list =
      first_attribute(h5::open_dataset(data, "Q"), {"resolutions", "uncertainties", "uncertainty"});
  for (const std::string& name : split(list)) {
    if (name != "dQw" && name != "dQl" && h5::is_dataset(data, name)) {
      return name;
    }
  }
  return h5::is_dataset(data, "Qdev") ? "Qdev" : "";
}

double q_factor(const std::string& path, const std::string& units, Item& item) {
  if (units.empty()) {
    item.notes.emplace_back("q has no unit: taken as 1/angstrom");
    return 1;
  }
  const auto factor = to_inverse_angstrom(units);
  if (!factor) {
    throw FileError(path, "q in 1/angstrom, 1/nm or another inverse length", "unit " + units);
  }
  return *factor;
}

std::vector<double> part(const std::vector<double>& values, std::size_t from, std::size_t count) {
  if (values.size() < from + count) {
    return values;  // its length is refused by make_curve
  }
  const auto first = values.begin() + static_cast<std::ptrdiff_t>(from);
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

struct Group {
  const std::string& path;
  const h5::Id& data;
  std::string name;
  h5::Array intensity;
  h5::Array sigma;
  std::vector<std::string> notes;
};

// One of several curves of n points.
struct Place {
  std::size_t n = 0, curve = 0, curves = 1;
};

// A spread of q or a side of a slit in the unit of q; false where its own is no inverse length.
bool read_width(const Group& group, const std::string& name, const Place& place, double q_factor,
                std::vector<double>& values, Item& item) {
  if (name.empty() || !h5::is_dataset(group.data, name)) {
    return true;
  }
  const h5::Array all = h5::array(group.path, group.data, name);
  const auto factor = all.units.empty() ? q_factor : to_inverse_angstrom(all.units);
  if (!factor) {
    item.notes.push_back(name + " in \"" + all.units + "\", no inverse length: left out");
    return false;
  }
  values = all.values.size() == 1 ? std::vector<double>(place.n, all.values[0])
           : all.values.size() == place.n || place.curves == 1
               ? all.values
               : part(all.values, place.curve * place.n, place.n);
  for (double& value : values) value *= *factor / q_factor;
  return true;
}

void set_widths(const Group& group, const Place& place, RawCurve& raw, Item& item) {
  read_width(group, resolution_name(group.data), place, raw.q_factor, raw.dq, item);
  const bool length = read_width(group, "dQl", place, raw.q_factor, raw.slit_length, item);
  const bool width = read_width(group, "dQw", place, raw.q_factor, raw.slit_width, item);
  if (length && width) return;
  raw.slit_length.clear();  // half a slit is another one
  raw.slit_width.clear();
}

// I(Q), or several curves over one Q, Q being the last dimension.
void read_curves(const Group& group, FileContent& content) {
  const h5::Array q = h5::array(group.path, group.data, "Q");
  const std::vector<hsize_t>& shape = group.intensity.shape;
  const std::size_t n = shape.empty() ? 1 : shape.back();
  if (n == 0) {
    throw FileError(group.path, "at least one point in I", "none");
  }
  const bool one_q = q.values.size() == n;
  if (!one_q && q.values.size() != group.intensity.values.size()) {
    throw FileError(group.path, "as many values of Q as of I (" + std::to_string(n) + ")",
                    std::to_string(q.values.size()));
  }
  const std::size_t curves = group.intensity.values.size() / n;
  for (std::size_t c = 0; c < curves; ++c) {
    Item item{{}, group.name, true, {}, group.notes};
    RawCurve raw;
    raw.q_factor = q_factor(group.path, q.units, item);
    raw.unit = intensity_unit(group.intensity.units);
    raw.q = one_q ? q.values : part(q.values, c * n, n);
    raw.intensity = part(group.intensity.values, c * n, n);
    raw.sigma = curves == 1 ? group.sigma.values : part(group.sigma.values, c * n, n);
    set_widths(group, {n, c, curves}, raw, item);
    if (curves > 1) {
      item.name += " " + std::to_string(c + 1);
    }
    make_curve(group.path, std::move(raw), item);
    content.items.push_back(std::move(item));
  }
}

// Spreads a component given along one axis over the whole image; as it is when it has every pixel.
std::vector<double> spread(const Group& group, const h5::Array& component, std::size_t dimension) {
  const std::vector<hsize_t>& shape = group.intensity.shape;
  if (shape.size() != 2 || component.values.size() == group.intensity.values.size() ||
      component.values.size() != shape[dimension]) {
    return component.values;
  }
  std::vector<double> all;
  all.reserve(group.intensity.values.size());
  for (std::size_t i = 0; i < group.intensity.values.size(); ++i) {
    all.push_back(component.values[dimension == 0 ? i / shape[1] : i % shape[1]]);
  }
  return all;
}

void set_components(const Group& group, RawQImage& raw, Item& item) {
  const std::size_t n = group.intensity.values.size();
  if (h5::is_dataset(group.data, "Qx") && h5::is_dataset(group.data, "Qy")) {
    const h5::Array qx = h5::array(group.path, group.data, "Qx");
    const h5::Array qy = h5::array(group.path, group.data, "Qy");
    const auto axes = split(first_attribute(group.data, {"I_axes"}));
    const bool x_first = axes.size() == 2 && axes[0] == "Qx";
    raw.qx = spread(group, qx, x_first ? 0 : 1);
    raw.qy = spread(group, qy, x_first ? 1 : 0);
    raw.q_factor = q_factor(group.path, qx.units, item);
    return;
  }
  // Q as a stack of its components.
  const h5::Array q = h5::array(group.path, group.data, "Q");
  raw.qx = part(q.values, 0, n);
  raw.qy = part(q.values, n, n);
  raw.q_factor = q_factor(group.path, q.units, item);
}

void set_mask(const Group& group, RawQImage& raw) {
  std::string name = first_attribute(group.data, {"mask"});
  if (name.empty() || !h5::is_dataset(group.data, name)) {
    name = "mask";
  }
  if (!h5::is_dataset(group.data, name)) {
    return;
  }
  const h5::Array mask = h5::array(group.path, group.data, name);
  for (const double value : mask.values) {
    raw.masked.push_back(value != 0);  // "true means mask", or bits as in NXdetector
  }
}

void read_q_image(const Group& group, FileContent& content) {
  Item item{{}, group.name, true, {}, group.notes};
  RawQImage raw;
  set_components(group, raw, item);
  raw.intensity = group.intensity.values;
  raw.sigma = group.sigma.values;
  raw.unit = intensity_unit(group.intensity.units);
  set_mask(group, raw);
  make_q_image(group.path, std::move(raw), item);
  content.items.push_back(std::move(item));
}

bool is_two_dimensional(const Group& group) {
  if (h5::is_dataset(group.data, "Qx") && h5::is_dataset(group.data, "Qy")) {
    return true;
  }
  const h5::Array q = h5::array(group.path, group.data, "Q");
  return q.shape.size() == group.intensity.shape.size() + 1 && q.shape[0] >= 2 &&
         q.values.size() == q.shape[0] * group.intensity.values.size();
}

void read_data(const std::string& path, const h5::Id& data, const std::string& name,
               FileContent& content) {
  const std::string signal = h5::attribute(data, "signal").value_or("I");
  if (!h5::is_dataset(data, signal)) {
    throw FileError(path, "the dataset " + signal + " in " + name, "none");
  }
  if (!h5::is_dataset(data, "Q") && !h5::is_dataset(data, "Qx")) {
    throw FileError(path, "the dataset Q, or Qx and Qy, in " + name, "neither");
  }
  Group group{path, data, name, h5::array(path, data, signal), {}, {}};
  if (const std::string sigma = sigma_name(data, signal); !sigma.empty()) {
    group.sigma = h5::array(path, data, sigma);
  }
  if (is_two_dimensional(group)) {
    read_q_image(group, content);
  } else {
    read_curves(group, content);
  }
}

bool is_class(const h5::Id& group, const char* name) {
  return h5::attribute(group, "canSAS_class") == name || h5::attribute(group, "NX_class") == name;
}

// Entries and the data in them; an entry may hold entries (NXsubentry).
void read_group(const std::string& path, const h5::Id& group, const std::string& title, int depth,
                FileContent& content) {
  for (const std::string& name : h5::children(group)) {
    if (!h5::is_group(group, name)) {
      continue;
    }
    const h5::Id child = h5::open_group(group, name);
    if (is_class(child, "SASdata")) {
      read_data(path, child, title.empty() ? name : title, content);
      content.items.back().metadata = get_metadata(group);
    } else if (depth < 3 && (is_class(child, "SASentry") || is_class(child, "NXentry") ||
                             is_class(child, "NXsubentry"))) {
      const std::string own = h5::text(child, "title").value_or("");
      read_group(path, child, own.empty() ? name : own, depth + 1, content);
    }
  }
}

// One image of a scan that holds nothing does not take the others with it.
void read_integrals(const std::string& path, const h5::Id& file, FileContent& content,
                    std::vector<FileError>& unreadable) {
  for (const AzimuthalIntegral& integral : integrals_in(path, file, unreadable)) {
    try {
      content.items.push_back(item_of(path, integral));
    } catch (const FileError& error) {
      unreadable.push_back(error);
    }
  }
}

}  // namespace

void read_entry(const std::string& path, const h5::Id& entry, FileContent& content) {
  if (is_raw_entry(entry)) {
    read_raw_entry(path, entry, content);
  } else {
    read_group(path, entry, h5::text(entry, "title").value_or(""), 1, content);
  }
}

FileContent read_nexus(const std::string& path) {
  const h5::QuietErrors quiet;
  const h5::Id file = h5::open_file(path);
  FileContent content;
  // Frames come first: what was measured, before what was made of it.
  for (const std::string& name : h5::children(file)) {
    if (h5::is_group(file, name)) {
      const h5::Id entry = h5::open_group(file, name);
      if (is_raw_entry(entry)) {
        read_raw_entry(path, entry, content);
      }
    }
  }
  const auto add_format = [&](const char* name, std::size_t before) {
    if (content.items.size() > before) {
      content.format += (content.format.empty() ? "" : " and ") + std::string(name);
    }
  };
  add_format("NXsas", 0);
  const std::size_t frames = content.items.size();
  std::vector<FileError> unreadable;
  read_integrals(path, file, content, unreadable);
  add_format("NXazint", frames);
  const std::size_t integrals = content.items.size();
  read_group(path, file, "", 0, content);
  add_format("NXcanSAS", integrals);
  if (content.items.empty()) {
    if (!unreadable.empty()) throw FileError(unreadable.front());
    const auto names = h5::children(file);
    throw FileError(path, "NXsas, NXcanSAS or NXazint data in an HDF5 file",
                    names.empty() ? "no group at all"
                                  : "a first group \"" + names.front() + "\" and no such data");
  }
  for (const FileError& error : unreadable) {
    const std::string note =
        "integrated data left out: expected " + error.expected() + ", found " + error.found();
    if (content.notes.empty() || content.notes.back() != note) content.notes.push_back(note);
  }
  return content;
}

}  // namespace foray::files
