#include "pixels_by_q.h"

#include <algorithm>

namespace foray::simulator {

PixelsByQ::PixelsByQ(const scattering::Image& q, const scattering::Image& factor,
                     const scattering::Mask& mask)
    : steps_per_q_((kSteps - 1) / std::max(q.maxCoeff(), 1e-9)), first_(kSteps + 1, 0) {
  for (Eigen::Index i = 0; i < mask.size(); ++i) {
    if (mask.data()[i] == 0) ++first_[step_of(q.data()[i]) + 1];
  }
  for (std::size_t k = 1; k <= kSteps; ++k) first_[k] += first_[k - 1];
  std::vector<std::size_t> next = first_;
  pixels_.resize(next.back());
  q_.resize(next.back());
  factor_.resize(next.back());
  for (Eigen::Index i = 0; i < mask.size(); ++i) {
    if (mask.data()[i] != 0) continue;
    const std::size_t place = next[step_of(q.data()[i])]++;
    pixels_[place] = static_cast<std::int32_t>(i);
    q_[place] = q.data()[i];
    factor_[place] = factor.data()[i];
  }
}

std::size_t PixelsByQ::step_of(double q) const {
  return static_cast<std::size_t>(std::clamp<double>(q * steps_per_q_, 0, kSteps - 1));
}

PixelsByQ::Part PixelsByQ::between(double low, double high) const {
  if (low > high) return {};
  const std::size_t begin = first_[step_of(low)], end = first_[step_of(high) + 1];
  const auto part = [&](const auto& values) {
    return std::span(values).subspan(begin, end - begin);
  };
  return {part(pixels_), part(q_), part(factor_)};
}

}  // namespace foray::simulator
