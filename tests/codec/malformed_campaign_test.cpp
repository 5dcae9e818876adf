#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "foray/codec/campaign_codec.h"
#include "foray/codec/json.h"
#include "foray/common/random.h"

namespace foray::codec::malformed_campaign_test {
namespace {

using ::testing::HasSubstr;

const char* const kSmall = R"({
  "campaign": "small",
  "parameters": [{"name": "x", "range": [0, 20]}, {"name": "y", "range": [0, 20]}],
  "instrument": {"adapter": "function", "function": "branin"},
  "observables": [{"name": "f", "from": "value:f"}, {"name": "p", "from": "class:ring"}],
  "objective": {"kind": "maximise", "observable": "f"},
  "budget": {"measurements": 20}
})";

// One edit of a valid campaign and what the refusal must say.
struct Malformed {
  const char* pointer;  // where; "" replaces nothing
  const char* value;    // JSON put there; "-" removes the key
  const char* message;
};

std::string edited(const Malformed& edit) {
  Json campaign = Json::parse(kSmall);
  const Json::json_pointer pointer(edit.pointer);
  if (std::string(edit.value) == "-") {
    campaign.at(pointer.parent_pointer()).erase(pointer.back());
  } else {
    campaign[pointer] = Json::parse(edit.value);
  }
  return campaign.dump();
}

std::string refusal(const std::string& text) {
  try {
    read_campaign(text);
  } catch (const CodecError& error) {
    return error.what();
  }
  return "(accepted)";
}

