#include "transition.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "foray/optimizer/acquisition_kinds.h"
#include "foray/scattering/course.h"

namespace foray::campaign {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

std::size_t index_of(const std::vector<optimizer::Parameter>& parameters, const std::string& name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const auto& one) { return one.name == name; });
  return static_cast<std::size_t>(found - parameters.begin());
}

bool is_logarithmic(const optimizer::Parameter& parameter) {
  return parameter.scale == optimizer::ParameterScale::kLog;
}

double place_on(const optimizer::Parameter& parameter, double value) {
  return is_logarithmic(parameter) ? std::log(value) : value;
}

// Measurements side by side, and the numbers that something may show in.
struct Side {
  std::vector<MeasurementId> ids;
  VectorXd places;
  MatrixXd others, values;  // one a column
};

// Of the measurements of `ids`; where they stood on the axis and on all else that differs smoothly.
Side side_by_side(const CampaignView& view, std::vector<MeasurementId> ids) {
  const auto& parameters = view.spec().parameters;
  const std::size_t along = index_of(parameters, view.spec().transitions->along);
  std::vector<std::size_t> beside;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const bool differs = optimizer::is_coordinate(parameters[k]) &&
                         parameters[k].role != optimizer::ParameterRole::kFidelity;
    if (differs && k != along) beside.push_back(k);
  }
  const auto n = static_cast<Index>(ids.size());
  Side side{std::move(ids), VectorXd(n), MatrixXd(static_cast<Index>(beside.size()), n), {}};
  for (Index i = 0; i < n; ++i) {
    const VectorXd& position = view.measurement(side.ids[static_cast<std::size_t>(i)]).position;
    side.places(i) = place_on(parameters[along], position(static_cast<Index>(along)));
    for (std::size_t k = 0; k < beside.size(); ++k) {
      side.others(static_cast<Index>(k), i) = position(static_cast<Index>(beside[k]));
    }
  }
  return side;
}

// Measurements that can be compared: at full fidelity, and where the axis has a logarithm.
std::vector<MeasurementId> comparable(const CampaignView& view) {
  const auto& parameters = view.spec().parameters;
  const std::size_t along = index_of(parameters, view.spec().transitions->along);
  std::vector<MeasurementId> ids;
  for (const MeasurementId id : view.scored()) {
    const VectorXd& position = view.measurement(id).position;
    if (optimizer::at_full_fidelity(parameters, position) &&
        std::isfinite(place_on(parameters[along], position(static_cast<Index>(along))))) {
      ids.push_back(id);
    }
  }
  return ids;
}

// What the frames show; those that show another count of numbers than the first are left out.
Side of_frames(const CampaignView& view) {
  std::vector<MeasurementId> ids = comparable(view);
  Index count = 0;
  for (const MeasurementId id : ids) {
    if (count == 0) count = view.measurement(id).features.size();
  }
  std::erase_if(ids, [&](MeasurementId id) {
    const VectorXd& features = view.measurement(id).features;
    return count == 0 || features.size() != count || !features.allFinite();
  });
  Side side = side_by_side(view, std::move(ids));
  side.values.resize(count, side.places.size());
  for (Index i = 0; i < side.places.size(); ++i) {
    side.values.col(i) = view.measurement(side.ids[static_cast<std::size_t>(i)]).features;
  }
  return side;
}

// An observable where it has a value, on the scale of its transform if that is a logarithm.
Side of_observable(const CampaignView& view, std::size_t k) {
  const bool logarithm = view.spec().observables[k].transform == Transform::kLog;
  const auto value_of = [&](MeasurementId id) {
    const scattering::Observable& found = view.measurement(id).observables.at(k);
    if (found.status != scattering::ObservableStatus::kPresent) return std::nan("");
    return logarithm ? std::log(found.value) : found.value;
  };
  std::vector<MeasurementId> ids = comparable(view);
  std::erase_if(ids, [&](MeasurementId id) { return !std::isfinite(value_of(id)); });
  Side side = side_by_side(view, std::move(ids));
  side.values.resize(1, side.places.size());
  for (Index i = 0; i < side.places.size(); ++i) {
    side.values(0, i) = value_of(side.ids[static_cast<std::size_t>(i)]);
  }
  return side;
}

double stretch_of(const CampaignSpec& spec) {
  const optimizer::Parameter& axis =
      spec.parameters[index_of(spec.parameters, spec.transitions->along)];
  if (spec.transitions->stretch > 0) return spec.transitions->stretch;
  return (place_on(axis, axis.upper) - place_on(axis, axis.lower)) / 2;
}

std::optional<TransitionFound> found_in(const CampaignView& view, const Side& side,
                                        const std::string& of, double chance) {
  if (side.values.rows() == 0) return std::nullopt;
  const auto change = scattering::find_change(side.places, side.others, side.values,
                                              {stretch_of(view.spec()), chance});
  if (!change) return std::nullopt;
  const auto& parameters = view.spec().parameters;
  const std::size_t along = index_of(parameters, view.spec().transitions->along);
  const auto id = [&](Index column) { return side.ids[static_cast<std::size_t>(column)]; };
  const auto value = [&](Index column) {
    return view.measurement(id(column)).position(static_cast<Index>(along));
  };
  TransitionFound found;
  found.id = view.scored().back();
  found.between = {value(change->outer_below), value(change->outer_above)};
  const double likeliest = change->shape == scattering::CourseShape::kBend
                               ? side.places(change->below)
                               : (side.places(change->below) + side.places(change->above)) / 2;
  found.at = is_logarithmic(parameters[along]) ? std::exp(likeliest) : likeliest;
  found.below = id(change->below);
  found.above = id(change->above);
  found.shape = change->shape;
  found.of = of.empty() ? "frame " + std::to_string(change->number) : of;
  found.size = change->size;
  found.scatter = change->scatter;
  found.log10_p = change->log10_p;
  return found;
}

}  // namespace

