#include "foray/files/measurement_store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "file_test_tools.h"
#include "foray/files/atomic_write.h"
#include "foray/files/read_measurement.h"

namespace foray::files::measurement_store_test {
namespace {

using scattering::Curve;
using scattering::Frame;
using scattering::QImage;
using scattering::Values;

Curve test_curve() {
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(40, 0.01, 0.3);
  curve.intensity = curve.q.array().pow(-1.5).matrix();
  curve.sigma = 0.1 * curve.intensity;
  curve.dq = 0.02 * curve.q;
  return curve;
}

TEST(SaveMeasurement, GivesBackAFrameItsCurveAndItsMetadata) {
  const TestFolder folder;
  const Frame frame = test_frame();
  const Curve curve = test_curve();
  const Metadata metadata{{"x_mm", 0.1}, {"proposal", 42.0}, {"sample", "wedge"}};
  const SavedFile saved = save_measurement(folder.path().string(), 42, frame, &curve, metadata);
  EXPECT_EQ(saved.path, folder.file("measurement-000042.h5"));
  EXPECT_EQ(saved.sha256, sha256_of_file(saved.path));
  const StoredMeasurement stored = load_measurement(saved.path, saved.sha256);
  const auto& read = std::get<Frame>(stored.measurement);
  EXPECT_TRUE((read.counts == frame.counts).all());
  EXPECT_TRUE((read.mask == frame.mask).all());
  expect_same_geometry(read.geometry, frame.geometry);
  ASSERT_TRUE(stored.reduced.has_value());
  EXPECT_EQ(stored.reduced->intensity, curve.intensity);
  EXPECT_EQ(stored.reduced->sigma, curve.sigma);
  EXPECT_EQ(stored.metadata, metadata);
}

TEST(SaveMeasurement, IsReadAsAFrameFirstThenItsCurve) {
  const TestFolder folder;
  const Curve curve = test_curve();
  const SavedFile saved = save_measurement(folder.path().string(), 0, test_frame(), &curve);
  const FileContent content = read_measurement(saved.path);
  EXPECT_EQ(content.format, "NXsas and NXcanSAS");
  ASSERT_EQ(content.items.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<Frame>(content.items[0].measurement));
  EXPECT_TRUE(std::holds_alternative<Curve>(content.items[1].measurement));
}

TEST(SaveMeasurement, KeepsCurvesImagesAndValuesInTheirOrder) {
  const TestFolder folder;
  const std::string where = folder.path().string();
  const Curve curve = test_curve();
  const auto curve_back = load_measurement(save_measurement(where, 1, curve).path);
  EXPECT_EQ(std::get<Curve>(curve_back.measurement).dq, curve.dq);
  EXPECT_FALSE(curve_back.reduced.has_value());

  QImage image;
  image.qx = Eigen::VectorXd::LinSpaced(5, -1, 1);
  image.qy = image.qx.array().square().matrix();
  image.intensity = Eigen::VectorXd::Constant(5, 3);
  const auto image_back = load_measurement(save_measurement(where, 2, image).path);
  EXPECT_EQ(std::get<QImage>(image_back.measurement).qy, image.qy);

  const Values values{{"z/width", 1.0 / 3, 0.25}, {"a", -2, 0}};
  const auto values_back = load_measurement(save_measurement(where, 3, values).path);
  const auto& read = std::get<Values>(values_back.measurement);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].name, "z/width");
  EXPECT_EQ(read[0].value, 1.0 / 3);
  EXPECT_EQ(read[0].variance, 0.25);
  EXPECT_EQ(read[1].name, "a");
}

TEST(SaveMeasurement, IsReadByH5pyAsNexusAndCanSas) {
  const TestFolder folder;
  const Curve curve = test_curve();
  const Frame frame = test_frame(121, 97);
  const SavedFile saved =
      save_measurement(folder.path().string(), 7, frame, &curve, {{"x_mm", 1.5}});
  const std::string command =
      std::string("/usr/bin/python3 " FORAY_SOURCE_DIR "/tests/files/check_nexus.py ") +
      saved.path + " 121 97";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(SaveMeasurement, SavesAndLoadsFromSeveralThreadsAtATime) {
  const TestFolder folder;
  const std::string where = folder.path().string();
  const Frame frame = test_frame(121, 97);
  const std::string expected = save_measurement(where, 0, frame).sha256;
  std::vector<std::string> problems(4);
  std::vector<std::thread> threads;
  for (long long thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      try {
        for (long long k = 1; k <= 25; ++k) {
          const SavedFile saved = save_measurement(where, 100 * thread + k, frame);
          if (saved.sha256 != expected) throw std::runtime_error("other bytes");
          const auto stored = load_measurement(saved.path, expected);
          const bool same = (std::get<Frame>(stored.measurement).counts == frame.counts).all();
          if (!same) throw std::runtime_error("other counts");
        }
      } catch (const std::exception& error) {
        problems[static_cast<std::size_t>(thread)] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(problems, std::vector<std::string>(4));
}

TEST(SaveMeasurement, RefusesWhatIsMalformedBeforeItWrites) {
  const TestFolder folder;
  const std::string where = folder.path().string();
  Curve curve = test_curve();
  EXPECT_THROW(save_measurement(where, -1, curve), std::invalid_argument);
  curve.intensity[3] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(save_measurement(where, 1, curve), std::invalid_argument);
  EXPECT_THROW(save_measurement(where, 1, test_frame(), &curve), std::invalid_argument);
  EXPECT_THROW(save_measurement(where, 1, Values{{"a", 1, -1}}), std::invalid_argument);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(LoadMeasurement, RefusesAFileThatWasChangedDamagedOrIsMissing) {
  const TestFolder folder;
  const SavedFile saved = save_measurement(folder.path().string(), 1, test_frame());
  const std::string whole = content_of(saved.path);
  const std::string wrong(64, '0');
  error_of(saved.path, [&] { load_measurement(saved.path, wrong); });
  std::filesystem::resize_file(saved.path, whole.size() / 2);
  error_of(saved.path, [&] { load_measurement(saved.path, saved.sha256); });
  error_of(saved.path, [&] { load_measurement(saved.path); });
  const std::string missing = folder.file("none.h5");
  const FileError error = error_of(missing, [&] { load_measurement(missing); });
  EXPECT_EQ(error.found(), "No such file or directory");
}

}  // namespace
}  // namespace foray::files::measurement_store_test
