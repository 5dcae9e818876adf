#pragma once

#include "foray/campaign/instrument.h"

namespace foray::campaign {

// Whether a second try at the same place may do better: the place was not at fault, or may not
// have been.
inline bool worth_retrying(FaultKind fault) {
  return fault == FaultKind::kTimeout || fault == FaultKind::kDisconnected ||
         fault == FaultKind::kBeamLoss || fault == FaultKind::kMalformed;
}

// Whether a fault says something about the place where it happened.
inline bool blames_place(FaultKind fault) {
  return fault == FaultKind::kTimeout || fault == FaultKind::kRefused ||
         fault == FaultKind::kSaturated || fault == FaultKind::kNotFinite ||
         fault == FaultKind::kMalformed;
}

}  // namespace foray::campaign
