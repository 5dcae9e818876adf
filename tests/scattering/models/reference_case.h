#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "foray/scattering/models.h"

namespace foray::scattering {

/// A file below tests/data/scattering/models: the first lines say where the numbers come from, the
/// model, its parameters and what is polydisperse.
struct ReferenceCase {
  std::string model;
  ModelValues values;
  Polydispersities distributions;
  Eigen::VectorXd q, intensity;
};

inline ReferenceCase read_case(const std::string& name) {
  std::ifstream file(std::string(FORAY_TEST_DATA) + "/scattering/models/" + name + ".txt");
  EXPECT_TRUE(file.good()) << "cannot read " << name;
  ReferenceCase out;
  std::vector<double> q, intensity;
  for (std::string line, word; std::getline(file, line);) {
    std::istringstream text(line);
    if (line.empty() || line[0] != '#') {
      q.emplace_back();
      intensity.emplace_back();
      text >> q.back() >> intensity.back();
      continue;
    }
    text >> word >> word;
    if (word == "model:") text >> out.model;
    if (word == "parameters:") {
      for (double value = 0; text >> word >> value;) out.values[word] = value;
    }
    if (word == "distribution:") {
      std::string kind;
      Polydispersity distributed;
      text >> word >> kind >> distributed.width >> distributed.nsigma;
      distributed.kind = distribution(kind);
      out.distributions[word] = distributed;
    }
  }
  EXPECT_FALSE(q.empty()) << name << " holds no numbers";
  const auto size = static_cast<Eigen::Index>(q.size());
  out.q = Eigen::Map<const Eigen::VectorXd>(q.data(), size);
  out.intensity = Eigen::Map<const Eigen::VectorXd>(intensity.data(), size);
  return out;
}

/// The files have 12 digits. Beside a minimum a change of q in its last digit moves I by more than
/// a small relative tolerance; its share comes from the slope.
inline void expect_reference(const Eigen::VectorXd& got, const ReferenceCase& reference,
                             const Eigen::VectorXd& slope, double tolerance) {
  for (Eigen::Index i = 0; i < got.size(); ++i) {
    const double expected = reference.intensity[i];
    const double allowed = tolerance * std::abs(expected) + 2e-12 * std::abs(slope[i]);
    EXPECT_NEAR(got[i], expected, allowed) << reference.model << " q " << reference.q[i];
  }
}

/// dI / d ln q by a central difference.
inline Eigen::VectorXd log_slope(const Model& model, const ReferenceCase& reference,
                                 const Polydispersities& distributions) {
  constexpr double kStep = 1e-5;
  const Eigen::VectorXd up =
      model.intensity(reference.q * (1 + kStep), reference.values, distributions);
  const Eigen::VectorXd down =
      model.intensity(reference.q * (1 - kStep), reference.values, distributions);
  return (up - down) / (2 * kStep);
}

/// Compares a model with its file.
inline void expect_case(const std::string& name, double tolerance) {
  SCOPED_TRACE(name);
  const ReferenceCase reference = read_case(name);
  const Model subject(reference.model);
  const Eigen::VectorXd got =
      subject.intensity(reference.q, reference.values, reference.distributions);
  expect_reference(got, reference, log_slope(subject, reference, reference.distributions),
                   tolerance);
}

/// I at one q.
inline double intensity_at(const Model& model, double q, const ModelValues& values = {}) {
  return model.intensity(Eigen::VectorXd::Constant(1, q), values)[0];
}

}  // namespace foray::scattering
