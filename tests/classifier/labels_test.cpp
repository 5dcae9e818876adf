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
                "\",\"traits\":" + json_of(group.traits) + "}";
    }
    roots += (roots.empty() ? "" : ",") + ("{\"name\":\"" + root.name) +
             "\",\"features\":" + json_of(root.features) + ",\"groups\":[" + groups + "]}";
  }
  std::string aspects;
  for (const LabelAspect& aspect : hierarchy.aspects) {
    aspects += (aspects.empty() ? "" : ",") + ("{\"name\":\"" + aspect.name) +
               "\",\"questions\":" + json_of(aspect.questions) + "}";
  }
  return "{\"version\":" + std::to_string(version) + ",\"roots\":[" + roots + "],\"aspects\":[" +
         aspects + "]}";
}

// What a path lies below; "" for a geometry and for an aspect's question.
std::string parent_of(const LabelHierarchy& hierarchy, const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string above = slash == std::string::npos ? "" : path.substr(0, slash);
  for (const LabelAspect& aspect : hierarchy.aspects) {
    if (aspect.name == above) return "";
  }
  return above;
}

TEST(LabelHierarchy, ListsParentsBeforeTheirChildren) {
  const auto paths = label_paths(default_hierarchy());
  for (std::size_t k = 0; k < paths.size(); ++k) {
    const auto slash = paths[k].rfind('/');
    if (parent_of(default_hierarchy(), paths[k]).empty()) continue;
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

TEST(LabelHierarchy, TellsTraitsFromKindsAndQuestions) {
  const LabelHierarchy labels = default_hierarchy();
  const std::string root = "transmission_small_angle";
  for (const char* trait : {"/ring/sharp", "/ring/isotropic", "/halo/oriented"}) {
    EXPECT_TRUE(is_trait(labels, root + trait)) << trait;
  }
  for (const std::string& other :
       {root, root + "/ring", root + "/ring/lamellar", root + "/ring/oriented",
        root + "/halo/sharp", root + "/disordered", std::string("problem/weak"),
        std::string("elsewhere/ring/sharp")}) {
    EXPECT_FALSE(is_trait(labels, other)) << other;
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

TEST(LabelHierarchy, NamesWhatEachOutputIsAbout) {
  const LabelHierarchy labels = {
      {{"t", {"ring", "halo"}, {{"ring", {"one", "two"}, "none", {"sharp"}}}}, {"u", {"rod"}, {}}},
      {{"problem", {"empty", "foreign"}}}};
  const std::vector<std::string> expected = {"t",
                                             "u",
                                             "t/ring",
                                             "t/halo",
                                             "u/rod",
                                             "t/ring/one",
                                             "t/ring/two",
                                             "t/ring/(other)",
                                             "t/ring/(minority)",
                                             "t/ring/sharp",
                                             "problem/empty",
                                             "problem/foreign"};
  EXPECT_EQ(output_names(labels), expected);
  EXPECT_EQ(static_cast<int>(expected.size()), output_layout(labels).outputs);
  // The target at that place is what a named path marks.
  for (const std::string path : {"t/halo", "t/ring/sharp", "problem/foreign"}) {
    std::vector<std::string> paths = {"t", path};
    if (path == "t/ring/sharp") paths.emplace_back("t/ring");
    const auto place = sigmoid_place(labels, path);
    ASSERT_TRUE(place.has_value()) << path;
    EXPECT_EQ(encode_labels(labels, paths).sigmoid.at(*place), 1) << path;
  }
  for (const std::string path : {"t", "t/ring/one", "t/ring/(other)", "problem", "u/halo"}) {
    EXPECT_FALSE(sigmoid_place(labels, path).has_value()) << path;
  }
  EXPECT_TRUE(sigmoid_place(default_hierarchy(), kForeign).has_value());
}

TEST(LabelHierarchy, TellsForeignExamplesWhereItAsksForThem) {
  const LabelHierarchy labels = {{{"t", {"ring"}, {}}}, {{"problem", {"empty", "foreign"}}}};
  const auto is_foreign = foreign_test(labels);
  EXPECT_TRUE(is_foreign(encode_labels(labels, {"t", "problem/foreign"})));
  EXPECT_FALSE(is_foreign(encode_labels(labels, {"t", "problem/empty"})));
  EXPECT_FALSE(is_foreign(encode_judgement(labels, {"t"}))) << "left open";
  const LabelHierarchy silent = {{{"t", {"foreign"}, {}}}};
  EXPECT_FALSE(foreign_test(silent)(encode_labels(silent, {"t", "t/foreign"})));
}

TEST(LabelHierarchy, RefusesASlashARepeatAndAGroupWithoutItsFeature) {
  EXPECT_THROW(validate({}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a/b", {}, {}}}}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a", {"x", "x"}, {}}}}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a", {"x"}, {{"y", {"k"}, ""}}}}}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a", {"x"}, {{"x", {}, "", {}}}}}}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a", {"x"}, {{"x", {}, "none", {"t"}}}}}}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a", {"x"}, {{"x", {"t"}, "", {"t"}}}}}}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a", {}, {}}}, {{"b", {}}}}), std::invalid_argument);
  EXPECT_THROW(validate({{{"a", {}, {}}}, {{"a", {"q"}}}}), std::invalid_argument);
  EXPECT_NO_THROW(validate({{{"a", {"x"}, {{"x", {}, "", {"t"}}}}}, {{"b", {"q"}}}}));
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
            4);
  EXPECT_EQ(encode_labels(labels, {root, ring}).softmax[1], 5);
  EXPECT_EQ(encode_labels(labels, {root, ring, root + "/disordered"}).softmax[1], 6);
  EXPECT_EQ(encode_labels(labels, {root}).softmax[1], -1);
}