const std::vector<Malformed> kTable = {
    {"/objektive", "{}", "/objektive: unknown key; did you mean \"objective\"?"},
    {"/objective", "-", "the whole text: expected the key \"objective\""},
    {"/parameters", "-", "expected the key \"parameters\" (an array of 1 to 64 parameters)"},
    {"/parameters", "[]", "/parameters: expected an array of 1 to 64 parameters, got []"},
    {"/parameters", "{}", "/parameters: expected an array of 1 to 64 parameters, got {}"},
    {"/parameters/0/range", "[20, 0]",
     "/parameters/0/range: expected two increasing numbers, got [20,0]"},
    {"/parameters/1/range", "[1, 1]",
     "/parameters/1/range: expected two increasing numbers, got [1,1]"},
    {"/parameters/0/range", "[0]", "/parameters/0/range: expected two increasing numbers, got [0]"},
    {"/parameters/0/range", "[0, \"20\"]", "/parameters/0/range/1: expected a number, got \"20\""},
    {"/parameters/0/range", "null",
     "/parameters/0/range: expected two increasing numbers, got null"},
    {"/parameters/0/range", "-", "/parameters/0: expected the key \"range\""},
    {"/parameters/0/name", "\"2x\"", "/parameters/0/name: expected an identifier"},
    {"/parameters/1/name", "\"x\"",
     "/parameters/1/name: expected a name that no other parameter has, got \"x\""},
    {"/parameters/0/rnage", "[0, 1]", "/parameters/0/rnage: unknown key; did you mean \"range\"?"},
    {"/parameters/0/scale", "\"logarithmic\"",
     "/parameters/0/scale: expected one of \"linear\" or \"log\", got \"logarithmic\""},
    {"/parameters/0/scale", "\"log\"", "/parameters/0/range: expected a range above 0"},
    {"/parameters/0/speed", "-1", "/parameters/0/speed: expected a number >= 0, got -1"},
    {"/parameters/0/step", "30", "/parameters/0/step: expected a step within the range, got 30"},
    {"/constraints", "\"x < y\"", "/constraints: expected an array of inequalities"},
    {"/constraints", "[3]", "/constraints/0: expected an inequality of the parameters"},
    {"/seed", "-3", "/seed: expected an integer >= 0, got -3"},
    {"/seed", "1.5", "/seed: expected an integer >= 0, got 1.5"},
    {"/instrument", "-", "expected the key \"instrument\""},
    {"/instrument/adapter", "\"simulater\"",
     "/instrument/adapter: expected one of \"simulator\", \"function\", \"replay\", \"tango\", "
     "\"process\" or \"registered\", got \"simulater\"; did you mean \"simulator\"?"},
    {"/instrument/adapter", "-", "/instrument: expected the key \"adapter\""},
    {"/instrument/function", "\"brannin\"", "did you mean \"branin\"?"},
    {"/instrument/noise", "0.1", "/instrument/noise: unknown key; did you mean \"noise_sd\"?"},
    {"/instrument/faults", "{\"lost\": 1.5}",
     "/instrument/faults/lost: expected a number from 0 to 1, got 1.5"},
    {"/instrument/speed", "{\"z\": 1}",
     "/instrument/speed/z: expected a parameter (\"x\", \"y\"), got \"z\""},
    {"/instrument", "{\"adapter\": \"tango\", \"device\": \"a/b/c\", \"parameters\": {}}",
     "/instrument: expected either \"observables\" or \"image\", got neither"},
    {"/instrument", "{\"adapter\": \"process\", \"address\": \"localhost\"}",
     "/instrument/address: expected \"unix:PATH\" or \"tcp:127.0.0.1:PORT\", got \"localhost\""},
    {"/observables/0/from", "\"f\"", "/observables/0/from: expected what it is derived from"},
    {"/observables/1/name", "\"f\"",
     "/observables/1/name: expected a name that no other observable has, got \"f\""},
    {"/observables/0/transform", "\"ln\"", "/observables/0/transform: expected one of"},
    {"/observables/0/given", "\"p\"",
     "/observables/0/given: expected an array of names of class probabilities"},
    {"/objective/kind", "\"maximize\"", "did you mean \"maximise\"?"},
    {"/objective/observable", "\"g\"",
     "/objective/observable: expected an observable (\"f\", \"p\"), got \"g\""},
    {"/objective/level", "3", "/objective/level: unknown key"},
    {"/objective", "{\"kind\": \"target\", \"observable\": \"f\"}",
     "/objective: expected the key \"level\" (a number)"},
    {"/objective", "{\"kind\": \"boundary\", \"observables\": [\"f\"]}",
     "/objective/observables: expected an array of 2 to 64 different observables, got [\"f\"]"},
    {"/objective", "{\"kind\": \"trade_off\", \"observables\": [\"f\", \"p\"]}",
     "/objective: expected the key \"directions\" (an array of 2 to 4 directions)"},
    {"/objective",
     "{\"kind\": \"trade_off\", \"observables\": [\"f\", \"f\"], \"directions\": [\"maximise\", "
     "\"minimise\"]}",
     "/objective/observables: expected an array of 2 to 4 different observables"},
    {"/objective",
     "{\"kind\": \"trade_off\", \"observables\": [\"f\", \"q\"], \"directions\": [\"maximise\", "
     "\"minimise\"]}",
     "/objective/observables/1: expected an observable"},
    {"/objective", "{\"kind\": \"combine\", \"terms\": [{\"kind\": \"explore\"}]}",
     "/objective/terms/0: expected the key \"observable\""},
    {"/objective/subject_to", "[{\"observable\": \"q\", \"at_least\": 1}]",
     "/objective/subject_to/0/observable: expected an observable"},
    {"/objective/subject_to", "[{\"observable\": \"p\"}]",
     "/objective/subject_to/0: expected an object with \"observable\" and \"at_least\""},
    {"/budget", "{}", "/budget: expected an object with \"measurements\", \"hours\" or both"},
    {"/budget/measurements", "\"many\"",
     "/budget/measurements: expected an integer >= 0, got \"many\""},
    {"/stop", "[{\"kind\": \"bored\"}]", "/stop/0/kind: expected one of \"converged\""},
    {"/stop", "[{\"kind\": \"target_reached\", \"observable\": \"g\", \"value\": 1}]",
     "/stop/0/observable: expected an observable"},
    {"/react", "[{\"observable\": \"p\", \"at_least\": 1, \"pause\": false}]",
     "/react/0: expected \"pause\": true"},
    {"/limits", "{\"x\": [5, 10]}", "/limits/x: expected limits that hold the range [0.0,20.0]"},
    {"/limits", "{\"z\": [5, 10]}", "/limits/z: expected a parameter"},
    {"/exposure_s", "0", "/exposure_s: expected a number of seconds > 0, got 0"},
    {"/in_flight", "65", "/in_flight: expected an integer from 0 to 64, got 65"},
    {"/timeouts", "{\"measurement\": 3}",
     "/timeouts/measurement: unknown key; did you mean \"measurement_s\"?"},
    {"/observables/0/shared_noise", "{\"sd\": 0, \"every\": 5}",
     "/observables/0/shared_noise/sd: expected a number > 0, got 0"},
    {"/observables/0/shared_noise", "{\"sd\": 1, \"every\": 0}",
     "/observables/0/shared_noise/every: expected an integer >= 1, got 0"},
    {"/observables/0/shared_noise", "{\"sd\": 1}",
     "/observables/0/shared_noise: shared_noise: expected \"every\" or \"by\", and not both"},
    {"/observables/0/shared_noise", "{\"sd\": 1, \"by\": \"x\"}",
     "/observables/0/shared_noise: shared_noise.by: expected the name of a parameter"},
    {"/surrogate", "{\"hyperparameter_draws\": 1}",
     "/surrogate/hyperparameter_draws: expected 0 or an integer from 2 to 64, got 1"},
    {"/surrogate", "{\"hyperparameter_draws\": 100}",
     "/surrogate/hyperparameter_draws: expected 0 or an integer from 2 to 64, got 100"},
    {"/surrogate", "{\"kernel\": \"matern5\"}", "/surrogate/kernel: expected a kernel, one of"},
    {"/acquisition", "{\"kind\": \"expected_improvment\"}",
     "did you mean \"expected_improvement\"?"},
    {"/acquisition", "{\"kind\": \"remote\"}", "/acquisition: expected the key \"function\""},
    {"/acquisition", "{\"kind\": \"remote\", \"function\": \"\"}",
     "/acquisition/function: expected a name of 1 to 100"},
    {"/acquisition", "{\"kind\": \"remote\", \"function\": \"m\", \"timeout_s\": 0}",
     "/acquisition/timeout_s: expected a number of seconds from 0.001 to 1000000, got 0"},
    {"/acquisition", "{\"kind\": \"straddle\"}",
     "/acquisition/kind: expected one that suits the objective, got \"straddle\""},
    {"/acquisition", "{\"kind\": \"expression\"}", "/acquisition: expression \"\""},
    {"/acquisition", "{\"kind\": \"expression\", \"expression\": \"mu + z\"}",
     "known names: mu, sigma, x, y"},
    {"/acquisition", "{\"kind\": \"expected_improvement\", \"xi\": -1}",
     "/acquisition/xi: expected a number >= 0, got -1"},
    {"/acquisition", "{\"kind\": \"target_probability\"}", "needs a tolerance > 0"},
    {"/scorer", "{\"reduce\": true}", "/scorer/reduce: expected one of"},
};

