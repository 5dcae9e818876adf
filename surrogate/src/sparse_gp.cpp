#include "foray/surrogate/sparse_gp.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

#include "bounds.h"
#include "correlation.h"
#include "foray/common/check.h"
#include "foray/common/parallel.h"
#include "foray/surrogate/conditioned_model.h"
#include "gp_state.h"
#include "neighbour_cells.h"
#include "sparse_factor.h"

namespace foray::surrogate {

using detail::NeighbourCells;
using detail::SparseFactor;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

/// What copies share.
struct SparseGp::State {
  Kernel kernel;
  GpOptions options;
  Hyperparameters hyperparameters;
  double variance = 1;
  VectorXd lengthscales;  // d.
  detail::Correlation correlation;
  NeighbourCells cells;
  SparseFactor factor;
  VectorXd noise;  // n, nugget and jitter included.
  VectorXd y;
  VectorXd alpha;
  double mean = 0;
  double lml = 0;

  [[nodiscard]] MatrixXd scaled(const Ref<const MatrixXd>& x) const {
    return lengthscales.cwiseInverse().asDiagonal() * x;
  }

  // Covariances with the neighbours of one point and, below each, their derivatives in it.
  struct Near {
    std::vector<Index> index;
    MatrixXd values;  // (1 or 1 + d) x neighbours.
  };
  [[nodiscard]] Near near(const Ref<const VectorXd>& x, bool slopes) const {
    const VectorXd at = scaled(x);
    NeighbourCells::Neighbours found = cells.near(at);
    const auto count = static_cast<Index>(found.index.size());
    const Eigen::Map<const Eigen::ArrayXd> r2(found.r2.data(), count);
    Near result{std::move(found.index), MatrixXd(slopes ? 1 + x.size() : 1, count)};
    Eigen::ArrayXd values = r2;
    correlation.to_values(values);
    result.values.row(0) = variance * values.matrix().transpose();
    if (!slopes) return result;
    values = r2;
    correlation.to_slopes(values);
    for (Index i = 0; i < count; ++i)
      result.values.col(i).tail(x.size()) =
          -variance * values(i) *
          (at - cells.scaled().col(result.index[static_cast<std::size_t>(i)])).array() /
          lengthscales.array();
    return result;
  }

  [[nodiscard]] double mean_at(const Near& near) const {
    double sum = mean;
    for (std::size_t i = 0; i < near.index.size(); ++i)
      sum += near.values(0, static_cast<Index>(i)) * alpha(near.index[i]);
    return sum;
  }

  void check(const char* where, const Ref<const MatrixXd>& x) const {
    require(x.rows() == lengthscales.size(), std::string(where) + ": expected points of " +
                                                 std::to_string(lengthscales.size()) +
                                                 " coordinates, got " + std::to_string(x.rows()));
    require_finite(where, x);
  }

  // Calls `work` for blocks of columns with a thread's workspace.
  template <typename Work>
  void for_blocks(Index count, Work work) const {
    const Index blocks = (count + options.block - 1) / options.block;
    parallel_for(blocks, options.threads, [&](std::int64_t b) {
      SparseFactor::Workspace space(factor, 1);
      const Index begin = static_cast<Index>(b) * options.block;
      for (Index j = begin; j < std::min(count, begin + options.block); ++j) work(j, space);
    });
  }

