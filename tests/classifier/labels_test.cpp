#include "foray/classifier/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace foray::classifier::labels_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t place(const std::vector<std::string>& paths, const std::string& path) {
  const auto found = std::find(paths.begin(), paths.end(), path);
  EXPECT_NE(found, paths.end()) << path;
  return static_cast<std::size_t>(found - paths.begin());
}

std::string json_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ",\"") + name + "\"";
  return "[" + text + "]";
}

// A hierarchy as its file has it, without blanks.
std::string json_of(const LabelHierarchy& hierarchy, int version) {
  std::string roots;
  for (const LabelRoot& root : hierarchy.roots) {
    std::string groups;
    for (const KindGroup& group : root.groups) {
      groups += (groups.empty() ? "" : ",") + ("{\"feature\":\"" + group.feature) +
                "\",\"kinds\":" + json_of(group.kinds) + ",\"minority\":\"" + group.minority +
                "\"}";
    }
    roots += (roots.empty() ? "" : ",") + ("{\"name\":\"" + root.name) +
             "\",\"features\":" + json_of(root.features) + ",\"groups\":[" + groups + "]}";
  }
  return "{\"version\":" + std::to_string(version) + ",\"roots\":[" + roots + "]}";
}

TEST(LabelHierarchy, ListsParentsBeforeTheirChildren) {
  const auto paths = label_paths(default_hierarchy());
  for (std::size_t k = 0; k < paths.size(); ++k) {
    const auto slash = paths[k].rfind('/');
    if (slash == std::string::npos) continue;
    EXPECT_LT(place(paths, paths[k].substr(0, slash)), k) << paths[k];
  }
}

TEST(LabelHierarchy, IsWhatTheFileDeclares) {
  std::ifstream file(FORAY_SOURCE_DIR "/classifier/labels/hierarchy.json");
  std::stringstream text;
  text << file.rdbuf();
  std::string declared = text.str();
  declared.erase(std::remove_if(declared.begin(), declared.end(),
                                [](unsigned char c) { return std::isspace(c) != 0; }),
                 declared.end());
  EXPECT_EQ(declared, json_of(default_hierarchy(), default_hierarchy_version()));
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

TEST(EncodeJudgement, FillsInParentsAndLeavesAKindThatNobodyNamedOpen) {
  const LabelHierarchy labels = default_hierarchy();
  const auto paths = label_paths(labels);
  const std::string root = "transmission_small_angle";
  const std::string ring = root + "/ring";
  const auto whole = encode_labels(labels, {root, ring, ring + "/lamellar", root + "/halo"});
  const auto leaves = encode_judgement(labels, {ring + "/lamellar", root + "/halo"});
  EXPECT_EQ(leaves.softmax, whole.softmax);
  EXPECT_EQ(leaves.sigmoid, whole.sigmoid);
  EXPECT_EQ(path_truth(labels, leaves)[place(paths, root + "/arc")], 0);
  const auto open = path_truth(labels, encode_judgement(labels, {ring}));
  EXPECT_EQ(open[place(paths, ring)], 1);
  EXPECT_EQ(open[place(paths, ring + "/lamellar")], -1);
  EXPECT_EQ(open[place(paths, root + "/disordered")], -1);
  // A feature that is not there has no kind to leave open.
  EXPECT_EQ(path_truth(labels, encode_judgement(labels, {root}))[place(paths, ring)], 0);
  EXPECT_EQ(encode_judgement(labels, {ring, root + "/disordered"}).softmax[1], 4);
}

TEST(EncodeJudgement, RefusesTwoKindsOfOneRing) {
  const std::string root = "transmission_small_angle";
  const std::vector<std::string> twice[] = {{root + "/ring/lamellar", root + "/ring/hexagonal"},
                                            {root + "/ring/lamellar", root + "/disordered"}};
  for (const auto& named : twice) {
    try {
      (void)encode_judgement(default_hierarchy(), named);
      ADD_FAILURE() << named[1];
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("one kind"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("lamellar"), std::string::npos) << error.what();
    }
  }
}

TEST(EncodeJudgement, RefusesAnUnknownLabelWithTheNearestOne) {
  const auto message = [](const std::vector<std::string>& named) -> std::string {
    try {
      (void)encode_judgement(default_hierarchy(), named);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message({"grazing_smal_angle/rod"}), HasSubstr("'grazing_small_angle/rod'"));
  EXPECT_THAT(message({"yoneda"}), HasSubstr("did you mean 'grazing_"));
  EXPECT_THAT(message({"something else"}), HasSubstr("'something else'"));
  EXPECT_THAT(message({"something else"}), Not(HasSubstr("did you mean")));
  EXPECT_THAT(message({""}), HasSubstr("got ''"));
  EXPECT_THAT(message({}), HasSubstr("exactly one geometry"));
  EXPECT_THAT(message({"grazing_small_angle", "grazing_wide_angle/rod"}), HasSubstr("got 2"));
}

TEST(PathProbabilities, NeverGiveAnyChildMoreThanItsParent) {
  const LabelHierarchy labels = default_hierarchy();
  const auto paths = label_paths(labels);
  std::mt19937_64 rng(4);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<int> compared(paths.size(), 0);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> decisions(output_layout(labels).outputs);
    // Certain answers too: every fourth one is 0 or 1.
    for (double& decision : decisions) {
      decision = uniform(rng);
      if (uniform(rng) < 0.25) decision = decision < 0.5 ? 0 : 1;
    }
    const auto p = path_probabilities(labels, decisions);
    for (std::size_t k = 0; k < paths.size(); ++k) {
      const auto slash = paths[k].rfind('/');
      if (slash == std::string::npos) continue;
      ++compared[k];
      EXPECT_LE(p[k], p[place(paths, paths[k].substr(0, slash))]) << paths[k];
    }
  }
  for (std::size_t k = 0; k < paths.size(); ++k) {
    EXPECT_EQ(compared[k], paths[k].find('/') == std::string::npos ? 0 : 200) << paths[k];
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
