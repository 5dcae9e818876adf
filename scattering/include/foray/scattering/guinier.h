#pragma once

#include "foray/scattering/model_fit.h"

namespace foray::scattering {

/// Options of fit_guinier.
struct GuinierOptions {
  double max_q_rg = 1.3;  ///< points up to this q rg: 1.3 for compact bodies, 1 for rods; > 0.
  Range q = {0, 1e9};     ///< beyond which no point is taken, above or below [1/angstrom].
};

/// Fits I0 exp(-q^2 rg^2 / 3) to the points with q rg up to the limit, which the fit itself sets:
/// from lines through the lowest points it begins where one ends at the limit and describes them,
/// and goes on until the range and rg agree.
///
/// The parameters are "scale", which is I0, and "rg" [angstrom]. Status kTooFewPoints where fewer
/// than four points are left, as for a curve that begins beyond the Guinier region.
/// @throws std::invalid_argument on a malformed curve or option.
///
/// Source: Guinier and Fournet (1955), Small-Angle Scattering of X-rays.
ModelFit fit_guinier(const Curve& curve, const GuinierOptions& options);

}  // namespace foray::scattering
