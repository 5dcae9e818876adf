// Everything that a campaign file can name carries a short campaign to its end, and through the
// loss of its process, or it does not count as being there. A new kind is a new row.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "campaign/fakes.h"
#include "campaign_bench.h"
#include "foray/deep/torch_network.h"
#include "foray/journal/sqlite_journal.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "helpers.h"

namespace foray::instruments {
namespace {

using campaign::CampaignState;
using campaign::Proposed;
using campaign::testing::proposal_bits;
using campaign::testing::records;

struct Row {
  const char* name;
  const char* objective;
  const char* more;       // Further members of the campaign file, each with a comma before it.
  const char* says;       // What every proposal after the initial design says chose it.
  const char* of_f = "";  // Further members of the observable f.
  const char* parameters = "";                         // Empty: kSquare.
  const char* ends = "budget: 12 of 12 measurements";  // How its reason begins.
  const char* begins = "initial_design";               // What chose the first five.
  int measurements = 12;                               // Its budget.
};

const char* const kSquare =
    R"([{"name": "x", "range": [0, 1], "speed": 0.5}, {"name": "y", "range": [0, 1], "speed": 0.5}])";

const char* const kMaximise = R"({"kind": "maximise", "observable": "f"})";
const char* const kMinimise = R"({"kind": "minimise", "observable": "f"})";
const char* const kExplore = R"({"kind": "explore", "observable": "f"})";
const char* const kTarget = R"({"kind": "target", "observable": "f", "level": 0.4})";
const char* const kLevelSet = R"({"kind": "level_set", "observable": "f", "level": 0.4})";
const char* const kBoundary = R"({"kind": "boundary", "observables": ["f", "g"]})";

const char* const kTradeOff =
    R"({"kind": "trade_off", "observables": ["f", "g"], "directions": ["maximise", "minimise"]})";

const Row kRows[] = {
    {"automatic", kMaximise, R"(, "acquisition": {"kind": "automatic"})",
     "log_noisy_expected_improvement"},
    {"variance", kExplore, R"(, "acquisition": {"kind": "variance"})", "variance"},
    {"variance_of_classes", kBoundary, R"(, "acquisition": {"kind": "variance"})", "variance"},
    {"upper_confidence_bound", kMaximise,
     R"(, "acquisition": {"kind": "upper_confidence_bound", "beta": 1.5})",
     "upper_confidence_bound"},
    {"lower_confidence_bound", kMinimise, R"(, "acquisition": {"kind": "upper_confidence_bound"})",
     "lower_confidence_bound"},
    {"upper_confidence_bound_together", kMaximise,
     R"(, "acquisition": {"kind": "upper_confidence_bound", "joint": true})",
     "upper_confidence_bound"},
    {"probability_of_improvement_together", kMaximise,
     R"(, "acquisition": {"kind": "probability_of_improvement", "xi": 0.02, "joint": true})",
     "probability_of_improvement"},
    {"probability_of_improvement", kMinimise,
     R"(, "acquisition": {"kind": "probability_of_improvement", "xi": 0.02})",
     "probability_of_improvement"},
    {"expected_improvement", kMinimise,
     R"(, "acquisition": {"kind": "expected_improvement", "xi": 0.001})", "expected_improvement"},
    {"log_expected_improvement", kMaximise,
     R"(, "acquisition": {"kind": "log_expected_improvement"})", "log_expected_improvement"},
    {"noisy_expected_improvement", kMinimise,
     R"(, "acquisition": {"kind": "noisy_expected_improvement"})", "noisy_expected_improvement"},
    {"log_noisy_expected_improvement", kMinimise,
     R"(, "acquisition": {"kind": "log_noisy_expected_improvement"})",
     "log_noisy_expected_improvement"},
    {"knowledge_gradient", kMaximise, R"(, "acquisition": {"kind": "knowledge_gradient"})",
     "knowledge_gradient"},
    {"thompson", kMinimise, R"(, "acquisition": {"kind": "thompson"})", "thompson"},
    {"log_target_improvement", kTarget, R"(, "acquisition": {"kind": "log_target_improvement"})",
     "log_target_improvement"},
    {"target_probability", kTarget,
     R"(, "acquisition": {"kind": "target_probability", "tolerance": 0.05})", "target_probability"},
    {"straddle", kLevelSet, R"(, "acquisition": {"kind": "straddle", "beta": 1.96})", "straddle"},
    {"level_set_entropy", kLevelSet, R"(, "acquisition": {"kind": "level_set_entropy"})",
     "level_set_entropy"},
    {"boundary", kBoundary, R"(, "acquisition": {"kind": "boundary"})", "boundary"},
    {"class_entropy", kBoundary, R"(, "acquisition": {"kind": "class_entropy"})", "class_entropy"},
    {"expected_hypervolume_improvement", kTradeOff,
     R"(, "acquisition": {"kind": "expected_hypervolume_improvement"})",
     "expected_hypervolume_improvement"},
    {"trade_off_above_a_reference",
     R"({"kind": "trade_off", "observables": ["f", "g"], "directions": ["minimise", "minimise"],
         "reference": [1, 0.8]})",
     "", "expected_hypervolume_improvement"},
    {"noisy_expected_hypervolume_improvement", kTradeOff,
     R"(, "acquisition": {"kind": "noisy_expected_hypervolume_improvement"})",
     "noisy_expected_hypervolume_improvement"},
    {"trade_off_of_three",
     R"({"kind": "trade_off", "observables": ["f", "g", "h"],
         "directions": ["maximise", "minimise", "maximise"]})",
     R"(, "acquisition": {"joint": true})", "noisy_expected_hypervolume_improvement",
     R"(}, {"name": "h", "from": "value:t")"},
    {"gradient_weighted", kExplore, R"(, "acquisition": {"kind": "gradient_weighted"})",
     "gradient_weighted"},
    {"integrated_variance", kExplore, R"(, "acquisition": {"kind": "integrated_variance"})",
     "integrated_variance"},
    {"cross_validated_variance", kExplore,
     R"(, "acquisition": {"kind": "cross_validated_variance"})", "cross_validated_variance"},
    {"mutual_information", kExplore, R"(, "acquisition": {"kind": "mutual_information"})",
     "mutual_information"},
    {"total_correlation", kExplore, R"(, "acquisition": {"kind": "total_correlation"})",
     "total_correlation"},
    {"relative_information_entropy", kExplore,
     R"(, "acquisition": {"kind": "relative_information_entropy"})",
     "relative_information_entropy"},
    {"expression", kExplore,
     R"json(, "acquisition": {"kind": "expression", "expression": "mu + 2 * sigma * exp(-x)"})json",
     "expression"},
    {"remote", kMaximise, R"(, "acquisition": {"kind": "remote", "function": "mine"})", "remote"},
    {"remote_together", kTradeOff,
     R"(, "acquisition": {"kind": "remote", "function": "mine", "timeout_s": 5, "joint": true})",
     "remote"},
    {"remote_over_categories_and_parts", kBoundary,
     R"(, "acquisition": {"kind": "remote", "function": "mine"})", "remote", "",
     R"([{"name": "ink", "simplex": ["x", "y", "rest"]}, {"name": "j", "values": ["a", "b", "c"]}])"},
    {"learned_constraint",
     R"({"kind": "maximise", "observable": "f",
         "subject_to": [{"observable": "g", "at_least": 0.2}]})",
     R"(, "acquisition": {"kind": "knowledge_gradient"})", "knowledge_gradient"},
    {"feasibility_first",
     R"({"kind": "maximise", "observable": "f",
         "subject_to": [{"observable": "g", "at_least": 50}]})",
     R"(, "acquisition": {"kind": "thompson"})", "probability_of_feasibility"},
    {"combined",
     R"({"kind": "combine", "terms": [{"kind": "explore", "observable": "f", "weight": 0.5},
         {"kind": "minimise", "observable": "g"}]})",
     R"(, "acquisition": {"kind": "expected_improvement"})",
     "cross_validated_variance + expected_improvement"},
    {"kernel_exponential", kMinimise, R"(, "surrogate": {"kernel": "matern12"})",
     "log_noisy_expected_improvement"},
    {"kernel_matern32", kMinimise, R"(, "surrogate": {"kernel": "matern32"})",
     "log_noisy_expected_improvement"},
    {"kernel_matern_of_nu", kMinimise, R"(, "surrogate": {"kernel": {"matern": {"nu": 1.8}}})",
     "log_noisy_expected_improvement"},
    {"kernel_squared_exponential", kMinimise, R"(, "surrogate": {"kernel": "squared_exponential"})",
     "log_noisy_expected_improvement"},
    {"kernel_rational_quadratic", kMinimise, R"(, "surrogate": {"kernel": "rational_quadratic"})",
     "log_noisy_expected_improvement"},
    {"kernel_wendland", kMinimise, R"(, "surrogate": {"kernel": {"wendland": {"smoothness": 2}}})",
     "log_noisy_expected_improvement"},
    {"kernel_periodic", kMinimise,
     R"(, "surrogate": {"kernel": {"sum": ["matern52", {"periodic": {"axes": ["x"], "period": [0.5, 3]}}]}})",
     "log_noisy_expected_improvement"},
    {"kernel_linear", kMinimise, R"(, "surrogate": {"kernel": {"sum": ["linear", "matern52"]}})",
     "log_noisy_expected_improvement"},
    {"kernel_polynomial", kMinimise,
     R"(, "surrogate": {"kernel": {"sum": [{"polynomial": {"degree": 2}}, {"matern32": {"ard": false}}]}})",
     "log_noisy_expected_improvement"},
    {"kernel_constant", kMinimise,
     R"(, "surrogate": {"kernel": {"sum": ["constant", "squared_exponential"]}})",
     "log_noisy_expected_improvement"},
    {"kernel_white", kMinimise, R"(, "surrogate": {"kernel": {"sum": ["matern52", "white"]}})",
     "log_noisy_expected_improvement"},
    {"kernel_spectral_mixture", kMinimise,
     R"(, "surrogate": {"kernel": {"spectral_mixture": {"components": 2}}})",
     "log_noisy_expected_improvement"},
    {"kernel_gibbs", kMinimise, R"(, "surrogate": {"kernel": "gibbs"})",
     "log_noisy_expected_improvement"},
    {"kernel_amplitude", kMinimise,
     R"(, "surrogate": {"kernel": {"product": ["matern52", {"amplitude": {"centres": [[0, 0], [1, 1], [0.5, 0.5]]}}]}})",
     "log_noisy_expected_improvement"},
    {"kernel_uneven_noise", kMinimise,
     R"(, "surrogate": {"kernel": {"sum": ["matern52", {"product": ["white", {"amplitude": {"centres": [[0, 0], [1, 1]]}}]}]}})",
     "log_noisy_expected_improvement"},
    {"kernel_categorical", kMinimise,
     R"(, "surrogate": {"kernel": {"product": [{"matern52": {"axes": ["x"]}}, {"categorical": {"axes": ["y"]}}]}})",
     "log_noisy_expected_improvement"},
    {"kernel_rotated", kMinimise, R"(, "surrogate": {"kernel": {"matern52": {"rotate": true}}})",
     "log_noisy_expected_improvement"},
    {"kernel_locked", kMinimise,
     R"(, "surrogate": {"kernel": {"matern52": {"lengthscale": 0.4, "variance": [0.1, 3]}}})",
     "log_noisy_expected_improvement"},
    {"kernel_coregionalisation", kMinimise,
     R"(, "surrogate": {"kernel": {"product": [{"matern52": {"axes": ["x"]}},
         {"coregionalisation": {"axes": ["j"], "rank": 2}}]}})",
     "log_noisy_expected_improvement", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "j", "values": ["water", "toluene", "hexane"]}])"},
    {"kernel_deep", kMinimise,
     R"(, "surrogate": {"kernel": {"deep": {"layers": [6, 4], "least_points": 10,
         "kernel": {"matern52": {"ard": true}}}}})",
     "log_noisy_expected_improvement", "", "", "budget: 18 of 18 measurements", "initial_design",
     18},
    {"kernel_deep_in_a_sum", kExplore,
     R"(, "surrogate": {"hyperparameter_draws": 3,
         "kernel": {"sum": ["linear", {"deep": {"layers": [5], "features": 1, "axes": ["x", "y"],
                                                "least_points": 10}}]}})",
     "cross_validated_variance", "", "", "budget: 17 of 17 measurements", "initial_design", 17},
    {"together", kMinimise, R"(, "surrogate": {"together": [{"observables": ["f", "g"]}]})",
     "log_noisy_expected_improvement"},
    {"together_by_a_linear_model", kTradeOff,
     R"(, "surrogate": {"kernel": {"sum": ["matern52", "linear"]},
                        "together": [{"observables": ["g", "f"], "rank": 2}]})",
     "expected_hypervolume_improvement"},
    {"together_along_a_spectrum", kExplore,
     R"(, "surrogate": {"together": [{"observables": ["f", "g"], "at": [0.12, 0.05]}]})",
     "cross_validated_variance"},
    {"hyperparameters_drawn", kMinimise, R"(, "surrogate": {"hyperparameter_draws": 8})",
     "log_noisy_expected_improvement"},
    {"hyperparameters_drawn_for_a_map", kExplore, R"(, "surrogate": {"hyperparameter_draws": 4})",
     "cross_validated_variance"},
    {"hyperparameters_drawn_for_thompson", kMaximise,
     R"(, "surrogate": {"hyperparameter_draws": 3}, "acquisition": {"kind": "thompson"})",
     "thompson"},
    {"hyperparameters_drawn_about_a_formula",
     R"({"kind": "maximise", "observable": "f",
         "subject_to": [{"observable": "g", "at_least": 0.2}]})",
     R"(, "surrogate": {"hyperparameter_draws": 4, "kernel": "matern32"})",
     "log_noisy_expected_improvement", R"json(, "mean": {"expression": "x - y"})json"},
    {"hyperparameters_drawn_together", kMinimise,
     R"(, "surrogate": {"hyperparameter_draws": 3, "together": [{"observables": ["f", "g"]}]})",
     "log_noisy_expected_improvement"},
    {"per_second", kMinimise,
     R"(, "acquisition": {"kind": "expected_improvement", "per_second": true})",
     "expected_improvement per second"},
    {"per_second_of_a_map", kExplore, R"(, "acquisition": {"per_second": true})",
     "cross_validated_variance per second"},
    {"travel_limit", kMinimise, "", "log_noisy_expected_improvement", "",
     R"json([{"name": "x", "range": [0, 1], "speed": 0.5, "max_move": 0.25},
             {"name": "y", "range": [0, 1], "speed": 0.5}])json"},
    {"trust_region", kMinimise,
     R"(, "acquisition": {"trust_region": {"length": 0.6, "successes": 1, "failures": 2}})",
     "log_noisy_expected_improvement in a trust region", "",
     R"json([{"name": "x", "range": [0, 1]}, {"name": "j", "fixed": 4}])json"},
    {"safe_exploration",
     R"json({"kind": "maximise", "observable": "f",
             "subject_to": [{"observable": "g", "at_least": 0.2, "probability": 0.9}]})json",
     R"(, "start": [[0.1, 0.9], [0.3, 0.8], [0.2, 0.6], {"x": 0.1, "y": 0.7}, [0.3, 0.9]])",
     "log_noisy_expected_improvement", "", "", "budget: 12 of 12 measurements", "start"},
    {"decided_exposure", kExplore, R"(, "acquisition": {"decide_exposure": true})",
     "cross_validated_variance", "",
     R"json([{"name": "x", "range": [0, 1], "speed": 0.1}, {"name": "y", "range": [0, 1]},
             {"name": "e", "range": [0.1, 20], "scale": "log", "role": "exposure"}])json"},
    {"learned_cost", kExplore, R"(, "acquisition": {"per_second": true, "learn_cost": true})",
     "cross_validated_variance per second"},
    {"joint_batch", kMaximise,
     R"(, "acquisition": {"kind": "expected_improvement", "joint": true})", "expected_improvement"},
    {"joint_batch_over_noisy_ones",
     R"({"kind": "minimise", "observable": "f",
         "subject_to": [{"observable": "g", "at_least": 0.2}]})",
     R"(, "acquisition": {"joint": true}, "surrogate": {"hyperparameter_draws": 3})",
     "log_noisy_expected_improvement"},
    {"joint_batch_of_a_map", kExplore, R"(, "acquisition": {"joint": true})",
     "cross_validated_variance"},
    {"stop_converged", kMinimise,
     R"(, "stop": [{"kind": "converged", "improvement": 5, "patience": 3}])",
     "log_noisy_expected_improvement", "", "", "converged: the best f improved by"},
    {"stop_converged_map", kExplore,
     R"(, "stop": [{"kind": "converged", "improvement": 0.99, "patience": 2}])",
     "cross_validated_variance", "", "", "converged: the mean uncertainty fell by"},
    {"stop_target_reached", kMinimise,
     R"(, "stop": [{"kind": "target_reached", "observable": "f", "value": 0.2}])",
     "log_noisy_expected_improvement", "", "", "target reached: f = "},
    {"stop_uncertainty_below", kExplore,
     R"(, "stop": [{"kind": "uncertainty_below", "observable": "f", "value": 0.3}])",
     "cross_validated_variance", "", "", "uncertainty below 0.3: that of f is "},
    {"stop_stagnated", kMinimise,
     R"(, "stop": [{"kind": "stagnated", "amount": 5, "patience": 4}])",
     "log_noisy_expected_improvement", "", "", "stagnated: the best f improved by"},
    {"stop_gain_rate_below", kMinimise,
     R"(, "stop": [{"kind": "gain_rate_below", "value": 5, "patience": 2}])",
     "log_noisy_expected_improvement", "", "", "gain rate below 5 a second"},
    {"stop_spent_hours", kMinimise, R"(, "stop": [{"kind": "spent", "hours": 0.002}])",
     "log_noisy_expected_improvement", "", "", "spent: 0.00"},
    {"stop_all", kMinimise,
     R"(, "stop": [{"all": [{"kind": "spent", "measurements": 9},
                            {"kind": "stagnated", "amount": 5, "patience": 1}]}])",
     "log_noisy_expected_improvement", "", "", "all of (spent: "},
    {"stop_any", kMinimise,
     R"(, "stop": [{"any": [{"all": [{"kind": "spent", "measurements": 8}]},
                            {"kind": "spent", "measurements": 11}]}])",
     "log_noisy_expected_improvement", "", "", "all of (spent: "},
    {"mean_linear", kMinimise, "", "log_noisy_expected_improvement",
     R"json(, "mean": "linear")json"},
    {"mean_fixed", kMinimise, "", "log_noisy_expected_improvement",
     R"json(, "mean": {"constant": 0.3})json"},
    {"mean_formula", kMinimise, "", "log_noisy_expected_improvement",
     R"json(, "mean": {"expression": "sin(4 * x) * (1 - y)"})json"},
    {"mean_table", kMinimise, "", "log_noisy_expected_improvement",
     R"json(, "mean": {"table": [[0, 0, 0.1], [1, 0, -0.5], [0, 1, 0], [1, 1, 0.9], [0.5, 0.5, 0.2]]})json"},
    {"noise_shared_by_each_four", kMinimise, "", "log_noisy_expected_improvement",
     R"json(, "shared_noise": {"sd": 0.1, "every": 4})json"},
    {"noise_shared_by_a_parameter", kExplore, R"(, "surrogate": {"hyperparameter_draws": 3})",
     "cross_validated_variance", R"json(, "shared_noise": {"sd": 0.1, "by": "j"})json",
     R"([{"name": "x", "range": [0, 1]}, {"name": "j", "values": ["water", "toluene", "hexane"]}])"},
    {"parameter_log", kMinimise, "", "log_noisy_expected_improvement", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "j", "range": [1, 12], "scale": "log"}])"},
    {"parameter_step", kMinimise, "", "log_noisy_expected_improvement", "",
     R"([{"name": "x", "range": [0, 1], "step": 0.125}, {"name": "y", "range": [0, 1]}])"},
    {"parameter_integer", kMinimise, "", "log_noisy_expected_improvement", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "j", "integer": true, "range": [0, 12]}])"},
    {"parameter_ordered", kMinimise, "", "log_noisy_expected_improvement", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "j", "values": [0, 2, 3, 7, 12]}])"},
    {"parameter_ordered_log", kMinimise, "", "log_noisy_expected_improvement", "",
     R"([{"name": "i", "values": [1, 2, 4, 8], "scale": "log"}, {"name": "y", "range": [0, 1]}])"},
    {"parameter_categorical", kMinimise, "", "log_noisy_expected_improvement", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "j", "values": ["water", "toluene", "hexane"]}])"},
    {"parameters_all_categorical", kExplore, "", "cross_validated_variance", "",
     R"([{"name": "i", "values": ["a", "b", "c", "d"]}, {"name": "j", "values": ["A", "B", "C"]}])"},
    {"parameter_categorical_in_a_sum", kExplore,
     R"(, "surrogate": {"kernel": {"sum": ["matern32", "linear", "white"]}})",
     "cross_validated_variance", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "j", "values": ["water", "toluene", "hexane"]}])"},
    {"parameter_fixed", kMinimise, "", "log_noisy_expected_improvement", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "j", "fixed": 4}])"},
    {"parameter_context", kMinimise, "", "log_noisy_expected_improvement", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "y", "range": [0, 1]},
         {"name": "t", "range": [0, 1], "role": "context", "from": "value:t"}])"},
    {"parameter_context_of_a_map", kExplore, "", "cross_validated_variance", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "y", "range": [0, 1], "step": 0.25},
         {"name": "t", "range": [0.4, 0.5], "role": "context", "from": "value:t"}])"},
    {"parameter_fidelity", kMinimise, "", "log_noisy_expected_improvement", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "y", "range": [0, 1]},
         {"name": "i", "role": "fidelity", "values": [0, 6, 12], "seconds": [1, 5, 60]}])"},
    {"parameter_fidelity_of_a_map", kExplore, "", "cross_validated_variance", "",
     R"([{"name": "j", "role": "fidelity", "values": ["fast", "slow"], "seconds": [1, 60]},
         {"name": "x", "range": [0, 1]}])"},
    {"parameter_simplex", kMinimise, "", "log_noisy_expected_improvement", "",
     R"([{"name": "ink", "simplex": ["x", "y", "rest"]}])"},
    {"parameter_simplex_in_steps", kExplore, R"(, "constraints": ["i <= 9"])",
     "cross_validated_variance", "",
     R"([{"name": "ink", "simplex": ["i", "j"], "total": 12, "step": 0.5,
          "ranges": {"j": [1, 12]}}, {"name": "x", "range": [0, 1]}])"},
    {"parameters_under_a_constraint", kMinimise, R"(, "constraints": ["i + j <= 9", "j < 2.5"])",
     "log_noisy_expected_improvement", "",
     R"([{"name": "i", "integer": true, "range": [0, 12]}, {"name": "j", "values": ["a", "b", "c", "d"]}])"},
    {"candidates_as_arrays", kMinimise,
     R"(, "candidates": [[0, 0], [0.1, 0.9], [0.25, 0.3], [0.3, 0.6], [0.5, 0.5], [0.6, 0.1],
         [0.7, 0.8], [0.8, 0.4], [0.9, 0.2], [1, 1], [0.45, 0.95], [0.15, 0.5], [0.95, 0.7]])",
     "log_noisy_expected_improvement"},
    {"candidates_as_objects", kExplore,
     R"(, "candidates": [{"x": 0.1, "j": "water", "hole": "A1"}, {"x": 0.4, "j": "water"},
         {"x": 0.9, "j": "water", "thickness": 1.5}, {"x": 0.2, "j": "toluene"},
         {"x": 0.5, "j": "toluene"}, {"x": 0.8, "j": "toluene", "hole": "B3"}])",
     "cross_validated_variance", "",
     R"([{"name": "x", "range": [0, 1]}, {"name": "j", "values": ["water", "toluene"]}])"},
};

