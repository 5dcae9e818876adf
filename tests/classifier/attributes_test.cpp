#include "attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "foray/classifier/labels.h"
#include "method_outputs.h"

namespace foray::classifier::attributes_test {
namespace {

using ::testing::ElementsAre;

// Two geometries and a question of every frame, in the order of label paths.
const std::vector<std::string> kPaths = {"a", "a/ring", "a/halo",      "a/ring/bcc",
                                         "b", "b/ring", "problem/weak"};

TEST(Attributes, AreFoundBelowEveryRootAndByThemselves) {
  EXPECT_THAT(bench::places_of({"", {"ring", "halo"}}, kPaths),
              ElementsAre(ElementsAre(1, 2), ElementsAre(5)));
  EXPECT_THAT(bench::places_of({"", {"problem/weak"}}, kPaths), ElementsAre(ElementsAre(6)));
  EXPECT_THAT(bench::places_of({"", {"ring/bcc"}}, kPaths), ElementsAre(ElementsAre(3)));
  EXPECT_TRUE(bench::places_of({"", {"ring/fcc"}}, kPaths).empty());
}

TEST(Attributes, AreTrueWhereAnyPathIsAndUnknownWhereOneMayBe) {
  const bench::Places places = {{1, 2}, {5}};
  EXPECT_EQ(bench::attribute_truth(places, {1, 0, 1, 0, 0, 0, 0}), 1);
  EXPECT_EQ(bench::attribute_truth(places, {1, -1, 1, 0, 0, 0, 0}), 1);
  EXPECT_EQ(bench::attribute_truth(places, {1, -1, 0, 0, 0, 0, 0}), -1);
  EXPECT_EQ(bench::attribute_truth(places, {1, 0, 0, 1, 0, 0, 1}), 0);
}

TEST(Attributes, ScoreTheLikeliestPathOfEachRootTogether) {
  const bench::Places places = {{1, 2}, {5}};
  EXPECT_DOUBLE_EQ(bench::attribute_score(places, {0.7, 0.2, 0.5, 0.1, 0.3, 0.25, 0.9}), 0.75);
}

TEST(Attributes, KnowRootsAndWhatLiesBelowThem) {
  EXPECT_FALSE(bench::is_aspect(kPaths, "a"));
  EXPECT_FALSE(bench::is_aspect(kPaths, "a/ring/bcc"));
  EXPECT_TRUE(bench::is_aspect(kPaths, "problem/weak"));
  EXPECT_EQ(bench::likeliest_root(kPaths, {0.2, 0.9, 0, 0, 0.3, 0, 0.8}), 4U);
  EXPECT_EQ(bench::likeliest_root(kPaths, {0.5, 0.1, 0, 0, 0.3, 0, 0.8}), 0U);
  EXPECT_THAT(bench::features_of_root(kPaths, {1, 1, 0, -1, 0, 0, 1}),
              ElementsAre(-1, 1, 0, -1, -1, -1, -1));
  // A frame that shows nothing of a sample.
  EXPECT_THAT(bench::features_of_root(kPaths, {-1, 0, 0, 0, -1, 0, 1}),
              ElementsAre(-1, -1, -1, -1, -1, -1, -1));
}

TEST(Attributes, OfTheLabelsThatAreBuiltInAreKnownByOneNameEach) {
  const auto paths = label_paths(default_hierarchy());
  EXPECT_EQ(bench::ten_attributes().size(), 10U);
  EXPECT_EQ(bench::seventeen_attributes().size(), 17U);
  for (const auto* set : {&bench::ten_attributes(), &bench::seventeen_attributes()}) {
    std::set<std::string> names;
    for (const auto& attribute : *set) names.insert(attribute.name);
    EXPECT_EQ(names.size(), set->size());
  }
  // Rings and halos are asked in all four geometries.
  EXPECT_EQ(bench::places_of(bench::ten_attributes()[2], paths).size(), 4U);
  EXPECT_EQ(bench::places_of(bench::ten_attributes()[4], paths).size(), 4U);
}

TEST(OutputTruth, IsOneOfWhatExcludesEachOtherAndNothingThatIsNotAsked) {
  LabelHierarchy labels;
  labels.roots = {{"a", {"ring", "halo"}, {{"ring", {"bcc", "fcc"}, "disordered"}}},
                  {"b", {"ring"}, {}}};
  const OutputLayout layout = output_layout(labels);
  // Outputs: a, b; a/ring, a/halo, b/ring; bcc, fcc, other, minority.
  EXPECT_THAT(bench::output_truth(layout, encode_labels(labels, {"a", "a/ring", "a/ring/fcc"})),
              ElementsAre(1, 0, 1, 0, -1, 0, 1, 0, 0));
  EXPECT_THAT(bench::output_truth(layout, encode_labels(labels, {"b"})),
              ElementsAre(0, 1, -1, -1, 0, -1, -1, -1, -1));
}

}  // namespace
}  // namespace foray::classifier::attributes_test
