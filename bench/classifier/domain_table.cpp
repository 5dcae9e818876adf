// Prints how images of ferroelectric domains, as piezoresponse force microscopy shows them, are
// grouped by `foray explore`'s embedding, to which nobody told their kinds: how often neighbours
// are of the same kind, and whether what is known of an image is what is known of its neighbours.
// Not a timed benchmark.
//
// usage: foray_domain_table [IMAGES OF EACH KIND [SEED [THREADS]]]
//
// Intervals hold 95 % of 500 draws of whole images. A trend is Spearman's correlation, over the
// images of a kind, of a fact with its mean over the ten nearest images of that kind, itself left
// out. The figures do not depend on THREADS.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "foray/classifier/embedding.h"
#include "foray/classifier/neighbours.h"
#include "foray/classifier/projection.h"
#include "foray/common/parallel.h"
#include "foray/simulator/domains.h"
#include "intervals.h"

namespace {

using namespace foray;
using classifier::EmbeddingWeights;
using simulator::DomainKind;

constexpr int kNearest = 10;
constexpr DomainKind kKinds[] = {DomainKind::kStripes,   DomainKind::kLabyrinth,
                                 DomainKind::kBubbles,   DomainKind::kNeedles,
                                 DomainKind::kAcDomains, DomainKind::kVortices};

struct Fact {
  const char* name;
  std::function<double(const simulator::DomainImage&)> of;
};

const std::vector<Fact>& facts() {
  static const std::vector<Fact> all = {
      {"period", [](const auto& image) { return image.period; }},
      {"wall width / period", [](const auto& image) { return image.wall_width / image.period; }},
      {"noise", [](const auto& image) { return image.noise; }}};
  return all;
}

struct Images {
  std::vector<simulator::DomainImage> drawn;  // without their pixels
  Eigen::MatrixXf features;
};

Images draw(std::int64_t each, std::uint64_t seed, int threads) {
  const auto kinds = static_cast<std::int64_t>(std::size(kKinds));
  Images images;
  images.drawn.resize(static_cast<std::size_t>(kinds * each));
  images.features.resize(classifier::EmbeddingParts::kAll, kinds * each);
  const classifier::ImageEmbedder embedder;
  parallel_for(kinds * each, threads, [&](std::int64_t i) {
    simulator::DomainImage one =
        simulator::draw_domains(kKinds[i % kinds], {}, seed, static_cast<std::uint64_t>(i / kinds));
    images.features.col(i) = embedder.embed(one.image).features;
    one.image.resize(0, 0);
    images.drawn[static_cast<std::size_t>(i)] = std::move(one);
  });
  return images;
}

std::vector<std::int64_t> each_its_own(std::size_t count) {
  std::vector<std::int64_t> experiments(count);
  std::iota(experiments.begin(), experiments.end(), std::int64_t{0});
  return experiments;
}

// Share of each image's neighbours that are of its kind.
std::vector<double> purities(const Images& images, const classifier::Neighbours& near) {
  std::vector<double> purity;
  for (Eigen::Index i = 0; i < near.index.cols(); ++i) {
    double same = 0;
    for (Eigen::Index k = 0; k < near.index.rows(); ++k) {
      const auto other = static_cast<std::size_t>(near.index(k, i));
      same += images.drawn[other].kind == images.drawn[static_cast<std::size_t>(i)].kind ? 1 : 0;
    }
    purity.push_back(same / static_cast<double>(near.index.rows()));
  }
  return purity;
}

bench::Interval mean_of(const std::vector<double>& values) {
  return bench::bootstrap(
      each_its_own(values.size()),
      [&](const std::vector<std::size_t>& rows) {
        double sum = 0;
        for (const std::size_t row : rows) sum += values[row];
        return sum / static_cast<double>(rows.size());
      },
      1);
}

// Mean ranks, equal ones sharing theirs.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t k = begin; k < end; ++k) {
      rank[order[k]] = 0.5 * static_cast<double>(begin + end - 1);
    }
    begin = end;
  }
  return rank;
}

double spearman(const std::vector<double>& x, const std::vector<double>& y) {
  const std::vector<double> a = ranks(x), b = ranks(y);
  const auto n = static_cast<Eigen::Index>(a.size());
  Eigen::ArrayXd u = Eigen::Map<const Eigen::ArrayXd>(a.data(), n);
  Eigen::ArrayXd v = Eigen::Map<const Eigen::ArrayXd>(b.data(), n);
  u -= u.mean();
  v -= v.mean();
  return (u * v).sum() / std::sqrt(u.square().sum() * v.square().sum());
}

