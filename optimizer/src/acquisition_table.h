#pragma once

#include <memory>
#include <string>
#include <vector>

#include "build_context.h"
#include "foray/optimizer/acquisition_kinds.h"
#include "foray/optimizer/expressions.h"

namespace foray::optimizer {

/// Makes the term of a part whose observables have models and whose constraints, if any, some
/// measurement satisfies; may rename the part.
using BuildTerm = void (*)(BuildContext& context, const ObjectiveTerm& term,
                           const std::vector<std::size_t>& models, Composite::Part& part);

/// One acquisition function: the only place that lists it.
struct AcquisitionRow {
  AcquisitionKind kind = AcquisitionKind::kAutomatic;
  const char* name = "";
  unsigned suited = 0;  ///< bits, 1 << ObjectiveKind.
  BuildTerm build = nullptr;
  bool gain = false;         ///< an expected gain, whose logarithm the term is.
  bool probability = false;  ///< a probability, likewise.
};

/// The row to use for a term: what was asked for where it suits, else the automatic one. More than
/// two observables are traded off by the noisy improvement, which has such a form.
[[nodiscard]] const AcquisitionRow& row_for(AcquisitionKind asked, const ObjectiveTerm& term);

/// The formula of kExpression. @throws std::invalid_argument quoting it.
[[nodiscard]] std::unique_ptr<Formula> formula_of(const std::string& expression,
                                                  const std::vector<Parameter>& parameters);

// Builders, by what they seek.
void build_bound(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                 Composite::Part&);
void build_improvement_probability(BuildContext&, const ObjectiveTerm&,
                                   const std::vector<std::size_t>&, Composite::Part&);
void build_improvement(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                       Composite::Part&);
void build_noisy_improvement(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                             Composite::Part&);
void build_knowledge_gradient(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                              Composite::Part&);
void build_thompson(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                    Composite::Part&);

void build_target_improvement(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                              Composite::Part&);
void build_target_probability(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                              Composite::Part&);
void build_straddle(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                    Composite::Part&);
void build_level_set_entropy(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                             Composite::Part&);
void build_boundary(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                    Composite::Part&);
void build_class_entropy(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                         Composite::Part&);

void build_hypervolume_improvement(BuildContext&, const ObjectiveTerm&,
                                   const std::vector<std::size_t>&, Composite::Part&);
void build_noisy_hypervolume_improvement(BuildContext&, const ObjectiveTerm&,
                                         const std::vector<std::size_t>&, Composite::Part&);

void build_variance(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                    Composite::Part&);
void build_gradient_weighted(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                             Composite::Part&);
void build_cross_validated_variance(BuildContext&, const ObjectiveTerm&,
                                    const std::vector<std::size_t>&, Composite::Part&);
void build_integrated_variance(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                               Composite::Part&);
void build_mutual_information(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                              Composite::Part&);
void build_total_correlation(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                             Composite::Part&);
void build_relative_information_entropy(BuildContext&, const ObjectiveTerm&,
                                        const std::vector<std::size_t>&, Composite::Part&);
void build_expression(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                      Composite::Part&);
void build_remote(BuildContext&, const ObjectiveTerm&, const std::vector<std::size_t>&,
                  Composite::Part&);

}  // namespace foray::optimizer
