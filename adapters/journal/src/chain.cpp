#include "chain.h"

#include <openssl/evp.h>

#include <array>
#include <bit>
#include <memory>
#include <stdexcept>

namespace foray::journal {
namespace {

constexpr std::size_t kHashBytes = 32;

void put(std::string& bytes, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) {
    bytes.push_back(static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xffU));
  }
}

void put(std::string& bytes, std::string_view text) {
  put(bytes, static_cast<std::uint64_t>(text.size()));
  bytes.append(text);
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1 ||
      size != kHashBytes) {
    throw std::runtime_error("SHA-256: the cryptographic library refused");
  }
  return {digest.begin(), digest.begin() + kHashBytes};
}

}  // namespace

std::string first_hash() { return std::string(kHashBytes, '\0'); }

std::string chain_hash(std::string_view previous, const Row& row) {
  std::string bytes(previous);
  put(bytes, static_cast<std::uint64_t>(row.sequence));
  put(bytes, std::bit_cast<std::uint64_t>(row.time_s));
  put(bytes, row.kind);
  put(bytes, row.body);
  put(bytes, row.who);
  put(bytes, row.key);
  return sha256(bytes);
}

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text.push_back(kDigits[value >> 4U]);
    text.push_back(kDigits[value & 15U]);
  }
  return text;
}

}  // namespace foray::journal
