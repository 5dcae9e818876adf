#include <algorithm>
#include <array>
#include <cmath>

#include "foray/common/check.h"
#include "foray/common/draws.h"
#include "phase.h"
#include "units.h"

namespace foray::simulator {

namespace {

// Each phase covers at least this share of the area; draws that do not are thrown away.
constexpr double kMinCoverage = 0.12;
constexpr int kCoverageGrid = 50;
constexpr int kMaxDraws = 10000;
// Softness of the transition; between two phases whose centres are c (in sides of the square)
// apart, the 10 to 90 % width is 4.4 kSoftness / c: from a quarter to two thirds of a millimetre.
constexpr double kSoftness = 0.0025;
constexpr double kMinSeparation = 0.35;  // of two centres; sides of the square
constexpr double kLeastShare = 0.005;    // fractions below it are left out

using Fractions = std::array<double, kPhases>;

// Two-parameter combinatorial film library: phases by the nearest of four centres in warped
// coordinates, hence smooth curved boundaries and places where three phases meet.
class FilmLibrary final : public SampleLibrary {
 public:
  explicit FilmLibrary(Rng& rng);

  [[nodiscard]] std::vector<std::string> coordinates() const override { return {"x", "y"}; }
  [[nodiscard]] Eigen::MatrixXd range() const override {
    return (Eigen::Matrix2d() << 0, 20, 0, 20).finished();
  }
  [[nodiscard]] Scene scene(const Eigen::Ref<const Eigen::VectorXd>& position) const override;
  [[nodiscard]] GroundTruth truth(const Eigen::Ref<const Eigen::VectorXd>& position) const override;

  [[nodiscard]] bool covers_all() const;

 private:
  [[nodiscard]] Fractions fractions(const Eigen::Vector2d& r) const;
  [[nodiscard]] Phase phase(const Eigen::Vector2d& r) const;
  [[nodiscard]] PhaseState state(const Eigen::Vector2d& r, Phase phase) const;

  Eigen::Matrix<double, 2, kPhases> centers_;
  std::array<double, kPhases> bias_{};
  double warp_;
  SmoothField warp_x_, warp_y_, grain_detail_, period_detail_, thickness_, turn_;
  Eigen::Vector2d grain_direction_, period_direction_;
  double grain_curvature_, director_;
};

Eigen::Vector2d direction(Rng& rng) {
  const double angle = uniform(rng, 0, 2 * kPi);
  return {std::cos(angle), std::sin(angle)};
}

FilmLibrary::FilmLibrary(Rng& rng)
    : warp_(uniform(rng, 0.06, 0.11)),
      warp_x_(rng),
      warp_y_(rng),
      grain_detail_(rng),
      period_detail_(rng),
      thickness_(rng),
      turn_(rng),
      grain_direction_(direction(rng)),
      period_direction_(direction(rng)),
      grain_curvature_(uniform(rng, -1.5, 1.5)),
      director_(uniform(rng, 0, kPi)) {
  for (std::size_t p = 0; p < kPhases; ++p) {
    const auto column = static_cast<Eigen::Index>(p);
    centers_.col(column) << uniform(rng, 0.1, 0.9), uniform(rng, 0.1, 0.9);
    bias_[p] = uniform(rng, -0.02, 0.02);
  }
}

Fractions FilmLibrary::fractions(const Eigen::Vector2d& r) const {
  const Eigen::Vector2d warped = r + warp_ * Eigen::Vector2d(warp_x_(r), warp_y_(r));
  Fractions score{};
  double best = -1e9;
  for (std::size_t p = 0; p < kPhases; ++p) {
    const auto column = static_cast<Eigen::Index>(p);
    score[p] = bias_[p] - 0.5 * (warped - centers_.col(column)).squaredNorm();
    best = std::max(best, score[p]);
  }
  double sum = 0;
  for (double& value : score) sum += value = std::exp((value - best) / kSoftness);
  for (double& value : score) value /= sum;
  return score;
}

Phase FilmLibrary::phase(const Eigen::Vector2d& r) const {
  const Fractions share = fractions(r);
  return static_cast<Phase>(std::max_element(share.begin(), share.end()) - share.begin());
}

PhaseState FilmLibrary::state(const Eigen::Vector2d& r, Phase phase) const {
  constexpr std::array<double, kPhases> kGrain = {1, 1, 0.86, 1.12};
  constexpr std::array<double, kPhases> kPeriod = {0.97, 1, 0.94, 1.03};
  const Eigen::Vector2d from_middle = r - Eigen::Vector2d(0.5, 0.5);
  const Eigen::Vector2d across(-grain_direction_[1], grain_direction_[0]);
  const double side = from_middle.dot(across);
  const double slope = 3.6 * from_middle.dot(grain_direction_) +
                       grain_curvature_ * 2 * side * side + 0.35 * grain_detail_(r);
  const auto p = static_cast<std::size_t>(phase);
  PhaseState result;
  result.grain_nm = kGrain[p] * (12.5 + 39 / (1 + std::exp(-slope)));
  result.period_nm =
      kPeriod[p] * 4 * (1 + 0.09 * from_middle.dot(period_direction_) + 0.015 * period_detail_(r));
  result.orientation = 0.72 + 0.08 * turn_(r);
  result.director = director_ + 0.5 * turn_(r);
  return result;
}

Scene FilmLibrary::scene(const Eigen::Ref<const Eigen::VectorXd>& position) const {
  const Eigen::Vector2d r = unit_position("film_library", position);
  const Fractions share = fractions(r);
  Scene scene;
  scene.power_law_scale = 250;
  scene.power_law_exponent = 3.6;
  scene.background = 0.35;
  scene.thickness_scale = 1 + 0.2 * thickness_(r);
  for (std::size_t p = 0; p < kPhases; ++p) {
    if (share[p] < kLeastShare) continue;
    const auto phase = static_cast<Phase>(p);
    add_phase(phase, share[p], state(r, phase), scene);
  }
  return scene;
}

GroundTruth FilmLibrary::truth(const Eigen::Ref<const Eigen::VectorXd>& position) const {
  const Eigen::Vector2d r = unit_position("film_library", position);
  const Phase dominant = phase(r);
  GroundTruth truth;
  truth.phase = name_of(dominant);
  if (dominant == Phase::kDisordered) return truth;
  const PhaseState here = state(r, dominant);
  truth.grain_size = here.grain_nm;
  truth.period = here.period_nm;
  return truth;
}

bool FilmLibrary::covers_all() const {
  for (Eigen::Index a = 0; a < centers_.cols(); ++a) {
    for (Eigen::Index b = 0; b < a; ++b) {
      if ((centers_.col(a) - centers_.col(b)).norm() < kMinSeparation) return false;
    }
  }
  std::array<int, kPhases> count{};
  for (int i = 0; i < kCoverageGrid; ++i) {
    for (int j = 0; j < kCoverageGrid; ++j) {
      const Eigen::Vector2d r((i + 0.5) / kCoverageGrid, (j + 0.5) / kCoverageGrid);
      ++count[static_cast<std::size_t>(phase(r))];
    }
  }
  const double least = *std::min_element(count.begin(), count.end());
  return least >= kMinCoverage * kCoverageGrid * kCoverageGrid;
}

}  // namespace

std::unique_ptr<SampleLibrary> make_film_library(std::uint64_t seed) {
  Rng rng(derive_seed(seed, "film_library"));
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    auto library = std::make_unique<FilmLibrary>(rng);
    if (library->covers_all()) return library;
  }
  ensure(false, "make_film_library: expected a draw in which every phase has its share, got none");
  return nullptr;
}

}  // namespace foray::simulator
