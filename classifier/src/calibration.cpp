#include "calibration.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace foray::classifier {
namespace {

// Fewer examples of an outcome than this say nothing about a temperature.
constexpr int kEnough = 20;

// Floor of a logit's variance where the calibration set finds no fault.
constexpr double kLeastFloor = 0.04;

// Floor of a path with too few doubtful examples to measure one.
constexpr double kUnknownFloor = 0.25;

struct Sample {
  double z = 0;
  int truth = 0;
};

double sigmoid(double z) { return 1.0 / (1.0 + std::exp(-z)); }

// Mean negative log likelihood of a softmax range with one scale.
double softmax_loss(SoftmaxRange range, double scale,
                    const std::vector<const std::vector<double>*>& outputs,
                    const std::vector<int>& truth) {
  double loss = 0;
  for (std::size_t k = 0; k < truth.size(); ++k) {
    const std::vector<double>& z = *outputs[k];
    double most = scale * z[range.begin];
    for (int i = range.begin; i < range.end; ++i) most = std::max(most, scale * z[i]);
    double sum = 0;
    for (int i = range.begin; i < range.end; ++i) sum += std::exp(scale * z[i] - most);
    loss += std::log(sum) + most - scale * z[range.begin + truth[k]];
  }
  return loss / static_cast<double>(truth.size());
}

// Golden section in ln(scale): the loss is convex in the scale. `pull` is the precision of a normal
// prior around 1, 0 for none.
double fit_scale(SoftmaxRange range, const std::vector<const std::vector<double>*>& outputs,
                 const std::vector<int>& truth, double pull) {
  constexpr double kGolden = 0.6180339887498949;
  double low = std::log(0.1);
  double high = std::log(4.0);
  const auto loss = [&](double scale) {
    return softmax_loss(range, scale, outputs, truth) +
           pull / 2 * (scale - 1) * (scale - 1) / static_cast<double>(truth.size());
  };
  for (int k = 0; k < 40; ++k) {
    const double a = high - kGolden * (high - low);
    const double b = low + kGolden * (high - low);
    if (loss(std::exp(a)) < loss(std::exp(b))) {
      high = b;
    } else {
      low = a;
    }
  }
  return std::exp((low + high) / 2);
}

// Platt's scaling by Newton's method, with his smoothed targets and a weak pull towards the
// identity. Source: Platt (1999), "Probabilistic outputs for support vector machines".
std::array<double, 2> fit_platt(const std::vector<Sample>& samples) {
  double positives = 0;
  for (const Sample& s : samples) positives += s.truth;
  const double negatives = static_cast<double>(samples.size()) - positives;
  const double high = (positives + 1) / (positives + 2);
  const double low = 1 / (negatives + 2);
  constexpr double kPull = 1.0;
  double a = 1;
  double b = 0;
  for (int iteration = 0; iteration < 50; ++iteration) {
    double ga = kPull * (a - 1);
    double gb = kPull * b;
    double haa = kPull;
    double hab = 0;
    double hbb = kPull;
    for (const Sample& s : samples) {
      const double p = sigmoid(a * s.z + b);
      const double d = p - (s.truth == 1 ? high : low);
      const double w = std::max(1e-9, p * (1 - p));
      ga += d * s.z;
      gb += d;
      haa += w * s.z * s.z;
      hab += w * s.z;
      hbb += w;
    }
    const double determinant = haa * hbb - hab * hab;
    const double da = (hbb * ga - hab * gb) / determinant;
    const double db = (haa * gb - hab * ga) / determinant;
    const double step = std::min(1.0, 1.0 / (std::abs(da) + std::abs(db) + 1e-12));
    a = std::clamp(a - step * da, 0.1, 4.0);
    b -= step * db;
    if (std::abs(da) + std::abs(db) < 1e-9) break;
  }
  return {a, b};
}

// Mean squared gap, on the logit scale, between what was promised and what came true among doubtful
// examples, less what sampling alone makes; `unmeasured` where too few are doubtful.
double floor_of(const std::vector<Sample>& samples, double unmeasured) {
  constexpr int kBins = 6;
  constexpr double kRange = 3.0;
  std::array<double, kBins> count{};
  std::array<double, kBins> promised{};
  std::array<double, kBins> came{};
  for (const Sample& s : samples) {
    if (std::abs(s.z) >= kRange) continue;
    const int bin = static_cast<int>((s.z + kRange) / (2 * kRange) * kBins);
    count[bin] += 1;
    promised[bin] += sigmoid(s.z);
    came[bin] += s.truth;
  }
  double gap = 0;
  double used = 0;
  for (int bin = 0; bin < kBins; ++bin) {
    if (count[bin] < kEnough) continue;
    const double p = promised[bin] / count[bin];
    const double slope = 1 / (p * (1 - p));
    const double difference = slope * (came[bin] / count[bin] - p);
    gap += count[bin] * std::max(0.0, difference * difference - slope / count[bin]);
    used += count[bin];
  }
  return used > 0 ? kLeastFloor + gap / used : unmeasured;
}

// Whether at least two outcomes have examples enough: one alone fits any temperature.
bool enough_to_compare(SoftmaxRange range, const std::vector<int>& truth) {
  int outcomes = 0;
  for (int k = 0; k < range.end - range.begin; ++k) {
    outcomes += std::count(truth.begin(), truth.end(), k) >= kEnough ? 1 : 0;
  }
  return outcomes > 1;
}

void fit_softmax(const OutputLayout& layout, const std::vector<std::vector<double>>& outputs,
                 const std::vector<const Targets*>& targets, double pull,
                 Calibration& calibration) {
  for (std::size_t g = 0; g < layout.softmax.size(); ++g) {
    std::vector<const std::vector<double>*> chosen;
    std::vector<int> truth;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      if (targets[k]->softmax[g] < 0) continue;
      chosen.push_back(&outputs[k]);
      truth.push_back(targets[k]->softmax[g]);
    }
    if (!enough_to_compare(layout.softmax[g], truth)) continue;
    calibration.scale[g] = fit_scale(layout.softmax[g], chosen, truth, pull);
  }
}

