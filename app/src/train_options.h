#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

#include "foray/classifier/encoder.h"
#include "foray/classifier/training.h"

namespace foray::app {

/// What `foray train` is told.
struct TrainOptions {
  int frames = 18000;
  std::uint64_t seed = 1;
  int rounds = 1;
  int epochs = 10;
  int members = 3;
  int width = 1;
  int batch = 64;
  double learning_rate = classifier::TrainingOptions{}.learning_rate;
  std::string device = "cpu";
  int threads = 0;
  double false_alarms = 0.01;
  std::string from;   ///< "": none, train.
  std::string start;  ///< "": random arrays.
  std::string trunk;  ///< "": none.
  classifier::ImageEncoder::Options pictures;
  std::filesystem::path labelled;
  std::string geometry;
  std::string mask;
  std::filesystem::path out;
};

/// Adds the options of `foray train` and its examples.
void add_train_options(CLI::App& command, TrainOptions& options);

/// Refuses options that do not go together, and sets what labelled frames want otherwise where it
/// was not given. Called once all are read.
/// @throws CLI::ParseError naming them.
void settle_train_options(const CLI::App& command, TrainOptions& options);

}  // namespace foray::app
