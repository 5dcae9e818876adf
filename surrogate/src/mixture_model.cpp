#include "foray/surrogate/mixture_model.h"

#include <random>
#include <utility>

#include "foray/common/check.h"

namespace foray::surrogate {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

namespace {

using Members = std::vector<std::shared_ptr<const Model>>;

// One member's means less those of the mixture.
MatrixXd apart(const Members& members, const Ref<const MatrixXd>& x) {
  MatrixXd means(x.cols(), static_cast<Index>(members.size()));
  for (std::size_t s = 0; s < members.size(); ++s)
    means.col(static_cast<Index>(s)) = members[s]->predict_mean(x);
  const VectorXd mean = means.rowwise().mean();
  return means.colwise() - mean;
}

// The mean of the members' covariances plus the covariance of their means.
class MixtureCovariance final : public CovarianceTo {
 public:
  MixtureCovariance(const Members& members, const Ref<const MatrixXd>& references)
      : members_(members), references_apart_(apart(members, references)) {
    for (const auto& member : members) covariances_.push_back(member->covariance_to(references));
  }

  [[nodiscard]] MatrixXd values(const Ref<const MatrixXd>& x) const override {
    MatrixXd sum = apart(members_, x) * references_apart_.transpose();
    for (const auto& covariance : covariances_) sum += covariance->values(x);
    return sum / count();
  }

  [[nodiscard]] MatrixXd with_gradient(const Ref<const VectorXd>& x) const override {
    // Each column: a member's mean at x less that of the mixture, and below it its gradient.
    MatrixXd means(1 + x.size(), static_cast<Index>(members_.size()));
    for (std::size_t s = 0; s < members_.size(); ++s) {
      const PosteriorGradient at = members_[s]->predict_with_gradient(x);
      means.col(static_cast<Index>(s)) << at.mean, at.mean_gradient;
    }
    const VectorXd mean = means.rowwise().mean();
    MatrixXd sum = (means.colwise() - mean) * references_apart_.transpose();
    for (const auto& covariance : covariances_) sum += covariance->with_gradient(x);
    return sum / count();
  }

 private:
  [[nodiscard]] double count() const { return static_cast<double>(members_.size()); }

  const Members& members_;
  MatrixXd references_apart_;  // m x members.
  std::vector<std::unique_ptr<CovarianceTo>> covariances_;
};

class MixtureModel final : public Model {
 public:
  explicit MixtureModel(Members members) : members_(std::move(members)) {}

  [[nodiscard]] Index dimension() const override { return members_.front()->dimension(); }

  [[nodiscard]] Posterior predict(const Ref<const MatrixXd>& x) const override {
    return mixed([&](const Model& member) { return member.predict(x); });
  }

  [[nodiscard]] VectorXd predict_mean(const Ref<const MatrixXd>& x) const override {
    VectorXd sum = VectorXd::Zero(x.cols());
    for (const auto& member : members_) sum += member->predict_mean(x);
    return sum / static_cast<double>(members_.size());
  }

  [[nodiscard]] Posterior prior(const Ref<const MatrixXd>& x) const override {
    return mixed([&](const Model& member) { return member.prior(x); });
  }

  [[nodiscard]] PosteriorGradient predict_with_gradient(
      const Ref<const VectorXd>& x) const override {
    std::vector<PosteriorGradient> all;
    for (const auto& member : members_) all.push_back(member->predict_with_gradient(x));
    return moments_of(all);
  }

  [[nodiscard]] JointPosterior joint(const Ref<const MatrixXd>& x) const override {
    const auto count = static_cast<double>(members_.size());
    JointPosterior sum{VectorXd::Zero(x.cols()), MatrixXd::Zero(x.cols(), x.cols())};
    MatrixXd means(x.cols(), static_cast<Index>(members_.size()));
    for (std::size_t s = 0; s < members_.size(); ++s) {
      const JointPosterior one = members_[s]->joint(x);
      means.col(static_cast<Index>(s)) = one.mean;
      sum.covariance += one.covariance;
    }
    sum.mean = means.rowwise().mean();
    means.colwise() -= sum.mean;
    sum.covariance = (sum.covariance + means * means.transpose()) / count;
    return sum;
  }