  [[nodiscard]] std::vector<SparseFactor::Half> halves(const Ref<const MatrixXd>& x) const {
    std::vector<SparseFactor::Half> all(static_cast<std::size_t>(x.cols()));
    for_blocks(x.cols(), [&](Index j, SparseFactor::Workspace& space) {
      const Near at = near(x.col(j), false);
      all[static_cast<std::size_t>(j)] = factor.half(at.index, at.values, space);
    });
    return all;
  }
};

namespace {

GpOptions options_of(const Observations& data, const GpOptions& options) {
  return detail::options_for(options, data);
}

// The lower triangle of the covariance with noise.
Eigen::SparseMatrix<double> sparse_covariance(const NeighbourCells& cells,
                                              const detail::Correlation& correlation,
                                              double variance, const VectorXd& noise, int threads) {
  const Index n = noise.size();
  std::vector<NeighbourCells::Neighbours> columns(static_cast<std::size_t>(n));
  constexpr Index kBlock = 1024;
  parallel_for((n + kBlock - 1) / kBlock, threads, [&](std::int64_t b) {
    for (Index j = static_cast<Index>(b) * kBlock;
         j < std::min(n, (static_cast<Index>(b) + 1) * kBlock); ++j) {
      auto& column = columns[static_cast<std::size_t>(j)];
      column = cells.near(cells.scaled().col(j));
      const auto first = std::lower_bound(column.index.begin(), column.index.end(), j);
      const auto skipped = first - column.index.begin();
      column.index.erase(column.index.begin(), first);
      column.r2.erase(column.r2.begin(), column.r2.begin() + skipped);
    }
  });
  std::size_t entries = 0;
  for (const auto& column : columns) entries += column.index.size();
  require(entries < (std::size_t{1} << 30),
          "make_sparse_gp: " + std::to_string(entries / static_cast<std::size_t>(n)) +
              " neighbours of each point are too many; expected a smaller lengthscale");
  Eigen::SparseMatrix<double> matrix(n, n);
  matrix.reserve(static_cast<Index>(entries));
  for (Index j = 0; j < n; ++j) {
    auto& column = columns[static_cast<std::size_t>(j)];
    Eigen::Map<Eigen::ArrayXd> values(column.r2.data(), static_cast<Index>(column.r2.size()));
    correlation.to_values(values);
    matrix.startVec(j);
    for (std::size_t i = 0; i < column.index.size(); ++i)
      matrix.insertBack(column.index[i], j) =
          variance * column.r2[i] + (column.index[i] == j ? noise(j) : 0);
  }
  matrix.finalize();
  return matrix;
}

double mean_of(const GpOptions& options, const VectorXd& y, const SparseFactor& factor) {
  if (options.mean == MeanKind::kFixed) return options.fixed_mean;
  if (options.mean == MeanKind::kSampleMean) return y.mean();
  const double shift = y.mean();
  MatrixXd both(y.size(), 2);
  both << (y.array() - shift).matrix(), VectorXd::Ones(y.size());
  const MatrixXd half = factor.half(both);
  return shift + half.col(1).dot(half.col(0)) / half.col(1).squaredNorm();
}

}  // namespace

bool suits_sparse(const Observations& data, const GpOptions& options) {
  const GpOptions own = options_of(data, options);
  return own.kernel.kind == KernelKind::kWendland && own.kernel.axes.empty() &&
         !own.kernel.rotate && own.mean != MeanKind::kLinear && !has_bounds(data) &&
         data.shared.size() == 0;
}

SparseGp make_sparse_gp(const Observations& data, const Hyperparameters& hyperparameters,
                        const GpOptions& options) {
  constexpr const char* kWhere = "make_sparse_gp";
  check_observations(kWhere, data);
  validate(options);
  require(suits_sparse(data, options),
          "make_sparse_gp: expected a Wendland kernel over all coordinates, a constant mean, no "
          "bounds among the data and no errors that they share");
  const GpOptions own = options_of(data, options);
  Kernel kernel(own.kernel, data.x.rows());
  detail::check_hyperparameters(kWhere, hyperparameters, kernel);
  const Index d = data.x.rows();
  const VectorXd lengths = own.kernel.ard ? VectorXd(hyperparameters.kernel.tail(d))
                                          : VectorXd::Constant(d, hyperparameters.kernel(1));
  const double variance = hyperparameters.kernel(0);
  const detail::Correlation correlation{KernelKind::kWendland,
                                        static_cast<double>(own.kernel.smoothness), d};
  NeighbourCells cells(lengths.cwiseInverse().asDiagonal() * data.x);
  VectorXd noise = data.noise.array() + hyperparameters.nugget;
  SparseFactor factor(sparse_covariance(cells, correlation, variance, noise, own.threads),
                      variance + noise.mean(), kWhere);
  noise.array() += factor.jitter();
  const double mean = mean_of(own, data.y, factor);
  const VectorXd half = factor.half((data.y.array() - mean).matrix());
  VectorXd alpha = factor.back(half);
  const double lml = -0.5 * half.squaredNorm() - 0.5 * factor.log_determinant() -
                     0.5 * static_cast<double>(data.y.size()) * std::log(2 * std::numbers::pi);
  return SparseGp(std::make_shared<const SparseGp::State>(SparseGp::State{
      std::move(kernel), own, hyperparameters, variance, lengths, correlation, std::move(cells),
      std::move(factor), std::move(noise), data.y, std::move(alpha), mean, lml}));
}

Index SparseGp::dimension() const { return state_->lengthscales.size(); }
double SparseGp::log_marginal_likelihood() const { return state_->lml; }
double SparseGp::jitter() const { return state_->factor.jitter(); }
Index SparseGp::data_count() const { return state_->alpha.size(); }
Index SparseGp::factor_entries() const { return state_->factor.nonzeros(); }

Posterior SparseGp::predict(const Ref<const MatrixXd>& x) const {
  const State& s = *state_;
  s.check("SparseGp::predict", x);
  Posterior posterior{VectorXd(x.cols()), VectorXd(x.cols())};
  s.for_blocks(x.cols(), [&](Index j, SparseFactor::Workspace& space) {
    const State::Near near = s.near(x.col(j), false);
    posterior.mean(j) = s.mean_at(near);
    const double known = s.factor.half(near.index, near.values, space).values.squaredNorm();
    posterior.variance(j) = std::max(s.variance - known, 0.0);
  });
  return posterior;
}

VectorXd SparseGp::predict_mean(const Ref<const MatrixXd>& x) const {
  state_->check("SparseGp::predict_mean", x);
  VectorXd mean(x.cols());
  for (Index j = 0; j < x.cols(); ++j) mean(j) = state_->mean_at(state_->near(x.col(j), false));
  return mean;
}

Posterior SparseGp::prior(const Ref<const MatrixXd>& x) const {
  state_->check("SparseGp::prior", x);
  return {VectorXd::Constant(x.cols(), state_->mean),
          VectorXd::Constant(x.cols(), state_->variance)};
}

PosteriorGradient SparseGp::predict_with_gradient(const Ref<const VectorXd>& x) const {
  const State& s = *state_;
  s.check("SparseGp::predict_with_gradient", x);
  const State::Near near = s.near(x, true);
  SparseFactor::Workspace space(s.factor, 1 + x.size());
  const MatrixXd half = s.factor.half(near.index, near.values, space).values;
  PosteriorGradient result;
  result.mean = s.mean_at(near);
  result.variance = std::max(s.variance - half.row(0).squaredNorm(), 0.0);
  result.mean_gradient = VectorXd::Zero(x.size());
  for (std::size_t i = 0; i < near.index.size(); ++i)
    result.mean_gradient +=
        s.alpha(near.index[i]) * near.values.col(static_cast<Index>(i)).tail(x.size());
  result.variance_gradient = -2 * half.bottomRows(x.size()) * half.row(0).transpose();
  return result;
}

MatrixXd SparseGp::cross_covariance(const Ref<const MatrixXd>& a,
                                    const Ref<const MatrixXd>& b) const {
  const State& s = *state_;
  s.check("SparseGp::cross_covariance", a);
  s.check("SparseGp::cross_covariance", b);
  MatrixXd covariance = s.kernel.covariance(s.hyperparameters.kernel, a, b);
  const auto left = s.halves(a);
  const auto right = s.halves(b);
  for (Index i = 0; i < a.cols(); ++i)
    for (Index j = 0; j < b.cols(); ++j)
      covariance(i, j) -=
          products(left[static_cast<std::size_t>(i)], right[static_cast<std::size_t>(j)])(0, 0);
  return covariance;
}

JointPosterior SparseGp::joint(const Ref<const MatrixXd>& x) const {
  MatrixXd covariance = cross_covariance(x, x);
  covariance = (0.5 * (covariance + covariance.transpose())).eval();
  return {predict_mean(x), std::move(covariance)};
}

/// Keeps what the references have in the factor's rows.
class SparseCovarianceTo final : public CovarianceTo {
 public:
  SparseCovarianceTo(const SparseGp::State& state, const Ref<const MatrixXd>& references)
      : state_(state), references_(references), halves_(state.halves(references)) {}

