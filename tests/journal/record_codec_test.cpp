#include "foray/codec/record_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace foray::codec::record_codec_test {
namespace {

using namespace campaign;  // NOLINT: the records are what is tested
using testing::HasSubstr;

Eigen::VectorXd numbers(double a, double b) {
  Eigen::VectorXd values(2);
  values << a, b;
  return values;
}

CampaignSpec spec() {
  CampaignSpec made;
  made.name = "copolymer";
  made.seed = 7;
  optimizer::Parameter x;
  x.name = "x";
  x.unit = "mm";
  x.upper = 20.1;
  made.parameters = {x};
  made.observables = {{{"f", "value:f", "nm"}, Transform::kLog}};
  made.objective.terms.push_back({optimizer::ObjectiveKind::kMaximise, {"f"}, 0, 1, {}});
  made.budget = {60, 1.5};
  return made;
}

MeasureDone done() {
  MeasureDone record;
  record.id = 12;
  record.read_back = numbers(0.1, 0.3);
  record.motion_s = 1.25;
  record.exposure_s = 0.5;
  record.file = {"measurements/12.nxs", "ab12"};
  record.values = scattering::Values{{"f", 0.1 + 0.2, 1e-300}};
  record.instrument_ms = 3;
  record.save_ms = 4;
  return record;
}

std::vector<scattering::Observable> observables() {
  return {{"f", scattering::ObservableStatus::kPresent, 1.0 / 3, 0.01, ""},
          {"g", scattering::ObservableStatus::kAbsent, 0, 0, "no peak"},
          {"h", scattering::ObservableStatus::kFailed, 0, 0, "the fit diverged"}};
}

// One of each kind, with every member different from its default.
std::vector<Record> every_record() {
  Scored scored{12, observables(),   {{"a/b", 0.75, 0.1}}, "azimuthal", {"c.h5", "cd"}, 5,
                6,  numbers(0.1, -1)};
  const TransitionFound found{16,        {1.5, 2.25}, 2,   11,  12, scattering::CourseShape::kBend,
                              "frame 3", 0.1 + 0.2,   0.5, -7.5};
  Trained trained{9, {{"f", 8, numbers(0.7, 1e-9), 33, true, false}}, 12.5};
  return {
      CampaignCreated{spec(), "fake \"quoted\"", "{\n \"campaign\": 1}", {{"a.h5", "ab"}}},
      CampaignStarted{},
      CampaignPaused{"lunch"},
      CampaignResumed{},
      CampaignReopened{"tango", true},
      CampaignStopped{"enough \xc3\xa9"},
      CampaignFinished{"budget"},
      ObjectiveSet{
          spec().objective,
          optimizer::AcquisitionSpec{
              .kind = optimizer::AcquisitionKind::kRemote, .function = "mine", .timeout_s = 2.5}},
      RangeSet{"x", 1, 2.5},
      PointQueued{3, numbers(1, 2)},
      Proposed{12,
               ProposalSource::kRetry,
               11,
               numbers(1, 2),
               "variance",
               -0.5,
               77,
               true,
               1.0 / 3,
               2.5,
               8,
               {{numbers(3, 4), "thompson", -2, 0.25, 7}, {numbers(5, 6), "variance", 1, {}, 9}}},
      MeasureRequested{12, 2, numbers(1, 2), 0.5},
      done(),
      MeasureFailed{13, FaultKind::kBeamLoss, "no beam", numbers(1, 2), 1, 2, {"p", "q"}, 3},
      LateResult{done(), FaultKind::kSaturated, "late", true},
      scored,
      Told{14, numbers(1, 2), observables(), 30},
      trained,
      PossibleDuplicate{15, "who knows"},
      Reacted{1, 16, "rule", Interval{1, 2.5}},
      Aborted{"smoke", {17, 18}},
      found,
      TransitionLost{19}};
}

TEST(RecordCodec, EveryRecordComesBackTheSame) {
  const auto records = every_record();
  ASSERT_EQ(records.size(), std::variant_size_v<Record>) << "one of each kind";
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].index(), i);
    const std::string text = write_record(records[i]);
    const Record back = read_record(kind_name(records[i]), text);
    EXPECT_EQ(back.index(), i);
    EXPECT_EQ(write_record(back), text) << kind_name(records[i]);
  }
}

