#include "foray/scattering/course.h"

#include <Eigen/QR>
#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <vector>

#include "foray/common/check.h"

namespace foray::scattering {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kParabola = 3;       // numbers of a parabola
constexpr Index kLeastFreedom = 4;   // fewer measure their own scatter too badly
constexpr Index kMostAbout = 256;    // about a gap: more would make a look too slow
constexpr double kRounding = 1e-12;  // of the numbers: below it scatter is none

// Measurements in the order of their places.
struct Series {
  std::vector<Index> column;  // as they came
  VectorXd place;
  MatrixXd others;  // n x d
  MatrixXd values;  // n x k
};

Series sorted(const Eigen::Ref<const VectorXd>& places, const Eigen::Ref<const MatrixXd>& others,
              const Eigen::Ref<const MatrixXd>& values) {
  Series series;
  series.column.resize(static_cast<std::size_t>(places.size()));
  std::iota(series.column.begin(), series.column.end(), Index{0});
  std::stable_sort(series.column.begin(), series.column.end(),
                   [&](Index a, Index b) { return places(a) < places(b); });
  series.place = places(series.column);
  series.others = others(Eigen::all, series.column).transpose();
  series.values = values(Eigen::all, series.column).transpose();
  return series;
}

// What is left of the numbers about a gap beside a smooth course.
struct Stretch {
  Index first = 0, count = 0;  // of the series
  MatrixXd smooth;             // orthonormal columns that span smooth courses
  MatrixXd rest;               // count x k
  VectorXd squares, floor;     // k: of the rest, and below which it is rounding
  [[nodiscard]] Index freedom() const { return count - smooth.cols() - 1; }
};

MatrixXd without(const MatrixXd& smooth, const MatrixXd& columns) {
  return columns - smooth * (smooth.transpose() * columns);
}

Stretch window_about(const Series& series, Index gap, double stretch, Index least) {
  const Index n = series.place.size();
  const double middle = (series.place(gap - 1) + series.place(gap)) / 2;
  Index begin = gap, end = gap;  // of what is taken
  const auto below = [&] { return begin > 0 ? middle - series.place(begin - 1) : INFINITY; };
  const auto above = [&] { return end < n ? series.place(end) - middle : INFINITY; };
  for (double next = std::min(below(), above());
       std::isfinite(next) &&
       ((next <= stretch / 2 && end - begin < kMostAbout) || end - begin < least);
       next = std::min(below(), above())) {
    if (below() <= above()) {
      --begin;
    } else {
      ++end;
    }
  }
  Stretch window{begin, end - begin, {}, {}, {}, {}};
  const VectorXd place = (series.place.segment(begin, window.count).array() - middle) / stretch;
  MatrixXd design(window.count, kParabola + series.others.cols());
  design << VectorXd::Ones(window.count), place, place.cwiseAbs2(),
      series.others.middleRows(begin, window.count);
  design.colwise().normalize();
  design = design.array().isFinite().select(design, 0.0).eval();  // a column of zeros
  const Eigen::ColPivHouseholderQR<MatrixXd> qr(design);
  window.smooth = MatrixXd(qr.householderQ() * MatrixXd::Identity(window.count, qr.rank()));
  const auto values = series.values.middleRows(begin, window.count);
  window.rest = without(window.smooth, values);
  window.squares = window.rest.colwise().squaredNorm();
  window.floor = (values.colwise().squaredNorm() * (kRounding * kRounding)).array().max(1e-300);
  return window;
}

// 0 below the gap; above it 1 for a step, the distance for a bend.
VectorXd shape_of(const Series& series, const Stretch& window, CourseShape kind, Index gap) {
  VectorXd shape = VectorXd::Zero(window.count);
  for (Index i = gap; i < window.first + window.count; ++i) {
    shape(i - window.first) =
        kind == CourseShape::kStep ? 1 : series.place(i) - series.place(gap - 1);
  }
  return without(window.smooth, shape);
}

// Places of a window on either side of a gap.
struct Sides {
  Index below = 0, above = 0;
};

Sides sides_of(const Series& series, const Stretch& window, Index gap) {
  const auto count = [&](Index begin, Index end) {
    Index places = begin < end ? 1 : 0;
    for (Index i = begin + 1; i < end; ++i) places += series.place(i) > series.place(i - 1) ? 1 : 0;
    return places;
  };
  return {count(window.first, gap), count(gap, window.first + window.count)};
}

bool enough(const Sides& sides, CourseShape kind) {
  return sides.below >= 2 && sides.above >= (kind == CourseShape::kStep ? 2 : 3);
}

struct Best {
  Index gap = 0;
  double t_squared = -1;
  CourseChange change;
};

void take_if_better(const Series& series, const Stretch& window, CourseShape kind, Index gap,
                    Best& best) {
  const VectorXd shape = shape_of(series, window, kind, gap);
  if (shape.norm() < 1e-9 * std::sqrt(static_cast<double>(window.count))) return;
  const VectorXd along = window.rest.transpose() * shape;
  const double length = shape.squaredNorm();
  Index number = -1;
  double most = 0;
  for (Index j = 0; j < along.size(); ++j) {
    const double gain = along(j) * along(j) / length;
    if (gain <= window.floor(j)) continue;
    const double left = std::max(window.squares(j) - gain, window.floor(j));
    const double t_squared = gain * static_cast<double>(window.freedom()) / left;
    if (t_squared > most) {
      most = t_squared;
      number = j;
    }
  }
  if (number < 0) return;
  const double log10_p = log10_student(most, window.freedom());
  const bool better = best.t_squared < 0 || log10_p < best.change.log10_p ||
                      (log10_p == best.change.log10_p && most > best.t_squared);
  if (!better) return;
  best.gap = gap;
  best.t_squared = most;
  best.change.shape = kind;
  best.change.number = number;
  best.change.log10_p = log10_p;
  best.change.size = along(number) / length;
  const double left = window.squares(number) - along(number) * along(number) / length;
  best.change.scatter = std::sqrt(std::max(left, 0.0) / static_cast<double>(window.freedom()));
}

// Where else it may be: where the misfit is about as small.
void take_neighbours(const Series& series, const Stretch& window, Best& best) {
  CourseChange& change = best.change;
  const Index number = change.number;
  const auto misfit = [&](Index gap) {
    const VectorXd shape = shape_of(series, window, change.shape, gap);
    const double along = window.rest.col(number).dot(shape);
    return std::max(window.squares(number) - along * along / shape.squaredNorm(),
                    window.floor(number));
  };
  const auto freedom = static_cast<double>(window.freedom());
  const boost::math::students_t_distribution<double> student(freedom);
  const double t = boost::math::quantile(student, 0.975);
  const double limit = misfit(best.gap) * (1 + t * t / freedom);
  Index lowest = best.gap, highest = best.gap;
  for (Index gap = window.first + 1; gap < window.first + window.count; ++gap) {
    if (series.place(gap) == series.place(gap - 1) || !(misfit(gap) <= limit)) continue;
    lowest = std::min(lowest, gap);
    highest = std::max(highest, gap);
  }
  const auto column = [&](Index i) { return series.column[static_cast<std::size_t>(i)]; };
  change.below = column(best.gap - 1);
  change.above = column(best.gap);
  Index low = lowest - 1;
  if (change.shape == CourseShape::kBend) {
    // Its kink is fitted at the lower end of a gap; the true one may lie on either side of that.
    while (low > 0 && series.place(low) == series.place(lowest - 1)) --low;
  }
  change.outer_below = column(low);
  change.outer_above = column(highest);
}

void check(const Eigen::Ref<const VectorXd>& places, const Eigen::Ref<const MatrixXd>& others,
           const Eigen::Ref<const MatrixXd>& values, const CourseOptions& options) {
  require(others.rows() == 0 || others.cols() == places.size(),
          "find_change: expected as many columns of others as places");
  require(values.rows() > 0 && values.cols() == places.size(),
          "find_change: expected as many columns of values as places, and a row at least");
  require(places.allFinite() && others.allFinite() && values.allFinite(),
          "find_change: expected finite numbers");
  require(std::isfinite(options.stretch) && options.stretch > 0,
          "find_change: expected a stretch above 0");
  require(options.chance > 0 && options.chance < 1, "find_change: expected a chance in (0, 1)");
}

}  // namespace

