#pragma once

#include <vector>

#include "method_outputs.h"

namespace foray::bench {

// Histograms of oriented gradients of one channel of kImageSide x kImageSide, in cells of 8 and of
// 16 pixels; the edge is repeated beyond the image. No brightness or contrast is left in them.
// Source: Felzenszwalb, Girshick, McAllester, Ramanan (2010), doi:10.1109/TPAMI.2009.167, as dlib
// has them; two sizes of cells as Bosch, Zisserman, Munoz (2007), doi:10.1145/1282280.1282340.
std::vector<float> hog_features(const float* channel);

// Trains a linear support vector machine on the histograms of the log intensity for each output,
// on the examples of which it is asked, and gives the distances from its plane for each of `sets`.
// An output that has examples of one answer alone says 0.
// @param c  weight of an example's hinge loss beside half the squared length of the plane's normal.
std::vector<Outputs> svm_outputs(const classifier::OutputLayout& layout, const Examples& training,
                                 const std::vector<const Examples*>& sets, double c, int threads);

}  // namespace foray::bench
