// Sums and products of kernels.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "kernel_node.h"

namespace foray::surrogate::detail {

namespace {

using Eigen::ArrayXd;
using Eigen::ArrayXXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Terms = std::vector<std::unique_ptr<const KernelNode>>;

void place_all(const Terms& terms, const Theta& theta, const Eigen::Ref<const MatrixXd>& x,
               Placed& placed) {
  for (const auto& term : terms) term->place(theta, x, placed);
}

void pull_back_all(const Terms& terms, const Theta& theta, const Placed& points,
                   const Eigen::Ref<const MatrixXd>& moves, const Eigen::Ref<VectorXd>& gradient) {
  for (const auto& term : terms) term->pull_back(theta, points, moves, gradient);
}

class SumFeatures final : public PriorFeatures {
 public:
  explicit SumFeatures(std::vector<std::unique_ptr<PriorFeatures>> terms)
      : terms_(std::move(terms)) {}

  [[nodiscard]] Index count() const override {
    Index sum = 0;
    for (const auto& term : terms_) sum += term->count();
    return sum;
  }

  [[nodiscard]] MatrixXd evaluate(const Placed& points) const override {
    MatrixXd all(points.count, count());
    Index begin = 0;
    for (const auto& term : terms_) {
      all.middleCols(begin, term->count()) = term->evaluate(points);
      begin += term->count();
    }
    return all;
  }

 private:
  std::vector<std::unique_ptr<PriorFeatures>> terms_;
};

// Feature i takes one feature of each term, drawn at random: as those of different terms are
// independent, the mean of its products is the product of their means.
class ProductFeatures final : public PriorFeatures {
 public:
  ProductFeatures(std::vector<std::unique_ptr<PriorFeatures>> terms, Index count, Rng& rng)
      : terms_(std::move(terms)), count_(count) {
    for (const auto& term : terms_) {
      std::vector<Index> order(static_cast<std::size_t>(term->count()));
      std::iota(order.begin(), order.end(), Index{0});
      std::shuffle(order.begin(), order.end(), rng);
      orders_.push_back(std::move(order));
    }
  }

  [[nodiscard]] Index count() const override { return count_; }

  [[nodiscard]] MatrixXd evaluate(const Placed& points) const override {
    MatrixXd product =
        MatrixXd::Constant(points.count, count_, 1 / std::sqrt(static_cast<double>(count_)));
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      // Each set of features carries 1 / sqrt of its size.
      const MatrixXd features =
          terms_[t]->evaluate(points) * std::sqrt(static_cast<double>(terms_[t]->count()));
      for (Index j = 0; j < count_; ++j)
        product.col(j).array() *=
            features.col(orders_[t][static_cast<std::size_t>(j % features.cols())]).array();
    }
    return product;
  }

 private:
  std::vector<std::unique_ptr<PriorFeatures>> terms_;
  std::vector<std::vector<Index>> orders_;
  Index count_;
};

class Sum final : public KernelNode {
 public:
  explicit Sum(Terms terms) : terms_(std::move(terms)) {}

  void place(const Theta& theta, const Eigen::Ref<const MatrixXd>& x,
             Placed& placed) const override {
    place_all(terms_, theta, x, placed);
  }

  void values(const Theta& theta, const Pairs& pairs, Column out) const override {
    ArrayXd one(out.size());
    out.setZero();
    for (const auto& term : terms_) {
      term->values(theta, pairs, one);
      out += one;
    }
  }

  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    for (const auto& term : terms_) term->add_gradient(theta, pairs, weight, gradient);
  }

  void add_slopes(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                  Eigen::Ref<MatrixXd> slopes) const override {
    for (const auto& term : terms_) term->add_slopes(theta, pairs, weight, slopes);
  }

  void add_moves(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                 Eigen::Ref<VectorXd> moves) const override {
    for (const auto& term : terms_) term->add_moves(theta, pairs, weight, moves);
  }

  void pull_back(const Theta& theta, const Placed& points, const Eigen::Ref<const MatrixXd>& moves,
                 Eigen::Ref<VectorXd> gradient) const override {
    pull_back_all(terms_, theta, points, moves, gradient);
  }

  void variances(const Theta& theta, const Placed& points, Column out) const override {
    ArrayXd one(out.size());
    out.setZero();
    for (const auto& term : terms_) {
      term->variances(theta, points, one);
      out += one;
    }
  }

