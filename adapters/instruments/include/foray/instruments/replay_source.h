#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "foray/codec/instrument_spec.h"
#include "foray/instruments/measurement_source.h"

namespace foray::instruments {

/// Reads one detector image or curve; passed in, because formats belong to another adapter.
using MeasurementReader = std::function<scattering::Measurement(const std::filesystem::path&)>;

/// A table of what was measured before, as a source: values, or frame files.
///
/// Distances are taken after each position column is scaled to the range that it spans.
/// - nearest: the row that is nearest, its position as where it was measured.
/// - inverse_distance: the mean of the `neighbours` nearest rows with weights 1 / distance^2
///   (Shepard 1968, doi:10.1145/800186.810616); at a row, that row.
/// - local_linear: the plane fitted to them with tricube weights of distance over 1.001 times the
///   farthest one's (Cleveland 1979, doi:10.1080/01621459.1979.10481038), at the requested place.
/// Both are linear in the rows' values, sum of l_i y_i, so the variance is the sum of l_i^2 v_i.
/// Values are named as in `values`; variances default to the column "NAME_variance", then to 0.
///
/// @param parameters  names of the campaign's parameters that the table has positions of (exposure
///                    left out).
/// @param folder      where a relative file name starts; frame files start at the table's folder.
/// @throws std::invalid_argument naming the file, line and column of what is wrong.
std::unique_ptr<MeasurementSource> make_replay_source(const codec::ReplayInstrumentSpec& spec,
                                                      const std::vector<std::string>& parameters,
                                                      const std::filesystem::path& folder,
                                                      MeasurementReader reader);

}  // namespace foray::instruments
