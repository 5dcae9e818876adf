#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "foray/classifier/encoder.h"
#include "foray/classifier/prepared.h"
#include "foray/classifier/weights.h"
#include "foray/scattering/measurement.h"

namespace foray::classifier {

/// What the cells of all grids hold after one pass over a frame. Most of what the network sees
/// follows from the sums of two of them, so that counting noise can be propagated by disturbing
/// these.
struct BinnedFrame {
  std::vector<double> polar;      ///< kPolarBins x kPolarSectors counts, radius slow.
  std::vector<double> fine;       ///< the same with four steps a sector.
  std::vector<double> cartesian;  ///< kImageSide x kImageSide counts, slow axis slow.
  /// kPolarBins: sums of counts times the place within the radial bin, from -1/2 to 1/2.
  std::vector<double> lean;
  std::vector<double> rows;         ///< counts of good pixels of each row.
  std::vector<double> columns;      ///< the same of each column.
  std::vector<double> run_highest;  ///< highest value of each run of pixels, as in the frame.
  bool are_counts = true;           ///< no good pixel is negative or not finite.
  double highest = 0;               ///< value of a good pixel, as it stands in the frame.
};

/// Where the pixels of one detector, geometry and mask fall. Immutable, so it may be shared.
struct BinningTable;

/// Turns frames of any detector, mask and geometry into the fixed-size input of the network.
///
/// The tables of the last few geometries are kept. Const methods may be called concurrently.
class Preprocessor {
 public:
  /// @param encoder  tells PreparedFrame::told of the first channel of the image; none: nothing
  /// does.
  explicit Preprocessor(std::shared_ptr<const ImageEncoder> encoder = nullptr);
  ~Preprocessor();
  Preprocessor(const Preprocessor&) = delete;
  Preprocessor& operator=(const Preprocessor&) = delete;

  /// The input of the network for one frame.
  /// @throws std::invalid_argument when the frame is malformed (see scattering::validate).
  [[nodiscard]] PreparedFrame prepare(const scattering::Frame& frame) const;

  /// The frame's own input first, then `replicas` inputs whose counts are disturbed as a repeated
  /// exposure would: their spread is the counting noise of whatever is computed from the input, but
  /// for what single pixels, whole rows and columns, grains and shadows tell, which stays.
  ///
  /// The disturbance is a pure function of `seed` and the replica's number.
  [[nodiscard]] std::vector<PreparedFrame> prepare_replicas(const scattering::Frame& frame,
                                                            int replicas, std::uint64_t seed) const;

 private:
  [[nodiscard]] std::shared_ptr<const BinningTable> table(const scattering::Frame& frame) const;
  void ask_encoder(PreparedFrame& prepared) const;

  // Shared between the cache and calls that still run when a newer geometry has pushed it out.
  struct Cache;
  std::unique_ptr<Cache> cache_;
  std::shared_ptr<const ImageEncoder> encoder_;
};

/// The network of somebody else's that weights have as their trunk; nothing where they have none.
/// @param place  names the weights in messages.
/// @throws as ImageEncoder.
std::shared_ptr<const ImageEncoder> trunk_of(const Weights& weights, const std::string& place);

}  // namespace foray::classifier
