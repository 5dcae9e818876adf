#include "learned_cost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "fakes.h"

namespace foray::campaign::testing::learned_cost_test {
namespace {

using Eigen::VectorXd;

std::vector<Move> random_moves(const VectorXd& speeds, double settle_s, double error, int count) {
  Rng rng(3);
  std::uniform_real_distribution<double> uniform;
  std::normal_distribution<double> normal;
  std::vector<Move> moves;
  for (int k = 0; k < count; ++k) {
    Move move{VectorXd(speeds.size()), 0};
    for (double& distance : move.distance) distance = 10 * uniform(rng);
    move.seconds =
        (move.distance.cwiseQuotient(speeds).maxCoeff() + settle_s) * (1 + error * normal(rng));
    moves.push_back(std::move(move));
  }
  return moves;
}

TravelTimes nothing_stated(Eigen::Index count) { return {VectorXd::Zero(count), 0}; }

TEST(FitTravel, FindsTheSpeedsAndTheSettlingThatMadeTheTimes) {
  const VectorXd speeds{{2.0, 0.7, 1.3}};
  const TravelTimes times = fit_travel(random_moves(speeds, 0.4, 0, 30), nothing_stated(3));
  EXPECT_LT((times.seconds_per_unit - speeds.cwiseInverse()).norm(), 1e-9);
  EXPECT_NEAR(times.settle_s, 0.4, 1e-9);
}

TEST(FitTravel, ComesNearThemWhereTimesAreScattered) {
  const VectorXd speeds{{2.0, 0.7, 1.3}};
  const TravelTimes times = fit_travel(random_moves(speeds, 0.4, 0.05, 60), nothing_stated(3));
  // Five per cent a time, twenty times an axis, half of it offset: a few per cent.
  for (Eigen::Index i = 0; i < 3; ++i)
    EXPECT_NEAR(times.seconds_per_unit(i) * speeds(i), 1, 0.08) << i;
}

TEST(FitTravel, HasNoNegativeTimesAndBoundsWhatIsNeverTheSlowest) {
  std::vector<Move> moves = random_moves(VectorXd{{1, 1e3}}, 0, 0, 12);
  const TravelTimes fast = fit_travel(moves, nothing_stated(2));
  EXPECT_NEAR(fast.seconds_per_unit(0), 1, 1e-9);
  for (const Move& move : moves)
    EXPECT_LE(fast.seconds_per_unit(1) * move.distance(1), move.seconds + 1e-9);
  for (Move& move : moves) move.seconds = 3;  // Whatever the distance.
  const TravelTimes flat = fit_travel(moves, nothing_stated(2));
  EXPECT_GE(flat.seconds_per_unit.minCoeff(), 0);
  for (const Move& move : moves)
    EXPECT_NEAR(move.distance.cwiseProduct(flat.seconds_per_unit).maxCoeff() + flat.settle_s, 3,
                1e-9);
}

// A campaign whose stage has other speeds than it was told, as its journal tells it.
CampaignView travelled(bool learn) {
  CampaignSpec spec = small_spec();
  spec.learn_cost = learn;
  spec.parameters[0].speed = spec.parameters[1].speed = 100;
  Bench bench;
  bench.run(spec);
  auto entries = bench.journal.read(1);
  VectorXd last;
  for (JournalEntry& entry : entries) {
    auto* done = std::get_if<MeasureDone>(&entry.record);
    if (done == nullptr) continue;
    const VectorXd distance =
        last.size() > 0 ? VectorXd((done->read_back - last).cwiseAbs()) : VectorXd::Zero(2);
    done->motion_s = std::max(distance(0) / 0.5, distance(1) / 0.25) + 0.3;
    done->exposure_s = spec.exposure_s + 0.125;
    last = done->read_back;
  }
  return CampaignView(entries);
}

TEST(LearnedCost, FollowsFromTheJournal) {
  const CampaignView view = travelled(true);
  const auto cost = learned_cost(view);
  ASSERT_TRUE(cost);
  EXPECT_DOUBLE_EQ(cost->travel.seconds_per_unit(0), 2);
  EXPECT_DOUBLE_EQ(cost->travel.seconds_per_unit(1), 4);
  EXPECT_DOUBLE_EQ(cost->travel.settle_s, 0.3);
  EXPECT_DOUBLE_EQ(cost->overhead_s, 0.125);
  const auto parameters = with_learned_cost(view, view.parameters());
  EXPECT_DOUBLE_EQ(parameters[0].speed, 0.5);
  EXPECT_DOUBLE_EQ(parameters[1].settle_s, 0.3);
  EXPECT_EQ(with_learned_cost(travelled(false), view.parameters())[0].speed, 100);
}

TEST(LearnedCost, WaitsForEnoughMovesAndLeavesOutThoseFromWhereItMayNotHaveBeen) {
  Bench bench;
  CampaignSpec spec = small_spec();
  spec.budget.measurements = 6;
  bench.run(spec);
  EXPECT_FALSE(learned_cost(CampaignView(bench.journal.read(1)))) << "five moves";
  spec.budget.measurements = 7;
  Bench more;
  more.run(spec);
  EXPECT_TRUE(learned_cost(CampaignView(more.journal.read(1)))) << "six moves";
  Bench fault;
  fault.instrument.faults[3] = FaultKind::kBeamLoss;
  fault.run(spec);
  EXPECT_FALSE(learned_cost(CampaignView(fault.journal.read(1)))) << "two of them after a fault";
}

// A journal of seven measurements, the program started anew before or after the fourth was asked
// for, or after and the fourth asked for again, since it may not have been measured.
enum class Restart { kBefore, kAfter, kAskedAgain };
CampaignView restarted(Restart restart, bool kept_its_place) {
  CampaignSpec spec = small_spec();
  spec.budget.measurements = 7;
  spec.in_flight = 1;
  Bench bench;
  bench.run(spec);
  std::vector<JournalEntry> entries;
  int asked = 0;
  for (const JournalEntry& entry : bench.journal.read(1)) {
    const bool asks = std::holds_alternative<MeasureRequested>(entry.record);
    asked += asks ? 1 : 0;
    const bool here = asks && asked == 4;
    JournalEntry anew = entry;
    anew.record = CampaignReopened{"fake", kept_its_place};
    if (here && restart == Restart::kBefore) entries.push_back(anew);
    entries.push_back(entry);
    if (here && restart != Restart::kBefore) entries.push_back(anew);
    if (!here || restart != Restart::kAskedAgain) continue;
    MeasureRequested again = std::get<MeasureRequested>(entry.record);
    again.attempt = 2;
    anew.record = PossibleDuplicate{again.id, "unknown"};
    entries.push_back(anew);
    anew.record = again;
    entries.push_back(anew);
  }
  for (std::size_t i = 0; i < entries.size(); ++i)
    entries[i].sequence = static_cast<std::int64_t>(i) + 1;
  return CampaignView(entries);
}

TEST(LearnedCost, KeepsTheMoveAfterARestartWhereItIsKnownWhereItBegan) {
  EXPECT_FALSE(learned_cost(restarted(Restart::kBefore, false)))
      << "five moves, and one from elsewhere";
  EXPECT_TRUE(learned_cost(restarted(Restart::kBefore, true))) << "it kept its place";
  EXPECT_TRUE(learned_cost(restarted(Restart::kAfter, false))) << "it went on by itself";
}

TEST(LearnedCost, LeavesOutTheMoveToWhatMayHaveBeenMeasuredTwice) {
  const CampaignView view = restarted(Restart::kAskedAgain, true);
  EXPECT_TRUE(view.measurements().at(3).possible_duplicate);
  EXPECT_EQ(view.measurements().at(3).attempts, 2);
  EXPECT_FALSE(learned_cost(view)) << "five moves, and one of no length";
}

}  // namespace
}  // namespace foray::campaign::testing::learned_cost_test
