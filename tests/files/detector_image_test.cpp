#include <gtest/gtest.h>

#include "file_test_tools.h"
#include "foray/files/image_file.h"
#include "foray/files/poni.h"
#include "foray/files/read_measurement.h"

// EDF, CBF, .poni and masks.
namespace foray::files::detector_image_test {
namespace {

using scattering::Frame;
using scattering::Geometry;
using scattering::Image;

const std::string kData = std::string(FORAY_TEST_DATA) + "/files/";

// The pattern of make_fabio_images.py, before it is wrapped into its type.
double pattern(Eigen::Index i, Eigen::Index j) { return static_cast<double>(1000 * i + 7 * j - 3); }

double wrapped(double value, int bits, bool is_signed) {
  const double range = std::pow(2.0, bits);
  if (value >= (is_signed ? -range / 2 : 0) && value < (is_signed ? range / 2 : range)) {
    return value;  // as it is: a double has no 64 bits
  }
  double result = value - range * std::floor(value / range);
  return is_signed && result >= range / 2 ? result - range : result;
}

TEST(Edf, ReadsEveryTypeThatFabioWrites) {
  for (const auto& [name, bits] : {std::pair{"int8", 8},
                                   {"uint8", 8},
                                   {"int16", 16},
                                   {"uint16", 16},
                                   {"int32", 32},
                                   {"uint32", 32},
                                   {"int64", 64},
                                   {"uint64", 64},
                                   {"float32", 0},
                                   {"float64", 0}}) {
    const ImageFile file = read_edf(kData + "fabio_" + name + ".edf");
    ASSERT_EQ(file.pixels.rows(), 5) << name;
    ASSERT_EQ(file.pixels.cols(), 4) << name;
    for (Eigen::Index i = 0; i < 5; ++i) {
      for (Eigen::Index j = 0; j < 4; ++j) {
        const double value =
            bits == 0 ? pattern(i, j) / 8 : wrapped(pattern(i, j), bits, name[0] == 'i');
        EXPECT_EQ(file.pixels(i, j), value) << name << ' ' << i << ' ' << j;
      }
    }
    EXPECT_EQ(file.header.at("title"), std::string("fabio ") + name);
  }
}

TEST(Edf, GivesBackEveryPixelTypeAlsoGzipped) {
  const TestFolder folder;
  for (const char* name : {"a.edf", "a.edf.gz"}) {
    for (const PixelType type : {PixelType::kUint8, PixelType::kUint16, PixelType::kUint32,
                                 PixelType::kInt32, PixelType::kFloat32, PixelType::kFloat64}) {
      const Image image = test_frame().counts;
      write_edf(folder.file(name), image, type, {{"Title", "a b"}});
      const ImageFile file = read_edf(folder.file(name));
      EXPECT_TRUE((file.pixels == image).all());
      EXPECT_EQ(file.header.at("Title"), "a b");
    }
  }
}

TEST(Edf, TakesGeometryExposureAndDummyFromTheHeader) {
  const TestFolder folder;
  Image image = Image::Constant(3, 4, 7);
  image(1, 2) = -10;
  write_edf(folder.file("a.edf"), image, PixelType::kFloat32,
            {{"SampleDistance", "2.5"},
             {"WaveLength", "1e-10"},
             {"Center_1", "100.5"},
             {"Center_2", "20"},
             {"PSize_1", "1e-4"},
             {"PSize_2", "2e-4"},
             {"ExposureTime", "0.25"},
             {"Dummy", "-10"},
             {"DDummy", "0.1"}});
  const ImageFile file = read_edf(folder.file("a.edf"));
  ASSERT_TRUE(file.geometry.has_value());
  EXPECT_DOUBLE_EQ(file.geometry->dist, 2.5);
  EXPECT_DOUBLE_EQ(file.geometry->poni1, 20 * 2e-4);
  EXPECT_DOUBLE_EQ(file.geometry->poni2, 100.5 * 1e-4);
  EXPECT_EQ(file.exposure_s, 0.25);
  EXPECT_NE(file.mask(1, 2), 0U);
  EXPECT_EQ((file.mask != 0).count(), 1);
}

TEST(Edf, ReadsHighByteFirst) {
  const TestFolder folder;
  const std::string path = folder.file("a.edf");
  write_bytes(path, std::string("{ ByteOrder = HighByteFirst ; DataType = SignedShort ;\n"
                                "Dim_1 = 2 ; Dim_2 = 1 ; }\n\x01\x02\xff\xfe",
                                54 + 27 + 4));
  const ImageFile file = read_edf(path);
  EXPECT_EQ(file.pixels(0, 0), 258);
  EXPECT_EQ(file.pixels(0, 1), -2);
}

TEST(Edf, RefusesWhatIsNotWholeWithAReason) {
  const TestFolder folder;
  const std::string path = folder.file("a.edf");
  const std::pair<std::string, const char*> cases[] = {
      {"{ Dim_1 = 2 ; Dim_2 = 2 ;", "a } that ends the EDF header"},
      {"{ Dim_1 = 2 ; }\n", "Dim_2"},
      {"{ Dim_1 = 2.5 ; Dim_2 = 2 ; }\n", "found 2.5"},
      {"{ Dim_1 = 2 ; Dim_2 = 2 ; DataType = Quark ; }\n", "Quark"},
      {"{ Dim_1 = 2 ; Dim_2 = 2 ; DataType = Float ; }\nxxxx", "ByteOrder"},
      {"{ Dim_1 = 2 ; Dim_2 = 2 ; DataType = UnsignedByte ; }\nabc", "4 bytes"},
      {"{ Dim_1 = 99999999 ; Dim_2 = 99999999 ; DataType = UnsignedByte ; }\nabc", "at most"},
      {"{ Dim_1 = 2 ; Dim_2 = 2 ; DataType = UnsignedByte ; Compression = GzipCompression ; }\n"
       "abcd",
       "GzipCompression"}};
  for (const auto& [bytes, words] : cases) {
    write_bytes(path, bytes);
    const FileError error = error_of(path, [&] { read_edf(path); });
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(Edf, RefusesHeaderEntriesThatWouldBreakIt) {
  const TestFolder folder;
  EXPECT_THROW(
      write_edf(folder.file("a.edf"), Image::Ones(2, 2), PixelType::kUint8, {{"a", "b ; c"}}),
      std::invalid_argument);
}

TEST(Cbf, ReadsEveryWidthOfDifferenceThatFabioWrites) {
  const ImageFile file = read_cbf(kData + "fabio_int32.cbf");
  Image expected(3, 5);
  expected << 0, 5, 200, -1, 70000, 2147483647.0, -2147483648.0, 3, 4, -2, 1, 1, 1, 40000, 1;
  EXPECT_TRUE((file.pixels == expected).all());
  EXPECT_EQ(file.mask(0, 3), static_cast<std::uint32_t>(scattering::kMaskGap));
  EXPECT_EQ(file.mask(1, 1), static_cast<std::uint32_t>(scattering::kMaskDead));
  EXPECT_EQ((file.mask != 0).count(), 3);
}

Frame straight_frame() {
  Frame frame = test_frame();
  frame.geometry.rot1 = frame.geometry.rot2 = frame.geometry.rot3 = 0;
  frame.counts(0, 0) = 2147483647;  // jumps that need every width
  frame.counts(0, 1) = 0;
  frame.counts(0, 2) = 40000;
  frame.counts(0, 3) = 39000;
  return frame;
}

TEST(Cbf, GivesBackAFrameWithItsPilatusHeader) {
  const TestFolder folder;
  const Frame frame = straight_frame();
  write_cbf(folder.file("a.cbf"), frame);
  const FileContent content = read_measurement(folder.file("a.cbf"));
  EXPECT_EQ(content.format, "CBF");
  ASSERT_TRUE(content.items.at(0).has_geometry);
  const auto& read = std::get<Frame>(content.items[0].measurement);
  EXPECT_TRUE((read.mask != 0 || read.counts == frame.counts).all());
  EXPECT_TRUE(((read.mask != 0) == (frame.mask != 0)).all());
  EXPECT_EQ(read.exposure_s, frame.exposure_s);
  EXPECT_EQ(read.saturation, frame.saturation);
  EXPECT_EQ(read.geometry.pixel1, frame.geometry.pixel1);
  EXPECT_EQ(read.geometry.pixel2, frame.geometry.pixel2);
  EXPECT_EQ(read.geometry.dist, frame.geometry.dist);
  // The header has the wavelength in angstrom and the centre in pixels: a rounding each way.
  EXPECT_NEAR(read.geometry.wavelength / frame.geometry.wavelength, 1, 1e-15);
  EXPECT_NEAR(read.geometry.poni1 / frame.geometry.poni1, 1, 1e-15);
  EXPECT_NEAR(read.geometry.poni2 / frame.geometry.poni2, 1, 1e-15);
}

TEST(Cbf, ReadsAPilatusHeaderAsTheDetectorWritesIt) {
  const TestFolder folder;
  write_cbf(folder.file("a.cbf"), straight_frame());
  std::string bytes = content_of(folder.file("a.cbf"));
  const std::size_t start = bytes.find("# Detector:");
  const std::size_t end = bytes.find(";\r\n", start);
  bytes.replace(start, end - start,
                "# Detector: PILATUS 1M, S/N 10-0001\r\n# Pixel_size 172e-6 m x 172e-6 m\r\n"
                "# Silicon sensor, thickness 0.000320 m\r\n# Exposure_time 0.0970000 s\r\n"
                "# Count_cutoff 1048500 counts\r\n# Wavelength 0.9793 A\r\n"
                "# Detector_distance 0.19999 m\r\n# Beam_xy (1231.50, 1263.25) pixels\r\n");
  write_bytes(folder.file("a.cbf"), bytes);
  const ImageFile file = read_cbf(folder.file("a.cbf"));
  ASSERT_TRUE(file.geometry.has_value());
  EXPECT_DOUBLE_EQ(file.geometry->wavelength, 0.9793e-10);
  EXPECT_DOUBLE_EQ(file.geometry->dist, 0.19999);
  EXPECT_DOUBLE_EQ(file.geometry->poni1, 1263.25 * 172e-6);
  EXPECT_DOUBLE_EQ(file.geometry->poni2, 1231.5 * 172e-6);
  EXPECT_EQ(file.exposure_s, 0.097);
  EXPECT_EQ(file.saturation, 1048500);
}

TEST(Cbf, RefusesDamageTruncationAndHostileSizes) {
  const TestFolder folder;
  const std::string path = folder.file("a.cbf");
  write_cbf(path, straight_frame());
  const std::string whole = content_of(path);
  const std::size_t data = whole.find("\x0c\x1a\x04\xd5") + 4;

  std::string changed = whole;
  changed[data + 100] = static_cast<char>(changed[data + 100] + 1);
  write_bytes(path, changed);
  const FileError error = error_of(path, [&] { read_cbf(path); });
  EXPECT_NE(error.expected().find("MD5"), std::string::npos);

  for (std::size_t length = 0; length < data + 1000; length += 97) {
    write_bytes(path, whole.substr(0, length + 1));
    error_of(path, [&] { read_cbf(path); });
  }

  std::string huge = whole;
  const std::string key = "X-Binary-Size-Second-Dimension: ";
  huge.replace(huge.find(key), key.size() + 2, key + "99999999999");
  write_bytes(path, huge);
  error_of(path, [&] { read_cbf(path); });
}

TEST(Cbf, RefusesToWriteATiltOrBrokenCounts) {
  const TestFolder folder;
  EXPECT_THROW(write_cbf(folder.file("a.cbf"), test_frame()), std::invalid_argument);
  Frame frame = straight_frame();
  frame.counts(7, 7) = 0.5;
  EXPECT_THROW(write_cbf(folder.file("a.cbf"), frame), std::invalid_argument);
}

TEST(Poni, GivesBackEveryBit) {
  const TestFolder folder;
  const Geometry geometry = test_frame().geometry;
  write_poni(folder.file("a.poni"), geometry);
  expect_same_geometry(read_poni(folder.file("a.poni")), geometry);
}

TEST(Poni, ReadsBothVersionsAndTheLastCalibration) {
  const TestFolder folder;
  const std::string path = folder.file("a.poni");
  const std::string numbers =
      "Distance: 0.1\nPoni1: 0.02\nPoni2: 0.03\nRot1: 0.01\nRot2: 0.0\nRot3: -1e-05\n"
      "Wavelength: 1e-10\n";
  write_bytes(path, "# Nota: C-Order\nPixelSize1: 0.000172\nPixelSize2: 7.5e-05\n" + numbers);
  EXPECT_EQ(read_poni(path).pixel2, 7.5e-5);
  write_bytes(path, "poni_version: 2\nDetector: Pilatus1M\nDetector_config: {}\n" + numbers +
                        "# calibrated again\nDistance: 0.25\n");
  EXPECT_EQ(read_poni(path).pixel1, 172e-6);
  EXPECT_EQ(read_poni(path).dist, 0.25);
  EXPECT_EQ(read_poni(path).rot3, -1e-5);
}

TEST(Poni, NamesWhatIsMissingOrWrong) {
  const TestFolder folder;
  const std::string path = folder.file("a.poni");
  const std::pair<const char*, const char*> cases[] = {
      {"Poni1: 1\n", "distance"},
      {"Distance: far\n", "far"},
      {"Distance: -1\nPoni1: 0\nPoni2: 0\nRot1: 0\nRot2: 0\nRot3: 0\nWavelength: 1e-10\n"
       "PixelSize1: 1e-4\nPixelSize2: 1e-4\n",
       "dist"},
      {"Distance: 1\nPoni1: 0\nPoni2: 0\nRot1: 0\nRot2: 0\nRot3: 0\nWavelength: 1e-10\n"
       "Detector: Homemade\n",
       "Homemade"}};
  for (const auto& [text, words] : cases) {
    write_bytes(path, text);
    const FileError error = error_of(path, [&] { read_poni(path); });
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(ReadMask, TakesBitsWhereThereAreAnyElseUser) {
  const TestFolder folder;
  Image image = Image::Zero(2, 3);
  image(0, 1) = 1;
  write_npy(folder.file("a.npy"), image, PixelType::kUint8);
  EXPECT_EQ(read_mask(folder.file("a.npy"))(0, 1),
            static_cast<std::uint32_t>(scattering::kMaskUser));
  image(1, 2) = scattering::kMaskUser | scattering::kMaskDead;
  write_tiff(folder.file("a.tif"), image, PixelType::kUint16);
  EXPECT_EQ(read_mask(folder.file("a.tif"))(1, 2), 258U);
  EXPECT_EQ(read_mask(folder.file("a.tif"))(0, 0), 0U);
}

}  // namespace
}  // namespace foray::files::detector_image_test
