#include "judged_pixels.h"

#include <algorithm>
#include <cmath>

#include "instrument_effects.h"
#include "lanes.h"
#include "units.h"

namespace foray::simulator {

namespace {

constexpr double kSamplePixels = 10000;

Eigen::ArrayXd values_at(const scattering::Image& image, const std::vector<Eigen::Index>& pixels) {
  Eigen::ArrayXd values(static_cast<Eigen::Index>(pixels.size()));
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    values[i] = image.data()[pixels[static_cast<std::size_t>(i)]];
  }
  return values;
}

}  // namespace

void Sums::add(const double* s, const double* n, Eigen::Index size) {
  const Lanes limit = Lanes{} + limit_, none{};
  Lanes square{}, counts{};
  Eigen::Index i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    const Lanes all = load_lanes(n + i), rest = all - load_lanes(s + i);
    const Lanes seen = limit < all ? limit : all;
    const Lanes added = seen - (limit < rest ? limit : rest);
    const Flags is_there = all > kNextToNothing;
    square += is_there ? added * added / seen : none;
    counts += is_there ? (added < 0 ? -added : added) : none;
  }
  for (int k = 0; k < kLanes; ++k) {
    square_ += square[k];
    counts_ += counts[k];
  }
  for (; i < size; ++i) add(s[i], n[i]);
}

JudgedPixels::JudgedPixels(const FrameMaker& maker_of, const Scene& scene_of,
                           const SceneTables& tables_of, double exposure,
                           const scattering::Image& expected_counts,
                           const VisibilityRule& visibility)
    : maker(maker_of),
      scene(scene_of),
      tables(tables_of),
      exposure_s(exposure),
      expected(expected_counts),
      rule(visibility) {
  const std::vector<Eigen::Index> pixels = good_pixels();
  expect_the_rest();
  for (const Eigen::Index pixel : pixels) reach_ = std::max(reach_, maker.q().data()[pixel]);
  all_ = samples_of(pixels);
  total_ = pixels_each_ * all_.total.sum();
  if (!tables.field) return;
  std::vector<Eigen::Index> seen;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (all_.points.transmitted[static_cast<Eigen::Index>(i)] > 0) seen.push_back(pixels[i]);
  }
  seen_ = samples_of(seen);
}

// With faults, spread and efficiencies as the expected counts have them.
void JudgedPixels::expect_the_rest() {
  if (tables.field && scene.surface->specular > 0) {
    reflected_ = maker.reflected(scene, tables, exposure_s);
  }
  if (maker.beamline().point_spread == 0) return;  // see set_the_rest
  Scene rest;
  rest.background = 0;
  rest.beam = scene.beam;
  outside_ = maker.expected(rest, exposure_s);
  if (scene.background == 0) return;
  rest.background = scene.background;
  rest.thickness_scale = scene.thickness_scale;
  rest.surface = scene.surface;
  if (rest.surface) rest.surface->streak = rest.surface->specular = 0;
  flat_ = maker.expected(rest, exposure_s) - outside_;
}

// One pixel of each square of `stride` on a side, at places that go through all rows and columns:
// a grid of them would miss lines along the axes.
std::vector<Eigen::Index> JudgedPixels::good_pixels() {
  const auto size = static_cast<double>(expected.size());
  const auto stride =
      std::max<Eigen::Index>(1, static_cast<Eigen::Index>(std::sqrt(size / kSamplePixels)));
  pixels_each_ = static_cast<double>(stride * stride);
  std::vector<Eigen::Index> good;
  for (Eigen::Index down = 0; down * stride < expected.rows(); ++down) {
    for (Eigen::Index right = 0; right * stride < expected.cols(); ++right) {
      const Eigen::Index i = down * stride + right % stride, j = right * stride + down % stride;
      if (i >= expected.rows() || j >= expected.cols()) continue;
      if (maker.beamline().mask(i, j) == 0) good.push_back(i * expected.cols() + j);
    }
  }
  return good;
}

Samples JudgedPixels::samples_of(const std::vector<Eigen::Index>& pixels) const {
  const auto of = [&pixels](const scattering::Image& image) { return values_at(image, pixels); };
  Samples samples;
  samples.total = of(expected);
  samples.q = samples.q_outside = of(maker.q());
  samples.side = of(maker.side());
  samples.up = of(maker.up());
  samples.beam = exposure_s * scene.beam * of(maker.counts_per_intensity());
  samples.scale = samples.beam * scene.thickness_scale;
  samples.x = samples.side;
  samples.y = samples.up;
  if (tables.field) {
    samples.points = tables.field->map(samples.up.data(), samples.side.data(), samples.q.size());
    samples.scale *= samples.points.transmitted;
    samples.x = samples.points.q_r;
    samples.y = samples.points.q_z;
    samples.q = (samples.x.square() + samples.y.square()).sqrt();
  }
  set_the_rest(pixels, samples);
  // After the flat background, which goes to all sides.
  if (scene.one_sided > 0) samples.scale *= shares_of(scene, samples.up, samples.side);
  set_shadows(pixels, samples);
  return samples;
}

