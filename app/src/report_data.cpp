#include "report_data.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "foray/optimizer/search_space.h"

namespace foray::app {

namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The term that decides what "best" means; null for mapping.
const optimizer::ObjectiveTerm* optimising_term(const optimizer::Objective& objective) {
  for (const optimizer::ObjectiveTerm& term : objective.terms) {
    if (term.kind == optimizer::ObjectiveKind::kMaximise ||
        term.kind == optimizer::ObjectiveKind::kMinimise ||
        term.kind == optimizer::ObjectiveKind::kTarget) {
      return &term;
    }
  }
  return nullptr;
}

// Smaller is better, whatever the term asks for.
double badness(const optimizer::ObjectiveTerm& term, double value) {
  if (term.kind == optimizer::ObjectiveKind::kMaximise) return -value;
  if (term.kind == optimizer::ObjectiveKind::kMinimise) return value;
  return std::fabs(value - term.level);
}

const scattering::Observable* find_present(const campaign::MeasurementView& measurement,
                                           const std::string& name) {
  for (const scattering::Observable& observable : measurement.observables) {
    if (observable.name == name && observable.status == scattering::ObservableStatus::kPresent) {
      return &observable;
    }
  }
  return nullptr;
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
  summary.overhead_ms_median = median(overhead);
  for (auto& [stage, times] : stages) summary.stage_ms_median[stage] = median(times);
}

}  // namespace

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
  if (const auto* term = optimising_term(view.objective())) {
    double least = std::numeric_limits<double>::infinity();
    for (const campaign::MeasurementId id : view.scored()) {
      const auto* observable = find_present(view.measurement(id), term->observables.at(0));
      if (observable == nullptr || badness(*term, observable->value) >= least) continue;
      least = badness(*term, observable->value);
      summary.best = id;
    }
  }
  return summary;
}

namespace {

std::vector<std::size_t> axes_of(const campaign::CampaignView& view) {
  std::vector<std::size_t> axes;
  const auto& parameters = view.parameters();
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    if (optimizer::is_coordinate(parameters[k])) axes.push_back(k);
  }
  return axes;
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

std::optional<MapGrid> make_map_grid(const campaign::CampaignView& view, int side) {
  MapGrid grid;
  grid.side = side;
  const std::vector<std::size_t> axes = axes_of(view);
  // Two of the parts of a whole do not go with the middles of the others.
  const bool parts = std::any_of(view.parameters().begin(), view.parameters().end(),
                                 [](const auto& one) { return !one.simplex.empty(); });
  if (axes.size() < 2 || parts) return std::nullopt;
  grid.x_parameter = axes[0];
  grid.y_parameter = axes[1];
  Eigen::MatrixXd unit = Eigen::MatrixXd::Constant(static_cast<Eigen::Index>(axes.size()),
                                                   Eigen::Index{side} * side, 0.5);
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      auto point = unit.col(Eigen::Index{row} * side + column);
      point(0) = (column + 0.5) / side;
      point(1) = (row + 0.5) / side;
    }
  }
  grid.points = physical_points(view, unit);
  return grid;
}

std::optional<Profile> profile_of(const campaign::CampaignView& view,
                                  const campaign::Models& models, const std::string& observable) {
  const std::vector<std::size_t> axes = axes_of(view);
  if (axes.size() != 1 || models.find(observable) == nullptr) return std::nullopt;
  constexpr Eigen::Index kPlaces = 201;
  const Eigen::MatrixXd points =
      physical_points(view, Eigen::RowVectorXd::LinSpaced(kPlaces, 0, 1));
  const campaign::Prediction prediction = predict_allowed(models, observable, points);
  return Profile{axes[0], list_of(points.row(static_cast<Eigen::Index>(axes[0])).transpose()),
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
  const auto* term = optimising_term(view.objective());
  if (term != nullptr) curve.best_of = term->observables.at(0);
  Rng rng(derive_seed(view.spec().seed, "report"));
  const Eigen::MatrixXd probes =
      physical_points(view, campaign::search_space(view).sample(256, rng));
  double least = std::numeric_limits<double>::infinity();
  double best = std::nan("");
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
    const auto* observable = term ? find_present(one, term->observables.at(0)) : nullptr;
    if (observable != nullptr && badness(*term, observable->value) < least) {
      least = badness(*term, observable->value);
      best = observable->value;
    }
    for (const scattering::Observable& seen : one.observables) {
      if (find_present(one, seen.name) == nullptr || before.find(seen.name) == nullptr) continue;
      differences[seen.name].push_back(seen.value -
                                       before.predict(seen.name, one.position).mean(0));
    }
    before = {};
    if (n % stride != 0 && n != total) continue;
    curve.count.push_back(static_cast<double>(n));
    curve.beam_s.push_back(beam);
    if (term != nullptr) curve.best.push_back(best);
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
