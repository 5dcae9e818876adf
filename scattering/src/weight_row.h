#pragma once

#include <Eigen/SparseCore>
#include <vector>

#include "panels.h"

namespace foray::scattering {

// No integral over a spread of q goes below this part of q.
inline constexpr double kLowestPart = 0.25;

// What each node of a curve's panels counts for in one smeared value: a mean of the curve over
// places that are added one by one.
class WeightRow {
 public:
  explicit WeightRow(const std::vector<Panel>& panels);

  // The curve at a q that the panel holds.
  void add(std::size_t panel, double q, double weight);

  void write(Eigen::Index row, std::vector<Eigen::Triplet<double>>& out) const;

 private:
  const std::vector<Panel>& panels_;
  std::vector<double> weight_;
  double total_ = 0;
};

// All nodes of the panels, ascending.
Eigen::VectorXd nodes_of(const std::vector<Panel>& panels);

// Rows as a matrix.
Eigen::SparseMatrix<double, Eigen::RowMajor> matrix_of(
    Eigen::Index rows, const std::vector<Panel>& panels,
    const std::vector<Eigen::Triplet<double>>& entries);

}  // namespace foray::scattering