  void add_variance_slopes(const Theta& theta, const Placed& points, Index j, double weight,
                           Eigen::Ref<VectorXd> gradient) const override {
    for (const auto& term : terms_) term->add_variance_slopes(theta, points, j, weight, gradient);
  }

  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index count,
                                                    Rng& rng) const override {
    std::vector<std::unique_ptr<PriorFeatures>> drawn;
    for (const auto& term : terms_) drawn.push_back(term->draw(theta, count, rng));
    return std::make_unique<SumFeatures>(std::move(drawn));
  }

 private:
  Terms terms_;
};

class Product final : public KernelNode {
 public:
  explicit Product(Terms terms) : terms_(std::move(terms)) {}

  void place(const Theta& theta, const Eigen::Ref<const MatrixXd>& x,
             Placed& placed) const override {
    place_all(terms_, theta, x, placed);
  }

  void values(const Theta& theta, const Pairs& pairs, Column out) const override {
    ArrayXd one(out.size());
    terms_.front()->values(theta, pairs, out);
    for (std::size_t t = 1; t < terms_.size(); ++t) {
      terms_[t]->values(theta, pairs, one);
      out *= one;
    }
  }

  void add_gradient(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                    Eigen::Ref<VectorXd> gradient) const override {
    const ArrayXXd all = each_value(theta, pairs);
    for (std::size_t t = 0; t < terms_.size(); ++t)
      terms_[t]->add_gradient(theta, pairs, others(all, t, weight), gradient);
  }

  void add_slopes(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                  Eigen::Ref<MatrixXd> slopes) const override {
    const ArrayXXd all = each_value(theta, pairs);
    for (std::size_t t = 0; t < terms_.size(); ++t)
      terms_[t]->add_slopes(theta, pairs, others(all, t, weight), slopes);
  }

  void add_moves(const Theta& theta, const Pairs& pairs, const ConstColumn& weight,
                 Eigen::Ref<VectorXd> moves) const override {
    const ArrayXXd all = each_value(theta, pairs);
    for (std::size_t t = 0; t < terms_.size(); ++t)
      terms_[t]->add_moves(theta, pairs, others(all, t, weight), moves);
  }

  void pull_back(const Theta& theta, const Placed& points, const Eigen::Ref<const MatrixXd>& moves,
                 Eigen::Ref<VectorXd> gradient) const override {
    pull_back_all(terms_, theta, points, moves, gradient);
  }

  void variances(const Theta& theta, const Placed& points, Column out) const override {
    ArrayXd one(out.size());
    terms_.front()->variances(theta, points, out);
    for (std::size_t t = 1; t < terms_.size(); ++t) {
      terms_[t]->variances(theta, points, one);
      out *= one;
    }
  }

  void add_variance_slopes(const Theta& theta, const Placed& points, Index j, double weight,
                           Eigen::Ref<VectorXd> gradient) const override {
    ArrayXXd all(1, static_cast<Index>(terms_.size()));
    ArrayXd one(points.count);
    for (std::size_t t = 0; t < terms_.size(); ++t) {
      terms_[t]->variances(theta, points, one);
      all(0, static_cast<Index>(t)) = one(j);
    }
    for (std::size_t t = 0; t < terms_.size(); ++t)
      terms_[t]->add_variance_slopes(theta, points, j,
                                     others(all, t, ArrayXd::Constant(1, weight))(0), gradient);
  }

  [[nodiscard]] std::unique_ptr<PriorFeatures> draw(const Theta& theta, Index count,
                                                    Rng& rng) const override {
    std::vector<std::unique_ptr<PriorFeatures>> drawn;
    for (const auto& term : terms_) drawn.push_back(term->draw(theta, count, rng));
    return std::make_unique<ProductFeatures>(std::move(drawn), count, rng);
  }

 private:
  [[nodiscard]] ArrayXXd each_value(const Theta& theta, const Pairs& pairs) const {
    ArrayXXd all(pairs.count, static_cast<Index>(terms_.size()));
    for (std::size_t t = 0; t < terms_.size(); ++t)
      terms_[t]->values(theta, pairs, all.col(static_cast<Index>(t)));
    return all;
  }

  // Weight times the values of all terms but one.
  static ArrayXd others(const ArrayXXd& all, std::size_t but, const ConstColumn& weight) {
    ArrayXd product = weight;
    for (Index t = 0; t < all.cols(); ++t)
      if (t != static_cast<Index>(but)) product *= all.col(t);
    return product;
  }

  Terms terms_;
};

}  // namespace

std::unique_ptr<const KernelNode> make_compound(
    KernelKind kind, std::vector<std::unique_ptr<const KernelNode>> terms) {
  if (kind == KernelKind::kSum) return std::make_unique<Sum>(std::move(terms));
  return std::make_unique<Product>(std::move(terms));
}

}  // namespace foray::surrogate::detail
