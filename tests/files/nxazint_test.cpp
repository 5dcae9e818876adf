#include "foray/files/nxazint.h"

#include <gtest/gtest.h>

#include <cmath>

#include "file_test_tools.h"
#include "foray/files/atomic_write.h"
#include "foray/files/read_measurement.h"

namespace foray::files::nxazint_test {
namespace {

constexpr char kDate[] = "2026-01-02T03:04:05Z";

// Bins without pixels, and numbers that no decimal holds.
AzimuthalIntegral test_integral(Eigen::Index azimuths) {
  const Eigen::Index n = 7, m = std::max<Eigen::Index>(azimuths, 1);
  AzimuthalIntegral integral;
  integral.q_edges = Eigen::VectorXd::LinSpaced(n + 1, 0.01, 1.0 / 3);
  integral.q = 0.5 * (integral.q_edges.head(n) + integral.q_edges.tail(n));
  if (azimuths > 0) {
    integral.chi_edges = Eigen::VectorXd::LinSpaced(m + 1, -M_PI, M_PI);
    integral.chi = 0.5 * (integral.chi_edges.head(m) + integral.chi_edges.tail(m));
  }
  integral.intensity.resize(m, n);
  for (Eigen::Index i = 0; i < m * n; ++i) {
    integral.intensity.data()[i] = 100.0 / 3 + static_cast<double>(i);
  }
  integral.sigma = integral.intensity.sqrt();
  integral.norm = integral.intensity * 0.7;
  integral.norm(m - 1, 2) = 0;
  integral.intensity(m - 1, 2) = integral.sigma(m - 1, 2) = std::nan("");
  integral.intensity_unit = "counts/s";
  integral.wavelength = 1.1e-10;
  integral.solid_angle_applied = integral.monitor_applied = true;
  integral.input = {{"pixel_splitting", "box"}, {"dist_m", 1.5}};
  integral.title = "wedge";
  return integral;
}

void expect_same(const scattering::Image& a, const scattering::Image& b) {
  ASSERT_EQ(a.rows(), b.rows());
  ASSERT_EQ(a.cols(), b.cols());
  for (Eigen::Index i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(a.data()[i] == b.data()[i] || (std::isnan(a.data()[i]) && std::isnan(b.data()[i])))
        << i << ": " << a.data()[i] << " and " << b.data()[i];
  }
}

TEST(NxAzint, GivesBackACurveAndACake) {
  const TestFolder folder;
  for (const Eigen::Index azimuths : {0, 1, 4}) {
    const AzimuthalIntegral integral = test_integral(azimuths);
    const std::string path = folder.file("a.h5");
    const std::string sum = write_nxazint(path, integral, kDate, {{"x_mm", 2.5}});
    EXPECT_EQ(sum, write_nxazint(folder.file("b.h5"), integral, kDate, {{"x_mm", 2.5}}));
    const auto all = read_nxazint(path);
    ASSERT_EQ(all.size(), 1U);
    const AzimuthalIntegral& read = all[0];
    EXPECT_EQ(read.q, integral.q);
    EXPECT_EQ(read.q_edges, integral.q_edges);
    ASSERT_EQ(read.chi.size(), azimuths);
    if (azimuths > 0) {  // through degrees
      EXPECT_LT((read.chi - integral.chi).cwiseAbs().maxCoeff(), 1e-15);
      EXPECT_LT((read.chi_edges - integral.chi_edges).cwiseAbs().maxCoeff(), 1e-15);
    }
    expect_same(read.intensity, integral.intensity);
    expect_same(read.sigma, integral.sigma);
    expect_same(read.norm, integral.norm);
    EXPECT_EQ(read.intensity_unit, "counts/s");
    EXPECT_NEAR(*read.wavelength / 1.1e-10, 1, 1e-15);
    EXPECT_TRUE(read.solid_angle_applied);
    EXPECT_FALSE(read.polarization_applied);
    EXPECT_TRUE(read.monitor_applied);
    EXPECT_EQ(read.input, integral.input);
    EXPECT_EQ(read.title, "wedge");
    EXPECT_EQ(read.metadata, (Metadata{{"x_mm", 2.5}}));
  }
}

TEST(NxAzint, IsMeasuredDataLikeAnyOther) {
  const TestFolder folder;
  write_nxazint(folder.file("a.h5"), test_integral(0), kDate, {{"x_mm", 2.5}});
  const FileContent curve = read_measurement(folder.file("a.h5"));
  EXPECT_EQ(curve.format, "NXazint");
  ASSERT_EQ(curve.items.size(), 1U);
  EXPECT_EQ(curve.items[0].name, "wedge");
  EXPECT_TRUE(curve.items[0].notes.empty());
  EXPECT_EQ(curve.items[0].metadata, (Metadata{{"x_mm", 2.5}}));
  const auto& read = std::get<scattering::Curve>(curve.items[0].measurement);
  EXPECT_EQ(read.q.size(), 6);  // without the bin that holds no pixel
  EXPECT_EQ(read.intensity[0], 100.0 / 3);
  EXPECT_EQ(read.intensity_unit, "counts/s");

  write_nxazint(folder.file("a.h5"), test_integral(4), kDate);
  const FileContent cake = read_measurement(folder.file("a.h5"));
  const auto& image = std::get<scattering::QImage>(cake.items.at(0).measurement);
  ASSERT_EQ(image.qx.size(), 28);
  EXPECT_EQ(std::count(image.masked.begin(), image.masked.end(), true), 1);
  EXPECT_TRUE(image.masked[3 * 7 + 2]);
  const AzimuthalIntegral integral = test_integral(4);
  for (Eigen::Index j = 0; j < 4; ++j) {
    for (Eigen::Index i = 0; i < 7; ++i) {
      const Eigen::Index k = 7 * j + i;
      EXPECT_NEAR(std::hypot(image.qx[k], image.qy[k]) / integral.q[i], 1, 1e-14);
      EXPECT_NEAR(std::atan2(image.qy[k], image.qx[k]), integral.chi[j], 1e-14);
    }
  }
}

TEST(NxAzint, LeavesOutWhatIsNotKnown) {
  const TestFolder folder;
  AzimuthalIntegral integral = test_integral(4);
  integral.sigma.resize(0, 0);
  integral.norm.resize(0, 0);
  integral.q_edges.resize(0);
  integral.chi_edges.resize(0);
  integral.wavelength.reset();
  integral.intensity_unit = "arbitrary";
  write_nxazint(folder.file("a.h5"), integral, kDate);
  const AzimuthalIntegral read = read_nxazint(folder.file("a.h5")).at(0);
  EXPECT_EQ(read.sigma.size(), 0);
  EXPECT_EQ(read.norm.size(), 0);
  EXPECT_EQ(read.q_edges.size(), 0);
  EXPECT_EQ(read.chi_edges.size(), 0);
  EXPECT_FALSE(read.wavelength.has_value());
  EXPECT_EQ(read.intensity_unit, "arbitrary");
  expect_same(read.intensity, integral.intensity);
}

TEST(NxAzint, ConvertsTheUnitOfTheIntensity) {
  const TestFolder folder;
  AzimuthalIntegral integral = test_integral(0);
  integral.intensity_unit = "1/m";
  write_nxazint(folder.file("a.h5"), integral, kDate);
  const AzimuthalIntegral read = read_nxazint(folder.file("a.h5")).at(0);
  EXPECT_EQ(read.intensity_unit, "1/cm");
  EXPECT_DOUBLE_EQ(read.intensity(0, 0), 1.0 / 3);
  EXPECT_DOUBLE_EQ(read.sigma(0, 0), 0.01 * integral.sigma(0, 0));
}

TEST(NxAzint, RefusesShapesThatDoNotAgreeAndFilesWithoutIt) {
  const TestFolder folder;
  const auto refused = [&](auto change) {
    AzimuthalIntegral integral = test_integral(4);
    change(integral);
    EXPECT_THROW(write_nxazint(folder.file("a.h5"), integral, kDate), std::invalid_argument);
  };
  refused([](AzimuthalIntegral& a) { a.q.resize(0); });
  refused([](AzimuthalIntegral& a) { a.q_edges.conservativeResize(7); });
  refused([](AzimuthalIntegral& a) { a.chi.conservativeResize(3); });
  refused([](AzimuthalIntegral& a) { a.intensity.resize(7, 4); });
  refused([](AzimuthalIntegral& a) { a.norm.resize(1, 7); });
  refused([](AzimuthalIntegral& a) { a.input["a/b"] = 1.0; });
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_THROW(curve_of(test_integral(4)), std::invalid_argument);
  EXPECT_THROW(q_image_of(test_integral(0)), std::invalid_argument);
}

TEST(NxAzint, RefusesATruncatedFileAtEveryLengthInOneLine) {
  const TestFolder folder;
  write_nxazint(folder.file("whole.h5"), test_integral(4), kDate);
  const std::string whole = content_of(folder.file("whole.h5"));
  const std::string path = folder.file("part.h5");
  for (std::size_t length = 8; length < whole.size(); length += whole.size() / 37) {
    write_bytes(path, whole.substr(0, length));
    error_of(path, [&] { read_nxazint(path); });
  }
}

}  // namespace
}  // namespace foray::files::nxazint_test
