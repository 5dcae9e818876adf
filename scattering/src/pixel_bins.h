#pragma once

#include <cstdint>
#include <vector>

#include "foray/scattering/image.h"

namespace foray::scattering {

// Which bin each pixel of an image belongs to, laid out to add up many images fast: the good pixels
// lie in unbroken spans, and each bin has four accumulators that neighbouring pixels take in turn,
// because neighbours mostly share a bin and one accumulator would make every addition wait for the
// one before.
class PixelBins {
 public:
  // index: the bin of each pixel, row by row, or -1 for one that is left out.
  PixelBins(const std::vector<std::int32_t>& index, int bins);

  // Adds the pixels' values to their bins. Returns false when a value is not in [lowest, infinity);
  // the sums are worthless then.
  bool sum(const double* values, double lowest, std::vector<double>& sums) const;

  // The same for two images at once.
  bool sum_two(const double* first, double lowest_first, const double* second, double lowest_second,
               std::vector<double>& first_sums, std::vector<double>& second_sums) const;

  // The same for one image, leaving out pixels where skip is not 0, with what the bins then weigh.
  struct Masked {
    std::vector<double> first, second, weight;
    std::vector<std::int64_t> pixels;
    bool good = true;
  };
  Masked sum_masked(const double* first, double lowest, const double* second,
                    const std::uint32_t* skip, const double* weight) const;

  // First pixel (as counted row by row) whose value is not in [lowest, infinity), or -1. Pixels
  // where skip (if any) is not 0 do not count.
  std::int64_t find_bad(const double* values, double lowest,
                        const std::uint32_t* skip = nullptr) const;

  [[nodiscard]] int bins() const { return bins_; }

 private:
  struct Span {
    std::int64_t pixel;  // first pixel of the image
    std::int64_t entry;  // its place in bin_
    std::int64_t length;
  };

  template <typename Visit>
  void for_each(Visit visit) const;

  int bins_;
  std::vector<Span> spans_;
  std::vector<std::int32_t> bin_;  // of the good pixels, in order
};

}  // namespace foray::scattering
