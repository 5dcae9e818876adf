#include "observable_source.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace foray::classifier {
namespace {

using scattering::ObservableSpec;
using SourceKind = ObservableSource::Kind;

const std::vector<std::string> kPeakFields = {"q", "d", "fwhm", "domain_size", "area", "intensity"};
const std::vector<std::string> kCurveFields = {"mean_intensity", "total_intensity",
                                               "max_intensity"};
const std::vector<std::string> kLatticeFields = {"probability", "spacing"};
const std::vector<std::string> kOrientationFields = {"order_parameter", "director"};

// Orders that divide the ring's bins, by their field's name; inversion is a turn by half a circle.
const std::vector<std::pair<std::string, int>> kSymmetryFields = {
    {"rotation/2", 2},   {"rotation/3", 3}, {"rotation/4", 4}, {"rotation/5", 5},
    {"rotation/6", 6},   {"rotation/8", 8}, {"rotation/9", 9}, {"rotation/10", 10},
    {"rotation/12", 12}, {"inversion", 2},  {"mirror", 0},     {"mirror_azimuth", 0}};

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

[[noreturn]] void refuse(const ObservableSpec& spec, const std::string& expected) {
  throw std::invalid_argument("observable '" + spec.name + "': expected " + expected + ", got '" +
                              spec.from + "'");
}

// The rest of `text` after `prefix`; false when it does not begin with it or nothing follows.
bool after(const std::string& text, const std::string& prefix, std::string& rest) {
  if (text.compare(0, prefix.size(), prefix) != 0 || text.size() == prefix.size()) return false;
  rest = text.substr(prefix.size());
  return true;
}

void require_field(const ObservableSpec& spec, const std::string& field,
                   const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), field) == known.end()) {
    refuse(spec, "one of " + listed(known) + " after ':'");
  }
}

// "NAME/FIELD" of a lattice.
ObservableSource lattice_source(const ObservableSpec& spec, const std::string& rest) {
  const std::size_t slash = rest.find('/');
  if (slash == std::string::npos) refuse(spec, "'lattice:NAME/FIELD'");
  ObservableSource source{SourceKind::kLattice, rest.substr(slash + 1), false, 0, {}};
  try {
    source.lattice = scattering::find_lattice(rest.substr(0, slash));
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("observable '" + spec.name + "': " + error.what());
  }
  const bool known =
      std::find(kLatticeFields.begin(), kLatticeFields.end(), source.field) != kLatticeFields.end();
  if (!known) refuse(spec, "one of " + listed(kLatticeFields) + " after '/'");
  return source;
}

}  // namespace

ObservableSource parse_source(const ObservableSpec& spec, const std::vector<std::string>& paths,
                              bool tells_novelty) {
  std::string rest;
  if (after(spec.from, "class:", rest)) {
    ObservableSource source{SourceKind::kClass, rest, false, 0, {}};
    source.negated = after(rest, "not ", source.field);
    if (paths.empty()) refuse(spec, "a source that needs no classifier, as there is none");
    const bool known = std::find(paths.begin(), paths.end(), source.field) != paths.end();
    if (!known) refuse(spec, "a class of " + listed(paths));
    return source;
  }
  if (after(spec.from, "peak:first/", rest)) {
    require_field(spec, rest, kPeakFields);
    return {SourceKind::kPeak, rest, false, 0, {}};
  }
  if (after(spec.from, "lattice:", rest)) return lattice_source(spec, rest);
  if (after(spec.from, "curve:", rest)) {
    require_field(spec, rest, kCurveFields);
    return {SourceKind::kCurve, rest, false, 0, {}};
  }
  if (after(spec.from, "orientation:", rest)) {
    require_field(spec, rest, kOrientationFields);
    return {SourceKind::kOrientation, rest, false, 0, {}};
  }
  if (after(spec.from, "symmetry:", rest)) {
    std::vector<std::string> names;
    for (const auto& [name, order] : kSymmetryFields) {
      if (name == rest) return {SourceKind::kSymmetry, rest, false, order, {}};
      names.push_back(name);
    }
    require_field(spec, rest, names);
  }
  if (after(spec.from, "novelty:", rest)) {
    require_field(spec, rest, {"score"});
    if (paths.empty()) refuse(spec, "a source that needs no classifier, as there is none");
    if (!tells_novelty) refuse(spec, "weights that tell what is unknown (foray train --from)");
    return {SourceKind::kNovelty, rest, false, 0, {}};
  }
  if (after(spec.from, "distance:", rest)) return {SourceKind::kDistance, rest, false, 0, {}};
  if (after(spec.from, "value:", rest)) return {SourceKind::kValue, rest, false, 0, {}};
  refuse(spec,
         "'class:PATH', 'class:not PATH', 'peak:first/FIELD', 'lattice:NAME/FIELD', 'curve:FIELD', "
         "'orientation:FIELD', 'symmetry:FIELD', 'novelty:score', 'distance:FILE' or 'value:NAME'");
}

}  // namespace foray::classifier
