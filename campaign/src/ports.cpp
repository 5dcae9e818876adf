#include "foray/campaign/ports.h"

#include <chrono>

namespace foray::campaign {
namespace {

template <class ClockType>
double seconds_of() {
  return std::chrono::duration<double>(ClockType::now().time_since_epoch()).count();
}

}  // namespace

double SystemClock::now() const { return seconds_of<std::chrono::system_clock>(); }

double SystemClock::steady() const { return seconds_of<std::chrono::steady_clock>(); }

SavedFile MeasurementStore::save_score(MeasurementId /*id*/, const scattering::Score& /*score*/) {
  return {};
}

}  // namespace foray::campaign
