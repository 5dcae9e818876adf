#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "foray/scattering/measurement.h"
#include "foray/simulator/labels.h"
#include "foray/simulator/scene.h"

namespace foray::simulator {

class PixelsByQ;
struct SceneTables;

/// Makes frames on one beamline. What depends on the beamline alone (q, chi, solid angle,
/// polarization, shadows) is computed once, here. Const methods may be called concurrently.
///
/// Counts of a pixel: N = flux t T d I dOmega efficiency P, with dOmega = (pixel area / dist^2)
/// (dist / |t|)^3 and P = (1 + cos^2 2theta - f cos 2chi sin^2 2theta) / 2.
/// Source: Pauw et al. (2017), doi:10.1107/S1600576717015096, its corrections taken in reverse.
///
/// Rings are broadened by the beamline's resolution (broadened() in profiles.h); halos and power
/// laws, which are wide, are not. Radial profiles are tabulated at a fiftieth of the narrowest
/// width or finer and interpolated linearly: the error is below 4e-4 of a peak's height. Power laws
/// are computed at each pixel. Models are tabulated with the resolution to 1e-6 of the largest
/// value near each q (scattering/curve_table.h), which the sum over pixels keeps. An intensity is
/// taken at the pixel's centre; what a pixel averages over belongs to the beamline's
/// resolution_fwhm.
class FrameMaker {
 public:
  /// @param rule  when something is visible, for the labels.
  /// @throws std::invalid_argument on an invalid beamline, naming the field.
  explicit FrameMaker(Beamline beamline, const VisibilityRule& rule = {});

  [[nodiscard]] const Beamline& beamline() const { return beamline_; }

  /// q [1/angstrom] of every pixel centre.
  [[nodiscard]] const scattering::Image& q() const { return q_; }

  /// Components along t1 and t2 of the unit vector from the sample to every pixel centre.
  [[nodiscard]] const scattering::Image& up() const { return up_; }
  [[nodiscard]] const scattering::Image& side() const { return side_; }

  /// scattering::rotation_matrix() of the beamline's detector.
  [[nodiscard]] const Eigen::Matrix3d& rotation() const { return rotation_; }

  /// Azimuth of every pixel centre in turns, [0, 1].
  [[nodiscard]] const scattering::Image& turn() const { return turn_; }

  /// Slits, air and windows [1/cm].
  [[nodiscard]] const scattering::Image& parasitic() const { return parasitic_; }

  /// Counts per second that an intensity of 1/cm gives in each pixel, before the sensor spreads and
  /// weighs them (point_spread, flat_spread); 0 where nothing arrives.
  [[nodiscard]] const scattering::Image& counts_per_intensity() const { return factor_; }

  /// The pixels that are not masked, in steps of q.
  [[nodiscard]] const PixelsByQ& good_by_q() const { return *good_by_q_; }

  /// What the sensor makes of the counts that reach a pixel, by its index, and of no others: its
  /// efficiency over the mean one (flat_spread), 0 of a dead pixel.
  [[nodiscard]] double gain(Eigen::Index pixel) const;

  /// Counts per second of a pixel without beam, by its index.
  [[nodiscard]] double dark(Eigen::Index pixel) const;

  /// The bits of all pixels' masks together; of a beamstop's (kMaskUser) where there is no gap.
  [[nodiscard]] std::uint32_t mask_bits() const { return mask_bits_; }

  /// Counts of the reflected beam in an exposure, spread by the sensor and not yet weighed.
  /// @param tables  of the scene, which has a surface.
  [[nodiscard]] scattering::Image reflected(const Scene& scene, const SceneTables& tables,
                                            double exposure_s) const;

  /// dSigma/dOmega of a scene at every pixel, parasitic scattering included [1/cm]. At grazing
  /// incidence it is 0 below the horizon of an opaque substrate, but for the parasitic part.
  /// @param threads  for this call; the result does not depend on it.
  [[nodiscard]] scattering::Image intensity(const Scene& scene, int threads = 1) const;

  /// Expected counts of every pixel, dark counts included, without noise and saturation.
  [[nodiscard]] scattering::Image expected(const Scene& scene, double exposure_s,
                                           int threads = 1) const;

  /// Label paths of an exposure, in the order of label_paths(), without what a frame's draws
  /// decide; see labels.h.
  [[nodiscard]] std::vector<std::string> labels(const Scene& scene, double exposure_s) const;

  /// A frame with its noise and labels; draws come from the stream (seed, index) and the row alone.
  [[nodiscard]] SimulatedFrame make(const Scene& scene, double exposure_s, std::uint64_t seed,
                                    std::uint64_t index, int threads = 1) const;

 private:
  void map_pixels(const scattering::Image& chi);
  [[nodiscard]] SceneTables tables_of(const Scene& scene) const;
  // As the counts of an exposure, times the beam's share of the flux; 0: as an intensity.
  [[nodiscard]] scattering::Image intensity_of(const Scene& scene, const SceneTables& tables,
                                               double exposure_s, int threads) const;
  [[nodiscard]] scattering::Image expected_of(const Scene& scene, const SceneTables& tables,
                                              double exposure_s, int threads) const;
  void transmission_rows(const Scene& scene, const SceneTables& tables, double exposure_s,
                         scattering::Image& out, int threads) const;
  void grazing_rows(const Scene& scene, const SceneTables& tables, double exposure_s,
                    scattering::Image& out, int threads) const;
  void add_specular(const Scene& scene, const SceneTables& tables, double exposure_s,
                    scattering::Image& out) const;
  // What beamstop, gaps and an obstruction let through to a pixel.
  [[nodiscard]] double let_through_to(Eigen::Index pixel) const;
  // As the sensor does, if it does.
  void spread(scattering::Image& out) const;
  void find_gaps();
  void find_faults();
  void count_dark(double exposure_s, scattering::Image& out) const;
  // Good ones that stand out among what is expected.
  [[nodiscard]] int hot_pixels(const scattering::Image& expected, double exposure_s) const;

  struct Fault {  // of a pixel that is hot or dead
    Eigen::Index pixel;
    double dark;  // counts per second
    double gain;  // 1, or 0 for a dead pixel
  };

  struct Run {  // of pixels beside each other, rows following rows
    Eigen::Index first, size;
  };

  // The fault of a pixel, or none.
  [[nodiscard]] const Fault* fault_of(Eigen::Index pixel) const;
  // Whether a row is a gap.
  [[nodiscard]] bool is_blind(Eigen::Index row) const {
    return blind_[static_cast<std::size_t>(row)];
  }

  Beamline beamline_;
  VisibilityRule rule_;
  std::vector<Fault> faults_;
  std::vector<bool> blind_;  // of each row
  std::uint32_t mask_bits_ = 0;
  Eigen::Matrix3d rotation_;
  std::vector<Run> sensitive_;   // all that is no gap
  scattering::Image q_;          // [1/angstrom]
  scattering::Image root_q_;     // its root
  scattering::Image log_q_;      // ln(q / 0.01)
  scattering::Image radial_;     // (q - q_min) / (q_max - q_min)
  scattering::Image turn_;       // chi / 2 pi, in [0, 1)
  scattering::Image up_, side_;  // components along t1 and t2 of the direction to the pixel
  scattering::Image factor_;     // counts per second and 1/cm
  scattering::Image flat_;       // efficiencies of the pixels; empty: all the same
  scattering::Image parasitic_;  // [1/cm]
  std::shared_ptr<const PixelsByQ> good_by_q_;
  double q_min_ = 0, q_max_ = 0;
  double q_seen_ = 0;  // the least q of a pixel where something arrives
};

}  // namespace foray::simulator
