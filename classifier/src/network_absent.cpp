#include <stdexcept>

#include "network.h"

namespace foray::classifier {
namespace {

[[noreturn]] void refuse(const std::string& place) {
  throw std::runtime_error(place +
                           ": expected a program with LibTorch, this one was built without "
                           "(FORAY_TORCH=OFF)");
}

}  // namespace

bool network_available() { return false; }

std::unique_ptr<Ensemble> make_ensemble(const std::vector<Member>& /*members*/, int /*outputs*/,
                                        const std::string& place) {
  refuse(place);
}

Member initial_member(int /*outputs*/, std::uint64_t /*seed*/) { refuse("train"); }

Member train_member(const Member& /*initial*/, const OutputLayout& /*layout*/,
                    const std::vector<NetworkExample>& /*examples*/,
                    const NetworkTraining& /*options*/) {
  refuse("train");
}

}  // namespace foray::classifier
