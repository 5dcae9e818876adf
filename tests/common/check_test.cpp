#include "foray/common/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace foray::check_test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(RequireFinite, NamesPlaceIndexAndValue) {
  Eigen::MatrixXd values = Eigen::MatrixXd::Zero(2, 3);
  EXPECT_NO_THROW(require_finite("f: x", values));
  values(1, 2) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT([&] { require_finite("f: x", values); },
              ThrowsMessage<std::invalid_argument>(
                  testing::AllOf(HasSubstr("f: x"), HasSubstr("(1, 2)"), HasSubstr("nan"))));
}

TEST(RequireInRange, NamesTheRangeAndTheValue) {
  EXPECT_NO_THROW(require_in_range("speed", 1, 0, 2));
  EXPECT_THAT([] { require_in_range("speed", 3, 0, 2); },
              ThrowsMessage<std::invalid_argument>(
                  testing::AllOf(HasSubstr("speed"), HasSubstr("[0, 2]"), HasSubstr("3"))));
  EXPECT_THROW(require_in_range("speed", std::numeric_limits<double>::infinity(), 0, 2),
               std::invalid_argument);
}

TEST(Ensure, ThrowsLogicError) { EXPECT_THROW(ensure(false, "broken"), std::logic_error); }

}  // namespace
}  // namespace foray::check_test
