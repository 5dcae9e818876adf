#include "foray/codec/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace foray::codec::json_test {
namespace {

using ::testing::HasSubstr;

// The message of the CodecError that `text` is refused with; "" when it is accepted.
std::string refusal(const std::string& text, const JsonLimits& limits = {}) {
  try {
    parse_json(text, limits);
  } catch (const CodecError& error) {
    return error.what();
  }
  return "";
}

TEST(ParseJson, ReadsEveryKindOfValue) {
  const Json value =
      parse_json(R"({"a": [1, -2.5, true, null, "\u00e9"], "b": {"c": 9223372036854775807}})");
  EXPECT_EQ(value["a"][0].get<int>(), 1);
  EXPECT_DOUBLE_EQ(value["a"][1].get<double>(), -2.5);
  EXPECT_TRUE(value["a"][3].is_null());
  EXPECT_EQ(value["a"][4].get<std::string>(), "\xc3\xa9");
  EXPECT_EQ(value["b"]["c"].get<std::int64_t>(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(value, Json::parse(value.dump()));
}

TEST(ParseJson, AcceptsNestingUpToTheLimitAndRefusesOneMore) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_EQ(refusal(nested(64)), "");
  EXPECT_THAT(refusal(nested(65)), HasSubstr("expected at most 64 nested levels"));
  EXPECT_THAT(refusal(std::string(1'000'000, '[')), HasSubstr("line 1, column 65"));
}

TEST(ParseJson, RefusesWhatTheLibraryLetsPass) {
  EXPECT_THAT(refusal("{\"a\": 1,\n \"a\": 2}"),
              HasSubstr("line 2, column 4: expected each key once"));
  EXPECT_THAT(refusal("[9223372036854775808]"), HasSubstr("an integer within 64 bits"));
  EXPECT_THAT(refusal("[-9223372036854775809]"), HasSubstr("an integer within 64 bits"));
  EXPECT_THAT(refusal("[123456789012345678901234567890]"), HasSubstr("an integer within 64 bits"));
  EXPECT_THAT(refusal("[1e999]"), HasSubstr("line 1, column"));
  EXPECT_THAT(refusal("[NaN]"), HasSubstr("line 1, column 2"));
  EXPECT_THAT(refusal("\"\xff\""), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal("{} {}"), HasSubstr("expected JSON"));
  EXPECT_THAT(refusal(""), HasSubstr("empty text"));
  EXPECT_THAT(refusal("{\n  \"a\": 1,\n}"), HasSubstr("line 3, column 1"));
}

TEST(ParseJson, RefusesMoreThanItsLimits) {
  EXPECT_THAT(refusal("[1, 2, 3]", {.bytes = 8}),
              HasSubstr("expected at most 8 bytes of JSON, got 9"));
  EXPECT_EQ(refusal("[1, 2, 3]", {.values = 4}), "");
  EXPECT_THAT(refusal("[1, 2, 3, 4]", {.values = 4}), HasSubstr("at most 4 values"));
}

TEST(WriteJson, RefusesNumbersThatAreNotFinite) {
  const Json value = {{"a", {1.0, std::numeric_limits<double>::quiet_NaN()}}};
  try {
    write_json(value);
    FAIL() << "expected a CodecError";
  } catch (const CodecError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/a/1: expected a finite number"));
  }
  EXPECT_THROW(write_json(Json("\xff")), CodecError);
}

TEST(WriteJson, WritesNumbersThatReadBackBitForBit) {
  for (const double number : {0.1, 1.0 / 3.0, 1e-310, -0.0, 123456789.123456789}) {
    EXPECT_EQ(parse_json(write_json(Json(number))).get<double>(), number);
  }
}

TEST(TypedAccess, NamesThePathWhatWasExpectedAndWhatCame) {
  const Json value = parse_json(R"({"range": [0, "x"], "n": 3.0, "half": 0.5})");
  EXPECT_EQ(integer_of(value["n"], "/n"), 3);
  EXPECT_EQ(find_member(value, "absent", ""), nullptr);
  const auto message = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const CodecError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message([&] { vector_of(value["range"], "/range"); }),
            "/range/1: expected a number, got \"x\"");
  EXPECT_EQ(message([&] { integer_of(value["half"], "/half"); }),
            "/half: expected an integer, got 0.5");
  EXPECT_THAT(message([&] { member(value, "speed", ""); }),
              HasSubstr("expected the key \"speed\""));
  EXPECT_EQ(message([&] {
              require_keys(value, {"range", "n", "hall"}, "");
            }),
            "/half: unknown key; did you mean \"hall\"?");
}

TEST(NearestWord, FindsAMisspellingAndNothingForAnotherWord) {
  EXPECT_EQ(nearest_word("objektive", {"objective", "observables"}), "objective");
  EXPECT_EQ(nearest_word("kind", {"objective", "observables"}), std::nullopt);
}

TEST(JoinPath, EscapesAsJsonPointersDo) {
  EXPECT_EQ(join_path("/a", std::string_view("b/c~d")), "/a/b~1c~0d");
  EXPECT_EQ(join_path("", std::size_t{3}), "/3");
}

TEST(Describe, CutsLongValuesBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += "\xc3\xa9";
  }
  const std::string described = describe(Json(text));
  EXPECT_LE(described.size(), 63U);
  EXPECT_NO_THROW(write_json(Json(described)));
}

}  // namespace
}  // namespace foray::codec::json_test
