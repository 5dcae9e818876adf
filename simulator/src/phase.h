#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "foray/common/random.h"
#include "foray/simulator/sample_library.h"

namespace foray::simulator {

enum class Phase : std::size_t { kDisordered, kLamellar, kHexagonal, kOriented };
inline constexpr std::size_t kPhases = 4;

const char* name_of(Phase phase);

// Structure of a place, whatever the phases that share it.
struct PhaseState {
  double period_nm = 4;
  double grain_nm = 30;
  double orientation = 0.75;  // eta of the oriented phase
  double director = 0;        // [rad]
};

// Adds the pattern of a phase that fills `fraction` of the beam.
void add_phase(Phase phase, double fraction, const PhaseState& state, Scene& scene);

// A smooth random function of a position in the unit square: a few plane waves with wavelengths of
// the square's size and above, values within about +-1.
class SmoothField {
 public:
  explicit SmoothField(Rng& rng);
  [[nodiscard]] double operator()(const Eigen::Vector2d& r) const;

 private:
  Eigen::Matrix<double, 2, 3> waves_;
  Eigen::Vector3d phases_;
};

// Checks a position of a library whose coordinates are x and y in [0, 20] mm and scales it to the
// unit square. A read-back may lie up to 1 mm outside.
Eigen::Vector2d unit_position(const char* library,
                              const Eigen::Ref<const Eigen::VectorXd>& position);

std::unique_ptr<SampleLibrary> make_film_library(std::uint64_t seed);
std::unique_ptr<SampleLibrary> make_wedge_library(std::uint64_t seed);

}  // namespace foray::simulator
