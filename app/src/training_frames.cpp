#include "training_frames.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <mutex>
#include <numbers>
#include <optional>

#include "corrected_frames.h"
#include "foray/classifier/preprocessing.h"
#include "foray/common/draws.h"
#include "foray/common/parallel.h"
#include "foray/common/random.h"
#include "foray/simulator/detector.h"
#include "foray/simulator/frame_maker.h"
#include "foray/simulator/random_scene.h"
#include "foray/simulator/sample_library.h"
#include "foreign_frames.h"

namespace foray::app {
namespace {

constexpr double kFilmShare = 0.125;
constexpr double kForeignShare = 0.06;
// Share of instruments whose frames are no counts any more.
constexpr double kCorrectedShare = 0.1;
// Share of instruments whose frames say at how many counts a pixel is saturated.
constexpr double kLimitKnown = 0.5;
// How far from a phase boundary the places near one lie (standard deviation) [mm]; the transition
// itself is about half a millimetre wide.
constexpr double kNearBoundary = 0.5;
const std::string kRoot = "transmission_small_angle";
const std::vector<std::string> kKinds = {"lamellar", "hexagonal", "bcc", "fcc", "oriented"};

bool contains(const std::vector<std::string>& paths, const std::string& path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

double normal(Rng& rng) {
  const double radius = std::sqrt(-2 * std::log(1 - uniform(rng, 0, 1)));
  return radius * std::cos(uniform(rng, 0, 2 * std::numbers::pi));
}

// A demo beamline moved about a little, its detector read out in 2 x 2 pixels most of the time.
simulator::Beamline varied_demo_beamline(Rng& rng) {
  simulator::Beamline beamline = simulator::demo_beamline();
  const auto detector =
      simulator::binned(simulator::make_detector("pilatus300k"), uniform(rng, 0, 1) < 0.15 ? 1 : 2);
  beamline.slow = detector.slow;
  beamline.fast = detector.fast;
  auto& geometry = beamline.geometry;
  geometry.pixel1 = geometry.pixel2 = detector.pixel;
  geometry.dist *= uniform(rng, 0.9, 1.1);
  geometry.poni1 += uniform(rng, -0.005, 0.005);
  geometry.poni2 += uniform(rng, -0.005, 0.005);
  beamline.mask = simulator::gap_mask(detector);
  beamline.beamstop = simulator::Beamstop::Kind::kDisk;
  simulator::Beamstop beamstop{.size = uniform(rng, 0.0018, 0.0026), .arm_width = 5e-4};
  if (uniform(rng, 0, 1) < 0.3) beamstop.direction = uniform(rng, -3.1, 3.1);
  simulator::add_beamstop(beamstop, geometry, beamline.mask);
  return beamline;
}

// Another detector at a distance from which it reaches beyond the third order of a film.
simulator::Beamline other_film_beamline(Rng& rng) {
  simulator::Beamline beamline = simulator::demo_beamline();
  const auto names = simulator::detector_names();
  auto detector = simulator::make_detector(names[rng() % names.size()]);
  int n = 1;
  while (static_cast<double>(detector.slow * detector.fast) / (n * n) > 90000) ++n;
  detector = simulator::binned(detector, n);
  beamline.slow = detector.slow;
  beamline.fast = detector.fast;
  auto& geometry = beamline.geometry;
  geometry.pixel1 = geometry.pixel2 = detector.pixel;
  const double height = static_cast<double>(detector.slow) * detector.pixel;
  const double width = static_cast<double>(detector.fast) * detector.pixel;
  geometry.poni1 = height * uniform(rng, 0.15, 0.85);
  geometry.poni2 = width * uniform(rng, 0.15, 0.85);
  const double reach = std::hypot(std::max(geometry.poni1, height - geometry.poni1),
                                  std::max(geometry.poni2, width - geometry.poni2));
  const double q_max = uniform(rng, 0.5, 0.9);
  const double wavelength = geometry.wavelength * 1e10;
  const double two_theta = 2 * std::asin(q_max * wavelength / (4 * std::numbers::pi));
  geometry.dist = reach / std::tan(two_theta);
  const double relative = geometry.dist / 0.8;
  // The same solid angle of all good pixels together, hence about the same counts in a ring.
  beamline.flux *= relative * relative * std::pow(0.1 / reach, 2);
  beamline.mask = simulator::gap_mask(detector);
  beamline.beamstop = simulator::Beamstop::Kind::kDisk;
  const simulator::Beamstop beamstop{.size = 0.0022 * relative,
                                     .arm_width = uniform(rng, 0, 1) < 0.5 ? 5e-4 : 0.0,
                                     .direction = uniform(rng, -3.1, 3.1)};
  simulator::add_beamstop(beamstop, geometry, beamline.mask);
  return beamline;
}

Eigen::Vector2d place_in(Rng& rng) {
  const double x = uniform(rng, 0, 20);
  return {x, uniform(rng, 0, 20)};
}

// A place close to where the phase changes between two random places.
Eigen::Vector2d place_near_boundary(Rng& rng, const simulator::SampleLibrary& library) {
  Eigen::Vector2d a = place_in(rng);
  Eigen::Vector2d b = place_in(rng);
  const std::string phase = library.truth(a).phase;
  while (library.truth(b).phase == phase) b = place_in(rng);
  const Eigen::Vector2d along = (b - a).normalized();
  for (int k = 0; k < 12; ++k) {
    const Eigen::Vector2d middle = (a + b) / 2;
    (library.truth(middle).phase == phase ? a : b) = middle;
  }
  const Eigen::Vector2d place = (a + b) / 2 + kNearBoundary * normal(rng) * along;
  return place.cwiseMax(0).cwiseMin(20);
}

// What is visible, but for the order: that is the phase with the largest share. Where nothing of
// the film is visible, that only.
std::vector<std::string> film_paths(const std::vector<std::string>& visible,
                                    const std::string& phase) {
  if (contains(visible, "problem/empty")) return visible;
  const std::string ring = kRoot + "/ring";
  std::vector<std::string> paths;
  for (const std::string& path : visible) {
    const bool is_kind =
        path.rfind(ring + "/", 0) == 0 && contains(kKinds, path.substr(ring.size() + 1));
    if (!is_kind) paths.push_back(path);
  }
  if (phase == "disordered") {
    paths.push_back(kRoot + "/disordered");
    return paths;
  }
  if (std::find(paths.begin(), paths.end(), ring) == paths.end()) paths.push_back(ring);
  paths.push_back(ring + "/" + phase);
  return paths;
}

std::vector<TrainingFrame> film_frames(const classifier::LabelHierarchy& labels, Rng& rng,
                                       std::uint64_t seed, std::uint64_t first,
                                       const simulator::VisibilityRule& rule) {
  simulator::Beamline beamline =
      uniform(rng, 0, 1) < 0.65 ? varied_demo_beamline(rng) : other_film_beamline(rng);
  beamline.flux *= std::pow(10, uniform(rng, -0.2, 0.3));
  beamline.parasitic *= std::pow(10, uniform(rng, -0.7, 0.3));
  const bool limit_known = chance(rng, kLimitKnown);
  const simulator::FrameMaker maker(beamline, rule);
  const auto library = simulator::make_sample_library("film_library", derive_seed(seed, "library"));
  std::vector<TrainingFrame> frames;
  for (std::uint64_t k = 0; k < first + kFramesPerInstrument; ++k) {
    const Eigen::Vector2d place = k % 2 == 0 ? place_in(rng) : place_near_boundary(rng, *library);
    const double exposure = std::pow(10, uniform(rng, -0.6, 0.6));
    if (k < first) continue;
    auto simulated = maker.make(library->scene(place), exposure, seed, k);
    const bool shows = contains(simulated.labels, kRoot);
    if (!shows && labels.aspects.empty()) continue;
    const auto paths =
        shows ? film_paths(simulated.labels, library->truth(place).phase) : simulated.labels;
    if (!limit_known) simulated.frame.saturation = 0;
    auto targets = encode_labels(labels, paths);
    // Of a ring that is there and not visible nobody knows the traits.
    if (!contains(simulated.labels, kRoot + "/ring")) leave_untold_traits_open(labels, targets);
    frames.push_back({std::move(simulated.frame), std::move(targets)});
  }
  return frames;
}

// Of one instrument in kCorrectedShare what its pipeline does to frames.
std::optional<Correction> random_correction(Rng& rng) {
  if (!chance(rng, kCorrectedShare)) return std::nullopt;
  return draw_correction(rng);
}

std::vector<TrainingFrame> random_frames(const classifier::LabelHierarchy& labels, Rng& rng,
                                         std::uint64_t seed, std::uint64_t first,
                                         const simulator::VisibilityRule& rule) {
  simulator::RandomSceneOptions options;
  options.max_pixels = 25000 * std::pow(10, uniform(rng, 0, 0.7));
  const simulator::FrameMaker maker(simulator::random_beamline(rng, options), rule);
  const bool limit_known = chance(rng, kLimitKnown);
  const std::optional<Correction> correction = random_correction(rng);
  const auto background = classifier::sigmoid_place(labels, "problem/high_background");
  std::vector<TrainingFrame> frames;
  for (std::uint64_t k = 0; k < first + kFramesPerInstrument; ++k) {
    const auto scene = simulator::random_scene(rng, maker.beamline(), options);
    const double exposure = std::pow(10, uniform(rng, -0.7, 0.7));
    if (k < first) continue;
    auto simulated = maker.make(scene, exposure, seed, k);
    const auto is_root = [&](const classifier::LabelRoot& root) {
      return contains(simulated.labels, root.name);
    };
    const bool shows = std::any_of(labels.roots.begin(), labels.roots.end(), is_root);
    if (!shows && labels.aspects.empty()) continue;
    if (!limit_known) simulated.frame.saturation = 0;
    auto targets = encode_labels(labels, simulated.labels);
    // With a halo beside it, which of the two is the larger part of the sample is not known here.
    if (contains(simulated.labels, kRoot + "/halo")) forget_kinds(targets);
    if (correction) {
      correct(*correction, derive_seed(derive_seed(seed, "background"), k), simulated.frame);
      // How much of it was there before some was taken away is not asked.
      if (correction->background > 0 && background) targets.sigmoid[*background] = -1;
    }
    frames.push_back({std::move(simulated.frame), std::move(targets)});
  }
  return frames;
}

// Of what is no scattering pattern nothing else is asked.
std::vector<TrainingFrame> no_patterns(const classifier::LabelHierarchy& labels, std::size_t place,
                                       std::uint64_t seed, std::uint64_t first) {
  const auto made = foreign_frames(seed, static_cast<int>(first + kFramesPerInstrument));
  const auto layout = classifier::output_layout(labels);
  classifier::Targets targets{std::vector<int>(layout.softmax.size(), -1),
                              std::vector<int>(layout.sigmoid.size(), -1)};
  targets.sigmoid[place] = 1;
  Rng rng(derive_seed(seed, "correction"));
  const std::optional<Correction> correction = random_correction(rng);
  std::vector<TrainingFrame> frames;
  for (std::size_t k = first; k < made.size(); ++k) {
    frames.push_back({made[k], targets});
    if (correction) correct(*correction, derive_seed(seed, k), frames.back().frame);
  }
  return frames;
}

}  // namespace

std::vector<TrainingFrame> frames_of_instrument(const classifier::LabelHierarchy& labels,
                                                std::uint64_t seed, std::uint64_t instrument,
                                                std::uint64_t first,
                                                const simulator::VisibilityRule& rule) {
  const std::uint64_t own = derive_seed(derive_seed(seed, "instrument"), instrument);
  Rng rng(own);
  const double kind = uniform(rng, 0, 1);
  if (kind < kFilmShare) return film_frames(labels, rng, own, first, rule);
  const auto foreign = classifier::sigmoid_place(labels, classifier::kForeign);
  if (foreign && kind > 1 - kForeignShare) return no_patterns(labels, *foreign, own, first);
  return random_frames(labels, rng, own, first, rule);
}

std::vector<classifier::LabelledFrame> make_examples(const classifier::LabelHierarchy& labels,
                                                     int frames, std::uint64_t seed, int threads,
                                                     const std::function<void(int)>& progress,
                                                     std::uint64_t first, const Trunk& trunk) {
  const int instruments = (frames + kFramesPerInstrument - 1) / kFramesPerInstrument;
  std::vector<std::vector<classifier::LabelledFrame>> parts(instruments);
  std::mutex one_report;
  int made = 0;
  parallel_for(instruments, threads, [&](std::int64_t i) {
    const classifier::Preprocessor preprocessor(trunk);
    auto own = frames_of_instrument(labels, seed, static_cast<std::uint64_t>(i), first);
    for (TrainingFrame& one : own) {
      parts[i].push_back({preprocessor.prepare(one.frame), std::move(one.targets), i});
    }
    const std::lock_guard lock(one_report);
    made += static_cast<int>(parts[i].size());
    if (progress) progress(made);
  });
  std::vector<classifier::LabelledFrame> examples;
  for (auto& part : parts) {
    std::move(part.begin(), part.end(), std::back_inserter(examples));
  }
  return examples;
}

}  // namespace foray::app
