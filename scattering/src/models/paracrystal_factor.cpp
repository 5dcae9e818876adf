// The mean over orientations, one angle in closed form. About [111] the phases of the three
// primitive vectors are psi_k = A + B cos(phi + 2 pi k / 3), and e depends on the polar angle only:
// along phi, Z is an analytic function of period 2 pi whose mean is the sum of its residues in the
// upper half plane, at psi_k = 2 pi n +- i gamma. Those of |2 pi n - A| > B decay by
// exp(-2 pi sqrt(3)) from one n to the next, so that B / pi and a few matter.
#include "paracrystal_factor.h"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <numbers>
#include <queue>
#include <vector>

#include "foray/common/check.h"
#include "shapes.h"

namespace foray::scattering {
namespace {

using std::numbers::pi;
using std::numbers::sqrt3;

// Of what the 31 and the 15 points of all panels differ by. Tables of I(q) need 1e-7 at every q,
// and one average in a thousand is a hundred times as far off.
constexpr double kMeanTolerance = 1e-9;

// Above this gamma Z is 1 to 6 exp(-17) = 2.5e-7.
constexpr double kNoOrder = 17.0;

// Below this d_factor^2 x the peaks are too narrow for the rounding of phases, and the limit of
// small q is 1e-6 off, as about 5 d_factor^2 x.
constexpr double kNarrow = 2e-7;

// Panels that are halved, far above what any average took.
constexpr int kMostHalvings = 300'000;

// One cell at one q: x = q dnn.
class ReflectionShell {
 public:
  ReflectionShell(const PrimitiveCell& cell, double x, double d_factor)
      : x_(x),
        narrowness_(square(d_factor) * x),
        cosine_(cell.axes.row(0).sum() / sqrt3),
        across_(1 - square(cosine_)) {
    // gamma = d_factor^2 weight / 2 sum of psi_k^2, and that sum is 3 A^2 + 3/2 B^2.
    const double half = 0.5 * square(d_factor * x) * cell.weight;
    gamma_equator_ = 1.5 * half * across_;
    gamma_pole_ = 3 * half * square(cosine_);
  }

  [[nodiscard]] double x() const { return x_; }
  [[nodiscard]] bool is_narrow() const { return narrowness_ < kNarrow; }
  [[nodiscard]] double least_gamma() const { return std::min(gamma_equator_, gamma_pole_); }

  // Mean of Z for x to 0: all of it is where two of the phases vanish, six directions, each with
  // (2 pi)^2 / (x^2 sine between those vectors) times what the third vector makes there.
  [[nodiscard]] double narrow_mean() const {
    const double sine = std::sqrt(1 - square(square(cosine_) - 0.5 * across_));
    const double third = 1.5 * sqrt3 * cosine_ * across_ / sine;  // volume of the cell over sine
    // gamma is as psi^2: d_factor^2 weight / 2 of it.
    const double gamma = gamma_equator_ / (1.5 * across_) * square(third);
    const double ridge = square(std::sinh(0.5 * gamma)) + square(std::sin(0.5 * x_ * third));
    return 3 * pi * std::sinh(gamma) / (square(x_) * sine * ridge);
  }

  // Mean of Z over the azimuth at the cosine u of the angle to [111].
  [[nodiscard]] double azimuthal_mean(double u) const {
    const double gamma = gamma_equator_ + (gamma_pole_ - gamma_equator_) * square(u);
    const double a = x_ * cosine_ * u, b2 = square(x_) * across_ * (1 - square(u));
    // Residues are exp(2 gamma - sqrt(3) |Im R|), and Z may be as low as gamma^3.
    const double beyond = (2 * gamma + 25 + std::log1p(1 / gamma)) / sqrt3;
    const double reach = std::sqrt(b2 + square(beyond));
    const auto first = static_cast<int>(std::ceil((a - reach) / (2 * pi)));
    const auto last = static_cast<int>(std::floor((a + reach) / (2 * pi)));
    const Residues residues(a, b2, gamma, beyond);
    double sum = 0;
    for (int n = first; n <= last; ++n) sum += residues(n);
    return 6 * square(std::sinh(gamma)) * sum;
  }

  // Cosines of the angle to [111] of the directions where two of the phases are multiples of 2 pi,
  // in [0, 1]: where Z has its peaks.
  [[nodiscard]] std::vector<double> crossings() const {
    std::vector<double> out;
    const auto most = static_cast<int>(x_ / (2 * pi));
    for (int n = -most; n <= most; ++n) {
      for (int m = n; m <= most; ++m) {
        // psi_0 = N, psi_1 = M solved for B^2 = 4 A^2 - 4 A (N + M) + 4/3 (N^2 + N M + M^2).
        const double first = 2 * pi * n, second = 2 * pi * m;
        const double a = square(x_) * (4 * square(cosine_) + across_);
        const double half_b = 2 * x_ * cosine_ * (first + second);
        const double c =
            4.0 / 3 * (square(first) + first * second + square(second)) - square(x_) * across_;
        const double discriminant = square(half_b) - a * c;
        if (discriminant < 0) continue;
        for (const double root : {-std::sqrt(discriminant), std::sqrt(discriminant)}) {
          const double u = (half_b + root) / a;
          if (u > 0 && u < 1) out.push_back(u);
        }
      }
    }
    return out;
  }

