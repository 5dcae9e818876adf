#include "foray/classifier/labels.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "foray/common/nearest_word.h"

namespace foray::classifier {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void add_name(const std::string& name, const std::string& parent, std::set<std::string>& known) {
  const std::string path = parent.empty() ? name : parent + "/" + name;
  if (name.empty() || name.find('/') != std::string::npos) {
    throw std::invalid_argument("LabelHierarchy: expected a name without '/', got '" + path + "'");
  }
  if (!known.insert(path).second) {
    throw std::invalid_argument("LabelHierarchy: expected each path once, got '" + path +
                                "' again");
  }
}

// Where a root's outputs begin: its sigmoids and its softmax groups.
struct RootPlace {
  int sigmoid = 0;
  int group = 1;
};

std::vector<RootPlace> root_places(const LabelHierarchy& hierarchy) {
  std::vector<RootPlace> places;
  RootPlace next;
  for (const LabelRoot& root : hierarchy.roots) {
    places.push_back(next);
    next.sigmoid += static_cast<int>(root.features.size());
    next.group += static_cast<int>(root.groups.size());
  }
  return places;
}

int index_of(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<int>(std::find(names.begin(), names.end(), name) - names.begin());
}

[[noreturn]] void refuse_label(const std::vector<std::string>& paths, const std::string& label) {
  auto near = nearest_word(label, paths);
  // Without its geometry, as people say it.
  for (const std::string& path : paths) {
    const std::size_t slash = path.find('/');
    if (!near && slash != std::string::npos && path.compare(slash + 1, path.npos, label) == 0) {
      near = path;
    }
  }
  throw std::invalid_argument("expected a label of the hierarchy, got '" + label + "'" +
                              (near ? "; did you mean '" + *near + "'?" : ""));
}

// Outcome of a group whose feature is there: a kind, "other" (after the kinds), or "minority".
int kind_target(const std::string& root, const KindGroup& group,
                const std::vector<std::string>& true_paths) {
  const int kinds = static_cast<int>(group.kinds.size());
  if (!group.minority.empty() && contains(true_paths, root + "/" + group.minority)) {
    return kinds + 1;
  }
  // The last kind that is true wins: kinds stand in order of increasing precedence.
  for (int k = kinds - 1; k >= 0; --k) {
    const std::string path = root + "/" + group.feature + "/" + group.kinds[k];
    if (contains(true_paths, path)) return k;
  }
  return kinds;
}

// Refuses two kinds of one feature, of which the simulator's labels would let the last one win.
void require_one_kind(const LabelHierarchy& hierarchy, const std::vector<std::string>& paths) {
  for (const LabelRoot& root : hierarchy.roots) {
    for (const KindGroup& group : root.groups) {
      const std::string feature = root.name + "/" + group.feature;
      std::vector<std::string> told;
      for (const std::string& kind : group.kinds) {
        if (contains(paths, feature + "/" + kind)) told.push_back(kind);
      }
      const bool minority = !group.minority.empty() && contains(paths, feature) &&
                            contains(paths, root.name + "/" + group.minority);
      if (minority) told.push_back(group.minority);
      if (told.size() > 1) {
        throw std::invalid_argument("expected one kind of '" + feature + "' at most, got '" +
                                    told[0] + "' and '" + told[1] + "'");
      }
    }
  }
}

}  // namespace

void validate(const LabelHierarchy& hierarchy) {
  if (hierarchy.roots.empty()) {
    throw std::invalid_argument("LabelHierarchy: expected at least one root, got none");
  }
  std::set<std::string> known;
  for (const LabelRoot& root : hierarchy.roots) {
    add_name(root.name, "", known);
    for (const std::string& feature : root.features) add_name(feature, root.name, known);
    for (const KindGroup& group : root.groups) {
      const std::string path = root.name + "/" + group.feature;
      if (!contains(root.features, group.feature) || group.kinds.empty()) {
        throw std::invalid_argument("LabelHierarchy: expected kinds of a feature, got group '" +
                                    path + "'");
      }
      for (const std::string& kind : group.kinds) add_name(kind, path, known);
      if (!group.minority.empty()) add_name(group.minority, root.name, known);
    }
  }
}

std::vector<std::string> label_paths(const LabelHierarchy& hierarchy) {
  std::vector<std::string> paths;
  for (const LabelRoot& root : hierarchy.roots) {
    paths.push_back(root.name);
    for (const std::string& feature : root.features) paths.push_back(root.name + "/" + feature);
    for (const KindGroup& group : root.groups) {
      if (!group.minority.empty()) paths.push_back(root.name + "/" + group.minority);
      for (const std::string& kind : group.kinds) {
        paths.push_back(root.name + "/" + group.feature + "/" + kind);
      }
    }
  }
  return paths;
}

OutputLayout output_layout(const LabelHierarchy& hierarchy) {
  OutputLayout layout;
  layout.outputs = static_cast<int>(hierarchy.roots.size());
  layout.softmax.push_back({0, layout.outputs});
  for (const LabelRoot& root : hierarchy.roots) {
    for (std::size_t k = 0; k < root.features.size(); ++k) {
      layout.sigmoid.push_back(layout.outputs++);
    }
  }
  for (const LabelRoot& root : hierarchy.roots) {
    for (const KindGroup& group : root.groups) {
      const int end = layout.outputs + static_cast<int>(group.kinds.size()) + 2;
      layout.softmax.push_back({layout.outputs, end});
      layout.outputs = end;
    }
  }
  return layout;
}