TEST(EncodeLabels, AsksTraitsOnlyWhereTheirFeatureIsThere) {
  const LabelHierarchy labels = default_hierarchy();
  const auto paths = label_paths(labels);
  const std::string root = "grazing_wide_angle";
  const auto targets = encode_labels(labels, {root, root + "/ring", root + "/ring/sharp"});
  const auto truth = path_truth(labels, targets);
  EXPECT_EQ(truth[place(paths, root + "/ring/sharp")], 1);
  EXPECT_EQ(truth[place(paths, root + "/ring/broad")], 0);
  EXPECT_EQ(truth[place(paths, root + "/halo/oriented")], 0);
  EXPECT_EQ(truth[place(paths, "grazing_small_angle/ring/sharp")], 0);
  // Of all traits only the seven of this ring are trained on, beside features and aspects.
  const auto asked = std::count_if(targets.sigmoid.begin(), targets.sigmoid.end(),
                                   [](int answer) { return answer >= 0; });
  EXPECT_EQ(asked, 16 + 7 + 5 + 10);
}

TEST(EncodeLabels, OfAFrameThatShowsNothingLeavesTheGeometryOpen) {
  const LabelHierarchy labels = default_hierarchy();
  const auto paths = label_paths(labels);
  const auto targets = encode_labels(labels, {"problem/empty", "instrument/gaps"});
  EXPECT_EQ(targets.softmax[0], -1);
  const auto truth = path_truth(labels, targets);
  EXPECT_EQ(truth[place(paths, "grazing_small_angle")], -1);
  EXPECT_EQ(truth[place(paths, "grazing_small_angle/rod")], 0);
  EXPECT_EQ(truth[place(paths, "transmission_small_angle/ring/bcc")], 0);
  EXPECT_EQ(truth[place(paths, "transmission_small_angle/ring/sharp")], 0);
  EXPECT_EQ(truth[place(paths, "transmission_small_angle/disordered")], -1);
  EXPECT_EQ(truth[place(paths, "problem/empty")], 1);
  EXPECT_EQ(truth[place(paths, "problem/weak")], 0);
  EXPECT_EQ(truth[place(paths, "instrument/gaps")], 1);
}

