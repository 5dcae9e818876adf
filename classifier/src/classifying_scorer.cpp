#include "foray/classifier/classifying_scorer.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "class_probabilities.h"
#include "foray/classifier/embedding.h"
#include "foray/classifier/preprocessing.h"
#include "foray/classifier/transitions.h"
#include "foray/common/check.h"
#include "frame_embedding.h"
#include "frame_reduction.h"
#include "lattice_observable.h"
#include "observable_source.h"
#include "ring_symmetry.h"

namespace foray::classifier {
namespace {

using scattering::ClassProbability;
using scattering::Curve;
using scattering::Estimate;
using scattering::Frame;
using scattering::Observable;
using scattering::ObservableStatus;
using scattering::PeakFit;
using scattering::PeakFitStatus;
using scattering::Score;
using Kind = ObservableSource::Kind;

// Keeps variances positive where nothing is known of an error.
constexpr double kLeastVariance = 1e-300;

// What is known of one measurement while its observables are made.
struct Reduction {
  Score* score = nullptr;
  const Frame* frame = nullptr;                // null: no frame
  std::optional<ReducedFrame> reduced;         // of a frame
  const scattering::Values* values = nullptr;  // null: not of this kind
  bool ring = true;                            // whether a ring is to be expected
  bool grazing = false;
  std::optional<Novelty> novelty;
  double mixture = 0;           // relative error of a peak's width as other kinds may share it
  std::string trouble;          // why there is no curve
  std::optional<PeakFit> peak;  // fitted on first use
  std::optional<FrameEmbedding> embedding;  // likewise
  std::optional<LatticeEvidence> lattices;  // likewise
  std::size_t unfitted = 0;                 // peaks that the lattices were told without
};

Observable observable(const std::string& name, ObservableStatus status, std::string note) {
  Observable result;
  result.name = name;
  result.status = status;
  result.note = std::move(note);
  return result;
}

Observable present(const std::string& name, const Estimate& estimate, std::string note = "") {
  if (!std::isfinite(estimate.value) || !std::isfinite(estimate.variance)) {
    return observable(name, ObservableStatus::kFailed, "not a finite number");
  }
  Observable result = observable(name, ObservableStatus::kPresent, std::move(note));
  result.value = estimate.value;
  result.variance = std::max(estimate.variance, kLeastVariance);
  return result;
}

// Adds an independent error.
Estimate with_error(Estimate estimate, double deviation) {
  estimate.variance += deviation * deviation;
  return estimate;
}

// Errors are those of counting; where the model does not describe the curve they are too small.
Estimate widened(const PeakFit& fit, Estimate estimate, double unit = 1) {
  const double reduced =
      fit.degrees_of_freedom > 0 ? fit.chi_squared / fit.degrees_of_freedom : 1.0;
  return {estimate.value * unit, estimate.variance * unit * unit * std::max(1.0, reduced)};
}

constexpr char kUnknown[] = "unknown: unlike all frames that the classifier was trained on";

constexpr std::size_t kMostPeaks = 100;  // that lattices are compared by

constexpr char kNotCorrected[] = "grazing incidence: refraction is not corrected for";

constexpr double kNanometre = 0.1;  // in angstrom: 1 angstrom is 0.1 nm

constexpr char kNotReduced[] = "expected a curve, but the scorer is told not to reduce";

// What belongs to a ring.
scattering::Range band_of(const PeakFit& fit) {
  const double half = 0.75 * fit.fwhm.value;
  return {std::max(0.0, fit.center.value - half), fit.center.value + half};
}

double sum_of(const Eigen::VectorXd& values) { return values.size() > 0 ? values.sum() : 0.0; }

}  // namespace

class ClassifyingScorer::Impl {
 public:
  Impl(std::unique_ptr<const Classifier> classifier, std::vector<scattering::ObservableSpec> specs,
       const ScorerOptions& options)
      : classifier_(std::move(classifier)),
        specs_(std::move(specs)),
        options_(options),
        reducer_(options.integration) {
    require(options.ring_probability > 0 && options.ring_probability < 1,
            "ClassifyingScorer: expected ring_probability in (0, 1), got " +
                std::to_string(options.ring_probability));
    require(std::isfinite(options.mixture_error) && options.mixture_error >= 0,
            "ClassifyingScorer: expected mixture_error >= 0, got " +
                std::to_string(options.mixture_error));
    require(std::isfinite(options.least_class_variance) && options.least_class_variance > 0,
            "ClassifyingScorer: expected least_class_variance > 0, got " +
                std::to_string(options.least_class_variance));
    const auto paths = classifier_ ? classifier_->labels() : std::vector<std::string>{};
    std::set<std::string> names;
    for (const auto& spec : specs_) {
      require(names.insert(spec.name).second,
              "ClassifyingScorer: expected each observable once, got '" + spec.name + "' again");
      sources_.push_back(parse_source(spec, paths, classifier_ && classifier_->tells_novelty()));
      if (sources_.back().kind == Kind::kDistance) add_reference(spec, sources_.back().field);
    }
  }

