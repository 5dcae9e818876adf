#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "baselines.h"
#include "foray/classifier/training.h"

namespace foray::bench {

// Makes no child more likely than its parent; parents stand before their children.
void keep_hierarchy(const std::vector<std::string>& paths, PathScores& scores);

// Of one path among the rows for which its truth is known; NaN without positives.
double average_precision(const PathScores& scores, const std::vector<Picture>& test,
                         std::size_t path, const std::vector<std::size_t>& rows);

// Mean of the same over some paths, those without positives among the rows left out.
double mean_average_precision(const PathScores& scores, const std::vector<Picture>& test,
                              const std::vector<std::size_t>& paths,
                              const std::vector<std::size_t>& rows);

// F1 of all paths that are at least as likely as not, summed over the rows; what is not known does
// not count. Source: Kiritchenko, Matwin, Famili (2005): nodes with their ancestors.
double hierarchical_f1(const PathScores& scores, const std::vector<Picture>& test,
                       const std::vector<std::size_t>& rows);

}  // namespace foray::bench
