#pragma once

#include <memory>

#include "foray/surrogate/network.h"

namespace foray::deep {

/// Whether this build holds LibTorch.
[[nodiscard]] bool available();

/// LibTorch's evaluation of the networks of deep kernels, in double precision, always by the
/// calling thread alone, so that sums are the same on any number of threads; null where
/// available() is false. Shared by all kernels: it has no state.
[[nodiscard]] std::shared_ptr<const surrogate::Network> torch_network();

}  // namespace foray::deep
