#pragma once

#include "foray/scattering/integrate.h"

namespace foray::classifier {

// How far intensity along chi is mapped onto itself: 1 exactly, 0 no more than by chance, less than
// 0 where maxima fall on minima.
struct RingSymmetry {
  bool valid = false;
  double score = 0;
  double variance = 0;
  double azimuth = 0;  // of the mirror line [rad], in [0, pi); 0 for turns
};

// Bins along the whole circle that ring_symmetry needs: a multiple of every order that it knows.
inline constexpr int kRingBins = 360;

// Under turns about the beam centre by 2 pi / order; order divides kRingBins, from 2 to 12. Order 2
// is inversion. Mean over the turns of 1 - <(I(chi) - I(chi + turn))^2> / (2 variance of I), both
// without what counting noise adds, over the bins that are seen at both places.
//
// Invalid when fewer than 36 bins are compared, or when the variation along chi is not three
// standard errors above counting noise: a ring without structure has every symmetry and none.
RingSymmetry turn_symmetry(const scattering::BinnedIntensity& profile, int order);

// Under the mirror whose score is the highest.
RingSymmetry mirror_symmetry(const scattering::BinnedIntensity& profile);

}  // namespace foray::classifier
