#include "pixel_bins.h"

#include <cmath>
#include <limits>

namespace foray::scattering {
namespace {

constexpr std::size_t kLanes = 4;
constexpr double kOutside = std::numeric_limits<double>::infinity();

// Adds a span into the lanes; false when a value is below `lowest`, infinite or NaN.
bool add_span(const double* values, const std::int32_t* bin, std::int64_t length, double lowest,
              double* lanes) {
  bool good = true;
  std::int64_t k = 0;
  for (; k + 4 <= length; k += 4) {
    const double v0 = values[k], v1 = values[k + 1], v2 = values[k + 2], v3 = values[k + 3];
    lanes[kLanes * bin[k]] += v0;
    lanes[kLanes * bin[k + 1] + 1] += v1;
    lanes[kLanes * bin[k + 2] + 2] += v2;
    lanes[kLanes * bin[k + 3] + 3] += v3;
    good &= (v0 >= lowest) & (v1 >= lowest) & (v2 >= lowest) & (v3 >= lowest);
  }
  for (; k < length; ++k) {
    lanes[kLanes * bin[k]] += values[k];
    good &= values[k] >= lowest;
  }
  return good;
}

// Joins the lanes of each bin; false when a sum is not finite.
bool fold(const std::vector<double>& lanes, std::vector<double>& sums) {
  bool good = true;
  sums.resize(lanes.size() / kLanes);
  for (std::size_t b = 0; b < sums.size(); ++b) {
    const double* lane = &lanes[kLanes * b];
    sums[b] = (lane[0] + lane[1]) + (lane[2] + lane[3]);
    good &= std::isfinite(sums[b]);
  }
  return good;
}

}  // namespace

PixelBins::PixelBins(const std::vector<std::int32_t>& index, int bins) : bins_(bins) {
  const auto pixels = static_cast<std::int64_t>(index.size());
  bin_.reserve(index.size());
  for (std::int64_t p = 0; p < pixels; ++p) {
    if (index[static_cast<std::size_t>(p)] < 0) continue;
    const bool continues = !spans_.empty() && spans_.back().pixel + spans_.back().length == p;
    if (!continues) spans_.push_back({p, static_cast<std::int64_t>(bin_.size()), 0});
    ++spans_.back().length;
    bin_.push_back(index[static_cast<std::size_t>(p)]);
  }
}

template <typename Visit>
void PixelBins::for_each(Visit visit) const {
  for (const Span& span : spans_) {
    for (std::int64_t k = 0; k < span.length; ++k) {
      visit(span.pixel + k, bin_[static_cast<std::size_t>(span.entry + k)]);
    }
  }
}

bool PixelBins::sum(const double* values, double lowest, std::vector<double>& sums) const {
  std::vector<double> lanes(kLanes * static_cast<std::size_t>(bins_), 0.0);
  bool good = true;
  for (const Span& span : spans_) {
    good &=
        add_span(values + span.pixel, bin_.data() + span.entry, span.length, lowest, lanes.data());
  }
  return fold(lanes, sums) && good;
}

bool PixelBins::sum_two(const double* first, double lowest_first, const double* second,
                        double lowest_second, std::vector<double>& first_sums,
                        std::vector<double>& second_sums) const {
  std::vector<double> first_lanes(kLanes * static_cast<std::size_t>(bins_), 0.0);
  std::vector<double> second_lanes(first_lanes.size(), 0.0);
  bool good = true;
  for (const Span& span : spans_) {
    const std::int32_t* bin = bin_.data() + span.entry;
    good &= add_span(first + span.pixel, bin, span.length, lowest_first, first_lanes.data());
    good &= add_span(second + span.pixel, bin, span.length, lowest_second, second_lanes.data());
  }
  const bool first_good = fold(first_lanes, first_sums);
  return fold(second_lanes, second_sums) && first_good && good;
}

PixelBins::Masked PixelBins::sum_masked(const double* first, double lowest, const double* second,
                                        const std::uint32_t* skip, const double* weight) const {
  const auto size = static_cast<std::size_t>(bins_);
  Masked sums{std::vector<double>(size, 0.0), std::vector<double>(size, 0.0),
              std::vector<double>(size, 0.0), std::vector<std::int64_t>(size, 0), true};
  for_each([&](std::int64_t pixel, std::int32_t bin) {
    if (skip[pixel] != 0) return;
    const double second_value = second != nullptr ? second[pixel] : first[pixel];
    sums.first[bin] += first[pixel];
    sums.second[bin] += second_value;
    sums.weight[bin] += weight[pixel];
    ++sums.pixels[bin];
    sums.good &= first[pixel] >= lowest && first[pixel] < kOutside && second_value >= 0 &&
                 second_value < kOutside;
  });
  return sums;
}

std::int64_t PixelBins::find_bad(const double* values, double lowest,
                                 const std::uint32_t* skip) const {
  std::int64_t bad = -1;
  for_each([&](std::int64_t pixel, std::int32_t) {
    if (skip != nullptr && skip[pixel] != 0) return;
    if (bad < 0 && !(values[pixel] >= lowest && values[pixel] < kOutside)) bad = pixel;
  });
  return bad;
}

}  // namespace foray::scattering