// Two smooth fields, f and g, on a grid of the unit square.
std::string table() {
  std::string text = "x,y,i,j,rest,f,g,t,f_variance,g_variance\n";
  for (int i = 0; i <= 12; ++i) {
    for (int j = 0; j <= 12; ++j) {
      const double x = i / 12.0;
      const double y = j / 12.0;
      const double f = std::sin(4 * x) * std::cos(3 * y) + 0.3 * x;
      const double g = 0.8 * y - 0.5 * x * x + 0.1;
      text += std::to_string(x) + "," + std::to_string(y) + "," + std::to_string(i) + "," +
              std::to_string(j) + "," + std::to_string(1 - x - y) + "," + std::to_string(f) + "," +
              std::to_string(g) + "," + std::to_string(0.5 + 0.4 * std::sin(5 * x + y)) +
              ",1e-4,1e-4\n";
    }
  }
  return text;
}

// What is cut by the clock cannot repeat: the decision budget is far beyond what is needed.
std::string campaign_text(const Row& row, const std::string& file) {
  return R"({"seed": 11, "parameters": )" +
         std::string(*row.parameters != '\0' ? row.parameters : kSquare) +
         R"(, "instrument": {"adapter": "replay", "file": ")" + file +
         R"(", "method": "local_linear", "seed": 3, "time": "simulated",
      "variances": {"f": "f_variance", "g": "g_variance"}, "values": {"f": "f", "g": "g", "t": "t"}},
    "observables": [{"name": "f", "from": "value:f")" +
         row.of_f + R"(}, {"name": "g", "from": "value:g"}],
    "initial": 5, "in_flight": 2, "decision_budget_s": 600,
    "budget": {"measurements": )" +
         std::to_string(row.measurements) + R"(}, "objective": )" + row.objective + row.more + "}";
}

