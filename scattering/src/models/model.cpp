// Source: Kotlarchyk and Chen (1983), doi:10.1063/1.446055.
#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "expression.h"
#include "foray/common/check.h"
#include "foray/common/nearest_word.h"
#include "foray/scattering/models.h"
#include "polydispersity.h"

namespace foray::scattering {
namespace {

[[noreturn]] void refuse_name(const std::string& where, std::string_view name,
                              const std::vector<ModelParameter>& parameters) {
  std::vector<std::string> known;
  for (const ModelParameter& parameter : parameters) known.push_back(parameter.name);
  std::string text = where + ": unknown parameter \"" + std::string(name) + "\"";
  if (const auto near = nearest_word(name, known)) text += "; did you mean \"" + *near + "\"?";
  throw std::invalid_argument(text);
}

std::size_t index_of(const std::string& where, std::string_view name,
                     const std::vector<ModelParameter>& parameters) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const ModelParameter& p) { return p.name == name; });
  if (found == parameters.end()) refuse_name(where, name, parameters);
  return static_cast<std::size_t>(found - parameters.begin());
}

void check_value(const std::string& where, const ModelParameter& parameter, double value) {
  const bool above = parameter.above_lower ? value > parameter.lower : value >= parameter.lower;
  if (std::isfinite(value) && above && value <= parameter.upper) return;
  std::ostringstream text;
  text << where << ": " << parameter.name << ": expected a finite value";
  if (std::isfinite(parameter.lower)) {
    text << (parameter.above_lower ? " > " : " >= ") << parameter.lower;
  }
  if (std::isfinite(parameter.upper)) {
    text << (std::isfinite(parameter.lower) ? " and <= " : " <= ") << parameter.upper;
  }
  text << ", got " << value;
  throw std::invalid_argument(text.str());
}

void check_q(const std::string& where, const Eigen::Ref<const Eigen::VectorXd>& q) {
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    if (std::isfinite(q[i]) && q[i] > 0) continue;
    std::ostringstream text;
    text << where << ": q[" << i << "]: expected a finite value > 0, got " << q[i];
    throw std::invalid_argument(text.str());
  }
}

Rule single(double value) { return {Eigen::ArrayXd::Constant(1, value), Eigen::ArrayXd::Ones(1)}; }

// Vectors (qx, qy, 0) in the axes of a body that was turned by psi about z, theta about y and phi
// about z.
Eigen::Matrix3Xd body_vectors(const Eigen::Ref<const Eigen::Matrix2Xd>& q,
                              const Orientation& orientation) {
  const Eigen::Matrix3d turn = (Eigen::AngleAxisd(orientation.phi, Eigen::Vector3d::UnitZ()) *
                                Eigen::AngleAxisd(orientation.theta, Eigen::Vector3d::UnitY()) *
                                Eigen::AngleAxisd(orientation.psi, Eigen::Vector3d::UnitZ()))
                                   .toRotationMatrix();
  return turn.transpose().leftCols(2) * q;
}

// One call of Model::intensity.
class Evaluation {
 public:
  // `vectors`: of what is oriented, columns in the body's axes whose lengths are q; or null.
  Evaluation(const std::string& name, const ModelExpression& expression, const Eigen::ArrayXd& q,
             const Eigen::Matrix3Xd* vectors = nullptr)
      : name_(name), expression_(expression), q_(q), vectors_(vectors) {}

  void set(const ModelValues& values, const Polydispersities& distributions) {
    const auto& parameters = expression_.parameters;
    for (const ModelParameter& parameter : parameters) values_.push_back(parameter.value);
    for (const auto& [key, value] : values) {
      const std::size_t at = index_of(name_, key, parameters);
      check_value(name_, parameters[at], value);
      values_[at] = value;
    }
    refuse_unused_radius(values);
    for (const double value : values_) rules_.push_back(single(value));
    const double furthest = q_.size() > 0 ? q_.maxCoeff() : 0.0;
    for (const auto& [key, distribution] : distributions) {
      const std::size_t at = index_of(name_, key, parameters);
      const std::string where = name_ + ": " + key;
      if (is_fixed(at)) throw std::invalid_argument(where + ": cannot be polydisperse here");
      rules_[at] = discretise(where, parameters[at], values_[at], distribution, furthest,
                              distributions.size() == 1, narrowest(at));
    }
  }

  [[nodiscard]] Eigen::ArrayXd sum() const {
    Eigen::ArrayXd total = Eigen::ArrayXd::Zero(q_.size());
    for (const ModelTerm& term : expression_.terms) {
      Eigen::ArrayXd product =
          Eigen::ArrayXd::Constant(q_.size(), term.scale ? values_[*term.scale] : 1.0);
      for (const ModelFactor& factor : term.factors) product *= intensity(factor);
      total += product;
    }
    return values_[0] * total + values_[1];
  }

