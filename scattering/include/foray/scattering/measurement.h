#pragma once

#include <Eigen/Core>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "foray/scattering/geometry.h"
#include "foray/scattering/image.h"

namespace foray::scattering {

/// One detector image with all that its reduction needs.
struct Frame {
  Image counts;                   ///< counts per pixel; what masked pixels hold has no meaning.
  Mask mask;                      ///< same shape as counts.
  Geometry geometry;              ///< where the detector stood.
  double exposure_s = 1.0;        ///< exposure time [s], > 0.
  double monitor = 1.0;           ///< incident intensity relative to nominal, > 0.
  double transmission = 1.0;      ///< of the sample, in (0, 1].
  std::optional<Image> variance;  ///< of counts; absent: Poisson, the variance is the count.
  double saturation = 0.0;        ///< counts at and above this are saturated; 0: not known.
};

/// Refuses shapes that do not agree, an empty image, or an invalid geometry, exposure or monitor.
/// @throws std::invalid_argument naming the field, what was expected and what came.
void validate(const Frame& frame);

/// The same, and refuses counts and variances that are negative or not finite where the mask is 0.
/// Reads every pixel.
void validate_counts(const Frame& frame);

/// A curve I(q) with its uncertainties.
struct Curve {
  Eigen::VectorXd q;                    ///< n values, ascending [1/angstrom].
  Eigen::VectorXd intensity;            ///< n values.
  Eigen::VectorXd sigma;                ///< n standard deviations of intensity; empty: not known.
  Eigen::VectorXd dq;                   ///< n standard deviations of q; empty: not known.
  Eigen::VectorXd slit_length = {};     /**< n: how far a slit reaches to either side across q
                                             [1/angstrom]; empty: no slit. */
  Eigen::VectorXd slit_width = {};      /**< n: how far it reaches to either side along q
                                             [1/angstrom]; empty where slit_length is. */
  std::string intensity_unit = "1/cm";  ///< "1/cm" or "arbitrary" or "counts/s".
  bool counting = false;  ///< intensity is counts over a normalisation and sigma its Poisson error.
};

/// Refuses lengths that do not agree, q that descends, and values that are not finite.
/// @throws std::invalid_argument naming the field, what was expected and what came.
void validate(const Curve& curve);

/// Two-dimensional data already in reciprocal space, one entry a pixel, in any order.
struct QImage {
  Eigen::VectorXd qx, qy;     ///< n values each [1/angstrom].
  Eigen::VectorXd intensity;  ///< n values.
  Eigen::VectorXd sigma;      ///< n; empty: not known.
  std::vector<bool> masked;   ///< n; true: leave out. Empty: none is masked.
  std::string intensity_unit = "1/cm";
};

/// Refuses lengths that do not agree, q that is not finite, and bad values where not masked.
/// @throws std::invalid_argument naming the field, what was expected and what came.
void validate(const QImage& image);

/// One named number that an instrument answered with.
struct NamedValue {
  std::string name;
  double value = 0;
  double variance = 0;  ///< >= 0.
};

/// An instrument that already answers with numbers.
using Values = std::vector<NamedValue>;

/// What an instrument may return.
using Measurement = std::variant<Frame, Curve, QImage, Values>;

}  // namespace foray::scattering
