#pragma once

#include <algorithm>
#include <chrono>

namespace foray::service {

// Lets `rate` things a second pass in the long run and `burst` at once after a quiet time.
class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  TokenBucket(double rate, double burst) : rate_(rate), burst_(burst), level_(burst) {}

  // Takes one; false when there is none left.
  bool take(Clock::time_point now) {
    const double passed = std::chrono::duration<double>(now - last_).count();
    level_ = std::min(burst_, level_ + rate_ * std::max(passed, 0.0));
    last_ = now;
    if (level_ < 1) return false;
    level_ -= 1;
    return true;
  }

 private:
  double rate_;
  double burst_;
  double level_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace foray::service
