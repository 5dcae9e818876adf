#include "foray/codec/sample_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "foray/codec/campaign_codec.h"
#include "foray/codec/json.h"
#include "foray/simulator/composed_library.h"

namespace foray::codec::sample_codec_test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::vector<fs::path> ready_samples() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(FORAY_SOURCE_DIR) / "demo/samples")) {
    files.push_back(entry.path());
  }
  return files;
}

std::string text_of_file(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(SampleCodec, ReadsBackWhatItWritesOfEveryReadySample) {
  const std::vector<fs::path> files = ready_samples();
  ASSERT_GE(files.size(), 6U);
  for (const fs::path& file : files) {
    const SampleFile once = read_sample_file(text_of_file(file));
    const std::string written = write_sample_file(once);
    const SampleFile twice = read_sample_file(written);
    EXPECT_EQ(write_sample_file(twice), written) << file;
    // And it scatters the same.
    const auto a = simulator::make_composed_library(once.sample, 4);
    const auto b = simulator::make_composed_library(twice.sample, 4);
    const Eigen::VectorXd middle = a->range().rowwise().mean();
    const simulator::Scene left = a->scene(middle), right = b->scene(middle);
    ASSERT_EQ(left.rings.size(), right.rings.size()) << file;
    for (std::size_t i = 0; i < left.rings.size(); ++i) {
      EXPECT_EQ(left.rings[i].q, right.rings[i].q);
      EXPECT_EQ(left.rings[i].intensity, right.rings[i].intensity);
    }
    ASSERT_EQ(left.curves.size(), right.curves.size()) << file;
    for (std::size_t i = 0; i < left.curves.size(); ++i) {
      EXPECT_EQ(left.curves[i].values, right.curves[i].values);
    }
    EXPECT_EQ(left.spots.size(), right.spots.size()) << file;
  }
}

const char* const kSample = R"({
  "coordinates": [{"name": "x", "range": [0, 10], "unit": "mm"}],
  "phases": [
    {"name": "a", "fraction": "x / 10", "components": [
      {"kind": "model", "model": "sphere", "parameters": {"radius": "50 + x"}}]},
    {"name": "b", "components": [{"kind": "halo", "q": 0.1}]}
  ]
})";

TEST(SampleCodec, BelongsToACampaignThatReadsBack) {
  const std::string campaign = std::string(R"({
    "parameters": [{"name": "x", "range": [0, 10]}],
    "instrument": {"adapter": "simulator", "beamline": {"detector": "pilatus300k"}, "sample": )") +
                               kSample + R"(},
    "observables": [{"name": "f", "from": "peak:first/position"}],
    "objective": {"kind": "explore", "observable": "f"}})";
  const CampaignFile file = read_campaign(campaign);
  const auto& spec = std::get<SimulatorInstrumentSpec>(file.instrument.settings);
  ASSERT_TRUE(spec.composed && spec.beamline);
  EXPECT_EQ(spec.composed->phases.size(), 2U);
  const std::string written = write_campaign(file);
  EXPECT_EQ(write_campaign(read_campaign(written)), written);
}

TEST(SampleCodec, KnowsCylindersOfOneDirection) {
  const std::string text = R"({"sample": {
    "coordinates": [{"name": "shear", "range": [0, 10]}],
    "phases": [{"name": "rods", "components": [
      {"kind": "cylinders", "scale": 0.02, "radius": 30, "length": "500 + shear", "length_spread": 0.1,
       "theta_deg": 90, "phi_deg": "5 * shear", "phi_spread_deg": "20 - shear", "points": 31}]}]}})";
  const SampleFile once = read_sample_file(text);
  const std::string written = write_sample_file(once);
  const auto library = simulator::make_composed_library(read_sample_file(written).sample, 1);
  const simulator::Scene scene = library->scene(Eigen::VectorXd::Constant(1, 4));
  ASSERT_EQ(scene.cylinders.size(), 1U);
  const simulator::OrientedCylinders& rods = scene.cylinders[0];
  EXPECT_EQ(rods.scale, 0.02);
  EXPECT_EQ(rods.length, 504);
  EXPECT_EQ(rods.length_spread, 0.1);
  EXPECT_NEAR(rods.phi * 180 / 3.141592653589793, 20, 1e-12);
  EXPECT_NEAR(rods.phi_spread * 180 / 3.141592653589793, 16, 1e-12);
  EXPECT_EQ(rods.points, 31);
}

