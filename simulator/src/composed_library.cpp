#include "foray/simulator/composed_library.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "compose.h"
#include "foray/common/check.h"
#include "foray/common/draws.h"
#include "foray/common/random.h"
#include "formulas.h"
#include "reflections.h"
#include "sample_checks.h"
#include "sample_quantities.h"

namespace foray::simulator {

namespace {

constexpr int kWaves = 6;
constexpr double kSlack = 0.05;          // of a range, beyond its ends
constexpr std::size_t kMostCorners = 6;  // coordinates whose corners are looked at

// A field's waves over coordinates scaled to the unit cube.
class Waves {
 public:
  Waves(const SampleField& field, std::vector<Eigen::Index> over, std::uint64_t seed)
      : over_(std::move(over)), mean_(field.mean), spread_(field.spread) {
    Rng rng(seed);
    const auto size = static_cast<Eigen::Index>(over_.size());
    waves_.resize(size, kWaves);
    phases_.resize(kWaves);
    for (Eigen::Index k = 0; k < kWaves; ++k) {
      Eigen::VectorXd direction(size);
      do {
        for (double& part : direction) part = uniform(rng, -1, 1);
      } while (direction.norm() > 1 || direction.norm() < 1e-3);
      const double length = field.length * uniform(rng, 0.7, 1.5);
      waves_.col(k) = 2 * std::numbers::pi / length * direction.normalized();
      phases_[k] = uniform(rng, 0, 2 * std::numbers::pi);
    }
  }

  [[nodiscard]] double at(const Eigen::VectorXd& unit) const {
    Eigen::VectorXd place(static_cast<Eigen::Index>(over_.size()));
    for (Eigen::Index i = 0; i < place.size(); ++i)
      place[i] = unit[over_[static_cast<std::size_t>(i)]];
    const double sum = (waves_.transpose() * place + phases_).array().cos().sum();
    return mean_ + spread_ * std::sqrt(2.0 / kWaves) * sum;
  }

 private:
  std::vector<Eigen::Index> over_;
  double mean_, spread_;
  Eigen::MatrixXd waves_;
  Eigen::VectorXd phases_;
};

class ComposedLibrary final : public SampleLibrary {
 public:
  ComposedLibrary(const SampleSpec& spec, std::uint64_t seed);

  [[nodiscard]] std::vector<std::string> coordinates() const override {
    std::vector<std::string> names;
    for (const SampleCoordinate& one : spec_.coordinates) names.push_back(one.name);
    return names;
  }
  [[nodiscard]] std::vector<std::string> units() const override {
    std::vector<std::string> units;
    for (const SampleCoordinate& one : spec_.coordinates) units.push_back(one.unit);
    return units;
  }
  [[nodiscard]] Eigen::MatrixXd range() const override;
  [[nodiscard]] Scene scene(const Eigen::Ref<const Eigen::VectorXd>& position) const override;
  [[nodiscard]] GroundTruth truth(const Eigen::Ref<const Eigen::VectorXd>& position) const override;

 private:
  void add_fields(std::uint64_t seed);
  void check_corners() const;
  [[nodiscard]] std::vector<std::string> given_names() const;
  [[nodiscard]] Eigen::VectorXd inside(const Eigen::Ref<const Eigen::VectorXd>& position) const;
  [[nodiscard]] SampleSpec evaluated(const Eigen::VectorXd& at) const;
  [[nodiscard]] SampleSpec numbers(const Eigen::Ref<const Eigen::VectorXd>& position) const;