void fit_sigmoid(const OutputLayout& layout, const std::vector<std::vector<double>>& outputs,
                 const std::vector<const Targets*>& targets, Calibration& calibration) {
  for (std::size_t f = 0; f < layout.sigmoid.size(); ++f) {
    std::vector<Sample> samples;
    int positives = 0;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const int truth = targets[k]->sigmoid[f];
      if (truth < 0) continue;
      samples.push_back({outputs[k][layout.sigmoid[f]], truth});
      positives += truth;
    }
    if (positives < kEnough || static_cast<int>(samples.size()) - positives < kEnough) continue;
    const auto [scale, shift] = fit_platt(samples);
    calibration.scale[layout.softmax.size() + f] = scale;
    calibration.shift[layout.softmax.size() + f] = shift;
  }
}

// Measures the floors of paths that have examples enough; the others stay.
void fit_floors(const LabelHierarchy& labels, const std::vector<std::vector<double>>& outputs,
                const std::vector<const Targets*>& targets, Calibration& calibration) {
  const OutputLayout layout = output_layout(labels);
  std::vector<std::vector<Sample>> samples(label_paths(labels).size());
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const auto p = path_probabilities(labels, decide(layout, calibration, outputs[k]));
    const auto truth = path_truth(labels, *targets[k]);
    for (std::size_t path = 0; path < p.size(); ++path) {
      if (truth[path] >= 0) samples[path].push_back({logit(p[path]), truth[path]});
    }
  }
  for (std::size_t path = 0; path < samples.size(); ++path) {
    double& floor = calibration.logit_floor[path];
    floor = floor_of(samples[path], floor);
  }
}

}  // namespace

double logit(double p) {
  constexpr double kLeast = 1e-6;
  const double kept = std::clamp(p, kLeast, 1 - kLeast);
  return std::log(kept / (1 - kept));
}

Calibration identity_calibration(const LabelHierarchy& labels) {
  const OutputLayout layout = output_layout(labels);
  const std::size_t decisions = layout.softmax.size() + layout.sigmoid.size();
  return {std::vector<double>(decisions, 1.0), std::vector<double>(decisions, 0.0),
          std::vector<double>(label_paths(labels).size(), kUnknownFloor)};
}

std::vector<double> calibrated_logits(const OutputLayout& layout, const Calibration& calibration,
                                      const std::vector<double>& outputs) {
  std::vector<double> logits(outputs.size());
  for (std::size_t g = 0; g < layout.softmax.size(); ++g) {
    for (int i = layout.softmax[g].begin; i < layout.softmax[g].end; ++i) {
      logits[i] = calibration.scale[g] * outputs[i];
    }
  }
  for (std::size_t f = 0; f < layout.sigmoid.size(); ++f) {
    const std::size_t d = layout.softmax.size() + f;
    const int i = layout.sigmoid[f];
    logits[i] = calibration.scale[d] * outputs[i] + calibration.shift[d];
  }
  return logits;
}

std::vector<double> decide(const OutputLayout& layout, const Calibration& calibration,
                           const std::vector<double>& outputs) {
  std::vector<double> decisions = calibrated_logits(layout, calibration, outputs);
  for (const SoftmaxRange range : layout.softmax) {
    const auto begin = decisions.begin() + range.begin;
    const auto end = decisions.begin() + range.end;
    const double most = *std::max_element(begin, end);
    double sum = 0;
    for (auto one = begin; one != end; ++one) {
      *one = std::exp(*one - most);
      sum += *one;
    }
    for (auto one = begin; one != end; ++one) *one /= sum;
  }
  for (const int i : layout.sigmoid) decisions[i] = sigmoid(decisions[i]);
  return decisions;
}

Calibration fit_calibration(const LabelHierarchy& labels,
                            const std::vector<std::vector<double>>& outputs,
                            const std::vector<const Targets*>& targets) {
  const OutputLayout layout = output_layout(labels);
  Calibration calibration = identity_calibration(labels);
  fit_softmax(layout, outputs, targets, 0, calibration);
  fit_sigmoid(layout, outputs, targets, calibration);
  fit_floors(labels, outputs, targets, calibration);
  return calibration;
}

Calibration refit_calibration(const LabelHierarchy& labels, const Calibration& before,
                              const std::vector<std::vector<double>>& outputs,
                              const std::vector<const Targets*>& targets) {
  constexpr double kPull = 1.0;  // as in fit_platt
  const OutputLayout layout = output_layout(labels);
  std::vector<std::vector<double>> logits = outputs;
  for (std::vector<double>& one : logits) one = calibrated_logits(layout, before, one);
  // What is left to do on top of what was done before.
  Calibration more = identity_calibration(labels);
  fit_softmax(layout, logits, targets, kPull, more);
  fit_sigmoid(layout, logits, targets, more);
  Calibration calibration = before;
  for (std::size_t d = 0; d < before.scale.size(); ++d) {
    calibration.scale[d] = more.scale[d] * before.scale[d];
    calibration.shift[d] = more.scale[d] * before.shift[d] + more.shift[d];
  }
  fit_floors(labels, outputs, targets, calibration);
  return calibration;
}

}  // namespace foray::classifier
