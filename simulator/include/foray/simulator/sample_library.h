#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "foray/scattering/measurement.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

/// What is true at one place of a sample, whatever the detector makes of it.
struct GroundTruth {
  std::string phase;      ///< "disordered", "lamellar", "hexagonal", "oriented".
  double grain_size = 0;  ///< [nm]; 0 where nothing is ordered.
  double period = 0;      ///< [nm] 2 pi / q of the first peak; 0 where there is none.
  std::map<std::string, double> values;  ///< whatever else the sample says is true there.
  std::vector<std::string> labels;       ///< label paths that are visible in the expected counts.
};

/// A sample whose structure depends on where (or at what setting) it is measured.
/// Const methods may be called concurrently.
class SampleLibrary {
 public:
  virtual ~SampleLibrary() = default;

  /// Names of the coordinates that it depends on ("x", "y").
  [[nodiscard]] virtual std::vector<std::string> coordinates() const = 0;

  /// Their units, "" for none.
  [[nodiscard]] virtual std::vector<std::string> units() const {
    return std::vector<std::string>(coordinates().size(), "mm");
  }

  /// Lower and upper end of each coordinate (d x 2), in their units.
  [[nodiscard]] virtual Eigen::MatrixXd range() const = 0;

  /// The scene at a position, one value a coordinate.
  /// @throws std::invalid_argument on a wrong number of values, or more than a twentieth of the
  ///         range out of it.
  [[nodiscard]] virtual Scene scene(const Eigen::Ref<const Eigen::VectorXd>& position) const = 0;

  /// The truth at a position (without labels, which depend on the instrument).
  [[nodiscard]] virtual GroundTruth truth(
      const Eigen::Ref<const Eigen::VectorXd>& position) const = 0;
};

/// Names that make_sample_library() knows.
///
/// - "film_library": x and y in [0, 20] mm; disordered, lamellar, hexagonal and oriented regions
///   (each at least 12 % of the area) with curved boundaries half a millimetre wide in which the
///   patterns mix; grain size from 11 to 58 nm, period near 4 nm, thickness varying by a fifth.
/// - "diblock_wedge": composition along x: disordered, lamellar, hexagonal; period and grain size
///   change along x; along y little happens.
std::vector<std::string> sample_library_names();

/// Makes the library of a name ("film_library") whose hidden structure follows from a seed.
/// @throws std::invalid_argument naming the libraries that exist.
std::unique_ptr<SampleLibrary> make_sample_library(const std::string& name, std::uint64_t seed);

}  // namespace foray::simulator