TEST(MalformedCampaign, IsRefusedWithThePathWhatWasExpectedAndWhatCame) {
  ASSERT_EQ(refusal(kSmall), "(accepted)");
  for (const Malformed& edit : kTable) {
    EXPECT_THAT(refusal(edited(edit)), HasSubstr(edit.message))
        << edit.pointer << " = " << edit.value;
  }
}

TEST(MalformedCampaign, HasEveryProblemListedAtOnce) {
  Json campaign = Json::parse(kSmall);
  campaign["objektive"] = 1;
  campaign["seed"] = -1;
  campaign["parameters"][0]["range"] = "wide";
  try {
    read_campaign(campaign.dump());
    FAIL() << "expected a CodecError";
  } catch (const CodecError& error) {
    EXPECT_EQ(error.problems().size(), 3U) << error.what();
  }
}

TEST(MalformedCampaign, ThatIsNotJsonNamesLineAndColumn) {
  EXPECT_THAT(refusal("{\n  \"seed\": 1,\n  \"seed\": 2\n}"), HasSubstr("line 3, column"));
  EXPECT_THAT(refusal("{\n  \"seed\": \n}"), HasSubstr("line 3, column 1"));
  EXPECT_THAT(refusal("[]"), HasSubstr("the whole text: expected a foray campaign, got []"));
}

// Random bytes, cuts, doublings and swaps of a valid text: whatever comes out, the reader either
// accepts it or throws its own error.
TEST(MalformedCampaign, ThatIsMutatedAtRandomIsAcceptedOrRefusedAndNothingElse) {
  Rng rng(20261121);
  const std::string original = kSmall;
  const std::string alphabet = "{}[]\",:0123456789.eE+-\\u\xff\x01 \nnulltruefalse";
  int refused = 0;
  constexpr int kRounds = 3000;
  for (int round = 0; round < kRounds; ++round) {
    std::string text = original;
    const int edits = 1 + static_cast<int>(rng() % 4);
    for (int edit = 0; edit < edits && !text.empty(); ++edit) {
      const std::size_t at = rng() % text.size();
      const std::size_t length = 1 + rng() % 12;
      switch (rng() % 4) {
        case 0:
          text[at] = alphabet[rng() % alphabet.size()];
          break;
        case 1:
          text.erase(at, length);
          break;
        case 2:
          text.insert(at, text.substr(rng() % text.size(), length));
          break;
        default:
          text.insert(at, 1, alphabet[rng() % alphabet.size()]);
      }
    }
    try {
      read_campaign(text);
    } catch (const CodecError& error) {
      ++refused;
      ASSERT_FALSE(error.problems().empty());
    }
  }
  EXPECT_GT(refused, kRounds / 2);
}

// The same on the level of values: every value of the document replaced by every kind of value.
TEST(MalformedCampaign, WithAnyValueOfAnotherTypeIsAcceptedOrRefusedAndNothingElse) {
  const Json original = Json::parse(kSmall);
  const std::vector<Json> replacements = {nullptr,
                                          true,
                                          -1,
                                          1e300,
                                          "",
                                          "x",
                                          Json::array(),
                                          Json::object(),
                                          Json::array({1, 2, 3}),
                                          Json{{"kind", "combine"}}};
  const Json flat = original.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    for (Json::json_pointer at(pointer); !at.empty(); at = at.parent_pointer()) {
      for (const Json& replacement : replacements) {
        Json campaign = original;
        campaign[at] = replacement;
        try {
          read_campaign(campaign.dump());
        } catch (const CodecError& error) {
          ASSERT_FALSE(error.problems().empty());
        }
      }
    }
  }
}

}  // namespace
}  // namespace foray::codec::malformed_campaign_test
