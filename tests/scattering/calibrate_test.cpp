#include "foray/scattering/calibrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "foray/common/random.h"
#include "reference_table.h"

namespace foray::scattering::calibrate_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Calibrants, AreThoseOfTheField) {
  const char* const names[] = {"AgBh", "LaB6", "CeO2", "Si",  "alpha_Al2O3",
                               "Au",   "NaCl", "PBBA", "TiO2"};
  const auto rows = read_table("calibrant_spacings.txt");
  ASSERT_EQ(rows.size(), known_calibrants().size());
  for (const auto& row : rows) {
    const Calibrant& found = find_calibrant(names[static_cast<std::size_t>(row[0])]);
    EXPECT_FALSE(found.source.empty());
    ASSERT_GE(found.spacings.size() + 1, row.size()) << found.name;
    for (std::size_t k = 1; k < row.size(); ++k) {
      EXPECT_NEAR(found.spacings[k - 1], row[k], 3e-7 * row[k]) << found.name << " " << k;
    }
  }
  EXPECT_EQ(find_calibrant("al2o3").name, "alpha_Al2O3");
  EXPECT_THAT([] { find_calibrant("LaB7"); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("AgBh, LaB6")));
}

TEST(RingPosition, IsWhereThePixelHasThatQAndAzimuth) {
  const Geometry geometry{0.2, 0.03, 0.05, 0.1, -0.2, 0.3, 1e-10, 172e-6, 100e-6};
  const Eigen::Vector2d pixel = ring_position(geometry, 1.7, 2.1);
  const Eigen::Vector3d t = position(geometry, pixel[0], pixel[1]);
  EXPECT_NEAR(q_of(geometry, t), 1.7, 1e-12);
  EXPECT_NEAR(chi(t), 2.1, 1e-12);
  EXPECT_THROW(ring_position(geometry, 13, 0), std::invalid_argument);
}

constexpr Geometry kPixels{1, 0, 0, 0, 0, 0, 1e-10, 172e-6, 172e-6};

// Rings that fall off as those of powders do, two pixels wide, on a smooth background, counted.
Frame simulated(const Geometry& geometry, const Calibrant& standard, double counts,
                std::uint64_t seed) {
  Frame frame;
  const Eigen::Index slow = 420, fast = 480;
  frame.geometry = geometry;
  const Image q = q_map(geometry, slow, fast);
  frame.counts.resize(slow, fast);
  frame.mask = Mask::Zero(slow, fast);
  frame.mask.middleRows(200, 12) = kMaskGap;
  const double width =
      2 * 2 * M_PI / (geometry.wavelength * 1e10) * geometry.pixel1 / geometry.dist;
  for (Eigen::Index p = 0; p < q.size(); ++p) {
    double expected = 0.1 * counts * (1 + 1 / (1 + q.data()[p]));
    int ring = 0;
    for (const double spacing : standard.spacings) {
      const double u = (q.data()[p] - 2 * M_PI / spacing) / (0.425 * width);
      expected += counts / (1 + 0.3 * ring++) * std::exp(-0.5 * u * u);
    }
    CounterStream random(seed, static_cast<std::uint64_t>(p));
    frame.counts.data()[p] = random.poisson(expected);
  }
  frame.counts = (frame.mask == 0).select(frame.counts, -1.0);
  return frame;
}

// The start: as if the detector were untilted, its beam centre and distance off.
void disturb(Frame& frame, double distance, double slow, double fast) {
  const Eigen::Vector2d center = beam_center(frame.geometry);
  Geometry start = frame.geometry;
  start.rot1 = start.rot2 = 0;
  start.dist *= distance;
  start.poni1 = (center[0] + slow) * start.pixel1;
  start.poni2 = (center[1] + fast) * start.pixel2;
  frame.geometry = start;
}

struct Place {
  const char* standard;
  Geometry geometry;
  double distance, slow, fast;  // of the start
};

Geometry geometry_of(double dist, double slow, double fast, double rot1, double rot2,
                     double wavelength) {
  Geometry geometry = kPixels;
  geometry.dist = dist;
  geometry.poni1 = slow * geometry.pixel1;
  geometry.poni2 = fast * geometry.pixel2;
  geometry.rot1 = rot1;
  geometry.rot2 = rot2;
  geometry.wavelength = wavelength;
  return geometry;
}