TEST(RecordCodec, MembersKeepTheirValues) {
  const CampaignReopened reopened{"tango", true};
  EXPECT_TRUE(std::get<CampaignReopened>(read_record("campaign.reopened", write_record(reopened)))
                  .kept_its_place);
  const auto back = std::get<MeasureDone>(read_record("measure.done", write_record(done())));
  EXPECT_EQ(back.id, 12);
  EXPECT_EQ(back.read_back, numbers(0.1, 0.3));
  EXPECT_EQ(back.values->at(0).value, 0.1 + 0.2);
  EXPECT_EQ(back.values->at(0).variance, 1e-300);
  EXPECT_EQ(back.file.sha256, "ab12");
  MeasureFailed failed;
  failed.fault = FaultKind::kNotFinite;
  const auto failure = std::get<MeasureFailed>(read_record("measure.failed", write_record(failed)));
  EXPECT_EQ(failure.fault, FaultKind::kNotFinite);
  EXPECT_EQ(failure.read_back.size(), 0);
}

TEST(RecordCodec, AnObjectiveSetAloneLeavesTheAcquisitionAsItIs) {
  const auto alone = std::get<ObjectiveSet>(
      read_record("objective.set", write_record(ObjectiveSet{spec().objective, {}})));
  EXPECT_FALSE(alone.acquisition);
  const optimizer::AcquisitionSpec mine{
      .kind = optimizer::AcquisitionKind::kRemote, .function = "mine", .timeout_s = 2.5};
  const auto both = std::get<ObjectiveSet>(
      read_record("objective.set", write_record(ObjectiveSet{spec().objective, mine})));
  ASSERT_TRUE(both.acquisition);
  EXPECT_EQ(both.acquisition->function, "mine");
  EXPECT_EQ(both.acquisition->timeout_s, 2.5);
}

TEST(RecordCodec, ReadsProposalsFromBeforeTheyToldTheirGain) {
  const std::string text =
      R"({"acquisition":"variance","cut":false,"evaluations":3,"id":1,"index":0,"position":[0.5],)"
      R"("propose_ms":8.0,"source":"initial","v":1,"value":0.0})";
  const auto old = std::get<Proposed>(read_record("proposal.made", text));
  EXPECT_FALSE(old.gain);
  EXPECT_EQ(old.seconds, 0);
  EXPECT_EQ(old.propose_ms, 8);
  Proposed proposed = old;
  proposed.gain = 0.1 + 0.2;
  proposed.seconds = 7;
  const auto back = std::get<Proposed>(read_record("proposal.made", write_record(proposed)));
  EXPECT_EQ(back.gain, 0.1 + 0.2);
  EXPECT_EQ(back.seconds, 7);
}

TEST(RecordCodec, ReadsTrainingsFromBeforeTheyToldWhetherTheyConverged) {
  const std::string text =
      R"({"measurements":9,"models":[{"cut":true,"evaluations":33,"hyperparameters":[0.7],)"
      R"("observable":"f","points":8}],"train_ms":12.5,"v":1})";
  EXPECT_TRUE(std::get<Trained>(read_record("model.trained", text)).models.at(0).converged);
  const Trained trained{9, {{"f", 8, numbers(0.7, 1e-9), 33, false, false}}, 12.5};
  const auto back = std::get<Trained>(read_record("model.trained", write_record(trained)));
  EXPECT_FALSE(back.models.at(0).converged);
}

