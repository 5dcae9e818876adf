#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "foray/classifier/labels.h"
#include "foray/classifier/prepared.h"
#include "foray/classifier/weights.h"

// The seam to LibTorch: plain data that both C++17 (its sources) and C++20 read.
namespace foray::classifier {

// Whether this build holds LibTorch; without it everything below throws std::runtime_error.
bool network_available();

// Whether LibTorch finds a GPU to train on.
bool gpu_available();

// Wider ones are taken for damaged files.
inline constexpr int kWidest = 8;

// Structure of a network.
struct NetworkShape {
  int outputs = 0;
  int told = 0;   // numbers of a network of somebody else's; 0: there is none
  int width = 1;  // channels of every layer in multiples of the narrowest network's

  // Numbers that the branches hand to the trunk, and that the trunk hands to the heads.
  [[nodiscard]] constexpr int branch_features() const {
    return width * (2 * (32 + 24 + 48) + 48 + 32) + kScalars;
  }
  [[nodiscard]] constexpr int trunk_features() const { return width * 96; }
};

// What an ensemble makes of frames, each [member][frame * size + k].
struct EnsembleResult {
  NetworkShape shape;                       // of each network
  std::vector<std::vector<float>> outputs;  // raw
  std::vector<std::vector<float>> branches;
  std::vector<std::vector<float>> trunk;
};

// An ensemble of networks. Const methods may be called concurrently.
class Ensemble {
 public:
  virtual ~Ensemble() = default;

  // That of each network.
  [[nodiscard]] virtual NetworkShape shape() const = 0;

  [[nodiscard]] virtual EnsembleResult run(
      const std::vector<const PreparedFrame*>& frames) const = 0;
};

// Throws std::runtime_error with `place` when the arrays do not fit the network.
std::unique_ptr<Ensemble> make_ensemble(const std::vector<Member>& members, int outputs,
                                        const std::string& place);

// One example of a training set; the frame outlives the training. Beside 0, 1 and -1 its yes or no
// targets may be kBorrowed and kBorrowed + 1: the answer to the same question below another
// geometry, which counts for less.
inline constexpr int kBorrowed = 2;
struct NetworkExample {
  const PreparedFrame* frame = nullptr;
  const Targets* targets = nullptr;
};

// Examples laid out for training, which several networks may learn from at the same time.
class TrainingSet {
 public:
  virtual ~TrainingSet() = default;
};

// The examples outlive the set, except on a GPU, to whose memory they are copied: about 165 kB
// each. Throws std::runtime_error when there is no GPU.
std::unique_ptr<const TrainingSet> make_training_set(const OutputLayout& layout,
                                                     const std::vector<NetworkExample>& examples,
                                                     bool on_gpu = false);

struct NetworkTraining {
  int rounds = 1;   // sets that it learns from, one after the other
  int epochs = 10;  // passes over each
  int batch = 64;
  double learning_rate = 3e-3;
  double weight_decay = 1e-3;
  std::uint64_t seed = 0;
  // Called after every pass with (pass from 1 over all rounds, mean training loss); from the
  // training thread.
  std::function<void(int, double)> progress;
};

// Random arrays of one network, a function of the seed.
Member initial_member(const NetworkShape& shape, std::uint64_t seed);

// A network in training. Used by one thread at a time.
class MemberTraining {
 public:
  virtual ~MemberTraining() = default;

  // One round, in the calling thread alone, or on the GPU that holds the set.
  virtual void learn(const TrainingSet& set) = 0;

  [[nodiscard]] virtual Member arrays() const = 0;
};

// Begins the training of one network with its initial arrays.
std::unique_ptr<MemberTraining> start_training(const Member& initial,
                                               const NetworkTraining& options, bool on_gpu = false);

}  // namespace foray::classifier