  SampleSpec spec_;
  std::uint64_t seed_;
  std::vector<Waves> waves_;
  Formulas formulas_;
  std::size_t first_ = 0;  // of the quantities among the formulas' values
};

ComposedLibrary::ComposedLibrary(const SampleSpec& spec, std::uint64_t seed)
    : spec_(spec), seed_(derive_seed(seed, "composed sample")), formulas_(given_names()) {
  check_sample(spec_);
  add_fields(seed);
  for (std::size_t i = 0; i < spec_.definitions.size(); ++i) {
    const SampleDefinition& one = spec_.definitions[i];
    formulas_.add("/definitions/" + std::to_string(i) + "/value", one.name, one.value);
  }
  first_ = spec_.coordinates.size() + spec_.fields.size() + spec_.definitions.size();
  for_each_quantity(spec_, [this](const std::string& place, const Quantity& quantity) {
    formulas_.add(place, "", quantity);
  });
  check_corners();
}

std::vector<std::string> ComposedLibrary::given_names() const {
  std::vector<std::string> names = coordinates();
  for (const SampleField& field : spec_.fields) names.push_back(field.name);
  return names;
}

void ComposedLibrary::add_fields(std::uint64_t seed) {
  const std::vector<std::string> names = coordinates();
  for (std::size_t i = 0; i < spec_.fields.size(); ++i) {
    const SampleField& field = spec_.fields[i];
    const std::string place = "/fields/" + std::to_string(i);
    require(!field.over.empty() && field.over.size() <= 4,
            place + "/over: expected one to four coordinates");
    require_in_range(place + "/length", field.length, 1e-3, 1e3);
    std::vector<Eigen::Index> over;
    for (const std::string& name : field.over) {
      const auto found = std::find(names.begin(), names.end(), name);
      require(found != names.end(), place + "/over: expected a coordinate, got \"" + name + "\"");
      over.push_back(found - names.begin());
    }
    waves_.emplace_back(field, std::move(over), derive_seed(seed, "field " + field.name));
  }
}

Eigen::MatrixXd ComposedLibrary::range() const {
  Eigen::MatrixXd range(static_cast<Eigen::Index>(spec_.coordinates.size()), 2);
  for (Eigen::Index i = 0; i < range.rows(); ++i) {
    const SampleCoordinate& one = spec_.coordinates[static_cast<std::size_t>(i)];
    range.row(i) << one.lower, one.upper;
  }
  return range;
}

Eigen::VectorXd ComposedLibrary::inside(const Eigen::Ref<const Eigen::VectorXd>& position) const {
  if (position.size() != static_cast<Eigen::Index>(spec_.coordinates.size())) {
    std::ostringstream text;
    text << spec_.name << ": position: expected " << spec_.coordinates.size() << " values, got "
         << position.size();
    throw std::invalid_argument(text.str());
  }
  Eigen::VectorXd result = position;
  for (Eigen::Index i = 0; i < result.size(); ++i) {
    const SampleCoordinate& one = spec_.coordinates[static_cast<std::size_t>(i)];
    if (one.from != SampleCoordinate::From::kParameter) {
      result[i] = std::clamp(result[i], one.lower, one.upper);
    }
    const double slack = kSlack * (one.upper - one.lower);
    const std::string unit = one.unit.empty() ? "" : " [" + one.unit + "]";
    require_in_range(spec_.name + ": " + one.name + unit, result[i], one.lower - slack,
                     one.upper + slack);
  }
  return result;
}

SampleSpec ComposedLibrary::evaluated(const Eigen::VectorXd& at) const {
  const Eigen::MatrixXd ends = range();
  const Eigen::VectorXd unit =
      (at - ends.col(0)).cwiseQuotient(Eigen::VectorXd(ends.col(1) - ends.col(0)));
  Eigen::VectorXd given(at.size() + static_cast<Eigen::Index>(waves_.size()));
  given.head(at.size()) = at;
  for (std::size_t i = 0; i < waves_.size(); ++i) {
    given[at.size() + static_cast<Eigen::Index>(i)] = waves_[i].at(unit);
  }
  const std::vector<double> values = formulas_.evaluate(given);
  SampleSpec result = spec_;
  std::size_t next = first_;
  for_each_quantity(
      result, [&](const std::string& /*place*/, Quantity& quantity) { quantity = values[next++]; });
  return result;
}

SampleSpec ComposedLibrary::numbers(const Eigen::Ref<const Eigen::VectorXd>& position) const {
  const Eigen::VectorXd at = inside(position);
  SampleSpec result = evaluated(at);
  const Eigen::MatrixXd ends = range();
  const Eigen::VectorXd held = at.cwiseMax(ends.col(0)).cwiseMin(ends.col(1));
  if (held == at) return result;
  // Fractions that go from 0 to 1 over the range would leave that a little beyond its ends.
  SampleSpec end = evaluated(held);
  for (std::size_t i = 0; i < end.phases.size(); ++i) {
    result.phases[i].fraction = std::move(end.phases[i].fraction);
  }
  return result;
}

Scene ComposedLibrary::scene(const Eigen::Ref<const Eigen::VectorXd>& position) const {
  const SampleSpec here = numbers(position);  // refuses a wrong number of values
  std::uint64_t seed = seed_;                 // grains are others at each place
  for (Eigen::Index i = 0; i < position.size(); ++i) {
    if (spec_.coordinates[static_cast<std::size_t>(i)].from != SampleCoordinate::From::kParameter)
      continue;
    seed = derive_seed(seed, std::bit_cast<std::uint64_t>(position[i]));
  }
  return compose_scene(here, seed);
}

GroundTruth ComposedLibrary::truth(const Eigen::Ref<const Eigen::VectorXd>& position) const {
  const SampleSpec here = numbers(position);
  const std::vector<double> share = fractions_of(here);
  const auto best = std::max_element(share.begin(), share.end()) - share.begin();
  const SamplePhase& phase = here.phases[static_cast<std::size_t>(best)];
  GroundTruth truth;
  truth.phase = phase.name;
  for (const auto& [name, value] : here.truth) truth.values[name] = number(value);
  for (std::size_t i = 0; i < share.size(); ++i) {
    truth.values["fraction_" + here.phases[i].name] = share[i];
  }
  for (const SampleComponent& component : phase.components) {
    if (truth.grain_size > 0) break;
    if (const auto* lattice = std::get_if<LatticeComponent>(&component)) {
      truth.grain_size = number(lattice->domain_nm);
      truth.period =
          0.1 * 2 * std::numbers::pi / shells(*lattice, number(lattice->spacing)).front().q;
    }
  }
  for (const auto& [name, value] : phase.truth) {
    if (name == "grain_size") {
      truth.grain_size = number(value);
    } else if (name == "period") {
      truth.period = number(value);
    } else {
      truth.values[name] = number(value);
    }
  }
  return truth;
}

void ComposedLibrary::check_corners() const {
  const Eigen::MatrixXd ends = range();
  std::map<std::string, std::string> problems;  // of components that nowhere have a share
  bool first = true;
  const auto look = [&](const Eigen::VectorXd& at) {
    const std::map<std::string, std::string> here = check_scene(numbers(at));
    std::erase_if(problems, [&](const auto& one) { return !here.contains(one.first); });
    if (std::exchange(first, false)) problems = here;
  };
  look(0.5 * (ends.col(0) + ends.col(1)));
  const auto free = std::min(spec_.coordinates.size(), kMostCorners);
  for (std::size_t corner = 0; corner < (std::size_t{1} << free); ++corner) {
    Eigen::VectorXd at = ends.col(0);
    for (std::size_t i = 0; i < free; ++i) {
      if ((corner >> i & 1U) != 0)
        at[static_cast<Eigen::Index>(i)] = ends(static_cast<Eigen::Index>(i), 1);
    }
    look(at);
  }
  if (!problems.empty()) throw std::invalid_argument(problems.begin()->second);
}

}  // namespace

std::unique_ptr<SampleLibrary> make_composed_library(const SampleSpec& spec, std::uint64_t seed) {
  return std::make_unique<ComposedLibrary>(spec, seed);
}

}  // namespace foray::simulator