TEST(SampleCodec, KnowsRoughSurfacesAndFilms) {
  const std::string text = R"({"sample": {
    "coordinates": [{"name": "dose", "range": [0, 10]}], "surface": {},
    "phases": [{"name": "stack", "components": [
      {"kind": "roughness", "roughness": "3 + 0.1 * dose", "length": 500, "hurst": 0.3, "vertical": "complete", "repeats": 4,
       "films": [{"thickness": "80 - dose", "delta": 1e-5, "beta": 3e-7, "roughness": 2}, {"thickness": 40}]}]}]}})";
  const std::string written = write_sample_file(read_sample_file(text));
  EXPECT_EQ(write_sample_file(read_sample_file(written)), written);
  const auto library = simulator::make_composed_library(read_sample_file(written).sample, 1);
  const simulator::Scene scene = library->scene(Eigen::VectorXd::Constant(1, 4));
  ASSERT_EQ(scene.roughness.size(), 1U);
  const simulator::Roughness& rough = scene.roughness[0];
  EXPECT_NEAR(rough.roughness, 3.4, 1e-12);
  EXPECT_EQ(rough.length, 500);
  EXPECT_EQ(rough.hurst, 0.3);
  EXPECT_EQ(rough.vertical, scattering::VerticalCorrelation::kComplete);
  ASSERT_EQ(rough.films.size(), 8U);
  EXPECT_EQ(rough.films[6].thickness, 76);
  EXPECT_EQ(rough.films[6].delta, 1e-5);
  EXPECT_EQ(rough.films[7].thickness, 40);
}

std::string refusal_of_islands(const std::string& members) {
  try {
    static_cast<void>(read_sample_file(R"({"sample": {
      "coordinates": [{"name": "x", "range": [0, 10]}], "surface": {},
      "phases": [{"name": "a", "components": [{"kind": "islands", )" +
                                       members + "}]}]}}"));
  } catch (const CodecError& error) {
    return error.what();
  }
  return "(accepted)";
}

TEST(SampleCodec, KnowsOrderedIslands) {
  const std::string text = R"({"sample": {
    "coordinates": [{"name": "x", "range": [0, 10]}], "surface": {},
    "phases": [{"name": "film", "components": [
      {"kind": "islands", "order": "paracrystal", "distance": "200 + x", "distance_b": 300, "angle_deg": "60 + x"}]}]}})";
  const std::string written = write_sample_file(read_sample_file(text));
  EXPECT_EQ(write_sample_file(read_sample_file(written)), written);
  const auto library = simulator::make_composed_library(read_sample_file(written).sample, 1);
  const simulator::Scene scene = library->scene(Eigen::VectorXd::Constant(1, 4));
  ASSERT_TRUE(scene.islands);
  EXPECT_EQ(scene.islands->order, simulator::IslandOrder::kParacrystal);
  EXPECT_EQ(scene.islands->distance, 204);
  EXPECT_EQ(scene.islands->distance_b, 300);
  EXPECT_NEAR(scene.islands->angle * 180 / 3.141592653589793, 64, 1e-12);
}

