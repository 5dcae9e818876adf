#include "class_probabilities.h"

#include <algorithm>
#include <cstdio>

#include "foray/classifier/labels.h"

namespace foray::classifier {
namespace {

using scattering::ClassProbability;

double probability_of(const ClassProbabilities& classes, const std::string& path) {
  const ClassProbability* found = find_class(classes, path);
  return found == nullptr ? 0 : found->probability;
}

// Problems that a value is worth less for.
constexpr const char* kTroubling[] = {"saturation", "blocked", "empty", "misaligned"};

}  // namespace

const ClassProbability* find_class(const ClassProbabilities& classes, const std::string& path) {
  const auto found = std::find_if(classes.begin(), classes.end(),
                                  [&](const auto& one) { return one.path == path; });
  return found == classes.end() ? nullptr : &*found;
}

std::string root_of(const ClassProbabilities& classes) {
  const ClassProbability* best = nullptr;
  for (const ClassProbability& one : classes) {
    if (one.path.find('/') != std::string::npos) continue;
    if (best == nullptr || one.probability > best->probability) best = &one;
  }
  return best == nullptr ? "" : best->path;
}

bool expects_ring(const ClassProbabilities& classes, double threshold) {
  if (classes.empty()) return true;
  const std::string root = root_of(classes);
  const double whole = probability_of(classes, root);
  return probability_of(classes, root + "/ring") >= threshold * whole &&
         probability_of(classes, root + "/disordered") <= (1 - threshold) * whole;
}

double doubt_of_kind(const ClassProbabilities& classes) {
  const std::string root = root_of(classes);
  const std::string prefix = root + "/ring/";
  static const LabelHierarchy kLabels = default_hierarchy();
  double most = -1;
  for (const ClassProbability& one : classes) {
    if (one.path.rfind(prefix, 0) != 0) continue;
    if (is_trait(kLabels, one.path)) continue;
    most = std::max(most, one.probability);
  }
  return most < 0 ? 0 : std::clamp(1 - most, 0.0, 1.0);
}

std::string likely_problems(const ClassProbabilities& classes) {
  std::string text;
  for (const char* name : kTroubling) {
    const double p = probability_of(classes, std::string("problem/") + name);
    if (p < 0.5) continue;
    char number[16];
    std::snprintf(number, sizeof number, "%.2f", p);
    text += (text.empty() ? "problem: " : ", ") + std::string(name) + " " + number;
  }
  return text;
}

}  // namespace foray::classifier
