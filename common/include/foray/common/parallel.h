#pragma once

#include <cstdint>
#include <functional>

namespace foray {

/// Calls `work(i)` for i = 0 .. count-1 on up to `threads` threads and returns when all are done.
///
/// Which thread takes which item is not fixed, so results must go to a place of the item's own and
/// random draws must come from a seed of the item's own; then the outcome is the same for any
/// number of threads. The first exception that an item throws is thrown again here after all have
/// ended.
///
/// @param threads  1 runs everything in the calling thread; 0 is refused.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work);

}  // namespace foray
