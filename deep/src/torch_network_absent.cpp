#include "foray/deep/torch_network.h"

namespace foray::deep {

bool available() { return false; }

std::shared_ptr<const surrogate::Network> torch_network() { return nullptr; }

}  // namespace foray::deep