  [[nodiscard]] std::map<std::string, std::string> inputs() const {
    std::map<std::string, std::string> files;
    for (const auto& [file, features] : references_) {
      files[file] = options_.references.at(file).sha256;
    }
    return files;
  }

  [[nodiscard]] Score score(const scattering::Measurement& measurement) const {
    Score score;
    Reduction reduction;
    reduction.score = &score;
    score.reduction = "none";
    std::visit([&](const auto& one) { reduce(one, reduction); }, measurement);
    const std::string problems = likely_problems(score.classes);
    for (std::size_t k = 0; k < specs_.size(); ++k) {
      score.observables.push_back(make(specs_[k].name, sources_[k], reduction));
      std::string& note = score.observables.back().note;
      if (!problems.empty()) note += (note.empty() ? "" : "; ") + problems;
    }
    return score;
  }

 private:
  void add_reference(const scattering::ObservableSpec& spec, const std::string& file) {
    const auto found = options_.references.find(file);
    require(found != options_.references.end(),
            "observable '" + spec.name + "': expected a reference frame '" + file + "', got none");
    FrameEmbedding reference = embed_frame(embedder_, found->second.frame);
    require(reference.whole.size() > 0,
            "observable '" + spec.name + "': reference frame '" + file + "': " + reference.trouble);
    references_[file] = std::move(reference.whole);
  }

  void reduce(const Frame& frame, Reduction& out) const {
    scattering::validate(frame);
    out.frame = &frame;
    if (options_.features) out.score->features = series_features(preprocessor_, frame);
    if (classifier_) {
      Recognition recognition = classifier_->recognise(frame);
      out.score->classes = std::move(recognition.classes);
      out.novelty = recognition.novelty;
    }
    out.ring = expects_ring(out.score->classes, options_.ring_probability);
    out.mixture = options_.mixture_error * std::sqrt(doubt_of_kind(out.score->classes));
    out.grazing = root_of(out.score->classes).rfind("grazing", 0) == 0;
    if (!options_.reduce) {
      out.trouble = kNotReduced;
      return;
    }
    try {
      out.reduced = reducer_.reduce(frame);
      out.score->curve = out.reduced->curve;
      out.score->reduction = "azimuthal";
    } catch (const std::invalid_argument& error) {
      // A frame that is masked altogether is well formed; it only has no curve.
      out.trouble = error.what();
    }
  }

  void reduce(const scattering::QImage& image, Reduction& out) const {
    if (!options_.reduce) {
      out.trouble = kNotReduced;
      return;
    }
    scattering::QImageOptions options;
    if (options_.integration.q.edges || options_.integration.q.range) {
      options.q = options_.integration.q;
    }
    out.score->curve = scattering::integrate_q_image(image, options);
    out.score->reduction = "q_average";
  }

  void reduce(const Curve& curve, Reduction& out) const { out.score->curve = curve; }

  void reduce(const scattering::Values& values, Reduction& out) const { out.values = &values; }

