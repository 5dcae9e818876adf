#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foray/codec/codec_error.h"
#include "foray/simulator/beamline_spec.h"
#include "foray/simulator/sample_spec.h"

namespace foray::codec {

/// A sample with the instrument that suits it, as a file of its own.
struct SampleFile {
  simulator::SampleSpec sample;
  std::optional<simulator::BeamlineSpec> beamline;  ///< absent: the demo's.
};

/// Reads `{"sample": {...}, "beamline": {...}}`; what is in them is what a campaign's instrument
/// takes under the same names.
///
/// First against the published JSON Schema, then by making the sample and the beamline.
/// @throws CodecError naming the place: "/sample/phases/0/components/1: sphere: ...".
SampleFile read_sample_file(std::string_view text);

/// Writes a file that reads back as the same; defaults are written out.
std::string write_sample_file(const SampleFile& file);

}  // namespace foray::codec
