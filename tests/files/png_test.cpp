#include <gtest/gtest.h>
#include <png.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "file_test_tools.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"

namespace foray::files {
namespace {

// Writes pixels of a libpng format, 3 x 2.
template <typename Sample>
void write_png(const std::string& path, png_uint_32 format, const std::vector<Sample>& samples) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = 3;
  image.height = 2;
  image.format = format;
  ASSERT_TRUE(png_image_write_to_file(&image, path.c_str(), 0, samples.data(), 0, nullptr));
}

class Png : public ::testing::Test {
 protected:
  TestFolder folder_;
  std::string path_ = folder_.file("a.png");
};

TEST_F(Png, KeepsGreyOfEightBits) {
  write_png<std::uint8_t>(path_, PNG_FORMAT_GRAY, {0, 1, 100, 127, 128, 255});
  const ImageFile file = read_png(path_);
  scattering::Image expected(2, 3);
  expected << 0, 1, 100, 127, 128, 255;
  EXPECT_TRUE((file.pixels == expected).all());
  EXPECT_TRUE((file.mask == 0).all());
  EXPECT_TRUE(file.notes.empty());
}

TEST_F(Png, KeepsGreyOfSixteenBits) {
  write_png<std::uint16_t>(path_, PNG_FORMAT_LINEAR_Y, {0, 1, 1000, 4097, 50000, 65535});
  const ImageFile file = read_png(path_);
  scattering::Image expected(2, 3);
  expected << 0, 1, 1000, 4097, 50000, 65535;
  EXPECT_TRUE((file.pixels == expected).all());
}

TEST_F(Png, TurnsColoursIntoLuminanceAndSaysSo) {
  write_png<std::uint8_t>(path_, PNG_FORMAT_RGB,
                          {255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 255, 255, 255, 0, 0, 0});
  const ImageFile file = read_png(path_);
  EXPECT_LT(file.pixels(0, 2), file.pixels(0, 0));  // blue is darker than red than green
  EXPECT_LT(file.pixels(0, 0), file.pixels(0, 1));
  EXPECT_EQ(file.pixels(1, 0), 9);
  EXPECT_EQ(file.pixels(1, 1), 255);
  ASSERT_EQ(file.notes.size(), 1U);
}

TEST_F(Png, MasksWhatIsTransparent) {
  write_png<std::uint8_t>(path_, PNG_FORMAT_GA, {7, 255, 7, 0, 7, 255, 7, 255, 7, 255, 7, 255});
  const ImageFile file = read_png(path_);
  EXPECT_NE(file.mask(0, 1), 0U);
  EXPECT_EQ((file.mask != 0).count(), 1);
}

TEST_F(Png, RefusesTruncatedAndOtherFiles) {
  write_png<std::uint8_t>(path_, PNG_FORMAT_GRAY, {0, 1, 100, 127, 128, 255});
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 20);
  EXPECT_THROW(read_png(path_), FileError);
  std::ofstream(path_) << "not a picture at all";
  EXPECT_THROW(read_png(path_), FileError);
  EXPECT_THROW(read_png(folder_.file("none.png")), FileError);
}

// A header that promises 983,040 x 983,040 pixels must not cost memory.
TEST_F(Png, RefusesASizeThatTheFileCannotHold) {
  write_png<std::uint8_t>(path_, PNG_FORMAT_GRAY, {0, 1, 100, 127, 128, 255});
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(16);  // width and height, big-endian
  const char size[] = {0x00, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x00, 0x00};
  file.write(size, sizeof size);
  file.close();
  EXPECT_THROW(read_png(path_), FileError);
}

}  // namespace
}  // namespace foray::files