  [[nodiscard]] Observable make(const std::string& name, const ObservableSource& source,
                                Reduction& reduction) const {
    switch (source.kind) {
      case Kind::kClass:
        return class_observable(name, source, reduction);
      case Kind::kPeak:
        return peak_observable(name, source.field, reduction);
      case Kind::kLattice:
        return lattice_observable(name, source, reduction);
      case Kind::kCurve:
        return curve_observable(name, source.field, reduction);
      case Kind::kOrientation:
        return orientation_observable(name, source.field, reduction);
      case Kind::kSymmetry:
        return symmetry_observable(name, source, reduction);
      case Kind::kDistance:
        return distance_observable(name, source.field, reduction);
      case Kind::kNovelty:
        return novelty_observable(name, reduction);
      case Kind::kValue:
        return value_observable(name, source.field, reduction);
    }
    throw std::logic_error("ClassifyingScorer: unknown kind of source");
  }

  [[nodiscard]] Observable class_observable(const std::string& name, const ObservableSource& source,
                                            const Reduction& reduction) const {
    const ClassProbability* found = find_class(reduction.score->classes, source.field);
    if (found == nullptr) {
      return observable(name, ObservableStatus::kAbsent, "only detector frames are classified");
    }
    const double p = found->probability;
    const double slope = p * (1 - p);
    // No distribution on [0, 1] with mean p varies more than p (1 - p).
    const double variance = std::min(slope * slope * found->logit_variance, slope);
    return present(name, {source.negated ? 1 - p : p, variance + options_.least_class_variance},
                   reduction.novelty && reduction.novelty->unknown() ? kUnknown : "");
  }

  [[nodiscard]] static Observable novelty_observable(const std::string& name,
                                                     const Reduction& reduction) {
    if (!reduction.novelty) {
      return observable(name, ObservableStatus::kAbsent, "only detector frames are classified");
    }
    return present(name, {reduction.novelty->score, reduction.novelty->variance},
                   reduction.novelty->unknown() ? kUnknown : "");
  }

  // Fits the most significant peak once a measurement.
  const PeakFit& peak(Reduction& reduction) const {
    if (!reduction.peak) {
      reduction.peak =
          scattering::fit_strongest_peak(*reduction.score->curve, options_.search, options_.fit);
    }
    return *reduction.peak;
  }

  // Why there is no fitted peak; nothing when there is one.
  std::optional<Observable> without_peak(const std::string& name, Reduction& reduction) const {
    if (!reduction.ring) {
      return observable(name, ObservableStatus::kAbsent, "the class has no ring");
    }
    if (!reduction.score->curve) {
      return reduction.values != nullptr
                 ? observable(name, ObservableStatus::kAbsent, "values have no curve")
                 : observable(name, ObservableStatus::kFailed, reduction.trouble);
    }
    const PeakFit& fit = peak(reduction);
    if (fit.status == PeakFitStatus::kConverged) return std::nullopt;
    const std::string note =
        std::string(scattering::to_string(fit.status)) + (fit.note.empty() ? "" : ": " + fit.note);
    // Without a class nobody said that there is a peak; with one, a ring was seen.
    const bool expected = !reduction.score->classes.empty();
    const bool none = fit.status == PeakFitStatus::kNoPeak && !expected;
    return observable(name, none ? ObservableStatus::kAbsent : ObservableStatus::kFailed, note);
  }

  [[nodiscard]] Observable peak_observable(const std::string& name, const std::string& field,
                                           Reduction& reduction) const {
    if (auto missing = without_peak(name, reduction)) return *missing;
    const PeakFit& fit = peak(reduction);
    // A mixture is off by a share of the width, in position as in width.
    const double width = reduction.mixture * fit.fwhm.value;
    const std::string note = reduction.grazing ? kNotCorrected : "";
    if (field == "q") return present(name, with_error(widened(fit, fit.center), width), note);
    if (field == "d") {
      const Estimate d = widened(fit, scattering::d_spacing(fit), kNanometre);
      return present(name, with_error(d, d.value * width / fit.center.value), note);
    }
    if (field == "fwhm") return present(name, with_error(widened(fit, fit.fwhm), width), note);
    if (field == "area") return present(name, widened(fit, fit.area), note);
    if (field == "intensity") return present(name, widened(fit, fit.height), note);
    const auto size = scattering::domain_size(fit, options_.domain_size);
    if (!size) {
      return observable(name, ObservableStatus::kFailed,
                        "the peak is not wider than the instrument's resolution");
    }
    const Estimate d = widened(fit, *size, kNanometre);
    return present(name, with_error(d, d.value * reduction.mixture), note);
  }

