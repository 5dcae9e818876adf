#include "foray/scattering/island_form.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>
#include <string>

#include "contrast.h"
#include "foray/common/check.h"
#include "models/quadrature.h"

namespace foray::scattering {

namespace {

using Complex = std::complex<double>;
using std::numbers::pi;

constexpr double kStepsPerFringe = 24;
constexpr double kLeastSteps = 8;  // of either axis
constexpr double kMostPlaces = 1e6;
constexpr double kSliceNodes = 20;         // of phase_rule
constexpr double kMostProducts = 3e9;      // of places, slices and turns: about ten seconds
constexpr double kMostSliceBytes = 200e6;  // of the slices of one turn and their waves
constexpr int kSizes = 15;                 // of a distribution
constexpr double kDeviations = 3;          // that they reach
constexpr double kFurtherTurns = 20;       // beyond the band of |F|^2 as a function of the turn

// The weights of four neighbours, t beyond the second of them: a cubic.
Eigen::Array4d cubic_weights(double t) {
  const double a = t - 1, b = t - 2, c = t + 1;
  return {-t * a * b / 6, 0.5 * c * a * b, -0.5 * c * t * b, t * a * c / 6};
}

struct Size {
  double factor, share;
};

std::vector<Size> sizes_of(double spread) {
  if (spread == 0) return {{1, 1}};
  std::vector<Size> sizes;
  double sum = 0;
  for (int i = 0; i < kSizes; ++i) {
    const double z = kDeviations * (2.0 * i / (kSizes - 1) - 1);
    sizes.push_back({1 + z * spread, std::exp(-0.5 * z * z)});
    sum += sizes.back().share;
  }
  for (Size& size : sizes) size.share /= sum;
  return sizes;
}

// Between two mirrors; with their images so many times twice the symmetry, equally spaced.
double turns_of(const SurfaceShape& shape, double q_max) {
  const int symmetry = symmetry_of(shape);
  if (symmetry == 0) return 1;
  return std::ceil((2 * q_max * reach_of(shape) + kFurtherTurns) / (2 * symmetry));
}

// What a slice times its waves turns through from the lowest to the highest.
double phase_across(const SurfaceShape& shape, double k_waves, double q_max) {
  // Slices between upright walls are all the same.
  const double along = has_upright_walls(shape) ? 0 : q_max * reach_of(shape);
  return k_waves * height_of(shape) + along;
}

// Directions along the surface that stand for all turns, up to q_max.
std::vector<Eigen::Vector2d> directions_of(const SurfaceShape& shape, double q_max) {
  const int symmetry = symmetry_of(shape);
  if (symmetry == 0) return {{0, 1}};
  const int count = static_cast<int>(turns_of(shape, q_max));
  std::vector<Eigen::Vector2d> directions;
  for (int i = 0; i < count; ++i) {
    const double turn = pi / symmetry * (i + 0.5) / count;  // from the mirror
    directions.emplace_back(std::sin(turn), std::cos(turn));
  }
  return directions;
}

// Means over turns and sizes of G- and G+, a row for each k_z and a column for each q.
struct Means {
  Eigen::ArrayXXd square_minus, square_plus;
  Eigen::ArrayXXcd product, minus, plus;

  Means(Eigen::Index rows, Eigen::Index columns)
      : square_minus(Eigen::ArrayXXd::Zero(rows, columns)),
        square_plus(square_minus),
        product(Eigen::ArrayXXcd::Zero(rows, columns)),
        minus(product),
        plus(product) {}

  void add(const Eigen::ArrayXXcd& g_minus, const Eigen::ArrayXXcd& g_plus, double share) {
    square_minus += share * g_minus.abs2();
    square_plus += share * g_plus.abs2();
    product += share * g_plus * g_minus.conjugate();
    minus += share * g_minus;
    plus += share * g_plus;
  }
};

// What the waves are in the layer of the islands.
struct Beam {
  LayerField in;
  double height = 0;  // of the islands' lowest points above the interface

