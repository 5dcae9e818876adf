#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "bytes.h"
#include "foray/files/file_error.h"
#include "hdf5_file.h"

namespace foray::files::h5 {
namespace {

constexpr std::size_t kLongestText = 1 << 20;  // bytes of one string; an attribute is never longer

// Reads the strings of an attribute or dataset through `read(type, buffer)`, joined with ",".
template <typename Read>
std::optional<std::string> join_texts(const Id& type, const Id& space, const Read& read) {
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  const std::size_t size = H5Tget_size(type.get());
  if (count < 1 || count > 1000 || size > kLongestText) {
    return count == 0 ? std::optional<std::string>("") : std::nullopt;
  }
  const auto items = static_cast<std::size_t>(count);
  std::vector<std::string> parts;
  if (H5Tis_variable_str(type.get()) > 0) {
    const Id memory(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(memory.get(), H5T_VARIABLE);
    H5Tset_cset(memory.get(), H5Tget_cset(type.get()));
    std::vector<char*> pointers(items, nullptr);
    if (read(memory.get(), static_cast<void*>(pointers.data())) < 0) {
      return std::nullopt;
    }
    for (char* pointer : pointers) {
      parts.emplace_back(pointer != nullptr ? pointer : "");
      H5free_memory(pointer);
    }
  } else {
    std::string buffer(items * size, '\0');
    if (read(type.get(), static_cast<void*>(buffer.data())) < 0) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < items; ++i) {
      std::string part = buffer.substr(i * size, size);
      part.resize(std::min(part.size(), part.find('\0')));
      parts.push_back(part.substr(0, part.find_last_not_of(' ') + 1));
    }
  }
  std::string joined = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    joined += "," + parts[i];
  }
  return joined;
}

template <typename Read>
std::optional<std::string> join_integers(const Id& space, const Read& read) {
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count < 1 || count > 1000) {
    return std::nullopt;
  }
  std::vector<long long> values(static_cast<std::size_t>(count));
  if (read(H5T_NATIVE_LLONG, static_cast<void*>(values.data())) < 0) {
    return std::nullopt;
  }
  std::string joined = std::to_string(values.front());
  for (std::size_t i = 1; i < values.size(); ++i) {
    joined += "," + std::to_string(values[i]);
  }
  return joined;
}

template <typename Read>
std::optional<std::string> as_text(const Id& type, const Id& space, const Read& read) {
  switch (H5Tget_class(type.get())) {
    case H5T_STRING:
      return join_texts(type, space, read);
    case H5T_INTEGER:
      return join_integers(space, read);
    default:
      return std::nullopt;
  }
}

std::string units_of(const Id& dataset) {
  const auto units = attribute(dataset, "units");
  return units ? *units : attribute(dataset, "unit").value_or("");  // "unit": early drafts
}

herr_t collect(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

bool is_kind(const Id& parent, const std::string& name, H5I_type_t kind) {
  if (!has(parent, name)) {
    return false;
  }
  const Id object(H5Oopen(parent.get(), name.c_str(), H5P_DEFAULT), H5Oclose);
  return object.valid() && H5Iget_type(object.get()) == kind;
}

}  // namespace

void leave_library_open_at_exit() {
  static const herr_t done = H5dont_atexit();
  static_cast<void>(done);
}

Id open_file(const std::string& path) {
  const Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);  // a damaged object must not keep it open
  Id file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!file.valid()) {
    throw FileError(path, "a whole HDF5 file", "a truncated or damaged one");
  }
  return file;
}

std::vector<std::string> children(const Id& group) {
  std::vector<std::string> names;
  H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names);
  std::erase_if(names, [&](const std::string& name) { return !has(group, name); });
  return names;
}

bool has(const Id& parent, const std::string& path) {
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const std::string step = path.substr(0, end);
    if (!step.empty() && (H5Lexists(parent.get(), step.c_str(), H5P_DEFAULT) <= 0 ||
                          H5Oexists_by_name(parent.get(), step.c_str(), H5P_DEFAULT) <= 0)) {
      return false;
    }
    if (end == std::string::npos) {
      return true;
    }
  }
}

bool is_group(const Id& parent, const std::string& name) {
  return is_kind(parent, name, H5I_GROUP);
}

bool is_dataset(const Id& parent, const std::string& name) {
  return is_kind(parent, name, H5I_DATASET);
}

Id open_group(const Id& parent, const std::string& name) {
  return {H5Gopen2(parent.get(), name.c_str(), H5P_DEFAULT), H5Gclose};
}

Id open_dataset(const Id& parent, const std::string& name) {
  return {H5Dopen2(parent.get(), name.c_str(), H5P_DEFAULT), H5Dclose};
}

