// Models, crystals that stand still and islands on the detector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

#include "compose.h"
#include "foray/scattering/grazing.h"
#include "foray/scattering/lattices.h"
#include "foray/scattering/resolution.h"
#include "foray/scattering/surface_lattice.h"
#include "foray/simulator/beamline_spec.h"
#include "foray/simulator/frame_maker.h"
#include "reflections.h"
#include "small_beamline.h"

namespace foray::simulator::model_curves_test {
namespace {

constexpr double kPi = std::numbers::pi;
using testing::Contains;
using testing::Not;

Scene spheres(double radius) {
  Scene scene;
  scene.background = 0;
  scene.curves = {{"sphere", {{"radius", radius}, {"scale", 0.01}}, {}}};
  return scene;
}

Beamline sharp_beamline() {
  Beamline beamline = small_beamline();
  beamline.resolution_fwhm = 0;
  return beamline;
}

TEST(ModelCurves, GiveTheModelAtEveryPixelToAMillionth) {
  const FrameMaker maker(sharp_beamline());
  const Scene scene = spheres(600);
  const scattering::Image image = maker.intensity(scene);
  const scattering::Model sphere("sphere");
  for (Eigen::Index i = 3; i < image.rows(); i += 7) {
    for (Eigen::Index j = 2; j < image.cols(); j += 5) {
      const double q = maker.q()(i, j);
      const double exact =
          sphere.intensity(Eigen::VectorXd::Constant(1, q), scene.curves[0].values)[0];
      const double x = 600 * q;
      const double crest =
          sphere.intensity(Eigen::VectorXd::Constant(1, 1e-6), scene.curves[0].values)[0] *
          std::min(1.0, 9 / std::pow(x, 4));
      EXPECT_NEAR(image(i, j), exact, 2e-6 * crest) << i << ' ' << j;
    }
  }
}

TEST(ModelCurves, GiveTheCountsThatAreWorkedOutByHand) {
  const Beamline beamline = sharp_beamline();
  const FrameMaker maker(beamline);
  // 10^10 photons a second for 3 s through 0.1 cm of a sample that lets half of them out.
  const double photons = 1e10 * 3 * 0.5 * 0.1 * 0.8;
  // The pixel 50 rows above the beam's: 10 mm at 1 m.
  const double side = 50 * 200e-6;
  const double length = std::hypot(1.0, side);
  const double solid_angle = 200e-6 * 200e-6 / std::pow(length, 3);
  const double two_theta = std::atan(side);
  const double q = 4 * kPi * std::sin(0.5 * two_theta);
  const double polarization = 0.5 * (1 + std::pow(std::cos(two_theta), 2));
  // Spheres of 100 angstrom, one volume percent, contrast 5e-6 per square angstrom: I = phi V
  // contrast^2 (3 (sin x - x cos x) / x^3)^2, 1e8 from 1/angstrom to 1/cm.
  const double x = 100 * q;
  const double form = 3 * (std::sin(x) - x * std::cos(x)) / (x * x * x);
  const double intensity = 0.01 * 4 * kPi / 3 * 1e6 * 5e-6 * 5e-6 * form * form * 1e8;
  const double expected = photons * intensity * solid_angle * polarization;
  EXPECT_NEAR(maker.expected(spheres(100), 3)(150, 120) / expected, 1, 3e-6);
  Scene half = spheres(100);
  half.beam = 0.5;
  half.thickness_scale = 3;
  EXPECT_NEAR(maker.expected(half, 3)(150, 120) / expected, 1.5, 5e-6);
}

TEST(ModelCurves, AreSmearedByBeamAndBandwidth) {
  Beamline beamline = small_beamline();
  beamline.bandwidth = 0.1;
  const Scene scene = spheres(600);
  const FrameMaker maker(beamline);
  const scattering::Image image = maker.intensity(scene);
  const scattering::Model sphere("sphere");
  for (const Eigen::Index column : {124, 135, 150, 180, 230}) {
    const double q = maker.q()(100, column);
    const double dq = std::hypot(1e-3, 0.1 * q) / 2.3548200450309493;
    const double exact =
        scattering::smeared(Eigen::VectorXd::Constant(1, q), Eigen::VectorXd::Constant(1, dq),
                            [&](const Eigen::Ref<const Eigen::VectorXd>& at) {
                              return sphere.intensity(at, scene.curves[0].values);
                            })[0];
    EXPECT_NEAR(image(100, column) / exact, 1, 1e-5) << column;
  }
}

TEST(ModelCurves, AreLabelledByTheirShape) {
  const FrameMaker maker(small_beamline());
  const auto labels = [&](const char* model, const scattering::ModelValues& values) {
    Scene scene;
    scene.background = 0;
    scene.curves = {{model, values, {}, 1}};
    return maker.labels(scene, 10);
  };
  const std::string root = "transmission_small_angle/";
  const auto guinier = labels("guinier", {{"scale", 100}, {"rg", 60}});
  EXPECT_THAT(guinier, Contains(root + "diffuse_low_q"));
  EXPECT_THAT(guinier, Not(Contains(root + "halo")));
  EXPECT_THAT(guinier, Not(Contains(root + "ring")));
  const auto halo = labels(
      "broad_peak",
      {{"porod_scale", 0}, {"peak_pos", 0.06}, {"correlation_length", 60}, {"peak_scale", 100}});
  EXPECT_THAT(halo, Contains(root + "halo"));
  EXPECT_THAT(halo, Not(Contains(root + "ring")));
  // Crowded particles: what lies below the crest is its flank. Few: nothing but what falls.
  scattering::ModelValues spheres = {{"radius", 50}, {"volfraction", 0.4}};
  const auto crowded = labels("sphere@hardsphere", spheres);
  EXPECT_THAT(crowded, Contains(root + "halo"));
  EXPECT_THAT(crowded, Not(Contains(root + "diffuse_low_q")));
  spheres["volfraction"] = 0.03;
  const auto few = labels("sphere@hardsphere", spheres);
  EXPECT_THAT(few, Contains(root + "diffuse_low_q"));
  EXPECT_THAT(few, Not(Contains(root + "halo")));
  const auto ring = labels("gaussian_peak", {{"scale", 100}, {"peak_pos", 0.06}, {"sigma", 0.003}});
  EXPECT_THAT(ring, Contains(root + "ring"));
  EXPECT_THAT(ring, Not(Contains(root + "halo")));
}

LatticeComponent lattice(const char* name, int rings = 8) {
  LatticeComponent result;
  result.lattice = name;
  result.rings = rings;
  return result;
}

TEST(Reflections, LieWhereTheTableOfRingsHasThem) {
  const std::pair<const char*, scattering::Lattice> kinds[] = {
      {"lamellar", scattering::Lattice::kLamellar},
      {"hexagonal", scattering::Lattice::kHexagonal},
      {"square", scattering::Lattice::kSquare},
      {"simple_cubic", scattering::Lattice::kSimpleCubic},
      {"body_centered_cubic", scattering::Lattice::kBodyCenteredCubic},
      {"face_centered_cubic", scattering::Lattice::kFaceCenteredCubic}};
  for (const auto& [name, kind] : kinds) {
    const std::vector<Shell> found = shells(lattice(name), 300);
    const std::vector<scattering::Ring> known = scattering::rings(kind, 300, 8);
    ASSERT_EQ(found.size(), 8U);
    for (std::size_t i = 0; i < 8; ++i) {
      EXPECT_NEAR(found[i].q / known[i].q, 1, 1e-9) << name << i;
      EXPECT_EQ(static_cast<int>(found[i].members.size()), known[i].multiplicity) << name << i;
    }
  }
}

TEST(Reflections, HaveAStructureFactorWhoseMeanIsOne) {
  // The integral of S over the D-dimensional ball tends to the ball's volume.
  const std::pair<const char*, int> kinds[] = {{"lamellar", 1},
                                               {"hexagonal", 2},
                                               {"face_centered_cubic", 3},
                                               {"diamond", 3},
                                               {"hexagonal_close_packed", 3}};
  for (const auto& [name, dimensions] : kinds) {
    const std::vector<Shell> found = shells(lattice(name, 200), 100);
    const double end = 0.5 * (found[found.size() - 2].q + found.back().q);
    double integral = 0;
    for (std::size_t i = 0; i + 1 < found.size(); ++i) {
      const double q = found[i].q;
      integral += found[i].area * (dimensions == 1   ? 2
                                   : dimensions == 2 ? 2 * kPi * q
                                                     : 4 * kPi * q * q);
    }
    const double ball = dimensions == 1   ? 2 * end
                        : dimensions == 2 ? kPi * end * end
                                          : 4 * kPi / 3 * std::pow(end, 3);
    EXPECT_NEAR(integral / ball, 1, 0.03) << name;
  }
}

TEST(Reflections, AreThoseOfTheSameCrystalHoweverItIsWritten) {
  LatticeComponent cell = lattice("cell", 6);
  cell.sites = {{0, 0, 0, 1}, {0.5, 0.5, 0.5, 1}};
  const std::vector<Shell> body = shells(lattice("body_centered_cubic", 6), 200);
  const std::vector<Shell> same = shells(cell, 200);
  // The primitive cell of the face-centred lattice: a rhombohedron of 60 degrees.
  LatticeComponent primitive = lattice("cell", 6);
  primitive.cell = {1, 1, 60, 60, 60};
  primitive.sites = {CellSite{}};
  const std::vector<Shell> face = shells(lattice("face_centered_cubic", 6), 200);
  const std::vector<Shell> small = shells(primitive, 200 / std::sqrt(2));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(same[i].q, body[i].q, 1e-12);
    EXPECT_NEAR(same[i].area / body[i].area, 1, 1e-9);
    EXPECT_NEAR(small[i].q / face[i].q, 1, 1e-9);
    EXPECT_NEAR(small[i].area / face[i].area, 1, 1e-9);
  }
}

SampleSpec crystal(int grains) {
  SampleSpec spec;
  spec.coordinates = {{"x", "mm", 0, 1}};
  SamplePhase phase{"crystal", {}, {}, {}};
  LatticeComponent component = lattice("simple_cubic", 3);
  component.spacing = 120.0;
  component.domain_nm = 30.0;
  component.lorentz = 0.0;
  component.intensity = 2.0;
  component.grains = grains;
  component.mosaic_deg = 4.0;
  phase.components = {component};
  spec.phases = {phase};
  return spec;
}

TEST(Spots, OfManyGrainsAddUpToTheRing) {
  const FrameMaker maker(small_beamline());
  const scattering::Image ring = maker.intensity(compose_scene(crystal(0), 1));
  const scattering::Image grains = maker.intensity(compose_scene(crystal(3000), 1));
  // The first ring, 6 spots a grain of which one in thirty is near the sphere: 600 of them.
  const auto first = (maker.q() > 0.04 && maker.q() < 0.065).cast<double>();
  EXPECT_NEAR((grains * first).sum() / (ring * first).sum(), 1, 0.12);
}

TEST(Spots, LieWhereTheCrystalIsTurnedTo) {
  SampleSpec spec = crystal(0);
  auto& component = std::get<LatticeComponent>(spec.phases[0].components[0]);
  component.rotation_deg = {0.0, 0.0, 30.0};  // about the beam
  const Scene scene = compose_scene(spec, 1);
  const FrameMaker maker(small_beamline());
  const scattering::Image image = maker.intensity(scene);
  Eigen::Index row = 0, column = 0;
  image.bottomRows(95).rightCols(115).maxCoeff(&row, &column);
  row += 105, column += 125;
  // The axis along t1 is turned towards t2, by 30 degrees.
  const double distance = 2 * kPi / 120 / (2 * kPi) / 200e-6;  // q lambda / 2 pi at 1 m, in pixels
  EXPECT_NEAR(static_cast<double>(row), 100 + distance * std::cos(kPi / 6), 1);
  EXPECT_NEAR(static_cast<double>(column), 120 + distance * std::sin(kPi / 6), 1);
  const auto labels = maker.labels(scene, 10);
  EXPECT_THAT(labels, Contains("transmission_small_angle/bragg_peak"));
  EXPECT_THAT(labels, Not(Contains("transmission_small_angle/ring")));
  EXPECT_THAT(labels, Not(Contains("transmission_small_angle/arc")));
  EXPECT_THAT(labels, Contains("transmission_small_angle/higher_orders"));
}

TEST(Spots, AreIntegratedToTheirStrengthOnTheDetector) {
  // A spot whose sphere is nearly flat and whose point lies on it: intensity over the plane is the
  // whole times the Gaussian across the plane at its top.
  Scene scene;
  scene.background = 0;
  Spot spot;
  const double k = 2 * kPi;
  const double theta = 0.006;
  spot.q = k * Eigen::Vector3d(std::sin(2 * theta), 0, std::cos(2 * theta) - 1);
  spot.radial_fwhm = 0.004;
  spot.mosaic_fwhm = 0;
  spot.intensity = 3;
  scene.spots = {spot};
  const FrameMaker maker(sharp_beamline());
  const double pixel = k * 200e-6;  // in q, at the middle
  const double sigma = 0.004 / 2.3548200450309493;
  EXPECT_NEAR(maker.intensity(scene).sum() * pixel * pixel, 3 / (std::sqrt(2 * kPi) * sigma),
              0.002 * 3 / (std::sqrt(2 * kPi) * sigma));
}

TEST(Spots, KeepTheirStrengthWhereverTheyMeetAPixel) {
  BeamlineSpec spec;
  spec.detector = "pilatus100k";
  spec.beam_mm = 0;
  spec.beamstop.kind = Beamstop::Kind::kNone;
  Scene scene;
  scene.background = 0;
  const double k = 2 * kPi * 12.4 / 12.398419843320026, theta = 0.006;
  Spot spot;
  spot.q = k * Eigen::Vector3d(std::sin(2 * theta), 0, std::cos(2 * theta) - 1);
  spot.radial_fwhm = 1e-5;
  spot.mosaic_fwhm = 0;
  scene.spots = {spot};
  // As long as it is narrower than a pixel, it is seen as 0.6 pixel wide.
  const double pixel = k * 172e-6 / spec.distance_m;
  const double whole = 1 / (std::sqrt(2 * kPi) * 0.6 * pixel) / (pixel * pixel);
  for (const double off : {0.0, 0.25, 0.5}) {
    spec.beam_center = {{20.5 + off, 243.5 + off}};
    const FrameMaker maker(make_beamline(spec));
    EXPECT_NEAR(maker.intensity(scene).sum() / whole, 1, 0.01) << off;
  }
}

TEST(IslandsOnASurface, ScatterAsTheDistortedWavesSay) {
  Beamline beamline = sharp_beamline();
  beamline.geometry.poni1 = 10.5 * 200e-6;
  beamline.geometry.dist = 0.5;
  Scene scene;
  scene.background = 0;
  scene.surface = Surface{.incidence = 0.0035};
  scene.islands =
      Islands{.shape = scattering::SurfaceCylinder{60, 90}, .density = 2e-5, .distance = 300};
  const FrameMaker maker(beamline);
  const scattering::Image counts = maker.expected(scene, 2);
  scattering::GrazingSample sample;
  scattering::Layer substrate;
  substrate.delta = scene.surface->delta;
  substrate.beta = scene.surface->beta;
  sample.stack.layers = {scattering::Layer{}, substrate};
  sample.shape = scattering::SurfaceCylinder{60, 90};
  sample.delta = scene.islands->delta;
  sample.beta = scene.islands->beta;
  sample.density = 2e-5;
  sample.structure = scattering::radial_paracrystal(300, 45, 2000);
  const std::pair<int, int> pixels[] = {{40, 150}, {60, 121}, {120, 200}, {25, 30}};
  for (const auto& [i, j] : pixels) {
    const Eigen::Vector3d t =
        scattering::position(beamline.geometry, i + 0.5, j + 0.5).normalized();
    // The surface's normal leans back by the angle of incidence.
    const double sine = t[0] * std::cos(0.0035) - t[2] * std::sin(0.0035);
    const double along = t[0] * std::sin(0.0035) + t[2] * std::cos(0.0035);
    const double share = scattering::grazing_intensity(
        sample, 1, 0.0035, Eigen::VectorXd::Constant(1, std::asin(sine)),
        Eigen::VectorXd::Constant(1, std::atan2(t[1], along)))(0, 0);
    const double pixel = 200e-6 * 200e-6 / 0.25 * std::pow(t[2], 3);
    const double polarization = 0.5 * (1 + t[2] * t[2]);
    const double expected = 1e10 * 2 * 0.8 * share * pixel * polarization;
    // Tables are linear: good to 1e-3 of the crests of the fringes.
    const double crest = counts.col(j).segment(i - 15, 30).maxCoeff();
    EXPECT_NEAR(counts(i, j), expected, 1e-3 * crest) << i << ' ' << j;
  }
  EXPECT_EQ(counts(5, 100), 0);  // below the horizon
  EXPECT_THAT(maker.labels(scene, 1000), Contains("grazing_small_angle/rod"));
}

// In either two-dimensional order, as with a radial one.
TEST(IslandsOnASurface, InterfereOnACell) {
  Beamline beamline = sharp_beamline();
  beamline.geometry.poni1 = 10.5 * 200e-6;
  beamline.geometry.dist = 0.5;
  Scene scene;
  scene.background = 0;
  scene.surface = Surface{.incidence = 0.0035};
  scene.islands = Islands{.shape = scattering::SurfaceCylinder{60, 90}};
  const FrameMaker maker(beamline);
  const scattering::Image alone = maker.expected(scene, 2);
  Islands& islands = *scene.islands;
  islands.distance = 300;
  islands.distance_b = 350;
  islands.angle = kPi / 3;
  islands.domain = 700;
  const auto lattice = scattering::turned_lattice({300, 350, kPi / 3, 700}, 0.6);
  const auto paracrystal = scattering::turned_paracrystal({300, 350, kPi / 3, 45, 700});
  for (const bool is_lattice : {true, false}) {
    islands.order = is_lattice ? IslandOrder::kLattice : IslandOrder::kParacrystal;
    const scattering::Image counts = maker.expected(scene, 2);
    const std::pair<int, int> pixels[] = {{40, 150}, {40, 112}, {60, 130}, {120, 200}, {25, 108}};
    for (const auto& [i, j] : pixels) {
      const Eigen::Vector3d t =
          scattering::position(beamline.geometry, i + 0.5, j + 0.5).normalized();
      const double along = t[0] * std::sin(0.0035) + t[2] * std::cos(0.0035);
      const double q = 2 * kPi * std::hypot(along - std::cos(0.0035), t[1]);
      const double s = is_lattice ? lattice(q, 0) : paracrystal(q, 0);
      EXPECT_NEAR(counts(i, j) / alone(i, j) / s, 1, 5e-3) << i << ' ' << j;
    }
    EXPECT_THAT(maker.labels(scene, 1000), Contains("grazing_small_angle/rod"));
  }
}

// Pyramids that are turned at random, from the sum over turns.
TEST(IslandsOnASurface, MayBeOtherThanCylinders) {
  Beamline beamline = sharp_beamline();
  beamline.geometry.poni1 = 10.5 * 200e-6;
  beamline.geometry.dist = 0.5;
  Scene scene;
  scene.background = 0;
  scene.surface = Surface{.incidence = 0.0035};
  const scattering::PolygonFrustum pyramid{4, 90, 30, 70};
  scene.islands = Islands{.shape = pyramid, .distance = 300};
  const scattering::Image counts = FrameMaker(beamline).expected(scene, 2);
  const auto structure = scattering::radial_paracrystal(300, 45, 2000);
  scattering::Multilayer stack;
  stack.layers = {{}, {scene.surface->delta, scene.surface->beta, 0, 0}};
  const scattering::LayerField in = scattering::layer_fields(stack, 1, 0.0035)[0];
  const std::pair<int, int> pixels[] = {{21, 150}, {25, 121}, {60, 121}, {120, 200}, {30, 30}};
  for (const auto& [i, j] : pixels) {
    const Eigen::Vector3d t =
        scattering::position(beamline.geometry, i + 0.5, j + 0.5).normalized();
    const double sine = t[0] * std::cos(0.0035) - t[2] * std::sin(0.0035);
    const double along = t[0] * std::sin(0.0035) + t[2] * std::cos(0.0035);
    const double q = 2 * kPi * std::hypot(along - std::cos(0.0035), t[1]);
    const scattering::LayerField out = scattering::layer_fields(stack, 1, std::asin(sine))[0];
    double square = 0;
    std::complex<double> mean = 0;
    for (int n = 0; n < 90; ++n) {
      const double x = q * std::cos(2 * kPi * n / 90), y = q * std::sin(2 * kPi * n / 90);
      const auto at = [&](double qz) { return scattering::amplitude(pyramid, x, y, qz); };
      const double ki = in.kz.real(), kf = out.kz.real();
      const std::complex<double> form = at(-ki - kf) + in.reflected * at(ki - kf) +
                                        out.reflected * at(kf - ki) +
                                        in.reflected * out.reflected * at(ki + kf);
      square += std::norm(form) / 90;
      mean += form / 90.0;
    }
    const double share = scene.islands->density * kPi * kPi *
                         std::pow(2 * scene.islands->delta, 2) / std::sin(0.0035) *
                         (square + std::norm(mean) * (structure(q, 0) - 1));
    const double pixel = 200e-6 * 200e-6 / 0.25 * std::pow(t[2], 3);
    const double expected = 1e10 * 2 * 0.8 * share * pixel * 0.5 * (1 + t[2] * t[2]);
    const double crest = counts.col(j).segment(std::max(0, i - 15), 30).maxCoeff();
    EXPECT_NEAR(counts(i, j), expected, 2e-3 * crest) << i << ' ' << j;
  }
  EXPECT_EQ(counts(5, 100), 0);  // below the horizon
}

TEST(IslandsOnASurface, RefuseWhatTheirTablesCannotHold) {
  Beamline beamline = sharp_beamline();
  beamline.geometry.poni1 = 10.5 * 200e-6;
  beamline.geometry.dist = 0.5;  // to q 0.5
  Scene scene;
  scene.surface = Surface{.incidence = 0.0035};
  const Islands fine{
      .shape = scattering::SurfaceCylinder{900, 600}, .distance = 2000, .distance_spread = 0.1};
  scene.islands = fine;
  const FrameMaker maker(beamline);
  EXPECT_NO_THROW(static_cast<void>(maker.expected(scene, 1)));
  const auto refusal = [&](const Islands& islands) -> std::string {
    scene.islands = islands;
    try {
      static_cast<void>(maker.expected(scene, 1));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "(accepted)";
  };
  Islands coarse = fine;
  coarse.shape = scattering::SurfaceCylinder{1e4, 600};
  EXPECT_THAT(refusal(coarse), testing::HasSubstr("islands.radius: expected"));
  coarse = fine;
  coarse.shape = scattering::SurfaceCylinder{900, 1e4};
  EXPECT_THAT(refusal(coarse), testing::HasSubstr("islands.height: expected"));
  coarse = fine;
  coarse.distance_spread = 1e-3;
  coarse.domain = 1e6;
  EXPECT_THAT(refusal(coarse), testing::HasSubstr("islands.domain: expected"));
  coarse = fine;
  coarse.shape = scattering::SurfaceSphere{1e5};
  EXPECT_THAT(refusal(coarse), testing::HasSubstr("scene: islands: IslandForm: expected a shape"));
  coarse.shape = scattering::TruncatedCone{50, 60, 30};
  EXPECT_THAT(refusal(coarse), testing::HasSubstr("scene: islands: TruncatedCone: top_radius"));
}

}  // namespace
}  // namespace foray::simulator::model_curves_test