TEST(RecordCodec, TransitionsKeepTheirValuesAndEarlierJournalsCanBeRead) {
  const auto record = every_record().at(21);
  const auto back =
      std::get<TransitionFound>(read_record("transition.found", write_record(record)));
  EXPECT_EQ(back.between.lower, 1.5);
  EXPECT_EQ(back.between.upper, 2.25);
  EXPECT_EQ(back.shape, scattering::CourseShape::kBend);
  EXPECT_EQ(back.size, 0.1 + 0.2);
  const std::string old = R"({"id":16,"message":"rule","rule":1,"v":1})";
  EXPECT_FALSE(std::get<Reacted>(read_record("campaign.reacted", old)).range);
  EXPECT_EQ(write_record(Reacted{1, 16, "rule"}), old);
  EXPECT_THROW(
      read_record("campaign.reacted", R"({"id":16,"message":"rule","range":[1],"rule":1,"v":1})"),
      CodecError);
}

TEST(RecordCodec, WritesTheDocumentedBytes) {
  EXPECT_EQ(write_record(CampaignPaused{"lunch"}), R"({"reason":"lunch","v":1})");
  EXPECT_EQ(write_record(MeasureRequested{12, 1, numbers(0.1, 2), 0.5}),
            R"({"attempt":1,"exposure_s":0.5,"id":12,"position":[0.1,2.0],"v":1})");
}

TEST(RecordCodec, RefusesToWriteNumbersThatAreNotFinite) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(write_record(RangeSet{"x", bad, 1}), CodecError);
    EXPECT_THROW(write_record(PointQueued{1, numbers(0, bad)}), CodecError);
  }
}

struct Malformed {
  const char* kind;
  std::string text;
  const char* message;
};

TEST(RecordCodec, RefusesMalformedTextWithItsPlace) {
  const std::vector<Malformed> table = {
      {"campaign.vanished", R"({"v":1})", "campaign.vanished"},
      {"campaign.paused", R"({"reason":"a","v":2})", "/v: expected version 1, got 2"},
      {"campaign.paused", R"({"reason":"a"})", "v"},
      {"campaign.paused", R"({"v":1})", "reason"},
      {"campaign.paused", R"({"reason":"a","v":1,"mood":"b"})", "mood"},
      {"campaign.paused", R"({"reason":7,"v":1})", "/reason"},
      {"campaign.paused", R"([1])", "expected"},
      {"campaign.paused", R"({"reason":"a","v":1)", "line 1"},
      {"campaign.paused", "", "expected"},
      {"parameter.range_set", R"({"parameter":"x","lower":1,"upper":"2","v":1})", "/upper"},
      {"parameter.range_set", R"({"parameter":"x","lower":1,"upper":1e999,"v":1})", "line 1"},
      {"measurement.queued", R"({"queue_id":1.5,"position":[1],"v":1})", "/queue_id"},
      {"measurement.queued", R"({"queue_id":1,"position":[1,null],"v":1})", "/position/1"},
      {"measure.requested", R"({"id":1,"attempt":99999999999,"position":[1],"exposure_s":1,"v":1})",
       "/attempt"},
      {"instrument.aborted", R"({"reason":"a","forgotten":{},"v":1})", "/forgotten"}};
  for (const Malformed& bad : table) {
    try {
      read_record(bad.kind, bad.text);
      ADD_FAILURE() << "accepted: " << bad.text;
    } catch (const CodecError& error) {
      EXPECT_THAT(error.what(), HasSubstr(bad.message)) << bad.text;
    }
  }
}

TEST(RecordCodec, RefusesDeepNestingWithoutCrashing) {
  const std::string deep = std::string(1000000, '[') + std::string(1000000, ']');
  EXPECT_THROW(read_record("campaign.paused", deep), CodecError);
  EXPECT_THROW(read_record("campaign.paused", R"({"v":1,"reason":)" + deep + "}"), CodecError);
}

TEST(RecordCodec, EveryTruncationIsRefused) {
  const std::string text = write_record(done());
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_THROW(read_record("measure.done", text.substr(0, length)), CodecError) << length;
  }
}

}  // namespace
}  // namespace foray::codec::record_codec_test
