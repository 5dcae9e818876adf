// Source: Aragon and Pecora (1976), doi:10.1063/1.432528 (Schulz and others, by number).
#include "polydispersity.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "foray/common/check.h"
#include "foray/common/nearest_word.h"

namespace foray::scattering {
namespace {

constexpr std::pair<const char*, Distribution> kDistributionNames[] = {
    {"gaussian", Distribution::kGaussian},   {"schulz", Distribution::kSchulz},
    {"lognormal", Distribution::kLognormal}, {"uniform", Distribution::kUniform},
    {"rectangle", Distribution::kRectangle}, {"boltzmann", Distribution::kBoltzmann},
    {"array", Distribution::kArray}};

// The most points of a grid over all polydisperse parameters together.
constexpr double kMostPoints = 4e6;

// Points of a distribution over the width of a peak that moves with its values: 1e-6 or better.
constexpr double kPointsOfPeak = 8;
constexpr double kMostPointsOfPeaks = 20'000;

[[noreturn]] void refuse(const std::string& where, const std::string& problem) {
  throw std::invalid_argument(where + ": " + problem);
}

[[noreturn]] void refuse_peaks(const std::string& where, double widths) {
  std::ostringstream text;
  text << "expected a distribution over at most " << kMostPointsOfPeaks / kPointsOfPeak
       << " times the width of the lattice's narrowest peak, got " << widths
       << " times; give a narrower one, or an array";
  refuse(where, text.str());
}

bool allowed(const ModelParameter& parameter, double value) {
  return std::isfinite(value) && value <= parameter.upper &&
         (parameter.above_lower ? value > parameter.lower : value >= parameter.lower);
}

Rule normalised(const std::string& where, Rule rule) {
  const double sum = rule.weight.sum();
  if (!(sum > 0) || !std::isfinite(sum)) {
    refuse(where, "expected a distribution with weight inside the limits of the parameter");
  }
  rule.weight /= sum;
  return rule;
}

Rule given(const std::string& where, const ModelParameter& parameter,
           const Polydispersity& distribution) {
  if (distribution.values.empty() || distribution.values.size() != distribution.weights.size()) {
    refuse(where, "expected as many weights as values, at least one");
  }
  const auto size = static_cast<Eigen::Index>(distribution.values.size());
  Rule rule{Eigen::ArrayXd(size), Eigen::ArrayXd(size)};
  for (Eigen::Index i = 0; i < size; ++i) {
    rule.node[i] = distribution.values[static_cast<std::size_t>(i)];
    rule.weight[i] = distribution.weights[static_cast<std::size_t>(i)];
    if (!allowed(parameter, rule.node[i])) {
      refuse(where, "expected values within the limits of the parameter");
    }
    if (!(rule.weight[i] >= 0) || !std::isfinite(rule.weight[i])) {
      refuse(where, "expected finite weights >= 0");
    }
  }
  return normalised(where, std::move(rule));
}

// Logarithm of the density, up to a constant, in units of the centre.
double log_density(Distribution kind, double x, double width) {
  switch (kind) {
    case Distribution::kGaussian:
      return -0.5 * (x - 1) * (x - 1) / (width * width);
    case Distribution::kSchulz: {
      const double z = 1 / (width * width);
      return (z - 1) * std::log(x) - z * (x - 1);
    }
    case Distribution::kLognormal: {
      const double u = std::log(x) / width;
      return -0.5 * u * u - std::log(x);
    }
    case Distribution::kBoltzmann:
      return -std::abs(x - 1) / width;
    default:
      return 0;
  }
}

bool is_positive(Distribution kind) {
  return kind == Distribution::kSchulz || kind == Distribution::kLognormal;
}

double usual_nsigma(Distribution kind) { return is_positive(kind) ? 8.0 : 3.0; }

struct Interval {
  double lower, upper;
};

// Of x over the centre. Long-tailed distributions are positive.
Interval range_of(const Polydispersity& distribution, double width) {
  switch (distribution.kind) {
    case Distribution::kUniform:
      return {1 - width, 1 + width};
    case Distribution::kRectangle:
      return {1 - std::numbers::sqrt3 * width, 1 + std::numbers::sqrt3 * width};
    default:
      break;
  }
  const double nsigma =
      distribution.nsigma > 0 ? distribution.nsigma : usual_nsigma(distribution.kind);
  Interval range{1 - nsigma * width, 1 + nsigma * width};
  if (is_positive(distribution.kind)) range.lower = std::max(range.lower, 0.0);
  return range;
}

void check(const std::string& where, const Polydispersity& distribution, double center) {
  if (!std::isfinite(distribution.width) || distribution.width < 0) {
    refuse(where, "width: expected a finite value >= 0, got " + std::to_string(distribution.width));
  }
  if (!std::isfinite(distribution.nsigma) || distribution.nsigma < 0) {
    refuse(where, "nsigma: expected a finite value >= 0");
  }
  if (distribution.points < 0 || distribution.points > 100000) {
    refuse(where, "points: expected 0 to 100000, got " + std::to_string(distribution.points));
  }
  if (center == 0 || (is_positive(distribution.kind) && center < 0)) {
    refuse(where,
           "expected a value other than 0, > 0 for schulz and lognormal: the width is "
           "relative to it");
  }
}

// Panels of at least so many points over a range of x over the centre; 20 points carry 24 radians
// to 1e-12, 10 points 8 to 1e-8.
Rule panels(Interval range, double phase, int least, bool alone) {
  const int nodes = alone ? 20 : 10;
  const double capacity = alone ? 24.0 : 8.0;
  const int count = std::max(1 + static_cast<int>(phase / capacity), (least + nodes - 1) / nodes);
  return panel_rule(range.lower, range.upper, count, nodes);
}

// A lattice that is computed anew where the values that it depends on change.
class KnownLattice {
 public:
  KnownLattice(std::size_t parameters, const LatticeOfValues& lattice)
      : parameters_(parameters), lattice_(lattice) {}

