#pragma once

#include <string>
#include <vector>

#include "foray/classifier/training.h"
#include "network.h"

namespace foray::classifier {

// Refuses examples that are not of a network's shapes or of the hierarchy's decisions; the message
// begins with `where`.
void require_shapes(const std::string& where, const LabelHierarchy& labels,
                    const std::vector<LabelledFrame>& examples);

// What an ensemble makes of all frames; the number of threads does not change it.
EnsembleResult run_all(const Ensemble& ensemble, const std::vector<const PreparedFrame*>& frames,
                       int threads = 1);
EnsembleResult run_all(const Ensemble& ensemble, const std::vector<LabelledFrame>& examples,
                       int threads = 1);

// Mean over the ensemble of every example's outputs.
std::vector<std::vector<double>> mean_outputs(const std::vector<std::vector<float>>& members,
                                              int outputs);

// Sample variance of each column about its own mean; 0 of a single row.
std::vector<double> sample_variances(const std::vector<std::vector<double>>& rows);

// Figures of every path from the probabilities of every example.
std::vector<PathFigures> figures_of(const LabelHierarchy& labels,
                                    const std::vector<LabelledFrame>& examples,
                                    const std::vector<std::vector<double>>& probabilities);

}  // namespace foray::classifier
