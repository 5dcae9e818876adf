// Everything that a campaign file can name carries a short campaign to its end, and through the
// loss of its process, or it does not count as being there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "campaign/fakes.h"
#include "campaign_bench.h"
#include "every_kind_rows.h"
#include "foray/deep/torch_network.h"
#include "foray/journal/sqlite_journal.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "helpers.h"

namespace foray::instruments::every_kind_test {
namespace {

using campaign::CampaignState;
using campaign::Proposed;
using campaign::testing::proposal_bits;
using campaign::testing::records;

// Two smooth fields, f and g, on a grid of the unit square.
std::string table() {
  std::string text = "x,y,i,j,rest,f,g,t,s,f_variance,g_variance\n";
  for (int i = 0; i <= 12; ++i) {
    for (int j = 0; j <= 12; ++j) {
      const double x = i / 12.0;
      const double y = j / 12.0;
      const double f = std::sin(4 * x) * std::cos(3 * y) + 0.3 * x;
      const double g = 0.8 * y - 0.5 * x * x + 0.1;
      text += std::to_string(x) + "," + std::to_string(y) + "," + std::to_string(i) + "," +
              std::to_string(j) + "," + std::to_string(1 - x - y) + "," + std::to_string(f) + "," +
              std::to_string(g) + "," + std::to_string(0.5 + 0.4 * std::sin(5 * x + y)) + "," +
              std::to_string(x > 0.55 ? 1 : 0) + ",1e-4,1e-4\n";
    }
  }
  return text;
}

// What is cut by the clock cannot repeat: the decision budget is far beyond what is needed.
std::string campaign_text(const Row& row, const std::string& file) {
  return R"({"seed": 11, "parameters": )" +
         std::string(*row.parameters != '\0' ? row.parameters : kSquare) +
         R"(, "instrument": {"adapter": "replay", "file": ")" + file +
         R"(", "method": "local_linear", "seed": 3, "time": "simulated",
      "variances": {"f": "f_variance", "g": "g_variance"}, "values": {"f": "f", "g": "g", "t": "t", "s": "s"}},
    "observables": [{"name": "f", "from": "value:f")" +
         row.of_f + R"(}, {"name": "g", "from": "value:g"}],
    "initial": 5, "in_flight": 2, "decision_budget_s": 600,
    "budget": {"measurements": )" +
         std::to_string(row.measurements) + R"(}, "objective": )" + row.objective + row.more + "}";
}

using Entries = std::vector<campaign::JournalEntry>;

Entries first_of(const Entries& entries, std::size_t count) {
  return {entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count)};
}

// Entries written to a file, closed and opened again, as by a process that was lost and the next.
std::unique_ptr<campaign::Journal> through_a_file(const Entries& entries,
                                                  const std::filesystem::path& file) {
  {
    const auto journal = journal::SqliteJournal::create(file);
    for (const campaign::JournalEntry& entry : entries) {
      journal->append(entry.record, entry.who, entry.time_s);
    }
  }
  return journal::SqliteJournal::open(file);
}

// Whether a position is one that the campaign's parameters and its candidates, if any, allow.
bool is_allowed(const campaign::CampaignSpec& spec, const Eigen::VectorXd& position) {
  for (std::size_t i = 0; i < spec.parameters.size(); ++i) {
    const double value = position(static_cast<Eigen::Index>(i));
    if (optimizer::refusal(spec.parameters[i], value)) return false;
  }
  if (optimizer::refusal_of_sums(spec.parameters, position)) return false;
  return spec.candidates.empty() ||
         std::any_of(spec.candidates.begin(), spec.candidates.end(),
                     [&](const auto& candidate) { return candidate.position == position; });
}

// What a client would answer: the mean plus half a deviation, of all models together.
class Mine final : public campaign::RemoteFunctions {
 public:
  Eigen::VectorXd evaluate(const optimizer::FunctionRequest& request,
                           const std::function<bool()>& /*given_up*/) override {
    Eigen::VectorXd values = Eigen::VectorXd::Zero(request.points.cols());
    for (const auto& model : request.models) values += model.mean + 0.5 * model.sigma;
    return values;
  }
};

