#include "study.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <stdexcept>

#include "foray/campaign/campaign.h"
#include "foray/campaign/learning.h"
#include "foray/campaign/memory_journal.h"
#include "foray/campaign/models.h"
#include "foray/campaign/together.h"
#include "foray/common/check.h"
#include "foray/optimizer/search_space.h"
#include "report_data.h"

namespace foray::app {

namespace {

// Keeps nothing: a study's measurements can be simulated again.
class NoStore final : public campaign::MeasurementStore {
 public:
  campaign::SavedFile save(campaign::MeasurementId, const scattering::Measurement&) override {
    return {};
  }
  [[nodiscard]] scattering::Measurement load(campaign::MeasurementId,
                                             const campaign::SavedFile&) override {
    throw std::runtime_error("a study keeps no measurements");
  }
};

class NoEvents final : public campaign::EventSink {
 public:
  void on_entry(const campaign::JournalEntry&) override {}
};

// One measurement as every strategy delivers it.
struct Sampled {
  Eigen::VectorXd position;
  std::vector<scattering::Observable> observables;
  double beam_s = 0;
};

// Everything that the strategies on one sample share.
struct Bench {
  StudySample& sample;
  const scattering::Scorer& scorer;
  const surrogate::ModelFitter& fitter;
  const StudyOptions& options;
  StudyTargets targets;
  optimizer::SearchSpace space;
  std::uint64_t seed;
  Eigen::MatrixXd cells;           // unit points of the evaluation cells, row by row
  std::vector<int> true_class;     // -1: not part of the sample
  std::vector<double> true_value;  // NaN where not ordered
};

void fill_truth(Bench& bench) {
  const int side = bench.options.map_side;
  std::vector<std::string> names;
  for (const auto& parameter : bench.space.parameters()) names.push_back(parameter.name);
  // Strategies share the instrument, and its truth is asked for by place alone.
  require(bench.sample.truth->coordinates() == names,
          "study: expected a sample that depends on the campaign's two parameters, in their order, "
          "and on nothing else");
  bench.cells.resize(bench.space.dimension(), Eigen::Index{side} * side);
  const auto& phases = bench.targets.phases;
  for (Eigen::Index k = 0; k < bench.cells.cols(); ++k) {
    const Eigen::Index row = k / side;
    bench.cells(0, k) = (static_cast<double>(k % side) + 0.5) / side;
    bench.cells(1, k) = (static_cast<double>(row) + 0.5) / side;
    const Eigen::VectorXd at = bench.space.from_unit(bench.cells.col(k), 1.0).head(2);
    const simulator::GroundTruth truth = bench.sample.truth->truth(at);
    const auto place = std::find(phases.begin(), phases.end(), truth.phase);
    const bool known = bench.space.feasible(bench.cells.col(k)) && place != phases.end();
    bench.true_class.push_back(known ? static_cast<int>(place - phases.begin()) : -1);
    bench.true_value.push_back(known && truth.grain_size > 0 ? truth.grain_size : std::nan(""));
  }
}

Sampled measure(Bench& bench, const Eigen::VectorXd& physical, campaign::MeasurementId id) {
  campaign::MeasureRequest request;
  request.id = id;
  for (const auto& parameter : bench.space.parameters()) request.names.push_back(parameter.name);
  request.position = physical;
  request.exposure_s = bench.sample.campaign.exposure_s;
  bench.sample.instrument->submit(request);
  const auto result = bench.sample.instrument->poll(std::chrono::seconds(10));
  if (!result || !result->measurement || result->fault != campaign::FaultKind::kNone) {
    throw std::runtime_error(fmt::format("study: measurement {} failed: {}", id,
                                         result ? result->message : "no answer"));
  }
  Sampled sampled;
  sampled.position = result->read_back.size() > 0 ? result->read_back : physical;
  sampled.observables = bench.scorer.score(*result->measurement).observables;
  sampled.beam_s = result->motion_s + result->exposure_s;
  return sampled;
}

// What was measured of one observable, in the surrogate's variable.
surrogate::Observations observations(const Bench& bench, std::size_t observable,
                                     const std::vector<Sampled>& data) {
  std::vector<campaign::Result> results;
  for (const Sampled& one : data)
    results.push_back({one.position, &one.observables.at(observable)});
  return campaign::lesson(bench.sample.campaign, observable, bench.space, results).points;
}

// Surrogates by observable, and what the next training of the same strategy may go on from.
struct StudyModels {
  std::map<std::string, std::shared_ptr<const surrogate::Model>> model;
  std::map<std::string, Eigen::VectorXd> hyperparameters;
};

// Up to so many points a training begins anew from several starts; beyond, it goes on from that of
// the strategy's smaller map, as a campaign does.
constexpr Eigen::Index kFreshPoints = 64;

// Trains the surrogate of one observable on what was measured, if anything was.
void train(const Bench& bench, std::size_t observable, const std::vector<Sampled>& data,
           StudyModels& models) {
  const surrogate::Observations known = observations(bench, observable, data);
  if (known.y.size() == 0) return;
  const campaign::ObservableChoice& choice = bench.sample.campaign.observables[observable];
  std::vector<std::shared_ptr<const surrogate::Model>> conditions;
  for (const std::string& name : choice.given) conditions.push_back(models.model.at(name));
  const auto features =
      conditions.empty() ? nullptr : std::make_shared<const surrogate::Features>(conditions);
  Rng rng(derive_seed(bench.seed, observable));
  std::optional<Eigen::VectorXd> previous;
  const auto last = models.hyperparameters.find(choice.spec.name);
  if (known.y.size() > kFreshPoints && last != models.hyperparameters.end())
    previous = last->second;
  surrogate::FitOutcome fit =
      bench.fitter.fit(campaign::extended(known, features.get()), previous, {}, rng);
  models.hyperparameters[choice.spec.name] = fit.hyperparameters;
  models.model[choice.spec.name] = campaign::complete(std::move(fit.model), bench.sample.campaign,
                                                      observable, bench.space, features);
}

// The same for observables that are learned together.
void train(const Bench& bench, const campaign::OutputGroup& group, const std::vector<Sampled>& data,
           StudyModels& models) {
  const campaign::CampaignSpec& spec = bench.sample.campaign;
  std::vector<surrogate::Observations> members;
  for (const std::size_t k : campaign::members_of(spec, group))
    members.push_back(observations(bench, k, data));
  const auto stacked = campaign::lesson_together(spec, group, bench.space, members);
  if (stacked.points.y.size() == 0) return;
  Rng rng(derive_seed(bench.seed, group.observables.front()));
  Eigen::VectorXd& known = models.hyperparameters[group.observables.front()];
  std::optional<Eigen::VectorXd> previous;
  if (static_cast<Eigen::Index>(data.size()) > kFreshPoints && known.size() > 0) previous = known;
  surrogate::FitOutcome fit = bench.fitter.fit(stacked.points, previous, {}, rng);
  known = fit.hyperparameters;
  auto outputs =
      campaign::complete_together(std::move(fit.model), stacked, spec, group, bench.space, members);
  for (std::size_t t = 0; t < outputs.size(); ++t)
    if (outputs[t]) models.model[group.observables[t]] = std::move(outputs[t]);
}

// The surrogates of the class probabilities and the value.
void train(const Bench& bench, const std::vector<Sampled>& data, StudyModels& models) {
  models.model.clear();
  const auto& choices = bench.sample.campaign.observables;
  for (const auto& group : bench.sample.campaign.surrogate.together)
    train(bench, group, data, models);
  for (const bool given : {false, true}) {
    for (std::size_t k = 0; k < choices.size(); ++k) {
      if (choices[k].given.empty() == given ||
          campaign::group_of(bench.sample.campaign, choices[k].spec.name) != nullptr)
        continue;
      train(bench, k, data, models);
    }
  }
}

// The most probable class of each cell, as the index of its observable.
std::vector<int> draw_classes(const Bench& bench, const StudyModels& models) {
  const Eigen::Index cells = bench.cells.cols();
  Eigen::VectorXd top = Eigen::VectorXd::Constant(cells, -1e300);
  std::vector<int> drawn(static_cast<std::size_t>(cells), 0);
  for (std::size_t k = 0; k < bench.targets.class_observables.size(); ++k) {
    const auto model = models.model.find(bench.targets.class_observables[k]);
    if (model == models.model.end()) continue;
    const Eigen::VectorXd mean = model->second->predict_mean(bench.cells);
    for (Eigen::Index i = 0; i < cells; ++i) {
      if (mean(i) <= top(i)) continue;
      top(i) = mean(i);
      drawn[static_cast<std::size_t>(i)] = static_cast<int>(k);
    }
  }
  return drawn;
}

// The value in each cell; NaN without data.
Eigen::VectorXd draw_values(const Bench& bench, const StudyModels& models) {
  const Eigen::Index cells = bench.cells.cols();
  Eigen::VectorXd values = Eigen::VectorXd::Constant(cells, std::nan(""));
  const auto model = models.model.find(bench.targets.value_observable);
  if (model == models.model.end()) return values;
  const surrogate::Posterior posterior = model->second->predict(bench.cells);
  const auto& choices = bench.sample.campaign.observables;
  const auto choice = std::find_if(choices.begin(), choices.end(), [&](const auto& one) {
    return one.spec.name == bench.targets.value_observable;
  });
  for (Eigen::Index i = 0; i < cells; ++i) {
    values(i) =
        campaign::from_model(choice->transform, posterior.mean(i), posterior.variance(i)).value;
  }
  return values;
}

MapError compare(const Bench& bench, const std::vector<int>& classes,
                 const Eigen::VectorXd& values) {
  MapError error;
  double area = 0;
  double ordered = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (bench.true_class[i] < 0) continue;
    area += 1;
    error.wrong_class_share += classes[i] == bench.true_class[i] ? 0 : 1;
    if (std::isnan(bench.true_value[i])) continue;
    const double off = values(static_cast<Eigen::Index>(i)) - bench.true_value[i];
    ordered += 1;
    error.value_rms += off * off;
  }
  error.wrong_class_share /= std::max(1.0, area);
  error.value_rms = std::sqrt(error.value_rms / std::max(1.0, ordered));
  return error;
}

void keep(const Bench& bench, const std::vector<Sampled>& data, const std::vector<int>& classes,
          const Eigen::VectorXd& values, StudyMap& map) {
  const int side = bench.options.map_side;
  map.classes = Eigen::MatrixXd::Constant(side, side, std::nan(""));
  map.values = map.classes;
  for (Eigen::Index i = 0; i < bench.cells.cols(); ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (bench.true_class[k] < 0) continue;
    map.classes(i / side, i % side) = classes[k];
    if (bench.targets.phases[static_cast<std::size_t>(classes[k])] != "disordered") {
      map.values(i / side, i % side) = values(i);
    }
  }
  map.positions.resize(2, static_cast<Eigen::Index>(data.size()));
  for (std::size_t i = 0; i < data.size(); ++i) {
    map.positions.col(static_cast<Eigen::Index>(i)) = data[i].position.head(2);
  }
}

// Draws the map and compares it with the truth; keeps it in `kept` where that is not null.
MapError draw(const Bench& bench, const std::vector<Sampled>& data, StudyModels& models,
              StudyMap* kept) {
  train(bench, data, models);
  const std::vector<int> classes = draw_classes(bench, models);
  const Eigen::VectorXd values = draw_values(bench, models);
  if (kept != nullptr) keep(bench, data, classes, values, *kept);
  return compare(bench, classes, values);
}

StudyPoint study_point(const Bench& bench, const std::vector<Sampled>& data, StudyModels& models,
                       StudyMap* kept) {
  StudyPoint point;
  point.measurements = static_cast<std::int64_t>(data.size());
  for (const Sampled& one : data) point.beam_s += one.beam_s;
  point.error = draw(bench, data, models, kept);
  return point;
}

StudyMap* new_map(const Bench& bench, StudyResult& result, const std::string& title) {
  if (!bench.options.keep_maps) return nullptr;
  result.maps.push_back({title, {}, {}, {}});
  return &result.maps.back();
}

std::vector<Sampled> first_of(const std::vector<Sampled>& all, std::int64_t count) {
  const auto end = std::min<std::int64_t>(count, static_cast<std::int64_t>(all.size()));
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(end)};
}