using Entries = std::vector<campaign::JournalEntry>;

Entries first_of(const Entries& entries, std::size_t count) {
  return {entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count)};
}

// Entries written to a file, closed and opened again, as by a process that was lost and the next.
std::unique_ptr<campaign::Journal> through_a_file(const Entries& entries,
                                                  const std::filesystem::path& file) {
  {
    const auto journal = journal::SqliteJournal::create(file);
    for (const campaign::JournalEntry& entry : entries) {
      journal->append(entry.record, entry.who, entry.time_s);
    }
  }
  return journal::SqliteJournal::open(file);
}

// Whether a position is one that the campaign's parameters and its candidates, if any, allow.
bool is_allowed(const campaign::CampaignSpec& spec, const Eigen::VectorXd& position) {
  for (std::size_t i = 0; i < spec.parameters.size(); ++i) {
    const double value = position(static_cast<Eigen::Index>(i));
    if (optimizer::refusal(spec.parameters[i], value)) return false;
  }
  if (optimizer::refusal_of_sums(spec.parameters, position)) return false;
  return spec.candidates.empty() ||
         std::any_of(spec.candidates.begin(), spec.candidates.end(),
                     [&](const auto& candidate) { return candidate.position == position; });
}

// What a client would answer: the mean plus half a deviation, of all models together.
class Mine final : public campaign::RemoteFunctions {
 public:
  Eigen::VectorXd evaluate(const optimizer::FunctionRequest& request,
                           const std::function<bool()>& /*given_up*/) override {
    Eigen::VectorXd values = Eigen::VectorXd::Zero(request.points.cols());
    for (const auto& model : request.models) values += model.mean + 0.5 * model.sigma;
    return values;
  }
};

