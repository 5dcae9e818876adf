#include "foray/classifier/label_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

namespace foray::classifier::label_queue_test {
namespace {

using ::testing::ElementsAre;

TEST(Doubt, CountsTheAnswersThatLabelsWouldGive) {
  EXPECT_DOUBLE_EQ(doubt({}), 0);
  EXPECT_DOUBLE_EQ(doubt({{"a", 1, 0}, {"a/x", 0, 0}}), 0);
  EXPECT_DOUBLE_EQ(doubt({{"a", 0.5, 0}, {"b", 0.5, 0}}), 2);
  // The child is an even bet where its parent holds, in half of the cases.
  EXPECT_DOUBLE_EQ(doubt({{"a", 0.5, 0}, {"a/x", 0.25, 0}}), 1.5);
  // 0.25 and 0.75: 2 - 3/4 log2(3) bit.
  EXPECT_NEAR(doubt({{"a", 0.25, 0}}), 0.8112781245, 1e-9);
  EXPECT_DOUBLE_EQ(doubt({{"a", 0, 0}, {"a/x", 0, 0}}), 0);
  // An aspect's question has no parent among the classes.
  EXPECT_DOUBLE_EQ(doubt({{"a", 0, 0}, {"problem/weak", 0.5, 0}}), 1);
}

TEST(LabelQueue, BeginsWithTheMostDoubtfulAndAsksForNoneTwice) {
  Eigen::VectorXd doubts(4);
  doubts << 1, 3, 2, 3;
  Eigen::MatrixXf features(1, 4);
  features << 0, 5, 5, 5;
  // 2 and 3 look like 1; only 0 tells more.
  EXPECT_THAT(label_queue(doubts, features, 4), ElementsAre(1, 0));
  EXPECT_THAT(label_queue(doubts, features, 1), ElementsAre(1));
  EXPECT_THAT(label_queue(doubts, features, 0), ElementsAre());
}

TEST(LabelQueue, WeighsDistanceByDoubt) {
  Eigen::VectorXd doubts(4);
  doubts << 4, 1, 2, 1;
  Eigen::MatrixXf features(2, 4);
  features << 0, 5, 3, 12,  //
      0, 0, 0, 0;
  // From 0: 1 * 5, 2 * 3, 1 * 12. Then 1 * 5, 2 * 3. Then 1 * 2.
  EXPECT_THAT(label_queue(doubts, features, 9), ElementsAre(0, 3, 2, 1));
}

TEST(LabelQueue, LeavesOutWhatIsInNoDoubt) {
  const Eigen::VectorXd doubts = Eigen::VectorXd::Zero(3);
  const Eigen::MatrixXf features = Eigen::MatrixXf::Identity(3, 3);
  EXPECT_THAT(label_queue(doubts, features, 3), ElementsAre());
  EXPECT_THAT(label_queue(Eigen::VectorXd(0), Eigen::MatrixXf(3, 0), 3), ElementsAre());
}

TEST(LabelQueue, RefusesWhatDoesNotFit) {
  Eigen::VectorXd doubts = Eigen::VectorXd::Ones(3);
  Eigen::MatrixXf features = Eigen::MatrixXf::Identity(3, 3);
  EXPECT_THROW((void)label_queue(doubts, features.leftCols(2), 1), std::invalid_argument);
  EXPECT_THROW((void)label_queue(-doubts, features, 1), std::invalid_argument);
  EXPECT_THROW((void)label_queue(doubts, features, -1), std::invalid_argument);
  features(0, 0) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW((void)label_queue(doubts, features, 1), std::invalid_argument);
  doubts(0) = std::numeric_limits<double>::infinity();
  EXPECT_THROW((void)label_queue(doubts, Eigen::MatrixXf::Identity(3, 3), 1),
               std::invalid_argument);
}

}  // namespace
}  // namespace foray::classifier::label_queue_test