double log10_student(double t_squared, Index freedom) {
  constexpr double kLeast = -300;  // below it a probability is none to a computer
  if (!std::isfinite(t_squared)) return kLeast;
  const boost::math::students_t_distribution<double> student(static_cast<double>(freedom));
  const double tail = boost::math::cdf(boost::math::complement(student, std::sqrt(t_squared)));
  return std::max(std::log10(2 * tail), kLeast);
}

std::optional<CourseChange> find_change(const Eigen::Ref<const VectorXd>& places,
                                        const Eigen::Ref<const MatrixXd>& others,
                                        const Eigen::Ref<const MatrixXd>& values,
                                        const CourseOptions& options) {
  check(places, others, values, options);
  const Index least = kParabola + others.rows() + 1 + kLeastFreedom;
  if (places.size() < least) return std::nullopt;
  const MatrixXd beside = others.rows() == 0 ? MatrixXd(0, places.size()) : MatrixXd(others);
  const Series series = sorted(places, beside, values);
  Best best;
  Stretch of_best;
  double gaps = 0;
  for (Index gap = 1; gap < series.place.size(); ++gap) {
    if (series.place(gap) == series.place(gap - 1)) continue;
    ++gaps;
    const Stretch window = window_about(series, gap, options.stretch, least);
    if (window.freedom() < kLeastFreedom) continue;
    const Sides sides = sides_of(series, window, gap);
    const double before = best.t_squared;
    const Index gap_before = best.gap;
    for (const CourseShape kind : {CourseShape::kStep, CourseShape::kBend}) {
      if (enough(sides, kind)) take_if_better(series, window, kind, gap, best);
    }
    if (best.gap != gap_before || best.t_squared != before) of_best = window;
  }
  const double tests = 2 * gaps * static_cast<double>(values.rows());
  if (best.t_squared < 0 || best.change.log10_p > std::log10(options.chance / tests)) {
    return std::nullopt;
  }
  take_neighbours(series, of_best, best);
  return best.change;
}

}  // namespace foray::scattering
