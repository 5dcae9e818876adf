#include "foray/classifier/exploration.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "foray/classifier/neighbours.h"
#include "foray/common/check.h"
#include "foray/common/nearest_word.h"

namespace foray::classifier {
namespace {

const char* sign_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return "=";
    case Comparison::kUnequal:
      return "!=";
    case Comparison::kLess:
      return "<";
    case Comparison::kLessOrEqual:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kGreaterOrEqual:
      return ">=";
  }
  return "?";
}

std::string short_number(double value) {
  char text[32];
  const auto end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::general, 4).ptr;
  return {text, end};
}

template <typename Value>
bool holds(const Value& known, Comparison comparison, const Value& asked) {
  switch (comparison) {
    case Comparison::kEqual:
      return known == asked;
    case Comparison::kUnequal:
      return known != asked;
    case Comparison::kLess:
      return known < asked;
    case Comparison::kLessOrEqual:
      return known <= asked;
    case Comparison::kGreater:
      return known > asked;
    case Comparison::kGreaterOrEqual:
      return known >= asked;
  }
  return false;
}

// Whether a place lies within a polygon: a ray from it crosses the edges an odd number of times.
bool inside(const Eigen::Matrix2Xd& corners, const Eigen::Vector2d& place) {
  bool odd = false;
  for (Eigen::Index i = 0, j = corners.cols() - 1; i < corners.cols(); j = i++) {
    const Eigen::Vector2d a = corners.col(i);
    const Eigen::Vector2d b = corners.col(j);
    if ((a.y() > place.y()) == (b.y() > place.y())) continue;
    if (place.x() < a.x() + (b.x() - a.x()) * (place.y() - a.y()) / (b.y() - a.y())) odd = !odd;
  }
  return odd;
}

// What can be refused whatever the level.
void require_selection(const Selection& selection, const std::string& where) {
  if (const auto* region = std::get_if<InRegion>(&selection)) {
    require(region->corners.cols() >= 3 && region->corners.allFinite(),
            where + ": expected at least 3 finite corners, got " +
                std::to_string(region->corners.cols()));
  }
  if (const auto* near = std::get_if<NearImage>(&selection)) {
    require(near->count >= 1, where + ": expected count >= 1, got " + std::to_string(near->count));
  }
}

void require_levels(const ExplorationState& state) {
  const auto n = static_cast<int>(state.names.size());
  std::vector<int> above(state.names.size());
  std::iota(above.begin(), above.end(), 0);
  for (std::size_t i = 0; i < state.levels.size(); ++i) {
    const ExplorationLevel& level = state.levels[i];
    const std::string where = "Exploration: level " + std::to_string(i) + ": ";
    const std::vector<int>& images = level.images;
    require(
        std::adjacent_find(images.begin(), images.end(), std::greater_equal<>()) == images.end(),
        where + "expected ascending images");
    require(!images.empty() && images.front() >= 0 && images.back() < n,
            where + "expected images below " + std::to_string(n));
    require(std::includes(above.begin(), above.end(), images.begin(), images.end()),
            where + "expected images of the level above");
    require(i > 0 || images.size() == state.names.size(), where + "expected all images");
    require(level.selection.has_value() == (i > 0), where + "expected a selection below the first");
    if (level.selection) require_selection(*level.selection, where + "selection");
    require(level.map.rows() == 2 && level.map.cols() == static_cast<Eigen::Index>(images.size()) &&
                level.map.allFinite(),
            where + "expected a finite place for each image");
    above = images;
  }
}

}  // namespace

