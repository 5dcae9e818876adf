#include <algorithm>
#include <cmath>
#include <sstream>

#include "engine.h"
#include "measurement_check.h"

namespace foray::campaign {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw CommandRefused(message); }

// Turns a caller's mistake into a refusal.
template <class F>
void checked(F&& check) {
  try {
    check();
  } catch (const std::invalid_argument& error) {
    refuse(error.what());
  }
}

}  // namespace

void Campaign::Impl::require_open(const std::string& command) const {
  const bool over =
      view_.state() == CampaignState::kStopped || view_.state() == CampaignState::kFinished;
  if (failed_) {
    refuse(command + ": the campaign has failed: " + note_);
  }
  if (over) {
    refuse(command + ": expected a campaign that goes on, this one is " +
           state_name(view_.state()));
  }
  if (closed_) {
    refuse(command + ": the campaign is not being run any more");
  }
}

std::int64_t Campaign::Impl::do_start(const std::string& who) {
  require_open("start");
  if (view_.state() != CampaignState::kCreated) {
    refuse("start: expected a campaign that was not started, this one is " +
           state_name(view_.state()));
  }
  heard_s_ = ports_.clock.steady();
  return record(CampaignStarted{}, who);
}

std::int64_t Campaign::Impl::do_pause(const std::string& reason, const std::string& who) {
  require_open("pause");
  if (view_.state() != CampaignState::kRunning) {
    refuse("pause: expected a running campaign, this one is " + state_name(view_.state()));
  }
  return record(CampaignPaused{reason}, who);
}

std::int64_t Campaign::Impl::do_unpause(const std::string& who) {
  require_open("resume");
  if (view_.state() != CampaignState::kPaused) {
    refuse("resume: expected a paused campaign, this one is " + state_name(view_.state()));
  }
  heard_s_ = ports_.clock.steady();
  return record(CampaignResumed{}, who);
}

std::int64_t Campaign::Impl::do_stop(const std::string& reason, const std::string& who) {
  require_open("stop");
  save_held();
  settle_scores();
  const std::int64_t sequence = record(CampaignStopped{reason}, who);
  ports_.instrument.abort();
  return sequence;
}

std::int64_t Campaign::Impl::do_abort(const std::string& reason, const std::string& who) {
  require_open("abort");
  ports_.instrument.abort();  // motion first, paper second
  Aborted aborted{reason, {}};
  for (const MeasurementView& measurement : view_.measurements()) {
    if (measurement.source != ProposalSource::kAsked &&
        (measurement.state == MeasurementState::kRequested ||
         measurement.state == MeasurementState::kProposed)) {
      aborted.forgotten.push_back(measurement.id);
    }
  }
  const std::int64_t sequence = record(aborted, who);
  if (view_.state() == CampaignState::kRunning) {
    record(CampaignPaused{"aborted: " + reason}, who);
  }
  return sequence;
}

std::int64_t Campaign::Impl::do_set_objective(
    const optimizer::Objective& objective,
    const std::optional<optimizer::AcquisitionSpec>& acquisition, const std::string& who) {
  require_open("set_objective");
  checked([&] {
    validate_objective(view_.spec(), objective);
    if (acquisition) {
      validate_acquisition(view_.spec(), *acquisition, {&objective});
    }
  });
  if (acquisition && acquisition->kind == optimizer::AcquisitionKind::kRemote &&
      ports_.functions == nullptr) {
    refuse("set_objective: acquisition: remote: expected a running service (foray serve)");
  }
  return record(ObjectiveSet{objective, acquisition}, who);
}

std::int64_t Campaign::Impl::do_set_range(const std::string& parameter, double lower, double upper,
                                          const std::string& who) {
  require_open("set_range");
  std::vector<optimizer::Parameter> parameters = view_.parameters();
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const auto& known) { return known.name == parameter; });
  if (found == parameters.end()) {
    refuse("set_range: expected the name of a parameter, got \"" + parameter + "\"");
  }
  const auto index = static_cast<std::size_t>(found - parameters.begin());
  const SafetyLimit limit = planner_->limit_of(view_, index);
  if (!(lower < upper) || !(lower >= limit.lower) || !(upper <= limit.upper)) {
    std::ostringstream text;
    text << "set_range: expected [lower, upper] within [" << limit.lower << ", " << limit.upper
         << "] for \"" << parameter << "\", got [" << lower << ", " << upper << "]";
    refuse(text.str());
  }
  found->lower = lower;
  found->upper = upper;
  checked([&] {
    optimizer::SearchSpace(parameters, view_.spec().constraints, candidate_positions(view_.spec()));
  });
  return record(RangeSet{parameter, lower, upper}, who);
}

std::int64_t Campaign::Impl::do_queue_point(const Eigen::VectorXd& position,
                                            const std::string& who) {
  require_open("queue_point");
  if (const auto refusal = planner_->refusal(view_, position)) {
    refuse("queue_point: " + *refusal);
  }
  return record(PointQueued{view_.queued() + 1, position}, who);
}

AskedPoint Campaign::Impl::do_ask(const std::string& who) {
  require_open("ask");
  if (view_.state() != CampaignState::kRunning) {
    refuse("ask: expected a running campaign, this one is " + state_name(view_.state()));
  }
  settle_scores();
  train_if_due();
  refresh_models();
  try {
    propose(true, who);
  } catch (const JournalError&) {
    throw;
  } catch (const optimizer::FunctionGivenUp&) {
    refuse("ask: something else came first; ask again");
  } catch (const std::exception& error) {
    refuse(std::string("ask: no proposal could be made: ") + error.what());
  }
  const MeasurementView& proposed = view_.measurements().back();
  return {proposed.id, proposed.requested, proposed.acquisition};
}

std::int64_t Campaign::Impl::do_tell(MeasurementId id, const Eigen::VectorXd& position,
                                     const std::vector<scattering::Observable>& observables,
                                     double cost_s, const std::string& who) {
  require_open("tell");
  if (id != 0 && (!view_.has(id) || view_.measurement(id).source != ProposalSource::kAsked ||
                  view_.measurement(id).state != MeasurementState::kProposed)) {
    refuse("tell: expected 0 or the id of a proposal that was asked for and not told, got " +
           std::to_string(id));
  }
  const auto count = static_cast<Eigen::Index>(view_.spec().parameters.size());
  Told told;
  told.id = id == 0 ? view_.next_id() : id;
  told.position = position;
  if (position.size() == 0 && id != 0) {
    told.position = view_.measurement(id).requested;
    for (Eigen::Index i = 0; i < count; ++i) {
      const double unit = view_.spec().parameters[static_cast<std::size_t>(i)].elapsed_unit_s;
      if (unit > 0) told.position(i) = (ports_.clock.now() - view_.created_at_s()) / unit;
    }
  }
  if (told.position.size() != count || !told.position.allFinite()) {
    refuse("tell: expected a position of " + std::to_string(count) + " finite values, got " +
           std::to_string(told.position.size()) + " values");
  }
  if (!std::isfinite(cost_s) || cost_s < 0) {
    refuse("tell: expected a cost of at least 0 s, got " + std::to_string(cost_s));
  }
  for (const auto& observable : observables) {
    const auto& known = view_.spec().observables;
    if (std::none_of(known.begin(), known.end(), [&](const ObservableChoice& choice) {
          return choice.spec.name == observable.name;
        })) {
      refuse("tell: expected observables of the campaign, got \"" + observable.name + "\"");
    }
  }
  told.observables = in_order(view_.spec(), observables);
  told.cost_s = cost_s;
  return record(told, who);
}

}  // namespace foray::campaign
