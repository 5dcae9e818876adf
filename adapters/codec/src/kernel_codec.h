#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "foray/codec/json.h"
#include "foray/surrogate/kernel.h"

namespace foray::codec {

inline constexpr int kDeepest = 8;
inline constexpr std::size_t kMostTerms = 16;

// A kernel in the units of the campaign. `axes` are the names of the campaign's axes in order;
// `ard` is what a kernel is that does not say. Throws CodecError naming the path.
surrogate::KernelSpec kernel_from_json(const Json& value, const std::string& path,
                                       const std::vector<std::string>& axes, bool ard);

Json json_from_kernel(const surrogate::KernelSpec& spec, const std::vector<std::string>& axes);

}  // namespace foray::codec