 private:
  // i times the residue at psi_0 = 2 pi n + i gamma and, as its conjugate, at 2 pi n - i gamma,
  // over 2 sinh^2 gamma: Re 1 / (R (cosh gamma - cos psi_1) (cosh gamma - cos psi_2)), where
  // C = 2 pi n + i gamma - A, R = sqrt(B^2 - C^2) and psi_1,2 = A - C / 2 +- sqrt(3) / 2 R.
  class Residues {
   public:
    Residues(double a, double b2, double gamma, double beyond)
        : a_(a),
          b2_(b2),
          gamma_(gamma),
          beyond_(beyond),
          half_sine2_(square(std::sinh(0.5 * gamma))) {
      const double sine = std::sin(0.75 * a), cosine = std::cos(0.75 * a);
      const double sh = std::sinh(0.25 * gamma), ch = std::cosh(0.25 * gamma);
      sine_[0] = sine * ch;
      sine_[1] = -cosine * sh;
      cosine_[0] = cosine * ch;
      cosine_[1] = sine * sh;
    }

    double operator()(int n) const {
      // R, with the root that does not cancel.
      const double c = 2 * pi * n - a_;
      const double re2 = b2_ - square(c) + square(gamma_), im2 = -2 * c * gamma_;
      const double larger = std::sqrt(0.5 * (std::sqrt(square(re2) + square(im2)) + std::abs(re2)));
      const double smaller = 0.5 * std::abs(im2) / larger;
      const double re = re2 >= 0 ? larger : smaller;
      const double im = std::copysign(re2 >= 0 ? smaller : larger, im2);
      if (std::abs(im) > beyond_) return 0;
      // Sine and cosine of (A - C / 2) / 2, whose part of n are quarter turns, and of sqrt(3) / 4
      // R. An even number of them changes no sign that matters.
      const bool odd = n % 2 != 0;
      const double sr = odd ? -cosine_[0] : sine_[0], si = odd ? -cosine_[1] : sine_[1];
      const double cr = odd ? sine_[0] : cosine_[0], ci = odd ? sine_[1] : cosine_[1];
      const double turn = sqrt3 / 4 * re, growth = std::exp(sqrt3 / 4 * std::abs(im));
      const double ch = 0.5 * (growth + 1 / growth);
      const double sh = std::copysign(
          std::abs(im) > 0.1 ? 0.5 * (growth - 1 / growth) : std::sinh(sqrt3 / 4 * std::abs(im)),
          im);
      const double sine = std::sin(turn), cosine = std::cos(turn);
      const double tr = sine * ch, ti = cosine * sh, ur = cosine * ch, ui = -sine * sh;
      // sin(psi_1 / 2) and sin(psi_2 / 2) are a sum and a difference.
      const double pr = sr * ur - si * ui, pim = sr * ui + si * ur;
      const double mr = cr * tr - ci * ti, mi = cr * ti + ci * tr;
      const double fr = pr + mr, fi = pim + mi, gr = pr - mr, gi = pim - mi;
      // cosh gamma - cos psi = 2 (sinh^2(gamma / 2) + sin^2(psi / 2)).
      const double vr = half_sine2_ + fr * fr - fi * fi, vi = 2 * fr * fi;
      const double wr = half_sine2_ + gr * gr - gi * gi, wi = 2 * gr * gi;
      const double dr = vr * wr - vi * wi, di = vr * wi + vi * wr;
      return 0.25 * (dr * re - di * im) / ((dr * dr + di * di) * (re * re + im * im));
    }

   private:
    double a_, b2_, gamma_, beyond_, half_sine2_;
    double sine_[2] = {}, cosine_[2] = {};
  };