  void expect_lattice() const {
    const ModelTerm& term = expression_.terms.front();
    if (expression_.terms.size() > 1 || term.factors.size() > 1 || term.factors[0].structure ||
        term.factors[0].form->lattice.parameters == 0) {
      throw std::invalid_argument(name_ + ": expected one paracrystal by itself, others have no " +
                                  "intensity of one orientation");
    }
  }

  [[nodiscard]] Eigen::ArrayXd coherent() const {
    const ModelFactor& factor = expression_.terms.front().factors.front();
    const bool alone = expression_.terms.size() == 1 &&
                       expression_.terms.front().factors.size() == 1 && !factor.structure;
    if (!alone || !factor.form->has_amplitude) {
      throw std::invalid_argument(
          name_ + ": expected one model of particles that has an amplitude, by itself");
    }
    const PopulationMoments particles =
        population(*factor.form, rules_of(factor.start, factor.form->parameters.size()), 0);
    return values_[0] * particles.amplitude.square() / particles.volume;
  }

 private:
  // An effective radius that is given has no effect where one is computed, which nobody asked for.
  void refuse_unused_radius(const ModelValues& values) const {
    for (const ModelTerm& term : expression_.terms) {
      for (const ModelFactor& factor : term.factors) {
        if (!factor.structure || !factor.radius_effective_mode) continue;
        const std::string& radius = expression_.parameters[factor.radius_effective].name;
        const ModelParameter& how = expression_.parameters[*factor.radius_effective_mode];
        if (how.value == 0 || !values.contains(radius) || values.contains(how.name)) continue;
        throw std::invalid_argument(name_ + ": " + radius + ": expected " + how.name +
                                    " beside it: 0 takes it as given, 1 (if nothing is said) "
                                    "computes it from the particle");
      }
    }
  }

  // Of the distances in a lattice; infinite for other parameters.
  [[nodiscard]] double narrowest(std::size_t at) const {
    for (const ModelTerm& term : expression_.terms) {
      for (const ModelFactor& factor : term.factors) {
        if (factor.start != at || factor.form->lattice.parameters == 0) continue;
        return factor.form->lattice.narrowest(Parameters(values_).subspan(at));
      }
    }
    return kUnbounded;
  }

  // What is no property of a particle, or is computed from others.
  [[nodiscard]] bool is_fixed(std::size_t at) const {
    if (at < 2) return true;
    for (const ModelTerm& term : expression_.terms) {
      if (term.scale == at) return true;
      for (const ModelFactor& factor : term.factors) {
        if (!factor.structure) continue;
        if (at == factor.volfraction || factor.structure_factor_mode == at ||
            factor.radius_effective_mode == at ||
            (at == factor.radius_effective && mode(factor.radius_effective_mode) > 0)) {
          return true;
        }
      }
    }
    return false;
  }

  [[nodiscard]] ParameterRules rules_of(std::size_t start, std::size_t count) const {
    const auto first = rules_.begin() + static_cast<std::ptrdiff_t>(start);
    return {first, first + static_cast<std::ptrdiff_t>(count)};
  }

  [[nodiscard]] PopulationMoments population(const ModelDefinition& definition,
                                             const ParameterRules& rules, int radius_mode) const {
    if (definition.problem) {
      std::vector<double> means;
      for (const Rule& rule : rules) means.push_back((rule.node * rule.weight).sum());
      const std::string problem = definition.problem(means);
      if (!problem.empty()) throw std::invalid_argument(name_ + ": " + problem);
    }
    return average_population(name_, definition, rules, radius_mode, q_, [&](Parameters p) {
      return vectors_ ? definition.lattice.oriented(p, *vectors_) : definition.lattice.mean(p, q_);
    });
  }

  [[nodiscard]] int mode(const std::optional<std::size_t>& at) const {
    if (!at) return 0;
    const double value = values_[*at];
    if (value != std::round(value)) {
      throw std::invalid_argument(name_ + ": " + expression_.parameters[*at].name +
                                  ": expected a whole number, got " + std::to_string(value));
    }
    return static_cast<int>(value);
  }

  [[nodiscard]] Eigen::ArrayXd intensity(const ModelFactor& factor) const {
    const int radius_mode = mode(factor.radius_effective_mode);
    const PopulationMoments particles = population(
        *factor.form, rules_of(factor.start, factor.form->parameters.size()), radius_mode);
    if (!factor.structure) return particles.intensity / particles.volume;
    const Eigen::ArrayXd s = structure(factor, particles, radius_mode);
    // A particle model with its own volume fraction has it in its intensity.
    const double fraction = factor.volfraction_in_form ? 1.0 : values_[factor.volfraction];
    const double number = fraction / particles.volume;
    if (mode(factor.structure_factor_mode) == 0) return number * particles.intensity * s;
    return number * (particles.intensity + particles.amplitude.square() * (s - 1));
  }

