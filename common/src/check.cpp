#include "foray/common/check.h"

#include <cmath>
#include <sstream>

namespace foray {

void require(bool condition, std::string_view message) {
  if (!condition) throw std::invalid_argument(std::string(message));
}

void ensure(bool condition, std::string_view message) {
  if (!condition) throw std::logic_error(std::string(message));
}

void require_finite(std::string_view where, const Eigen::Ref<const Eigen::MatrixXd>& values) {
  for (Eigen::Index j = 0; j < values.cols(); ++j) {
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
      if (std::isfinite(values(i, j))) continue;
      std::ostringstream text;
      text << where << ": expected finite values, got " << values(i, j) << " at (" << i << ", " << j
           << ")";
      throw std::invalid_argument(text.str());
    }
  }
}

void require_in_range(std::string_view where, double value, double lower, double upper) {
  if (std::isfinite(value) && value >= lower && value <= upper) return;
  std::ostringstream text;
  text << where << ": expected a value in [" << lower << ", " << upper << "], got " << value;
  throw std::invalid_argument(text.str());
}

}  // namespace foray
