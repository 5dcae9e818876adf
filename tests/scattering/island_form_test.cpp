#include "foray/scattering/island_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace foray::scattering::island_form_test {
namespace {

using std::numbers::pi;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Complex = std::complex<double>;

constexpr double kIncident = 0.004;

GrazingSample islands(const SurfaceShape& shape) {
  GrazingSample sample;
  sample.stack.layers = {{}, {6e-6, 2e-8, 0, 0}};
  sample.shape = shape;
  return sample;
}

// |F|^2 and F of islands turned by an angle, as shares of the beam. Along the surface q lies beyond
// the plane of incidence, so that any q goes with any exit angle.
Complex turned(const GrazingSample& sample, double q, double alpha_f, double turn) {
  const LayerField in = layer_fields(sample.stack, 1, kIncident)[0];
  const LayerField out = layer_fields(sample.stack, 1, alpha_f)[0];
  const auto at = [&](const Complex& qz) {
    return amplitude(sample.shape, q * std::cos(turn), q * std::sin(turn), qz) *
           std::exp(Complex(0, sample.height) * qz);
  };
  return at(-in.kz - out.kz) + in.reflected * at(in.kz - out.kz) +
         out.reflected * at(-in.kz + out.kz) + in.reflected * out.reflected * at(in.kz + out.kz);
}

struct Sums {
  double square = 0;
  Complex mean = 0;
  void add(const Complex& form, double share) {
    square += share * std::norm(form);
    mean += share * form;
  }
};

// In 120 turns.
void add_turns(const SurfaceShape& shape, double q, double alpha_f, double share, Sums& sums) {
  for (int i = 0; i < 120; ++i)
    sums.add(turned(islands(shape), q, alpha_f, 2 * pi * (i + 0.3) / 120), share / 120);
}

void expect_moments(const IslandForm& form, double q, double alpha_f, const Sums& sums,
                    double crest, double tolerance, const std::string& name) {
  const GrazingSample sample = islands(SurfaceSphere{});
  const LayerField out = layer_fields(sample.stack, 1, alpha_f)[0];
  const Complex excess(sample.delta, -sample.beta);
  const double contrast = std::norm(2.0 * excess - excess * excess);
  const double scale =
      sample.density * std::pow(pi, 2) * contrast / std::sin(kIncident);  // k^2 / (4 pi) is pi
  const IslandForm::Moments got = form.at(q, out.kz.real(), out.reflected);
  EXPECT_NEAR(got.square, scale * sums.square, tolerance * scale * crest)
      << name << ' ' << q << ' ' << alpha_f;
  EXPECT_NEAR(got.mean, scale * std::norm(sums.mean), tolerance * scale * crest)
      << name << ' ' << q << ' ' << alpha_f;
}

const std::vector<std::pair<std::string, SurfaceShape>> kShapes = {
    {"cylinder", SurfaceCylinder{40, 60}},
    {"sphere", SurfaceSphere{35}},
    {"box", SurfaceBox{60, 90, 40}},
    {"cone", TruncatedCone{45, 10, 70}},
    {"pyramid", PolygonFrustum{4, 80, 20, 50}},
    {"triangular prism", PolygonFrustum{3, 70, 70, 50}},
    {"hexagonal pyramid", PolygonFrustum{6, 40, 0, 60}}};

TEST(IslandForm, IsTheMeanOverAllTurns) {
  for (const auto& [name, shape] : kShapes) {
    const IslandForm form(islands(shape), 0, 1, kIncident, 0.25, 0.3);
    for (const double alpha_f : {0.0015, 0.0034, 0.0065, 0.04}) {
      Sums crest;
      add_turns(shape, 0.0, alpha_f, 1, crest);
      for (const double q : {0.0, 0.011, 0.06, 0.13, 0.24}) {
        Sums sums;
        add_turns(shape, q, alpha_f, 1, sums);
        expect_moments(form, q, alpha_f, sums, q < 0.05 ? crest.square : 0.05 * crest.square, 1e-3,
                       name);
      }
    }
  }
}

SurfaceShape along_times(const SurfaceShape& shape, double factor) {
  if (const auto* box = std::get_if<SurfaceBox>(&shape))
    return SurfaceBox{box->length_x * factor, box->length_y * factor, box->height};
  if (const auto* cone = std::get_if<TruncatedCone>(&shape))
    return TruncatedCone{cone->radius * factor, cone->top_radius * factor, cone->height};
  return SurfaceSphere{std::get<SurfaceSphere>(shape).radius * factor};
}

TEST(IslandForm, IsTheMeanOverAllSizes) {
  const double spread = 0.12;
  for (const std::size_t i : {1U, 2U, 3U}) {
    const auto& [name, shape] = kShapes[i];
    const IslandForm form(islands(shape), spread, 1, kIncident, 0.25, 0.3);
    for (const double alpha_f : {0.0034, 0.03}) {
      double all = 0;
      Sums sums[3];
      const double q[] = {0.0, 0.03, 0.12};
      for (double z = -3; z < 3.1; z += 6.0 / 14) {
        const double share = std::exp(-0.5 * z * z);
        all += share;
        for (int j = 0; j < 3; ++j)
          add_turns(along_times(shape, 1 + z * spread), q[j], alpha_f, share, sums[j]);
      }
      for (int j = 0; j < 3; ++j) {
        sums[j].square /= all;
        sums[j].mean /= all;
        expect_moments(form, q[j], alpha_f, sums[j], j < 2 ? sums[0].square : 0.05 * sums[0].square,
                       1e-3, name);
      }
    }
  }
}

// Waves above the interface beat faster with k_z than the islands' own height makes them.
TEST(IslandForm, KnowsIslandsAboveTheInterface) {
  GrazingSample sample = islands(SurfaceCylinder{40, 30});
  sample.height = 200;
  const IslandForm form(sample, 0, 1, kIncident, 0.25, 0.3);
  const auto at = [&](double alpha_f) {
    Sums sums;
    sums.add(turned(sample, 0.01, alpha_f, 0), 1);
    return sums;
  };
  double crest = 0;
  for (double alpha_f = 0.001; alpha_f < 0.01; alpha_f += 2e-4)
    crest = std::max(crest, at(alpha_f).square);
  for (double alpha_f = 0.001; alpha_f < 0.04; alpha_f += 7e-4)
    expect_moments(form, 0.01, alpha_f, at(alpha_f), crest, 1e-3, "above");
}

TEST(IslandForm, RefusesWhatItCannotHold) {
  const auto refused = [](const GrazingSample& sample, double spread, double q_max, double kz_max,
                          const char* what) {
    EXPECT_THAT([&] { IslandForm(sample, spread, 1, kIncident, q_max, kz_max); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(what)));
  };
  const GrazingSample good = islands(SurfaceSphere{50});
  refused(islands(TruncatedCone{50, 60, 10}), 0, 0.2, 0.2, "top_radius");
  refused(good, 0.4, 0.2, 0.2, "spread");
  refused(good, 0, 0, 0.2, "q_max");
  refused(good, 0, 0.2, -1, "kz_max");
  refused(islands(SurfaceSphere{1e5}), 0, 0.2, 0.2, "fewer fringes");
  // Few enough places, whose turns and slices would take an hour.
  refused(islands(SurfaceBox{30000, 100, 20}), 0, 0.3, 0.3, "expected a smaller shape");
  GrazingSample mixed = good;
  mixed.mixture = {{SurfaceSphere{40}, 1}};
  refused(mixed, 0, 0.2, 0.2, "one shape");
}

}  // namespace
}  // namespace foray::scattering::island_form_test
