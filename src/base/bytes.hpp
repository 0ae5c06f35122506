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

// One WebSocket text frame from the gateway to a kiosk, composed once (RFC 6455 5.2: unmasked, FIN set).
// `bytes` reserves kFrameHeaderBytesMax bytes before the payload; the frame's header is right-aligned in
// them, so that one allocation serves both the socket (`wire`) and the journal (`payload`).
inline constexpr std::size_t kFrameHeaderBytesMax = 10;

struct EncodedFrame {
  SharedBytes bytes;
  std::uint32_t start = 0;  // offset of the frame header's first byte

  // wire() and payload() require a frame that is not empty.
  explicit operator bool() const { return bytes != nullptr; }
  std::string_view wire() const { return std::string_view(*bytes).substr(start); }
  std::string_view payload() const { return std::string_view(*bytes).substr(kFrameHeaderBytesMax); }
};

}  // namespace kgw
