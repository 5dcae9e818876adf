#pragma once

#include <string>
#include <vector>

#include "foray/surrogate/kernel.h"

namespace foray::surrogate::testing {

struct KernelCase {
  std::string name;
  KernelSpec spec;
};

inline KernelSpec compound(KernelKind kind, std::vector<KernelSpec> terms) {
  KernelSpec spec(kind);
  spec.terms = std::move(terms);
  return spec;
}

inline KernelSpec on(KernelSpec spec, std::vector<Eigen::Index> axes) {
  spec.axes = std::move(axes);
  return spec;
}

/// Every kind, its options, and some compositions, for d >= 2 coordinates.
inline std::vector<KernelCase> kernel_cases(Eigen::Index d) {
  std::vector<KernelCase> cases;
  const auto add = [&](const char* name, KernelSpec spec) { cases.push_back({name, spec}); };
  add("exponential", KernelKind::kMatern12);
  add("matern32", KernelKind::kMatern32);
  add("matern52", KernelKind::kMatern52);
  add("squared exponential", KernelKind::kSquaredExponential);
  add("rational quadratic", KernelKind::kRationalQuadratic);
  for (const double nu : {0.8, 1.5, 3.2}) {
    KernelSpec matern(KernelKind::kMatern);
    matern.nu = nu;
    add("matern of any nu", matern);
  }
  for (const int smoothness : {1, 2, 3}) {
    KernelSpec wendland(KernelKind::kWendland);
    wendland.smoothness = smoothness;
    add("wendland", wendland);
  }
  add("periodic", KernelKind::kPeriodic);
  add("linear", KernelKind::kLinear);
  KernelSpec cubic(KernelKind::kPolynomial);
  cubic.degree = 3;
  add("cubic", cubic);
  add("constant", KernelKind::kConstant);
  add("spectral mixture", KernelKind::kSpectralMixture);
  add("gibbs", KernelKind::kGibbs);
  KernelSpec amplitude(KernelKind::kAmplitude);
  amplitude.centres = Eigen::MatrixXd::Constant(d, 2, 0.2);
  amplitude.centres.col(1).setConstant(0.7);
  add("amplitude", amplitude);
  // Noise whose size is learned as a function of x.
  add("uneven noise", compound(KernelKind::kSum,
                               {KernelKind::kMatern52,
                                compound(KernelKind::kProduct, {KernelKind::kWhite, amplitude})}));
  add("categorical", on(KernelKind::kCategorical, {d - 1}));
  KernelSpec outputs(KernelKind::kCoregionalisation);
  outputs.axes = {d - 1};
  outputs.levels = Eigen::VectorXd::LinSpaced(3, 0, 1);
  outputs.rank = 2;
  add("coregionalisation", outputs);
  add("outputs that mix two functions",
      compound(KernelKind::kSum,
               {compound(KernelKind::kProduct, {on(KernelKind::kMatern52, {0}), outputs}),
                compound(KernelKind::kProduct, {on(KernelKind::kPeriodic, {0}), outputs})}));
  KernelSpec isotropic(KernelKind::kMatern52);
  isotropic.ard = false;
  add("isotropic", isotropic);
  KernelSpec turned(KernelKind::kSquaredExponential);
  turned.rotate = true;
  add("rotated", turned);
  add("one axis", on(KernelKind::kMatern32, {1}));
  add("sum", compound(KernelKind::kSum, {KernelKind::kMatern52, on(KernelKind::kPeriodic, {0}),
                                         KernelKind::kLinear, KernelKind::kWhite}));
  add("product", compound(KernelKind::kProduct, {amplitude, on(KernelKind::kMatern32, {0}),
                                                 on(KernelKind::kPeriodic, {1})}));
  add("product of a sum",
      compound(KernelKind::kProduct,
               {compound(KernelKind::kSum,
                         {on(KernelKind::kRationalQuadratic, {0}), KernelKind::kConstant}),
                on(KernelKind::kCategorical, {1})}));
  return cases;
}

/// Values of a valid size for every parameter, different from one another.
inline Eigen::VectorXd some_parameters(const Kernel& kernel) {
  Eigen::VectorXd theta(static_cast<Eigen::Index>(kernel.parameters().size()));
  for (Eigen::Index p = 0; p < theta.size(); ++p) {
    const double step = 0.03 * static_cast<double>(p % 7);
    switch (kernel.parameters()[static_cast<std::size_t>(p)].kind) {
      case ParameterKind::kSlope:
      case ParameterKind::kAngle:
      case ParameterKind::kLoading:
      case ParameterKind::kConnection:
        theta(p) = 0.4 - 5 * step;
        break;
      case ParameterKind::kFrequency:
        theta(p) = 0.7 + step;
        break;
      default:
        theta(p) = 0.6 + step;
    }
  }
  return theta;
}

}  // namespace foray::surrogate::testing
