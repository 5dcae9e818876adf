#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace foray::journal {

// One row of the journal.
struct Row {
  std::int64_t sequence = 0;
  double time_s = 0;
  std::string kind;
  std::string body;
  std::string who;
  std::string key;   // "" is stored as NULL
  std::string hash;  // 32 bytes
};

// What stands before the first entry: 32 zero bytes.
std::string first_hash();

// SHA-256 of the previous hash and of every column, each with its length before it, so that no two
// different rows are hashed from the same bytes.
std::string chain_hash(std::string_view previous, const Row& row);

// Bytes as lowercase hexadecimal.
std::string hexadecimal(std::string_view bytes);

}  // namespace foray::journal
