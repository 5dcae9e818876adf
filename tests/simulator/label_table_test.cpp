// Of every label a scene and a beamline that have it, and others beside them that lack it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "foray/simulator/frame_maker.h"
#include "foray/simulator/labels.h"
#include "small_beamline.h"

namespace foray::simulator::label_table_test {
namespace {

using testing::Contains;
using testing::Not;

constexpr double kPi = std::numbers::pi;

struct View {
  Scene scene;
  Beamline beamline = small_beamline();
};
using Change = std::function<void(View&)>;
struct Case {
  const char* label;
  Change has, lacks;
};

Change ring(const Ring& one) {
  return [one](View& view) { view.scene.rings = {one}; };
}

Ring arc(int symmetry, double director) {
  return Ring{.intensity = 0.1, .orientation = 0.8, .symmetry = symmetry, .director = director};
}

Change rings(Lattice lattice, std::vector<double> squares) {
  return [=](View& view) {
    int order = 0;
    for (const double square : squares) {
      view.scene.rings.push_back(Ring{.q = 0.04 * std::sqrt(square),
                                      .intensity = 0.05,
                                      .fwhm = 0.002,
                                      .lattice = lattice,
                                      .order = ++order});
    }
  };
}

Change halo(double orientation, int symmetry = 2) {
  return [=](View& view) {
    view.scene.halos = {Halo{.q = 0.06,
                             .intensity = 5,
                             .width = 0.015,
                             .orientation = orientation,
                             .symmetry = symmetry}};
  };
}

Change diffuse(double length, double width) {
  return [=](View& view) {
    view.scene.diffuse = {Diffuse{.intensity = 100, .length = length, .width = width}};
  };
}

Change spheres(double radius) {
  return [=](View& view) {
    view.scene.background = 1e-4;
    view.scene.curves = {{"sphere", {{"radius", radius}, {"background", 0}}, {}, 1}};
  };
}

// Cylinders along the beam: round, with oscillations finer than a fixed table of q would follow.
Change upright(double theta) {
  return [=](View& view) {
    view.beamline.resolution_fwhm = 0;
    view.scene.cylinders = {
        OrientedCylinders{.scale = 1e-3, .radius = 600, .length = 100, .theta = theta}};
  };
}

// Spots at one q, of so many crystals.
Change spots(int grains, int number) {
  return [=](View& view) {
    for (int i = 0; i < number; ++i) {
      const double angle = 2.399963 * i;  // the golden angle
      view.scene.spots.push_back(
          Spot{.q = {0.06 * std::sin(angle), 0.06 * std::cos(angle), -0.06 * 0.06 / (4 * kPi)},
               .intensity = 1e-5,
               .grains = grains});
    }
  };
}

Change beamstop(Beamstop::Kind kind) {
  return [=](View& view) {
    halo(0)(view);
    view.beamline.beamstop = kind;
    view.beamline.mask = scattering::Mask::Zero(view.beamline.slow, view.beamline.fast);
    add_beamstop({.kind = kind, .size = 0.002}, view.beamline.geometry, view.beamline.mask);
  };
}

// One that the frame's mask does not tell, in front of a flat background and dark counts.
Change bare_beamstop(double background, double dark_rate) {
  return [=](View& view) {
    beamstop(Beamstop::Kind::kDisk)(view);
    view.scene = {};
    view.scene.background = background;
    view.beamline.dark_rate = dark_rate;
    view.beamline.beamstop_masked = false;
  };
}

Change surface(const Change& change) {
  return [change](View& view) {
    view.beamline.geometry.dist = 2;
    view.beamline.geometry.poni1 = 20.5 * 200e-6;
    view.scene.surface = Surface{};
    change(view);
  };
}

Change rod(const Rod& one) {
  return surface([one](View& view) { view.scene.rods = {one}; });
}

Change islands(double distance) {
  return surface([distance](View& view) {
    view.scene.islands = Islands{.density = 1e-5, .distance = distance};
  });
}

// No sample, but all that a sensor adds to what slits scatter and to a flat background.
void nothing(View& view) {
  view.scene.background = 1;
  Beamline& b = view.beamline;
  b.parasitic = 1;
  b.hot_share = b.dead_share = 1e-3;
  b.flat_spread = 0.5;
  b.point_spread = 1.5;
  b.mask = scattering::Mask::Zero(b.slow, b.fast);
  b.mask.middleRows(50, 10) = scattering::kMaskGap;
  add_beamstop({.kind = Beamstop::Kind::kDisk, .size = 0.002}, b.geometry, b.mask);
}

// A flat film, as much above the horizon as below it: nothing of the surface is to be seen.
void unsurfaced(View& view) {
  view.scene.background = 1;
  view.scene.surface->below = 1;
  view.scene.surface->delta = 0;
}

// `change` on a halo.
Change with(const Change& change) {
  return [change](View& view) {
    halo(0)(view);
    change(view);
  };
}

Change beam(void (*change)(Beamline&)) {
  return with([change](View& view) { change(view.beamline); });
}

std::vector<Case> features() {
  return {
      {"ring/lamellar", rings(Lattice::kLamellar, {1, 4, 9}), rings(Lattice::kLamellar, {1})},
      {"ring/hexagonal", rings(Lattice::kHexagonal, {1, 3, 4}), rings(Lattice::kNone, {1, 3, 4})},
      {"ring/bcc", rings(Lattice::kBodyCentered, {1, 2, 3}), rings(Lattice::kBodyCentered, {1, 2})},
      {"ring/fcc", rings(Lattice::kFaceCentered, {3, 4, 8}), rings(Lattice::kOther, {3, 4, 8})},
      {"ring/isotropic", ring(Ring{.intensity = 0.1}), ring(arc(2, 0))},
      {"ring/textured", ring(Ring{.intensity = 0.1, .grains = 300, .grain_fwhm = 0.1}),
       ring(Ring{.intensity = 0.1})},
      {"ring/spotted", ring(Ring{.intensity = 0.1, .grains = 20, .grain_fwhm = 0.03}),
       ring(Ring{.intensity = 0.1, .grains = 300, .grain_fwhm = 0.1})},
      {"ring/spotted", spots(100, 20), spots(1, 20)},
      {"ring/textured", spots(100, 200), spots(100, 3000)},
      {"ring/textured", spots(100, 200),
       [](View& view) {
         spots(100, 3000)(view);
         view.beamline.obstruction = Obstruction{.kind = Obstruction::Kind::kBar,
                                                 .slow = 130,
                                                 .fast = 120,
                                                 .size = 20,
                                                 .transmission = 0.1};
       }},
      {"ring/hexagonal",
       [](View& view) {
         rings(Lattice::kHexagonal, {1, 3, 4})(view);
         for (Ring& one : view.scene.rings) one.orientation = 0.03;  // is there, but not seen
       },
       [](View& view) {
         rings(Lattice::kHexagonal, {1, 3, 4})(view);
         for (Ring& one : view.scene.rings) one.orientation = 0.8;
       }},
      {"ring/oriented_in_plane", ring(arc(2, kPi)), ring(arc(2, 0.6))},
      {"ring/oriented_out_of_plane", ring(arc(2, 1.4)), ring(arc(2, 0.6))},
      {"ring/sharp", ring(Ring{.q = 0.1, .intensity = 0.1, .fwhm = 1e-3}),
       ring(Ring{.q = 0.1, .intensity = 0.1, .fwhm = 0.005})},
      {"ring/broad", ring(Ring{.intensity = 0.1, .fwhm = 0.008}),
       ring(Ring{.intensity = 0.1, .fwhm = 0.003})},
      {"arc", ring(arc(2, 0)), ring(Ring{.intensity = 0.1})},
      {"bragg_peak", spots(3, 6), spots(100, 6)},
      {"halo/isotropic", halo(0), halo(0.6)},
      {"halo/oriented", halo(0.6), halo(0)},
      {"symmetry_2", ring(arc(2, 0)), ring(arc(4, 0))},
      {"symmetry_4", ring(arc(4, 0)), ring(arc(2, 0))},
      {"symmetry_6", halo(0.6, 6), halo(0, 6)},
      {"diffuse_low_q/isotropic", diffuse(100, 100), diffuse(300, 60)},
      {"diffuse_low_q/oriented", diffuse(300, 60), diffuse(100, 100)},
      {"diffuse_low_q/oriented", upright(0.5 * kPi), upright(0)},
      {"diffuse_high_q", [](View& view) { view.scene.high_q = 5, view.scene.high_q_length = 10; },
       [](View& view) {
         view.scene.high_q = 5, view.scene.high_q_length = 1e4;
         view.beamline.geometry.poni2 += 100e-6;  // it is 0 in the beam alone: between two pixels
       }},
      {"form_factor", spheres(150), spheres(15)},
      {"higher_orders", rings(Lattice::kOther, {1, 2}), rings(Lattice::kNone, {1, 2})},
      {"many_rings", rings(Lattice::kNone, {1, 2, 4, 6, 8}), rings(Lattice::kNone, {1, 2, 4, 6})},
  };
}

std::vector<Case> surface_features() {
  const Rod fringes{.intensity = 100, .fwhm = 0.001, .height = 500, .height_spread = 0.02};
  Rod blurred = fringes;
  blurred.height_spread = 0.8;
  Rod peak{.intensity = 20, .fwhm = 0.002, .profile = RodProfile::kGaussian, .q_z_fwhm = 0.004};
  Rod tall = peak;
  tall.q_z_fwhm = 0.05;
  const auto lit = [](double below) {
    return surface([below](View& view) {
      view.scene.background = 1;
      view.beamline.geometry.poni1 = 100.5 * 200e-6;
      view.scene.surface->below = below;
    });
  };
  return {
      {"rod", rod(tall), rod(peak)},
      {"bragg_peak", rod(peak), rod(tall)},
      {"form_factor", rod(fringes), rod(blurred)},
      {"diffuse_low_q", islands(0), islands(150)},
      {"specular_rod", surface([](View& view) { view.scene.surface->streak = 100; }),
       surface([](View&) {})},
      {"horizon", lit(0), lit(1)},
      {"horizon",
       [lit](View& view) {  // beside what slits scatter to both sides
         lit(0)(view);
         view.beamline.parasitic = 20;
       },
       lit(0.8)},
      {"horizon",
       [](View& view) {  // islands scatter upwards, whatever the substrate lets through
         islands(0)(view);
         view.scene.background = 0;
         view.beamline.geometry.poni1 = 100.5 * 200e-6;
         view.scene.surface->below = 0.75;
       },
       lit(0.75)},
      {"yoneda", surface([](View& view) { view.scene.background = 1; }),
       surface([](View& view) { view.scene.background = 1, view.scene.surface->delta = 0; })},
      {"yoneda", surface([](View& view) { view.scene.background = 1; }), surface([](View& view) {
         ring(Ring{.q = 0.095, .intensity = 1, .fwhm = 0.002, .lorentz = 0})(view);
         view.scene.background = 0;
         view.beamline.dark_rate = 100;
       })},
      {"ring/oriented_out_of_plane",
       surface(ring(Ring{
           .q = 0.03, .intensity = 0.1, .fwhm = 0.003, .orientation = 0.8, .director = kPi / 2})),
       surface(ring(Ring{.q = 0.03, .intensity = 0.1, .fwhm = 0.003, .orientation = 0.8}))},
  };
}

std::vector<Case> instruments() {
  const Change plain = with([](View&) {});
  return {
      {"instrument/beamstop_circular", beamstop(Beamstop::Kind::kDisk), plain},
      {"instrument/beamstop_linear", beamstop(Beamstop::Kind::kLine),
       beamstop(Beamstop::Kind::kWedge)},
      {"instrument/beamstop_wedge", beamstop(Beamstop::Kind::kWedge),
       beamstop(Beamstop::Kind::kDisk)},
      {"instrument/beamstop_circular", bare_beamstop(1, 0), bare_beamstop(0, 100)},
      {"instrument/beamstop_circular", bare_beamstop(1, 0),
       [](View& view) {  // dark counts, and a gap through its shadow
         bare_beamstop(0, 100)(view);
         auto band = view.beamline.mask.middleRows(95, 12);
         band = band.unaryExpr([](std::uint32_t bits) { return bits | scattering::kMaskGap; });
       }},
      {"instrument/beam_off_image", beam([](Beamline& b) { b.geometry.poni2 = -1e-3; }), plain},
      {"instrument/beam_off_image", beam([](Beamline& b) { b.geometry.rot1 = 2; }), plain},
      {"instrument/gaps", beam([](Beamline& b) {
         b.mask = scattering::Mask::Zero(b.slow, b.fast);
         b.mask.row(50) = scattering::kMaskGap;
       }),
       plain},
  };
}

std::vector<Case> problems() {
  const Change plain = with([](View&) {});
  return {
      {"problem/saturation", beam([](Beamline& b) { b.saturation = 5; }), plain},
      {"problem/blocked",
       beam([](Beamline& b) { b.obstruction = Obstruction{.slow = 100, .fast = 120, .size = 60}; }),
       beam([](Beamline& b) {
         b.obstruction = Obstruction{.slow = 100, .fast = 120, .size = 200};
       })},
      {"problem/zingers", beam([](Beamline& b) { b.hot_share = 1e-3; }),
       beam([](Beamline& b) { b.hot_share = 1e-3, b.hot_rate = 1; })},
      {"problem/zingers", beam([](Beamline& b) { b.hot_share = 1e-3; }),
       with([](View& view) {  // all pixels are at the limit, hot or not
         view.scene.background = 5;
         view.beamline.hot_share = 1e-3;
         view.beamline.saturation = 20;
       })},
      {"problem/parasitic_streaks", beam([](Beamline& b) { b.streak_slow = 1e3; }),
       beam([](Beamline& b) { b.streak_slow = 1e-3; })},
      {"problem/parasitic_streaks",
       beam([](Beamline& b) {  // narrow on a large detector: most pixels are not looked at
         b.slow = b.fast = 1000;
         b.resolution_fwhm = 0;
         b.geometry.poni1 = b.geometry.poni2 = 500.5 * 200e-6;
         b.streak_fast = 30;
       }),
       plain},
      {"problem/blocked",
       beam([](Beamline& b) { b.obstruction = Obstruction{.slow = 100, .fast = 120, .size = 60}; }),
       [](View& view) {  // the shadow lies within a ring, and holds what the sensor spreads of it
         ring(Ring{.q = 0.06, .intensity = 1, .fwhm = 0.002, .lorentz = 0})(view);
         view.scene.background = 0;
         view.beamline.point_spread = 1.5;
         view.beamline.hot_share = 1e-3;
         view.beamline.obstruction = Obstruction{
             .kind = Obstruction::Kind::kDisk, .slow = 100.5, .fast = 120.5, .size = 44};
       }},
      {"problem/weak", beam([](Beamline& b) { b.flux = 2e8; }), plain},
      {"problem/strong",
       with([](View& view) { view.beamline.flux = 1e13, view.scene.background = 1; }), plain},
      {"problem/empty", [](View& view) { view.scene.background = 1; }, plain},
      {"problem/empty", nothing,
       [](View& view) {
         nothing(view);
         halo(0)(view);
       }},
      {"problem/empty", surface([](View& view) {
         nothing(view);
         view.scene.background = 0;
       }),
       surface([](View& view) {
         nothing(view);
         view.scene.background = 0;
         ring(Ring{.intensity = 1})(view);
       })},
      {"problem/empty", surface(unsurfaced), surface(nothing)},  // it has a horizon
      {"problem/misaligned", beam([](Beamline& b) {
         b.stated = b.geometry;
         b.stated->poni1 += 10 * 200e-6;
       }),
       beam([](Beamline& b) {
         b.stated = b.geometry;
         b.stated->poni1 += 1 * 200e-6;
       })},
      {"problem/high_background", with([](View& view) { view.scene.background = 50; }), plain},
  };
}

std::vector<std::string> labels_of(const Change& change) {
  View view;
  change(view);
  return FrameMaker(view.beamline).labels(view.scene, 1);
}

void check(const std::vector<Case>& cases, const std::string& root) {
  for (const Case& one : cases) {
    EXPECT_THAT(labels_of(one.has), Contains(root + one.label));
    const auto lacking = labels_of(one.lacks);
    EXPECT_THAT(lacking, Not(Contains(root + one.label)));
    // It lacks the label alone, not the geometry that the label is below.
    if (!root.empty()) {
      EXPECT_THAT(lacking, Contains(root.substr(0, root.size() - 1))) << one.label;
    }
  }
}

TEST(LabelTable, TellsFeaturesInTransmission) { check(features(), "transmission_small_angle/"); }

TEST(LabelTable, TellsFeaturesAtGrazingIncidence) {
  check(surface_features(), "grazing_small_angle/");
}

TEST(LabelTable, TellsInstruments) { check(instruments(), ""); }

TEST(LabelTable, TellsProblems) { check(problems(), ""); }

// Hot pixels and what slits scatter are no sample, whatever the sensor makes of them.
TEST(LabelTable, TellsNoGeometryOfASensorsFaults) {
  View view;
  surface(nothing)(view);
  view.scene.background = 0;
  EXPECT_THAT(FrameMaker(view.beamline).labels(view.scene, 1),
              Not(Contains("grazing_small_angle")));
  EXPECT_THAT(labels_of(surface(unsurfaced)), Not(Contains("grazing_small_angle")));
  EXPECT_THAT(labels_of(surface(nothing)), Contains("grazing_small_angle"));
  const auto unknown = labels_of(surface([](View& one) {  // a film, but no sign of its surface
    unsurfaced(one);
    ring(Ring{.intensity = 1})(one);
  }));
  EXPECT_THAT(unknown, Not(Contains("grazing_small_angle")));
  EXPECT_THAT(unknown, Not(Contains("problem/empty")));
  view.scene = {};
  view.scene.background = 0;
  view.beamline.parasitic = 0;
  EXPECT_THAT(FrameMaker(view.beamline).labels(view.scene, 1),
              Not(Contains("transmission_small_angle")));
}

// Cosmic hits are those of a frame, not of what is expected.
TEST(LabelTable, CountsTheHitsThatAFrameHas) {
  View view;
  halo(0)(view);
  view.beamline.zinger_rate = 1e-3;
  const FrameMaker maker(view.beamline);
  EXPECT_THAT(maker.make(view.scene, 1, 1, 1).labels, Contains("problem/zingers"));
  EXPECT_THAT(maker.labels(view.scene, 1), Not(Contains("problem/zingers")));
  view.beamline.zinger_counts = 1e-3;  // each one count
  EXPECT_THAT(FrameMaker(view.beamline).make(view.scene, 1, 1, 1).labels,
              Not(Contains("problem/zingers")));
}

// Where every pixel is at the limit there is no ring to be seen.
TEST(LabelTable, SeesNothingBeyondTheDetectorsLimit) {
  View view;
  ring(Ring{.intensity = 0.1})(view);
  view.scene.background = 1;
  EXPECT_THAT(FrameMaker(view.beamline).labels(view.scene, 1),
              Contains("transmission_small_angle/ring"));
  view.beamline.saturation = 1;
  const auto labels = FrameMaker(view.beamline).labels(view.scene, 100);
  EXPECT_THAT(labels, Not(Contains("transmission_small_angle/ring")));
  EXPECT_THAT(labels, Contains("problem/saturation"));
  EXPECT_THAT(labels, Not(Contains("problem/empty")));
}

}  // namespace
}  // namespace foray::simulator::label_table_test
