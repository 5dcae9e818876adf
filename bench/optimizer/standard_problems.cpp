// Test functions as in Surjanovic & Bingham, Virtual Library of Simulation Experiments; Dixon &
// Szego (1978) for Branin, Hartmann and the six-hump camel. With constraints: Branin within a disk
// about (2.5, 7.5), after Parr et al. (2012); the toy problem of Gramacy et al. (2016),
// doi:10.1080/00401706.2015.1014065. With two objectives: ZDT1 of Zitzler, Deb & Thiele (2000);
// Fonseca & Fleming (1995).
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

// A problem of one value.
template <double (*kFunction)(const VectorXd&)>
VectorXd alone(const VectorXd& x) {
  return VectorXd::Constant(1, kFunction(x));
}

VectorXd branin_disk(const VectorXd& x) {
  return Eigen::Vector2d(branin(x), std::pow(x(0) - 2.5, 2) + std::pow(x(1) - 7.5, 2) - 50);
}

VectorXd gramacy(const VectorXd& x) {
  const double wave = std::sin(2 * pi * (x(0) * x(0) - 2 * x(1)));
  return Eigen::Vector3d(x.sum(), 1.5 - x(0) - 2 * x(1) - .5 * wave, x.squaredNorm() - 1.5);
}

VectorXd zdt1(const VectorXd& x) {
  const double g = 1 + 9 * x.tail(x.size() - 1).mean();
  return Eigen::Vector2d(x(0), g * (1 - std::sqrt(x(0) / g)));
}

VectorXd fonseca(const VectorXd& x) {
  const double half = 1 / std::sqrt(static_cast<double>(x.size()));
  return Eigen::Vector2d(1 - std::exp(-(x.array() - half).square().sum()),
                         1 - std::exp(-(x.array() + half).square().sum()));
}

struct Definition {
  const char* name;
  VectorXd (*values)(const VectorXd&);
  VectorXd lower, upper;
  VectorXd best;  // One place of the minimum; of two objectives, of which there are many, none.
  double answer;
  VectorXd reference = {};
};

std::vector<Definition> definitions() {
  const auto all = [](Index d, double value) { return VectorXd(VectorXd::Constant(d, value)); };
  const Eigen::Vector2d branin_lower(-5, 0);
  const Eigen::Vector2d branin_upper(10, 15);
  const Eigen::Vector2d branin_best(pi, 2.275);
  return {
      {"branin", alone<branin>, branin_lower, branin_upper, branin_best, 0.39788735772973816},
      {"hartmann6", alone<hartmann6>, all(6, 0), all(6, 1),
       VectorXd{{.20168952, .15001069, .47687398, .27533243, .31165162, .65730054}},
       -3.3223680114155147},
      {"ackley5", alone<ackley>, all(5, -5), all(5, 10), all(5, 0), 0},
      {"levy4", alone<levy>, all(4, -10), all(4, 10), all(4, 1), 0},
      {"rosenbrock4", alone<rosenbrock>, all(4, -5), all(4, 10), all(4, 1), 0},
      {"camel6", alone<camel>, Eigen::Vector2d(-3, -2), Eigen::Vector2d(3, 2),
       Eigen::Vector2d(.08984201, -.71265640), -1.0316284534898774},
      {"branin_disk", branin_disk, branin_lower, branin_upper, branin_best, 0.39788735772973816},
      // Where the first constraint is 0, by bisection along it.
      {"gramacy2", gramacy, all(2, 0), all(2, 1), Eigen::Vector2d(.19512268, .40466537),
       0.5997880520100676},
      // The front is f2 = 1 - sqrt(f1): .1 + 2/3 below it to f1 = 1, and .11 beyond.
      {"zdt1_4", zdt1, all(4, 0), all(4, 1), {}, .21 + 2.0 / 3, Eigen::Vector2d(1.1, 1.1)},
      // The front is x1 = x2 in [-1/sqrt(2), 1/sqrt(2)]: Simpson's rule on 40,000 intervals.
      {"fonseca2", fonseca, all(2, -4), all(2, 4), {}, 0.34211559311989176, Eigen::Vector2d(1, 1)},
  };
}

// Mirrors a coordinate at the ends of [0, 1] until it is inside.
double mirrored(double u) {
  u = std::fmod(std::abs(u), 2.0);
  return u > 1 ? 2 - u : u;
}

// Largest minus smallest of each value among random places; of one objective alone the smallest is
// known.
VectorXd ranges(const Problem& problem, Rng& rng) {
  VectorXd lowest;
  VectorXd highest;
  std::uniform_real_distribution<double> uniform;
  for (int i = 0; i < 20'000; ++i) {
    VectorXd u(problem.dimension);
    for (double& value : u) value = uniform(rng);
    const VectorXd values = problem.values(u);
    lowest = i == 0 ? values : VectorXd(lowest.cwiseMin(values));
    highest = i == 0 ? values : VectorXd(highest.cwiseMax(values));
  }
  if (problem.objectives == 1) lowest(0) = std::min(lowest(0), problem.answer);
  return highest - lowest;
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
  if (moved && definition.best.size() == 0)
    throw std::invalid_argument(name + " has two objectives and is not moved");
  const VectorXd width = definition.upper - definition.lower;
  MatrixXd turn = MatrixXd::Identity(d, d);
  VectorXd centre = VectorXd::Constant(d, .5);
  if (definition.best.size() == d)
    centre = (definition.best - definition.lower).cwiseQuotient(width);
  const VectorXd original = centre;
  if (moved) {
    std::normal_distribution<double> normal;
    MatrixXd random(d, d);
    for (double& value : random.reshaped()) value = normal(rng);
    turn = MatrixXd(Eigen::HouseholderQR<MatrixXd>(random).householderQ());
    std::uniform_real_distribution<double> uniform(.2, .8);
    for (double& value : centre) value = uniform(rng);
  }
  Problem problem;
  problem.name = name;
  problem.dimension = d;
  problem.answer = definition.answer;
  problem.reference = definition.reference;
  problem.objectives = std::max<Index>(1, problem.reference.size());
  problem.values = [=](const VectorXd& unit) {
    VectorXd u = original + turn * (unit - centre);
    for (double& value : u) value = mirrored(value);
    return definition.values(definition.lower + width.cwiseProduct(u));
  };
  problem.range = ranges(problem, rng);
  problem.constraints = problem.range.size() - problem.objectives;
  return problem;
}

}  // namespace foray::bench
