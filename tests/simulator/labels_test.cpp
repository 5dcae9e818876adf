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
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

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
    if (slash != std::string::npos) {
      EXPECT_TRUE(seen.count(path.substr(0, slash))) << path;
    }
  }
}

TEST(Labels, NameTheLatticeWhoseOrdersAreVisible) {
  EXPECT_THAT(
      labels_of(lamellar(0)),
      ElementsAre(kSmall, kSmall + "/ring", kSmall + "/ring/lamellar", kSmall + "/higher_orders"));
  Scene hexagonal = lamellar(0);
  for (Ring& ring : hexagonal.rings) ring.lattice = Lattice::kHexagonal;
  EXPECT_THAT(labels_of(hexagonal), Contains(kSmall + "/ring/hexagonal"));
  Scene first_only = lamellar(0);
  first_only.rings.resize(1);
  EXPECT_THAT(labels_of(first_only), ElementsAre(kSmall, kSmall + "/ring"));
}

TEST(Labels, CallArcsOrientedWhateverTheLattice) {
  EXPECT_THAT(labels_of(lamellar(0.8)),
              ElementsAre(kSmall, kSmall + "/ring", kSmall + "/ring/oriented", kSmall + "/arc",
                          kSmall + "/higher_orders"));
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
    const std::set<std::string> now(labels.begin(), labels.end());
    EXPECT_TRUE(std::includes(now.begin(), now.end(), last.begin(), last.end())) << flux;
    EXPECT_GE(now.size(), before);
    if (flux == 1e3) {
      EXPECT_THAT(labels, IsEmpty());
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
  EXPECT_THAT(labels_of(scene, 1e12), ElementsAre(kSmall));
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
  EXPECT_THAT(maker.labels(scene, 1), Contains(kSmall + "/ring/oriented"));
}

TEST(Labels, TellWideAnglesAndGrazingIncidence) {
  Beamline wide = small_beamline();
  wide.geometry.dist = 0.08;
  Scene scene;
  scene.background = 1;
  scene.halos = {Halo{.q = 1.2, .intensity = 5, .width = 0.2}};
  EXPECT_THAT(FrameMaker(wide).labels(scene, 1),
              ElementsAre("transmission_wide_angle", "transmission_wide_angle/halo"));
  scene.surface = Surface{};
  EXPECT_THAT(FrameMaker(wide).labels(scene, 1), Each(StartsWith("grazing_wide_angle")));
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
              ElementsAre(root, root + "/yoneda", root + "/horizon"));
  scene.rods = {Rod{.q = 0.02, .intensity = 20, .fwhm = 0.001, .height = 50}};
  EXPECT_THAT(FrameMaker(beamline).labels(scene, 1), Contains(root + "/rod"));
  beamline.flux = 1e3;
  EXPECT_THAT(FrameMaker(beamline).labels(scene, 1), IsEmpty());
}

}  // namespace
}  // namespace foray::simulator::labels_test
