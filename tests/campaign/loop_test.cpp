#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes.h"

namespace foray::campaign::testing::loop_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Campaign, MeasuresItsBudgetAndFinishes) {
  Bench bench;
  EXPECT_EQ(bench.run(small_spec()), CampaignState::kFinished);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 12u);
  const CampaignStatus status = bench.campaign->status();
  EXPECT_EQ(status.measured, 12);
  EXPECT_EQ(status.in_flight, 0);
  EXPECT_THAT(status.reason, HasSubstr("12 of 12 measurements"));
  EXPECT_DOUBLE_EQ(status.beam_hours, 12 * 3.0 / 3600);
}

TEST(Campaign, WritesEachStepBeforeTheNext) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.budget.measurements = 1;
  bench.run(spec);
  EXPECT_THAT(
      kinds(bench.journal),
      ElementsAre("campaign.created", "campaign.started", "proposal.made", "measure.requested",
                  "measure.done", "measure.scored", "campaign.finished"));
}

TEST(Campaign, TellsEveryEntryOnceInOrder) {
  Bench bench;
  bench.run(small_spec());
  const auto entries = bench.journal.read(1);
  ASSERT_EQ(bench.sink.seen.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(bench.sink.seen[i], static_cast<std::int64_t>(i) + 1);
  }
}

TEST(Campaign, FindsTheMaximumOfASmoothFunction) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.budget.measurements = 25;
  bench.instrument.noise_sd = 0.01;
  bench.run(spec);
  const auto best = bench.campaign->status().best;
  ASSERT_TRUE(best.has_value());
  // sin(1.3 x) + x / 10 has its only maximum in both ranges at acos(-1/13) / 1.3 = 1.2675, where
  // it is 1.1238; two of them.
  EXPECT_NEAR(best->value, 2 * 1.1238, 0.05);
  EXPECT_NEAR(best->position(0), 1.2675, 0.3);
  EXPECT_NEAR(best->position(1), 1.2675, 0.3);
}

TEST(Campaign, StaysWithinRangesAndConstraints) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.constraints = {"x + y <= 3"};
  bench.run(spec);
  ASSERT_EQ(bench.instrument.submitted.size(), 12u);
  for (const MeasureRequest& request : bench.instrument.submitted) {
    EXPECT_THAT(request.names, ElementsAre("x", "y"));
    EXPECT_GE(request.position(0), 0);
    EXPECT_LE(request.position(0), 4);
    EXPECT_GE(request.position(1), -1);
    EXPECT_LE(request.position(1), 2);
    EXPECT_LE(request.position.sum(), 3 + 1e-9);
  }
}

TEST(Campaign, SetsTheExposureOfItsParameter) {
  Bench bench;
  CampaignSpec spec = small_spec();
  optimizer::Parameter exposure;
  exposure.name = "exposure";
  exposure.role = optimizer::ParameterRole::kExposure;
  exposure.lower = 0.1;
  exposure.upper = 10;
  spec.parameters.push_back(exposure);
  spec.exposure_s = 2.5;
  spec.budget.measurements = 7;
  bench.instrument.function = [](const Eigen::VectorXd& x) { return x(0); };
  bench.run(spec);
  ASSERT_EQ(bench.instrument.submitted.size(), 7u);
  for (const MeasureRequest& request : bench.instrument.submitted) {
    EXPECT_DOUBLE_EQ(request.exposure_s, 2.5);
    EXPECT_DOUBLE_EQ(request.position(2), 2.5);
  }
}

TEST(Campaign, LearnsAtTheReadBackPosition) {
  Bench bench;
  bench.instrument.read_back_offset = point(0.05, -0.02);
  bench.run(small_spec());
  const CampaignView view = bench.campaign->view();
  const ObservableData data = view.data(0, search_space(view));
  ASSERT_EQ(data.points.x.cols(), 12);
  for (Eigen::Index i = 0; i < 12; ++i) {
    const MeasurementView& from = view.measurement(data.ids[static_cast<std::size_t>(i)]);
    EXPECT_TRUE(from.position.isApprox(from.requested + point(0.05, -0.02)));
    EXPECT_NEAR(data.points.x(0, i), from.position(0) / 4, 1e-12);
    EXPECT_NEAR(data.points.x(1, i), (from.position(1) + 1) / 3, 1e-12);
  }
}

