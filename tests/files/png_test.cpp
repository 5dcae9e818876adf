#include <gtest/gtest.h>
#include <png.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "file_test_tools.h"
#include "foray/files/file_error.h"
#include "foray/files/image_file.h"

namespace foray::files::png_test {
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

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 255U);
  return bytes;
}

std::string chunk(const std::string& name, const std::string& content) {
  const std::string body = name + content;
  const auto* bytes = reinterpret_cast<const Bytef*>(body.data());
  return big_endian(static_cast<std::uint32_t>(content.size())) + body +
         big_endian(static_cast<std::uint32_t>(crc32(0, bytes, static_cast<uInt>(body.size()))));
}

// A picture written without libpng: rows of stored bytes, and chunks before them.
void write_by_hand(const std::string& path, std::uint32_t width, int depth, int colour_type,
                   const std::vector<std::string>& rows, const std::string& before = "") {
  std::string head = big_endian(width) + big_endian(static_cast<std::uint32_t>(rows.size()));
  for (const int byte : {depth, colour_type, 0, 0, 0}) head += static_cast<char>(byte);
  std::string raw;
  for (const std::string& row : rows) raw += '\0' + row;  // Each with no filter.
  std::string packed(compressBound(raw.size()), '\0');
  uLongf size = packed.size();
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                     reinterpret_cast<const Bytef*>(raw.data()), raw.size()),
            Z_OK);
  packed.resize(size);
  std::ofstream(path, std::ios::binary)
      << "\x89PNG\r\n\x1a\n"
      << chunk("IHDR", head) << before << chunk("IDAT", packed) << chunk("IEND", "");
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

// Gamma of 1 (100000), sRGB and half transparent pixels change nothing that is stored.
TEST_F(Png, KeepsStoredValuesWhateverGammaAndTransparencyTheFileStates) {
  const std::string linear = chunk("gAMA", big_endian(100000));
  const std::string odd = chunk("gAMA", big_endian(31250));
  const std::string srgb = chunk("sRGB", std::string(1, '\0'));
  for (const std::string& stated : {std::string(), linear, odd, srgb}) {
    write_by_hand(path_, 3, 8, PNG_COLOR_TYPE_GRAY, {{"\x00\x01\x64", 3}, {"\x7f\x80\xff", 3}},
                  stated);
    scattering::Image expected(2, 3);
    expected << 0, 1, 100, 127, 128, 255;
    EXPECT_TRUE((read_png(path_).pixels == expected).all());
    write_by_hand(path_, 2, 16, PNG_COLOR_TYPE_GRAY, {{"\x00\x03\xc3\x50", 4}}, stated);
    EXPECT_EQ(read_png(path_).pixels(0, 0), 3);
    EXPECT_EQ(read_png(path_).pixels(0, 1), 50000);
    // 1000 half transparent, 40000 hardly, 7 wholly.
    write_by_hand(path_, 3, 16, PNG_COLOR_TYPE_GRAY_ALPHA,
                  {{"\x03\xe8\x80\x00\x9c\x40\xff\x00\x00\x07\x00\x00", 12}}, stated);
    const ImageFile file = read_png(path_);
    EXPECT_EQ(file.pixels(0, 0), 1000);
    EXPECT_EQ(file.pixels(0, 1), 40000);
    EXPECT_EQ(file.mask(0, 0), 0U);
    EXPECT_NE(file.mask(0, 2), 0U);
  }
}

TEST_F(Png, KeepsColoursOfSixteenBitsPalettesAndFewBits) {
  write_by_hand(path_, 2, 16, PNG_COLOR_TYPE_RGB,
                {{"\x03\xe8\x03\xe8\x03\xe8\x00\x0a\x00\x14\x00\x1e", 12}},
                chunk("gAMA", big_endian(45455)));
  const ImageFile colours = read_png(path_);
  EXPECT_EQ(colours.pixels(0, 0), 1000);
  EXPECT_NEAR(colours.pixels(0, 1), 0.299 * 10 + 0.587 * 20 + 0.114 * 30, 1e-12);
  // Two bits a pixel: 0, 1, 2, 3 of 3.
  write_by_hand(path_, 4, 2, PNG_COLOR_TYPE_GRAY, {{"\x1b", 1}});
  scattering::Image expected(1, 4);
  expected << 0, 85, 170, 255;
  EXPECT_TRUE((read_png(path_).pixels == expected).all());
  // A palette of two greys, of which the second is transparent.
  write_by_hand(path_, 2, 8, PNG_COLOR_TYPE_PALETTE, {{"\x00\x01", 2}},
                chunk("PLTE", {"\x11\x11\x11\x22\x22\x22", 6}) + chunk("tRNS", {"\xff\x00", 2}));
  const ImageFile palette = read_png(path_);
  EXPECT_EQ(palette.pixels(0, 0), 0x11);
  EXPECT_EQ(palette.mask(0, 0), 0U);
  EXPECT_NE(palette.mask(0, 1), 0U);
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
}  // namespace foray::files::png_test
