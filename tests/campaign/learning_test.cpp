#include "foray/campaign/learning.h"

#include <gtest/gtest.h>

#include "fakes.h"

namespace foray::campaign::testing::learning_test {
namespace {

using Eigen::MatrixXd;

optimizer::Parameter plates() {
  optimizer::Parameter plate;
  plate.name = "plate";
  plate.lower = 0;
  plate.upper = 2;
  plate.categories = {"A", "B", "C"};
  return plate;
}

// Seven results on three plates, the third of which brought no value.
struct Results {
  CampaignSpec spec = small_spec();
  std::vector<scattering::Observable> observables;
  std::vector<Result> results;

  explicit Results(const SharedNoise& noise) {
    spec.parameters.push_back(plates());
    spec.observables[0].shared_noise = noise;
    for (int i = 0; i < 7; ++i)
      observables.push_back(
          {"f",
           i == 2 ? scattering::ObservableStatus::kAbsent : scattering::ObservableStatus::kPresent,
           0.1 * i, 1e-4, ""});
    for (int i = 0; i < 7; ++i)
      results.push_back({Eigen::Vector3d(0.5 * i, 0, i % 3), &observables[std::size_t(i)]});
  }

  [[nodiscard]] MatrixXd shared() const {
    return lesson(spec, 0, optimizer::SearchSpace(spec.parameters, {}), results).points.shared;
  }
};

TEST(Lesson, ResultsShareAnErrorBlockByBlock) {
  MatrixXd expected(6, 3);
  // Results 0 to 2, 3 to 5 and 6, of which 2 brought nothing.
  expected << 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1;
  EXPECT_EQ(Results({0.25, 3, ""}).shared(), 0.25 * expected);
}

TEST(Lesson, ResultsShareAnErrorByTheValueOfAParameter) {
  MatrixXd expected(6, 3);
  // Results 0, 1, 3, 4, 5 and 6 on plates A, B, A, B, C and A.
  expected << 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0;
  EXPECT_EQ(Results({0.5, 0, "plate"}).shared(), 0.5 * expected);
}

TEST(Lesson, SharesNothingUnlessItIsAskedTo) {
  Results results({0.5, 3, ""});
  results.spec.observables[0].shared_noise.reset();
  EXPECT_EQ(results.shared().size(), 0);
}

}  // namespace
}  // namespace foray::campaign::testing::learning_test