  // What all peaks that can be fitted say; once a measurement.
  const LatticeEvidence& lattices(Reduction& reduction) const {
    if (reduction.lattices) return *reduction.lattices;
    std::vector<Estimate> positions;
    for (const PeakFit& fit :
         scattering::fit_peaks(*reduction.score->curve, options_.search, options_.fit)) {
      if (fit.status != PeakFitStatus::kConverged || !(fit.center.value > 0) ||
          positions.size() == kMostPeaks) {
        ++reduction.unfitted;
        continue;
      }
      positions.push_back(with_error(widened(fit, fit.center), reduction.mixture * fit.fwhm.value));
    }
    reduction.lattices = lattice_evidence(positions);
    return *reduction.lattices;
  }

  [[nodiscard]] Observable lattice_observable(const std::string& name,
                                              const ObservableSource& source,
                                              Reduction& reduction) const {
    if (auto missing = without_peak(name, reduction)) return *missing;
    const LatticeEvidence& evidence = lattices(reduction);
    if (evidence.peaks < 2) {
      return observable(name, ObservableStatus::kAbsent, "fewer than two peaks fit every lattice");
    }
    std::string note = reduction.grazing ? kNotCorrected : "";
    if (reduction.unfitted > 0) {
      note += (note.empty() ? "" : "; ") +
              std::string("peaks left out that could not be fitted: ") +
              std::to_string(reduction.unfitted);
    }
    if (source.field == "probability") {
      Estimate p = probability_of(evidence, source.lattice);
      p.variance += options_.least_class_variance;
      return present(name, p, note);
    }
    const auto spacing = spacing_of(evidence, source.lattice);
    if (!spacing) {
      return observable(name, ObservableStatus::kAbsent,
                        "another lattice, or none, is more probable");
    }
    return present(name, {kNanometre * spacing->value, kNanometre * kNanometre * spacing->variance},
                   note);
  }

  [[nodiscard]] Observable curve_observable(const std::string& name, const std::string& field,
                                            const Reduction& reduction) const {
    const auto& curve = reduction.score->curve;
    if (!curve || curve->intensity.size() == 0) {
      return reduction.values != nullptr
                 ? observable(name, ObservableStatus::kAbsent, "values have no curve")
                 : observable(name, ObservableStatus::kFailed,
                              reduction.trouble.empty() ? "empty curve" : reduction.trouble);
    }
    const bool known = curve->sigma.size() == curve->intensity.size();
    const Eigen::VectorXd variances = known ? Eigen::VectorXd(curve->sigma.array().square())
                                            : Eigen::VectorXd::Zero(curve->intensity.size());
    const std::string note = known ? "" : "errors of the curve are not known";
    if (field == "max_intensity") {
      Eigen::Index at = 0;
      const double most = curve->intensity.maxCoeff(&at);
      return present(name, {most, variances(at)}, note);
    }
    Estimate total{sum_of(curve->intensity), sum_of(variances)};
    double parts = static_cast<double>(curve->intensity.size());
    if (reduction.reduced) {
      const auto& [sums, unused, scale] = *reduction.reduced;
      total = {sum_of(sums.signal) * scale, sum_of(sums.variance) * scale * scale};
      parts = sum_of(sums.normalization);
    }
    if (field == "mean_intensity") {
      total = {total.value / parts, total.variance / (parts * parts)};
    }
    return present(name, total, note);
  }

