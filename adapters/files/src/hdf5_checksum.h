#pragma once

#include <cstdint>
#include <string_view>

namespace foray::files::h5 {

// The checksum of HDF5's headers: lookup3's hashlittle with the initial value 0.
//
// Source: Jenkins (2006), "lookup3", http://burtleburtle.net/bob/c/lookup3.c (the algorithm is in
// the public domain); HDF5 File Format Specification, version 3.0, section II.A.
std::uint32_t checksum(std::string_view bytes);

}  // namespace foray::files::h5