class EveryKind : public ::testing::TestWithParam<Row> {};

TEST_P(EveryKind, CarriesACampaignToItsEndAndThroughTheLossOfItsProcess) {
  if (std::string(GetParam().more).find("\"deep\"") != std::string::npos && !deep::available()) {
    GTEST_SKIP() << "built without LibTorch";
  }
  const TemporaryFolder folder;
  const std::string text = campaign_text(GetParam(), folder.write("fields.csv", table()));
  Mine mine;
  CampaignBench whole(text, true);
  whole.functions = &mine;
  ASSERT_EQ(whole.run(), CampaignState::kFinished);
  EXPECT_THAT(whole.view().reason(), ::testing::StartsWith(GetParam().ends));
  if (std::string(GetParam().ends).find("budget") == 0) {
    EXPECT_EQ(whole.view().scored().size(), static_cast<std::size_t>(GetParam().measurements));
  }
  for (const Proposed& proposed : records<Proposed>(whole.log())) {
    EXPECT_EQ(proposed.acquisition, proposed.id <= 5 ? GetParam().begins : GetParam().says);
    EXPECT_FALSE(proposed.cut);
    EXPECT_TRUE(is_allowed(whole.view().spec(), proposed.position)) << proposed.position;
  }
  const auto entries = whole.journal();
  // In the middle through a file (slow: each entry is synchronised), else through memory.
  for (const std::size_t share : {4U, 5U, 6U, 7U}) {
    const Entries kept = first_of(entries, entries.size() * share / 8);
    CampaignBench again(text, true,
                        share == 5 ? through_a_file(kept, folder.path() / "journal.sqlite")
                                   : std::make_unique<campaign::MemoryJournal>(kept));
    again.functions = &mine;
    again.keep_measurements_of(whole);
    ASSERT_EQ(again.run(), CampaignState::kFinished);
    EXPECT_EQ(proposal_bits(again.log()), proposal_bits(whole.log())) << "cut at " << kept.size();
    EXPECT_THAT(again.view().reason(), ::testing::StartsWith(GetParam().ends));
    // A new simulated instrument starts from elsewhere, so that its times are others.
    if (whole.view().reason().find(" hours") == std::string::npos) {
      EXPECT_EQ(again.view().reason(), whole.view().reason());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, EveryKind, ::testing::ValuesIn(kRows),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(EveryKindTable, HasARowForEveryAcquisitionFunction) {
  for (const auto& [kind, name] : optimizer::acquisition_names()) {
    const std::string wanted = R"("kind": ")" + std::string(name) + R"(")";
    EXPECT_TRUE(std::any_of(std::begin(kRows), std::end(kRows), [&](const Row& row) {
      return std::string(row.more).find(wanted) != std::string::npos;
    })) << name;
  }
}

TEST(EveryKindTable, HasARowForEveryStopRule) {
  for (const char* wanted :
       {R"("kind": "converged")", R"("kind": "target_reached")", R"("kind": "uncertainty_below")",
        R"("kind": "stagnated")", R"("kind": "gain_rate_below")", R"("kind": "spent")", R"("all")",
        R"("any")"}) {
    EXPECT_TRUE(std::any_of(std::begin(kRows), std::end(kRows), [&](const Row& row) {
      return std::string(row.more).find(wanted) != std::string::npos;
    })) << wanted;
  }
}

TEST(EveryKindTable, HasARowForEveryKernel) {
  for (const surrogate::KernelKind kind : surrogate::kernel_kinds()) {
    const std::string wanted = '"' + std::string(name_of(kind)) + '"';
    EXPECT_TRUE(std::any_of(std::begin(kRows), std::end(kRows), [&](const Row& row) {
      return std::string(row.more).find(wanted) != std::string::npos;
    })) << wanted;
  }
}

}  // namespace
}  // namespace foray::instruments
