#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "foray/common/random.h"
#include "foray/files/file_error.h"
#include "foray/scattering/measurement.h"

namespace foray::files {

// A folder of the running test's own, empty at its start and gone at its end.
class TestFolder {
 public:
  TestFolder() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            ("foray-" + std::string(test->test_suite_name()) + "-" + test->name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  TestFolder(TestFolder&&) = delete;
  TestFolder& operator=(TestFolder&&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// The error of a call that must throw FileError; its message is one line that starts with `path`.
template <typename Call>
FileError error_of(const std::string& path, const Call& call) {
  try {
    call();
  } catch (const FileError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    EXPECT_TRUE(std::string(error.what()).starts_with(path + ": expected ")) << error.what();
    return error;
  }
  ADD_FAILURE() << "no FileError for " << path;
  return {path, "nothing", "nothing"};
}

// Poisson counts over a tilted detector, with a gap, a beamstop, and all scalars off their
// defaults.
inline scattering::Frame test_frame(Eigen::Index slow = 61, Eigen::Index fast = 47) {
  scattering::Frame frame;
  frame.counts.resize(slow, fast);
  CounterStream random(7, 0);
  for (Eigen::Index i = 0; i < frame.counts.size(); ++i) {
    frame.counts.data()[i] = random.poisson(20.0);
  }
  frame.mask = scattering::Mask::Zero(slow, fast);
  frame.mask.row(slow / 2).setConstant(scattering::kMaskGap);
  frame.mask.block(3, 5, 4, 6).setConstant(scattering::kMaskUser | scattering::kMaskNoisy);
  frame.geometry = {.dist = 1.0 / 3,
                    .poni1 = 0.0051234567890123,
                    .poni2 = 0.1 / 7,
                    .rot1 = 0.01,
                    .rot2 = -0.02,
                    .rot3 = 1e-3,
                    .wavelength = 1.0 / 9e9,
                    .pixel1 = 172e-6,
                    .pixel2 = 75e-6};
  frame.exposure_s = 0.7;
  frame.monitor = 0.93;
  frame.transmission = 0.61;
  frame.saturation = 1048575;
  return frame;
}

inline void expect_same_geometry(const scattering::Geometry& a, const scattering::Geometry& b) {
  EXPECT_EQ(a.dist, b.dist);
  EXPECT_EQ(a.poni1, b.poni1);
  EXPECT_EQ(a.poni2, b.poni2);
  EXPECT_EQ(a.rot1, b.rot1);
  EXPECT_EQ(a.rot2, b.rot2);
  EXPECT_EQ(a.rot3, b.rot3);
  EXPECT_EQ(a.wavelength, b.wavelength);
  EXPECT_EQ(a.pixel1, b.pixel1);
  EXPECT_EQ(a.pixel2, b.pixel2);
}

}  // namespace foray::files