  [[nodiscard]] Eigen::ArrayXd structure(const ModelFactor& factor,
                                         const PopulationMoments& particles,
                                         int radius_mode) const {
    const auto& parameters = factor.structure->parameters;
    ParameterRules rules = rules_of(factor.structure_rest, parameters.size() - 2);
    // What particles enclose keeps others out.
    const double fraction = values_[factor.volfraction] * particles.outer_volume / particles.volume;
    check_value(name_ + " (with what particles enclose)", parameters[1], fraction);
    rules.insert(rules.begin(), single(fraction));
    rules.insert(rules.begin(),
                 radius_mode > 0 ? single(particles.radius) : rules_[factor.radius_effective]);
    return population(*factor.structure, rules, 0).intensity;
  }

  const std::string& name_;
  const ModelExpression& expression_;
  const Eigen::ArrayXd& q_;
  const Eigen::Matrix3Xd* vectors_;
  std::vector<double> values_;
  ParameterRules rules_;
};

constexpr Eigen::Index kLeastToGroup = 64;
constexpr double kGroupRatio = 0.8;  // of the lowest q in a group to the highest
constexpr int kGroups = 8;           // the last holds all that is lower

// evaluate(q), where distributions of sizes take as many points as the largest q asks for: lower
// ones by themselves take fewer.
template <typename Evaluate>
Eigen::VectorXd in_groups(const Eigen::ArrayXd& q, const Polydispersities& distributions,
                          const Evaluate& evaluate) {
  if (distributions.empty() || q.size() < kLeastToGroup) return evaluate(q);
  const double top = q.maxCoeff();
  std::array<std::vector<Eigen::Index>, kGroups> groups;
  for (Eigen::Index i = 0; i < q.size(); ++i) {
    double below = top;
    std::size_t group = 0;
    while (group + 1 < groups.size() && q[i] < kGroupRatio * below) {
      below *= kGroupRatio;
      ++group;
    }
    groups[group].push_back(i);
  }
  Eigen::VectorXd result(q.size());
  for (const std::vector<Eigen::Index>& group : groups) {
    if (!group.empty()) result(group) = evaluate(Eigen::ArrayXd(q(group)));
  }
  return result;
}

}  // namespace

Model::Model(std::string_view expression)
    : name_(expression),
      expression_(std::make_shared<const ModelExpression>(parse_model(expression))) {}

const std::string& Model::name() const { return name_; }

const std::vector<ModelParameter>& Model::parameters() const { return expression_->parameters; }

std::vector<std::string> Model::radius_modes() const {
  return expression_->terms.front().factors.front().form->radius_modes;
}

Eigen::VectorXd Model::intensity(const Eigen::Ref<const Eigen::VectorXd>& q,
                                 const ModelValues& values,
                                 const Polydispersities& distributions) const {
  check_q(name_, q);
  return in_groups(q.array(), distributions, [&](const Eigen::ArrayXd& at) {
    Evaluation evaluation(name_, *expression_, at);
    evaluation.set(values, distributions);
    return Eigen::VectorXd(evaluation.sum());
  });
}

Eigen::VectorXd Model::oriented_intensity(const Eigen::Ref<const Eigen::Matrix2Xd>& q,
                                          const Orientation& orientation, const ModelValues& values,
                                          const Polydispersities& distributions) const {
  const Eigen::Vector3d angles(orientation.theta, orientation.phi, orientation.psi);
  require_finite(name_ + ": theta, phi, psi", angles);
  const Eigen::ArrayXd length = q.colwise().norm().transpose();
  check_q(name_, length.matrix());
  const Eigen::Matrix3Xd vectors = body_vectors(q, orientation);
  Evaluation evaluation(name_, *expression_, length, &vectors);
  evaluation.expect_lattice();
  evaluation.set(values, distributions);
  return evaluation.sum();
}

Eigen::VectorXd Model::coherent_intensity(const Eigen::Ref<const Eigen::VectorXd>& q,
                                          const ModelValues& values,
                                          const Polydispersities& distributions) const {
  check_q(name_, q);
  return in_groups(q.array(), distributions, [&](const Eigen::ArrayXd& at) {
    Evaluation evaluation(name_, *expression_, at);
    evaluation.set(values, distributions);
    return Eigen::VectorXd(evaluation.coherent());
  });
}

Model model(std::string_view expression) { return Model(expression); }

}  // namespace foray::scattering
