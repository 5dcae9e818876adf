#include "domain_patterns.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <vector>

namespace foray::simulator {
namespace {

using Eigen::Vector2d;

constexpr double kTurn = 2 * std::numbers::pi;

double drawn_between(CounterStream& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

// Distance from the nearest multiple of the period.
double from_multiple(double x, double period) {
  return std::abs(x - period * std::round(x / period));
}

class Stripes final : public DomainPattern {
 public:
  Stripes(const DomainFrame& frame, CounterStream& random)
      : across_(frame.across()), period_(frame.period), share_(drawn_between(random, 0.4, 0.6)) {
    offset_ = period_ * random.uniform();
    for (Bend& bend : bends_) {
      const double angle = kTurn * random.uniform();
      const double length = drawn_between(random, 5, 10) * period_;
      bend.wave = kTurn / length * Vector2d(std::cos(angle), std::sin(angle));
      bend.phase = kTurn * random.uniform();
    }
  }

  [[nodiscard]] double distance(const Vector2d& place) const override {
    double x = across_.dot(place) + offset_;
    Vector2d slope = across_;  // of x, which is not a distance where stripes are bent
    for (const Bend& bend : bends_) {
      const double phase = bend.wave.dot(place) + bend.phase;
      x += 0.12 * period_ * std::sin(phase);
      slope += 0.12 * period_ * std::cos(phase) * bend.wave;
    }
    return (0.5 * share_ * period_ - from_multiple(x, period_)) / slope.norm();
  }

 private:
  struct Bend {
    Vector2d wave = Vector2d::Zero();
    double phase = 0;
  };
  Vector2d across_;
  double period_, share_, offset_ = 0;
  std::array<Bend, 3> bends_;
};

class Labyrinth final : public DomainPattern {
 public:
  Labyrinth(const DomainFrame& frame, CounterStream& random) : wave_(kTurn / frame.period) {
    constexpr int kDrawnWaves = 48;
    constexpr double kSpread = 0.05;  // of the waves' lengths
    for (int k = 0; k < kDrawnWaves; ++k) {
      const double angle = kTurn * random.uniform();
      const double length = wave_ * (1 + kSpread * random.normal());
      waves_.emplace_back(length * std::cos(angle), length * std::sin(angle));
      phases_.push_back(kTurn * random.uniform());
    }
  }

  [[nodiscard]] double distance(const Vector2d& place) const override {
    double value = 0;
    Vector2d slope = Vector2d::Zero();
    for (std::size_t k = 0; k < waves_.size(); ++k) {
      const double phase = waves_[k].dot(place) + phases_[k];
      value += std::cos(phase);
      slope -= std::sin(phase) * waves_[k];
    }
    // Of a single wave this is sin(phase) / |k|, also at its crests, where there is no slope.
    const double scale = std::hypot(slope.norm(), wave_ * value);
    return scale > 0 ? value / scale : 0;
  }

 private:
  double wave_;
  std::vector<Vector2d> waves_;
  std::vector<double> phases_;
};

class Bubbles final : public DomainPattern {
 public:
  Bubbles(const DomainFrame& frame, CounterStream& random)
      : radius_(frame.period * drawn_between(random, 0.28, 0.36)) {
    const double vacancies = drawn_between(random, 0, 0.1);
    const Vector2d first = frame.period * frame.along();
    const Vector2d second = 0.5 * first + std::sqrt(0.75) * frame.period * frame.across();
    const Vector2d middle = 0.5 * frame.extent + random.uniform() * first;
    const auto most = static_cast<int>(std::ceil(frame.reach() / (0.8 * frame.period)));
    for (int i = -2 * most; i <= 2 * most; ++i) {
      for (int j = -most; j <= most; ++j) {
        const double dx = random.normal();
        const Vector2d jitter = 0.06 * frame.period * Vector2d(dx, random.normal());
        const bool there = random.uniform() >= vacancies;
        const Vector2d centre = middle + i * first + j * second + jitter;
        const bool seen = (centre - 0.5 * frame.extent).norm() <= frame.reach();
        if (there && seen) centres_.push_back(centre);
      }
    }
  }

  [[nodiscard]] double distance(const Vector2d& place) const override {
    double nearest = std::numeric_limits<double>::max();
    for (const Vector2d& centre : centres_) {
      nearest = std::min(nearest, (place - centre).squaredNorm());
    }
    return radius_ - std::sqrt(nearest);
  }

 private:
  double radius_;
  std::vector<Vector2d> centres_;
};

class Needles final : public DomainPattern {
 public:
  Needles(const DomainFrame& frame, CounterStream& random) {
    const auto rows = static_cast<int>(std::ceil(frame.reach() / frame.period));
    for (int row = -rows; row <= rows; ++row) {
      const Vector2d line = 0.5 * frame.extent + (row + drawn_between(random, -0.2, 0.2)) *
                                                     frame.period * frame.across();
      double at = -frame.reach() - drawn_between(random, 0, 8) * frame.period;
      while (at < frame.reach()) {
        Needle needle;
        needle.length = drawn_between(random, 4, 8) * frame.period;
        needle.half_width = drawn_between(random, 0.2, 0.34) * frame.period;
        const bool forwards = random.uniform() < 0.5;
        needle.axis = (forwards ? 1 : -1) * frame.along();
        needle.base = line + (forwards ? at : at + needle.length) * frame.along();
        needles_.push_back(needle);
        at += needle.length + drawn_between(random, 0.3, 1.5) * frame.period;
      }
    }
  }

  [[nodiscard]] double distance(const Vector2d& place) const override {
    double most = std::numeric_limits<double>::lowest();
    for (const Needle& needle : needles_) {
      const Vector2d from = place - needle.base;
      const double t = needle.axis.dot(from);
      const double off = std::abs(needle.axis.x() * from.y() - needle.axis.y() * from.x());
      const double slope = needle.half_width / needle.length;
      const double side = (needle.half_width - slope * t - off) / std::sqrt(1 + slope * slope);
      most = std::max(most, std::min(side, t));
    }
    return most;
  }

 private:
  struct Needle {
    Vector2d base = Vector2d::Zero(), axis = Vector2d::UnitX();
    double length = 1, half_width = 1;
  };
  std::vector<Needle> needles_;
};

class AcDomains final : public DomainPattern {
 public:
  AcDomains(const DomainFrame& frame, CounterStream& random)
      : period_(frame.period), half_band_(frame.period * drawn_between(random, 0.12, 0.2)) {
    const double size = 4 * frame.period;
    const auto count = static_cast<int>(std::ceil(frame.reach() / size));
    bool turned = false;
    for (int i = -count; i <= count; ++i) {
      for (int j = -count; j <= count; ++j) {
        Patch patch;
        const double dx = drawn_between(random, -0.35, 0.35);
        const Vector2d place(i + dx, j + drawn_between(random, -0.35, 0.35));
        patch.centre = 0.5 * frame.extent + size * place;
        turned = random.uniform() < 0.8 ? !turned : turned;
        patch.across = turned ? frame.across() : frame.along();
        patch.offset = period_ * random.uniform();
        patches_.push_back(patch);
      }
    }
  }

  [[nodiscard]] double distance(const Vector2d& place) const override {
    const Patch* nearest = nullptr;
    double least = std::numeric_limits<double>::max();
    for (const Patch& patch : patches_) {
      const double square = (place - patch.centre).squaredNorm();
      if (square < least) {
        least = square;
        nearest = &patch;
      }
    }
    return half_band_ - from_multiple(nearest->across.dot(place) + nearest->offset, period_);
  }

 private:
  struct Patch {
    Vector2d centre = Vector2d::Zero(), across = Vector2d::UnitX();
    double offset = 0;
  };
  double period_, half_band_;
  std::vector<Patch> patches_;
};

class Vortices final : public DomainPattern {
 public:
  Vortices(const DomainFrame& frame, CounterStream& random)
      : least_slope_(1 / frame.period), whole_(std::polar(1.0, kTurn * random.uniform())) {
    const auto count = static_cast<int>(std::ceil(frame.reach() / frame.period)) + 1;
    for (int i = -count; i <= count; ++i) {
      for (int j = -count; j <= count; ++j) {
        const double dx = drawn_between(random, -0.4, 0.4);
        const Vector2d place(i + dx, j + drawn_between(random, -0.4, 0.4));
        cores_.push_back(
            {0.5 * frame.extent + frame.period * place, (i + j) % 2 == 0 ? 1.0 : -1.0});
      }
    }
  }

  [[nodiscard]] double distance(const Vector2d& place) const override {
    std::complex<double> phase = whole_;
    Vector2d slope = Vector2d::Zero();
    for (const Core& core : cores_) {
      const Vector2d from = place - core.place;
      const double square = from.squaredNorm() + 1e-9;  // no direction at the core itself
      phase *= std::complex<double>(from.x(), core.sign * from.y()) / std::sqrt(square);
      slope += core.sign / square * Vector2d(-from.y(), from.x());
    }
    const double thrice = std::imag(phase * phase * phase);
    return thrice / std::max(3 * slope.norm(), least_slope_);
  }

 private:
  struct Core {
    Vector2d place;
    double sign;
  };
  double least_slope_;
  std::complex<double> whole_;
  std::vector<Core> cores_;
};

}  // namespace

Vector2d DomainFrame::along() const { return {std::cos(orientation), std::sin(orientation)}; }

Vector2d DomainFrame::across() const { return {-std::sin(orientation), std::cos(orientation)}; }

std::unique_ptr<const DomainPattern> draw_pattern(DomainKind kind, const DomainFrame& frame,
                                                  CounterStream& random) {
  switch (kind) {
    case DomainKind::kStripes:
      return std::make_unique<const Stripes>(frame, random);
    case DomainKind::kLabyrinth:
      return std::make_unique<const Labyrinth>(frame, random);
    case DomainKind::kBubbles:
      return std::make_unique<const Bubbles>(frame, random);
    case DomainKind::kNeedles:
      return std::make_unique<const Needles>(frame, random);
    case DomainKind::kAcDomains:
      return std::make_unique<const AcDomains>(frame, random);
    case DomainKind::kVortices:
      return std::make_unique<const Vortices>(frame, random);
  }
  throw std::logic_error("draw_pattern: a kind of domains without a pattern");
}

}  // namespace foray::simulator