void JudgedPixels::set_the_rest(const std::vector<Eigen::Index>& pixels, Samples& samples) const {
  Eigen::ArrayXd gain(samples.q.size());
  samples.dark.resize(gain.size());
  for (Eigen::Index i = 0; i < gain.size(); ++i) {
    const Eigen::Index pixel = pixels[static_cast<std::size_t>(i)];
    gain[i] = maker.gain(pixel);
    samples.dark[i] = exposure_s * maker.dark(pixel);
  }
  const auto counts = [&](const scattering::Image& image) -> Eigen::ArrayXd {
    return image.size() > 0 ? values_at(image, pixels) : Eigen::ArrayXd::Zero(gain.size());
  };
  samples.reflected = gain * counts(reflected_);
  if (outside_.size() > 0) {
    samples.parasitic = counts(outside_) - samples.dark;
    samples.flat = counts(flat_);
  } else {
    samples.parasitic = gain * samples.beam * values_at(maker.parasitic(), pixels);
    samples.flat = gain * samples.scale * scene.background;
  }
}

void JudgedPixels::set_shadows(const std::vector<Eigen::Index>& pixels, Samples& samples) const {
  samples.through = Eigen::ArrayXd::Ones(samples.q.size());
  samples.at_rim = Eigen::ArrayXd::Zero(samples.q.size());
  const auto& object = maker.beamline().obstruction;
  if (!object) return;
  const auto reach = static_cast<Eigen::Index>(std::ceil(4 * maker.beamline().point_spread));
  for (Eigen::Index i = 0; i < samples.q.size(); ++i) {
    const Eigen::Index pixel = pixels[static_cast<std::size_t>(i)];
    const Eigen::Index slow = pixel / expected.cols(), fast = pixel % expected.cols();
    const double through = samples.through[i] = let_through(*object, slow, fast);
    for (const Eigen::Index down : {-reach, Eigen::Index{0}, reach}) {
      for (const Eigen::Index right : {-reach, Eigen::Index{0}, reach}) {
        if (let_through(*object, slow + down, fast + right) != through) samples.at_rim[i] = 1;
      }
    }
  }
}

bool JudgedPixels::varies(const Eigen::ArrayXd& signal, const Eigen::ArrayXd& law) const {
  const double weight = signal.sum();
  if (weight <= 0) return false;
  const double mean = (signal * law).sum() / weight;  // over what the detector sees
  return visible(signal * (law - mean));
}

Eigen::ArrayXd azimuthal_mean(
    const Eigen::ArrayXd& q, double size,
    const std::function<Eigen::ArrayXd(const Eigen::ArrayXd&, const Eigen::ArrayXd&,
                                       const Eigen::ArrayXd&)>& intensity) {
  constexpr Eigen::Index kLeastPlaces = 60, kAngles = 128;
  constexpr double kStep = 0.5;  // at the last place, times the size: a twelfth of a wave
  if (q.size() == 0) return q;
  const double last = std::max(q.maxCoeff(), 1e-6);
  const double least = (q > 0).select(q, last).minCoeff();
  const double low = std::log(least), high = std::max(std::log(last), low + 1e-9);
  const double needed = (high - low) * last * size / kStep;
  const bool at_each = needed > static_cast<double>(q.size());
  const Eigen::Index places =
      std::max(kLeastPlaces, static_cast<Eigen::Index>(at_each ? 0 : std::ceil(needed)));
  const Eigen::ArrayXd table = Eigen::ArrayXd::LinSpaced(places, low, high).exp();
  const Eigen::ArrayXd& at = at_each ? q : table;
  Eigen::ArrayXd mean = Eigen::ArrayXd::Zero(at.size());
  for (Eigen::Index i = 0; i < kAngles; ++i) {
    const double angle = kPi * (static_cast<double>(i) + 0.5) / static_cast<double>(kAngles);
    mean += intensity(at, Eigen::ArrayXd::Constant(at.size(), std::cos(angle)),
                      Eigen::ArrayXd::Constant(at.size(), std::sin(angle)));
  }
  mean /= static_cast<double>(kAngles);
  if (at_each) return mean;
  return q.unaryExpr([&](double value) {
    const double x =
        (std::log(std::max(value, least)) - low) / (high - low) * static_cast<double>(places - 1);
    const auto i = std::clamp<Eigen::Index>(static_cast<Eigen::Index>(x), 0, places - 2);
    return mean[i] + (x - static_cast<double>(i)) * (mean[i + 1] - mean[i]);
  });
}

}  // namespace foray::simulator