TEST(SampleCodec, KnowsTheShapesOfIslands) {
  const auto shape_of = [](const std::string& members) {
    const std::string text = R"({"sample": {
      "coordinates": [{"name": "x", "range": [0, 10]}], "surface": {},
      "phases": [{"name": "a", "components": [{"kind": "islands", )" +
                             members + "}]}]}}";
    const std::string written = write_sample_file(read_sample_file(text));
    EXPECT_EQ(write_sample_file(read_sample_file(written)), written);
    const auto library = simulator::make_composed_library(read_sample_file(written).sample, 1);
    return library->scene(Eigen::VectorXd::Constant(1, 4)).islands->shape;
  };
  const auto cylinder = std::get<scattering::SurfaceCylinder>(shape_of(R"("radius": "30 + x")"));
  EXPECT_EQ(cylinder.radius, 34);
  EXPECT_EQ(cylinder.height, 50);
  const auto sphere =
      std::get<scattering::SurfaceSphere>(shape_of(R"("shape": "sphere", "radius": 40)"));
  EXPECT_EQ(sphere.radius, 40);
  const auto box = std::get<scattering::SurfaceBox>(
      shape_of(R"("shape": "box", "length": 60, "width": "40 + 10 * x", "height": 30)"));
  EXPECT_EQ(box.length_x, 60);
  EXPECT_EQ(box.length_y, 80);
  EXPECT_EQ(box.height, 30);
  const auto cone = std::get<scattering::TruncatedCone>(
      shape_of(R"("shape": "cone", "radius": 60, "top_radius": 20)"));
  EXPECT_EQ(cone.top_radius, 20);
  const auto pyramid = std::get<scattering::PolygonFrustum>(
      shape_of(R"("shape": "pyramid", "edge": 90, "height": 60)"));
  EXPECT_EQ(pyramid.sides, 4);
  EXPECT_EQ(pyramid.top_edge, 0);
  const auto prism =
      std::get<scattering::PolygonFrustum>(shape_of(R"("shape": "prism", "sides": 3, "edge": 90)"));
  EXPECT_EQ(prism.sides, 3);
  EXPECT_EQ(prism.top_edge, 90);
}

TEST(SampleCodec, RefusesImpossibleShapesOfIslands) {
  const std::string place = "/sample/phases/0/components/0";
  EXPECT_THAT(refusal_of_islands(R"("shape": "spere")"), HasSubstr("did you mean \"sphere\"?"));
  EXPECT_THAT(refusal_of_islands(R"("shape": "sphere", "height": 50)"),
              HasSubstr(place + "/height: expected none of a sphere"));
  EXPECT_THAT(refusal_of_islands(R"("edge": 50)"),
              HasSubstr(place + "/edge: expected none of a cylinder"));
  EXPECT_THAT(refusal_of_islands(R"("shape": "prism", "edge": 50, "top_edge": 5)"),
              HasSubstr(place + "/top_edge: expected none of a prism"));
  EXPECT_THAT(refusal_of_islands(R"("shape": "cone", "sides": 3)"),
              HasSubstr(place + "/sides: expected none of a cone"));
  EXPECT_THAT(refusal_of_islands(R"("shape": "pyramid")"),
              HasSubstr(place + ": expected the key \"edge\" of a pyramid"));
  EXPECT_THAT(refusal_of_islands(R"("shape": "box", "length": 50)"),
              HasSubstr(place + ": expected the key \"width\" of a box"));
  EXPECT_THAT(refusal_of_islands(R"("shape": "pyramid", "edge": 50, "sides": 2)"),
              HasSubstr(place + "/sides: expected an integer from 3 to 100"));
  EXPECT_THAT(refusal_of_islands(R"("shape": "cone", "radius": 50, "top_radius": "60")"),
              HasSubstr(place + ": scene: islands: TruncatedCone: top_radius: expected"));
  EXPECT_THAT(refusal_of_islands(R"("shape": "pyramid", "edge": 50, "top_edge": 51)"),
              HasSubstr(place + ": scene: islands: PolygonFrustum: top_edge: expected"));
  EXPECT_THAT(refusal_of_islands(R"("shape": "box", "length": 50, "width": 0)"),
              HasSubstr(place + ": scene: islands: SurfaceBox: length_y: expected"));
  EXPECT_THAT(refusal_of_islands(R"("radius": -1)"),
              HasSubstr(place + ": scene: islands: SurfaceCylinder: radius: expected"));
}

TEST(SampleCodec, RefusesImpossibleIslands) {
  const std::string place = "/sample/phases/0/components/0: ";
  EXPECT_THAT(refusal_of_islands(R"("order": "lattice")"),
              HasSubstr(place + "scene: islands.distance of a cell: expected"));
  EXPECT_THAT(refusal_of_islands(R"("order": "lattice", "distance": 200, "angle_deg": 200)"),
              HasSubstr(place + "scene: islands.angle: expected"));
  EXPECT_THAT(
      refusal_of_islands(
          R"("order": "paracrystal", "distance": 200, "distance_spread": 0.001, "domain": 9e8)"),
      HasSubstr(place + "SurfaceParacrystal: spread: expected more than"));
}

TEST(SampleCodec, KnowsIslandsOfSeveralKindsOnALattice) {
  const std::string text = R"({"sample": {
    "coordinates": [{"name": "dose", "range": [0, 10]}],
    "surface": {"incidence_deg": 0.2},
    "phases": [{"name": "film", "components": [
      {"kind": "islands", "domain": 1200,
       "mixture": [{"share": "10 - dose", "radius": 40, "radius_spread": 0.1, "height": 30},
                   {"radius": "60 + dose", "height": 80}],
       "order": "lattice", "distance": "300 + dose", "distance_b": 250, "angle_deg": 110}]}]}})";
  const SampleFile once = read_sample_file(text);
  const std::string written = write_sample_file(once);
  EXPECT_EQ(write_sample_file(read_sample_file(written)), written);
  const auto library = simulator::make_composed_library(read_sample_file(written).sample, 1);
  const simulator::Scene scene = library->scene(Eigen::VectorXd::Constant(1, 4));
  ASSERT_TRUE(scene.islands);
  const simulator::Islands& islands = *scene.islands;
  ASSERT_EQ(islands.mixture.size(), 2U);
  EXPECT_EQ(islands.mixture[0].share, 6);
  EXPECT_EQ(islands.mixture[0].radius_spread, 0.1);
  EXPECT_EQ(islands.mixture[1].share, 1);
  EXPECT_EQ(islands.mixture[1].radius, 64);
  EXPECT_EQ(islands.mixture[1].height, 80);
  EXPECT_EQ(islands.order, simulator::IslandOrder::kLattice);
  EXPECT_EQ(islands.distance, 304);
  EXPECT_EQ(islands.distance_b, 250);
  EXPECT_EQ(islands.domain, 1200);
}