void run_campaign(Bench& bench, StudyResult& result) {
  campaign::MemoryJournal journal;
  campaign::SystemClock clock;
  NoStore store;
  NoEvents events;
  campaign::Campaign campaign(
      bench.sample.campaign, "",
      {*bench.sample.instrument, bench.scorer, journal, clock, events, store, bench.fitter},
      "study");
  const auto started = campaign.start("study");
  campaign.run();
  const campaign::CampaignView view = campaign.view();
  std::vector<Sampled> all;
  for (const campaign::MeasurementId id : view.scored()) {
    const campaign::MeasurementView& one = view.measurement(id);
    all.push_back({one.position, one.observables, one.motion_s + one.exposure_s});
  }
  StudyRun run;
  StudyModels models;
  run.strategy = "foray";
  run.overhead_ms_median = summarise(view).overhead_ms_median;
  for (const std::int64_t count : bench.options.campaign_counts) {
    if (count > static_cast<std::int64_t>(all.size())) continue;
    const bool last = count == bench.options.campaign_counts.back();
    run.points.push_back(study_point(
        bench, first_of(all, count), models,
        last ? new_map(bench, result, fmt::format("foray, {} measurements", count)) : nullptr));
  }
  result.runs.push_back(std::move(run));
}

// Grids are measured row by row, every second row backwards, as a person would.
void run_grids(Bench& bench, StudyResult& result, campaign::MeasurementId& id) {
  StudyRun run;
  StudyModels models;
  run.strategy = "grid";
  for (const int side : bench.options.grid_sides) {
    std::vector<Sampled> all;
    for (int row = 0; row < side; ++row) {
      for (int step = 0; step < side; ++step) {
        const int column = row % 2 == 0 ? step : side - 1 - step;
        const Eigen::Vector2d unit((column + 0.5) / side, (row + 0.5) / side);
        if (!bench.space.feasible(unit)) continue;
        all.push_back(
            measure(bench, bench.space.from_unit(unit, bench.sample.campaign.exposure_s), ++id));
      }
    }
    const bool show = side == bench.options.grid_sides.back() || side == 8;
    run.points.push_back(study_point(
        bench, all, models,
        show ? new_map(bench, result, fmt::format("grid, {} measurements", all.size())) : nullptr));
  }
  result.runs.push_back(std::move(run));
}

