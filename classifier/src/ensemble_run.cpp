#include "ensemble_run.h"

#include <algorithm>
#include <utility>

#include "foray/common/check.h"
#include "foray/common/parallel.h"

namespace foray::classifier {
namespace {

using Arrays = std::vector<std::vector<float>>;

void append(const Arrays& part, Arrays& whole) {
  whole.resize(part.size());
  for (std::size_t m = 0; m < part.size(); ++m) {
    whole[m].insert(whole[m].end(), part[m].begin(), part[m].end());
  }
}

}  // namespace

void require_shapes(const std::string& where, const LabelHierarchy& labels,
                    const std::vector<LabelledFrame>& examples) {
  const OutputLayout layout = output_layout(labels);
  for (const LabelledFrame& example : examples) {
    const bool fits = example.frame.image.size() == kImageChannels * kImageSide * kImageSide &&
                      example.frame.polar.size() == kPolarChannels * kPolarRows * kPolarSectors &&
                      example.frame.curve.size() == kCurveChannels * kPolarBins &&
                      example.frame.summary.size() == kSummarySize &&
                      example.frame.told.size() == examples.front().frame.told.size() &&
                      example.targets.softmax.size() == layout.softmax.size() &&
                      example.targets.sigmoid.size() == layout.sigmoid.size();
    require(fits,
            where + ": expected examples of the network's input and output shapes, got another");
  }
}

EnsembleResult run_all(const Ensemble& ensemble, const std::vector<const PreparedFrame*>& frames,
                       int threads) {
  constexpr std::size_t kBatch = 128;
  const std::size_t batches = (frames.size() + kBatch - 1) / kBatch;
  std::vector<EnsembleResult> parts(batches);
  parallel_for(static_cast<std::int64_t>(batches), threads, [&](std::int64_t b) {
    const auto begin = static_cast<std::ptrdiff_t>(b) * static_cast<std::ptrdiff_t>(kBatch);
    const auto end = std::min(static_cast<std::ptrdiff_t>(frames.size()),
                              begin + static_cast<std::ptrdiff_t>(kBatch));
    parts[static_cast<std::size_t>(b)] =
        ensemble.run({frames.begin() + begin, frames.begin() + end});
  });
  EnsembleResult all;
  all.shape = ensemble.shape();
  for (EnsembleResult& part : parts) {
    append(part.outputs, all.outputs);
    append(part.branches, all.branches);
    append(part.trunk, all.trunk);
    part = {};
  }
  return all;
}

EnsembleResult run_all(const Ensemble& ensemble, const std::vector<LabelledFrame>& examples,
                       int threads) {
  std::vector<const PreparedFrame*> frames;
  for (const LabelledFrame& one : examples) frames.push_back(&one.frame);
  return run_all(ensemble, frames, threads);
}

std::vector<std::vector<double>> mean_outputs(const Arrays& members, int outputs) {
  std::vector<std::vector<double>> all;
  const std::size_t count = members.empty() ? 0 : members.front().size() / outputs;
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<double> mean(outputs, 0.0);
    for (const auto& member : members) {
      for (int i = 0; i < outputs; ++i) {
        mean[i] += member[k * outputs + i] / static_cast<double>(members.size());
      }
    }
    all.push_back(std::move(mean));
  }
  return all;
}

std::vector<double> sample_variances(const std::vector<std::vector<double>>& rows) {
  const auto n = static_cast<double>(rows.size());
  std::vector<double> variances(rows.front().size(), 0.0);
  for (std::size_t k = 0; k < variances.size(); ++k) {
    double mean = 0;
    for (const auto& row : rows) mean += row[k] / n;
    for (const auto& row : rows) variances[k] += (row[k] - mean) * (row[k] - mean);
    variances[k] /= std::max(1.0, n - 1);
  }
  return variances;
}

std::vector<PathFigures> figures_of(const LabelHierarchy& labels,
                                    const std::vector<LabelledFrame>& examples,
                                    const std::vector<std::vector<double>>& probabilities) {
  const std::vector<std::string> paths = label_paths(labels);
  std::vector<std::vector<double>> probability(paths.size());
  std::vector<std::vector<int>> truth(paths.size());
  for (std::size_t k = 0; k < examples.size(); ++k) {
    const auto known = path_truth(labels, examples[k].targets);
    for (std::size_t path = 0; path < paths.size(); ++path) {
      if (known[path] < 0) continue;
      probability[path].push_back(probabilities[k][path]);
      truth[path].push_back(known[path]);
    }
  }
  std::vector<PathFigures> figures;
  for (std::size_t path = 0; path < paths.size(); ++path) {
    figures.push_back(path_figures(paths[path], probability[path], truth[path]));
  }
  return figures;
}

}  // namespace foray::classifier