// The trend of a fact among the images of a kind.
bench::Interval trend(const Images& images, const Eigen::MatrixXf& points, DomainKind kind,
                      const Fact& fact) {
  std::vector<Eigen::Index> own;
  std::vector<double> value, near_value;
  for (std::size_t i = 0; i < images.drawn.size(); ++i) {
    if (images.drawn[i].kind != kind) continue;
    own.push_back(static_cast<Eigen::Index>(i));
    value.push_back(fact.of(images.drawn[i]));
  }
  Eigen::MatrixXf chosen(points.rows(), static_cast<Eigen::Index>(own.size()));
  for (Eigen::Index k = 0; k < chosen.cols(); ++k) {
    chosen.col(k) = points.col(own[static_cast<std::size_t>(k)]);
  }
  const auto near = classifier::find_neighbours(chosen, {.count = kNearest});
  for (Eigen::Index i = 0; i < chosen.cols(); ++i) {
    double sum = 0;
    for (int k = 0; k < kNearest; ++k) sum += value[static_cast<std::size_t>(near.index(k, i))];
    near_value.push_back(sum / kNearest);
  }
  return bench::bootstrap(
      each_its_own(value.size()),
      [&](const std::vector<std::size_t>& rows) {
        std::vector<double> x, y;
        for (const std::size_t row : rows) {
          x.push_back(value[row]);
          y.push_back(near_value[row]);
        }
        return spearman(x, y);
      },
      2);
}

void print_purity(const std::string& name, const Images& images, const Eigen::MatrixXf& points) {
  const auto purity = purities(images, classifier::find_neighbours(points, {.count = kNearest}));
  fmt::print("| {} | {} |", name, bench::text_of(mean_of(purity)));
  for (const DomainKind kind : kKinds) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < purity.size(); ++i) {
      if (images.drawn[i].kind != kind) continue;
      sum += purity[i];
      ++count;
    }
    fmt::print(" {:.3f} |", sum / count);
  }
  fmt::print("\n");
}

// Which kinds stand in for which among the neighbours, as a share of all.
void print_mistakes(const Images& images, const Eigen::MatrixXf& points) {
  const auto near = classifier::find_neighbours(points, {.count = kNearest});
  fmt::print("\nneighbours of a kind (row) by their kind\n\n| |");
  for (const DomainKind kind : kKinds) fmt::print(" {} |", name_of(kind));
  fmt::print("\n|---|---|---|---|---|---|---|\n");
  for (const DomainKind kind : kKinds) {
    fmt::print("| {} |", name_of(kind));
    for (const DomainKind other : kKinds) {
      double hits = 0, all = 0;
      for (Eigen::Index i = 0; i < near.index.cols(); ++i) {
        if (images.drawn[static_cast<std::size_t>(i)].kind != kind) continue;
        for (int k = 0; k < kNearest; ++k, ++all) {
          hits += images.drawn[static_cast<std::size_t>(near.index(k, i))].kind == other ? 1 : 0;
        }
      }
      fmt::print(" {:.3f} |", hits / all);
    }
    fmt::print("\n");
  }
}

void print_trends(const std::string& name, const Images& images, const Eigen::MatrixXf& points) {
  for (const Fact& fact : facts()) {
    fmt::print("| {} | {} |", name, fact.name);
    for (const DomainKind kind : kKinds) {
      fmt::print(" {} |", bench::text_of(trend(images, points, kind, fact), 2));
    }
    fmt::print("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t each = std::max(argc > 1 ? std::atoll(argv[1]) : 400LL, 24LL);
  const auto seed = static_cast<std::uint64_t>(argc > 2 ? std::atoll(argv[2]) : 1);
  const int threads = argc > 3 ? std::max(1, std::atoi(argv[3]))
                               : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const Images images = draw(each, seed, threads);
  const struct {
    const char* name = "";
    EmbeddingWeights weights;
  } kinds_of_weights[] = {{"all parts, as by default", {}},
                          {"texture alone", {.texture = 1, .scale = 0, .symmetry = 0}},
                          {"texture and scale", {.texture = 1, .scale = 0.5, .symmetry = 0}}};
  std::string head = "|---|---|---|---|---|---|---|---|\n";
  fmt::print("{} images of each of six kinds, seed {}; purity of {} neighbours\n\n", each, seed,
             kNearest);
  fmt::print("| features | all |");
  for (const DomainKind kind : kKinds) fmt::print(" {} |", name_of(kind));
  fmt::print("\n{}", head);
  std::vector<Eigen::MatrixXf> points;
  for (const auto& one : kinds_of_weights) {
    points.push_back(weighed(images.features, one.weights));
    print_purity(one.name, images, points.back());
  }
  const Eigen::MatrixXf map = classifier::project(points.front(), {.layout = {.threads = threads}});
  print_purity("on the map of all parts", images, map);
  print_mistakes(images, points.front());
  fmt::print("\ntrends within a kind\n\n| features | fact |");
  for (const DomainKind kind : kKinds) fmt::print(" {} |", name_of(kind));
  fmt::print("\n{}", head);
  print_trends("all parts", images, points.front());
  print_trends("texture alone", images, points[1]);
  print_trends("on the map", images, map);
  return 0;
}
