#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "foray/simulator/frame_maker.h"
#include "foray/simulator/labels.h"
#include "radial_set.h"
#include "scene_tables.h"

namespace foray::simulator {

inline constexpr double kNextToNothing = 1e-200;  // counts, whose inverse would overflow
inline constexpr double kArcEta = 0.02;           // less orientation than this is none

// Some pixels, an entry for each.
struct Samples {
  Eigen::ArrayXd q;          // of what the sample scatters
  Eigen::ArrayXd q_outside;  // of what slits, air and windows scatter
  Eigen::ArrayXd x, y;       // the direction of chi
  Eigen::ArrayXd beam;       // counts per 1/cm
  Eigen::ArrayXd scale;      // the same, thickness and transmission through a surface included
  Eigen::ArrayXd total;      // expected counts of everything
  Eigen::ArrayXd dark;       // counts without beam, of hot pixels as well
  Eigen::ArrayXd parasitic;  // counts that come with the beam, without a sample
  Eigen::ArrayXd flat;       // counts of the sample's flat background
  Eigen::ArrayXd reflected;  // counts of the reflected beam
  Eigen::ArrayXd through;    // what an obstruction lets through
  Eigen::ArrayXd at_rim;     // 1 where what the sensor spreads crosses its rim, else 0
  Eigen::ArrayXd up, side;   // directions to the pixels
  GrazingPoints points;      // grazing incidence only
};

// Sums of a component over pixels whose counts end at a limit: what it adds to the counts below it.
class Sums {
 public:
  explicit Sums(double limit) : limit_(limit) {}
  void add(double s, double n) {
    if (!(n > kNextToNothing)) return;
    const double seen = std::min(n, limit_), added = seen - std::min(n - s, limit_);
    square_ += added * added / seen;
    counts_ += std::abs(added);
  }
  void add(const double* s, const double* n, Eigen::Index size);
  void add(const Eigen::ArrayXd& s, const Eigen::ArrayXd& n) { add(s.data(), n.data(), s.size()); }
  [[nodiscard]] double counts() const { return counts_; }
  [[nodiscard]] bool visible(double pixels_each, const VisibilityRule& rule) const {
    return std::sqrt(square_ * pixels_each) >= rule.signal_to_noise &&
           square_ >= rule.share * counts_ && counts_ > 0;
  }

 private:
  double limit_;
  double square_ = 0, counts_ = 0;
};

// The pixels of an exposure that labels are judged by: every n-th in both directions, so that about
// ten thousand are looked at; sums are scaled to all of them. Keeps references.
class JudgedPixels {
 public:
  JudgedPixels(const FrameMaker& maker, const Scene& scene, const SceneTables& tables,
               double exposure_s, const scattering::Image& expected, const VisibilityRule& rule);

  const FrameMaker& maker;
  const Scene& scene;
  const SceneTables& tables;
  const double exposure_s;
  const scattering::Image& expected;
  const VisibilityRule& rule;

  [[nodiscard]] const Samples& all() const { return all_; }
  // Where the sample may be seen: not below the horizon of an opaque substrate.
  [[nodiscard]] const Samples& seen() const { return tables.field ? seen_ : all_; }
  [[nodiscard]] double pixels_each() const { return pixels_each_; }
  [[nodiscard]] double total() const { return total_; }
  [[nodiscard]] double reach() const { return reach_; }

  // Of signals of seen().
  [[nodiscard]] Sums sum(const Eigen::ArrayXd& signal) const {
    Sums sums(maker.beamline().saturation);
    sums.add(signal, seen().total);
    return sums;
  }
  [[nodiscard]] bool visible(const Eigen::ArrayXd& signal) const {
    return sum(signal).visible(pixels_each_, rule);
  }
  // Whether what `law` adds to a signal, beyond its mean where it is seen, is visible.
  [[nodiscard]] bool varies(const Eigen::ArrayXd& signal, const Eigen::ArrayXd& law) const;
  [[nodiscard]] bool arc_visible(const Eigen::ArrayXd& isotropic, const AzimuthalLaw& law) const {
    return law.orientation > kArcEta && varies(isotropic, law.at(seen().x, seen().y));
  }

 private:
  [[nodiscard]] std::vector<Eigen::Index> good_pixels();
  void expect_the_rest();
  void set_the_rest(const std::vector<Eigen::Index>& pixels, Samples& samples) const;
  void set_shadows(const std::vector<Eigen::Index>& pixels, Samples& samples) const;
  [[nodiscard]] Samples samples_of(const std::vector<Eigen::Index>& pixels) const;

  Samples all_, seen_;
  // Expected counts: without a sample and with one that has a flat background alone, which are
  // there if the sensor spreads points, and of the reflected beam, if there is one.
  scattering::Image outside_, flat_, reflected_;
  double pixels_each_ = 1;  // pixels that one sample stands for
  double total_ = 0, reach_ = 0;
};

// The mean over all azimuths of I(q, x, y), at each q; from a table of log q that follows the waves
// of what is `size` large [1 / unit of q], or at each q where there are fewer.
Eigen::ArrayXd azimuthal_mean(
    const Eigen::ArrayXd& q, double size,
    const std::function<Eigen::ArrayXd(const Eigen::ArrayXd&, const Eigen::ArrayXd&,
                                       const Eigen::ArrayXd&)>& intensity);

}  // namespace foray::simulator
