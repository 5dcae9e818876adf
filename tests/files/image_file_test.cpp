#include "foray/files/image_file.h"

#include <gtest/gtest.h>
#include <tiffio.h>

#include <limits>

#include "file_test_tools.h"

namespace foray::files::image_file_test {
namespace {

using scattering::Image;

constexpr PixelType kTypes[] = {PixelType::kUint8, PixelType::kUint16,  PixelType::kUint32,
                                PixelType::kInt32, PixelType::kFloat32, PixelType::kFloat64};

// 3 x 5 values at the ends of the type's range.
Image extreme_image(PixelType type) {
  Image image = Image::Zero(3, 5);
  image(0, 1) = 1;
  switch (type) {
    case PixelType::kUint8:
      image(2, 4) = 255;
      break;
    case PixelType::kUint16:
      image(2, 4) = 65535;
      break;
    case PixelType::kUint32:
      image(2, 4) = 4294967294.0;
      break;
    case PixelType::kInt32:
      image(1, 3) = -2147483648.0;
      image(2, 4) = 2147483647;
      break;
    case PixelType::kFloat32:
      image(1, 3) = -0.125;
      image(2, 4) = 3e38F;
      break;
    case PixelType::kFloat64:
      image(1, 3) = 1.0 / 3;
      image(2, 4) = 1e300;
      break;
  }
  return image;
}

TEST(Tiff, GivesBackEveryPixelType) {
  const TestFolder folder;
  for (const PixelType type : kTypes) {
    const Image image = extreme_image(type);
    write_tiff(folder.file("a.tif"), image, type);
    const ImageFile file = read_tiff(folder.file("a.tif"));
    EXPECT_TRUE((file.pixels == image).all()) << static_cast<int>(type);
    EXPECT_TRUE((file.mask == 0).all());
  }
}

TEST(Npy, GivesBackEveryPixelType) {
  const TestFolder folder;
  for (const PixelType type : kTypes) {
    const Image image = extreme_image(type);
    write_npy(folder.file("a.npy"), image, type);
    const ImageFile file = read_npy(folder.file("a.npy"));
    EXPECT_TRUE((file.pixels == image).all()) << static_cast<int>(type);
  }
}

TEST(WriteTiff, RefusesWhatTheTypeCannotHold) {
  const TestFolder folder;
  const std::string path = folder.file("a.tif");
  EXPECT_THROW(write_tiff(path, Image::Constant(2, 2, 256), PixelType::kUint8),
               std::invalid_argument);
  EXPECT_THROW(write_tiff(path, Image::Constant(2, 2, 0.5), PixelType::kUint32),
               std::invalid_argument);
  EXPECT_THROW(write_tiff(path, Image::Constant(2, 2, -1), PixelType::kUint16),
               std::invalid_argument);
  EXPECT_THROW(write_tiff(path, Image(0, 0), PixelType::kUint16), std::invalid_argument);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(SmallestType, IsTheFirstThatHoldsAll) {
  EXPECT_EQ(smallest_type(Image::Constant(2, 2, 255)), PixelType::kUint8);
  EXPECT_EQ(smallest_type(Image::Constant(2, 2, 256)), PixelType::kUint16);
  EXPECT_EQ(smallest_type(Image::Constant(2, 2, 65536)), PixelType::kUint32);
  EXPECT_EQ(smallest_type(Image::Constant(2, 2, -1)), PixelType::kInt32);
  EXPECT_EQ(smallest_type(Image::Constant(2, 2, 0.5)), PixelType::kFloat64);
}

struct TiffSettings {
  bool tiled;
  int compression;
  const char* mode;  // "wb" big-endian, "wl" little-endian, "w8" BigTIFF
};

// Written by libtiff itself, so that every layout it makes is read.
void write_with_libtiff(const std::string& path, const Image& image, const TiffSettings& settings) {
  TIFF* tiff = TIFFOpen(path.c_str(), settings.mode);
  ASSERT_NE(tiff, nullptr);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(image.cols()));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(image.rows()));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 16);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, settings.compression);
  if (settings.tiled) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, 16);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, 32);
    for (Eigen::Index y = 0; y < image.rows(); y += 32) {
      for (Eigen::Index x = 0; x < image.cols(); x += 16) {
        std::uint16_t tile[32 * 16] = {};
        for (Eigen::Index i = y; i < std::min<Eigen::Index>(y + 32, image.rows()); ++i) {
          for (Eigen::Index j = x; j < std::min<Eigen::Index>(x + 16, image.cols()); ++j) {
            tile[(i - y) * 16 + j - x] = static_cast<std::uint16_t>(image(i, j));
          }
        }
        TIFFWriteTile(tiff, tile, static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), 0,
                      0);
      }
    }
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 7);
    for (Eigen::Index y = 0; y < image.rows(); ++y) {
      std::vector<std::uint16_t> row(static_cast<std::size_t>(image.cols()));
      for (Eigen::Index x = 0; x < image.cols(); ++x) {
        row[static_cast<std::size_t>(x)] = static_cast<std::uint16_t>(image(y, x));
      }
      TIFFWriteScanline(tiff, row.data(), static_cast<std::uint32_t>(y), 0);
    }
  }
  TIFFClose(tiff);
}