std::optional<TransitionFound> find_transition(const CampaignView& view) {
  const auto& watch = view.spec().transitions;
  if (!watch || view.scored().empty()) return std::nullopt;
  if (watch->of.empty()) return found_in(view, of_frames(view), "", watch->chance);
  std::optional<TransitionFound> best;
  for (const std::string& name : watch->of) {
    const auto& all = view.spec().observables;
    const auto choice = std::find_if(all.begin(), all.end(),
                                     [&](const auto& one) { return one.spec.name == name; });
    const auto found =
        found_in(view, of_observable(view, static_cast<std::size_t>(choice - all.begin())), name,
                 watch->chance / static_cast<double>(watch->of.size()));
    if (found && (!best || found->log10_p < best->log10_p)) best = found;
  }
  return best;
}

bool same_place(const TransitionFound& a, const TransitionFound& b) {
  return a.below == b.below && a.above == b.above && a.between.lower == b.between.lower &&
         a.between.upper == b.between.upper && a.shape == b.shape && a.of == b.of;
}

namespace {

// The next value below from which the steps of a range lead on: they count from its lower end.
double on_steps(const optimizer::Parameter& whole, double value) {
  if (whole.step == 0) return value;
  constexpr double kRoundingOfSteps = 1e-9;
  return whole.lower +
         whole.step * std::floor((value - whole.lower) / whole.step + kRoundingOfSteps);
}

}  // namespace

std::optional<Interval> narrowed(const CampaignView& view, const ReactRule& rule,
                                 const TransitionFound& transition) {
  std::vector<optimizer::Parameter> parameters = view.parameters();
  const std::size_t along = index_of(parameters, view.spec().transitions->along);
  optimizer::Parameter& axis = parameters[along];
  const double lower = transition.at - rule.around / 2;
  axis.lower = std::max(axis.lower, on_steps(view.spec().parameters[along], lower));
  axis.upper = std::min(axis.upper, transition.at + rule.around / 2);
  if (!(axis.lower < axis.upper)) return std::nullopt;
  try {
    const optimizer::SearchSpace space(parameters, view.spec().constraints,
                                       candidate_positions(view.spec()));
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
  return Interval{axis.lower, axis.upper};
}

namespace {

// Whether a rule that has come to hold asks for more than was measured so since.
bool wants_more(const CampaignView& view) {
  const double width = view.transition()->between.upper - view.transition()->between.lower;
  return std::any_of(view.reactions().begin(), view.reactions().end(), [&](const Reacted& reacted) {
    const auto& densify = view.spec().react[static_cast<std::size_t>(reacted.rule)].densify;
    if (!densify || width <= densify->to) return false;
    const auto made = std::count_if(view.measurements().begin(), view.measurements().end(),
                                    [&](const MeasurementView& one) {
                                      return one.acquisition == kDensified && one.id > reacted.id;
                                    });
    return made < densify->measurements;
  });
}

// The places on the axis where something was asked for, from one end of an interval to the other.
std::vector<const MeasurementView*> along_axis(const CampaignView& view, Index along,
                                               const Interval& between) {
  std::vector<const MeasurementView*> places;
  for (const MeasurementView& one : view.measurements()) {
    const double value = one.position(along);
    if (value >= between.lower && value <= between.upper) places.push_back(&one);
  }
  std::stable_sort(places.begin(), places.end(), [&](const auto* a, const auto* b) {
    return a->position(along) < b->position(along);
  });
  return places;
}

}  // namespace

std::optional<VectorXd> denser_place(const CampaignView& view,
                                     const optimizer::SearchSpace& space) {
  if (!view.transition() || !wants_more(view) || optimizer::asks_for_safety(view.objective())) {
    return std::nullopt;
  }
  const auto along =
      static_cast<Index>(index_of(view.spec().parameters, view.spec().transitions->along));
  const auto places = along_axis(view, along, view.transition()->between);
  std::optional<VectorXd> best;
  double widest = 0;
  for (std::size_t i = 1; i < places.size(); ++i) {
    const VectorXd below = space.to_unit(places[i - 1]->position);
    const VectorXd above = space.to_unit(places[i]->position);
    const VectorXd unit = space.snap(((below + above) / 2).cwiseMax(0.0).cwiseMin(1.0).eval());
    const VectorXd place = space.from_unit(unit, view.spec().exposure_s);
    const double gap = places[i]->position(along) - places[i - 1]->position(along);
    const double inside = std::min(place(along) - places[i - 1]->position(along),
                                   places[i]->position(along) - place(along));
    if (gap <= widest || !(inside > 1e-6 * gap) || !space.feasible(unit)) continue;
    widest = gap;
    best = place;
  }
  return best;
}

}  // namespace foray::campaign
