#include "foray/common/nearest_word.h"

#include <gtest/gtest.h>

namespace foray::nearest_word_test {
namespace {

TEST(NearestWord, FindsMisspeltWords) {
  const std::vector<std::string> known = {"radius", "thickness", "sld_solvent"};
  EXPECT_EQ(nearest_word("raduis", known), "radius");
  EXPECT_EQ(nearest_word("thicknes", known), "thickness");
  EXPECT_EQ(nearest_word("sld", known), "sld_solvent");
}

TEST(NearestWord, IsSilentWhereNothingIsNear) {
  EXPECT_EQ(nearest_word("volume", {"radius"}), std::nullopt);
  EXPECT_EQ(nearest_word("radius", {}), std::nullopt);
  EXPECT_EQ(nearest_word(std::string(81, 'a'), {std::string(81, 'a')}), std::nullopt);
}

}  // namespace
}  // namespace foray::nearest_word_test
