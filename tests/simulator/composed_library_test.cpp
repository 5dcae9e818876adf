#include "foray/simulator/composed_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "foray/simulator/frame_maker.h"
#include "small_beamline.h"

namespace foray::simulator::composed_library_test {
namespace {

using testing::HasSubstr;

// A liquid that becomes a lattice along x; its particles grow with a hidden field.
SampleSpec gradient() {
  SampleSpec spec;
  spec.name = "gradient";
  spec.coordinates = {{"x", "mm", 0, 10}, {"temperature", "K", 280, 360}};
  spec.fields = {{"lumps", {"x"}, 0.5, 0, 0.1}};
  spec.definitions = {{"size", QuantityTable{"temperature", {280, 320, 360}, {50, 60, 60}}},
                      {"radius", "size * (1 + 0.1 * lumps)"}};
  SamplePhase lattice{"lattice", "step(x - 5, 1)", {}, {{"radius_nm", "radius / 10"}}};
  LatticeComponent fcc;
  fcc.lattice = "face_centered_cubic";
  fcc.spacing = "4 * radius";
  fcc.domain_nm = 80.0;
  fcc.displacement = 5.0;
  fcc.form = FormSpec{"sphere", {{"radius", "radius"}}, {}};
  lattice.components = {fcc};
  SamplePhase liquid{"liquid", {}, {}, {}};
  liquid.components = {ModelComponent{{"sphere@hardsphere",
                                       {{"radius", "radius"}, {"volfraction", 0.3}},
                                       {{"radius", {scattering::Distribution::kSchulz, 0.08}}}},
                                      0.5}};
  spec.phases = {lattice, liquid};
  spec.background = 0.01;
  spec.truth = {{"squared", "x^2"}};
  return spec;
}

TEST(ComposedLibrary, EvaluatesFormulasTablesAndFractions) {
  SampleSpec spec = gradient();
  spec.fields[0].spread = 0;
  const auto library = make_composed_library(spec, 1);
  EXPECT_EQ(library->coordinates(), (std::vector<std::string>{"x", "temperature"}));
  EXPECT_EQ(library->units(), (std::vector<std::string>{"mm", "K"}));
  EXPECT_EQ(library->range()(1, 1), 360);
  const Scene scene = library->scene(Eigen::Vector2d(5, 300));
  ASSERT_EQ(scene.curves.size(), 2U);  // what the lattice's disorder takes, and the liquid
  EXPECT_DOUBLE_EQ(scene.curves[0].values.at("radius"), 55);
  EXPECT_DOUBLE_EQ(scene.curves[0].displacement.value(), 5);
  EXPECT_DOUBLE_EQ(scene.curves[0].scale, 0.5);
  EXPECT_DOUBLE_EQ(scene.curves[1].scale, 0.25);
  EXPECT_DOUBLE_EQ(scene.rings[0].q, 2 * std::numbers::pi * std::sqrt(3) / 220);
  EXPECT_EQ(scene.rings[0].lattice, Lattice::kFaceCentered);
  EXPECT_DOUBLE_EQ(scene.background, 0.01);
  // From 10 to 90 % within the width.
  const GroundTruth truth = library->truth(Eigen::Vector2d(5.5, 300));
  EXPECT_NEAR(truth.values.at("fraction_lattice"), 0.9, 1e-12);
  EXPECT_NEAR(truth.values.at("fraction_liquid"), 0.1, 1e-12);
  EXPECT_DOUBLE_EQ(truth.values.at("squared"), 30.25);
  EXPECT_DOUBLE_EQ(truth.values.at("radius_nm"), 5.5);
  EXPECT_EQ(truth.phase, "lattice");
  EXPECT_DOUBLE_EQ(truth.grain_size, 80);
  EXPECT_NEAR(truth.period, 22 / std::sqrt(3), 1e-9);
  EXPECT_EQ(library->truth(Eigen::Vector2d(4, 300)).phase, "liquid");
  EXPECT_EQ(library->truth(Eigen::Vector2d(4, 300)).grain_size, 0);
}

TEST(ComposedLibrary, HasAHiddenFieldThatFollowsFromTheSeed) {
  double sum = 0, square = 0;
  constexpr int kSeeds = 100;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto library = make_composed_library(gradient(), seed);
    const auto radius = [&](double x) {
      return library->scene(Eigen::Vector2d(x, 340)).curves.back().values.at("radius");
    };
    const double lumps = (radius(3) / 60 - 1) / 0.1;
    sum += lumps;
    square += lumps * lumps;
    if (seed > 1) continue;
    EXPECT_EQ(radius(3), make_composed_library(gradient(), 1)
                             ->scene(Eigen::Vector2d(3, 340))
                             .curves.back()
                             .values.at("radius"));
    EXPECT_NEAR(radius(3), radius(3.001), 0.01);
    EXPECT_NE(radius(3), radius(6));
  }
  // Mean 0 and standard deviation 0.1 over samples: four standard errors.
  EXPECT_NEAR(sum / kSeeds, 0, 0.1 * 4 / std::sqrt(kSeeds));
  EXPECT_NEAR(std::sqrt(square / kSeeds), 0.1, 0.1 * 4 / std::sqrt(2.0 * kSeeds));
}

TEST(ComposedLibrary, AllowsWhatAMotorReadsBackAndHoldsWhatAClockSays) {
  SampleSpec spec = gradient();
  spec.coordinates[1].from = SampleCoordinate::From::kClock;
  const auto library = make_composed_library(spec, 1);
  EXPECT_NO_THROW(static_cast<void>(library->scene(Eigen::Vector2d(10.4, 300))));
  EXPECT_THROW(static_cast<void>(library->scene(Eigen::Vector2d(10.6, 300))),
               std::invalid_argument);
  EXPECT_EQ(library->scene(Eigen::Vector2d(5, 9e9)).curves[0].values.at("radius"),
            library->scene(Eigen::Vector2d(5, 360)).curves[0].values.at("radius"));
  EXPECT_THROW(static_cast<void>(library->scene(Eigen::VectorXd::Zero(1))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(library->scene(Eigen::VectorXd::Zero(3))), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(library->truth(Eigen::VectorXd::Zero(3))), std::invalid_argument);
}

TEST(ComposedLibrary, HoldsFractionsAtTheEndsOfTheRange) {
  SampleSpec spec = gradient();
  spec.phases[0].fraction = "x / 10";
  const auto library = make_composed_library(spec, 1);
  EXPECT_EQ(library->truth(Eigen::Vector2d(10.3, 300)).values.at("fraction_lattice"), 1);
  EXPECT_EQ(library->truth(Eigen::Vector2d(-0.3, 300)).values.at("fraction_lattice"), 0);
  // All else goes on: a motor that reads back 10.3 is there.
  EXPECT_DOUBLE_EQ(library->truth(Eigen::Vector2d(10.3, 300)).values.at("squared"), 10.3 * 10.3);
  EXPECT_NO_THROW(static_cast<void>(library->scene(Eigen::Vector2d(10.3, 300))));
}

TEST(ComposedLibrary, LooksAtWhatHasNoShareWhereItIsChecked) {
  SampleSpec spec = gradient();
  // At 2.5 mm alone, which is neither the middle nor a corner.
  SamplePhase hidden{"hidden", "exp(-(4 * (x - 2.5))^2) * (1 - step(x - 5, 1))", {}, {}};
  hidden.components = {ModelComponent{{"sphere", {{"radius", 30.0}}, {}}, 1.0}};
  spec.phases.push_back(hidden);
  EXPECT_NO_THROW(static_cast<void>(make_composed_library(spec, 1)));
  auto& model = std::get<ModelComponent>(spec.phases[2].components[0]);
  model.form.parameters["radius"] = "x - 1";  // nothing at the ends, where there is none of it
  EXPECT_NO_THROW(static_cast<void>(make_composed_library(spec, 1)));
  model.form.model = "shpere";
  EXPECT_THAT([&] { static_cast<void>(make_composed_library(spec, 1)); },
              testing::ThrowsMessage<std::invalid_argument>(
                  HasSubstr("/phases/2/components/0: model: unknown model")));
}

TEST(ComposedLibrary, HasOtherGrainsAtEachPlace) {
  SampleSpec spec = gradient();
  std::get<LatticeComponent>(spec.phases[0].components[0]).grains = 2;
  const auto library = make_composed_library(spec, 1);
  const Scene here = library->scene(Eigen::Vector2d(8, 300));
  const Scene again = library->scene(Eigen::Vector2d(8, 300));
  const Scene there = library->scene(Eigen::Vector2d(8.1, 300));
  ASSERT_FALSE(here.spots.empty());
  EXPECT_TRUE(here.rings.empty());
  EXPECT_EQ(here.spots[5].q, again.spots[5].q);
  EXPECT_GT((here.spots[5].q - there.spots[5].q).norm(), 1e-3);
}

TEST(ComposedLibrary, MixesKindsOfIslandsOnALattice) {
  SampleSpec spec = gradient();
  spec.surface = SurfaceSpec{};
  IslandComponent islands;
  islands.mixture = {{.share = "x", .radius = 40.0, .radius_spread = 0.1, .height = 30.0},
                     {.share = 2.0, .radius = 60.0, .radius_spread = 0.0, .height = "50 + x"}};
  islands.order = IslandOrder::kLattice;
  islands.distance = "200 + x";
  islands.distance_b = 300.0;
  islands.angle_deg = 120.0;
  islands.domain = 1500.0;
  islands.density = "1 / ((200 + x) * 300 * sin(pi / 3))";
  spec.phases[0].components = {islands};
  const Scene scene = make_composed_library(spec, 1)->scene(Eigen::Vector2d(5, 300));
  ASSERT_TRUE(scene.islands);
  EXPECT_EQ(scene.islands->order, IslandOrder::kLattice);
  EXPECT_DOUBLE_EQ(scene.islands->distance, 205);
  EXPECT_DOUBLE_EQ(scene.islands->distance_b, 300);
  EXPECT_DOUBLE_EQ(scene.islands->domain, 1500);
  EXPECT_NEAR(scene.islands->angle, 2 * std::numbers::pi / 3, 1e-15);
  // Half of the place is such a phase.
  EXPECT_NEAR(scene.islands->density, 0.5 / (205 * 300 * std::sqrt(0.75)), 1e-18);
  ASSERT_EQ(scene.islands->mixture.size(), 2U);
  EXPECT_DOUBLE_EQ(scene.islands->mixture[0].share, 5);
  EXPECT_DOUBLE_EQ(scene.islands->mixture[0].radius_spread, 0.1);
  EXPECT_DOUBLE_EQ(scene.islands->mixture[1].height, 55);
}

// One change of a sample, and what the refusal says.
struct Malformed {
  const char* name;
  void (*change)(SampleSpec& spec);
  const char* message;
};

LatticeComponent& lattice_of(SampleSpec& spec) {
  return std::get<LatticeComponent>(spec.phases[0].components[0]);
}
ModelComponent& liquid_of(SampleSpec& spec) {
  return std::get<ModelComponent>(spec.phases[1].components[0]);
}

void on_a_surface(SampleSpec& spec, const IslandComponent& islands) {
  spec.surface = SurfaceSpec{};
  spec.phases[0].components = {islands};
}

const Malformed kTable[] = {
    {"no_coordinates", [](SampleSpec& s) { s.coordinates.clear(); }, "/coordinates: expected at"},
    {"same_name", [](SampleSpec& s) { s.coordinates[1].name = "x"; }, "got \"x\" twice"},
    {"range", [](SampleSpec& s) { s.coordinates[0].upper = -1; }, "/coordinates/0/range: expected"},
    {"default", [](SampleSpec& s) { s.coordinates[0].value = 99; }, "/coordinates/0/value"},
    {"field_over", [](SampleSpec& s) { s.fields[0].over = {"z"}; }, "/fields/0/over: expected"},
    {"no_phases", [](SampleSpec& s) { s.phases.clear(); }, "/phases: expected at least one"},
    {"open_phases", [](SampleSpec& s) { s.phases[0].fraction.reset(); }, "/phases: expected a fra"},
    {"fraction", [](SampleSpec& s) { s.phases[0].fraction = "x"; }, "/phases/0/fraction: expected"},
    {"unknown_name", [](SampleSpec& s) { s.background = "2 * z"; }, "/background: \"2 * z\""},
    {"known_names", [](SampleSpec& s) { s.background = "z"; },
     "known names: x, temperature, lumps, size, radius"},
    {"later_name", [](SampleSpec& s) { s.definitions[0].value = "radius"; },
     "/definitions/0/value"},
    {"twice_defined", [](SampleSpec& s) { s.definitions[1].name = "size"; }, "got \"size\""},
    {"assignment", [](SampleSpec& s) { s.background = "x = 3"; }, "got an assignment"},
    {"syntax", [](SampleSpec& s) { s.thickness = "1 +"; }, "/thickness: \"1 +\""},
    {"not_finite", [](SampleSpec& s) { s.truth["r"] = "sqrt(x - 1)"; }, "/truth/r: expected a fin"},
    {"table_order",
     [](SampleSpec& s) {
       s.background = QuantityTable{"x", {1, 0}, {1, 2}};
     },
     "/background: expected places that ascend"},
    {"table_length",
     [](SampleSpec& s) {
       s.background = QuantityTable{"x", {0, 1}, {1}};
     },
     "got 1 for 2"},
    {"table_of",
     [](SampleSpec& s) {
       s.background = QuantityTable{"z", {0, 1}, {1, 2}};
     },
     "/background/of: expected one of x, temperature"},
    {"model", [](SampleSpec& s) { liquid_of(s).form.model = "shpere"; },
     "/phases/1/components/0: model: unknown model"},
    {"parameter", [](SampleSpec& s) { liquid_of(s).form.parameters["radiuss"] = 3.0; }, "radiuss"},
    {"negative", [](SampleSpec& s) { liquid_of(s).form.parameters["radius"] = "x - 5"; },
     "/phases/1/components/0: sphere@hardsphere"},
    {"packing", [](SampleSpec& s) { liquid_of(s).form.parameters["volfraction"] = 0.9; },
     "volfraction"},
    {"scale", [](SampleSpec& s) { liquid_of(s).scale = -1.0; }, "scene: curves["},
    {"lattice", [](SampleSpec& s) { lattice_of(s).lattice = "hexagona"; },
     "did you mean \"hexagonal\"?"},
    {"spacing", [](SampleSpec& s) { lattice_of(s).spacing = -3.0; }, "spacing"},
    {"sites", [](SampleSpec& s) { lattice_of(s).lattice = "cell"; }, "sites: expected at least"},
    {"cell",
     [](SampleSpec& s) {
       lattice_of(s).lattice = "cell";
       lattice_of(s).sites = {CellSite{}};
       lattice_of(s).cell = {1, 1, 10, 10, 120};
     },
     "cell: expected lengths > 0 and angles"},
    {"fractions_together",
     [](SampleSpec& s) {
       s.phases[0].fraction = 0.8;
       s.phases[1].fraction = 0.3;
     },
     "/phases: expected fractions that add up to 1 at most, got 1.1"},
    {"fractions_with_an_open_one",
     [](SampleSpec& s) {
       s.phases[0].fraction = 0.8;
       s.phases.insert(s.phases.begin(), {"other", 0.3, {}, {}});
     },
     "/phases: expected fractions that add up"},
    {"too_many_spots",
     [](SampleSpec& s) {
       lattice_of(s).grains = 10000;
       lattice_of(s).rings = 24;
     },
     "/phases/0/components/0: grains: expected 1e+06 spots at most, got 10000 grains of"},
    {"form_polydispersity",
     [](SampleSpec& s) {
       lattice_of(s).form->model = "cylinder";
       lattice_of(s).form->polydispersity["radius"].width = 0.1;
     },
     "/phases/0/components/0: form/polydispersity: expected it of particles that scatter the same"},
    {"form_polydispersity_of_a_sum",
     [](SampleSpec& s) {
       lattice_of(s).form = FormSpec{"sphere+sphere", {}, {{"A_radius", {}}}};
     },
     "/phases/0/components/0: sphere+sphere: expected one model of particles"},
    {"form_polydispersity_width",
     [](SampleSpec& s) { lattice_of(s).form->polydispersity["radius"].width = -0.1; },
     "/phases/0/components/0: sphere: radius: width: expected a finite value >= 0"},
    {"form_polydispersity_of_what",
     [](SampleSpec& s) { lattice_of(s).form->polydispersity["radiu"].width = 0.1; },
     "did you mean \"radius\"?"},
    {"form_background", [](SampleSpec& s) { lattice_of(s).form->parameters["background"] = 0.1; },
     "/phases/0/components/0/form/parameters/background: expected none"},
    {"form_structure_factor",
     [](SampleSpec& s) { lattice_of(s).form->model = "sphere@hardsphere"; },
     "/phases/0/components/0/form/model: expected particles"},
    {"within_of_a_parameter", [](SampleSpec& s) { s.coordinates[0].within["x"] = 1; },
     "/coordinates/0/within: expected it of a dose only"},
    {"within_what",
     [](SampleSpec& s) {
       s.coordinates.push_back({"dose", "s", 0, 9, SampleCoordinate::From::kDose, {}, {{"z", 1}}});
     },
     "/coordinates/2/within/z: expected a coordinate that is a parameter"},
    {"value_of_a_clock",
     [](SampleSpec& s) {
       s.coordinates.push_back({"time", "s", 0, 9, SampleCoordinate::From::kClock, 3.0});
     },
     "/coordinates/2/value: expected it of a parameter"},
    {"grains_and_rotation",
     [](SampleSpec& s) {
       lattice_of(s).grains = 2;
       lattice_of(s).rotation_deg = {0.0, 0.0, 0.0};
     },
     "/phases/0/components/0/grains: expected none but 1"},
    {"oriented_grains",
     [](SampleSpec& s) {
       lattice_of(s).grains = 2;
       lattice_of(s).orientation = 0.5;
     },
     "/phases/0/components/0/orientation: expected none"},
    {"sites_of_no_cell", [](SampleSpec& s) { lattice_of(s).sites = {CellSite{}}; },
     "/phases/0/components/0/sites: expected none"},
    {"intensity_of_a_form", [](SampleSpec& s) { lattice_of(s).intensity = 3.0; },
     "/phases/0/components/0/intensity: expected none"},
    {"scale_of_points",
     [](SampleSpec& s) {
       lattice_of(s).form.reset();
       lattice_of(s).scale = 3.0;
     },
     "/phases/0/components/0/scale: expected none"},
    {"truth_no_name", [](SampleSpec& s) { s.truth["a b"] = 3.0; }, "/truth/a b: expected a name"},
    {"truth_taken", [](SampleSpec& s) { s.truth["period"] = 3.0; }, "/truth/period: expected an"},
    {"phase_truth_taken", [](SampleSpec& s) { s.phases[0].truth["fraction_x"] = 3.0; },
     "/phases/0/truth/fraction_x: expected another"},
    {"two_of_one_name", [](SampleSpec& s) { s.phases[1].name = "lattice"; },
     "/phases/1/name: expected names that differ"},
    {"mixture_and_radius",
     [](SampleSpec& s) {
       s.phases[1].components = {IslandComponent{.radius = 60.0, .mixture = {IslandKindSpec{}}}};
     },
     "/phases/1/components/0/radius: expected none with a mixture"},
    {"mixture_without_shares",
     [](SampleSpec& s) {
       on_a_surface(s, IslandComponent{.mixture = {IslandKindSpec{.share = 0.0}}});
     },
     "/phases/0/components/0: scene: islands.mixture: expected shares with a sum above 0"},
    {"mixture_radius",
     [](SampleSpec& s) {
       on_a_surface(s, IslandComponent{.mixture = {{}, IslandKindSpec{.radius = "x - 20"}}});
     },
     "/phases/0/components/0: scene: islands.mixture[1].radius: expected"},
    {"mixture_of_spheres",
     [](SampleSpec& s) {
       on_a_surface(s, IslandComponent{.shape = IslandShape::kSphere, .mixture = {{}}});
     },
     "/phases/0/components/0/mixture: expected none of a sphere"},
    {"island_lattice_and_distance_spread",
     [](SampleSpec& s) {
       on_a_surface(s,
                    IslandComponent{
                        .distance = 300.0, .distance_spread = 0.1, .order = IslandOrder::kLattice});
     },
     "/phases/0/components/0/distance_spread: expected none of a lattice"},
    {"rod_needs_surface", [](SampleSpec& s) { s.phases[1].components = {RodComponent{}}; },
     "scene: rods: expected a surface"},
    {"spots_on_surface",
     [](SampleSpec& s) {
       s.surface = SurfaceSpec{};
       lattice_of(s).grains = 1;
     },
     "scene: spots"},
};

TEST(ComposedLibrary, SaysWhatIsWrongAndWhere) {
  for (const Malformed& row : kTable) {
    SampleSpec spec = gradient();
    row.change(spec);
    try {
      static_cast<void>(make_composed_library(spec, 1));
      ADD_FAILURE() << row.name << " was accepted";
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), HasSubstr(row.message)) << row.name;
    }
  }
}

TEST(ComposedLibrary, GivesTheSameFrameOnAnyNumberOfThreads) {
  const auto library = make_composed_library(gradient(), 5);
  const FrameMaker maker(small_beamline());
  const Scene scene = library->scene(Eigen::Vector2d(5, 300));
  const SimulatedFrame one = maker.make(scene, 1, 3, 4, 1), two = maker.make(scene, 1, 3, 4, 3);
  EXPECT_TRUE((one.frame.counts == two.frame.counts).all());
  EXPECT_EQ(one.labels, two.labels);
}

}  // namespace
}  // namespace foray::simulator::composed_library_test
