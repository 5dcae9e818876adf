#pragma once

#include <hdf5.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

// A thin layer over the HDF5 C library: handles that close themselves, and the few ways in which
// NeXus files are read and written. Not for public headers.
namespace foray::files::h5 {

// An HDF5 identifier and how it is closed.
class Id {
 public:
  using Close = herr_t (*)(hid_t);
  Id() = default;
  Id(hid_t id, Close close) : id_(id), close_(close) {}
  ~Id() { reset(); }
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Id& operator=(Id&& other) noexcept {
    reset();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
    return *this;
  }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;

  [[nodiscard]] hid_t get() const { return id_; }
  [[nodiscard]] bool valid() const { return id_ >= 0; }

 private:
  void reset() {
    if (id_ >= 0) {
      close_(id_);
      id_ = -1;
    }
  }
  hid_t id_ = -1;
  Close close_ = nullptr;
};

// Called before the first use of the library. Every file is closed by its Id, so the library has
// nothing to do at exit; what damaged files leave behind inside it would only make it complain.
void leave_library_open_at_exit();

// Keeps the library from printing its error stack while it lives (this thread's stack).
class QuietErrors {
 public:
  QuietErrors() {
    leave_library_open_at_exit();
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

// ---- writing: failures are std::runtime_error (the file is in memory, so they are not the disk's)

Id create_in_memory();
std::string image_of(const Id& file);  // the bytes that the file would have on disk

Id make_group(const Id& parent, const std::string& name, const std::string& nx_class);
void set_attribute(const Id& object, const std::string& name, const std::string& value);
void set_attribute(const Id& object, const std::string& name, const std::vector<int>& values);
void set_texts(const Id& object, const std::string& name, const std::vector<std::string>& values);
void put_text(const Id& group, const std::string& name, const std::string& value);
Id put_number(const Id& group, const std::string& name, double value, const std::string& units);
// An array; deflate level 1 after shuffling when it has more than a few thousand numbers.
Id put_array(const Id& group, const std::string& name, const std::vector<hsize_t>& shape,
             hid_t memory_type, hid_t file_type, const void* data, const std::string& units = "");
void put_link(const Id& group, const std::string& name, const std::string& target);

// ---- reading

// Throws FileError when it is no HDF5 file or a damaged one.
Id open_file(const std::string& path);

// Links of a group in the order of their names, without those that dangle.
std::vector<std::string> children(const Id& group);
bool is_group(const Id& parent, const std::string& name);
bool is_dataset(const Id& parent, const std::string& name);
Id open_group(const Id& parent, const std::string& name);
Id open_dataset(const Id& parent, const std::string& name);
bool has(const Id& parent, const std::string& path);  // every step of the path exists

// Text of an attribute or dataset; of several strings, joined with ",". Whole numbers are turned
// into text too. nullopt: absent or of another type.
std::optional<std::string> attribute(const Id& object, const std::string& name);
std::optional<std::string> text(const Id& parent, const std::string& path);

struct Number {
  double value = 0;
  std::string units;  // "" when it has none
};
// First number of a dataset (also of a number written as text); nullopt: absent.
std::optional<Number> number(const Id& parent, const std::string& path);

struct Array {
  std::vector<hsize_t> shape;
  std::vector<double> values;
  std::string units;
  bool is_integer = false;
  int bits = 0;
  bool is_signed = false;
};
// Shape of a dataset; refuses one that is too large for its file or for memory. `path` of the file
// is for messages.
std::vector<hsize_t> checked_shape(const std::string& path, const Id& dataset,
                                   const std::string& name);
// All numbers of a dataset; throws FileError when they cannot be read.
Array array(const std::string& path, const Id& parent, const std::string& name);

}  // namespace foray::files::h5