  [[nodiscard]] Observable orientation_observable(const std::string& name, const std::string& field,
                                                  Reduction& reduction) const {
    if (reduction.frame == nullptr) {
      return observable(name, ObservableStatus::kAbsent, "only detector frames have a direction");
    }
    if (auto missing = without_peak(name, reduction)) return *missing;
    const PeakFit& fit = peak(reduction);
    Orientation orientation;
    try {
      orientation = reducer_.orientation(*reduction.frame, band_of(fit), fit.background);
    } catch (const std::invalid_argument& error) {
      return observable(name, ObservableStatus::kFailed, error.what());
    }
    if (!orientation.valid) {
      return observable(name, ObservableStatus::kFailed,
                        "too little of the ring is seen to tell its orientation");
    }
    if (field == "director") {
      return present(name, {orientation.director, orientation.director_variance});
    }
    return present(name, {orientation.order_parameter, orientation.order_variance});
  }

  [[nodiscard]] Observable symmetry_observable(const std::string& name,
                                               const ObservableSource& source,
                                               Reduction& reduction) const {
    if (reduction.frame == nullptr) {
      return observable(name, ObservableStatus::kAbsent, "only detector frames have a symmetry");
    }
    if (auto missing = without_peak(name, reduction)) return *missing;
    RingSymmetry symmetry;
    try {
      const auto ring = reducer_.relative_ring(*reduction.frame, band_of(peak(reduction)),
                                               *reduction.score->curve, kRingBins);
      symmetry = source.order > 0 ? turn_symmetry(ring, source.order) : mirror_symmetry(ring);
    } catch (const std::invalid_argument& error) {
      return observable(name, ObservableStatus::kFailed, error.what());
    }
    if (!symmetry.valid) {
      return observable(name, ObservableStatus::kAbsent,
                        "the ring does not vary along the azimuth by more than counting noise");
    }
    if (source.field == "mirror_azimuth") {
      // Where the line is is known to a bin; where there is no mirror it says nothing.
      const double bin = std::numbers::pi / kRingBins;
      return present(name, {symmetry.azimuth, bin * bin / 3});
    }
    return present(name, {symmetry.score, symmetry.variance});
  }

  [[nodiscard]] Observable distance_observable(const std::string& name, const std::string& file,
                                               Reduction& reduction) const {
    if (reduction.frame == nullptr) {
      return observable(name, ObservableStatus::kAbsent, "only detector frames are compared");
    }
    if (!reduction.embedding) reduction.embedding = embed_frame(embedder_, *reduction.frame);
    if (!reduction.embedding->trouble.empty()) {
      return observable(name, ObservableStatus::kFailed, reduction.embedding->trouble);
    }
    return present(name, distance_to(*reduction.embedding, references_.at(file)));
  }

  [[nodiscard]] Observable value_observable(const std::string& name, const std::string& field,
                                            const Reduction& reduction) const {
    if (reduction.values == nullptr) {
      return observable(name, ObservableStatus::kAbsent, "the instrument answers with no values");
    }
    for (const auto& value : *reduction.values) {
      if (value.name == field) return present(name, {value.value, value.variance});
    }
    return observable(name, ObservableStatus::kFailed,
                      "the instrument answered without '" + field + "'");
  }

  std::unique_ptr<const Classifier> classifier_;
  std::vector<scattering::ObservableSpec> specs_;
  ScorerOptions options_;
  std::vector<ObservableSource> sources_;
  FrameReducer reducer_;
  Preprocessor preprocessor_;
  ImageEmbedder embedder_;
  std::map<std::string, Eigen::VectorXf> references_;  // by file
};

ClassifyingScorer::ClassifyingScorer(std::unique_ptr<const Classifier> classifier,
                                     std::vector<scattering::ObservableSpec> specs,
                                     const ScorerOptions& options)
    : impl_(std::make_unique<const Impl>(std::move(classifier), std::move(specs), options)) {}

ClassifyingScorer::~ClassifyingScorer() = default;

Score ClassifyingScorer::score(const scattering::Measurement& measurement) const {
  return impl_->score(measurement);
}

std::map<std::string, std::string> ClassifyingScorer::inputs() const { return impl_->inputs(); }

}  // namespace foray::classifier
