#pragma once

#include <atomic>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "foray/campaign/campaign.h"
#include "foray/campaign/memory_journal.h"
#include "foray/common/draws.h"
#include "foray/common/random.h"
#include "foray/surrogate/gp_fitter.h"

namespace foray::campaign::testing {

/// Time that passes only when told to.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] double now() const override { return 1.7e9 + seconds_; }
  [[nodiscard]] double steady() const override { return seconds_; }
  void advance(double seconds) { seconds_ = seconds_ + seconds; }

 private:
  std::atomic<double> seconds_{0};
};

/// A smooth function of position with noise drawn from the id, so that a measurement does not
/// depend on when or how often it is made. Answers "f" and, on request, as a curve.
class FakeInstrument final : public Instrument {
 public:
  explicit FakeInstrument(ManualClock* clock = nullptr) : clock_(clock) {}

  // What to do wrong, by id; repeated for ids beyond `fault_all_from`.
  std::map<MeasurementId, FaultKind> faults;
  std::map<MeasurementId, double> replace_value;
  std::set<MeasurementId> silent;  ///< never answered, unless release() is called.
  MeasurementId fault_all_from = 1000000;
  FaultKind fault_all = FaultKind::kDisconnected;
  Eigen::VectorXd read_back_offset;
  bool reads_back = true;
  bool as_curve = false;
  double noise_sd = 0.05;
  RequestState lost_outcome = RequestState::kNotStarted;  ///< what it says after a restart.
  bool throw_on_submit = false;
  std::function<double(const Eigen::VectorXd&)> function = [](const Eigen::VectorXd& x) {
    double sum = 0;
    for (Eigen::Index i = 0; i < x.size(); ++i) {
      sum += std::sin(1.3 * x(i)) + 0.1 * x(i);
    }
    return sum;
  };

  std::vector<MeasureRequest> submitted;
  int aborts = 0;

  [[nodiscard]] std::string description() const override { return "fake"; }

  void submit(const MeasureRequest& request) override {
    if (throw_on_submit) {
      throw std::runtime_error("fake: the line is dead");
    }
    submitted.push_back(request);
    waiting_.push_back(request);
  }

  // Answers in an order that depends on the ids that wait and on nothing else.
  std::optional<MeasureResult> poll(std::chrono::milliseconds timeout) override {
    std::optional<std::size_t> next;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (silent.count(waiting_[i].id) == 0 && (!next || rank(i) < rank(*next))) {
        next = i;
      }
    }
    if (!next) {
      if (clock_ != nullptr) {
        clock_->advance(static_cast<double>(timeout.count()) / 10);
      }
      return std::nullopt;
    }
    const MeasureRequest request = waiting_[*next];
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(*next));
    return answer(request);
  }

  RequestState outcome(MeasurementId id) override {
    asked_outcomes.push_back(id);
    if (lost_outcome == RequestState::kDone) {
      waiting_.push_back(known.at(id));
    }
    return lost_outcome;
  }

  void abort() override {
    ++aborts;
    waiting_.clear();
  }

  void release(MeasurementId id) { silent.erase(id); }

  std::map<MeasurementId, MeasureRequest> known;  ///< requests of an earlier life.
  std::vector<MeasurementId> asked_outcomes;

  MeasureResult answer(const MeasureRequest& request) {
    MeasureResult result;
    result.id = request.id;
    result.read_back = request.position;
    if (read_back_offset.size() > 0) {
      result.read_back += read_back_offset;
    }
    result.motion_s = 2;
    result.exposure_s = request.exposure_s;
    const auto fault = faults.find(request.id);
    result.fault = fault != faults.end()          ? fault->second
                   : request.id >= fault_all_from ? fault_all
                                                  : FaultKind::kNone;
    if (result.fault != FaultKind::kNone) {
      result.message = "fake fault";
      return result;
    }
    Rng rng(derive_seed(99, static_cast<std::uint64_t>(request.id)));
    double value = function(result.read_back) + noise_sd * (uniform(rng) - 0.5);
    if (const auto replaced = replace_value.find(request.id); replaced != replace_value.end()) {
      value = replaced->second;
    }
    if (as_curve) {
      scattering::Curve curve;
      curve.q = Eigen::VectorXd::LinSpaced(3, 0.01, 0.03);
      curve.intensity = Eigen::VectorXd::Constant(3, value);
      curve.sigma = Eigen::VectorXd::Constant(3, 0.1);
      result.measurement = curve;
    } else {
      result.measurement = scattering::Values{{"f", value, noise_sd * noise_sd / 12 + 1e-8}};
    }
    if (!reads_back) result.read_back.resize(0);
    return result;
  }

 private:
  [[nodiscard]] std::uint64_t rank(std::size_t i) const {
    return derive_seed(7, static_cast<std::uint64_t>(waiting_[i].id));
  }

  ManualClock* clock_;
  std::vector<MeasureRequest> waiting_;
};

