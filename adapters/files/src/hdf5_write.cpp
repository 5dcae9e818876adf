#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>

#include "bytes.h"
#include "hdf5_checksum.h"
#include "hdf5_file.h"

namespace foray::files::h5 {
namespace {

constexpr hsize_t kCompressFrom = 4096;  // numbers; below, a chunk costs more than it saves
constexpr hsize_t kChunkBytes = hsize_t{1} << 20;  // HDF5's default chunk cache

hid_t check(hid_t id, const char* what) {
  if (id < 0) {
    throw std::runtime_error(std::string("HDF5 could not ") + what);
  }
  return id;
}

Id text_type(const std::string& value) {
  Id type(check(H5Tcopy(H5T_C_S1), "make a text type"), H5Tclose);
  H5Tset_size(type.get(), std::max<std::size_t>(value.size(), 1));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

Id no_times() {
  Id properties(check(H5Pcreate(H5P_DATASET_CREATE), "make properties"), H5Pclose);
  H5Pset_obj_track_times(properties.get(), 0);  // the same content gives the same bytes
  return properties;
}

// Equal shares of the slowest axis that do not exceed the chunk's size, so that no chunk is mostly
// padding: an image of 619 x 487 counts is two chunks of 310 rows.
std::vector<hsize_t> chunk_of(const std::vector<hsize_t>& shape, std::size_t bytes) {
  std::vector<hsize_t> chunk = shape;
  hsize_t below = bytes;  // bytes of one step along the axis
  for (std::size_t i = shape.size(); i-- > 0;) {
    const hsize_t most = std::clamp<hsize_t>(kChunkBytes / below, 1, shape[i]);
    const hsize_t shares = (shape[i] + most - 1) / most;
    chunk[i] = (shape[i] + shares - 1) / shares;
    below *= chunk[i];
  }
  return chunk;
}

// H5Fget_file_image clears the mark of an open file in the superblock (version 2: 44 bytes and
// their checksum) and leaves the checksum as it was with the mark (seen in HDF5 1.10.8).
void renew_superblock_checksum(std::string& bytes) {
  constexpr std::size_t kChecked = 44;
  if (bytes.size() < kChecked + 4 || bytes[8] != 2) {
    throw std::runtime_error("HDF5 made a file without a superblock of version 2");
  }
  std::string stored;
  store(stored, checksum(std::string_view(bytes).substr(0, kChecked)), ByteOrder::kLittle);
  bytes.replace(kChecked, stored.size(), stored);
}

}  // namespace

Id create_in_memory() {
  const Id access(check(H5Pcreate(H5P_FILE_ACCESS), "make properties"), H5Pclose);
  H5Pset_fapl_core(access.get(), std::size_t{1} << 18, 0);  // grows by 256 KiB, never on disk
  // The format of HDF5 1.8 has checksums on its headers, so that damage is found instead of
  // followed.
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18);
  const Id creation(check(H5Pcreate(H5P_FILE_CREATE), "make properties"), H5Pclose);
  H5Pset_obj_track_times(creation.get(), 0);
  // Never a name that is open already, be it in memory: HDF5 would refuse the second thread.
  static std::atomic<unsigned long> counter{0};
  const std::string name = "foray-" + std::to_string(counter++) + ".h5";
  return {check(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()),
                "make a file in memory"),
          H5Fclose};
}

