#include "report_data.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "foray/campaign/progress.h"
#include "foray/classifier/labels.h"
#include "foray/common/median.h"
#include "foray/optimizer/search_space.h"

namespace foray::app {

namespace {

const scattering::Observable* find_present(const campaign::MeasurementView& measurement,
                                           const std::string& name) {
  for (const scattering::Observable& observable : measurement.observables) {
    if (observable.name == name && observable.status == scattering::ObservableStatus::kPresent) {
      return &observable;
    }
  }
  return nullptr;
}

// The distance of two values of a parameter on its own scale, in parts of its range.
double apart(const optimizer::Parameter& parameter, double a, double b) {
  if (a == b) return 0;
  if (parameter.scale == optimizer::ParameterScale::kLog) {
    return std::abs(std::log(a / b)) / std::log(parameter.upper / parameter.lower);
  }
  return std::abs(a - b) / (parameter.upper - parameter.lower);
}

void add_times(const campaign::CampaignView& view, RunSummary& summary) {
  std::vector<double> overhead;
  std::map<std::string, std::vector<double>> stages;
  for (const campaign::MeasurementId id : view.scored()) {
    const campaign::MeasurementView& one = view.measurement(id);
    overhead.push_back(one.propose_ms + one.train_ms + one.save_ms + one.score_ms + one.journal_ms);
    stages["propose"].push_back(one.propose_ms);
    stages["train"].push_back(one.train_ms);
    stages["save"].push_back(one.save_ms);
    stages["score"].push_back(one.score_ms);
    stages["journal"].push_back(one.journal_ms);
  }
  summary.overhead_ms_median = overhead.empty() ? 0 : upper_median(overhead);
  for (auto& [stage, times] : stages) summary.stage_ms_median[stage] = upper_median(times);
}

}  // namespace

std::string axis_label(const optimizer::Parameter& parameter) {
  return parameter.unit.empty() ? parameter.name
                                : fmt::format("{} [{}]", parameter.name, parameter.unit);
}

std::map<std::string, std::variant<double, std::string>> known_of(
    const campaign::CampaignView& view, const campaign::MeasurementView& one) {
  const auto& parameters = view.spec().parameters;
  // Exposures and ways may differ.
  const auto here = [&](const campaign::Candidate& candidate, double tolerance) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto k = static_cast<Eigen::Index>(i);
      if (parameters[i].role == optimizer::ParameterRole::kAxis &&
          !(apart(parameters[i], one.requested(k), candidate.position(k)) <= tolerance)) {
        return false;
      }
    }
    return true;
  };
  // An operator's point is a candidate up to rounding, where none is it exactly.
  for (const double tolerance : {0.0, 1e-9}) {
    for (const auto* list : {&view.spec().candidates, &view.spec().start}) {
      for (const campaign::Candidate& candidate : *list) {
        if (!candidate.about.empty() && here(candidate, tolerance)) return candidate.about;
      }
    }
  }
  return {};
}

RunSummary summarise(const campaign::CampaignView& view) {
  RunSummary summary;
  summary.name = view.spec().name;
  summary.state = campaign::state_name(view.state());
  summary.reason = view.reason();
  summary.instrument = view.instrument();
  summary.measured = static_cast<std::int64_t>(view.scored().size());
  summary.failed = view.failures();
  summary.beam_s = view.beam_s();
  summary.wall_s = view.last_entry_at_s() - view.created_at_s();
  for (const campaign::MeasurementView& one : view.measurements()) {
    summary.late += one.late ? 1 : 0;
    summary.possible_duplicates += one.possible_duplicate ? 1 : 0;
    summary.searches_cut += one.search_cut ? 1 : 0;
    summary.motion_s += one.motion_s;
    summary.exposure_s += one.exposure_s;
    if (one.state == campaign::MeasurementState::kFailed) {
      ++summary.faults[campaign::fault_name(one.fault)];
    }
  }
  for (const campaign::TrainingView& training : view.trainings()) {
    for (const campaign::TrainedModel& model : training.record.models) {
      ++summary.trainings;
      summary.trainings_not_converged += model.converged ? 0 : 1;
    }
  }
  add_times(view, summary);
  if (const auto best = campaign::best_so_far(view)) summary.best = best->id;
  return summary;
}

namespace {

struct ShownAxis {
  std::size_t parameter = 0;
  Eigen::Index coordinate = 0;
};

// The coordinates that something can be shown along. Ways of measuring are shown by what they say.
std::vector<ShownAxis> axes_of(const campaign::CampaignView& view) {
  std::vector<ShownAxis> axes;
  const auto& parameters = view.parameters();
  Eigen::Index coordinate = 0;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    if (!optimizer::is_coordinate(parameters[k])) continue;
    if (parameters[k].role != optimizer::ParameterRole::kFidelity) axes.push_back({k, coordinate});
    ++coordinate;
  }
  return axes;
}

