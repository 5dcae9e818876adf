#pragma once

#include <string>
#include <vector>

namespace foray::classifier {

/// Mutually exclusive kinds of one feature ("ring": "lamellar", "hexagonal", "oriented").
///
/// Two more outcomes always exist and have no path of their own: an order that is none of the
/// kinds, and a feature that is there although what it stands for is the smaller part of the sample
/// (a weak ring of a minority phase over the halo of a disordered majority). `minority` names the
/// node that collects the second together with the absence of the feature, "" for no such node.
struct KindGroup {
  std::string feature;             ///< name of a feature of the same root.
  std::vector<std::string> kinds;  ///< at least one.
  std::string minority;            ///< for example "disordered".
};

/// One measurement geometry and what may be seen in it. The features are independent of each other.
struct LabelRoot {
  std::string name;
  std::vector<std::string> features;
  std::vector<KindGroup> groups;
};

/// The label hierarchy as data: geometry first, then features in it, then kinds of a feature.
///
/// Paths join names with "/". C++17 reads this header too.
struct LabelHierarchy {
  std::vector<LabelRoot> roots;  ///< at least one; mutually exclusive.
};

/// What classifier/labels/hierarchy.json declares: four geometries; rings, halos, arcs, low-q
/// diffuse scattering and higher orders in transmission; rods, Yoneda band and horizon in grazing
/// incidence; kinds of a small-angle transmission ring.
LabelHierarchy default_hierarchy();

/// Its version, which grows when a path is added, renamed or left out.
int default_hierarchy_version();

/// Refuses an empty hierarchy, an empty or repeated name, a name with "/", and a group whose
/// feature does not exist.
/// @throws std::invalid_argument naming the entry.
void validate(const LabelHierarchy& hierarchy);

/// All paths, parents before their children, in a fixed order.
std::vector<std::string> label_paths(const LabelHierarchy& hierarchy);

/// A half-open range of network outputs that a softmax turns into probabilities.
struct SoftmaxRange {
  int begin = 0;
  int end = 0;
};

/// Where each decision of a hierarchy stands among the outputs of a network: the roots, then the
/// features of every root, then the kinds of every group followed by "other" and "minority".
struct OutputLayout {
  std::vector<SoftmaxRange> softmax;  ///< the roots, then one a group.
  std::vector<int> sigmoid;           ///< one a feature.
  int outputs = 0;                    ///< number of outputs.
};

/// The layout of a hierarchy's outputs.
OutputLayout output_layout(const LabelHierarchy& hierarchy);

/// What a network should say of one example: for every softmax the index of the true outcome, for
/// every sigmoid 0 or 1, and -1 where the question does not arise (a feature of another geometry).
struct Targets {
  std::vector<int> softmax;
  std::vector<int> sigmoid;
};

/// Targets of an example from the label paths that are true of it.
///
/// Exactly one root must be among them. A path that the hierarchy does not know is left out of
/// account, so that a simulator may know more than a network asks.
/// @throws std::invalid_argument when no root or more than one is named.
Targets encode_labels(const LabelHierarchy& hierarchy, const std::vector<std::string>& true_paths);

/// Targets of a frame from what a person says of it.
///
/// What a named path lies below is true too, what is not named is not there. Only the kind of a
/// feature is left open where none is named: neither trained on nor judged by.
/// @throws std::invalid_argument on a path that the hierarchy does not know, with the nearest one,
///         and when not exactly one root is meant.
Targets encode_judgement(const LabelHierarchy& hierarchy, const std::vector<std::string>& named);

/// Leaves open which kind a feature of the example is: neither trained on nor judged by.
void forget_kinds(Targets& targets);

/// Probability of every path from calibrated outputs: products down the hierarchy, so that no child
/// is more probable than its parent.
///
/// @param decisions  one value an output: softmax probabilities inside a softmax range, the
///                   probability of "yes" for a sigmoid.
/// @returns  in the order of label_paths().
std::vector<double> path_probabilities(const LabelHierarchy& hierarchy,
                                       const std::vector<double>& decisions);

/// Truth of every path for an example: 1, 0, or -1 where it cannot be told from the targets.
std::vector<int> path_truth(const LabelHierarchy& hierarchy, const Targets& targets);

}  // namespace foray::classifier
