#include <hdf5.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "foray/instruments/table.h"

namespace foray::instruments {
namespace {

// Closes an HDF5 identifier when it leaves its scope.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) {
      close_(id_);
    }
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle(Handle&&) = delete;
  Handle& operator=(Handle&&) = delete;
  [[nodiscard]] hid_t get() const { return id_; }
  [[nodiscard]] bool valid() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// The library prints its error stack unless told not to; ours are in the exceptions.
class QuietErrors {
 public:
  QuietErrors() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~QuietErrors() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
  QuietErrors(QuietErrors&&) = delete;
  QuietErrors& operator=(QuietErrors&&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

std::vector<std::string> read_variable_strings(hid_t dataset, hid_t type, std::size_t count) {
  std::vector<char*> pointers(count, nullptr);
  const Handle memory(H5Tcopy(type), H5Tclose);
  const Handle space(H5Dget_space(dataset), H5Sclose);
  if (H5Dread(dataset, memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0) {
    return {};
  }
  std::vector<std::string> texts;
  for (const char* pointer : pointers) {
    texts.emplace_back(pointer != nullptr ? pointer : "");
  }
  H5Dvlen_reclaim(memory.get(), space.get(), H5P_DEFAULT, pointers.data());
  return texts;
}

std::vector<std::string> read_fixed_strings(hid_t dataset, hid_t type, std::size_t count) {
  const std::size_t width = H5Tget_size(type);
  std::vector<char> bytes(count * width);
  const Handle memory(H5Tcopy(type), H5Tclose);
  if (H5Dread(dataset, memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) {
    return {};
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text(bytes.data() + i * width, width);
    texts.push_back(text.substr(0, text.find('\0')));
  }
  return texts;
}

class Hdf5Reader {
 public:
  Hdf5Reader(std::string file, std::string group)
      : file_(std::move(file)), group_(std::move(group)) {}

  Table read() {
    const Handle file(H5Fopen(file_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    if (!file.valid()) {
      throw std::invalid_argument(file_ + ": expected a readable HDF5 file, could not open it");
    }
    const Handle group(H5Gopen2(file.get(), group_.c_str(), H5P_DEFAULT), H5Gclose);
    if (!group.valid()) {
      throw std::invalid_argument(file_ + ": expected the group " + group_ + ", found none");
    }
    H5G_info_t info{};
    H5Gget_info(group.get(), &info);
    for (hsize_t i = 0; i < info.nlinks; ++i) {
      read_member(group.get(), i);
    }
    if (table_.names.empty() || table_.rows == 0) {
      throw std::invalid_argument(file_ + ": " + group_ +
                                  ": expected one-dimensional datasets with rows, found none");
    }
    return std::move(table_);
  }

 private:
  void read_member(hid_t group, hsize_t index) {
    std::array<char, 1024> name{};
    H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, name.data(), name.size(),
                       H5P_DEFAULT);
    const Handle dataset(H5Dopen2(group, name.data(), H5P_DEFAULT), H5Dclose);
    if (!dataset.valid()) {
      return;  // a group, or a link that leads nowhere
    }
    const Handle space(H5Dget_space(dataset.get()), H5Sclose);
    if (H5Sget_simple_extent_ndims(space.get()) != 1) {
      return;
    }
    hsize_t length = 0;
    H5Sget_simple_extent_dims(space.get(), &length, nullptr);
    if (!table_.names.empty() && static_cast<Eigen::Index>(length) != table_.rows) {
      throw std::invalid_argument(file_ + ": " + group_ + "/" + name.data() + ": expected " +
                                  std::to_string(table_.rows) + " rows as in " +
                                  table_.names.front() + ", found " + std::to_string(length));
    }
    table_.rows = static_cast<Eigen::Index>(length);
    read_column(dataset.get(), name.data());
  }

  void read_column(hid_t dataset, const std::string& name) {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const H5T_class_t kind = H5Tget_class(type.get());
    const auto count = static_cast<std::size_t>(table_.rows);
    if (kind == H5T_STRING) {
      std::vector<std::string> texts = H5Tis_variable_str(type.get()) > 0
                                           ? read_variable_strings(dataset, type.get(), count)
                                           : read_fixed_strings(dataset, type.get(), count);
      require_read(texts.size() == count, name);
      table_.texts[name] = std::move(texts);
    } else if (kind == H5T_INTEGER || kind == H5T_FLOAT) {
      Eigen::VectorXd values(table_.rows);
      require_read(
          H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0,
          name);
      table_.numbers[name] = std::move(values);
    } else {
      return;
    }
    table_.names.push_back(name);
  }

  void require_read(bool read, const std::string& name) const {
    if (!read) {
      throw std::invalid_argument(file_ + ": " + group_ + "/" + name +
                                  ": expected a readable dataset, could not read it");
    }
  }

  std::string file_;
  std::string group_;
  Table table_;
};

}  // namespace

Table read_hdf5_table(const std::filesystem::path& file, const std::string& group) {
  const QuietErrors quiet;
  return Hdf5Reader(file.string(), group).read();
}

}  // namespace foray::instruments
