#pragma once

#include <memory>

#include "foray/surrogate/network.h"

namespace foray::deep {

/// Whether this build holds LibTorch.
[[nodiscard]] bool available();

/// LibTorch's evaluation of the networks of deep kernels, in double precision; null where
/// available() is false. LibTorch shares none of it among threads, so that its sums are the same on
/// any number of them; matrices are multiplied by the BLAS installed, which may have threads of its
/// own. Shared by all kernels: it has no state.
[[nodiscard]] std::shared_ptr<const surrogate::Network> torch_network();

}  // namespace foray::deep
