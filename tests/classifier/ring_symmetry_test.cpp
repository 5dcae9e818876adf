#include "ring_symmetry.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "foray/common/random.h"

namespace foray::classifier::ring_symmetry_test {
namespace {

constexpr double kPi = std::numbers::pi;

// Ten pixels a bin, mean(chi) counts a pixel; seed 0: without noise.
template <typename Mean>
scattering::BinnedIntensity profile_of(const Mean& mean, std::uint64_t seed) {
  scattering::BinnedIntensity profile;
  profile.centre.resize(kRingBins);
  profile.signal.resize(kRingBins);
  profile.variance.resize(kRingBins);
  profile.normalization = Eigen::VectorXd::Constant(kRingBins, 10);
  CounterStream random(seed, 0);
  for (int k = 0; k < kRingBins; ++k) {
    profile.centre(k) = -kPi + 2 * kPi * (k + 0.5) / kRingBins;
    const double counts = 10 * mean(profile.centre(k));
    profile.signal(k) = seed == 0 ? counts : random.poisson(counts);
    profile.variance(k) = seed == 0 ? 0 : profile.signal(k);
  }
  return profile;
}

double sixfold(double chi) { return 5 + 3 * std::cos(6 * (chi - 0.3)); }
double fourfold(double chi) { return 5 + 3 * std::cos(4 * (chi - 0.3)); }

TEST(TurnSymmetry, IsOneForTheOrdersOfThePatternAndLessForOthers) {
  for (const int order : {2, 3, 6}) {
    const RingSymmetry result = turn_symmetry(profile_of(sixfold, 0), order);
    ASSERT_TRUE(result.valid);
    EXPECT_NEAR(result.score, 1, 1e-9) << order;
  }
  // cos(6 x) against itself turned by 2 pi k / 4: the mean over k of cos(3 pi k) is -1/3.
  EXPECT_NEAR(turn_symmetry(profile_of(sixfold, 0), 4).score, -1.0 / 3, 1e-9);
  EXPECT_NEAR(turn_symmetry(profile_of(fourfold, 0), 4).score, 1, 1e-9);
  // The mean over k = 1 to 5 of cos(4 pi k / 3) is -1/5.
  EXPECT_NEAR(turn_symmetry(profile_of(fourfold, 0), 6).score, -1.0 / 5, 1e-9);
}

TEST(TurnSymmetry, ComparesOnlyWhatIsSeen) {
  auto profile = profile_of(sixfold, 0);
  profile.normalization.segment(40, 70).setZero();
  profile.signal.segment(40, 70).setConstant(1e9);
  const RingSymmetry result = turn_symmetry(profile, 6);
  ASSERT_TRUE(result.valid);
  EXPECT_NEAR(result.score, 1, 1e-9);
}

TEST(TurnSymmetry, IsNotToldOfARingWithoutStructureOrWithoutPixels) {
  const auto flat = [](double) { return 20.0; };
  int told = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    if (turn_symmetry(profile_of(flat, seed), 6).valid) ++told;
  }
  // Three standard errors, one side, of a sum that is nearly normal: well below 2 %.
  EXPECT_LE(told, 4);
  EXPECT_FALSE(turn_symmetry(profile_of(flat, 0), 6).valid);
  auto dark = profile_of(sixfold, 0);
  dark.normalization.setZero();
  EXPECT_FALSE(turn_symmetry(dark, 6).valid);
}

TEST(TurnSymmetry, IsUnbiasedUnderNoiseAndItsVarianceIsNotTooSmall) {
  constexpr int kTrials = 200;
  // Sixfold with a twofold part: 1 - (1 - cos) of the twofold share.
  const auto mixed = [](double chi) { return 5 + 3 * std::cos(6 * chi) + 1.5 * std::cos(2 * chi); };
  const double exact = turn_symmetry(profile_of(mixed, 0), 6).score;
  double sum = 0;
  double squares = 0;
  double told = 0;
  for (int k = 0; k < kTrials; ++k) {
    const RingSymmetry result = turn_symmetry(profile_of(mixed, 1000 + k), 6);
    ASSERT_TRUE(result.valid);
    sum += result.score - exact;
    squares += (result.score - exact) * (result.score - exact);
    told += result.variance;
  }
  const double scatter = squares / kTrials;
  EXPECT_LT(std::abs(sum / kTrials), 4 * std::sqrt(scatter / kTrials));
  EXPECT_GT(told / kTrials, 0.7 * scatter);
  EXPECT_LT(told / kTrials, 3 * scatter);
}

TEST(MirrorSymmetry, FindsTheLine) {
  // Mirrors of this are at 0.3 + pi k only.
  const auto odd = [](double chi) {
    const double x = chi - 0.3;
    return 9 + 3 * std::cos(x) + 2 * std::cos(2 * x) + std::cos(3 * x);
  };
  const RingSymmetry result = mirror_symmetry(profile_of(odd, 0));
  ASSERT_TRUE(result.valid);
  EXPECT_GT(result.score, 0.995);
  EXPECT_NEAR(result.azimuth, 0.3, kPi / kRingBins);
  // A wheel of saw teeth has turns and no mirror.
  const auto teeth = [](double chi) { return 5 + std::fmod(chi + kPi, kPi / 2); };
  EXPECT_LT(mirror_symmetry(profile_of(teeth, 0)).score, 0.6);
  EXPECT_NEAR(turn_symmetry(profile_of(teeth, 0), 4).score, 1, 1e-9);
}

TEST(TurnSymmetry, RefusesOrdersThatDoNotDivideTheCircle) {
  const auto profile = profile_of(sixfold, 0);
  for (const int order : {0, 1, 7, 11, 13}) {
    EXPECT_THROW((void)turn_symmetry(profile, order), std::invalid_argument) << order;
  }
}

}  // namespace
}  // namespace foray::classifier::ring_symmetry_test
