#include "foray/simulator/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "foray/simulator/frame_maker.h"
#include "foray/simulator/profiles.h"
#include "small_beamline.h"

namespace foray::simulator::labels_test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;
using testing::Not;

const std::string kSmall = "transmission_small_angle";

Scene lamellar(double orientation) {
  Scene scene;
  scene.background = 0.05;
  for (int order = 1; order <= 3; ++order) {
    scene.rings.push_back(Ring{.q = 0.03 * order,
                               .intensity = 0.02 / (order * order),
                               .fwhm = 0.003,
                               .orientation = orientation,
                               .lattice = Lattice::kLamellar,
                               .order = order});
  }
  return scene;
}

std::vector<std::string> labels_of(const Scene& scene, double flux = 1e10) {
  Beamline beamline = small_beamline();
  beamline.flux = flux;
  return FrameMaker(beamline).labels(scene, 1);
}

TEST(LabelPaths, AreUniqueAndNameParentsFirst) {
  std::set<std::string> seen;
  for (const std::string& path : label_paths()) {
    EXPECT_TRUE(seen.insert(path).second) << path;
    const std::size_t slash = path.rfind('/');
    const bool is_aspect = path.rfind("instrument/", 0) == 0 || path.rfind("problem/", 0) == 0;
    if (slash != std::string::npos && !is_aspect) {
      EXPECT_TRUE(seen.count(path.substr(0, slash))) << path;
    }
  }
}

TEST(Labels, NameTheLatticeWhoseOrdersAreVisible) {
  EXPECT_THAT(
      labels_of(lamellar(0)),
      ElementsAre(kSmall, kSmall + "/ring", kSmall + "/ring/lamellar", kSmall + "/ring/isotropic",
                  kSmall + "/ring/broad", kSmall + "/higher_orders"));
  Scene hexagonal = lamellar(0);
  for (Ring& ring : hexagonal.rings) ring.lattice = Lattice::kHexagonal;
  EXPECT_THAT(labels_of(hexagonal), Contains(kSmall + "/ring/hexagonal"));
  Scene first_only = lamellar(0);
  first_only.rings.resize(1);
  EXPECT_THAT(
      labels_of(first_only),
      ElementsAre(kSmall, kSmall + "/ring", kSmall + "/ring/isotropic", kSmall + "/ring/broad"));
}

TEST(Labels, FollowTheRuleOfWhatIsVisible) {
  VisibilityRule rule;
  const auto labels = [&] { return FrameMaker(small_beamline(), rule).labels(lamellar(0), 1); };
  EXPECT_EQ(labels(), labels_of(lamellar(0), small_beamline().flux));
  rule.signal_to_noise = 1e6;  // of an exposure of hours
  EXPECT_THAT(labels(), Not(Contains(kSmall + "/ring")));
}

TEST(Labels, CallArcsOrientedWhateverTheLattice) {
  EXPECT_THAT(labels_of(lamellar(0.8)),
              ElementsAre(kSmall, kSmall + "/ring", kSmall + "/ring/oriented",
                          kSmall + "/ring/oriented_in_plane", kSmall + "/ring/broad",
                          kSmall + "/arc", kSmall + "/higher_orders", kSmall + "/symmetry_2"));
  EXPECT_THAT(labels_of(lamellar(0.005)), Not(Contains(kSmall + "/arc")));
}

TEST(Labels, AppearAsTheFluxRisesAndVanishAsItFalls) {
  Scene scene = lamellar(0.6);
  scene.halos = {Halo{.q = 0.05, .intensity = 0.3, .width = 0.015}};
  scene.power_law_scale = 5;
  std::size_t before = 0;
  std::set<std::string> last;
  for (const double flux : {1e3, 1e7, 3e7, 1e8, 3e8, 1e9, 1e11}) {
    const std::vector<std::string> labels = labels_of(scene, flux);
    std::set<std::string> now;
    for (const std::string& path : labels) {
      if (path.rfind(kSmall, 0) == 0) now.insert(path);
    }
    EXPECT_TRUE(std::includes(now.begin(), now.end(), last.begin(), last.end())) << flux;
    EXPECT_GE(now.size(), before);
    if (flux == 1e3) {
      EXPECT_THAT(labels, ElementsAre("problem/empty"));
    }
    before = now.size();
    last = now;
  }
  EXPECT_THAT(last, IsSupersetOf({kSmall + "/ring/oriented", kSmall + "/arc", kSmall + "/halo",
                                  kSmall + "/diffuse_low_q", kSmall + "/higher_orders"}));
}

TEST(Labels, DoNotNameWhatDrownsInTheRest) {
  Scene scene = lamellar(0);
  scene.background = 1e4;
  EXPECT_THAT(labels_of(scene, 1e12), ElementsAre(kSmall, "problem/saturation", "problem/strong",
                                                  "problem/empty", "problem/high_background"));
}

TEST(Labels, DoNotNameWhatIsMasked) {
  Beamline beamline = small_beamline();
  const FrameMaker open(beamline);
  beamline.mask = (open.q() < 0.045).select(scattering::Mask::Constant(200, 240, 256), 0U);
  Scene scene = lamellar(0);
  scene.rings.resize(1);
  EXPECT_THAT(FrameMaker(beamline).labels(scene, 1), Not(Contains(kSmall + "/ring")));
}

// Beside a crystal's spots next to nothing is expected, whose inverse is infinite.
TEST(Labels, NameSpotsBesidePixelsOfDenormalCounts) {
  Scene scene;
  scene.background = 1e-312;
  scene.spots = {Spot{.q = {0, 0.05, 0}, .intensity = 1e-3, .radial_fwhm = 0.002}};
  const FrameMaker maker(small_beamline());
  const scattering::Image expected = maker.expected(scene, 1);
  EXPECT_GT(expected.minCoeff(), 0);
  EXPECT_LT(expected.minCoeff(), 1e-309);
  EXPECT_THAT(maker.labels(scene, 1), Contains(kSmall + "/bragg_peak"));
}

TEST(Labels, TellWideAnglesAndGrazingIncidence) {
  Beamline wide = small_beamline();
  wide.geometry.dist = 0.08;
  Scene scene;
  scene.background = 1;
  scene.halos = {Halo{.q = 1.2, .intensity = 5, .width = 0.2}};
  EXPECT_THAT(FrameMaker(wide).labels(scene, 1),
              ElementsAre("transmission_wide_angle", "transmission_wide_angle/halo",
                          "transmission_wide_angle/halo/isotropic", "problem/strong"));
  scene.surface = Surface{};
  EXPECT_THAT(FrameMaker(wide).labels(scene, 1), Contains("grazing_wide_angle/halo"));
}

TEST(Labels, NameRodsYonedaAndHorizon) {
  Beamline beamline = small_beamline();
  beamline.geometry.dist = 2;
  beamline.geometry.poni1 = 20.5 * 200e-6;
  Scene scene;
  scene.background = 1;
  scene.surface = Surface{};
  const std::string root = "grazing_small_angle";
  EXPECT_THAT(FrameMaker(beamline).labels(scene, 1),
              ElementsAre(root, root + "/yoneda", root + "/horizon", "problem/high_background"));
  scene.rods = {Rod{.q = 0.02, .intensity = 20, .fwhm = 0.001, .height = 50}};
  EXPECT_THAT(FrameMaker(beamline).labels(scene, 1), Contains(root + "/rod"));
  beamline.flux = 1e3;
  EXPECT_THAT(FrameMaker(beamline).labels(scene, 1), ElementsAre("problem/empty"));
}

}  // namespace
}  // namespace foray::simulator::labels_test
