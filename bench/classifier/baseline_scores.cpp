#include "baseline_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace foray::bench {

void keep_hierarchy(const std::vector<std::string>& paths, PathScores& scores) {
  for (std::size_t path = 0; path < paths.size(); ++path) {
    const auto slash = paths[path].rfind('/');
    if (slash == std::string::npos) continue;
    const auto parent = static_cast<std::size_t>(
        std::find(paths.begin(), paths.end(), paths[path].substr(0, slash)) - paths.begin());
    if (parent == paths.size()) continue;  // an aspect is no path
    for (auto& one : scores) one[path] = std::min(one[path], one[parent]);
  }
}

double average_precision(const PathScores& scores, const std::vector<Picture>& test,
                         std::size_t path, const std::vector<std::size_t>& rows) {
  std::vector<double> probability;
  std::vector<int> truth;
  for (const std::size_t k : rows) {
    if (test[k].truth[path] < 0) continue;
    probability.push_back(scores[k][path]);
    truth.push_back(test[k].truth[path]);
  }
  const auto figures = classifier::path_figures("", probability, truth);
  return figures.positives > 0 ? figures.average_precision
                               : std::numeric_limits<double>::quiet_NaN();
}

double mean_average_precision(const PathScores& scores, const std::vector<Picture>& test,
                              const std::vector<std::size_t>& paths,
                              const std::vector<std::size_t>& rows) {
  double sum = 0;
  int count = 0;
  for (const std::size_t path : paths) {
    const double one = average_precision(scores, test, path, rows);
    if (std::isnan(one)) continue;
    sum += one;
    ++count;
  }
  return sum / count;
}

double hierarchical_f1(const PathScores& scores, const std::vector<Picture>& test,
                       const std::vector<std::size_t>& rows) {
  double both = 0;
  double either = 0;
  for (const std::size_t k : rows) {
    for (std::size_t path = 0; path < scores[k].size(); ++path) {
      const int truth = test[k].truth[path];
      if (truth < 0) continue;
      const int told = scores[k][path] >= 0.5 ? 1 : 0;
      both += told * truth;
      either += told + truth;
    }
  }
  return either > 0 ? 2 * both / either : 0;
}

}  // namespace foray::bench