std::optional<double> number_of(std::string_view fact) {
  double value = 0;
  const auto [end, error] = std::from_chars(fact.data(), fact.data() + fact.size(), value);
  const bool whole = error == std::errc() && end == fact.data() + fact.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string describe(const Selection& selection) {
  if (const auto* region = std::get_if<InRegion>(&selection)) {
    require(region->corners.cols() > 0, "describe: expected corners, got none");
    const Eigen::Vector2d low = region->corners.rowwise().minCoeff();
    const Eigen::Vector2d high = region->corners.rowwise().maxCoeff();
    return "x " + short_number(low.x()) + " to " + short_number(high.x()) + ", y " +
           short_number(low.y()) + " to " + short_number(high.y()) +
           (region->corners.cols() == 4 ? "" : " (polygon)");
  }
  if (const auto* near = std::get_if<NearImage>(&selection)) {
    return std::to_string(near->count) + " nearest to " + near->name;
  }
  const auto& fact = std::get<WithFact>(selection);
  return fact.name + " " + sign_of(fact.comparison) + " " + fact.value;
}

Exploration::Exploration(ExplorationState state, Eigen::MatrixXf features)
    : state_(std::move(state)), features_(std::move(features)) {
  const std::size_t n = state_.names.size();
  require(n > 0, "Exploration: expected at least one image, got none");
  require(std::set<std::string>(state_.names.begin(), state_.names.end()).size() == n,
          "Exploration: expected each name once");
  require(static_cast<std::size_t>(features_.cols()) == n, "Exploration: expected features of " +
                                                               std::to_string(n) + " images, got " +
                                                               std::to_string(features_.cols()));
  require(state_.facts.empty() || state_.facts.size() == n,
          "Exploration: expected facts of each image or of none");
  require_levels(state_);
  if (!state_.levels.empty()) return;
  ExplorationLevel all;
  all.images.resize(n);
  std::iota(all.images.begin(), all.images.end(), 0);
  all.map = laid_out(all.images);
  state_.levels.push_back(std::move(all));
}

std::vector<std::string> Exploration::breadcrumbs() const {
  std::vector<std::string> result;
  for (const ExplorationLevel& level : state_.levels) {
    result.push_back(level.selection ? describe(*level.selection) : "all");
  }
  return result;
}

Eigen::MatrixXf Exploration::features_of(const std::vector<int>& images) const {
  Eigen::MatrixXf result(features_.rows(), static_cast<Eigen::Index>(images.size()));
  for (std::size_t i = 0; i < images.size(); ++i) {
    result.col(static_cast<Eigen::Index>(i)) = features_.col(images[i]);
  }
  return result;
}

// Rounded, so that a saved map is short and reads back as it was.
Eigen::MatrixXf Exploration::laid_out(const std::vector<int>& images) const {
  const Eigen::MatrixXf map = project(features_of(images), state_.projection);
  return ((map.cast<double>().array() * 1e5).round() / 1e5).cast<float>().matrix();
}

std::vector<int> Exploration::within(const InRegion& region) const {
  std::vector<int> result;
  for (std::size_t i = 0; i < level().images.size(); ++i) {
    const Eigen::Vector2d place = level().map.col(static_cast<Eigen::Index>(i)).cast<double>();
    if (inside(region.corners, place)) result.push_back(level().images[i]);
  }
  return result;
}

std::vector<int> Exploration::near(const NearImage& near) const {
  const std::vector<int>& images = level().images;
  const auto found = std::find_if(images.begin(), images.end(), [&](int image) {
    return state_.names[static_cast<std::size_t>(image)] == near.name;
  });
  require(found != images.end(),
          "select: expected the name of an image on the map, got " + near.name);
  const Eigen::VectorXi places = nearest_to(
      in_metric(features_of(images), state_.projection.metric), found - images.begin(), near.count);
  std::vector<int> result = {*found};
  for (const int place : places) result.push_back(images[static_cast<std::size_t>(place)]);
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<int> Exploration::with(const WithFact& fact) const {
  std::vector<int> result;
  std::set<std::string> known;
  for (const int image : level().images) {
    if (state_.facts.empty()) break;
    const ImageFacts& facts = state_.facts[static_cast<std::size_t>(image)];
    for (const auto& [name, value] : facts) known.insert(name);
    const auto found = facts.find(fact.name);
    if (found == facts.end()) continue;
    const std::optional<double> here = number_of(found->second);
    const std::optional<double> asked = number_of(fact.value);
    const bool chosen = here && asked ? holds(*here, fact.comparison, *asked)
                                      : holds(found->second, fact.comparison, fact.value);
    if (chosen) result.push_back(image);
  }
  if (known.contains(fact.name)) return result;
  const std::vector<std::string> names(known.begin(), known.end());
  std::string message = "select: nothing named " + fact.name + " is known of these images";
  if (const auto word = nearest_word(fact.name, names)) {
    message += "; did you mean \"" + *word + "\"?";
  }
  require(false, message);
  return result;
}

std::vector<int> Exploration::chosen(const Selection& selection) const {
  require_selection(selection, "select");
  if (const auto* region = std::get_if<InRegion>(&selection)) return within(*region);
  if (const auto* image = std::get_if<NearImage>(&selection)) return near(*image);
  return with(std::get<WithFact>(selection));
}

void Exploration::select(const Selection& selection) {
  ExplorationLevel next;
  next.images = chosen(selection);
  require(!next.images.empty(),
          "select: " + describe(selection) + ": expected at least one image, got none");
  next.selection = selection;
  next.map = laid_out(next.images);
  state_.levels.push_back(std::move(next));
}

void Exploration::back(int count) {
  const auto levels = static_cast<int>(state_.levels.size());
  require(count >= 0 && count < levels, "back: expected 0 to " + std::to_string(levels - 1) +
                                            " levels to leave, got " + std::to_string(count));
  state_.levels.resize(static_cast<std::size_t>(levels - count));
}

}  // namespace foray::classifier
