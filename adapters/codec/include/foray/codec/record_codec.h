#pragma once

#include <string>
#include <string_view>

#include "foray/campaign/records.h"
#include "foray/codec/codec_error.h"

namespace foray::codec {

/// The format of records that this program writes; it reads no other.
inline constexpr int kRecordVersion = 1;

/// A record as JSON on one line, `{"v": 1, ...}`; its kind (`campaign::kind_name`) is kept beside
/// it. Numbers are written with the digits that read back as the same double.
/// @throws CodecError naming a number that is not finite or a string that is not UTF-8.
std::string write_record(const campaign::Record& record);

/// Reads what write_record() wrote.
/// @throws CodecError naming the path, what was expected and what came: an unknown kind or version,
///         a missing or unknown member, a wrong type, nesting beyond the limit.
campaign::Record read_record(std::string_view kind, std::string_view text);

}  // namespace foray::codec
