// Test functions as in Surjanovic & Bingham, Virtual Library of Simulation Experiments; Dixon &
// Szego (1978) for Branin, Hartmann and the six-hump camel.
#include "standard_problems.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <stdexcept>

namespace foray::bench {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using std::numbers::pi;

double branin(const VectorXd& x) {
  const double u = x(1) - 5.1 / (4 * pi * pi) * x(0) * x(0) + 5 / pi * x(0) - 6;
  return u * u + 10 * (1 - 1 / (8 * pi)) * std::cos(x(0)) + 10;
}

double hartmann6(const VectorXd& x) {
  static const Eigen::Matrix<double, 4, 6> a{{10, 3, 17, 3.5, 1.7, 8},
                                             {.05, 10, 17, .1, 8, 14},
                                             {3, 3.5, 1.7, 10, 17, 8},
                                             {17, 8, .05, 10, .1, 14}};
  static const Eigen::Matrix<double, 4, 6> p{{.1312, .1696, .5569, .0124, .8283, .5886},
                                             {.2329, .4135, .8307, .3736, .1004, .9991},
                                             {.2348, .1451, .3522, .2883, .3047, .6650},
                                             {.4047, .8828, .8732, .5743, .1091, .0381}};
  static const double alpha[] = {1, 1.2, 3, 3.2};
  double sum = 0;
  for (int i = 0; i < 4; ++i) {
    double exponent = 0;
    for (int j = 0; j < 6; ++j) exponent += a(i, j) * std::pow(x(j) - p(i, j), 2);
    sum -= alpha[i] * std::exp(-exponent);
  }
  return sum;
}

double ackley(const VectorXd& x) {
  const auto d = static_cast<double>(x.size());
  return -20 * std::exp(-.2 * std::sqrt(x.squaredNorm() / d)) -
         std::exp((2 * pi * x.array()).cos().sum() / d) + 20 + std::numbers::e;
}

double levy(const VectorXd& x) {
  const Eigen::ArrayXd w = 1 + (x.array() - 1) / 4;
  const Index d = x.size();
  double sum = std::pow(std::sin(pi * w(0)), 2);
  for (Index i = 0; i + 1 < d; ++i)
    sum += std::pow(w(i) - 1, 2) * (1 + 10 * std::pow(std::sin(pi * w(i) + 1), 2));
  return sum + std::pow(w(d - 1) - 1, 2) * (1 + std::pow(std::sin(2 * pi * w(d - 1)), 2));
}

double rosenbrock(const VectorXd& x) {
  double sum = 0;
  for (Index i = 0; i + 1 < x.size(); ++i)
    sum += 100 * std::pow(x(i + 1) - x(i) * x(i), 2) + std::pow(1 - x(i), 2);
  return sum;
}

double camel(const VectorXd& x) {
  const double a = x(0) * x(0);
  const double b = x(1) * x(1);
  return (4 - 2.1 * a + a * a / 3) * a + x(0) * x(1) + (-4 + 4 * b) * b;
}

struct Definition {
  const char* name;
  double (*value)(const VectorXd&);
  VectorXd lower, upper;
  VectorXd best;  // One place of the minimum.
  double minimum;
};

std::vector<Definition> definitions() {
  const auto all = [](Index d, double value) { return VectorXd(VectorXd::Constant(d, value)); };
  return {
      {"branin", branin, Eigen::Vector2d(-5, 0), Eigen::Vector2d(10, 15),
       Eigen::Vector2d(pi, 2.275), 0.39788735772973816},
      {"hartmann6", hartmann6, all(6, 0), all(6, 1),
       VectorXd{{.20168952, .15001069, .47687398, .27533243, .31165162, .65730054}},
       -3.3223680114155147},
      {"ackley5", ackley, all(5, -5), all(5, 10), all(5, 0), 0},
      {"levy4", levy, all(4, -10), all(4, 10), all(4, 1), 0},
      {"rosenbrock4", rosenbrock, all(4, -5), all(4, 10), all(4, 1), 0},
      {"camel6", camel, Eigen::Vector2d(-3, -2), Eigen::Vector2d(3, 2),
       Eigen::Vector2d(.08984201, -.71265640), -1.0316284534898774},
  };
}

// Mirrors a coordinate at the ends of [0, 1] until it is inside.
double mirrored(double u) {
  u = std::fmod(std::abs(u), 2.0);
  return u > 1 ? 2 - u : u;
}

}  // namespace

std::vector<std::string> problem_names() {
  std::vector<std::string> names;
  for (const Definition& d : definitions()) names.emplace_back(d.name);
  return names;
}

Problem make_problem(const std::string& name, bool moved, Rng& rng) {
  const std::vector<Definition> known = definitions();
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const auto& d) { return name == d.name; });
  if (found == known.end()) throw std::invalid_argument("no problem is called \"" + name + "\"");
  const Definition definition = *found;
  const Index d = definition.lower.size();
  const VectorXd width = definition.upper - definition.lower;
  MatrixXd turn = MatrixXd::Identity(d, d);
  VectorXd centre = (definition.best - definition.lower).cwiseQuotient(width);
  const VectorXd original = centre;
  if (moved) {
    std::normal_distribution<double> normal;
    MatrixXd random(d, d);
    for (double& value : random.reshaped()) value = normal(rng);
    turn = MatrixXd(Eigen::HouseholderQR<MatrixXd>(random).householderQ());
    std::uniform_real_distribution<double> uniform(.2, .8);
    for (double& value : centre) value = uniform(rng);
  }
  Problem problem{name, d, definition.minimum, 0, {}};
  problem.value = [=](const VectorXd& unit) {
    VectorXd u = original + turn * (unit - centre);
    for (double& value : u) value = mirrored(value);
    return definition.value(definition.lower + width.cwiseProduct(u));
  };
  double lowest = INFINITY;
  double highest = -INFINITY;
  std::uniform_real_distribution<double> uniform;
  for (int i = 0; i < 20'000; ++i) {
    VectorXd u(d);
    for (double& value : u) value = uniform(rng);
    const double value = problem.value(u);
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  problem.range = highest - std::min(lowest, problem.minimum);
  return problem;
}

}  // namespace foray::bench
