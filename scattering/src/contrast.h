#pragma once

#include <complex>

namespace foray::scattering {

// n^2 of one material less that of another, n = 1 - delta + i beta, without taking numbers near 1
// from each other.
template <typename One, typename Other>
std::complex<double> index_contrast(const One& one, const Other& other) {
  const std::complex<double> a(one.delta, -one.beta), b(other.delta, -other.beta);
  return (b - a) * (2.0 - a - b);
}

}  // namespace foray::scattering
