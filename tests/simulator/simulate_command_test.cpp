#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "foray/files/image_file.h"
#include "foray/files/nexus.h"
#include "foray/simulator/scene.h"
#include "simulated_frames.h"

namespace foray::app::simulate_command_test {
namespace {

namespace fs = std::filesystem;

class SimulateFrames : public testing::Test {
 protected:
  SimulateFrames() : folder_(fs::path(testing::TempDir()) / name()) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~SimulateFrames() override { fs::remove_all(folder_); }

  static std::string name() {
    return std::string("foray_simulate_") +
           testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  static std::string bytes(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  fs::path folder_;
};

TEST_F(SimulateFrames, WritesOneFrameThatReadsBackWithItsTruth) {
  SimulationOptions options;
  options.seed = 3;
  options.at = "x=3,y=12";
  options.out = folder_ / "frame.h5";
  options.preview = folder_ / "frame.png";
  const std::vector<SimulatedItem> items = simulate_frames(options);
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].position, Eigen::Vector2d(3, 12));
  const files::FileContent content = files::read_nexus(options.out.string());
  ASSERT_EQ(content.items.size(), 1U);
  const auto& frame = std::get<scattering::Frame>(content.items[0].measurement);
  EXPECT_EQ(frame.counts.rows(), 619);
  EXPECT_EQ(frame.geometry.dist, simulator::demo_beamline().geometry.dist);
  EXPECT_EQ((frame.mask == 0).select(frame.counts, 0).sum(), items[0].counts);
  EXPECT_EQ(std::get<std::string>(content.items[0].metadata.at("true_phase")),
            items[0].truth.phase);
  EXPECT_EQ(std::get<double>(content.items[0].metadata.at("x_mm")), 3);
  EXPECT_EQ(bytes(options.preview).substr(1, 3), "PNG");
}

TEST_F(SimulateFrames, WritesTheSameCountsInEveryFormat) {
  SimulationOptions options;
  options.at = "y=7,x=5";
  options.out = folder_ / "frame.tif";
  simulate_frames(options);
  const scattering::Image tiff = files::read_tiff(options.out.string()).pixels;
  options.out = folder_ / "frame.npy";
  simulate_frames(options);
  EXPECT_TRUE((tiff == files::read_npy(options.out.string()).pixels).all());
  options.out = folder_ / "frame.edf";
  simulate_frames(options);
  EXPECT_TRUE((tiff == files::read_edf(options.out.string()).pixels).all());
  EXPECT_GT(tiff.sum(), 1e5);
}

TEST_F(SimulateFrames, WritesTheSameDataSetOnAnyNumberOfThreads) {
  SimulationOptions options;
  options.count = 4;
  options.format = "npy";
  options.out = folder_ / "one";
  simulate_frames(options);
  options.threads = 2;
  options.out = folder_ / "two";
  const std::vector<SimulatedItem> items = simulate_frames(options);
  for (const SimulatedItem& item : items) {
    EXPECT_EQ(bytes(folder_ / "one" / item.name), bytes(folder_ / "two" / item.name)) << item.name;
  }
  const std::string table = bytes(folder_ / "two" / "truth.csv");
  EXPECT_EQ(bytes(folder_ / "one" / "truth.csv"), table);
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 5);
  EXPECT_THAT(table, testing::StartsWith("file,x_mm,y_mm,phase,"));
  EXPECT_THAT(table, testing::HasSubstr("frame_000003.npy,"));
  EXPECT_NE(bytes(folder_ / "one" / "frame_000000.npy"),
            bytes(folder_ / "one" / "frame_000001.npy"));
}

TEST_F(SimulateFrames, TakesTheSampleOfAFileWithItsTruth) {
  SimulationOptions options;
  options.sample = std::string(FORAY_SOURCE_DIR) + "/demo/samples/diblock_wedge.json";
  options.count = 3;
  options.out = folder_ / "one";
  options.expected = true;
  std::vector<int> done;
  options.progress = [&](int frames) { done.push_back(frames); };
  simulate_frames(options);
  EXPECT_EQ(done, (std::vector<int>{1, 2, 3}));
  options.threads = 2;
  options.out = folder_ / "two";
  const std::vector<SimulatedItem> items = simulate_frames(options);
  for (const SimulatedItem& item : items) {
    EXPECT_EQ(bytes(folder_ / "one" / item.name), bytes(folder_ / "two" / item.name)) << item.name;
  }
  EXPECT_THAT(bytes(folder_ / "one" / "truth.csv"),
              testing::StartsWith("file,x_mm,y_mm,phase,grain_size_nm,period_nm,composition,"
                                  "fraction_disordered,fraction_hexagonal,fraction_lamellar,"));
  const auto content = files::read_nexus((folder_ / "two" / "frame_000001.h5").string());
  EXPECT_EQ(std::get<double>(content.items[0].metadata.at("true_composition")),
            items[1].truth.values.at("composition"));
  const auto& frame = std::get<scattering::Frame>(content.items[0].measurement);
  const scattering::Image expected =
      files::read_npy((folder_ / "two" / "frame_000001_expected.npy").string()).pixels;
  // Poisson: chi squared a pixel is 1, to 5 standard errors, where 10 counts and more are expected.
  const auto counted = (frame.mask == 0 && expected > 10).cast<double>();
  const double pixels = counted.sum();
  ASSERT_GT(pixels, 10000);
  const double chi2 = (counted * (frame.counts - expected).square() / expected.max(1)).sum();
  EXPECT_NEAR(chi2 / pixels, 1, 5 * std::sqrt(2.1 / pixels));
}

TEST_F(SimulateFrames, DrawsRandomBeamlines) {
  SimulationOptions options;
  options.sample = "random";
  options.count = 3;
  options.preview = folder_ / "previews";
  simulate_frames(options);
  EXPECT_EQ(bytes(options.preview / "frame_000002.png").substr(1, 3), "PNG");
}

TEST_F(SimulateFrames, RefusesBadOptionsByName) {
  const auto message = [&](auto change) {
    SimulationOptions options;
    options.out = folder_ / "frame.h5";
    change(options);
    try {
      simulate_frames(options);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  using testing::HasSubstr;
  const auto at = [&](const char* text) {
    return message([text](SimulationOptions& o) { o.at = text; });
  };
  EXPECT_THAT(at("x=3"), HasSubstr("--at: expected a value of y"));
  EXPECT_THAT(at("x=3,z=1"), HasSubstr("\"z=1\""));
  EXPECT_THAT(at("x=3,x=4,y=1"), HasSubstr("x once"));
  EXPECT_THAT(at("x=three,y=1"), HasSubstr("expected a number, got \"three\""));
  EXPECT_THAT(at("x=3,y=1mm"), HasSubstr("\"1mm\""));
  EXPECT_THAT(at("x=3,y=50"), HasSubstr("y [mm]"));
  EXPECT_THAT(message([](SimulationOptions& o) { o.sample = "wafer"; }), HasSubstr("film_library"));
  EXPECT_THAT(message([](SimulationOptions& o) { o.exposure_s = -1; }), HasSubstr("--exposure"));
  EXPECT_THAT(message([](SimulationOptions& o) { o.count = 0; }), HasSubstr("--count"));
  EXPECT_THAT(message([](SimulationOptions& o) { o.out.clear(); }),
              HasSubstr("--out or --preview"));
  EXPECT_THAT(message([](SimulationOptions& o) { o.out = "a.jpg"; }), HasSubstr("\".jpg\""));
  EXPECT_THAT(message([](SimulationOptions& o) { o.preview = "a.jpg"; }), HasSubstr("--preview"));
  EXPECT_THAT(message([](SimulationOptions& o) { o.sample = "random", o.at = "x=1,y=2"; }),
              HasSubstr("--at"));
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(SimulateFrames, SaysWhichFileCannotBeWritten) {
  SimulationOptions options;
  options.out = folder_ / "absent" / "frame.npy";
  try {
    simulate_frames(options);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("absent"));
  }
}

}  // namespace
}  // namespace foray::app::simulate_command_test