TEST(Campaign, AnObjectiveSetLaterThatTheAcquisitionDoesNotSuitGetsTheAutomaticOneAndSaysSo) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.acquisition.kind = optimizer::AcquisitionKind::kExpectedImprovement;
  bench.create(spec).start("tester");
  bench.sink.react = [&bench](const JournalEntry& entry) {
    const auto* scored = std::get_if<Scored>(&entry.record);
    if (scored != nullptr && scored->id == 8) {
      bench.campaign->set_objective(single(optimizer::ObjectiveKind::kExplore, "f"), "operator");
    }
  };
  EXPECT_EQ(bench.campaign->run(), CampaignState::kFinished);
  const auto proposed = records<Proposed>(bench.journal);
  EXPECT_EQ(proposed.at(6).acquisition, "expected_improvement");
  EXPECT_EQ(proposed.back().acquisition, "cross_validated_variance");
}

TEST(Campaign, ConditionsOnProposalsInFlight) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.in_flight = 3;
  spec.objective = single(optimizer::ObjectiveKind::kExplore, "f");
  std::int64_t most = 0;
  bench.sink.react = [&](const JournalEntry&) {
    if (bench.campaign) {
      most = std::max(most, bench.campaign->status().in_flight);
    }
  };
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  EXPECT_EQ(most, 3);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 12u);
  EXPECT_EQ(records<Proposed>(bench.journal).size(), 12u) << "no more than the budget allows";
  const auto proposals = records<Proposed>(bench.journal);
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    for (std::size_t j = i + 1; j < proposals.size(); ++j) {
      EXPECT_GT((proposals[i].position - proposals[j].position).norm(), 1e-3);
    }
  }
}

TEST(Campaign, TakesAnswersOutOfOrder) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.in_flight = 2;
  bench.run(spec);
  const auto scored = records<Scored>(bench.journal);
  ASSERT_EQ(scored.size(), 12u);
  bool out_of_order = false;
  for (std::size_t i = 1; i < scored.size(); ++i) {
    out_of_order = out_of_order || scored[i].id < scored[i - 1].id;
  }
  EXPECT_TRUE(out_of_order);
}

TEST(Campaign, StopsWhenTheBeamHoursAreUsed) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.budget = {0, 10 * 3.0 / 3600};  // ten measurements of 2 s motion and 1 s exposure
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 10u);
  EXPECT_THAT(bench.campaign->status().reason, HasSubstr("hours"));
}

TEST(Campaign, LearnsNothingWhereAnObservableIsAbsent) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.observables.push_back({{"g", "value:g", ""}, Transform::kNone});
  bench.instrument.function = [](const Eigen::VectorXd& x) { return x(0) - 2; };
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  const CampaignView view = bench.campaign->view();
  const auto space = search_space(view);
  EXPECT_EQ(view.data(0, space).points.y.size(), 12);
  std::int64_t absent = 0;
  for (const MeasurementView& measurement : view.measurements()) {
    absent += measurement.observables[1].status == scattering::ObservableStatus::kAbsent ? 1 : 0;
  }
  EXPECT_GT(absent, 0);
  EXPECT_EQ(view.data(1, space).points.y.size(), 12 - absent);
  EXPECT_EQ(view.failures(), 0);
}

TEST(Campaign, GoesOnWithConstantData) {
  Bench bench;
  bench.instrument.function = [](const Eigen::VectorXd&) { return 3.0; };
  bench.instrument.noise_sd = 0;
  EXPECT_EQ(bench.run(small_spec()), CampaignState::kFinished);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 12u);
}

TEST(Campaign, GoesOnWithDuplicatePoints) {
  Bench bench;
  CampaignSpec spec = small_spec();
  Campaign& campaign = bench.create(spec);
  campaign.start("tester");
  for (int i = 0; i < 6; ++i) {
    campaign.queue_point(point(1, 1), "tester");
  }
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 12u);
}

TEST(Campaign, GoesOnAfterOnePoint) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.initial_design = 1;
  EXPECT_EQ(bench.run(spec), CampaignState::kFinished);
  const auto proposals = records<Proposed>(bench.journal);
  EXPECT_EQ(proposals[0].source, ProposalSource::kInitial);
  EXPECT_EQ(proposals[1].source, ProposalSource::kOptimizer);
}

TEST(Campaign, ScoresSavedMeasurementsThatAreNoValues) {
  Bench bench;
  bench.instrument.as_curve = true;
  EXPECT_EQ(bench.run(small_spec()), CampaignState::kFinished);
  EXPECT_EQ(bench.store.saved.size(), 12u);
  for (const MeasureDone& done : records<MeasureDone>(bench.journal)) {
    EXPECT_EQ(done.file.path, "measurements/" + std::to_string(done.id));
    EXPECT_FALSE(done.values.has_value());
  }
}

