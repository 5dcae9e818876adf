#include "foray/files/read_measurement.h"

#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>

#include "file_test_tools.h"
#include "foray/files/curve_file.h"
#include "foray/files/image_file.h"
#include "foray/files/nexus.h"

namespace foray::files::read_measurement_test {
namespace {

using scattering::Curve;
using scattering::Frame;
using scattering::Image;

std::string refusal(const std::string& path, const ReadOptions& options = {}) {
  return error_of(path, [&] { read_measurement(path, options); }).what();
}

TEST(ReadMeasurement, TellsTheFormatFromTheContentWhateverTheName) {
  const TestFolder folder;
  Frame frame = test_frame();
  frame.geometry.rot1 = frame.geometry.rot2 = frame.geometry.rot3 = 0;
  const std::string path = folder.file("a.wrong");
  const auto format = [&] { return read_measurement(path).format; };
  write_tiff(path, frame.counts, PixelType::kUint16);
  EXPECT_EQ(format(), "TIFF");
  write_edf(path, frame.counts, PixelType::kUint16);
  EXPECT_EQ(format(), "EDF");
  write_cbf(path, frame);
  EXPECT_EQ(format(), "CBF");
  write_npy(path, frame.counts, PixelType::kUint16);
  EXPECT_EQ(format(), "numpy");
  write_nxsas(path, frame);
  EXPECT_EQ(format(), "NXsas");
  const Curve curve{Eigen::VectorXd::LinSpaced(6, 1, 2), Eigen::VectorXd::Ones(6), {}, {}};
  write_nxcansas(path, curve);
  EXPECT_EQ(format(), "NXcanSAS");
  write_cansas_xml(path, curve);
  EXPECT_EQ(format(), "canSAS XML 1.1");
  write_csv(path, curve);
  EXPECT_EQ(format(), "2 columns");
  write_edf(folder.file("a.gz"), frame.counts, PixelType::kUint16);
  EXPECT_EQ(read_measurement(folder.file("a.gz")).format, "EDF");
}

TEST(ReadMeasurement, GivesImagesTheGeometryAndMaskThatAPersonKnows) {
  const TestFolder folder;
  const Frame frame = test_frame();
  const std::string path = folder.file("a.tif");
  write_tiff(path, frame.counts, PixelType::kUint16);
  EXPECT_FALSE(read_measurement(path).items.at(0).has_geometry);
  const FileContent content =
      read_measurement(path, {.geometry = frame.geometry, .mask = frame.mask});
  EXPECT_TRUE(content.items.at(0).has_geometry);
  const auto& read = std::get<Frame>(content.items[0].measurement);
  expect_same_geometry(read.geometry, frame.geometry);
  EXPECT_TRUE((read.mask == frame.mask).all());
}

TEST(ReadMeasurement, RefusesAMaskOfAnotherShape) {
  const TestFolder folder;
  const std::string path = folder.file("a.tif");
  write_tiff(path, Image::Ones(4, 5), PixelType::kUint16);
  const std::string message = refusal(path, {.geometry = {}, .mask = scattering::Mask::Zero(5, 4)});
  EXPECT_NE(message.find("5 x 4 pixels, found 4 x 5"), std::string::npos) << message;
}

TEST(ReadMeasurement, RefusesWhatIsNoMeasurementWithAReason) {
  const TestFolder folder;
  const std::string path = folder.file("a");
  EXPECT_NE(refusal(path).find("No such file"), std::string::npos);
  EXPECT_NE(refusal(folder.path().string()).find("a folder"), std::string::npos);
  ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_NE(refusal(folder.file("pipe")).find("expected a file"), std::string::npos);
  const std::pair<std::string, const char*> cases[] = {
      {"", "an empty file"},
      {std::string(5000, '\0'), "binary data of an unknown kind"},
      {"\x89PNG\r\n\x1a\n....", "a PNG picture"},
      {"PK\x03\x04....", "a ZIP archive"},
      {"{\"a\": 1}", "{\"a\": 1}"},
      {std::string("\x1f\x8b\x08\x00\x00", 5), "a truncated one"},
      {std::string("\x1f\x8b\x09 nonsense that is no gzip"), "a damaged one"},
      {"FileFormatVersion 1.0\nSpinEchoLength_unit A\n1 2\n", "SESANS"}};
  for (const auto& [bytes, words] : cases) {
    write_bytes(path, bytes);
    const std::string message = refusal(path);
    EXPECT_NE(message.find(words), std::string::npos) << message;
  }
}

// Run as another user where the tests run as root, who may read everything.
TEST(ReadMeasurement, NamesAFileThatMayNotBeRead) {
  const TestFolder folder;
  const std::string path = folder.file("a.txt");
  write_bytes(path, "1 2\n");
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) {
      ::_exit(3);
    }
    try {
      read_measurement(path);
    } catch (const FileError& error) {
      ::_exit(error.found() == "Permission denied" ? 0 : 1);
    }
    ::_exit(2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(ReadMeasurement, NeverCrashesOnRandomDamageOfAnyFormat) {
  const TestFolder folder;
  Frame frame = test_frame();
  frame.geometry.rot1 = frame.geometry.rot2 = frame.geometry.rot3 = 0;
  const Curve curve{Eigen::VectorXd::LinSpaced(20, 1, 2), Eigen::VectorXd::Ones(20), {}, {}};
  write_tiff(folder.file("0"), frame.counts, PixelType::kUint16);
  write_edf(folder.file("1"), frame.counts, PixelType::kUint16);
  write_cbf(folder.file("2"), frame);
  write_npy(folder.file("3"), frame.counts, PixelType::kUint16);
  write_nxcansas(folder.file("4"), curve);
  write_cansas_xml(folder.file("5"), curve);
  write_csv(folder.file("6"), curve);
  write_edf(folder.file("7.gz"), frame.counts, PixelType::kUint16);
  Rng rng(5);
  const std::string path = folder.file("damaged");
  int done = 0;
  for (const char* name : {"0", "1", "2", "3", "4", "5", "6", "7.gz"}) {
    const std::string whole = content_of(folder.file(name));
    for (int trial = 0; trial < 60; ++trial) {
      std::string bytes = whole.substr(0, trial % 3 == 0 ? rng() % whole.size() : whole.size());
      for (int i = 0; i < 4 && !bytes.empty(); ++i) {
        bytes[rng() % std::min<std::size_t>(bytes.size(), 3000)] = static_cast<char>(rng());
      }
      write_bytes(path, bytes);
      try {
        EXPECT_FALSE(read_measurement(path).items.empty());
      } catch (const FileError& error) {
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      }
      ++done;
    }
  }
  EXPECT_EQ(done, 480);
}

// An HDF5 file made by hand, as other programs lay theirs out.
class HandMade {
 public:
  explicit HandMade(const std::string& path)
      : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  ~HandMade() { H5Fclose(file_); }
  HandMade(const HandMade&) = delete;
  HandMade& operator=(const HandMade&) = delete;
  HandMade(HandMade&&) = delete;
  HandMade& operator=(HandMade&&) = delete;

  void group(const std::string& name, const std::string& nx_class) {
    const hid_t id = H5Gcreate2(file_, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(id);
    attribute(name, "NX_class", nx_class);
  }
  void attribute(const std::string& object, const char* name, const std::string& value) {
    const hid_t id = H5Oopen(file_, object.c_str(), H5P_DEFAULT);
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, value.size());
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t made = H5Acreate2(id, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(made, type, value.data());
    H5Aclose(made);
    H5Sclose(space);
    H5Tclose(type);
    H5Oclose(id);
  }
  void array(const std::string& name, const std::vector<hsize_t>& shape,
             const std::vector<double>& values, const std::string& units = "",
             hid_t type = H5T_IEEE_F64LE) {
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t id =
        H5Dcreate2(file_, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (!values.empty()) {
      H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    }
    H5Dclose(id);
    H5Sclose(space);
    if (!units.empty()) {
      attribute(name, "units", units);
    }
  }
  void text(const std::string& name, const std::string& value) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, value.size());
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t id =
        H5Dcreate2(file_, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value.data());
    H5Dclose(id);
    H5Sclose(space);
    H5Tclose(type);
  }
  void huge(const std::string& name) {
    const hsize_t shape[] = {1U << 20, 1U << 20};
    const hsize_t chunk[] = {16, 16};
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(properties, 2, chunk);
    H5Dclose(H5Dcreate2(file_, name.c_str(), H5T_STD_U32LE, space, H5P_DEFAULT, properties,
                        H5P_DEFAULT));
    H5Pclose(properties);
    H5Sclose(space);
  }

 private:
  hid_t file_;
};

void make_raw(HandMade& file, const char* center_units) {
  file.group("entry", "NXentry");
  file.group("entry/i", "NXinstrument");
  file.group("entry/i/monochromator", "NXmonochromator");
  file.array("entry/i/monochromator/wavelength", {1}, {0.1}, "nm");
  file.group("entry/i/d", "NXdetector");
  file.array("entry/i/d/distance", {1}, {2500}, "mm");
  file.array("entry/i/d/x_pixel_size", {1}, {0.1}, "mm");
  file.array("entry/i/d/y_pixel_size", {1}, {200}, "um");
  file.array("entry/i/d/beam_center_x", {1}, {center_units[0] == 'p' ? 30.0 : 3.0}, center_units);
  file.array("entry/i/d/beam_center_y", {1}, {center_units[0] == 'p' ? 20.0 : 4.0}, center_units);
  file.array("entry/i/d/count_time", {1}, {250}, "ms");
}

TEST(ReadNexus, UnderstandsUnitsOfLengthsAndBeamCentresInPixelsOrLengths) {
  const TestFolder folder;
  for (const char* units : {"pixels", "mm"}) {
    const std::string path = folder.file(std::string(units) + ".h5");
    {
      HandMade file(path);
      make_raw(file, units);
      file.array("entry/i/d/data", {2, 3}, {1, 2, 3, 4, 5, 4294967295.0}, "", H5T_STD_U32LE);
    }
    const FileContent content = read_nexus(path);
    ASSERT_TRUE(content.items.at(0).has_geometry);
    const auto& frame = std::get<Frame>(content.items[0].measurement);
    EXPECT_DOUBLE_EQ(frame.geometry.dist, 2.5);
    EXPECT_DOUBLE_EQ(frame.geometry.poni2, 0.003);
    EXPECT_DOUBLE_EQ(frame.geometry.poni1, 0.004);
    EXPECT_DOUBLE_EQ(frame.geometry.wavelength, 1e-10);
    EXPECT_DOUBLE_EQ(frame.geometry.pixel1, 2e-4);
    EXPECT_DOUBLE_EQ(frame.exposure_s, 0.25);
    EXPECT_EQ(frame.counts(1, 1), 5);
    EXPECT_NE(frame.mask(1, 2), 0U);  // Eiger's mark of a pixel without a count
    EXPECT_EQ((frame.mask != 0).count(), 1);
  }
}

TEST(ReadNexus, ReadsAStackOfImages) {
  const TestFolder folder;
  const std::string path = folder.file("a.h5");
  {
    HandMade file(path);
    make_raw(file, "mm");
    file.array("entry/i/d/data", {3, 1, 2}, {1, 2, 3, 4, 5, 6});
  }
  const FileContent content = read_nexus(path);
  ASSERT_EQ(content.items.size(), 3U);
  EXPECT_EQ(std::get<Frame>(content.items[2].measurement).counts(0, 1), 6);
}

TEST(ReadNexus, RefusesHostileSizesBeforeItAllocatesThem) {
  const TestFolder folder;
  const std::string path = folder.file("a.h5");
  {
    HandMade file(path);
    make_raw(file, "mm");
    file.huge("entry/i/d/data");
  }
  EXPECT_NE(refusal(path).find("at most"), std::string::npos);
}

TEST(ReadNexus, RefusesHdf5WithoutAMeasurement) {
  const TestFolder folder;
  const std::string path = folder.file("a.h5");
  {
    HandMade file(path);
    file.group("stuff", "NXcollection");
  }
  EXPECT_NE(refusal(path).find("stuff"), std::string::npos);
}

void make_reduced(HandMade& file) {
  file.group("e", "NXentry");
  file.attribute("e", "canSAS_class", "SASentry");
  file.group("e/d", "NXdata");
  file.attribute("e/d", "canSAS_class", "SASdata");
  file.attribute("e/d", "signal", "I");
}

TEST(ReadNexus, ConvertsTheUnitsOfReducedData) {
  const TestFolder folder;
  const std::string path = folder.file("a.h5");
  {
    HandMade file(path);
    make_reduced(file);
    file.array("e/d/Q", {3}, {1, 2, 3}, "1/nm");
    file.array("e/d/I", {3}, {100, 200, 300}, "1/m");
    file.array("e/d/Idev", {3}, {10, 20, 30}, "1/m");
  }
  const auto content = read_nexus(path);
  const auto& curve = std::get<Curve>(content.items.at(0).measurement);
  EXPECT_DOUBLE_EQ(curve.q[2], 0.3);
  EXPECT_DOUBLE_EQ(curve.intensity[0], 1);
  EXPECT_DOUBLE_EQ(curve.sigma[1], 0.2);
  EXPECT_EQ(curve.intensity_unit, "1/cm");
}

TEST(ReadNexus, ReadsSeveralCurvesOverOneQ) {
  const TestFolder folder;
  const std::string path = folder.file("a.h5");
  {
    HandMade file(path);
    make_reduced(file);
    file.array("e/d/Q", {3}, {1, 2, 3}, "1/angstrom");
    file.array("e/d/I", {2, 3}, {1, 2, 3, 4, 5, 6}, "1/cm");
  }
  const auto content = read_nexus(path);
  ASSERT_EQ(content.items.size(), 2U);
  EXPECT_EQ(std::get<Curve>(content.items[1].measurement).intensity[0], 4);
}

TEST(ReadNexus, ReadsImagesOverTwoAxes) {
  const TestFolder folder;
  const std::string path = folder.file("a.h5");
  {
    HandMade file(path);
    make_reduced(file);
    file.attribute("e/d", "I_axes", "Qx,Qy");
    file.array("e/d/Qx", {3}, {1, 2, 3}, "1/angstrom");
    file.array("e/d/Qy", {2}, {10, 20}, "1/angstrom");
    file.array("e/d/I", {3, 2}, {1, 2, 3, 4, 5, 6}, "1/cm");
  }
  const auto content = read_nexus(path);
  const auto& image = std::get<scattering::QImage>(content.items.at(0).measurement);
  EXPECT_EQ(image.qx[3], 2);
  EXPECT_EQ(image.qy[3], 20);
  EXPECT_EQ(image.intensity[3], 4);
}

TEST(ReadNexus, RefusesReducedDataThatDoNotFitTogether) {
  const TestFolder folder;
  const std::string path = folder.file("a.h5");
  {
    HandMade file(path);
    make_reduced(file);
    file.array("e/d/Q", {3}, {1, 2, 3}, "furlong");
    file.array("e/d/I", {3}, {1, 2, 3}, "1/cm");
  }
  EXPECT_NE(refusal(path).find("furlong"), std::string::npos);
  {
    HandMade file(path);
    make_reduced(file);
    file.array("e/d/Q", {4}, {1, 2, 3, 4}, "1/A");
    file.array("e/d/I", {3}, {1, 2, 3}, "1/cm");
  }
  EXPECT_NE(refusal(path).find("found 4"), std::string::npos);
  {
    HandMade file(path);
    make_reduced(file);
  }
  EXPECT_NE(refusal(path).find("dataset I"), std::string::npos);
}

TEST(ReadNexus, TakesTheUnitOfASlitWhereItHasOneAndLeavesOutWhatIsNoInverseLength) {
  const TestFolder folder;
  const std::string path = folder.file("a.h5");
  for (const std::string unit : {"1/angstrom", "none"}) {
    {
      HandMade file(path);
      make_reduced(file);
      file.array("e/d/Q", {3}, {1, 2, 3}, "1/nm");
      file.array("e/d/I", {3}, {1, 2, 3}, "1/cm");
      file.array("e/d/dQl", {1}, {0.05}, unit);
      file.array("e/d/dQw", {1}, {0.2});  // as Q
    }
    const FileContent content = read_nexus(path);
    const auto& curve = std::get<Curve>(content.items.at(0).measurement);
    if (unit == "none") {
      EXPECT_EQ(curve.slit_length.size(), 0);
      EXPECT_EQ(curve.slit_width.size(), 0);
      EXPECT_EQ(content.items[0].notes.at(0), "dQl in \"none\", no inverse length: left out");
    } else {
      EXPECT_DOUBLE_EQ(curve.slit_length[0], 0.05);
      EXPECT_DOUBLE_EQ(curve.slit_width[0], 0.02);
    }
  }
}

// An entry with `n` bins of q, and with `azimuths` bins of the azimuth where there are any.
void make_azint(HandMade& file, const std::string& entry, hsize_t n, hsize_t azimuths) {
  file.group(entry, "NXentry");
  file.text(entry + "/definition", azimuths > 0 ? "NXazint2d" : "NXazint1d");
  file.group(entry + "/data", "NXdata");
  std::vector<double> q(n), chi(azimuths);
  for (hsize_t i = 0; i < n; ++i) q[i] = 0.1 * static_cast<double>(i + 1);
  for (hsize_t i = 0; i < azimuths; ++i) chi[i] = 10 * static_cast<double>(i);
  file.array(entry + "/data/radial_axis", {n}, q, "1/angstrom");
  if (azimuths > 0) file.array(entry + "/data/azimuthal_axis", {azimuths}, chi, "degree");
}

TEST(ReadNexus, RefusesIntegratedImagesOfOtherShapesAndMoreThanAScanHas) {
  const TestFolder folder;
  const std::string path = folder.file("a.h5");
  const std::vector<double> ones(30, 1.0);
  for (const std::string name : {"I", "I_errors", "norm"}) {
    {
      HandMade file(path);
      make_azint(file, "entry", 3, 5);
      if (name != "I") file.array("entry/data/I", {2, 5, 3}, ones);
      file.array("entry/data/" + name, {2, 3, 5}, ones);
    }
    const std::string message = refusal(path);
    EXPECT_NE(message.find("5 x 3 bins in the last dimensions of " + name + ", found 2 x 3 x 5"),
              std::string::npos)
        << message;
  }
  {
    HandMade file(path);
    make_azint(file, "entry", 5, 0);
    file.array("entry/data/I", {3, 10}, ones);
  }
  EXPECT_NE(refusal(path).find("5 bins in the last dimensions"), std::string::npos);
  {
    HandMade file(path);
    make_azint(file, "entry", 1, 0);
    file.array("entry/data/I", {100001, 1}, {});
  }
  EXPECT_NE(refusal(path).find("at most 100000"), std::string::npos);
}

TEST(ReadNexus, LeavesOutIntegratedDataThatCannotBeReadAndSaysSo) {
  const TestFolder folder;
  const std::string path = folder.file("a.h5");
  const double none = std::nan("");
  {
    HandMade file(path);
    make_azint(file, "scan", 3, 0);
    file.array("scan/data/I", {2, 3}, {none, none, none, 1, 2, 3});
    make_azint(file, "turned", 3, 2);
    file.array("turned/data/I", {3, 2}, {1, 2, 3, 4, 5, 6});
  }
  const FileContent content = read_nexus(path);
  ASSERT_EQ(content.items.size(), 1U);
  EXPECT_EQ(std::get<Curve>(content.items[0].measurement).intensity[2], 3);
  ASSERT_EQ(content.notes.size(), 2U);
  EXPECT_NE(content.notes[0].find("2 x 3 bins"), std::string::npos);
  EXPECT_NE(content.notes[1].find("finite intensity, found none among 3"), std::string::npos);
  {
    HandMade file(path);
    make_azint(file, "scan", 3, 0);
    file.array("scan/data/I", {3}, {none, none, none});
  }
  EXPECT_NE(refusal(path).find("finite intensity, found none among 3"), std::string::npos);
}

}  // namespace
}  // namespace foray::files::read_measurement_test
