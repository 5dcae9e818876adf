// Campaigns whose batches are chosen together.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes.h"

namespace foray::campaign::testing::joint_batch_test {
namespace {

using ::testing::HasSubstr;

CampaignSpec joint_spec(int batch) {
  CampaignSpec spec = small_spec();
  spec.in_flight = batch;
  spec.joint_batch = true;
  return spec;
}

// How many measurements were on their way when each proposal was made.
std::vector<int> open_at_proposals(const Journal& journal) {
  std::vector<int> open;
  int count = 0;
  for (const JournalEntry& entry : journal.read(1)) {
    if (std::holds_alternative<Proposed>(entry.record)) open.push_back(count++);
    if (std::holds_alternative<Scored>(entry.record)) --count;
  }
  return open;
}

TEST(JointBatch, IsProposedWhenAllOfTheOneBeforeAreMeasured) {
  Bench bench;
  ASSERT_EQ(bench.run(joint_spec(3)), CampaignState::kFinished);
  const auto proposed = records<Proposed>(bench.journal);
  const std::vector<int> open = open_at_proposals(bench.journal);
  ASSERT_EQ(proposed.size(), 12U);
  // Seven after the initial design: three, three and the one that the budget leaves.
  for (const std::size_t first : {5U, 8U, 11U}) {
    EXPECT_EQ(open[first], 0);
    ASSERT_EQ(proposed[first].companions.size(), first == 11 ? 0U : 2U);
    for (std::size_t i = 0; i < proposed[first].companions.size(); ++i) {
      const Proposed& next = proposed[first + 1 + i];
      EXPECT_EQ(next.position, proposed[first].companions[i].position);
      EXPECT_EQ(next.gain, proposed[first].companions[i].gain);
      EXPECT_EQ(next.acquisition, proposed[first].acquisition);
      EXPECT_EQ(open[first + 1 + i], static_cast<int>(i) + 1);
      EXPECT_TRUE(next.companions.empty());
    }
  }
}

TEST(JointBatch, IsMeasuredAlongTheShortestWay) {
  CampaignSpec spec = joint_spec(3);
  spec.parameters[0].speed = 0.5;
  spec.parameters[1].speed = 0.2;
  spec.objective = single(optimizer::ObjectiveKind::kExplore, "f");
  Bench bench;
  ASSERT_EQ(bench.run(spec), CampaignState::kFinished);
  const auto proposed = records<Proposed>(bench.journal);
  const auto seconds = [&](const Eigen::VectorXd& from, const Eigen::VectorXd& to) {
    return std::max(std::abs(to(0) - from(0)) / 0.5, std::abs(to(1) - from(1)) / 0.2);
  };
  const auto length = [&](std::size_t before, std::vector<std::size_t> order) {
    double sum = 0;
    for (const std::size_t i : order) {
      sum += seconds(proposed[before].position, proposed[i].position);
      before = i;
    }
    return sum;
  };
  for (const std::size_t first : {5U, 8U}) {
    std::vector<std::size_t> order = {first, first + 1, first + 2};
    const double taken = length(first - 1, order);
    while (std::next_permutation(order.begin(), order.end()))
      EXPECT_LE(taken, length(first - 1, order) + 1e-9);
    for (const std::size_t i : {first, first + 1, first + 2})
      EXPECT_NEAR(proposed[i].seconds,
                  seconds(proposed[i - 1].position, proposed[i].position) + spec.exposure_s, 1e-9);
  }
}

TEST(JointBatch, IsLeftWhenAnotherQuestionIsAsked) {
  Bench bench;
  Campaign& campaign = bench.create(joint_spec(3));
  campaign.start("tester");
  bench.sink.react = [&](const JournalEntry& entry) {
    const auto* proposed = std::get_if<Proposed>(&entry.record);
    if (proposed != nullptr && proposed->id == 6) {
      campaign.set_objective(single(optimizer::ObjectiveKind::kExplore, "f"), "operator");
    }
  };
  ASSERT_EQ(campaign.run(), CampaignState::kFinished);
  const auto proposed = records<Proposed>(bench.journal);
  const std::vector<int> open = open_at_proposals(bench.journal);
  EXPECT_EQ(proposed[5].companions.size(), 2U);
  EXPECT_EQ(open[6], 0) << "a new batch, after what was on its way";
  EXPECT_NE(proposed[6].position, proposed[5].companions[0].position);
  EXPECT_EQ(proposed[6].acquisition, "cross_validated_variance");
}

TEST(JointBatch, NeedsABatchOfTwo) {
  try {
    validate(joint_spec(1));
    FAIL() << "accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("joint_batch: expected in_flight of 2 or more, got 1"));
  }
}

TEST(CampaignView, RefusesAProposalThatWasNotTheOneChosen) {
  Bench bench;
  bench.run(joint_spec(3));
  auto entries = bench.journal.read(1);
  for (JournalEntry& entry : entries) {
    auto* proposed = std::get_if<Proposed>(&entry.record);
    if (proposed != nullptr && proposed->id == 7) proposed->position(0) += 0.1;
  }
  EXPECT_THROW(CampaignView{entries}, JournalError);
}

}  // namespace
}  // namespace foray::campaign::testing::joint_batch_test