  [[nodiscard]] MatrixXd values(const Ref<const MatrixXd>& x) const override {
    MatrixXd all(x.cols(), references_.cols());
    for (Index j = 0; j < x.cols(); ++j) all.row(j) = at(x.col(j), false).row(0);
    return all;
  }

  [[nodiscard]] MatrixXd with_gradient(const Ref<const VectorXd>& x) const override {
    return at(x, true);
  }

 private:
  [[nodiscard]] MatrixXd at(const Ref<const VectorXd>& x, bool slopes) const {
    const SparseGp::State& s = state_;
    const SparseGp::State::Near near = s.near(x, slopes);
    SparseFactor::Workspace space(s.factor, near.values.rows());
    const SparseFactor::Half half = s.factor.half(near.index, near.values, space);
    MatrixXd result(near.values.rows(), references_.cols());
    const VectorXd here = s.scaled(x);
    for (Index m = 0; m < references_.cols(); ++m) {
      const VectorXd apart = here - s.scaled(references_.col(m));
      Eigen::ArrayXd value = Eigen::ArrayXd::Constant(1, apart.squaredNorm());
      s.correlation.to_values(value);
      result(0, m) = s.variance * value(0);
      if (slopes) {
        value(0) = apart.squaredNorm();
        s.correlation.to_slopes(value);
        result.col(m).tail(x.size()) =
            -s.variance * value(0) * apart.array() / s.lengthscales.array();
      }
      result.col(m) -= products(half, halves_[static_cast<std::size_t>(m)]).col(0);
    }
    return result;
  }