/// Reports "f" as it is, and "absent" as absent above a threshold of f.
class FakeScorer final : public scattering::Scorer {
 public:
  bool refuses = false;
  std::set<double> not_finite_values;  // values of f whose score is NaN

  [[nodiscard]] scattering::Score score(const scattering::Measurement& measurement) const override {
    if (refuses) {
      throw std::invalid_argument("fake scorer: expected something else");
    }
    double value = 0;
    double variance = 1e-4;
    if (const auto* values = std::get_if<scattering::Values>(&measurement)) {
      value = values->at(0).value;
      variance = values->at(0).variance;
    } else {
      value = std::get<scattering::Curve>(measurement).intensity(0);
    }
    scattering::Score score;
    const bool bad = not_finite_values.count(value) > 0;
    score.observables.push_back(
        {"f", scattering::ObservableStatus::kPresent, bad ? std::nan("") : value, variance, ""});
    const bool absent = value < 0;
    score.observables.push_back(
        {"g",
         absent ? scattering::ObservableStatus::kAbsent : scattering::ObservableStatus::kPresent,
         absent ? 0 : 1 + value, variance, absent ? "f < 0" : ""});
    return score;
  }
};

/// Keeps measurements in memory.
class FakeStore final : public MeasurementStore {
 public:
  bool full = false;
  std::set<MeasurementId> malformed;  ///< what no file can hold.
  std::map<MeasurementId, scattering::Measurement> saved;

  SavedFile save(MeasurementId id, const scattering::Measurement& measurement) override {
    if (full) {
      throw std::runtime_error("measurement file: no space left on device");
    }
    if (malformed.count(id) > 0) {
      throw std::invalid_argument("fake store: expected at least one point, got none");
    }
    saved.insert_or_assign(id, measurement);
    return {"measurements/" + std::to_string(id), "hash"};
  }
  [[nodiscard]] scattering::Measurement load(MeasurementId id, const SavedFile& file) override {
    if (saved.count(id) == 0) {
      throw std::runtime_error(file.path + ": expected a file, found none");
    }
    return saved.at(id);
  }
};

/// Calls back after every entry.
class FakeSink final : public EventSink {
 public:
  std::function<void(const JournalEntry&)> react = [](const JournalEntry&) {};
  std::vector<std::int64_t> seen;
  void on_entry(const JournalEntry& entry) override {
    seen.push_back(entry.sequence);
    react(entry);
  }
};

/// A journal that can be made to refuse.
class FakeJournal final : public Journal {
 public:
  explicit FakeJournal(std::vector<JournalEntry> entries = {}) : inner_(std::move(entries)) {}
  std::int64_t full_after = 1000000;
  JournalEntry append(const Record& record, const std::string& who, double time_s) override {
    if (static_cast<std::int64_t>(inner_.read(1).size()) >= full_after) {
      throw JournalError("fake journal: database or disk is full");
    }
    return inner_.append(record, who, time_s);
  }
  [[nodiscard]] std::vector<JournalEntry> read(std::int64_t from) const override {
    return inner_.read(from);
  }

