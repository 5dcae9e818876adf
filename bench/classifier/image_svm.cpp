#include "image_svm.h"

#include <dlib/array2d.h>
#include <dlib/image_transforms.h>
#include <dlib/svm.h>

#include <algorithm>
#include <cmath>

#include "foray/common/parallel.h"

namespace foray::bench {
namespace {

using Sample = dlib::matrix<float, 0, 1>;
using Samples = std::vector<Sample>;
using Kernel = dlib::linear_kernel<Sample>;

constexpr int kSide = classifier::kImageSide;

// dlib leaves out the outermost cells, and takes gradients of whole numbers.
dlib::array2d<int> padded(const float* channel, int by) {
  constexpr float kSteps = 1000;
  dlib::array2d<int> out(kSide + 2 * by, kSide + 2 * by);
  for (int i = 0; i < kSide + 2 * by; ++i) {
    const int row = std::clamp(i - by, 0, kSide - 1);
    for (int j = 0; j < kSide + 2 * by; ++j) {
      const float value = channel[row * kSide + std::clamp(j - by, 0, kSide - 1)];
      out[i][j] = static_cast<int>(std::lround(kSteps * value));
    }
  }
  return out;
}

Samples samples_of(const Examples& examples, int threads) {
  Samples samples(examples.size());
  parallel_for(static_cast<std::int64_t>(examples.size()), threads, [&](std::int64_t k) {
    samples[k] = dlib::mat(hog_features(examples[k].frame.image.data()));
  });
  return samples;
}

struct Plane {
  Sample normal;
  float offset = 0;
};

// No normal where there is nothing to tell apart.
Plane trained_plane(const Samples& samples, const std::vector<std::vector<int>>& truth, int output,
                    double c) {
  Samples asked;
  std::vector<float> answers;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    if (truth[k][output] < 0) continue;
    asked.push_back(samples[k]);
    answers.push_back(truth[k][output] == 1 ? 1.0F : -1.0F);
  }
  const auto [least, most] = std::minmax_element(answers.begin(), answers.end());
  if (answers.empty() || *least == *most) return {};
  const auto decision =
      dlib::svm_c_linear_dcd_trainer<Kernel>(static_cast<float>(c)).train(asked, answers);
  return {decision.basis_vectors(0) * decision.alpha(0), decision.b};
}

}  // namespace

std::vector<float> hog_features(const float* channel) {
  std::vector<float> features;
  for (const int cell : {8, 16}) {
    const auto part = dlib::extract_fhog_features(padded(channel, cell), cell);
    for (const double value : part) features.push_back(static_cast<float>(value));
  }
  return features;
}

std::vector<Outputs> svm_outputs(const classifier::OutputLayout& layout, const Examples& training,
                                 const std::vector<const Examples*>& sets, double c, int threads) {
  const Samples samples = samples_of(training, threads);
  std::vector<std::vector<int>> truth;
  for (const auto& example : training) truth.push_back(output_truth(layout, example.targets));
  std::vector<Plane> planes(layout.outputs);
  parallel_for(layout.outputs, threads, [&](std::int64_t k) {
    planes[k] = trained_plane(samples, truth, static_cast<int>(k), c);
  });
  std::vector<Outputs> all;
  for (const Examples* set : sets) {
    const Samples asked = samples_of(*set, threads);
    Outputs outputs;
    for (const Sample& sample : asked) {
      std::vector<double> one;
      for (const Plane& plane : planes) {
        one.push_back(plane.normal.size() == 0 ? 0
                                               : dlib::dot(plane.normal, sample) - plane.offset);
      }
      outputs.push_back(std::move(one));
    }
    all.push_back(std::move(outputs));
  }
  return all;
}

}  // namespace foray::bench
