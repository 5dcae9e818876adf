#include "foray/classifier/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace foray::classifier::labels_test {
namespace {

using ::testing::HasSubstr;

std::size_t place(const std::vector<std::string>& paths, const std::string& path) {
  const auto found = std::find(paths.begin(), paths.end(), path);
  EXPECT_NE(found, paths.end()) << path;
  return static_cast<std::size_t>(found - paths.begin());
}

TEST(LabelHierarchy, ListsParentsBeforeTheirChildren) {
  const auto paths = label_paths(default_hierarchy());
  for (std::size_t k = 0; k < paths.size(); ++k) {
    const auto slash = paths[k].rfind('/');
    if (slash == std::string::npos) continue;
    EXPECT_LT(place(paths, paths[k].substr(0, slash)), k) << paths[k];
  }
}

TEST(LabelHierarchy, GivesEveryOutputOneDecision) {
  const OutputLayout layout = output_layout(default_hierarchy());
  std::vector<int> taken(layout.outputs, 0);
  for (const SoftmaxRange range : layout.softmax) {
    for (int k = range.begin; k < range.end; ++k) ++taken[k];
  }
  for (const int k : layout.sigmoid) ++taken[k];
  EXPECT_EQ(taken, std::vector<int>(layout.outputs, 1));
}

TEST(LabelHierarchy, RefusesASlashARepeatAndAGroupWithoutItsFeature) {
  EXPECT_THROW(validate({}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a/b", {}, {}}}}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a", {"x", "x"}, {}}}}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a", {"x"}, {{"y", {"k"}, ""}}}}}), std::invalid_argument);
  EXPECT_NO_THROW(validate(default_hierarchy()));
}

TEST(EncodeLabels, MarksQuestionsOfOtherGeometriesAsNotArising) {
  const LabelHierarchy labels = default_hierarchy();
  const Targets targets = encode_labels(labels, {"grazing_small_angle", "grazing_small_angle/rod"});
  const auto paths = label_paths(labels);
  const auto truth = path_truth(labels, targets);
  EXPECT_EQ(truth[place(paths, "grazing_small_angle")], 1);
  EXPECT_EQ(truth[place(paths, "grazing_small_angle/rod")], 1);
  EXPECT_EQ(truth[place(paths, "grazing_small_angle/yoneda")], 0);
  EXPECT_EQ(truth[place(paths, "transmission_small_angle/ring")], 0);
  EXPECT_EQ(targets.softmax[1], -1);
  EXPECT_EQ(std::count(targets.sigmoid.begin(), targets.sigmoid.end(), 1), 1);
}

TEST(EncodeLabels, TellsKindsMinorityAndOtherOrderApart) {
  const LabelHierarchy labels = default_hierarchy();
  const std::string root = "transmission_small_angle";
  const std::string ring = root + "/ring";
  EXPECT_EQ(encode_labels(labels, {root, ring, ring + "/hexagonal"}).softmax[1], 1);
  EXPECT_EQ(encode_labels(labels, {root, ring, ring + "/lamellar", ring + "/oriented"}).softmax[1],
            2);
  EXPECT_EQ(encode_labels(labels, {root, ring}).softmax[1], 3);
  EXPECT_EQ(encode_labels(labels, {root, ring, root + "/disordered"}).softmax[1], 4);
  EXPECT_EQ(encode_labels(labels, {root}).softmax[1], -1);
}

TEST(EncodeLabels, RefusesNoGeometryAndTwo) {
  const LabelHierarchy labels = default_hierarchy();
  EXPECT_THROW((void)encode_labels(labels, {"other"}), std::invalid_argument);
  EXPECT_THROW((void)encode_labels(labels, {"grazing_small_angle", "grazing_wide_angle"}),
               std::invalid_argument);
}

TEST(PathProbabilities, NeverGiveAChildMoreThanItsParent) {
  const LabelHierarchy labels = default_hierarchy();
  const auto paths = label_paths(labels);
  std::mt19937_64 rng(4);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> decisions(output_layout(labels).outputs);
    for (double& decision : decisions) decision = uniform(rng);
    const auto p = path_probabilities(labels, decisions);
    for (std::size_t k = 0; k < paths.size(); ++k) {
      const auto slash = paths[k].rfind('/');
      if (slash == std::string::npos) continue;
      EXPECT_LE(p[k], p[place(paths, paths[k].substr(0, slash))] + 1e-15);
    }
  }
}

TEST(PathProbabilities, DisorderedKindsAndOtherOrderShareTheWholeGeometry) {
  const LabelHierarchy labels = default_hierarchy();
  const OutputLayout layout = output_layout(labels);
  std::vector<double> decisions(layout.outputs, 0.3);
  decisions[0] = 0.9;
  const SoftmaxRange kinds = layout.softmax[1];
  const double shares[] = {0.1, 0.2, 0.3, 0.25, 0.15};
  for (int k = kinds.begin; k < kinds.end; ++k) decisions[k] = shares[k - kinds.begin];
  const auto paths = label_paths(labels);
  const auto p = path_probabilities(labels, decisions);
  const std::string root = "transmission_small_angle/";
  const double sum =
      p[place(paths, root + "disordered")] + p[place(paths, root + "ring/lamellar")] +
      p[place(paths, root + "ring/hexagonal")] + p[place(paths, root + "ring/oriented")];
  const double other = 0.9 * 0.3 * 0.25;
  EXPECT_NEAR(sum + other, 0.9, 1e-12);
}

TEST(PathProbabilities, RefuseAnotherNumberOfDecisions) {
  try {
    (void)path_probabilities(default_hierarchy(), {0.5});
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("got 1"));
  }
}

}  // namespace
}  // namespace foray::classifier::labels_test