Targets encode_labels(const LabelHierarchy& hierarchy, const std::vector<std::string>& true_paths) {
  const OutputLayout layout = output_layout(hierarchy);
  const std::vector<RootPlace> places = root_places(hierarchy);
  Targets targets{std::vector<int>(layout.softmax.size(), -1),
                  std::vector<int>(layout.sigmoid.size(), -1)};
  int roots = 0;
  for (std::size_t r = 0; r < hierarchy.roots.size(); ++r) {
    const LabelRoot& root = hierarchy.roots[r];
    if (!contains(true_paths, root.name)) continue;
    ++roots;
    targets.softmax[0] = static_cast<int>(r);
    for (std::size_t k = 0; k < root.features.size(); ++k) {
      const bool there = contains(true_paths, root.name + "/" + root.features[k]);
      targets.sigmoid[places[r].sigmoid + static_cast<int>(k)] = there ? 1 : 0;
    }
    for (std::size_t g = 0; g < root.groups.size(); ++g) {
      const KindGroup& group = root.groups[g];
      if (!contains(true_paths, root.name + "/" + group.feature)) continue;
      targets.softmax[places[r].group + static_cast<int>(g)] =
          kind_target(root.name, group, true_paths);
    }
  }
  if (roots != 1) {
    throw std::invalid_argument(
        "encode_labels: expected exactly one geometry among the labels, got " +
        std::to_string(roots));
  }
  return targets;
}

Targets encode_judgement(const LabelHierarchy& hierarchy, const std::vector<std::string>& named) {
  const std::vector<std::string> paths = label_paths(hierarchy);
  std::vector<std::string> true_paths;
  for (const std::string& path : named) {
    if (!contains(paths, path)) refuse_label(paths, path);
    for (std::size_t at = 0; at != path.npos;) {
      at = path.find('/', at + 1);
      true_paths.push_back(path.substr(0, at));
    }
  }
  require_one_kind(hierarchy, true_paths);
  Targets targets = encode_labels(hierarchy, true_paths);
  const OutputLayout layout = output_layout(hierarchy);
  for (std::size_t g = 1; g < layout.softmax.size(); ++g) {
    const SoftmaxRange range = layout.softmax[g];
    const int other = range.end - range.begin - 2;
    if (targets.softmax[g] == other) targets.softmax[g] = -1;
  }
  return targets;
}

void forget_kinds(Targets& targets) {
  if (!targets.softmax.empty()) {
    std::fill(targets.softmax.begin() + 1, targets.softmax.end(), -1);
  }
}

std::vector<double> path_probabilities(const LabelHierarchy& hierarchy,
                                       const std::vector<double>& decisions) {
  const OutputLayout layout = output_layout(hierarchy);
  if (static_cast<int>(decisions.size()) != layout.outputs) {
    throw std::invalid_argument("path_probabilities: expected " + std::to_string(layout.outputs) +
                                " decisions, got " + std::to_string(decisions.size()));
  }
  const std::vector<RootPlace> places = root_places(hierarchy);
  std::vector<double> probabilities;
  for (std::size_t r = 0; r < hierarchy.roots.size(); ++r) {
    const LabelRoot& root = hierarchy.roots[r];
    const double p_root = decisions[r];
    probabilities.push_back(p_root);
    for (std::size_t k = 0; k < root.features.size(); ++k) {
      const int output = layout.sigmoid[places[r].sigmoid + static_cast<int>(k)];
      probabilities.push_back(p_root * decisions[output]);
    }
    for (std::size_t g = 0; g < root.groups.size(); ++g) {
      const KindGroup& group = root.groups[g];
      const int feature = index_of(root.features, group.feature);
      const double p_feature = decisions[layout.sigmoid[places[r].sigmoid + feature]];
      const SoftmaxRange range = layout.softmax[places[r].group + static_cast<int>(g)];
      if (!group.minority.empty()) {
        const double p_absent = 1.0 - p_feature * (1.0 - decisions[range.end - 1]);
        probabilities.push_back(p_root * p_absent);
      }
      for (int k = range.begin; k < range.end - 2; ++k) {
        probabilities.push_back(p_root * p_feature * decisions[k]);
      }
    }
  }
  return probabilities;
}

std::vector<int> path_truth(const LabelHierarchy& hierarchy, const Targets& targets) {
  const std::vector<RootPlace> places = root_places(hierarchy);
  std::vector<int> truth;
  for (std::size_t r = 0; r < hierarchy.roots.size(); ++r) {
    const LabelRoot& root = hierarchy.roots[r];
    const bool here = targets.softmax[0] == static_cast<int>(r);
    truth.push_back(here ? 1 : 0);
    for (std::size_t k = 0; k < root.features.size(); ++k) {
      truth.push_back(here ? targets.sigmoid[places[r].sigmoid + static_cast<int>(k)] : 0);
    }
    for (std::size_t g = 0; g < root.groups.size(); ++g) {
      const KindGroup& group = root.groups[g];
      const int feature = index_of(root.features, group.feature);
      const int there = targets.sigmoid[places[r].sigmoid + feature];
      const int outcome = targets.softmax[places[r].group + static_cast<int>(g)];
      const int kinds = static_cast<int>(group.kinds.size());
      const bool untold = here && there == 1 && outcome < 0;
      if (!group.minority.empty()) {
        const bool minority = there == 0 || outcome == kinds + 1;
        truth.push_back(untold ? -1 : (here && minority ? 1 : 0));
      }
      for (int k = 0; k < kinds; ++k) {
        truth.push_back(untold ? -1 : (here && outcome == k ? 1 : 0));
      }
    }
  }
  return truth;
}

}  // namespace foray::classifier
