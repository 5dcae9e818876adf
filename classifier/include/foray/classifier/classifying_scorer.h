#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "foray/classifier/classifier.h"
#include "foray/scattering/integrate.h"
#include "foray/scattering/peaks.h"
#include "foray/scattering/scorer.h"

namespace foray::classifier {

/// A frame that others are compared with.
struct ReferenceFrame {
  scattering::Frame frame;
  std::string sha256;  ///< of the file that it came from.
};

/// Options of ClassifyingScorer.
struct ScorerOptions {
  /// false: frames and images in q are classified only, and what a curve is needed for has failed.
  bool reduce = true;
  /// Radial bins and corrections of the azimuthal integration.
  scattering::IntegrationOptions integration = {.q = {.count = 500}, .chi = {}, .corrections = {}};
  /// Where and how wide peaks are looked for.
  scattering::PeakSearchOptions search = {};
  /// Shape of the fitted peak and the background under it.
  scattering::PeakFitOptions fit = {};
  /// Scherrer constant and the instrument's own width [1/angstrom], for the domain size.
  scattering::DomainSizeOptions domain_size = {};
  /// A ring counts as there, and its first peak is fitted, from this probability on, in (0, 1).
  double ring_probability = 0.5;
  /// Relative error of a peak's width in a mixture, over the square root of the probability that
  /// the likeliest kind of ring leaves to others, >= 0: two phases' first peaks, a few per cent
  /// apart, look like one broader peak long before the classifier wavers. An estimate for the
  /// built-in classifier on film libraries: 0.1 at a probability of 0.98, 0.01 at 0.9998.
  double mixture_error = 0.75;
  /// Least variance of a class probability: two near-equal frames are never perfectly known.
  double least_class_variance = 1e-4;
  /// Whether Score::features tells what frames show (series_features).
  bool features = false;
  /// What "distance:FILE" is measured from, by FILE.
  std::map<std::string, ReferenceFrame> references = {};
};

/// Classifies a frame, reduces it as its class asks, and reports observables with variances.
///
/// What a spec's `from` may say:
/// - "class:PATH": probability of a node; "class:not PATH": one minus it. The variance is the
///   logit's mapped to the probability (delta method) with a floor.
///   A frame that is unknown to the classifier says so in the note.
/// - "novelty:score": how unlike all known frames it is (Novelty): above 0 it is unknown.
/// - "peak:first/FIELD" of the most significant peak of the curve (the first order of a lattice):
///   q [1/angstrom], d [nm], fwhm [1/angstrom], domain_size [nm], area [counts/s/angstrom],
///   intensity (height) [counts/s]. Absent where the class has no ring, or where what is ordered is
///   the smaller part of the sample; failed where a ring is seen and its fit does not converge.
/// - "lattice:NAME/FIELD" of all peaks of the curve, NAME as scattering::find_lattice has it:
///   probability among the known lattices and none of them (scattering::score_series); its variance
///   is what the errors of the peaks' positions make of its logit, with the floor of a class, and
///   knows nothing of peaks that noise hides. spacing: the lattice constant [nm], absent unless no
///   other lattice is more probable. Absent where there are fewer than two peaks, and as a peak is.
/// - "curve:FIELD" of the reduced curve: mean_intensity, max_intensity [counts/s a pixel],
///   total_intensity [counts/s].
/// - "orientation:FIELD" along the first ring, over what lies under it: order_parameter
///   (<cos 2(chi - director)>, 0 isotropic to 1), director [rad].
/// - "symmetry:FIELD" along the first ring, about the beam centre: how far the ring is mapped onto
///   itself by rotation/N (N of 2, 3, 4, 5, 6, 8, 9, 10, 12), by inversion, or by the best mirror;
///   1 exactly, 0 no more than by chance, counting noise taken off, only bins that are seen
///   compared. mirror_azimuth [rad]: of that mirror's line. Absent where the ring does not vary
///   along the azimuth by more than counting noise.
/// - "distance:FILE": how unlike a reference frame it is, whatever its position, angle, brightness
///   and symmetry: the Euclidean distance of weighed texture and scale (ImageEmbedder), 0 to 1.58.
///   The variance is that of counting: the counts are shared out at random between two frames, four
///   times, and the distances of the two differ by twice what the whole one's noise is. Fewer
///   counts make a frame more unlike any other, next to none: failed. The reference has no noise.
/// - "value:NAME": what an instrument answered with.
///
/// Frames are classified and integrated ("azimuthal"); images in q are integrated ("q_average") and
/// curves taken as they are ("none"), both without a class, so that a peak is looked for in any
/// case. Values pass through. At grazing incidence the integration is the same: refraction and the
/// missing wedge are not corrected for, and each peak says so in its note.
///
/// Frames are divided by exposure, monitor and transmission. Saturated, negative and non-finite
/// pixels are left out.
///
/// Deterministic; const methods may be called concurrently. Integrators are kept by geometry and
/// mask.
class ClassifyingScorer final : public scattering::Scorer {
 public:
  /// @param classifier  may be null: nothing is classified then, and no spec may ask for a class.
  /// @throws std::invalid_argument on a spec that names nothing known (the message lists what is),
  ///         a repeated name, an invalid option, or a reference that nothing can be compared with.
  ClassifyingScorer(std::unique_ptr<const Classifier> classifier,
                    std::vector<scattering::ObservableSpec> specs,
                    const ScorerOptions& options = {});
  ~ClassifyingScorer() override;
  ClassifyingScorer(const ClassifyingScorer&) = delete;
  ClassifyingScorer& operator=(const ClassifyingScorer&) = delete;

  [[nodiscard]] scattering::Score score(const scattering::Measurement& measurement) const override;

  /// The references that specs ask for.
  [[nodiscard]] std::map<std::string, std::string> inputs() const override;

 private:
  class Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace foray::classifier