 private:
  MemoryJournal inner_;
};

/// Few starts: the data are few and the tests many.
inline surrogate::FitOptions quick_fit() {
  surrogate::FitOptions options;
  options.starts = 2;
  options.start_evaluations = 20;
  options.warm_evaluations = 8;
  return options;
}

/// All ports of a campaign, and the campaign.
struct Bench {
  ManualClock clock;
  FakeInstrument instrument{&clock};
  FakeScorer scorer;
  FakeJournal journal;
  FakeSink sink;
  FakeStore store;
  surrogate::GpFitter fitter{quick_fit()};
  std::unique_ptr<Campaign> campaign;

  Bench() = default;
  explicit Bench(std::vector<JournalEntry> entries) : journal(std::move(entries)) {}

  Ports ports() { return {instrument, scorer, journal, clock, sink, store, fitter}; }

  Campaign& create(const CampaignSpec& spec) {
    campaign = std::make_unique<Campaign>(spec, "{}", ports(), "tester");
    return *campaign;
  }
  Campaign& resume() {
    campaign = Campaign::resume(ports(), "tester");
    return *campaign;
  }
  CampaignState run(const CampaignSpec& spec) {
    create(spec).start("tester");
    return campaign->run();
  }
  // Leaves the loop when the predicate holds after an entry.
  void leave_when(std::function<bool(const JournalEntry&)> predicate) {
    sink.react = [this, predicate = std::move(predicate)](const JournalEntry& entry) {
      if (predicate(entry)) {
        campaign->leave();
      }
    };
  }
};

inline Eigen::VectorXd point(double x, double y) {
  Eigen::VectorXd position(2);
  position << x, y;
  return position;
}

inline optimizer::Objective single(optimizer::ObjectiveKind kind, const std::string& observable,
                                   double level = 0) {
  optimizer::Objective objective;
  objective.terms.push_back({kind, {observable}, level, 1, {}});
  return objective;
}

/// Two parameters, one observable "f" to be maximised, 12 measurements.
inline CampaignSpec small_spec() {
  CampaignSpec spec;
  spec.name = "small";
  spec.seed = 7;
  optimizer::Parameter x;
  x.name = "x";
  x.unit = "mm";
  x.lower = 0;
  x.upper = 4;
  optimizer::Parameter y = x;
  y.name = "y";
  y.lower = -1;
  y.upper = 2;
  spec.parameters = {x, y};
  spec.observables = {{{"f", "value:f", ""}, Transform::kNone}};
  spec.objective = single(optimizer::ObjectiveKind::kMaximise, "f");
  spec.budget.measurements = 12;
  spec.initial_design = 5;
  spec.patience.measurement_timeout_s = 60;
  return spec;
}

/// The records of one type, in order.
template <class R>
std::vector<R> records(const Journal& journal) {
  std::vector<R> found;
  for (const JournalEntry& entry : journal.read(1)) {
    if (const R* record = std::get_if<R>(&entry.record)) {
      found.push_back(*record);
    }
  }
  return found;
}

/// Kinds in order, for comparing sequences of steps.
inline std::vector<std::string> kinds(const Journal& journal) {
  std::vector<std::string> found;
  for (const JournalEntry& entry : journal.read(1)) {
    found.push_back(kind_name(entry.record));
  }
  return found;
}

/// Everything of a proposal that must repeat bit for bit.
inline std::string proposal_bits(const Journal& journal) {
  std::string text;
  for (const Proposed& proposed : records<Proposed>(journal)) {
    text += std::to_string(proposed.id) + " " + source_name(proposed.source) + " " +
            proposed.acquisition;
    for (Eigen::Index i = 0; i < proposed.position.size(); ++i) {
      char buffer[40];
      std::snprintf(buffer, sizeof buffer, " %a", proposed.position(i));
      text += buffer;
    }
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, " %a\n", proposed.value);
    text += buffer;
  }
  return text;
}

}  // namespace foray::campaign::testing
