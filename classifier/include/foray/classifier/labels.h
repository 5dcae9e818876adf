#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace foray::classifier {

/// What is asked of one feature where it is there: kinds, which exclude each other ("ring":
/// "lamellar", "hexagonal", "oriented"), and traits, each judged by itself ("ring": "isotropic",
/// "sharp").
///
/// Where there are kinds, two more outcomes exist that have no path of their own: an order that is
/// none of the kinds, and a feature that is there although what it stands for is the smaller part
/// of the sample (a weak ring of a minority phase over the halo of a disordered majority).
/// `minority` names the node that collects the second together with the absence of the feature, ""
/// for no such node.
struct KindGroup {
  std::string feature;                   ///< name of a feature of the same root.
  std::vector<std::string> kinds;        ///< none: there are traits.
  std::string minority;                  ///< for example "disordered"; "" without kinds.
  std::vector<std::string> traits = {};  ///< none: there are kinds.
};

/// One measurement geometry and what may be seen in it. The features are independent of each other.
struct LabelRoot {
  std::string name;
  std::vector<std::string> features;
  std::vector<KindGroup> groups;
};

/// Questions that are asked of every frame, also of one that shows nothing of a sample, each judged
/// by itself ("instrument": "gaps"). The aspect itself is no path.
struct LabelAspect {
  std::string name;
  std::vector<std::string> questions;  ///< at least one.
};

/// The label hierarchy as data: geometry first, then features in it, then kinds and traits of a
/// feature; beside them the aspects.
///
/// Paths join names with "/". C++17 reads this header too.
struct LabelHierarchy {
  std::vector<LabelRoot> roots;  ///< at least one; mutually exclusive.
  std::vector<LabelAspect> aspects = {};
};

/// What classifier/labels/hierarchy.json declares: four geometries; rings, halos, arcs, spots,
/// diffuse scattering and what is told of their course and symmetry; rods, Yoneda band and horizon
/// at grazing incidence; traits of rings, halos and low-q scattering; kinds of a small-angle
/// transmission ring; what is seen of the instrument, and what is wrong with a frame.
LabelHierarchy default_hierarchy();

/// Its version, which grows when a path is added, renamed or left out.
int default_hierarchy_version();

/// Refuses an empty hierarchy, an empty or repeated name, a name with "/", a group whose feature
/// does not exist or that asks nothing, a minority without kinds, and an aspect without questions.
/// @throws std::invalid_argument naming the entry.
void validate(const LabelHierarchy& hierarchy);

/// All paths, parents before their children, in a fixed order: root by root, then the aspects'
/// questions.
std::vector<std::string> label_paths(const LabelHierarchy& hierarchy);

/// Whether a path is a trait of the hierarchy ("geometry/ring/sharp").
bool is_trait(const LabelHierarchy& hierarchy, const std::string& path);

/// A half-open range of network outputs that a softmax turns into probabilities.
struct SoftmaxRange {
  int begin = 0;
  int end = 0;
};

/// Where each decision of a hierarchy stands among the outputs of a network: the roots, then the
/// features of every root, then the kinds of every group that has some, followed by "other" and
/// "minority", then the traits of every group, then the aspects' questions.
struct OutputLayout {
  std::vector<SoftmaxRange> softmax;  ///< the roots, then one a group with kinds.
  std::vector<int> sigmoid;           ///< one a feature, then one a trait, then one a question.
  int outputs = 0;                    ///< number of outputs.
};

/// The layout of a hierarchy's outputs.
OutputLayout output_layout(const LabelHierarchy& hierarchy);

/// What each output is about, in their order: the path of a root, a feature, a kind, a trait or a
/// question; of a group with kinds also "geometry/feature/(other)" and
/// "geometry/feature/(minority)".
std::vector<std::string> output_names(const LabelHierarchy& hierarchy);

/// Where the answer to a yes or no question stands among Targets::sigmoid.
/// @param path  of a feature, a trait or an aspect's question.
/// @returns none where the hierarchy does not ask it.
std::optional<std::size_t> sigmoid_place(const LabelHierarchy& hierarchy, const std::string& path);

/// The question whether a frame is no scattering pattern as it stands.
inline const std::string kForeign = "problem/foreign";

/// What a network should say of one example: for every softmax the index of the true outcome, for
/// every sigmoid 0 or 1, and -1 where the question does not arise (a feature of another geometry).
struct Targets {
  std::vector<int> softmax;
  std::vector<int> sigmoid;
};

/// Tells by their targets the examples of which kForeign is known to be true: none where the
/// hierarchy does not ask for it. Make it once, not per example: it looks for the question's place.
std::function<bool(const Targets&)> foreign_test(const LabelHierarchy& hierarchy);

/// Targets of an example from the label paths that are true of it.
///
/// One root at most is among them. None, which only a hierarchy with aspects takes, means that the
/// frame shows nothing of a sample: the geometry is left open, and no feature of any is there. A
/// path that the hierarchy does not know is left out of account, so that a simulator may know more
/// than a network asks.
/// @throws std::invalid_argument when more than one root is named, or none without aspects.
Targets encode_labels(const LabelHierarchy& hierarchy, const std::vector<std::string>& true_paths);

/// Targets of a frame from what a person says of it.
///
/// What a named path lies below is true too, what is not named is not there. Left open, neither
/// trained on nor judged by, are the kind of a feature, its traits and an aspect's questions where
/// none of them is named; the name of an aspect alone means that none of its questions is true.
/// Without a root, which at least a named aspect takes, everything in a geometry is left open.
/// @throws std::invalid_argument on a path that the hierarchy does not know, with the nearest one,
///         and when more than one root is meant, or neither a root nor an aspect.
Targets encode_judgement(const LabelHierarchy& hierarchy, const std::vector<std::string>& named);

/// Leaves open which kind a feature of the example is: neither trained on nor judged by.
void forget_kinds(Targets& targets);

/// Leaves the traits of a feature open where none of them is there.
void leave_untold_traits_open(const LabelHierarchy& hierarchy, Targets& targets);

/// Probability of every path from calibrated outputs: products down the hierarchy, so that no child
/// is more probable than its parent. An aspect's question has no parent.
///
/// @param decisions  one value an output: softmax probabilities inside a softmax range, the
///                   probability of "yes" for a sigmoid.
/// @returns  in the order of label_paths().
std::vector<double> path_probabilities(const LabelHierarchy& hierarchy,
                                       const std::vector<double>& decisions);

/// Truth of every path for an example: 1, 0, or -1 where it cannot be told from the targets.
std::vector<int> path_truth(const LabelHierarchy& hierarchy, const Targets& targets);

}  // namespace foray::classifier