  const Eigen::ArrayXd& operator()(Parameters values) {
    const Parameters own = values.first(parameters_);
    if (!std::equal(own.begin(), own.end(), values_.begin(), values_.end())) {
      factor_ = lattice_(values);
      values_.assign(own.begin(), own.end());
    }
    return factor_;
  }

 private:
  std::size_t parameters_;
  const LatticeOfValues& lattice_;
  std::vector<double> values_;
  Eigen::ArrayXd factor_;
};

}  // namespace

Distribution distribution(std::string_view name) {
  std::vector<std::string> known;
  for (const auto& [word, kind] : kDistributionNames) {
    if (name == word) return kind;
    known.emplace_back(word);
  }
  const auto near = nearest_word(name, known);
  std::string text = "distribution: unknown name \"" + std::string(name) + "\"";
  if (near) text += "; did you mean \"" + *near + "\"?";
  text += " (known:";
  for (const std::string& word : known) text += " " + word;
  throw std::invalid_argument(text + ")");
}

Rule discretise(const std::string& where, const ModelParameter& parameter, double center,
                const Polydispersity& distribution, double furthest, bool alone, double narrowest) {
  if (distribution.kind == Distribution::kArray) return given(where, parameter, distribution);
  check(where, distribution, center);
  const double width = distribution.width;
  if (width == 0) return {Eigen::ArrayXd::Constant(1, center), Eigen::ArrayXd::Ones(1)};
  Interval range = range_of(distribution, width);
  // The limits of the parameter, in units of the centre.
  const double first = parameter.lower / center, last = parameter.upper / center;
  range.lower = std::max(range.lower, std::min(first, last));
  range.upper = std::min(range.upper, std::max(first, last));
  if (!(range.lower < range.upper)) refuse(where, "expected limits that leave a range");
  const bool is_length = parameter.unit == "Ang";
  const double most_peaks = (range.upper - range.lower) / narrowest;
  if (most_peaks * kPointsOfPeak > kMostPointsOfPeaks) refuse_peaks(where, most_peaks);
  const auto side = [&](double lower, double upper) {
    const double phase = is_length ? 2 * furthest * (upper - lower) * std::abs(center) : 0.0;
    const int least = std::max({distribution.points / 2,
                                static_cast<int>(kPointsOfPeak * (upper - lower) / narrowest),
                                // For its own shape.
                                is_positive(distribution.kind) ? 20 : 1});
    return panels({lower, upper}, phase, least, alone);
  };
  // Two sides: a Boltzmann distribution has its edge in the middle, which may be outside the
  // limits.
  const double middle = std::clamp(1.0, range.lower, range.upper);
  Rule rule;
  if (middle > range.lower && middle < range.upper) {
    const Rule left = side(range.lower, middle), right = side(middle, range.upper);
    rule.node.resize(left.node.size() + right.node.size());
    rule.weight.resize(rule.node.size());
    rule.node << left.node, right.node;
    rule.weight << left.weight, right.weight;
  } else {
    rule = side(range.lower, range.upper);
  }
  for (Eigen::Index i = 0; i < rule.node.size(); ++i) {
    rule.weight[i] *= std::exp(log_density(distribution.kind, rule.node[i], width));
  }
  rule.node *= center;
  return normalised(where, std::move(rule));
}

PopulationMoments average_population(const std::string& where, const ModelDefinition& definition,
                                     const ParameterRules& rules, int radius_mode,
                                     const Eigen::ArrayXd& q, const LatticeOfValues& lattice) {
  double points = 1;
  for (const Rule& rule : rules) points *= static_cast<double>(rule.node.size());
  if (points > kMostPoints) {
    refuse(where, "expected at most 4e6 combinations of polydisperse values, got " +
                      std::to_string(points) + "; give fewer values or narrower distributions");
  }
  std::vector<Eigen::Index> at(rules.size(), 0);
  std::vector<double> values(rules.size());
  KnownLattice known(definition.lattice.parameters, lattice);
  PopulationMoments sum;
  double total = 0;
  for (bool more = true; more;) {
    double weight = 1;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      values[i] = rules[i].node[at[i]];
      weight *= rules[i].weight[at[i]];
    }
    // Combinations that are no body, a bell narrower than its rod, do not occur.
    const bool occurs = !definition.problem || definition.problem_of_means_only ||
                        definition.problem(values).empty();
    if (weight > 0 && occurs) {
      Moments moments = definition.scatter(values, q);
      if (definition.lattice.parameters > 0) moments.intensity *= known(values);
      const double volume = definition.volume ? definition.volume(values) : 1.0;
      if (total == 0) {
        sum.amplitude = Eigen::ArrayXd::Zero(moments.amplitude.size());
        sum.intensity = Eigen::ArrayXd::Zero(q.size());
      }
      if (definition.has_amplitude) sum.amplitude += weight * moments.amplitude;
      sum.intensity += weight * moments.intensity;
      sum.volume += weight * volume;
      sum.outer_volume +=
          weight * (definition.outer_volume ? definition.outer_volume(values) : volume);
      if (radius_mode > 0) sum.radius += weight * definition.radius(values, radius_mode);
      total += weight;
    }
    // The last parameter first: a lattice is that of the first ones.
    more = false;
    for (std::size_t i = rules.size(); i-- > 0 && !more;) {
      more = ++at[i] < rules[i].node.size();
      if (!more) at[i] = 0;
    }
  }
  if (total == 0) refuse(where, "expected a distribution that leaves a body");
  sum.amplitude /= total;
  sum.intensity /= total;
  sum.volume /= total;
  sum.outer_volume /= total;
  sum.radius /= total;
  return sum;
}

}  // namespace foray::scattering
