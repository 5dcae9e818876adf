#include "hdf5_checksum.h"

#include <array>
#include <bit>

namespace foray::files::h5 {
namespace {

using Words = std::array<std::uint32_t, 3>;

// Mixes three words reversibly; each step subtracts, rotates and adds.
void mix(Words& w) {
  auto& [a, b, c] = w;
  a = (a - c) ^ std::rotl(c, 4);
  c += b;
  b = (b - a) ^ std::rotl(a, 6);
  a += c;
  c = (c - b) ^ std::rotl(b, 8);
  b += a;
  a = (a - c) ^ std::rotl(c, 16);
  c += b;
  b = (b - a) ^ std::rotl(a, 19);
  a += c;
  c = (c - b) ^ std::rotl(b, 4);
  b += a;
}

// Makes the last word depend on every bit.
void finish(Words& w) {
  auto& [a, b, c] = w;
  c = (c ^ b) - std::rotl(b, 14);
  a = (a ^ c) - std::rotl(c, 11);
  b = (b ^ a) - std::rotl(a, 25);
  c = (c ^ b) - std::rotl(b, 16);
  a = (a ^ c) - std::rotl(c, 4);
  b = (b ^ a) - std::rotl(a, 14);
  c = (c ^ b) - std::rotl(b, 24);
}

// Adds up to twelve bytes, little-endian, to the three words.
void add(Words& w, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    w[i / 4] += std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * (i % 4));
  }
}

}  // namespace

std::uint32_t checksum(std::string_view bytes) {
  Words words;
  words.fill(0xdeadbeefU + static_cast<std::uint32_t>(bytes.size()));
  if (bytes.empty()) {
    return words[2];
  }
  while (bytes.size() > 12) {
    add(words, bytes.substr(0, 12));
    mix(words);
    bytes.remove_prefix(12);
  }
  add(words, bytes);
  finish(words);
  return words[2];
}

}  // namespace foray::files::h5
