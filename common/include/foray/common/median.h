#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace foray {

/// The value in the middle, of an even number the larger of the two there. Reorders the values.
/// @pre not empty.
template <typename T>
[[nodiscard]] T upper_median(std::vector<T>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The same of a temporary.
template <typename T>
[[nodiscard]] T upper_median(std::vector<T>&& values) {
  return upper_median(values);
}

}  // namespace foray
