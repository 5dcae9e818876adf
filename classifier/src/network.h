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

// Numbers that the branches hand to the trunk, and that the trunk hands to the heads.
inline constexpr int kBranchFeatures = 2 * (32 + 24 + 48) + 48 + 32 + kScalars;
inline constexpr int kTrunkFeatures = 96;

// What an ensemble makes of frames, each [member][frame * size + k].
struct EnsembleResult {
  std::vector<std::vector<float>> outputs;  // raw
  std::vector<std::vector<float>> branches;
  std::vector<std::vector<float>> trunk;
};

// An ensemble of networks. Const methods may be called concurrently.
class Ensemble {
 public:
  virtual ~Ensemble() = default;

  // How many numbers of a network of somebody else's they look at; 0: none.
  [[nodiscard]] virtual int told() const = 0;

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

struct NetworkTraining {
  int epochs = 10;
  int batch = 64;
  double learning_rate = 3e-3;
  double weight_decay = 1e-3;
  std::uint64_t seed = 0;
  // Called after every epoch with (epoch from 1, mean training loss); from the training thread.
  std::function<void(int, double)> progress;
};

// Random arrays of one network, a function of the seed.
//
// told: as many numbers does a network of somebody else's tell of an image; 0: there is none.
Member initial_member(int outputs, std::uint64_t seed, int told = 0);

// Trains one network from its initial arrays, in the calling thread alone.
Member train_member(const Member& initial, const OutputLayout& layout,
                    const std::vector<NetworkExample>& examples, const NetworkTraining& options);

}  // namespace foray::classifier
