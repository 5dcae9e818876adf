#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "foray/classifier/encoder.h"

namespace foray::classifier {

// The bytes of a network's file.
inline std::string bytes_of_network(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf())) {
    throw std::runtime_error(file + ": expected a network as TorchScript, cannot read it");
  }
  return bytes.str();
}

// Refuses a side or a number of channels out of range.
inline void require_encoder_options(const ImageEncoder::Options& options) {
  if (options.side < 16 || options.side > 1024) {
    throw std::invalid_argument("ImageEncoder: expected a side from 16 to 1024, got " +
                                std::to_string(options.side));
  }
  if (options.channels < 1 || options.channels > 16) {
    throw std::invalid_argument("ImageEncoder: expected 1 to 16 channels, got " +
                                std::to_string(options.channels));
  }
}

}  // namespace foray::classifier