void run_random(Bench& bench, StudyResult& result, campaign::MeasurementId& id) {
  StudyRun run;
  StudyModels models;
  run.strategy = "random";
  Rng rng(derive_seed(bench.seed, "random strategy"));
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::vector<Sampled> all;
  for (const std::int64_t count : bench.options.random_counts) {
    while (static_cast<std::int64_t>(all.size()) < count) {
      const double first = uniform(rng);
      const Eigen::Vector2d unit(first, uniform(rng));
      if (!bench.space.feasible(unit)) continue;
      all.push_back(
          measure(bench, bench.space.from_unit(unit, bench.sample.campaign.exposure_s), ++id));
    }
    run.points.push_back(
        study_point(bench, all, models,
                    count == 60 ? new_map(bench, result, "random, 60 measurements") : nullptr));
  }
  result.runs.push_back(std::move(run));
}

void keep_truth(const Bench& bench, StudyResult& result) {
  StudyMap* map = new_map(bench, result, "the hidden truth");
  if (map == nullptr) return;
  const int side = bench.options.map_side;
  map->classes = Eigen::MatrixXd::Constant(side, side, std::nan(""));
  map->values = map->classes;
  map->positions.resize(2, 0);
  for (Eigen::Index i = 0; i < bench.cells.cols(); ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (bench.true_class[k] < 0) continue;
    map->classes(i / side, i % side) = bench.true_class[k];
    map->values(i / side, i % side) = bench.true_value[k];
  }
}

}  // namespace

