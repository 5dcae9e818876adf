#include "fft.h"

#include <fftw3.h>

#include <memory>
#include <mutex>
#include <type_traits>

#include "foray/common/check.h"

namespace foray::classifier {
namespace {

// FFTW's planner shares tables between plans; only executing them is safe on several threads.
std::mutex& planner() {
  static std::mutex mutex;
  return mutex;
}

struct Destroy {
  void operator()(fftwf_plan plan) const {
    const std::lock_guard<std::mutex> lock(planner());
    fftwf_destroy_plan(plan);
  }
};
using Plan = std::unique_ptr<std::remove_pointer_t<fftwf_plan>, Destroy>;

fftwf_complex* as_fftw(std::complex<float>* values) {
  return reinterpret_cast<fftwf_complex*>(values);  // the layout that both standards promise
}

}  // namespace

Eigen::Index fast_size(Eigen::Index least) {
  for (Eigen::Index size = least;; ++size) {
    Eigen::Index rest = size;
    for (const Eigen::Index prime : {2, 3, 5}) {
      while (rest % prime == 0) rest /= prime;
    }
    if (rest == 1) return size;
  }
}

// FFTW_ESTIMATE: measured plans would differ from run to run, and so would the last bits.
Spectrum forward(const Plane& plane) {
  // Transforms from real values leave their input as it is, though their argument is not const.
  auto* input = const_cast<float*>(plane.data());
  Spectrum spectrum(plane.rows(), plane.cols() / 2 + 1);
  Plan plan;
  {
    const std::lock_guard<std::mutex> lock(planner());
    plan.reset(fftwf_plan_dft_r2c_2d(static_cast<int>(plane.rows()), static_cast<int>(plane.cols()),
                                     input, as_fftw(spectrum.data()),
                                     FFTW_ESTIMATE | FFTW_PRESERVE_INPUT));
  }
  ensure(plan != nullptr, "forward: FFTW made no plan");
  fftwf_execute(plan.get());
  return spectrum;
}

Plane inverse(Spectrum spectrum, Eigen::Index columns) {
  Plane plane(spectrum.rows(), columns);
  Plan plan;
  {
    const std::lock_guard<std::mutex> lock(planner());
    plan.reset(fftwf_plan_dft_c2r_2d(static_cast<int>(plane.rows()), static_cast<int>(columns),
                                     as_fftw(spectrum.data()), plane.data(), FFTW_ESTIMATE));
  }
  ensure(plan != nullptr, "inverse: FFTW made no plan");
  fftwf_execute(plan.get());
  return plane;
}

}  // namespace foray::classifier