std::string image_of(const Id& file) {
  H5Fflush(file.get(), H5F_SCOPE_LOCAL);
  const ssize_t size = H5Fget_file_image(file.get(), nullptr, 0);
  std::string bytes(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  if (size <= 0 || H5Fget_file_image(file.get(), bytes.data(), bytes.size()) != size) {
    throw std::runtime_error("HDF5 could not give the bytes of a file in memory");
  }
  renew_superblock_checksum(bytes);
  return bytes;
}

Id make_group(const Id& parent, const std::string& name, const std::string& nx_class) {
  const Id creation(check(H5Pcreate(H5P_GROUP_CREATE), "make properties"), H5Pclose);
  H5Pset_obj_track_times(creation.get(), 0);
  Id group(check(H5Gcreate2(parent.get(), name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                 "make a group"),
           H5Gclose);
  set_attribute(group, "NX_class", nx_class);
  return group;
}

void set_attribute(const Id& object, const std::string& name, const std::string& value) {
  const Id type = text_type(value);
  const Id space(H5Screate(H5S_SCALAR), H5Sclose);
  const Id attribute(check(H5Acreate2(object.get(), name.c_str(), type.get(), space.get(),
                                      H5P_DEFAULT, H5P_DEFAULT),
                           "make an attribute"),
                     H5Aclose);
  check(H5Awrite(attribute.get(), type.get(), value.c_str()), "write an attribute");
}

void set_attribute(const Id& object, const std::string& name, const std::vector<int>& values) {
  const hsize_t size = values.size();
  const Id space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  const Id attribute(check(H5Acreate2(object.get(), name.c_str(), H5T_STD_I32LE, space.get(),
                                      H5P_DEFAULT, H5P_DEFAULT),
                           "make an attribute"),
                     H5Aclose);
  check(H5Awrite(attribute.get(), H5T_NATIVE_INT, values.data()), "write an attribute");
}

void set_texts(const Id& object, const std::string& name, const std::vector<std::string>& values) {
  std::size_t longest = 1;
  for (const std::string& value : values) {
    longest = std::max(longest, value.size());
  }
  std::string bytes;
  for (const std::string& value : values) {
    bytes += value + std::string(longest - value.size(), '\0');
  }
  const Id type = text_type(std::string(longest, ' '));
  const hsize_t size = values.size();
  const Id space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  const Id attribute(check(H5Acreate2(object.get(), name.c_str(), type.get(), space.get(),
                                      H5P_DEFAULT, H5P_DEFAULT),
                           "make an attribute"),
                     H5Aclose);
  check(H5Awrite(attribute.get(), type.get(), bytes.data()), "write an attribute");
}

void put_text(const Id& group, const std::string& name, const std::string& value) {
  const Id type = text_type(value);
  const Id space(H5Screate(H5S_SCALAR), H5Sclose);
  const Id properties = no_times();
  const Id dataset(check(H5Dcreate2(group.get(), name.c_str(), type.get(), space.get(), H5P_DEFAULT,
                                    properties.get(), H5P_DEFAULT),
                         "make a text"),
                   H5Dclose);
  check(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, value.c_str()),
        "write a text");
}

Id put_number(const Id& group, const std::string& name, double value, const std::string& units) {
  const Id space(H5Screate(H5S_SCALAR), H5Sclose);
  const Id properties = no_times();
  Id dataset(check(H5Dcreate2(group.get(), name.c_str(), H5T_IEEE_F64LE, space.get(), H5P_DEFAULT,
                              properties.get(), H5P_DEFAULT),
                   "make a number"),
             H5Dclose);
  check(H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value),
        "write a number");
  if (!units.empty()) {
    set_attribute(dataset, "units", units);
  }
  return dataset;
}

Id put_array(const Id& group, const std::string& name, const std::vector<hsize_t>& shape,
             hid_t memory_type, hid_t file_type, const void* data, const std::string& units) {
  const Id space(check(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                       "make a space"),
                 H5Sclose);
  const Id properties = no_times();
  hsize_t size = 1;
  for (const hsize_t extent : shape) {
    size *= extent;
  }
  if (size >= kCompressFrom) {
    const std::vector<hsize_t> chunk = chunk_of(shape, H5Tget_size(file_type));
    H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data());
    H5Pset_shuffle(properties.get());
    H5Pset_deflate(properties.get(), 1);
  }
  Id dataset(check(H5Dcreate2(group.get(), name.c_str(), file_type, space.get(), H5P_DEFAULT,
                              properties.get(), H5P_DEFAULT),
                   "make an array"),
             H5Dclose);
  check(H5Dwrite(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data),
        "write an array");
  if (!units.empty()) {
    set_attribute(dataset, "units", units);
  }
  return dataset;
}

void put_link(const Id& group, const std::string& name, const std::string& target) {
  check(H5Lcreate_hard(group.get(), target.c_str(), group.get(), name.c_str(), H5P_DEFAULT,
                       H5P_DEFAULT),
        "make a link");
}

}  // namespace foray::files::h5
