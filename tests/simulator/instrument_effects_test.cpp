#include <gtest/gtest.h>

#include <cmath>

#include "foray/simulator/frame_maker.h"
#include "small_beamline.h"

namespace foray::simulator::instrument_effects_test {
namespace {

Scene flat() {
  Scene scene;
  scene.background = 2;
  return scene;
}

TEST(InstrumentEffects, SpreadAPointToItsWidthAndKeepItsCounts) {
  Beamline beamline = small_beamline();
  Scene scene;
  scene.background = 0;
  Spot spot;
  spot.q = 2 * M_PI * Eigen::Vector3d(0, 0.006, 0);
  spot.radial_fwhm = 1e-3;
  spot.mosaic_fwhm = 0;
  scene.spots = {spot};
  const scattering::Image sharp = FrameMaker(beamline).expected(scene, 1);
  beamline.point_spread = 2;
  const scattering::Image wide = FrameMaker(beamline).expected(scene, 1);
  EXPECT_NEAR(wide.sum() / sharp.sum(), 1, 1e-9);
  const auto variance = [](const scattering::Image& image) {
    double sum = 0, first = 0, second = 0;
    for (Eigen::Index j = 0; j < image.cols(); ++j) {
      const double column = image.col(j).sum();
      sum += column;
      first += static_cast<double>(j) * column;
      second += static_cast<double>(j * j) * column;
    }
    return second / sum - first * first / (sum * sum);
  };
  // A Gaussian cut at four standard deviations has 0.9989 of the variance of the whole.
  EXPECT_NEAR(variance(wide) - variance(sharp), 4, 0.02);
}

TEST(InstrumentEffects, HaveAFlatFieldOfTheDetectorsOwn) {
  Beamline beamline = small_beamline();
  const scattering::Image even = FrameMaker(beamline).expected(flat(), 1);
  beamline.flat_spread = 0.02;
  const scattering::Image ratio = FrameMaker(beamline).expected(flat(), 1) / even;
  const double spread = std::sqrt((ratio - ratio.mean()).square().mean());
  // 48,000 pixels: four standard errors.
  EXPECT_NEAR(ratio.mean(), 1, 4 * 0.02 / std::sqrt(48000.0));
  EXPECT_NEAR(spread, 0.02, 4 * 0.02 / std::sqrt(2 * 48000.0));
  EXPECT_TRUE((FrameMaker(beamline).expected(flat(), 1) / even == ratio).all());
  beamline.detector_seed = 2;
  EXPECT_FALSE((FrameMaker(beamline).expected(flat(), 1) / even == ratio).all());
}

TEST(InstrumentEffects, HaveRowsAndColumnsThatCountMoreThanOthers) {
  Beamline beamline = small_beamline();
  const scattering::Image even = FrameMaker(beamline).expected(flat(), 1);
  beamline.line_spread = 0.03;
  const scattering::Image ratio = FrameMaker(beamline).expected(flat(), 1) / even;
  // Each pixel has the efficiencies of its row and of its column, and nothing of its own.
  const Eigen::ArrayXd rows = ratio.rowwise().mean();
  const Eigen::ArrayXd columns = ratio.colwise().mean().transpose();
  const scattering::Image product = (rows.matrix() * columns.matrix().transpose()).array();
  EXPECT_LT((product / ratio.mean() - ratio).abs().maxCoeff(), 1e-12);
  for (const Eigen::ArrayXd& lines : {rows, columns}) {
    const double spread = std::sqrt((lines - lines.mean()).square().mean()) / lines.mean();
    const auto count = static_cast<double>(lines.size());
    EXPECT_NEAR(spread, 0.03, 4 * 0.03 / std::sqrt(2 * count));
  }
  EXPECT_FALSE((rows / rows.mean()).head(50).isApprox((columns / columns.mean()).head(50), 1e-3));
}

TEST(InstrumentEffects, WeighWhatWasSpreadAndLeaveGapsEmpty) {
  Beamline beamline = small_beamline();
  beamline.point_spread = 2;
  beamline.mask = scattering::Mask::Zero(beamline.slow, beamline.fast);
  beamline.mask.middleRows(90, 10).setConstant(scattering::kMaskGap);
  const scattering::Image even = FrameMaker(beamline).expected(flat(), 1);
  EXPECT_EQ(even.middleRows(90, 10).maxCoeff(), 0);
  EXPECT_GT(even.row(89).minCoeff(), 0);
  beamline.flat_spread = 0.02;
  const scattering::Image ratio =
      (FrameMaker(beamline).expected(flat(), 1) / even).bottomRows(100);  // beyond the gap
  // 24,000 pixels: four standard errors. Spread after it was weighed it would be 0.003.
  const double spread = std::sqrt((ratio - ratio.mean()).square().mean());
  EXPECT_NEAR(spread, 0.02, 4 * 0.02 / std::sqrt(2 * 24000.0));
}

TEST(InstrumentEffects, AddAirWindowsAndStreaksToWhatIsParasitic) {
  Beamline beamline = small_beamline();
  beamline.geometry.dist = 0.2;  // to q 0.75
  beamline.air = 0.5;
  EXPECT_NEAR(FrameMaker(beamline).parasitic()(30, 40), 0.5, 1e-12);
  beamline.window = 3;
  const FrameMaker windows(beamline);
  Eigen::Index row = 0, column = 0;
  windows.parasitic().maxCoeff(&row, &column);
  EXPECT_NEAR(windows.q()(row, column), 0.41, 0.01);
  EXPECT_NEAR(windows.parasitic().maxCoeff(), 3.5, 0.01);
  beamline.window = 0;
  beamline.streak_slow = 7;
  const FrameMaker streak(beamline);
  const double q = streak.q()(150, 120);
  EXPECT_NEAR(streak.parasitic()(150, 120), 0.5 + 7 * std::pow(q / 0.01, -2), 1e-3);
  EXPECT_NEAR(streak.parasitic()(100, 170), 0.5, 1e-6);
}

}  // namespace
}  // namespace foray::simulator::instrument_effects_test
