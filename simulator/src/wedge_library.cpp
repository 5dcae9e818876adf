#include <array>
#include <cmath>

#include "foray/common/draws.h"
#include "phase.h"

namespace foray::simulator {

namespace {

constexpr double kWedgeSoftness = 0.006;  // of the unit square; 10 to 90 % in half a millimetre

// A diblock whose composition grows along x: disordered, then lamellar, then hexagonal; the period
// grows with it. Boundaries bend a little along y, where the film is thinner towards one side.
class WedgeLibrary final : public SampleLibrary {
 public:
  explicit WedgeLibrary(Rng& rng)
      : first_(uniform(rng, 0.22, 0.36)),
        second_(uniform(rng, 0.58, 0.74)),
        period_(uniform(rng, 3.6, 4.2)),
        swelling_(uniform(rng, 0.25, 0.45)),
        bend_(rng),
        grain_(rng),
        thinning_(uniform(rng, -0.3, 0.3)) {}

  [[nodiscard]] std::vector<std::string> coordinates() const override { return {"x", "y"}; }
  [[nodiscard]] Eigen::MatrixXd range() const override {
    return (Eigen::Matrix2d() << 0, 20, 0, 20).finished();
  }
  [[nodiscard]] Scene scene(const Eigen::Ref<const Eigen::VectorXd>& position) const override;
  [[nodiscard]] GroundTruth truth(const Eigen::Ref<const Eigen::VectorXd>& position) const override;

 private:
  // Fractions of disordered, lamellar and hexagonal.
  [[nodiscard]] std::array<double, 3> fractions(const Eigen::Vector2d& r) const;
  [[nodiscard]] PhaseState state(const Eigen::Vector2d& r) const;

  double first_, second_;  // boundaries in x
  double period_, swelling_;
  SmoothField bend_, grain_;
  double thinning_;
};

double step(double x) { return 1 / (1 + std::exp(-x / kWedgeSoftness)); }

std::array<double, 3> WedgeLibrary::fractions(const Eigen::Vector2d& r) const {
  const double composition = r[0] + 0.05 * bend_(r);
  const double ordered = step(composition - first_), hexagonal = step(composition - second_);
  return {1 - ordered, ordered * (1 - hexagonal), ordered * hexagonal};
}

PhaseState WedgeLibrary::state(const Eigen::Vector2d& r) const {
  PhaseState result;
  result.period_nm = period_ * (1 + swelling_ * r[0]);
  const double middle = (r[0] - 0.5 * (first_ + second_)) / 0.3;
  result.grain_nm = 18 + 32 * std::exp(-0.5 * middle * middle) + 4 * grain_(r);
  return result;
}

Scene WedgeLibrary::scene(const Eigen::Ref<const Eigen::VectorXd>& position) const {
  const Eigen::Vector2d r = unit_position("diblock_wedge", position);
  Scene scene;
  scene.power_law_scale = 200;
  scene.power_law_exponent = 3.8;
  scene.background = 0.3;
  scene.thickness_scale = 1 + thinning_ * (r[1] - 0.5);
  const std::array<double, 3> share = fractions(r);
  for (std::size_t p = 0; p < share.size(); ++p) {
    if (share[p] >= 0.005) add_phase(static_cast<Phase>(p), share[p], state(r), scene);
  }
  return scene;
}

GroundTruth WedgeLibrary::truth(const Eigen::Ref<const Eigen::VectorXd>& position) const {
  const Eigen::Vector2d r = unit_position("diblock_wedge", position);
  const std::array<double, 3> share = fractions(r);
  std::size_t best = 0;
  for (std::size_t p = 1; p < share.size(); ++p) {
    if (share[p] > share[best]) best = p;
  }
  GroundTruth truth;
  truth.phase = name_of(static_cast<Phase>(best));
  if (best == 0) return truth;
  truth.grain_size = state(r).grain_nm;
  truth.period = state(r).period_nm;
  return truth;
}

}  // namespace

std::unique_ptr<SampleLibrary> make_wedge_library(std::uint64_t seed) {
  Rng rng(derive_seed(seed, "diblock_wedge"));
  return std::make_unique<WedgeLibrary>(rng);
}

}  // namespace foray::simulator
