// OpenTo: who may call POST /send without a key (ALLOW_UNAUTHENTICATED_SEND).
#pragma once

#include <cstdint>

namespace kgw {

enum class OpenTo : std::uint8_t { nobody, this_machine, everyone };

}  // namespace kgw
