#include "foray/files/nexus.h"

#include <gtest/gtest.h>

#include "file_test_tools.h"
#include "foray/files/atomic_write.h"

namespace foray::files::nexus_test {
namespace {

using scattering::Curve;
using scattering::Frame;
using scattering::QImage;

Curve test_curve() {
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(9, 0.01, 0.3);
  curve.intensity = curve.q.array().pow(-2).matrix();
  curve.sigma = 0.1 * curve.intensity;
  curve.dq = 0.03 * curve.q;
  return curve;
}

TEST(NxSas, GivesBackAFrameBitForBit) {
  const TestFolder folder;
  const Frame frame = test_frame();
  write_nxsas(folder.file("a.h5"), frame, {{"x_mm", 1.0 / 3}, {"sample", "wedge 7"}});
  const FileContent content = read_nexus(folder.file("a.h5"));
  EXPECT_EQ(content.format, "NXsas");
  ASSERT_EQ(content.items.size(), 1U);
  const auto& read = std::get<Frame>(content.items[0].measurement);
  EXPECT_TRUE((read.counts == frame.counts).all());
  EXPECT_TRUE((read.mask == frame.mask).all());
  expect_same_geometry(read.geometry, frame.geometry);
  EXPECT_EQ(read.exposure_s, frame.exposure_s);
  EXPECT_EQ(read.monitor, frame.monitor);
  EXPECT_EQ(read.transmission, frame.transmission);
  EXPECT_EQ(read.saturation, frame.saturation);
  EXPECT_FALSE(read.variance.has_value());
  EXPECT_EQ(content.items[0].name, "wedge 7");
  EXPECT_EQ(std::get<double>(content.items[0].metadata.at("x_mm")), 1.0 / 3);
  EXPECT_TRUE(content.items[0].notes.empty());
}

TEST(NxSas, KeepsCountsThatAreNoWholeNumbersAndTheirVariance) {
  const TestFolder folder;
  Frame frame = test_frame();
  frame.counts = frame.counts * 0.1 - 0.3;
  frame.variance = frame.counts.abs() + 0.5;
  write_nxsas(folder.file("a.h5"), frame);
  const FileContent content = read_nexus(folder.file("a.h5"));
  const auto& read = std::get<Frame>(content.items.at(0).measurement);
  EXPECT_TRUE((read.counts == frame.counts).all());
  ASSERT_TRUE(read.variance.has_value());
  // Errors are stored, so the variance is squared again: one rounding each way.
  EXPECT_LT((*read.variance / *frame.variance - 1).abs().maxCoeff(), 1e-15);
}

TEST(NxSas, WritesTheSameBytesForTheSameContent) {
  const TestFolder folder;
  const std::string a = write_nxsas(folder.file("a.h5"), test_frame(), {{"x", 1.0}});
  const std::string b = write_nxsas(folder.file("b.h5"), test_frame(), {{"x", 1.0}});
  EXPECT_EQ(a, b);
  EXPECT_EQ(a, sha256_of_file(folder.file("a.h5")));
}

TEST(NxSas, MaskedPixelsMayHoldAnything) {
  const TestFolder folder;
  Frame frame = test_frame();
  frame.counts(3, 5) = -2;
  frame.counts(4, 6) = std::numeric_limits<double>::quiet_NaN();
  write_nxsas(folder.file("a.h5"), frame);
  const FileContent content = read_nexus(folder.file("a.h5"));
  const auto& read = std::get<Frame>(content.items.at(0).measurement);
  EXPECT_EQ(read.counts(3, 5), 0);
  EXPECT_TRUE((read.mask == frame.mask).all());
  EXPECT_EQ(read.counts(0, 0), frame.counts(0, 0));
}

TEST(NxSas, RefusesAnInvalidFrameAndMetadataName) {
  const TestFolder folder;
  Frame frame = test_frame();
  EXPECT_THROW(write_nxsas(folder.file("a.h5"), frame, {{"a/b", 1.0}}), std::invalid_argument);
  frame.exposure_s = 0;
  EXPECT_THROW(write_nxsas(folder.file("a.h5"), frame), std::invalid_argument);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(NxCanSas, GivesBackACurveBitForBit) {
  const TestFolder folder;
  const Curve curve = test_curve();
  write_nxcansas(folder.file("a.h5"), curve, {{"title", "a curve"}, {"run", "17"}});
  const FileContent content = read_nexus(folder.file("a.h5"));
  EXPECT_EQ(content.format, "NXcanSAS");
  ASSERT_EQ(content.items.size(), 1U);
  const auto& read = std::get<Curve>(content.items[0].measurement);
  EXPECT_EQ(read.q, curve.q);
  EXPECT_EQ(read.intensity, curve.intensity);
  EXPECT_EQ(read.sigma, curve.sigma);
  EXPECT_EQ(read.dq, curve.dq);
  EXPECT_EQ(read.intensity_unit, "1/cm");
  EXPECT_EQ(content.items[0].name, "a curve");
}

TEST(NxCanSas, GivesBackASlitBesideOrWithoutAResolution) {
  const TestFolder folder;
  Curve curve = test_curve();
  curve.slit_length = Eigen::VectorXd::LinSpaced(9, 0.05, 0.06);
  curve.slit_width = Eigen::VectorXd::Constant(9, 1e-4 / 3);
  for (const bool has_dq : {true, false}) {
    if (!has_dq) curve.dq.resize(0);
    write_nxcansas(folder.file("a.h5"), curve);
    const FileContent content = read_nexus(folder.file("a.h5"));
    const auto& read = std::get<Curve>(content.items.at(0).measurement);
    EXPECT_EQ(read.slit_length, curve.slit_length);
    EXPECT_EQ(read.slit_width, curve.slit_width);
    EXPECT_EQ(read.dq, curve.dq);
    EXPECT_TRUE(content.items[0].notes.empty());
  }
  curve.slit_width.resize(0);
  EXPECT_THROW(write_nxcansas(folder.file("a.h5"), curve), std::invalid_argument);
}

TEST(NxCanSas, LeavesOutWhatIsNotKnown) {
  const TestFolder folder;
  Curve curve = test_curve();
  curve.sigma.resize(0);
  curve.dq.resize(0);
  curve.intensity_unit = "arbitrary";
  write_nxcansas(folder.file("a.h5"), curve);
  const FileContent content = read_nexus(folder.file("a.h5"));
  const auto& read = std::get<Curve>(content.items.at(0).measurement);
  EXPECT_EQ(read.sigma.size(), 0);
  EXPECT_EQ(read.dq.size(), 0);
  EXPECT_EQ(read.intensity_unit, "arbitrary");
}

TEST(NxCanSas, GivesBackATwoDimensionalGridAndAList) {
  const TestFolder folder;
  for (const bool grid : {true, false}) {
    QImage image;
    image.qx.resize(12);
    image.qy.resize(12);
    image.intensity = Eigen::VectorXd::LinSpaced(12, 1, 5);
    image.sigma = image.intensity.cwiseSqrt();
    for (int i = 0; i < 12; ++i) {
      image.qx[i] = 0.01 * (i % 4) + (grid ? 0 : 1e-4 * i);
      image.qy[i] = 0.02 * (i / 4);
    }
    image.masked.assign(12, false);
    image.masked[5] = true;
    write_nxcansas(folder.file("a.h5"), image);
    const FileContent content = read_nexus(folder.file("a.h5"));
    const auto& read = std::get<QImage>(content.items.at(0).measurement);
    EXPECT_EQ(read.qx, image.qx);
    EXPECT_EQ(read.qy, image.qy);
    EXPECT_EQ(read.intensity, image.intensity);
    EXPECT_EQ(read.sigma, image.sigma);
    EXPECT_EQ(read.masked, image.masked);
  }
}

TEST(NxCanSas, RefusesLengthsThatDoNotAgree) {
  const TestFolder folder;
  Curve curve = test_curve();
  curve.sigma.conservativeResize(4);
  EXPECT_THROW(write_nxcansas(folder.file("a.h5"), curve), std::invalid_argument);
}

TEST(ReadNexus, RefusesATruncatedFileAtEveryLengthInOneLine) {
  const TestFolder folder;
  write_nxsas(folder.file("whole.h5"), test_frame());
  const std::string whole = content_of(folder.file("whole.h5"));
  const std::string path = folder.file("part.h5");
  for (std::size_t length = 8; length < whole.size(); length += whole.size() / 37) {
    write_bytes(path, whole.substr(0, length));
    error_of(path, [&] { read_nexus(path); });
  }
}

TEST(ReadNexus, NeverCrashesOnDamagedBytes) {
  const TestFolder folder;
  write_nxsas(folder.file("whole.h5"), test_frame());
  const std::string whole = content_of(folder.file("whole.h5"));
  const std::string path = folder.file("damaged.h5");
  Rng rng(11);
  int read = 0;
  int refused = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::string bytes = whole;
    for (int i = 0; i < 8; ++i) {
      bytes[rng() % std::min<std::size_t>(bytes.size(), 12000)] = static_cast<char>(rng());
    }
    write_bytes(path, bytes);
    try {
      read_nexus(path);
      ++read;
    } catch (const FileError&) {
      ++refused;
    }
  }
  EXPECT_EQ(read + refused, 200);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace foray::files::nexus_test
