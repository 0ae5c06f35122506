// Bytes that outlive the buffer they were read into, shared between the loop and the store's writer thread.
// Immutable once created, so sharing needs no lock.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kgw {

using Digest = std::array<std::uint8_t, 32>;  // SHA-256

using SharedBytes = std::shared_ptr<const std::string>;

inline SharedBytes share(std::string text) { return std::make_shared<const std::string>(std::move(text)); }
inline std::string_view view(const SharedBytes& bytes) {
  return bytes ? std::string_view(*bytes) : std::string_view();
}

}  // namespace kgw