  // Times exp(i kz z) of what goes out.
  [[nodiscard]] Complex at(double z) const {
    const Complex phase = Complex(0, z + height) * in.kz;
    return in.transmitted * std::exp(-phase) + in.reflected * std::exp(phase);
  }
};

// Adds a shape of one size, in all turns.
void add_shape(const SurfaceShape& shape, double share, const Beam& beam, const Eigen::ArrayXd& kz,
               const Eigen::ArrayXd& q, Means& means) {
  const double q_max = q.maxCoeff(), kz_max = kz.maxCoeff();
  const double phase = phase_across(shape, std::abs(beam.in.kz) + kz_max, q_max);
  const Rule rule = phase_rule(0, height_of(shape), phase);
  const Eigen::Index nodes = rule.node.size();
  Eigen::MatrixXcd minus(kz.size(), nodes), plus(kz.size(), nodes);
  for (Eigen::Index n = 0; n < nodes; ++n) {
    const double z = rule.node[n];
    const Complex field = rule.weight[n] * beam.at(z);
    for (Eigen::Index i = 0; i < kz.size(); ++i) {
      const Complex out = std::exp(Complex(0, kz[i] * (z + beam.height)));
      minus(i, n) = field * std::conj(out);
      plus(i, n) = field * out;
    }
  }
  const std::vector<Eigen::Vector2d> directions = directions_of(shape, q_max);
  Eigen::MatrixXcd slices(nodes, q.size());
  for (const Eigen::Vector2d& direction : directions) {
    for (Eigen::Index j = 0; j < q.size(); ++j) {
      for (Eigen::Index n = 0; n < nodes; ++n) {
        slices(n, j) = slice(shape, q[j] * direction.x(), q[j] * direction.y(), rule.node[n]);
      }
    }
    means.add((minus * slices).array(), (plus * slices).array(),
              share / static_cast<double>(directions.size()));
  }
}

// Shapes whose sizes along the surface are `factor` times as large: area^2 or area times what the
// shape has at q times it.
Means spread_along(const Means& means, const std::vector<Size>& sizes, Eigen::Index columns) {
  Means result(means.minus.rows(), columns);
  for (Eigen::Index j = 0; j < columns; ++j) {
    const double from = std::abs(static_cast<double>(j - 1));  // they are even
    for (const Size& size : sizes) {
      const double place = 1 + from * size.factor;
      const auto left = static_cast<Eigen::Index>(place);
      const Eigen::Array4d weights = cubic_weights(place - static_cast<double>(left));
      const double area = size.factor * size.factor;
      for (Eigen::Index k = 0; k < 4; ++k) {
        const double mean = size.share * area * weights[k], square = area * mean;
        const Eigen::Index column = left - 1 + k;
        result.square_minus.col(j) += square * means.square_minus.col(column);
        result.square_plus.col(j) += square * means.square_plus.col(column);
        result.product.col(j) += square * means.product.col(column);
        result.minus.col(j) += mean * means.minus.col(column);
        result.plus.col(j) += mean * means.plus.col(column);
      }
    }
  }
  return result;
}

// An entry for each row of each column: the moments of G- and G+, then those of their means.
std::vector<Eigen::Array<float, 8, 1>> table_of(const Means& means, double scale) {
  std::vector<Eigen::Array<float, 8, 1>> table;
  table.reserve(static_cast<std::size_t>(means.minus.size()));
  for (Eigen::Index j = 0; j < means.minus.cols(); ++j) {
    for (Eigen::Index i = 0; i < means.minus.rows(); ++i) {
      const Complex product = means.product(i, j), minus = means.minus(i, j);
      const Complex plus = means.plus(i, j), mean_product = plus * std::conj(minus);
      Eigen::Array<double, 8, 1> entry;
      entry << means.square_minus(i, j), means.square_plus(i, j), product.real(), product.imag(),
          std::norm(minus), std::norm(plus), mean_product.real(), mean_product.imag();
      table.emplace_back((scale * entry).cast<float>());
    }
  }
  return table;
}

void check_arguments(const GrazingSample& sample, double spread, double q_max, double kz_max) {
  validate(sample);
  require(sample.layer == 0 && sample.mixture.empty(),
          "IslandForm: expected islands of one shape in the first layer");
  require_in_range("IslandForm: spread", spread, 0, 0.3);
  require_in_range("IslandForm: q_max", q_max, 1e-12, 1e3);
  require_in_range("IslandForm: kz_max", kz_max, 1e-12, 1e3);
}

// Refuses a table of `rows` by `columns` places that would take minutes, before anything is made.
void check_work(const SurfaceShape& shape, double k_waves, double q_max, double rows,
                double columns, double sizes) {
  const double phase = phase_across(shape, k_waves, q_max);
  // Beyond what phase_panels takes there is too much to do anyway.
  const double nodes = phase < 1e6 ? kSliceNodes * phase_panels(phase) : phase;
  const double products = rows * columns * nodes * turns_of(shape, q_max) * sizes;
  const double bytes = static_cast<double>(sizeof(Complex)) * nodes * (columns + 2 * rows);
  if (products <= kMostProducts && bytes <= kMostSliceBytes) return;
  std::ostringstream text;
  text << "IslandForm: expected a smaller shape for a detector that reaches q " << q_max
       << " / angstrom, got one of a reach of " << reach_of(shape) << " and a height of "
       << height_of(shape) << " angstrom, too large to tabulate";
  require(false, text.str());
}

Eigen::ArrayXd places(Eigen::Index count, double steps) {
  return (Eigen::ArrayXd::LinSpaced(count, 0, static_cast<double>(count - 1)) - 1) / steps;
}

}  // namespace

IslandForm::IslandForm(const GrazingSample& sample, double spread, double wavelength,
                       double alpha_i, double q_max, double kz_max) {
  check_arguments(sample, spread, q_max, kz_max);
  const double largest = 1 + kDeviations * spread;
  const double fringes = q_max * largest * reach_of(sample.shape) / pi;
  const double kz_fringes =
      kz_max * (largest * height_of(sample.shape) + 2 * std::abs(sample.height)) / (2 * pi);
  q_steps_ = std::max(kLeastSteps, std::ceil(kStepsPerFringe * fringes)) / q_max;
  kz_steps_ = std::max(kLeastSteps, std::ceil(kStepsPerFringe * kz_fringes)) / kz_max;
  // One place before 0 and two beyond the end.
  const double all = (q_max * largest * q_steps_ + 5) * (kz_max * kz_steps_ + 5);
  if (!(all <= kMostPlaces)) {
    std::ostringstream text;
    text << "IslandForm: expected a shape with fewer fringes up to q " << q_max
         << " / angstrom, got " << fringes << " along the surface and " << kz_fringes << " across";
    require(false, text.str());
  }
  rows_ = static_cast<Eigen::Index>(std::ceil(kz_max * kz_steps_)) + 4;
  columns_ = static_cast<Eigen::Index>(std::ceil(q_max * q_steps_)) + 4;
  const Beam beam{layer_fields(sample.stack, wavelength, alpha_i)[0], sample.height};
  const Eigen::ArrayXd kz = places(rows_, kz_steps_);
  const std::vector<Size> sizes = sizes_of(spread);
  const auto* sphere = std::get_if<SurfaceSphere>(&sample.shape);
  // Larger shapes have at a q what this one has beyond it.
  const bool along = sphere == nullptr && spread > 0;
  const auto base =
      along ? static_cast<Eigen::Index>(std::ceil(static_cast<double>(columns_ - 2) * largest)) + 4
            : columns_;
  // A sphere is summed size by size, the largest of which has the most slices.
  SurfaceShape worst = sample.shape;
  if (sphere != nullptr) worst = SurfaceSphere{largest * sphere->radius};
  check_work(worst, std::abs(beam.in.kz) + kz_max, along ? largest * q_max : q_max,
             static_cast<double>(rows_), static_cast<double>(base),
             sphere != nullptr ? static_cast<double>(sizes.size()) : 1);
  Means means(rows_, base);
  if (sphere != nullptr) {
    for (const Size& size : sizes) {
      add_shape(SurfaceSphere{size.factor * sphere->radius}, size.share, beam, kz,
                places(base, q_steps_), means);
    }
  } else {
    add_shape(sample.shape, 1, beam, kz, places(base, q_steps_), means);
    if (along) means = spread_along(means, sizes, columns_);
  }
  const double k = 2 * pi / wavelength;
  const Complex strength = k * k / (4 * pi) * index_contrast(sample, sample.stack.layers[0]);
  table_ = table_of(means, sample.density * std::norm(strength) / std::sin(alpha_i));
}

IslandForm::Moments IslandForm::at(double q, double kz, const Complex& reflected) const {
  const double across = std::max(0.0, kz * kz_steps_) + 1, along = std::max(0.0, q * q_steps_) + 1;
  const auto i = std::min(static_cast<Eigen::Index>(across), rows_ - 3);
  const auto j = std::min(static_cast<Eigen::Index>(along), columns_ - 3);
  const Eigen::Array4f row = cubic_weights(across - static_cast<double>(i)).cast<float>();
  const Eigen::Array4f column = cubic_weights(along - static_cast<double>(j)).cast<float>();
  Entry sum = Entry::Zero();
  for (Eigen::Index c = 0; c < 4; ++c) {
    const Entry* entry = table_.data() + rows_ * (j - 1 + c) + i - 1;
    sum +=
        column[c] * (row[0] * entry[0] + row[1] * entry[1] + row[2] * entry[2] + row[3] * entry[3]);
  }
  const double norm = std::norm(reflected);
  const auto moment = [&](Eigen::Index first) {
    const Complex product(sum[first + 2], sum[first + 3]);
    // What is interpolated may fall short of 0.
    return std::max(0.0, sum[first] + norm * sum[first + 1] + 2 * (reflected * product).real());
  };
  return {moment(0), moment(4)};
}

}  // namespace foray::scattering
