#include "foray/campaign/campaign.h"

#include <algorithm>
#include <utility>

#include "engine.h"
#include "foray/common/median.h"

namespace foray::campaign {
namespace {

double median_overhead_ms(const CampaignView& view) {
  std::vector<double> overheads;
  for (const MeasurementId id : view.scored()) {
    const MeasurementView& from = view.measurement(id);
    overheads.push_back(from.propose_ms + from.train_ms + from.save_ms + from.score_ms +
                        from.journal_ms);
  }
  return overheads.empty() ? 0 : upper_median(overheads);
}

}  // namespace

Campaign::Campaign(CampaignSpec spec, std::string file, Ports ports, const std::string& who)
    : impl_(std::make_unique<Impl>(std::move(spec), std::move(file), ports, who)) {}

Campaign::Campaign(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Campaign::~Campaign() = default;

std::unique_ptr<Campaign> Campaign::resume(Ports ports, const std::string& who) {
  return std::unique_ptr<Campaign>(new Campaign(std::make_unique<Impl>(ports, who)));
}

CampaignState Campaign::run() { return impl_->run(); }

void Campaign::leave() { impl_->leave(); }

void Campaign::heartbeat() { impl_->heartbeat(); }

std::future<std::int64_t> Campaign::start(const std::string& who) {
  return impl_->commands().post<std::int64_t>([this, who] { return impl_->do_start(who); });
}

std::future<std::int64_t> Campaign::pause(const std::string& reason, const std::string& who) {
  return impl_->commands().post<std::int64_t>(
      [this, reason, who] { return impl_->do_pause(reason, who); }, CommandQueue::Haste::kUrgent);
}

std::future<std::int64_t> Campaign::unpause(const std::string& who) {
  return impl_->commands().post<std::int64_t>([this, who] { return impl_->do_unpause(who); });
}

std::future<std::int64_t> Campaign::stop(const std::string& reason, const std::string& who) {
  return impl_->commands().post<std::int64_t>(
      [this, reason, who] { return impl_->do_stop(reason, who); }, CommandQueue::Haste::kUrgent);
}

std::future<std::int64_t> Campaign::abort(const std::string& reason, const std::string& who) {
  return impl_->commands().post<std::int64_t>(
      [this, reason, who] { return impl_->do_abort(reason, who); }, CommandQueue::Haste::kUrgent);
}

std::future<std::int64_t> Campaign::set_objective(
    optimizer::Objective objective, const std::string& who,
    std::optional<optimizer::AcquisitionSpec> acquisition) {
  return impl_->commands().post<std::int64_t>(
      [this, objective = std::move(objective), acquisition = std::move(acquisition), who] {
        return impl_->do_set_objective(objective, acquisition, who);
      },
      CommandQueue::Haste::kUrgent);
}

std::future<std::int64_t> Campaign::set_range(const std::string& parameter, double lower,
                                              double upper, const std::string& who) {
  return impl_->commands().post<std::int64_t>(
      [this, parameter, lower, upper, who] {
        return impl_->do_set_range(parameter, lower, upper, who);
      },
      CommandQueue::Haste::kUrgent);
}

std::future<std::int64_t> Campaign::queue_point(const Eigen::Ref<const Eigen::VectorXd>& position,
                                                const std::string& who) {
  return impl_->commands().post<std::int64_t>([this, position = Eigen::VectorXd(position), who] {
    return impl_->do_queue_point(position, who);
  });
}

std::future<AskedPoint> Campaign::ask(const std::string& who) {
  return impl_->commands().post<AskedPoint>([this, who] { return impl_->do_ask(who); });
}

std::future<std::int64_t> Campaign::tell(MeasurementId id,
                                         const Eigen::Ref<const Eigen::VectorXd>& position,
                                         std::vector<scattering::Observable> observables,
                                         double cost_s, const std::string& who) {
  return impl_->commands().post<std::int64_t>(
      [this, id, position = Eigen::VectorXd(position), observables = std::move(observables), cost_s,
       who] { return impl_->do_tell(id, position, observables, cost_s, who); });
}

CampaignStatus Campaign::status() const { return impl_->status(); }

CampaignView Campaign::view() const { return impl_->view(); }

Models Campaign::models() const { return impl_->models(); }

Prediction Campaign::predict(const std::string& observable,
                             const Eigen::Ref<const Eigen::MatrixXd>& physical) const {
  return impl_->models().predict(observable, physical);
}

CampaignView Campaign::Impl::view() const {
  const std::scoped_lock lock(mutex_);
  return view_;
}

Models Campaign::Impl::models() const {
  const std::scoped_lock lock(mutex_);
  return models_;
}

CampaignStatus Campaign::Impl::status() const {
  const std::scoped_lock lock(mutex_);
  CampaignStatus status;
  status.name = view_.spec().name;
  status.state = failed_ ? CampaignState::kFailed : view_.state();
  status.reason = note_.empty() ? view_.reason() : note_;
  status.sequence = view_.sequence();
  status.measured = static_cast<std::int64_t>(view_.scored().size());
  status.failed = view_.failures();
  for (const MeasurementView& measurement : view_.measurements()) {
    status.in_flight += measurement.state == MeasurementState::kProposed ||
                                measurement.state == MeasurementState::kRequested ||
                                measurement.state == MeasurementState::kDone
                            ? 1
                            : 0;
  }
  status.queued = static_cast<std::int64_t>(view_.queue().size());
  status.unsaved = static_cast<std::int64_t>(held_.size());
  status.budget = view_.spec().budget;
  status.beam_hours = view_.beam_s() / 3600;
  status.objective = view_.objective();
  status.best = best_so_far(view_);
  status.uncertainty = uncertainty_;
  status.overhead_ms_median = median_overhead_ms(view_);
  return status;
}

}  // namespace foray::campaign