TEST(ReadTiff, ReadsStripsAndTilesInAnyOrderAndCompression) {
  const TestFolder folder;
  const Image image = test_frame().counts * 1000;
  for (const bool tiled : {false, true}) {
    for (const int compression :
         {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS}) {
      for (const char* mode : {"wl", "wb", "w8"}) {
        write_with_libtiff(folder.file("a.tif"), image, {tiled, compression, mode});
        const ImageFile file = read_tiff(folder.file("a.tif"));
        EXPECT_TRUE((file.pixels == image).all()) << tiled << ' ' << compression << ' ' << mode;
      }
    }
  }
}

TEST(ReadTiff, RefusesATruncatedFileAtEveryLength) {
  const TestFolder folder;
  write_tiff(folder.file("whole.tif"), test_frame().counts, PixelType::kUint16);
  const std::string whole = content_of(folder.file("whole.tif"));
  const std::string path = folder.file("part.tif");
  for (std::size_t length = 1; length < whole.size(); length += 101) {
    write_bytes(path, whole.substr(0, length));
    error_of(path, [&] { read_tiff(path); });
  }
}

TEST(ReadTiff, RefusesAHeaderThatClaimsMoreThanTheFileHolds) {
  const TestFolder folder;
  const std::string path = folder.file("huge.tif");
  write_tiff(path, Image::Zero(4, 4), PixelType::kUint32);
  std::string bytes = content_of(path);
  bytes.replace(10 + 8, 4, std::string("\xff\xff\xff\x7f", 4));  // the width's value
  write_bytes(path, bytes);
  const FileError error = error_of(path, [&] { read_tiff(path); });
  EXPECT_NE(error.found().find("4 x 2147483647"), std::string::npos) << error.what();
}

TEST(ReadTiff, MasksPixelsThatAreNotFinite) {
  const TestFolder folder;
  Image image = Image::Ones(3, 3);
  image(1, 2) = std::numeric_limits<double>::quiet_NaN();
  image(2, 2) = std::numeric_limits<double>::infinity();
  write_tiff(folder.file("a.tif"), image, PixelType::kFloat32);
  const ImageFile file = read_tiff(folder.file("a.tif"));
  EXPECT_NE(file.mask(1, 2), 0U);
  EXPECT_NE(file.mask(2, 2), 0U);
  EXPECT_EQ((file.mask != 0).count(), 2);
  ASSERT_EQ(file.notes.size(), 1U);
  EXPECT_NE(file.notes[0].find("2 pixels"), std::string::npos);
}

std::string npy_bytes(const std::string& header, const std::string& data) {
  std::string bytes("\x93NUMPY\x01\0", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + data;
}

TEST(ReadNpy, ReadsFortranOrderBigEndianAndTruthValues) {
  const TestFolder folder;
  const std::string path = folder.file("a.npy");
  write_bytes(path, npy_bytes("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\n",
                              std::string("\0\1\0\2\0\3\0\4\0\5\xff\xff", 12)));
  Image expected(2, 3);
  expected << 1, 3, 5, 2, 4, -1;
  EXPECT_TRUE((read_npy(path).pixels == expected).all());
  write_bytes(path, npy_bytes("{'descr': '|b1', 'fortran_order': False, 'shape': (1, 2), }\n",
                              std::string("\0\1", 2)));
  EXPECT_EQ(read_npy(path).pixels(0, 1), 1);
  write_bytes(path, npy_bytes("{ 'shape':(1 , 2,) ,'fortran_order' : False,'descr':'|b1' }\n",
                              std::string("\0\1", 2)));
  EXPECT_EQ(read_npy(path).pixels(0, 1), 1);
}

TEST(ReadNpy, RefusesWhatIsNoImageWithAReason) {
  const TestFolder folder;
  const std::string path = folder.file("a.npy");
  const std::string good = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n";
  const std::pair<std::string, const char*> cases[] = {
      {npy_bytes(good, std::string(47, '\0')), "48 bytes"},
      {npy_bytes("{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3), }", ""), "type <c8"},
      {npy_bytes("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", ""), "type |O"},
      {npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (6,), }", ""),
       "two dimensions"},
      {npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }",
                 ""),
       "at most"},
      {npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3), }", ""), "one pixel"},
      {npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 3), }", ""),
       "two dimensions"},
      {npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 3), }", ""),
       "two dimensions"},
      {npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2", ""), "two dimensions"},
      {npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape':", ""), "two dimensions"},
      {npy_bytes("{'descr': '<f8', 'fortran_order' False, 'shape': (1, 2)}", ""), "fortran_order"},
      {npy_bytes("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1, 2)}", ""),
       "plain numbers"},
      {npy_bytes("{'descr': '<f8", ""), "plain numbers"},
      {std::string("\x93NUMPY\x09\0aaaaaaaaaa", 18), "version 9"},
      {std::string("\x93NUM", 4), "no numpy header"}};
  for (const auto& [bytes, words] : cases) {
    write_bytes(path, bytes);
    const FileError error = error_of(path, [&] { read_npy(path); });
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace foray::files::image_file_test
