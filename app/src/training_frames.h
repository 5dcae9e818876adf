#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "foray/classifier/encoder.h"
#include "foray/classifier/labels.h"
#include "foray/classifier/training.h"
#include "foray/scattering/measurement.h"
#include "foray/simulator/labels.h"

namespace foray::app {

/// A network of somebody else's that frames are prepared with, or none.
using Trunk = std::shared_ptr<const classifier::ImageEncoder>;

/// A simulated frame and what the classifier should say of it.
struct TrainingFrame {
  scattering::Frame frame;
  classifier::Targets targets;
};

/// How many frames are simulated on one drawn instrument.
inline constexpr int kFramesPerInstrument = 4;

/// Frames of one drawn instrument, a pure function of (seed, instrument).
///
/// @param first  number of the first one: from kFramesPerInstrument on they are others of the same
///               instrument and the same film.
/// @param rule   when something is visible.
///
/// One in eight instruments looks at film libraries, where the true phase is the one with the
/// largest share of the beam, half of the places close to a boundary; where the hierarchy asks for
/// foreign frames six in a hundred give such (foreign_frames.h), of which nothing else is asked;
/// the others look at random scenes, where what counts is what is visible. Frames of one in ten of
/// all but films are corrected (corrected_frames.h). Frames that show nothing of a sample are left
/// out where the hierarchy has no aspects.
std::vector<TrainingFrame> frames_of_instrument(const classifier::LabelHierarchy& labels,
                                                std::uint64_t seed, std::uint64_t instrument,
                                                std::uint64_t first = 0,
                                                const simulator::VisibilityRule& rule = {});

/// Simulates and prepares about `frames` examples on any number of threads; the examples depend on
/// the seed alone. An instrument is an experiment.
/// @param progress  called with the number of frames made so far, one call at a time.
/// @param first     as of frames_of_instrument.
std::vector<classifier::LabelledFrame> make_examples(const classifier::LabelHierarchy& labels,
                                                     int frames, std::uint64_t seed, int threads,
                                                     const std::function<void(int)>& progress,
                                                     std::uint64_t first = 0,
                                                     const Trunk& trunk = nullptr);

}  // namespace foray::app