TEST(EncodeLabels, RefusesNoGeometryWithoutAspectsAndTwo) {
  const LabelHierarchy labels = default_hierarchy();
  EXPECT_THROW((void)encode_labels({labels.roots, {}}, {"other"}), std::invalid_argument);
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
  const auto features = [](const Targets& targets) {
    return std::vector<int>(targets.sigmoid.begin(), targets.sigmoid.begin() + 12);
  };
  EXPECT_EQ(features(leaves), features(whole));
  EXPECT_EQ(path_truth(labels, leaves)[place(paths, root + "/arc")], 0);
  const auto open = path_truth(labels, encode_judgement(labels, {ring}));
  EXPECT_EQ(open[place(paths, ring)], 1);
  EXPECT_EQ(open[place(paths, ring + "/lamellar")], -1);
  EXPECT_EQ(open[place(paths, root + "/disordered")], -1);
  // A feature that is not there has no kind to leave open.
  EXPECT_EQ(path_truth(labels, encode_judgement(labels, {root}))[place(paths, ring)], 0);
  EXPECT_EQ(encode_judgement(labels, {ring, root + "/disordered"}).softmax[1], 6);
}

TEST(EncodeJudgement, LeavesTraitsAndAspectsOpenUnlessOneOfThemIsNamed) {
  const LabelHierarchy labels = default_hierarchy();
  const auto paths = label_paths(labels);
  const std::string root = "transmission_small_angle";
  const auto truth_of = [&](const std::vector<std::string>& named, const std::string& path) {
    return path_truth(labels, encode_judgement(labels, named))[place(paths, path)];
  };
  EXPECT_EQ(truth_of({root + "/ring"}, root + "/ring/sharp"), -1);
  EXPECT_EQ(truth_of({root + "/ring/broad"}, root + "/ring"), 1);
  EXPECT_EQ(truth_of({root + "/ring/broad"}, root + "/ring/sharp"), 0);
  EXPECT_EQ(truth_of({root}, "problem/weak"), -1);
  EXPECT_EQ(truth_of({root, "problem/blocked"}, "problem/weak"), 0);
  EXPECT_EQ(truth_of({root, "problem/blocked"}, "instrument/gaps"), -1);
  // The aspect's name alone: it was looked at, and there is nothing.
  EXPECT_EQ(truth_of({root, "problem"}, "problem/weak"), 0);
  // Without a geometry everything in one is open.
  EXPECT_EQ(truth_of({"problem/empty"}, "problem/empty"), 1);
  EXPECT_EQ(truth_of({"problem/empty"}, root), -1);
  EXPECT_EQ(truth_of({"problem/empty"}, root + "/ring"), -1);
  EXPECT_EQ(truth_of({"problem/empty"}, root + "/ring/sharp"), -1);
  EXPECT_EQ(truth_of({"problem/empty"}, root + "/ring/bcc"), -1);
  EXPECT_EQ(truth_of({"problem/empty"}, root + "/disordered"), -1);
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
      const std::string parent = parent_of(labels, paths[k]);
      if (parent.empty()) continue;
      ++compared[k];
      EXPECT_LE(p[k], p[place(paths, parent)]) << paths[k];
    }
  }
  for (std::size_t k = 0; k < paths.size(); ++k) {
    EXPECT_EQ(compared[k], parent_of(labels, paths[k]).empty() ? 0 : 200) << paths[k];
  }
}

TEST(PathProbabilities, DisorderedKindsAndOtherOrderShareTheWholeGeometry) {
  const LabelHierarchy labels = default_hierarchy();
  const OutputLayout layout = output_layout(labels);
  std::vector<double> decisions(layout.outputs, 0.3);
  decisions[0] = 0.9;
  const SoftmaxRange kinds = layout.softmax[1];
  const double shares[] = {0.1, 0.1, 0.05, 0.05, 0.3, 0.25, 0.15};
  for (int k = kinds.begin; k < kinds.end; ++k) decisions[k] = shares[k - kinds.begin];
  const auto paths = label_paths(labels);
  const auto p = path_probabilities(labels, decisions);
  const std::string root = "transmission_small_angle/";
  const double sum = p[place(paths, root + "disordered")] +
                     p[place(paths, root + "ring/lamellar")] +
                     p[place(paths, root + "ring/hexagonal")] + p[place(paths, root + "ring/bcc")] +
                     p[place(paths, root + "ring/fcc")] + p[place(paths, root + "ring/oriented")];
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