TEST(Campaign, PredictsInTheUnitOfALogarithmicObservable) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.observables[0].transform = Transform::kLog;
  bench.instrument.function = [](const Eigen::VectorXd& x) { return std::exp(x(0)); };
  bench.instrument.noise_sd = 1e-3;
  bench.run(spec);
  Eigen::MatrixXd points(2, 2);
  points << 1, 2.5, 0, 0.5;
  const Prediction prediction = bench.campaign->predict("f", points);
  EXPECT_NEAR(prediction.mean(0), std::exp(1.0), 0.3);
  EXPECT_NEAR(prediction.mean(1), std::exp(2.5), 1.0);
  EXPECT_GT(prediction.sd.minCoeff(), 0);
  EXPECT_THROW((void)bench.campaign->predict("nothing", points), std::invalid_argument);
}

TEST(Campaign, GivesTheSameProposalsOnOneAndTwoThreads) {
  CampaignSpec spec = small_spec();
  spec.observables.push_back({{"g", "value:g", ""}, Transform::kNone});
  spec.objective.terms.push_back({optimizer::ObjectiveKind::kExplore, {"g"}, 0, 0.5, {}});
  Bench one;
  one.run(spec);
  spec.threads = 2;
  Bench two;
  two.run(spec);
  EXPECT_EQ(proposal_bits(one.journal), proposal_bits(two.journal));
}

TEST(Campaign, GivesOtherProposalsForAnotherSeed) {
  CampaignSpec spec = small_spec();
  Bench one;
  one.run(spec);
  spec.seed = 8;
  Bench two;
  two.run(spec);
  EXPECT_NE(proposal_bits(one.journal), proposal_bits(two.journal));
}

TEST(Campaign, JournalsThatTheDecisionBudgetEndedASearch) {
  // A clock on which every look takes a while: deadlines pass in the middle of training and search.
  class RushingClock final : public Clock {
   public:
    [[nodiscard]] double now() const override { return 0; }
    [[nodiscard]] double steady() const override { return seconds_ = seconds_ + 0.2; }

   private:
    mutable std::atomic<double> seconds_{0};
  };
  Bench bench;
  RushingClock clock;
  CampaignSpec spec = small_spec();
  spec.patience.measurement_timeout_s = 1e6;
  Campaign campaign(
      spec, "",
      {bench.instrument, bench.scorer, bench.journal, clock, bench.sink, bench.store, bench.fitter},
      "tester");
  campaign.start("tester");
  EXPECT_EQ(campaign.run(), CampaignState::kFinished);
  bool cut_search = false;
  for (const Proposed& proposed : records<Proposed>(bench.journal)) {
    cut_search = cut_search || proposed.cut;
  }
  bool cut_training = false;
  for (const Trained& trained : records<Trained>(bench.journal)) {
    for (const TrainedModel& model : trained.models) {
      cut_training = cut_training || model.cut;
      EXPECT_FALSE(model.cut && model.converged);
    }
  }
  EXPECT_TRUE(cut_search);
  EXPECT_TRUE(cut_training);
  EXPECT_EQ(records<Scored>(bench.journal).size(), 12u);
}

TEST(Campaign, RefusesAJournalThatIsNotEmpty) {
  Bench bench;
  bench.run(small_spec());
  EXPECT_THROW(Campaign(small_spec(), "", bench.ports(), "tester"), JournalError);
}

TEST(Campaign, RefusesToResumeFromAnEmptyJournal) {
  Bench bench;
  EXPECT_THROW(Campaign::resume(bench.ports(), "tester"), JournalError);
}

TEST(Campaign, RefusesAnInvalidSpecBeforeAnythingIsWritten) {
  Bench bench;
  CampaignSpec spec = small_spec();
  std::swap(spec.parameters[0].lower, spec.parameters[0].upper);
  EXPECT_THROW(Campaign(spec, "", bench.ports(), "tester"), std::invalid_argument);
  spec = small_spec();
  spec.constraints = {"x > 100"};
  EXPECT_THROW(Campaign(spec, "", bench.ports(), "tester"), std::invalid_argument);
  EXPECT_TRUE(bench.journal.read(1).empty());
}

}  // namespace
}  // namespace foray::campaign::testing::loop_test
