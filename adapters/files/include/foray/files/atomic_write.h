#pragma once

#include <string>
#include <string_view>

namespace foray::files {

/// Writes `bytes` to `path` so that at any moment, power loss included, the path holds either what
/// it held before or all of the new bytes: a temporary file beside it is written, synced, renamed
/// onto the path, and the folder is synced. The temporary file is removed on failure.
///
/// Different paths may be written concurrently.
///
/// @returns SHA-256 of the bytes, 64 lower-case hexadecimal digits.
/// @throws FileError naming the path and the system's reason; the path then holds what it held.
std::string write_atomically(const std::string& path, std::string_view bytes);

/// SHA-256 of bytes, 64 lower-case hexadecimal digits (FIPS 180-4, computed by OpenSSL).
std::string sha256(std::string_view bytes);

/// SHA-256 of a file's content.
/// @throws FileError when it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace foray::files