// The middle of all ranges, at full fidelity.
Eigen::MatrixXd middles(const campaign::CampaignView& view, Eigen::Index count) {
  const optimizer::SearchSpace space = campaign::search_space(view);
  Eigen::VectorXd middle = Eigen::VectorXd::Constant(space.dimension(), 0.5);
  const Eigen::VectorXd standing = space.snap(middle);
  for (const Eigen::Index axis : space.standing_axes()) middle(axis) = standing(axis);
  return middle.replicate(1, count);
}

// Physical points (one value a parameter) of unit points; NaN where not allowed.
Eigen::MatrixXd physical_points(const campaign::CampaignView& view, const Eigen::MatrixXd& unit) {
  const optimizer::SearchSpace space = campaign::search_space(view);
  Eigen::MatrixXd points(static_cast<Eigen::Index>(view.parameters().size()), unit.cols());
  for (Eigen::Index i = 0; i < unit.cols(); ++i) {
    points.col(i) = space.from_unit(unit.col(i), view.spec().exposure_s);
    if (!space.feasible(unit.col(i))) points.col(i).setConstant(std::nan(""));
  }
  return points;
}

// Predicts at the points that are allowed; NaN elsewhere.
campaign::Prediction predict_allowed(const campaign::Models& models, const std::string& observable,
                                     const Eigen::MatrixXd& points) {
  std::vector<Eigen::Index> allowed;
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    if (std::isfinite(points(0, i))) allowed.push_back(i);
  }
  campaign::Prediction all;
  all.mean = Eigen::VectorXd::Constant(points.cols(), std::nan(""));
  all.sd = all.mean;
  if (allowed.empty() || models.find(observable) == nullptr) return all;
  const campaign::Prediction found = models.predict(observable, points(Eigen::all, allowed));
  all.mean(allowed) = found.mean;
  all.sd(allowed) = found.sd;
  return all;
}

std::vector<double> list_of(const Eigen::VectorXd& values) {
  return {values.data(), values.data() + values.size()};
}

}  // namespace

std::string probable_classes(const std::vector<scattering::ClassProbability>& classes) {
  static const classifier::LabelHierarchy kLabels = classifier::default_hierarchy();
  // Geometries exclude each other, so one at most is probable, and nothing below another.
  const auto root = std::find_if(classes.begin(), classes.end(), [](const auto& one) {
    return one.probability > 0.5 && one.path.find('/') == std::string::npos;
  });
  if (root == classes.end()) return "";
  std::vector<std::string> paths = {root->path};
  for (const auto& one : classes) {
    const bool below = one.path.rfind(root->path + "/", 0) == 0;
    if (below && one.probability > 0.5 && !classifier::is_trait(kLabels, one.path)) {
      paths.push_back(one.path);
    }
  }
  std::string names;
  for (const std::string& path : paths) {
    const bool detailed = std::none_of(paths.begin(), paths.end(), [&](const std::string& other) {
      return other.rfind(path + "/", 0) == 0;
    });
    if (detailed) names += (names.empty() ? "" : ", ") + path.substr(path.rfind('/') + 1);
  }
  return names;
}

std::optional<MapGrid> make_map_grid(const campaign::CampaignView& view, int side) {
  MapGrid grid;
  grid.side = side;
  const std::vector<ShownAxis> axes = axes_of(view);
  // Two of the parts of a whole do not go with the middles of the others.
  const bool parts = std::any_of(view.parameters().begin(), view.parameters().end(),
                                 [](const auto& one) { return !one.simplex.empty(); });
  if (axes.size() < 2 || parts) return std::nullopt;
  grid.x_parameter = axes[0].parameter;
  grid.y_parameter = axes[1].parameter;
  Eigen::MatrixXd unit = middles(view, Eigen::Index{side} * side);
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      auto point = unit.col(Eigen::Index{row} * side + column);
      point(axes[0].coordinate) = (column + 0.5) / side;
      point(axes[1].coordinate) = (row + 0.5) / side;
    }
  }
  grid.points = physical_points(view, unit);
  return grid;
}

