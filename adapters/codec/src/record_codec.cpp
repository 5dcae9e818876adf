#include "foray/codec/record_codec.h"

#include <map>
#include <utility>
#include <vector>

#include "enum_names.h"
#include "foray/codec/campaign_json.h"
#include "record_parts.h"

namespace foray::codec {
namespace {

namespace fc = foray::campaign;

constexpr EnumNames<fc::ProposalSource, 5> kProposalSources = {
    {{fc::ProposalSource::kInitial, "initial"},
     {fc::ProposalSource::kOptimizer, "optimizer"},
     {fc::ProposalSource::kOperator, "operator"},
     {fc::ProposalSource::kRetry, "retry"},
     {fc::ProposalSource::kAsked, "asked"}}};

constexpr EnumNames<scattering::CourseShape, 2> kShapes = {
    {{scattering::CourseShape::kStep, "step"}, {scattering::CourseShape::kBend, "bend"}}};

// Writing: one overload a record.

Json json_of_record(const fc::CampaignCreated& r) {
  Json json = {{"spec", json_from_spec(r.spec)}, {"instrument", r.instrument}, {"file", r.file}};
  if (!r.inputs.empty()) json["inputs"] = r.inputs;
  return json;
}
Json json_of_record(const fc::CampaignStarted& /*r*/) { return Json::object(); }
Json json_of_record(const fc::CampaignPaused& r) { return {{"reason", r.reason}}; }
Json json_of_record(const fc::CampaignResumed& /*r*/) { return Json::object(); }
Json json_of_record(const fc::CampaignReopened& r) {
  Json json = {{"instrument", r.instrument}};
  if (r.kept_its_place) json["kept_its_place"] = true;
  return json;
}
Json json_of_record(const fc::CampaignStopped& r) { return {{"reason", r.reason}}; }
Json json_of_record(const fc::CampaignFinished& r) { return {{"reason", r.reason}}; }
Json json_of_record(const fc::ObjectiveSet& r) {
  Json json = {{"objective", json_from_objective(r.objective)}};
  if (r.acquisition) json["acquisition"] = json_from_acquisition(*r.acquisition);
  return json;
}
Json json_of_record(const fc::RangeSet& r) {
  return {{"parameter", r.parameter}, {"lower", r.lower}, {"upper", r.upper}};
}
Json json_of_record(const fc::PointQueued& r) {
  return {{"queue_id", r.queue_id}, {"position", json_of(r.position)}};
}
Json json_of_companion(const fc::Companion& companion) {
  Json json = {{"position", json_of(companion.position)},
               {"acquisition", companion.acquisition},
               {"value", companion.value},
               {"seconds", companion.seconds}};
  if (companion.gain) json["gain"] = *companion.gain;
  return json;
}
Json json_of_record(const fc::Proposed& r) {
  Json json = {{"id", r.id},
               {"source", name_of(kProposalSources, r.source)},
               {"index", r.index},
               {"position", json_of(r.position)},
               {"acquisition", r.acquisition},
               {"value", r.value},
               {"evaluations", r.evaluations},
               {"cut", r.cut},
               {"seconds", r.seconds},
               {"propose_ms", r.propose_ms}};
  if (r.gain) json["gain"] = *r.gain;
  for (const fc::Companion& companion : r.companions) {
    json["companions"].push_back(json_of_companion(companion));
  }
  return json;
}
Json json_of_record(const fc::MeasureRequested& r) {
  return {{"id", r.id},
          {"attempt", r.attempt},
          {"position", json_of(r.position)},
          {"exposure_s", r.exposure_s}};
}
Json json_of_record(const fc::MeasureDone& r) { return json_of_done(r); }
Json json_of_record(const fc::MeasureFailed& r) {
  return {{"id", r.id},
          {"fault", name_of(kFaults, r.fault)},
          {"message", r.message},
          {"read_back", json_of(r.read_back)},
          {"motion_s", r.motion_s},
          {"exposure_s", r.exposure_s},
          {"file", json_of_file(r.file)},
          {"instrument_ms", r.instrument_ms}};
}
Json json_of_record(const fc::LateResult& r) {
  return {{"done", json_of_done(r.done)},
          {"fault", name_of(kFaults, r.fault)},
          {"message", r.message},
          {"used", r.used}};
}
Json json_of_record(const fc::Scored& r) {
  Json json = {{"id", r.id},
               {"observables", json_of_observables(r.observables)},
               {"classes", json_of_classes(r.classes)},
               {"reduction", r.reduction},
               {"curve", json_of_file(r.curve)},
               {"score_ms", r.score_ms},
               {"journal_ms", r.journal_ms}};
  if (r.features.size() > 0) json["features"] = json_of(r.features);
  return json;
}
Json json_of_record(const fc::Told& r) {
  return {{"id", r.id},
          {"position", json_of(r.position)},
          {"observables", json_of_observables(r.observables)},
          {"cost_s", r.cost_s}};
}
Json json_of_record(const fc::Trained& r) {
  Json models = Json::array();
  for (const fc::TrainedModel& model : r.models) {
    models.push_back({{"observable", model.observable},
                      {"points", model.points},
                      {"hyperparameters", json_of(model.hyperparameters)},
                      {"evaluations", model.evaluations},
                      {"cut", model.cut},
                      {"converged", model.converged}});
  }
  return {
      {"measurements", r.measurements}, {"models", std::move(models)}, {"train_ms", r.train_ms}};
}
Json json_of_record(const fc::PossibleDuplicate& r) {
  return {{"id", r.id}, {"message", r.message}};
}
Json json_of_interval(const fc::Interval& interval) {
  return Json::array({interval.lower, interval.upper});
}
Json json_of_record(const fc::Reacted& r) {
  Json json = {{"rule", r.rule}, {"id", r.id}, {"message", r.message}};
  if (r.range) json["range"] = json_of_interval(*r.range);
  return json;
}
Json json_of_record(const fc::TransitionFound& r) {
  return {{"id", r.id},           {"between", json_of_interval(r.between)},
          {"at", r.at},           {"below", r.below},
          {"above", r.above},     {"shape", name_of(kShapes, r.shape)},
          {"of", r.of},           {"size", r.size},
          {"scatter", r.scatter}, {"log10_p", r.log10_p}};
}
Json json_of_record(const fc::TransitionLost& r) { return {{"id", r.id}}; }
Json json_of_record(const fc::Aborted& r) {
  return {{"reason", r.reason}, {"forgotten", r.forgotten}};
}

// Reading: every member must be there and no other.

fc::Record read_created(const Json& json) {
  require_keys(json, {"v", "spec", "instrument", "file", "inputs"}, "");
  fc::CampaignCreated r{spec_from_json(member(json, "spec", ""), "/spec"),
                        text_in(json, "instrument"), text_in(json, "file")};
  if (const Json* inputs = find_member(json, "inputs", "")) {
    if (!inputs->is_object()) throw CodecError("/inputs: expected an object of files");
    for (const auto& [name, sha256] : inputs->items()) {
      r.inputs[name] = text_of(sha256, join_path("/inputs", std::string_view(name)));
    }
  }
  return r;
}
fc::Record read_range(const Json& json) {
  require_keys(json, {"v", "parameter", "lower", "upper"}, "");
  return fc::RangeSet{text_in(json, "parameter"), number_in(json, "lower"),
                      number_in(json, "upper")};
}
fc::Record read_objective_set(const Json& json) {
  require_keys(json, {"v", "objective", "acquisition"}, "");
  fc::ObjectiveSet set{objective_from_json(member(json, "objective", ""), "/objective"), {}};
  if (json.contains("acquisition"))
    set.acquisition = acquisition_from_json(json["acquisition"], "/acquisition");
  return set;
}
fc::Record read_queued(const Json& json) {
  require_keys(json, {"v", "queue_id", "position"}, "");
  return fc::PointQueued{integer_in(json, "queue_id"), vector_in(json, "position")};
}
fc::Companion read_companion(const Json& json, const std::string& path) {
  require_keys(json, {"position", "acquisition", "value", "gain", "seconds"}, path);
  fc::Companion companion;
  companion.position = vector_in(json, "position", path);
  companion.acquisition = text_in(json, "acquisition", path);
  companion.value = number_in(json, "value", path);
  if (json.contains("gain")) companion.gain = number_in(json, "gain", path);
  companion.seconds = number_in(json, "seconds", path);
  return companion;
}
fc::Record read_proposed(const Json& json) {
  require_keys(json,
               {"v", "id", "source", "index", "position", "acquisition", "value", "evaluations",
                "cut", "gain", "seconds", "propose_ms", "companions"},
               "");
  fc::Proposed r;
  r.id = integer_in(json, "id");
  r.source = enum_of(kProposalSources, member(json, "source", ""), "/source");
  r.index = integer_in(json, "index");
  r.position = vector_in(json, "position");
  r.acquisition = text_in(json, "acquisition");
  r.value = number_in(json, "value");
  r.evaluations = small_integer_in(json, "evaluations");
  r.cut = boolean_in(json, "cut");
  // Records of earlier versions have neither.
  if (json.contains("gain")) r.gain = number_in(json, "gain");
  if (json.contains("seconds")) r.seconds = number_in(json, "seconds");
  r.propose_ms = number_in(json, "propose_ms");
  if (json.contains("companions")) {
    const Json& companions = array_in(json, "companions");
    for (std::size_t i = 0; i < companions.size(); ++i) {
      r.companions.push_back(read_companion(companions[i], join_path("/companions", i)));
    }
  }
  return r;
}
fc::Record read_requested(const Json& json) {
  require_keys(json, {"v", "id", "attempt", "position", "exposure_s"}, "");
  return fc::MeasureRequested{integer_in(json, "id"), small_integer_in(json, "attempt"),
                              vector_in(json, "position"), number_in(json, "exposure_s")};
}
fc::Record read_failed(const Json& json) {
  require_keys(json,
               {"v", "id", "fault", "message", "read_back", "motion_s", "exposure_s", "file",
                "instrument_ms"},
               "");
  fc::MeasureFailed r;
  r.id = integer_in(json, "id");
  r.fault = enum_of(kFaults, member(json, "fault", ""), "/fault");
  r.message = text_in(json, "message");
  r.read_back = vector_in(json, "read_back");
  r.motion_s = number_in(json, "motion_s");
  r.exposure_s = number_in(json, "exposure_s");
  r.file = file_in(json, "file");
  r.instrument_ms = number_in(json, "instrument_ms");
  return r;
}
fc::Record read_late(const Json& json) {
  require_keys(json, {"v", "done", "fault", "message", "used"}, "");
  fc::LateResult r;
  r.done = done_of(member(json, "done", ""), "/done");
  r.fault = enum_of(kFaults, member(json, "fault", ""), "/fault");
  r.message = text_in(json, "message");
  r.used = boolean_in(json, "used");
  return r;
}
fc::Record read_scored(const Json& json) {
  require_keys(json,
               {"v", "id", "observables", "classes", "reduction", "curve", "score_ms", "journal_ms",
                "features"},
               "");
  fc::Scored r;
  r.id = integer_in(json, "id");
  r.observables = observables_in(json, "observables");
  r.classes = classes_in(json, "classes");
  r.reduction = text_in(json, "reduction");
  r.curve = file_in(json, "curve");
  r.score_ms = number_in(json, "score_ms");
  r.journal_ms = number_in(json, "journal_ms");
  if (json.contains("features")) r.features = vector_in(json, "features");
  return r;
}
fc::Record read_told(const Json& json) {
  require_keys(json, {"v", "id", "position", "observables", "cost_s"}, "");
  return fc::Told{integer_in(json, "id"), vector_in(json, "position"),
                  observables_in(json, "observables"), number_in(json, "cost_s")};
}
fc::Record read_trained(const Json& json) {
  require_keys(json, {"v", "measurements", "models", "train_ms"}, "");
  fc::Trained r;
  r.measurements = integer_in(json, "measurements");
  r.train_ms = number_in(json, "train_ms");
  const Json& models = array_in(json, "models");
  for (std::size_t i = 0; i < models.size(); ++i) {
    const std::string path = join_path("/models", i);
    require_keys(models[i],
                 {"observable", "points", "hyperparameters", "evaluations", "cut", "converged"},
                 path);
    fc::TrainedModel model;
    model.observable = text_in(models[i], "observable", path);
    model.points = integer_in(models[i], "points", path);
    model.hyperparameters = vector_in(models[i], "hyperparameters", path);
    model.evaluations = small_integer_in(models[i], "evaluations", path);
    model.cut = boolean_in(models[i], "cut", path);
    // Journals of 0.1.0 do not say.
    if (models[i].contains("converged")) model.converged = boolean_in(models[i], "converged", path);
    r.models.push_back(std::move(model));
  }
  return r;
}
fc::Interval interval_in(const Json& json, const char* key) {
  const Eigen::VectorXd ends = vector_in(json, key);
  if (ends.size() != 2) {
    throw CodecError("/" + std::string(key) + ": expected two numbers, got " +
                     describe(json.at(key)));
  }
  return {ends(0), ends(1)};
}
fc::Record read_duplicate(const Json& json) {
  require_keys(json, {"v", "id", "message"}, "");
  return fc::PossibleDuplicate{integer_in(json, "id"), text_in(json, "message")};
}
fc::Record read_reacted(const Json& json) {
  require_keys(json, {"v", "rule", "id", "message", "range"}, "");
  fc::Reacted r{integer_in(json, "rule"), integer_in(json, "id"), text_in(json, "message")};
  if (json.contains("range")) r.range = interval_in(json, "range");
  return r;
}
fc::Record read_transition(const Json& json) {
  require_keys(
      json,
      {"v", "id", "between", "at", "below", "above", "shape", "of", "size", "scatter", "log10_p"},
      "");
  fc::TransitionFound r;
  r.id = integer_in(json, "id");
  r.between = interval_in(json, "between");
  r.at = number_in(json, "at");
  r.below = integer_in(json, "below");
  r.above = integer_in(json, "above");
  r.shape = enum_of(kShapes, member(json, "shape", ""), "/shape");
  r.of = text_in(json, "of");
  r.size = number_in(json, "size");
  r.scatter = number_in(json, "scatter");
  r.log10_p = number_in(json, "log10_p");
  return r;
}
fc::Record read_transition_lost(const Json& json) {
  require_keys(json, {"v", "id"}, "");
  return fc::TransitionLost{integer_in(json, "id")};
}
fc::Record read_aborted(const Json& json) {
  require_keys(json, {"v", "reason", "forgotten"}, "");
  fc::Aborted r;
  r.reason = text_in(json, "reason");
  const Json& ids = array_in(json, "forgotten");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    r.forgotten.push_back(integer_of(ids[i], join_path("/forgotten", i)));
  }
  return r;
}

template <class R>
fc::Record read_empty(const Json& json) {
  require_keys(json, {"v"}, "");
  return R{};
}
template <class R>
fc::Record read_reason(const Json& json) {
  require_keys(json, {"v", "reason"}, "");
  return R{text_in(json, "reason")};
}

using RecordReader = fc::Record (*)(const Json&);

const std::map<std::string, RecordReader, std::less<>>& readers() {
  static const std::map<std::string, RecordReader, std::less<>> table = {
      {"campaign.created", read_created},
      {"campaign.started", read_empty<fc::CampaignStarted>},
      {"campaign.paused", read_reason<fc::CampaignPaused>},
      {"campaign.resumed", read_empty<fc::CampaignResumed>},
      {"campaign.reopened",
       [](const Json& json) -> fc::Record {
         require_keys(json, {"v", "instrument", "kept_its_place"}, "");
         fc::CampaignReopened record{text_in(json, "instrument")};
         read_field(json, "kept_its_place", "", record.kept_its_place);
         return record;
       }},
      {"campaign.stopped", read_reason<fc::CampaignStopped>},
      {"campaign.finished", read_reason<fc::CampaignFinished>},
      {"objective.set", read_objective_set},
      {"parameter.range_set", read_range},
      {"measurement.queued", read_queued},
      {"proposal.made", read_proposed},
      {"measure.requested", read_requested},
      {"measure.done", [](const Json& json) -> fc::Record { return done_of(json, ""); }},
      {"measure.failed", read_failed},
      {"measure.late", read_late},
      {"measure.scored", read_scored},
      {"measurement.told", read_told},
      {"model.trained", read_trained},
      {"measure.possible_duplicate", read_duplicate},
      {"campaign.reacted", read_reacted},
      {"instrument.aborted", read_aborted},
      {"transition.found", read_transition},
      {"transition.lost", read_transition_lost}};
  return table;
}

}  // namespace

std::string write_record(const fc::Record& record) {
  Json json = std::visit([](const auto& typed) { return json_of_record(typed); }, record);
  json["v"] = kRecordVersion;
  return write_json(json);
}

fc::Record read_record(std::string_view kind, std::string_view text) {
  const auto reader = readers().find(kind);
  if (reader == readers().end()) {
    throw CodecError("kind: expected a kind of record that this program knows, got \"" +
                     std::string(kind) + "\"");
  }
  const Json json = parse_json(text);
  const std::int64_t version = integer_of(member(json, "v", ""), "/v");
  if (version != kRecordVersion) {
    throw CodecError("/v: expected version " + std::to_string(kRecordVersion) + ", got " +
                     std::to_string(version));
  }
  return reader->second(json);
}

}  // namespace foray::codec
