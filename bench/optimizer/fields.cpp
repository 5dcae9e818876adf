#include "fields.h"

#include <cmath>
#include <numbers>
#include <random>

#include "foray/common/random.h"

namespace foray::bench {

namespace {

using Eigen::Vector2d;
using Eigen::VectorXd;

double logistic(double t) { return 1 / (1 + std::exp(-t)); }

// A slow background and five narrow bumps that lie together.
class Bumps final : public Field {
 public:
  explicit Bumps(unsigned seed) {
    Rng rng(seed);
    std::uniform_real_distribution<double> uniform;
    const Vector2d centre(0.25 + 0.5 * uniform(rng), 0.25 + 0.5 * uniform(rng));
    for (int i = 0; i < kCount; ++i) {
      centres_[i] = centre + 0.24 * Vector2d(uniform(rng) - 0.5, uniform(rng) - 0.5);
      heights_[i] = 0.5 + 0.5 * uniform(rng);
      widths_[i] = 0.03 + 0.03 * uniform(rng);
    }
    slope_ = Vector2d(uniform(rng) - 0.5, uniform(rng) - 0.5);
  }
  [[nodiscard]] VectorXd values(const Vector2d& x) const override {
    double sum = 0.3 * slope_.dot(x);
    for (int i = 0; i < kCount; ++i)
      sum +=
          heights_[i] * std::exp(-(x - centres_[i]).squaredNorm() / (2 * widths_[i] * widths_[i]));
    return VectorXd::Constant(1, sum);
  }

 private:
  static constexpr int kCount = 5;
  Vector2d centres_[kCount];
  double heights_[kCount] = {};
  double widths_[kCount] = {};
  Vector2d slope_;
};

// A step along a bent line, with slow slopes on both sides.
class Front final : public Field {
 public:
  explicit Front(unsigned seed) {
    Rng rng(seed);
    std::uniform_real_distribution<double> uniform;
    base_ = 0.35 + 0.3 * uniform(rng);
    bend_ = 0.2 * (uniform(rng) - 0.5);
    phase_ = 2 * std::numbers::pi * uniform(rng);
    turned_ = uniform(rng) < 0.5;
    slope_ = 0.2 * (uniform(rng) - 0.5);
  }
  [[nodiscard]] VectorXd values(const Vector2d& x) const override {
    const double u = turned_ ? x(1) : x(0);
    const double v = turned_ ? x(0) : x(1);
    const double distance = v - base_ - bend_ * std::sin(4 * u + phase_);
    return VectorXd::Constant(1, logistic(distance / 0.012) + slope_ * u);
  }

 private:
  double base_ = 0;
  double bend_ = 0;
  double phase_ = 0;
  double slope_ = 0;
  bool turned_ = false;
};

// A draw of a Gaussian process (squared exponential, lengthscale 0.2) by 200 random features.
class Stationary final : public Field {
 public:
  explicit Stationary(unsigned seed, double lengthscale = 0.2) {
    Rng rng(seed);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform(0, 2 * std::numbers::pi);
    for (int i = 0; i < kFeatures; ++i) {
      waves_.col(i) << normal(rng) / lengthscale, normal(rng) / lengthscale;
      phases_(i) = uniform(rng);
      weights_(i) = normal(rng) * std::sqrt(2.0 / kFeatures);
    }
  }
  [[nodiscard]] VectorXd values(const Vector2d& x) const override {
    const double draw = ((waves_.transpose() * x + phases_).array().cos() * weights_.array()).sum();
    return VectorXd::Constant(1, 0.5 + 0.25 * draw);
  }

 private:
  static constexpr int kFeatures = 200;
  Eigen::MatrixXd waves_{2, kFeatures};
  VectorXd phases_{kFeatures};
  VectorXd weights_{kFeatures};
};

// Probabilities of three classes whose scores are slow fields; their boundaries are narrow.
class Classes final : public Field {
 public:
  explicit Classes(unsigned seed)
      : scores_{Stationary(3 * seed, 0.45), Stationary(3 * seed + 1, 0.45),
                Stationary(3 * seed + 2, 0.45)} {}
  [[nodiscard]] VectorXd values(const Vector2d& x) const override {
    VectorXd p(3);
    for (int k = 0; k < 3; ++k) p(k) = std::exp(scores_[k].values(x)(0) / 0.03);
    return p / p.sum();
  }

 private:
  Stationary scores_[3];
};

template <typename Kind>
std::unique_ptr<Field> made(unsigned seed) {
  return std::make_unique<Kind>(seed);
}

optimizer::ObjectiveTerm term(optimizer::ObjectiveKind kind, int observables) {
  optimizer::ObjectiveTerm term;
  term.kind = kind;
  for (int k = 0; k < observables; ++k) term.observables.push_back("f" + std::to_string(k));
  term.level = 0.5;
  return term;
}

}  // namespace

std::vector<FieldCase> field_cases() {
  using Kind = optimizer::ObjectiveKind;
  std::vector<FieldCase> cases;
  cases.push_back({"bumps", term(Kind::kExplore, 1), false, made<Bumps>});
  cases.push_back({"front", term(Kind::kExplore, 1), false, made<Front>});
  cases.push_back({"stationary", term(Kind::kExplore, 1), false, made<Stationary>});
  cases.push_back({"level", term(Kind::kLevelSet, 1), true, made<Stationary>});
  cases.push_back({"classes", term(Kind::kBoundary, 3), true, made<Classes>});
  return cases;
}

}  // namespace foray::bench
