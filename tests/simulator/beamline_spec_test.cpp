#include "foray/simulator/beamline_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "foray/scattering/masks.h"

namespace foray::simulator::beamline_spec_test {
namespace {

TEST(MakeBeamline, AimsTheBeamThoughTheDetectorIsTilted) {
  BeamlineSpec spec;
  spec.beam_center = {700, 300};
  spec.tilt_deg = {3, -5, 20};
  const Beamline beamline = make_beamline(spec);
  const Eigen::Vector2d center = scattering::beam_center(beamline.geometry);
  EXPECT_NEAR(center[0], 700, 1e-9);
  EXPECT_NEAR(center[1], 300, 1e-9);
  EXPECT_EQ(beamline.slow, 1043);
  EXPECT_EQ(beamline.fast, 981);
  EXPECT_NEAR(beamline.geometry.wavelength, 12.398419843320026 / 12.4 * 1e-10, 1e-22);
}

TEST(MakeBeamline, TakesTheMiddleAndTheDetectorsOwnLimit) {
  const Beamline beamline = make_beamline({});
  EXPECT_NEAR(scattering::beam_center(beamline.geometry)[0], 521.5, 1e-9);
  EXPECT_EQ(beamline.saturation, 1048575);
  EXPECT_NE(beamline.mask(200, 10) & scattering::kMaskGap, 0U);
  EXPECT_NE(beamline.mask(521, 490) & scattering::kMaskUser, 0U);
}

TEST(MakeBeamline, AddsTheWidthsOfBeamPixelAndDivergenceInQuadrature) {
  BeamlineSpec spec;
  spec.beam_mm = 0.6;
  spec.divergence_mrad = 0.2;
  spec.distance_m = 4;
  spec.bandwidth = 0.02;
  const Beamline beamline = make_beamline(spec);
  // A pixel is a box; its variance is that of a Gaussian 2.3548 / sqrt 12 pixels wide.
  const double pixel = 0.172 * 2.3548200450309493 / std::sqrt(12);
  const double angle = std::hypot(std::hypot(0.6, pixel) / 4000, 0.2e-3);
  const double k = 2 * std::numbers::pi / (beamline.geometry.wavelength * 1e10);
  EXPECT_NEAR(beamline.resolution_fwhm / (k * angle), 1, 1e-4);
  EXPECT_EQ(beamline.bandwidth, 0.02);
}

TEST(MakeBeamline, KnowsEveryDetectorWithItsGaps) {
  for (const auto& known : scattering::known_detectors()) {
    BeamlineSpec spec;
    spec.detector = known.name;
    spec.beamstop.kind = Beamstop::Kind::kNone;
    const Beamline beamline = make_beamline(spec);
    EXPECT_TRUE((beamline.mask == scattering::gap_mask(known)).all()) << known.name;
  }
}

TEST(MakeBeamline, RefusesByName) {
  const auto message = [](auto change) {
    BeamlineSpec spec;
    change(spec);
    try {
      static_cast<void>(make_beamline(spec));
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  using testing::HasSubstr;
  EXPECT_THAT(message([](BeamlineSpec& s) { s.detector = "pilatus"; }), HasSubstr("pilatus6m"));
  EXPECT_THAT(message([](BeamlineSpec& s) { s.binning = 0; }), HasSubstr("binning"));
  EXPECT_THAT(message([](BeamlineSpec& s) { s.energy_kev = -1; }), HasSubstr("energy_kev"));
  EXPECT_THAT(message([](BeamlineSpec& s) { s.transmission = 0; }), HasSubstr("transmission"));
  EXPECT_THAT(message([](BeamlineSpec& s) { s.tilt_deg = {0, 95, 0}; }), HasSubstr("beam_center"));
  EXPECT_THAT(message([](BeamlineSpec& s) { s.bandwidth = 2; }), HasSubstr("bandwidth"));
}

}  // namespace
}  // namespace foray::simulator::beamline_spec_test
