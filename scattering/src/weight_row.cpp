#include "weight_row.h"

namespace foray::scattering {

WeightRow::WeightRow(const std::vector<Panel>& panels)
    : panels_(panels), weight_(panels.size() * kPanelNodes, 0.0) {}

void WeightRow::add(std::size_t panel, double q, double weight) {
  const PanelValues values = interpolation(panels_[panel], q);
  for (std::size_t k = 0; k < kPanelNodes; ++k) {
    weight_[panel * kPanelNodes + k] += weight * values[k];
  }
  total_ += weight;
}

void WeightRow::write(Eigen::Index row, std::vector<Eigen::Triplet<double>>& out) const {
  for (std::size_t k = 0; k < weight_.size(); ++k) {
    if (weight_[k] == 0) continue;
    out.emplace_back(static_cast<int>(row), static_cast<int>(k), weight_[k] / total_);
  }
}

Eigen::VectorXd nodes_of(const std::vector<Panel>& panels) {
  Eigen::VectorXd nodes(static_cast<Eigen::Index>(panels.size()) * kPanelNodes);
  for (std::size_t p = 0; p < panels.size(); ++p) {
    for (int k = 0; k < kPanelNodes; ++k) {
      nodes[static_cast<Eigen::Index>(p) * kPanelNodes + k] = node_of(panels[p], k);
    }
  }
  return nodes;
}

Eigen::SparseMatrix<double, Eigen::RowMajor> matrix_of(
    Eigen::Index rows, const std::vector<Panel>& panels,
    const std::vector<Eigen::Triplet<double>>& entries) {
  Eigen::SparseMatrix<double, Eigen::RowMajor> matrix(
      rows, static_cast<Eigen::Index>(panels.size()) * kPanelNodes);
  matrix.setFromTriplets(entries.begin(), entries.end());
  return matrix;
}

}  // namespace foray::scattering