  const SparseGp::State& state_;
  MatrixXd references_;
  std::vector<SparseFactor::Half> halves_;
};

std::unique_ptr<CovarianceTo> SparseGp::covariance_to(const Ref<const MatrixXd>& references) const {
  state_->check("SparseGp::covariance_to", references);
  return std::make_unique<SparseCovarianceTo>(*state_, references);
}

std::unique_ptr<Model> SparseGp::condition_on_pending(const Ref<const MatrixXd>& x,
                                                      const Ref<const VectorXd>& noise) const {
  return condition_model(std::make_shared<SparseGp>(*this), x, noise,
                         state_->hyperparameters.nugget);
}

/// As that of Gp, by pathwise conditioning: Wilson et al. (2020), arXiv:2002.09309, eq. 12.
class SparsePath final : public SamplePath {
 public:
  SparsePath(SparseGp model, Rng& rng) : model_(std::move(model)) {
    const SparseGp::State& s = *model_.state_;
    features_ = s.kernel.root().draw(s.hyperparameters.kernel, s.options.path_features, rng);
    std::normal_distribution<double> normal;
    weights_.resize(features_->count());
    for (double& weight : weights_) weight = normal(rng);
    const MatrixXd data = s.lengthscales.asDiagonal() * s.cells.scaled();
    VectorXd residual(data.cols());
    for (Index begin = 0; begin < data.cols(); begin += kBlock) {
      const Index count = std::min(kBlock, data.cols() - begin);
      residual.segment(begin, count) = prior(data.middleCols(begin, count));
    }
    for (Index i = 0; i < residual.size(); ++i) residual(i) += std::sqrt(s.noise(i)) * normal(rng);
    update_ = s.alpha - s.factor.back(VectorXd(s.factor.half(residual)));
  }

  [[nodiscard]] VectorXd evaluate(const Ref<const MatrixXd>& x) const override {
    const SparseGp::State& s = *model_.state_;
    s.check("SamplePath::evaluate", x);
    VectorXd values = prior(x).array() + s.mean;
    for (Index j = 0; j < x.cols(); ++j) {
      const SparseGp::State::Near near = s.near(x.col(j), false);
      for (std::size_t i = 0; i < near.index.size(); ++i)
        values(j) += near.values(0, static_cast<Index>(i)) * update_(near.index[i]);
    }
    return values;
  }

 private:
  static constexpr Index kBlock = 4096;  // Bounds the memory of features.

  [[nodiscard]] VectorXd prior(const Ref<const MatrixXd>& x) const {
    const SparseGp::State& s = *model_.state_;
    return features_->evaluate(detail::place(s.kernel, s.hyperparameters.kernel, x)) * weights_;
  }

  SparseGp model_;
  std::unique_ptr<detail::PriorFeatures> features_;
  VectorXd weights_;
  VectorXd update_;
};

std::optional<LeaveOneOut> SparseGp::left_out() const {
  const VectorXd diagonal = state_->factor.inverse_diagonal();
  const VectorXd error = state_->alpha.cwiseQuotient(diagonal);
  return LeaveOneOut{state_->y - error, diagonal.cwiseInverse(), error};
}

std::unique_ptr<SamplePath> SparseGp::draw_path(Rng& rng) const {
  return std::make_unique<SparsePath>(*this, rng);
}

}  // namespace foray::surrogate