StudyTargets study_targets(const campaign::CampaignSpec& spec) {
  StudyTargets targets;
  for (const optimizer::ObjectiveTerm& term : spec.objective.terms) {
    if (term.kind == optimizer::ObjectiveKind::kBoundary) {
      targets.class_observables = term.observables;
    }
  }
  require(!targets.class_observables.empty(),
          "study: expected an objective with a boundary term, found none");
  for (const std::string& name : targets.class_observables) {
    require(name.rfind("p_", 0) == 0,
            fmt::format("study: expected class observables named p_PHASE, got {}", name));
    targets.phases.push_back(name.substr(2));
  }
  for (const campaign::ObservableChoice& choice : spec.observables) {
    if (choice.spec.from == "peak:first/domain_size") targets.value_observable = choice.spec.name;
  }
  const auto axes = std::count_if(
      spec.parameters.begin(), spec.parameters.end(),
      [](const optimizer::Parameter& p) { return p.role == optimizer::ParameterRole::kAxis; });
  require(axes == 2 && spec.parameters.size() == 2,
          fmt::format("study: expected two parameters, got {}", spec.parameters.size()));
  return targets;
}

StudyResult study_sample(StudySample sample, const scattering::Scorer& scorer,
                         const surrogate::ModelFitter& fitter, const StudyOptions& options,
                         std::uint64_t seed) {
  Bench bench{sample,
              scorer,
              fitter,
              options,
              study_targets(sample.campaign),
              optimizer::SearchSpace(sample.campaign.parameters, sample.campaign.constraints,
                                     candidate_positions(sample.campaign)),
              seed,
              {},
              {},
              {}};
  fill_truth(bench);
  StudyResult result;
  result.sample = seed;
  keep_truth(bench, result);
  run_campaign(bench, result);
  // Ids beyond any that the campaign used, since the instrument's noise follows the id.
  campaign::MeasurementId id = 1'000'000;
  run_grids(bench, result, id);
  run_random(bench, result, id);
  return result;
}

}  // namespace foray::app