std::optional<std::string> attribute(const Id& object, const std::string& name) {
  if (H5Aexists(object.get(), name.c_str()) <= 0) {
    return std::nullopt;
  }
  const Id attribute(H5Aopen(object.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
  const Id type(H5Aget_type(attribute.get()), H5Tclose);
  const Id space(H5Aget_space(attribute.get()), H5Sclose);
  return as_text(type, space, [&](hid_t memory_type, void* buffer) {
    return H5Aread(attribute.get(), memory_type, buffer);
  });
}

std::optional<std::string> text(const Id& parent, const std::string& path) {
  if (!is_dataset(parent, path)) {
    return std::nullopt;
  }
  const Id dataset = open_dataset(parent, path);
  const Id type(H5Dget_type(dataset.get()), H5Tclose);
  const Id space(H5Dget_space(dataset.get()), H5Sclose);
  return as_text(type, space, [&](hid_t memory_type, void* buffer) {
    return H5Dread(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
  });
}

std::optional<Number> number(const Id& parent, const std::string& path) {
  if (!is_dataset(parent, path)) {
    return std::nullopt;
  }
  const Id dataset = open_dataset(parent, path);
  const Id type(H5Dget_type(dataset.get()), H5Tclose);
  Number result{0, units_of(dataset)};
  if (H5Tget_class(type.get()) == H5T_STRING) {  // early drafts wrote numbers as text
    const std::string written = text(parent, path).value_or("");
    char* end = nullptr;
    result.value = std::strtod(written.c_str(), &end);
    return end == written.c_str() ? std::nullopt : std::optional(result);
  }
  const Id space(H5Dget_space(dataset.get()), H5Sclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count < 1 || count > 1000000) {
    return std::nullopt;
  }
  std::vector<double> values(static_cast<std::size_t>(count));
  if (H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
    return std::nullopt;
  }
  result.value = values.front();
  return result;
}

std::vector<hsize_t> checked_shape(const std::string& path, const Id& dataset,
                                   const std::string& name) {
  const Id space(H5Dget_space(dataset.get()), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0 || rank > 8) {
    throw FileError(path, "numbers in " + name, "an array of unusual rank");
  }
  std::vector<hsize_t> shape(static_cast<std::size_t>(rank));
  if (rank > 0) {
    H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
  }
  std::uint64_t count = 1;
  for (const hsize_t extent : shape) {
    if (extent != 0 && count > 4 * kMostPixels / extent) {
      throw FileError(path, "at most " + std::to_string(4 * kMostPixels) + " numbers in " + name,
                      "a header of more");
    }
    count *= extent;
  }
  // Deflate shrinks at most about 1000 to 1; a few filters in a row more, on constant data.
  const Id type(H5Dget_type(dataset.get()), H5Tclose);
  const std::uint64_t stored = H5Dget_storage_size(dataset.get());
  const std::uint64_t bytes = count * H5Tget_size(type.get());
  if (bytes > (std::uint64_t{64} << 20) && bytes / 100000 > stored) {
    throw FileError(path, std::to_string(bytes) + " bytes of " + name,
                    std::to_string(stored) + " bytes stored");
  }
  return shape;
}

Array array(const std::string& path, const Id& parent, const std::string& name) {
  const Id dataset = open_dataset(parent, name);
  if (!dataset.valid()) {
    throw FileError(path, "the dataset " + name, "none");
  }
  const Id type(H5Dget_type(dataset.get()), H5Tclose);
  const H5T_class_t kind = H5Tget_class(type.get());
  if (kind != H5T_INTEGER && kind != H5T_FLOAT && kind != H5T_ENUM) {
    throw FileError(path, "numbers in " + name, "another type");
  }
  Array result;
  result.shape = checked_shape(path, dataset, name);
  result.units = units_of(dataset);
  result.is_integer = kind == H5T_INTEGER;
  result.bits = static_cast<int>(8 * H5Tget_size(type.get()));
  result.is_signed = result.is_integer && H5Tget_sign(type.get()) == H5T_SGN_2;
  std::size_t count = 1;
  for (const hsize_t extent : result.shape) {
    count *= extent;
  }
  result.values.resize(count);
  herr_t status = 0;
  if (kind == H5T_ENUM) {  // h5py's truth values: an enumeration of 8-bit numbers
    const Id base(H5Tget_super(type.get()), H5Tclose);
    std::vector<signed char> small(count * H5Tget_size(type.get()));
    status = H5Tget_size(type.get()) == 1
                 ? H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, small.data())
                 : -1;
    std::copy_n(small.begin(), count, result.values.begin());
  } else if (count > 0) {
    status = H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                     result.values.data());
  }
  if (status < 0) {
    throw FileError(path, "readable numbers in " + name,
                    "damaged ones or a compression that this HDF5 library has not");
  }
  return result;
}

}  // namespace foray::files::h5