  double x_, narrowness_, cosine_, across_, gamma_equator_ = 0, gamma_pole_ = 0;
};

// Part of the range with its integral by 31 points and how far 15 of them are from it.
struct MeanPanel {
  double lower, upper, integral, error;
  bool operator<(const MeanPanel& other) const { return error < other.error; }
};

MeanPanel mean_panel(const ReflectionShell& shell, double lower, double upper) {
  using Fine = boost::math::quadrature::gauss_kronrod<double, 31>;
  using Coarse = boost::math::quadrature::gauss<double, 15>;
  const auto& node = Fine::abscissa();  // from 0 upwards; every second is one of the fifteen
  const double center = 0.5 * (lower + upper), half = 0.5 * (upper - lower);
  double fine = 0, coarse = 0;
  for (std::size_t i = 0; i < node.size(); ++i) {
    double both = shell.azimuthal_mean(center + half * node[i]);
    if (i > 0) both += shell.azimuthal_mean(center - half * node[i]);
    fine += Fine::weights()[i] * both;
    if (i % 2 == 0) coarse += Coarse::weights()[i / 2] * both;
  }
  return {lower, upper, half * fine, half * std::abs(fine - coarse)};
}

// Where panels begin and end: at the peaks, which are gamma / x wide, or, where they are more than
// the range has room for, evenly. Panels times residues are at most some 8 / d_factor^2.
std::vector<double> first_cuts(const ReflectionShell& shell) {
  const double width = shell.least_gamma() / shell.x();
  const double peaks = square(1 + shell.x() / pi);
  std::vector<double> cuts = {0, 1};
  if (peaks < 1 / width) {
    const std::vector<double> found = shell.crossings();
    cuts.insert(cuts.end(), found.begin(), found.end());
  } else {
    const int count = 2 + static_cast<int>(0.25 / width);
    for (int i = 1; i < count; ++i) cuts.push_back(static_cast<double>(i) / count);
  }
  std::sort(cuts.begin(), cuts.end());
  const auto close = [=](double a, double b) { return b - a < 0.1 * width; };
  cuts.erase(std::unique(cuts.begin(), cuts.end(), close), cuts.end());
  cuts.back() = 1;
  return cuts;
}

double mean_over_shell(const ReflectionShell& shell) {
  if (shell.least_gamma() > kNoOrder) return 1;
  if (shell.is_narrow()) return shell.narrow_mean();
  std::priority_queue<MeanPanel> panels;
  double integral = 0, error = 0;
  const auto add = [&](double lower, double upper) {
    const MeanPanel panel = mean_panel(shell, lower, upper);
    integral += panel.integral;
    error += panel.error;
    panels.push(panel);
  };
  const std::vector<double> cuts = first_cuts(shell);
  for (std::size_t i = 1; i < cuts.size(); ++i) add(cuts[i - 1], cuts[i]);
  // Phases are rounded to 1e-16 x and peaks are gamma wide.
  const double tolerance = kMeanTolerance + 1e-14 * shell.x() / shell.least_gamma();
  for (int halved = 0; error > tolerance * integral; ++halved) {
    ensure(halved < kMostHalvings, "mean_over_shell: expected an average that converges");
    const MeanPanel worst = panels.top();
    panels.pop();
    integral -= worst.integral;
    error -= worst.error;
    const double middle = 0.5 * (worst.lower + worst.upper);
    add(worst.lower, middle);
    add(middle, worst.upper);
  }
  return integral;
}

}  // namespace

PrimitiveCell simple_cubic() { return {Eigen::Matrix3d::Identity(), 1}; }

PrimitiveCell body_centered_cubic() {
  Eigen::Matrix3d axes;
  axes << -1, 1, 1, 1, -1, 1, 1, 1, -1;
  return {axes / sqrt3, 0.75};
}

PrimitiveCell face_centered_cubic() {
  Eigen::Matrix3d axes;
  axes << 0, 1, 1, 1, 0, 1, 1, 1, 0;
  return {axes / std::numbers::sqrt2, 0.5};
}

Eigen::ArrayXd oriented_paracrystal(const PrimitiveCell& cell, const Spacing& spacing,
                                    const Eigen::Matrix3Xd& q) {
  Eigen::ArrayXd out(q.cols());
  for (Eigen::Index i = 0; i < q.cols(); ++i) {
    const Eigen::Array3d phase = spacing.dnn * (cell.axes * q.col(i)).array();
    const double gamma = 0.5 * square(spacing.d_factor) * cell.weight * phase.square().sum();
    // 1 - 2 e cos(psi) + e^2 = (1 - e)^2 + 4 e sin^2(psi / 2), which does not cancel.
    const Eigen::Array3d ridge =
        square(std::expm1(-gamma)) + 4 * std::exp(-gamma) * (0.5 * phase).sin().square();
    out[i] = cube(-std::expm1(-2 * gamma)) / ridge.prod();
  }
  return out;
}

Eigen::ArrayXd mean_paracrystal(const PrimitiveCell& cell, const Spacing& spacing,
                                const Eigen::ArrayXd& q) {
  return q.unaryExpr([&](double value) {
    return mean_over_shell(ReflectionShell(cell, value * spacing.dnn, spacing.d_factor));
  });
}

}  // namespace foray::scattering