struct Malformed {
  const char* pointer;  // within the file
  const char* value;    // "-" removes the key
  const char* message;
};

const Malformed kTable[] = {
    {"/sample", "-", "expected the key \"sample\""},
    {"/sampel", "{}", "/sampel: unknown key; did you mean \"sample\"?"},
    {"/sample/phases", "-", "/sample: expected the key \"phases\""},
    {"/sample/coordinates/0/range", "[3, 1]", "/sample/coordinates/0/range: expected two incr"},
    {"/sample/coordinates/0/from", "\"clok\"", "did you mean \"clock\"?"},
    {"/sample/phases/0/components/0/kind", "\"modell\"", "did you mean \"model\"?"},
    {"/sample/phases/0/components/0/modle", "3",
     "/sample/phases/0/components/0/modle: unknown key"},
    {"/sample/phases/0/components/0/model", "\"spere\"", "/sample/phases/0/components/0: "},
    {"/sample/phases/0/components/0/parameters/radius", "\"50 + z\"",
     "/sample/phases/0/components/0/parameters/radius: \"50 + z\""},
    {"/sample/phases/0/components/0/parameters/radius", "[1]",
     "/sample/phases/0/components/0/parameters/radius: expected a number, a formula"},
    {"/sample/phases/0/components/0/parameters/radius", "{\"of\": \"x\", \"at\": [0, 1]}",
     "expected the key \"values\""},
    {"/sample/phases/0/components/0/polydispersity",
     "{\"radius\": {\"kind\": \"array\", \"width\": 1}}",
     "/polydispersity/radius/kind: expected one of"},
    {"/sample/phases/0/components/0", "{\"kind\": \"cylinders\", \"lenght\": 3}",
     "did you mean \"length\"?"},
    {"/sample/phases/0/components/0", "{\"kind\": \"cylinders\", \"points\": 400}", "/points: "},
    {"/sample/phases/0/components/0", "{\"kind\": \"cylinders\", \"radius\": -3}",
     "cylinders[0].radius"},
    {"/sample/phases/0/components/0", "{\"kind\": \"islands\", \"order\": \"latice\"}",
     "did you mean \"lattice\"?"},
    {"/sample/phases/0/components/0", "{\"kind\": \"islands\", \"distance_b\": 300}",
     "/components/0/distance_b: expected none but of a lattice or a paracrystal"},
    {"/sample/phases/0/components/0", "{\"kind\": \"islands\", \"angle_deg\": \"60\"}",
     "/components/0/angle_deg: expected none but of a lattice or a paracrystal"},
    {"/sample/phases/0/components/0", "{\"kind\": \"roughness\"}",
     "/sample/phases/0/components/0: scene: roughness: expected a surface"},
    {"/sample/phases/0/components/0", "{\"kind\": \"roughness\", \"hurts\": 1}",
     "did you mean \"hurst\"?"},
    {"/sample/phases/0/components/0", "{\"kind\": \"roughness\", \"hurst\": \"2\"}",
     "roughness[0].hurst: expected a value in [0.1, 1]"},
    {"/sample/phases/0/components/0", "{\"kind\": \"roughness\", \"vertical\": \"all\"}",
     "/vertical: expected one of"},
    {"/sample/phases/0/components/0", "{\"kind\": \"roughness\", \"films\": [{\"delta\": 0}]}",
     "/films/0: expected the key \"thickness\""},
    {"/sample/phases/0/components/0",
     "{\"kind\": \"lattice\", \"lattice\": \"hexagon\", \"spacing\": 100}",
     "did you mean \"hexagonal\"?"},
    {"/sample/phases/0/components/0", "{\"kind\": \"islands\", \"mixture\": [{\"size\": 3}]}",
     "/sample/phases/0/components/0/mixture/0/size: unknown key"},
    {"/sample/phases/0/components/0", "{\"kind\": \"islands\", \"mixture\": []}",
     "/sample/phases/0/components/0/mixture: expected an array of 1 to 32 kinds of cylinders"},
    {"/sample/phases/0/components/0",
     "{\"kind\": \"islands\", \"mixture\": [{\"radius\": \"50 + z\"}]}",
     "/sample/phases/0/components/0/mixture/0/radius: \"50 + z\""},
    {"/sample/phases/0/components/0",
     "{\"kind\": \"islands\", \"shape\": \"sphere\", \"mixture\": [{\"radius\": 60}]}",
     "/sample/phases/0/components/0/mixture: expected none of a sphere"},
    {"/sample/background", "\"x - 9\"", "/sample/background: expected a value in [0, 1e+30], got"},
    {"/sample/thickness", "0", "/sample/thickness: expected a value in"},
    {"/sample/beam", "-1", "/sample/beam: expected a value in [0"},
    {"/sample/surface", "{\"incidence_deg\": 0}", "/sample/surface: scene: surface.incidence"},
    {"/sample/coordinates/0/within", "{\"x\": 1}", "/sample/coordinates/0/within: expected it"},
    {"/sample/coordinates/1",
     "{\"name\": \"d\", \"range\": [0, 1], \"from\": \"dose\", \"within\": {\"z\": 1}}",
     "/sample/coordinates/1/within/z: expected a coordinate that is a parameter"},
    {"/sample/phases/0/fraction", "\"x\"", "/sample/phases/0/fraction: "},
    {"/beamline", "{\"detector\": \"pilatus\"}", "/beamline: make_detector: expected one of"},
    {"/beamline", "{\"beamstop\": {\"kind\": \"square\"}}", "/beamline/beamstop/kind: expected"},
    {"/beamline", "{\"energy\": 8}", "/beamline/energy: unknown key"},
    {"/beamline", "{\"distance_m\": 0}", "/beamline/distance_m: expected a number > 0"},
};

TEST(SampleCodec, NamesThePlaceOfAMistake) {
  for (const Malformed& row : kTable) {
    Json file = {{"sample", Json::parse(kSample)}};
    const Json::json_pointer pointer(row.pointer);
    if (std::string(row.value) == "-") {
      file.at(pointer.parent_pointer()).erase(pointer.back());
    } else {
      file[pointer] = Json::parse(row.value);
    }
    try {
      static_cast<void>(read_sample_file(file.dump()));
      ADD_FAILURE() << row.pointer << " was accepted";
    } catch (const CodecError& error) {
      EXPECT_THAT(error.what(), HasSubstr(row.message)) << row.pointer;
    }
  }
}

}  // namespace
}  // namespace foray::codec::sample_codec_test
