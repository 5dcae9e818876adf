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

// Where the decisions of one group stand among Targets::softmax (-1: it has no kinds) and
// Targets::sigmoid.
struct GroupPlace {
  int softmax = -1;
  int traits = 0;
};

// Where those of a root and of an aspect begin among Targets::sigmoid.
struct RootPlace {
  int features = 0;
  std::vector<GroupPlace> groups;
};
struct Places {
  std::vector<RootPlace> roots;
  std::vector<int> aspects;
};

Places places_of(const LabelHierarchy& hierarchy) {
  Places places;
  int sigmoid = 0;
  int softmax = 1;
  for (const LabelRoot& root : hierarchy.roots) {
    places.roots.push_back({sigmoid, {}});
    sigmoid += static_cast<int>(root.features.size());
  }
  for (std::size_t r = 0; r < hierarchy.roots.size(); ++r) {
    for (const KindGroup& group : hierarchy.roots[r].groups) {
      places.roots[r].groups.push_back({group.kinds.empty() ? -1 : softmax++, sigmoid});
      sigmoid += static_cast<int>(group.traits.size());
    }
  }
  for (const LabelAspect& aspect : hierarchy.aspects) {
    places.aspects.push_back(sigmoid);
    sigmoid += static_cast<int>(aspect.questions.size());
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

// Marks what of one root is true of an example.
void encode_root(const LabelRoot& root, const RootPlace& place,
                 const std::vector<std::string>& true_paths, Targets& targets) {
  for (std::size_t k = 0; k < root.features.size(); ++k) {
    const bool there = contains(true_paths, root.name + "/" + root.features[k]);
    targets.sigmoid[place.features + static_cast<int>(k)] = there ? 1 : 0;
  }
  for (std::size_t g = 0; g < root.groups.size(); ++g) {
    const KindGroup& group = root.groups[g];
    const std::string feature = root.name + "/" + group.feature;
    if (!contains(true_paths, feature)) continue;
    const GroupPlace& own = place.groups[g];
    if (own.softmax >= 0) targets.softmax[own.softmax] = kind_target(root.name, group, true_paths);
    for (std::size_t k = 0; k < group.traits.size(); ++k) {
      const bool yes = contains(true_paths, feature + "/" + group.traits[k]);
      targets.sigmoid[own.traits + static_cast<int>(k)] = yes ? 1 : 0;
    }
  }
}

// Leaves `count` yes or no questions open where no answer is yes.
void open_unless_told(int begin, std::size_t count, Targets& targets) {
  const auto first = targets.sigmoid.begin() + begin;
  const auto last = first + static_cast<std::ptrdiff_t>(count);
  if (std::find(first, last, 1) == last) std::fill(first, last, -1);
}

// Paths that a person names, with all that they lie below.
std::vector<std::string> with_parents(const LabelHierarchy& hierarchy,
                                      const std::vector<std::string>& named) {
  std::vector<std::string> known = label_paths(hierarchy);
  for (const LabelAspect& aspect : hierarchy.aspects) known.push_back(aspect.name);
  std::vector<std::string> paths;
  for (const std::string& path : named) {
    if (!contains(known, path)) refuse_label(known, path);
    for (std::size_t at = 0; at != path.npos;) {
      at = path.find('/', at + 1);
      paths.push_back(path.substr(0, at));
    }
  }
  return paths;
}

int roots_among(const LabelHierarchy& hierarchy, const std::vector<std::string>& paths) {
  return static_cast<int>(
      std::count_if(hierarchy.roots.begin(), hierarchy.roots.end(),
                    [&](const LabelRoot& root) { return contains(paths, root.name); }));
}

// Truth of what lies below one feature, appended to `truth`. `here`: the root is the true one.
void append_group_truth(const KindGroup& group, const GroupPlace& place, bool here, int there,
                        const Targets& targets, std::vector<int>& truth) {
  if (!group.kinds.empty()) {
    const int outcome = targets.softmax[place.softmax];
    const int kinds = static_cast<int>(group.kinds.size());
    const bool untold = here && there == 1 && outcome < 0;
    // The feature itself may have been left open, or the geometry.
    const bool open = there < 0 && here;
    if (!group.minority.empty()) {
      const bool minority = there == 0 || outcome == kinds + 1;
      const bool unknown = untold || open || targets.softmax[0] < 0;
      truth.push_back(unknown ? -1 : (here && minority ? 1 : 0));
    }
    for (int k = 0; k < kinds; ++k) {
      truth.push_back(untold || open ? -1 : (here && outcome == k ? 1 : 0));
    }
  }
  for (std::size_t k = 0; k < group.traits.size(); ++k) {
    const int trait = targets.sigmoid[place.traits + static_cast<int>(k)];
    truth.push_back(here && there != 0 ? trait : 0);
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
      const bool asks = !group.kinds.empty() || !group.traits.empty();
      if (!contains(root.features, group.feature) || !asks) {
        throw std::invalid_argument(
            "LabelHierarchy: expected kinds or traits of a feature, got group '" + path + "'");
      }
      if (group.kinds.empty() && !group.minority.empty()) {
        throw std::invalid_argument("LabelHierarchy: expected a minority beside kinds, got '" +
                                    group.minority + "' of '" + path + "' without");
      }
      for (const std::string& kind : group.kinds) add_name(kind, path, known);
      for (const std::string& trait : group.traits) add_name(trait, path, known);
      if (!group.minority.empty()) add_name(group.minority, root.name, known);
    }
  }
  for (const LabelAspect& aspect : hierarchy.aspects) {
    add_name(aspect.name, "", known);
    for (const std::string& question : aspect.questions) add_name(question, aspect.name, known);
    if (aspect.questions.empty()) {
      throw std::invalid_argument("LabelHierarchy: expected questions of an aspect, got none of '" +
                                  aspect.name + "'");
    }
  }
}

std::vector<std::string> label_paths(const LabelHierarchy& hierarchy) {
  std::vector<std::string> paths;
  for (const LabelRoot& root : hierarchy.roots) {
    paths.push_back(root.name);
    for (const std::string& feature : root.features) paths.push_back(root.name + "/" + feature);
    for (const KindGroup& group : root.groups) {
      const std::string below = root.name + "/" + group.feature + "/";
      if (!group.minority.empty()) paths.push_back(root.name + "/" + group.minority);
      for (const std::string& kind : group.kinds) paths.push_back(below + kind);
      for (const std::string& trait : group.traits) paths.push_back(below + trait);
    }
  }
  for (const LabelAspect& aspect : hierarchy.aspects) {
    for (const std::string& question : aspect.questions) {
      paths.push_back(aspect.name + "/" + question);
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
      if (group.kinds.empty()) continue;
      const int end = layout.outputs + static_cast<int>(group.kinds.size()) + 2;
      layout.softmax.push_back({layout.outputs, end});
      layout.outputs = end;
    }
  }
  std::size_t more = 0;
  for (const LabelRoot& root : hierarchy.roots) {
    for (const KindGroup& group : root.groups) more += group.traits.size();
  }
  for (const LabelAspect& aspect : hierarchy.aspects) more += aspect.questions.size();
  for (std::size_t k = 0; k < more; ++k) layout.sigmoid.push_back(layout.outputs++);
  return layout;
}

std::vector<std::string> output_names(const LabelHierarchy& hierarchy) {
  std::vector<std::string> names;
  std::vector<std::string> kinds;
  std::vector<std::string> more;
  for (const LabelRoot& root : hierarchy.roots) names.push_back(root.name);
  for (const LabelRoot& root : hierarchy.roots) {
    for (const std::string& feature : root.features) names.push_back(root.name + "/" + feature);
    for (const KindGroup& group : root.groups) {
      const std::string below = root.name + "/" + group.feature + "/";
      for (const std::string& kind : group.kinds) kinds.push_back(below + kind);
      if (!group.kinds.empty())
        kinds.insert(kinds.end(), {below + "(other)", below + "(minority)"});
      for (const std::string& trait : group.traits) more.push_back(below + trait);
    }
  }
  for (const LabelAspect& aspect : hierarchy.aspects) {
    for (const std::string& question : aspect.questions) {
      more.push_back(aspect.name + "/" + question);
    }
  }
  names.insert(names.end(), kinds.begin(), kinds.end());
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

std::optional<std::size_t> sigmoid_place(const LabelHierarchy& hierarchy, const std::string& path) {
  const int output = index_of(output_names(hierarchy), path);
  const std::vector<int> sigmoid = output_layout(hierarchy).sigmoid;
  const auto found = std::find(sigmoid.begin(), sigmoid.end(), output);
  if (found == sigmoid.end()) return std::nullopt;
  return static_cast<std::size_t>(found - sigmoid.begin());
}

std::function<bool(const Targets&)> foreign_test(const LabelHierarchy& hierarchy) {
  const auto place = sigmoid_place(hierarchy, kForeign);
  return [place](const Targets& targets) { return place && targets.sigmoid.at(*place) == 1; };
}

Targets encode_labels(const LabelHierarchy& hierarchy, const std::vector<std::string>& true_paths) {
  const OutputLayout layout = output_layout(hierarchy);
  const Places places = places_of(hierarchy);
  Targets targets{std::vector<int>(layout.softmax.size(), -1),
                  std::vector<int>(layout.sigmoid.size(), -1)};
  const int roots = roots_among(hierarchy, true_paths);
  if (roots > 1 || (roots == 0 && hierarchy.aspects.empty())) {
    throw std::invalid_argument(
        std::string("encode_labels: expected ") +
        (hierarchy.aspects.empty() ? "exactly one geometry" : "one geometry or none") +
        " among the labels, got " + std::to_string(roots));
  }
  for (std::size_t r = 0; r < hierarchy.roots.size(); ++r) {
    const LabelRoot& root = hierarchy.roots[r];
    if (contains(true_paths, root.name)) {
      targets.softmax[0] = static_cast<int>(r);
      encode_root(root, places.roots[r], true_paths, targets);
    } else if (roots == 0) {
      encode_root(root, places.roots[r], {}, targets);
    }
  }
  for (std::size_t a = 0; a < hierarchy.aspects.size(); ++a) {
    const LabelAspect& aspect = hierarchy.aspects[a];
    for (std::size_t k = 0; k < aspect.questions.size(); ++k) {
      const bool yes = contains(true_paths, aspect.name + "/" + aspect.questions[k]);
      targets.sigmoid[places.aspects[a] + static_cast<int>(k)] = yes ? 1 : 0;
    }
  }
  return targets;
}

Targets encode_judgement(const LabelHierarchy& hierarchy, const std::vector<std::string>& named) {
  const std::vector<std::string> true_paths = with_parents(hierarchy, named);
  require_one_kind(hierarchy, true_paths);
  const int roots = roots_among(hierarchy, true_paths);
  if (roots == 0 && named.empty()) {
    throw std::invalid_argument("expected exactly one geometry or an aspect, got none of them");
  }
  Targets targets = encode_labels(hierarchy, true_paths);
  const Places places = places_of(hierarchy);
  const OutputLayout layout = output_layout(hierarchy);
  for (std::size_t g = 1; g < layout.softmax.size(); ++g) {
    const SoftmaxRange range = layout.softmax[g];
    const int other = range.end - range.begin - 2;
    if (targets.softmax[g] == other) targets.softmax[g] = -1;
  }
  for (std::size_t r = 0; r < hierarchy.roots.size() && roots == 0; ++r) {
    const auto features = targets.sigmoid.begin() + places.roots[r].features;
    std::fill_n(features, hierarchy.roots[r].features.size(), -1);
  }
  leave_untold_traits_open(hierarchy, targets);
  for (std::size_t a = 0; a < hierarchy.aspects.size(); ++a) {
    const LabelAspect& aspect = hierarchy.aspects[a];
    if (contains(true_paths, aspect.name)) continue;
    open_unless_told(places.aspects[a], aspect.questions.size(), targets);
  }
  return targets;
}

void forget_kinds(Targets& targets) {
  if (!targets.softmax.empty()) {
    std::fill(targets.softmax.begin() + 1, targets.softmax.end(), -1);
  }
}

void leave_untold_traits_open(const LabelHierarchy& hierarchy, Targets& targets) {
  const Places places = places_of(hierarchy);
  for (std::size_t r = 0; r < hierarchy.roots.size(); ++r) {
    const std::vector<KindGroup>& groups = hierarchy.roots[r].groups;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      open_unless_told(places.roots[r].groups[g].traits, groups[g].traits.size(), targets);
    }
  }
}

std::vector<double> path_probabilities(const LabelHierarchy& hierarchy,
                                       const std::vector<double>& decisions) {
  const OutputLayout layout = output_layout(hierarchy);
  if (static_cast<int>(decisions.size()) != layout.outputs) {
    throw std::invalid_argument("path_probabilities: expected " + std::to_string(layout.outputs) +
                                " decisions, got " + std::to_string(decisions.size()));
  }
  const Places places = places_of(hierarchy);
  const auto answer = [&](int sigmoid) { return decisions[layout.sigmoid[sigmoid]]; };
  std::vector<double> probabilities;
  for (std::size_t r = 0; r < hierarchy.roots.size(); ++r) {
    const LabelRoot& root = hierarchy.roots[r];
    const RootPlace& place = places.roots[r];
    const double p_root = decisions[r];
    probabilities.push_back(p_root);
    for (std::size_t k = 0; k < root.features.size(); ++k) {
      probabilities.push_back(p_root * answer(place.features + static_cast<int>(k)));
    }
    for (std::size_t g = 0; g < root.groups.size(); ++g) {
      const KindGroup& group = root.groups[g];
      const double p_feature = answer(place.features + index_of(root.features, group.feature));
      const int softmax = place.groups[g].softmax;
      const SoftmaxRange range = softmax < 0 ? SoftmaxRange{} : layout.softmax[softmax];
      if (!group.minority.empty()) {
        const double p_absent = 1.0 - p_feature * (1.0 - decisions[range.end - 1]);
        probabilities.push_back(p_root * p_absent);
      }
      for (int k = range.begin; k < range.end - 2; ++k) {
        probabilities.push_back(p_root * p_feature * decisions[k]);
      }
      for (std::size_t k = 0; k < group.traits.size(); ++k) {
        const double p_trait = answer(place.groups[g].traits + static_cast<int>(k));
        probabilities.push_back(p_root * p_feature * p_trait);
      }
    }
  }
  for (std::size_t a = 0; a < hierarchy.aspects.size(); ++a) {
    for (std::size_t k = 0; k < hierarchy.aspects[a].questions.size(); ++k) {
      probabilities.push_back(answer(places.aspects[a] + static_cast<int>(k)));
    }
  }
  return probabilities;
}

bool is_trait(const LabelHierarchy& hierarchy, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return false;
  const std::string feature = path.substr(0, slash);
  const std::string name = path.substr(slash + 1);
  for (const LabelRoot& root : hierarchy.roots) {
    for (const KindGroup& group : root.groups) {
      if (root.name + "/" + group.feature == feature) return contains(group.traits, name);
    }
  }
  return false;
}

std::vector<int> path_truth(const LabelHierarchy& hierarchy, const Targets& targets) {
  const Places places = places_of(hierarchy);
  std::vector<int> truth;
  const bool untold = targets.softmax[0] < 0;
  for (std::size_t r = 0; r < hierarchy.roots.size(); ++r) {
    const LabelRoot& root = hierarchy.roots[r];
    const RootPlace& place = places.roots[r];
    // Of a geometry that is left open what is told of features still holds.
    const bool here = untold || targets.softmax[0] == static_cast<int>(r);
    truth.push_back(untold ? -1 : (here ? 1 : 0));
    for (std::size_t k = 0; k < root.features.size(); ++k) {
      truth.push_back(here ? targets.sigmoid[place.features + static_cast<int>(k)] : 0);
    }
    for (std::size_t g = 0; g < root.groups.size(); ++g) {
      const int feature = index_of(root.features, root.groups[g].feature);
      append_group_truth(root.groups[g], place.groups[g], here,
                         targets.sigmoid[place.features + feature], targets, truth);
    }
  }
  for (std::size_t a = 0; a < hierarchy.aspects.size(); ++a) {
    for (std::size_t k = 0; k < hierarchy.aspects[a].questions.size(); ++k) {
      truth.push_back(targets.sigmoid[places.aspects[a] + static_cast<int>(k)]);
    }
  }
  return truth;
}

}  // namespace foray::classifier