  [[nodiscard]] MatrixXd cross_covariance(const Ref<const MatrixXd>& a,
                                          const Ref<const MatrixXd>& b) const override {
    MatrixXd sum = apart(members_, a) * apart(members_, b).transpose();
    for (const auto& member : members_) sum += member->cross_covariance(a, b);
    return sum / static_cast<double>(members_.size());
  }

  [[nodiscard]] std::unique_ptr<CovarianceTo> covariance_to(
      const Ref<const MatrixXd>& references) const override {
    return std::make_unique<MixtureCovariance>(members_, references);
  }

  [[nodiscard]] std::unique_ptr<Model> condition_on_pending(
      const Ref<const MatrixXd>& x, const Ref<const VectorXd>& noise) const override {
    Members conditioned;
    for (const auto& member : members_)
      conditioned.push_back(member->condition_on_pending(x, noise));
    return mix_models(std::move(conditioned));
  }

  [[nodiscard]] std::unique_ptr<SamplePath> draw_path(Rng& rng) const override {
    std::uniform_int_distribution<std::size_t> any(0, members_.size() - 1);
    return members_[any(rng)]->draw_path(rng);
  }

  [[nodiscard]] std::optional<LeaveOneOut> left_out() const override {
    std::vector<Posterior> all;
    Eigen::VectorXd values;
    for (const auto& member : members_) {
      auto one = member->left_out();
      if (!one) return std::nullopt;
      values = one->mean + one->error;
      all.push_back({std::move(one->mean), std::move(one->variance)});
    }
    Posterior both = moments_of(all);
    const Eigen::VectorXd error = values - both.mean;
    return LeaveOneOut{std::move(both.mean), std::move(both.variance), error};
  }

  [[nodiscard]] Members members() const override { return members_; }

 private:
  [[nodiscard]] Posterior mixed(const std::function<Posterior(const Model&)>& of) const {
    std::vector<Posterior> all;
    for (const auto& member : members_) all.push_back(of(*member));
    return moments_of(all);
  }

  Members members_;
};

}  // namespace

Posterior moments_of(std::span<const Posterior> members) {
  require(!members.empty(), "moments_of: expected one member or more, got none");
  const auto count = static_cast<double>(members.size());
  const Index n = members.front().mean.size();
  Posterior result{VectorXd::Zero(n), VectorXd::Zero(n)};
  for (const Posterior& member : members) result.mean += member.mean / count;
  for (const Posterior& member : members)
    result.variance +=
        (member.variance.array() + (member.mean - result.mean).array().square()).matrix() / count;
  return result;
}

PosteriorGradient moments_of(std::span<const PosteriorGradient> members) {
  require(!members.empty(), "moments_of: expected one member or more, got none");
  const auto count = static_cast<double>(members.size());
  const Index d = members.front().mean_gradient.size();
  PosteriorGradient result{0, 0, VectorXd::Zero(d), VectorXd::Zero(d)};
  for (const PosteriorGradient& member : members) {
    result.mean += member.mean / count;
    result.mean_gradient += member.mean_gradient / count;
  }
  for (const PosteriorGradient& member : members) {
    const double off = member.mean - result.mean;
    result.variance += (member.variance + off * off) / count;
    result.variance_gradient +=
        (member.variance_gradient + 2 * off * (member.mean_gradient - result.mean_gradient)) /
        count;
  }
  return result;
}

std::unique_ptr<Model> mix_models(Members members) {
  require(!members.empty(), "mix_models: expected one model or more, got none");
  for (const auto& member : members) {
    require(member != nullptr, "mix_models: expected models, got a null one");
    require(member->dimension() == members.front()->dimension(),
            "mix_models: expected models of one dimension");
  }
  return std::make_unique<MixtureModel>(std::move(members));
}

std::unique_ptr<Model> wrap(
    std::shared_ptr<const Model> model,
    const std::function<std::unique_ptr<Model>(std::shared_ptr<const Model>)>& make) {
  Members members = model->members();
  if (members.empty()) return make(std::move(model));
  for (auto& member : members) member = make(std::move(member));
  return mix_models(std::move(members));
}

}  // namespace foray::surrogate