TEST(Calibrate, RecoversATiltedDetectorFromAStartThatIsFarOff) {
  const Place places[] = {
      {"LaB6", geometry_of(0.1, 200, 230, 0.03, -0.05, 5e-11), 1.05, 15, -20},
      {"AgBh", geometry_of(0.25, 150, 260, -0.04, 0.03, 1e-10), 0.95, -18, 12},
      {"CeO2", geometry_of(0.12, 60, 40, 0.05, 0.02, 4e-11), 0.96, 10, 25},
      {"Si", geometry_of(0.1, 210, 240, 0.02, 0.06, 5e-11), 1.03, -20, -20},
  };
  std::uint64_t seed = 0;
  for (const Place& place : places) {
    SCOPED_TRACE(place.standard);
    const Calibrant& standard = find_calibrant(place.standard);
    Frame frame = simulated(place.geometry, standard, 200, ++seed);
    disturb(frame, place.distance, place.slow, place.fast);
    const Calibration found = calibrate(frame, standard, {});
    ASSERT_EQ(found.status, CalibrationStatus::kConverged) << found.note;
    EXPECT_TRUE(found.tilted);
    EXPECT_NEAR(found.geometry.dist / place.geometry.dist, 1, 1e-4);
    const Eigen::Vector2d center = beam_center(found.geometry), truth = beam_center(place.geometry);
    EXPECT_NEAR(center[0], truth[0], 0.1);
    EXPECT_NEAR(center[1], truth[1], 0.1);
    EXPECT_LT(found.rms_residual, 0.2);
    EXPECT_GE(found.rings, 3);
    const double truths[] = {place.geometry.dist, place.geometry.poni1, place.geometry.poni2,
                             place.geometry.rot1, place.geometry.rot2};
    const double values[] = {found.geometry.dist, found.geometry.poni1, found.geometry.poni2,
                             found.geometry.rot1, found.geometry.rot2};
    for (Eigen::Index k = 0; k < 5; ++k) {
      const double sigma = std::sqrt(found.covariance(k, k));
      EXPECT_LT(std::abs(values[k] - truths[k]), 4.5 * sigma) << k;
    }
  }
}

// Far away a tilt of a few degrees moves no ring by what can be seen.
TEST(Calibrate, HoldsATiltThatTheRingsDoNotTell) {
  const Calibrant& standard = find_calibrant("AgBh");
  const Geometry truth = geometry_of(1.6, 200, 230, 0, 0, 1e-10);
  Frame frame = simulated(truth, standard, 3, 9);
  disturb(frame, 1.04, 10, -15);
  const Calibration found = calibrate(frame, standard, {});
  ASSERT_EQ(found.status, CalibrationStatus::kConverged) << found.note;
  EXPECT_FALSE(found.tilted);
  EXPECT_THAT(found.note, HasSubstr("tilt"));
  EXPECT_EQ(found.geometry.rot1, 0);
  EXPECT_NEAR(found.geometry.dist / truth.dist, 1, 1e-3);
  EXPECT_NEAR(beam_center(found.geometry)[0], 200, 0.1);
  EXPECT_NEAR(beam_center(found.geometry)[1], 230, 0.1);
}

TEST(Calibrate, SaysWhenThereAreNoRings) {
  const Calibrant& standard = find_calibrant("LaB6");
  Frame frame = simulated(geometry_of(0.1, 200, 230, 0, 0, 5e-11), {"none", "", {}}, 20, 3);
  const Calibration found = calibrate(frame, standard, {});
  EXPECT_EQ(found.status, CalibrationStatus::kNoRings);
  EXPECT_FALSE(found.note.empty());
  EXPECT_EQ(found.geometry.dist, 0.1);
}

TEST(Calibrate, RefusesWhatCannotBeCalibrated) {
  const Calibrant& standard = find_calibrant("LaB6");
  Frame frame = simulated(geometry_of(2, 200, 230, 0, 0, 1e-10), {"none", "", {}}, 20, 3);
  EXPECT_THAT([&] { calibrate(frame, standard, {}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("at least two rings of LaB6")));
  frame.geometry.dist = 0.1;
  EXPECT_THROW(calibrate(frame, standard, {.sectors = 2}), std::invalid_argument);
  EXPECT_THROW(calibrate(frame, standard, {.distance_error = -1}), std::invalid_argument);
  EXPECT_THROW(calibrate(frame, standard, {.center_error = -1}), std::invalid_argument);
  frame.counts(5, 5) = std::nan("");
  EXPECT_THROW(calibrate(frame, standard, {}), std::invalid_argument);
}

}  // namespace
}  // namespace foray::scattering::calibrate_test