std::optional<Profile> profile_of(const campaign::CampaignView& view,
                                  const campaign::Models& models, const std::string& observable) {
  const std::vector<ShownAxis> axes = axes_of(view);
  if (axes.size() != 1 || models.find(observable) == nullptr) return std::nullopt;
  constexpr Eigen::Index kPlaces = 201;
  Eigen::MatrixXd unit = middles(view, kPlaces);
  unit.row(axes[0].coordinate) = Eigen::RowVectorXd::LinSpaced(kPlaces, 0, 1);
  const Eigen::MatrixXd points = physical_points(view, unit);
  const campaign::Prediction prediction = predict_allowed(models, observable, points);
  const auto along = static_cast<Eigen::Index>(axes[0].parameter);
  return Profile{axes[0].parameter, list_of(points.row(along).transpose()),
                 list_of(prediction.mean), list_of(prediction.sd)};
}

ObservableMap map_of(const campaign::Models& models, const MapGrid& grid,
                     const std::string& observable) {
  const campaign::Prediction prediction = predict_allowed(models, observable, grid.points);
  // Points run along x first, matrices of Eigen down their columns.
  return {prediction.mean.reshaped(grid.side, grid.side).transpose(),
          prediction.sd.reshaped(grid.side, grid.side).transpose()};
}

Eigen::MatrixXd class_map(const campaign::Models& models, const MapGrid& grid,
                          const std::vector<std::string>& observables) {
  Eigen::MatrixXd largest = Eigen::MatrixXd::Constant(grid.side, grid.side, std::nan(""));
  Eigen::MatrixXd top = largest;
  for (std::size_t k = 0; k < observables.size(); ++k) {
    const Eigen::MatrixXd mean = map_of(models, grid, observables[k]).mean;
    for (Eigen::Index i = 0; i < mean.size(); ++i) {
      if (std::isnan(mean(i)) || (!std::isnan(top(i)) && mean(i) <= top(i))) continue;
      top(i) = mean(i);
      largest(i) = static_cast<double>(k);
    }
  }
  return largest;
}

namespace {

// Root mean square of the last ten.
double recent_rms(const std::vector<double>& differences) {
  const std::size_t count = std::min<std::size_t>(differences.size(), 10);
  double sum = 0;
  for (std::size_t i = differences.size() - count; i < differences.size(); ++i) {
    sum += differences[i] * differences[i];
  }
  return count > 0 ? std::sqrt(sum / static_cast<double>(count)) : std::nan("");
}

double spread(const campaign::CampaignView& view, const std::string& observable) {
  std::vector<double> values;
  for (const campaign::MeasurementId id : view.scored()) {
    const auto* found = find_present(view.measurement(id), observable);
    if (found != nullptr) values.push_back(found->value);
  }
  if (values.size() < 2) return 0;
  const auto all =
      Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
  return std::sqrt((all - all.mean()).square().mean());
}

}  // namespace

Progression progression(const campaign::CampaignView& view, const surrogate::ModelFitter& fitter) {
  Progression curve;
  const auto* term = campaign::optimising_term(view.objective());
  if (term != nullptr) curve.best_of = term->observables.at(0);
  Rng rng(derive_seed(view.spec().seed, "report"));
  const Eigen::MatrixXd probes =
      physical_points(view, campaign::search_space(view).sample(256, rng));
  double beam = 0;
  const auto total = static_cast<std::int64_t>(view.scored().size());
  const std::int64_t stride = std::max<std::int64_t>(1, total / 60);
  std::map<std::string, std::vector<double>> differences;
  std::map<std::string, double> unit;
  for (const auto& choice : view.spec().observables) {
    unit[choice.spec.name] = spread(view, choice.spec.name);
  }
  campaign::Models before;
  for (std::int64_t n = 1; n <= total; ++n) {
    const auto& one = view.measurement(view.scored()[static_cast<std::size_t>(n - 1)]);
    beam += one.motion_s + one.exposure_s;
    for (const scattering::Observable& seen : one.observables) {
      if (find_present(one, seen.name) == nullptr || before.find(seen.name) == nullptr) continue;
      differences[seen.name].push_back(seen.value -
                                       before.predict(seen.name, one.position).mean(0));
    }
    before = {};
    if (n % stride != 0 && n != total) continue;
    curve.count.push_back(static_cast<double>(n));
    curve.beam_s.push_back(beam);
    if (term != nullptr) {
      const auto best = campaign::best_so_far(view, n);
      curve.best.push_back(best ? best->value : std::nan(""));
    }
    before = campaign::Models::at(view, fitter, n);
    for (const campaign::ObservableChoice& choice : view.spec().observables) {
      const std::string& name = choice.spec.name;
      curve.uncertainty[name].push_back(before.find(name) != nullptr
                                            ? before.predict(name, probes).sd.mean() / unit[name]
                                            : std::nan(""));
      curve.error[name].push_back(recent_rms(differences[name]) / unit[name]);
    }
  }
  return curve;
}

}  // namespace foray::app
