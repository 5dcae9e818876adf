#include "foray/campaign/records.h"

#include <array>

#include "overloaded.h"

namespace foray::campaign {
namespace {

constexpr std::array<const char*, std::variant_size_v<Record>> kKindNames = {
    "campaign.created",
    "campaign.started",
    "campaign.paused",
    "campaign.resumed",
    "campaign.reopened",
    "campaign.stopped",
    "campaign.finished",
    "objective.set",
    "parameter.range_set",
    "measurement.queued",
    "proposal.made",
    "measure.requested",
    "measure.done",
    "measure.failed",
    "measure.late",
    "measure.scored",
    "measurement.told",
    "model.trained",
    "measure.possible_duplicate",
    "campaign.reacted",
    "instrument.aborted",
    "transition.found",
    "transition.lost"};

std::string numbered(const char* kind, std::int64_t id) {
  return std::string(kind) + ":" + std::to_string(id);
}

}  // namespace

std::string kind_name(const Record& record) { return kKindNames.at(record.index()); }

std::string idempotency_key(const Record& record) {
  return std::visit(
      Overloaded{[](const CampaignCreated&) { return std::string("campaign.created"); },
                 [](const CampaignStarted&) { return std::string("campaign.started"); },
                 [](const CampaignStopped&) { return std::string("campaign.ended"); },
                 [](const CampaignFinished&) { return std::string("campaign.ended"); },
                 [](const PointQueued& r) { return numbered("measurement.queued", r.queue_id); },
                 [](const Proposed& r) { return numbered("proposal.made", r.id); },
                 [](const MeasureRequested& r) {
                   return numbered("measure.requested", r.id) + ":" + std::to_string(r.attempt);
                 },
                 [](const MeasureDone& r) { return numbered("measure.done", r.id); },
                 [](const MeasureFailed& r) { return numbered("measure.failed", r.id); },
                 [](const Scored& r) { return numbered("measure.scored", r.id); },
                 [](const Told& r) { return numbered("measure.scored", r.id); },
                 [](const Reacted& r) { return numbered("campaign.reacted", r.rule); },
                 [](const TransitionFound& r) { return numbered("transition", r.id); },
                 [](const TransitionLost& r) { return numbered("transition", r.id); },
                 [](const auto&) { return std::string(); }},
      record);
}

std::string fault_name(FaultKind fault) {
  switch (fault) {
    case FaultKind::kNone:
      return "none";
    case FaultKind::kTimeout:
      return "timeout";
    case FaultKind::kDisconnected:
      return "disconnected";
    case FaultKind::kRefused:
      return "refused";
    case FaultKind::kBeamLoss:
      return "beam_loss";
    case FaultKind::kSaturated:
      return "saturated";
    case FaultKind::kNotFinite:
      return "not_finite";
    case FaultKind::kMalformed:
      return "malformed";
    case FaultKind::kAborted:
      return "aborted";
  }
  return "unknown";
}

std::string source_name(ProposalSource source) {
  switch (source) {
    case ProposalSource::kInitial:
      return "initial";
    case ProposalSource::kOptimizer:
      return "optimizer";
    case ProposalSource::kOperator:
      return "operator";
    case ProposalSource::kRetry:
      return "retry";
    case ProposalSource::kAsked:
      return "asked";
  }
  return "unknown";
}

}  // namespace foray::campaign
