#pragma once

#include <Eigen/Core>

namespace foray::optimizer {

/// Differential entropy [nat] of a normal distribution: ln det(2 pi e C) / 2.
/// @param covariance  n x n, symmetric, positive definite.
/// @throws std::invalid_argument unless it is square and positive definite; so do all below.
[[nodiscard]] double entropy(const Eigen::Ref<const Eigen::MatrixXd>& covariance);

/// Kullback-Leibler divergence [nat] of N(mean_p, p) from N(mean_q, q):
/// (tr(q^-1 p) + (mean_q - mean_p)' q^-1 (mean_q - mean_p) - n + ln det q - ln det p) / 2. Not
/// symmetric: it diverges where q is certain and p is not.
[[nodiscard]] double divergence(const Eigen::Ref<const Eigen::VectorXd>& mean_p,
                                const Eigen::Ref<const Eigen::MatrixXd>& p,
                                const Eigen::Ref<const Eigen::VectorXd>& mean_q,
                                const Eigen::Ref<const Eigen::MatrixXd>& q);

/// Mutual information [nat] of the first `first` variables with the others.
[[nodiscard]] double mutual_information(const Eigen::Ref<const Eigen::MatrixXd>& covariance,
                                        Eigen::Index first);

/// By how much [nat] the joint entropy of the first `first` variables, taken together, and of each
/// other alone is less than the sum of theirs. Watanabe (1960), doi:10.1147/rd.41.0066.
[[nodiscard]] double total_correlation(const Eigen::Ref<const Eigen::MatrixXd>& covariance,
                                       Eigen::Index first);

}  // namespace foray::optimizer
