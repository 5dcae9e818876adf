#pragma once

#include <Eigen/Core>
#include <complex>
#include <map>
#include <utility>
#include <vector>

#include "fft.h"
#include "group_settings.h"
#include "unit_cell.h"

namespace foray::classifier {

// What of the share of power that a group does not keep counts as none and as some.
struct BreakLimits {
  double largest = 0.006;
  double least = 0.014;
};

struct GroupEvidence {
  double ratio = 0;   // log-likelihood ratio: holds against broken
  double broken = 0;  // most likely share of power that is not kept
  Eigen::Vector2d origin = Eigen::Vector2d::Zero();
};

// The Fourier coefficients of a mean cell with the power of pattern and noise by |k|.
class CellSpectrum {
 public:
  CellSpectrum(const UnitCell& cell, const Eigen::Matrix2d& basis, double smoothing);

  // How well a group holds, its origin where it holds best.
  [[nodiscard]] GroupEvidence evidence(const GroupSetting& setting, const BreakLimits& limits);

  // Log-likelihood ratio that the translation by step / parts maps the cell onto itself.
  [[nodiscard]] double finer(const Eigen::Vector2i& step, int parts,
                             const BreakLimits& limits) const;

  // The cell averaged over the operations of a group, as far as the listed coefficients tell.
  [[nodiscard]] Eigen::ArrayXXd symmetrised(const GroupSetting& setting,
                                            const Eigen::Vector2d& origin) const;

  // Power of the pattern in all coefficients, and of the noise.
  [[nodiscard]] double power() const { return (count_ * pattern_).sum(); }
  [[nodiscard]] double noise() const { return (count_ * noise_).sum(); }

 private:
  struct Coefficient {
    int h = 0;
    int k = 0;
    int bin = 0;
  };
  // Sums by |k| over what symmetrising takes away, and over what noise alone would lose by it.
  struct Residual {
    Eigen::ArrayXd power;
    Eigen::ArrayXd freedom;
  };
  // Coefficients as each operation predicts them.
  using Predicted = std::vector<std::vector<std::complex<double>>>;

  [[nodiscard]] int wrapped(int h) const { return (h % n_ + n_) % n_; }
  [[nodiscard]] int index(int h, int k) const { return wrapped(h) * n_ + wrapped(k); }
  // Sets a coefficient of a real plane's spectrum, and its opposite.
  void put(int h, int k, const std::complex<double>& value, Spectrum& spectrum) const;
  void list_coefficients(const Eigen::Matrix2d& basis);
  void measure_power(const std::vector<std::complex<double>>& error, double compared,
                     double smoothing);
  const Plane& correlation(const Eigen::Matrix2i& turn);
  [[nodiscard]] Eigen::Vector2d best_on_grid(const GroupSetting& setting);
  [[nodiscard]] Eigen::Vector2d refined(const GroupSetting& setting, Eigen::Vector2d origin) const;
  [[nodiscard]] Predicted predicted(const GroupSetting& setting,
                                    const Eigen::Vector2d& origin) const;
  [[nodiscard]] Residual residual(const GroupSetting& setting, const Predicted& predicted,
                                  const std::vector<int>& members) const;
  [[nodiscard]] GroupEvidence compare(const Residual& residual, const BreakLimits& limits) const;

  int n_;
  double mean_;
  std::vector<std::complex<double>> values_;  // n x n, wrapped
  std::vector<Coefficient> list_;             // half a plane, without the mean
  Eigen::ArrayXd length_;                     // mean |k| of a bin [1/pixel]
  Eigen::ArrayXd count_;
  Eigen::ArrayXd pattern_;  // mean power of a coefficient by bin
  Eigen::ArrayXd noise_;
  std::map<std::vector<int>, Plane> correlations_;  // by operation
};

}  // namespace foray::classifier