class EveryKind : public ::testing::TestWithParam<Row> {};

TEST_P(EveryKind, CarriesACampaignToItsEndAndThroughTheLossOfItsProcess) {
  if (std::string(GetParam().more).find("\"deep\"") != std::string::npos && !deep::available()) {
    GTEST_SKIP() << "built without LibTorch";
  }
  const TemporaryFolder folder;
  const std::string text = campaign_text(GetParam(), folder.write("fields.csv", table()));
  Mine mine;
  CampaignBench whole(text, true);
  whole.functions = &mine;
  ASSERT_EQ(whole.run(), CampaignState::kFinished);
  EXPECT_THAT(whole.view().reason(), ::testing::StartsWith(GetParam().ends));
  if (std::string(GetParam().ends).find("budget") == 0) {
    EXPECT_EQ(whole.view().scored().size(), static_cast<std::size_t>(GetParam().measurements));
  }
  for (const Proposed& proposed : records<Proposed>(whole.log())) {
    const bool other = *GetParam().also != '\0' && proposed.acquisition == GetParam().also;
    EXPECT_EQ(proposed.acquisition, proposed.id <= 5 ? GetParam().begins
                                    : other          ? GetParam().also
                                                     : GetParam().says);
    EXPECT_FALSE(proposed.cut);
    EXPECT_TRUE(is_allowed(whole.view().spec(), proposed.position)) << proposed.position;
  }
  EXPECT_EQ(whole.view().transitions().empty(), !whole.view().spec().transitions);
  EXPECT_EQ(whole.view().reactions().size(), whole.view().spec().react.size());
  const auto entries = whole.journal();
  // In the middle through a file (slow: each entry is synchronised), else through memory.
  for (const std::size_t share : {4U, 5U, 6U, 7U}) {
    const Entries kept = first_of(entries, entries.size() * share / 8);
    CampaignBench again(text, true,
                        share == 5 ? through_a_file(kept, folder.path() / "journal.sqlite")
                                   : std::make_unique<campaign::MemoryJournal>(kept));
    again.functions = &mine;
    again.keep_measurements_of(whole);
    ASSERT_EQ(again.run(), CampaignState::kFinished);
    EXPECT_EQ(proposal_bits(again.log()), proposal_bits(whole.log())) << "cut at " << kept.size();
    EXPECT_THAT(again.view().reason(), ::testing::StartsWith(GetParam().ends));
    // A new simulated instrument starts from elsewhere, so that its times are others.
    if (whole.view().reason().find(" hours") == std::string::npos) {
      EXPECT_EQ(again.view().reason(), whole.view().reason());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, EveryKind, ::testing::ValuesIn(kRows),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(EveryKindTable, HasARowForEveryAcquisitionFunction) {
  for (const auto& [kind, name] : optimizer::acquisition_names()) {
    const std::string wanted = R"("kind": ")" + std::string(name) + R"(")";
    EXPECT_TRUE(std::any_of(std::begin(kRows), std::end(kRows), [&](const Row& row) {
      return std::string(row.more).find(wanted) != std::string::npos;
    })) << name;
  }
}

TEST(EveryKindTable, HasARowForEveryStopRule) {
  for (const char* wanted :
       {R"("kind": "converged")", R"("kind": "target_reached")", R"("kind": "uncertainty_below")",
        R"("kind": "stagnated")", R"("kind": "gain_rate_below")", R"("kind": "spent")",
        R"("kind": "transition_within")", R"("all")", R"("any")"}) {
    EXPECT_TRUE(std::any_of(std::begin(kRows), std::end(kRows), [&](const Row& row) {
      return std::string(row.more).find(wanted) != std::string::npos;
    })) << wanted;
  }
}

TEST(EveryKindTable, HasARowForEveryKernel) {
  for (const surrogate::KernelKind kind : surrogate::kernel_kinds()) {
    const std::string wanted = '"' + std::string(name_of(kind)) + '"';
    EXPECT_TRUE(std::any_of(std::begin(kRows), std::end(kRows), [&](const Row& row) {
      return std::string(row.more).find(wanted) != std::string::npos;
    })) << wanted;
  }
}

}  // namespace
}  // namespace foray::instruments::every_kind_test
