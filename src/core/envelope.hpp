// Envelope: what a caller sent for its kiosk: its id, the headers that are forwarded and the body, in one text
// that everyone who holds it shares. Composed once, by wire/kiosk_frame; how it is framed for a connection is
// KioskSession's affair. The same text is what stores keep, so its layout never changes:
//
//   {"request_id":"<uuid>","headers":{"name":"value",...},"body":<the body, byte for byte>}
//
// It also happens to be a v1 kiosk's message (PROTOCOL.md 3). Immutable, plain data; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace kgw {

struct Envelope {
  SharedBytes text;
  std::uint32_t body_at = 0;  // where the body begins; only the closing '}' follows it

  explicit operator bool() const { return text != nullptr; }
  // Requires an envelope that is not empty.
  std::string_view body() const { return std::string_view(*text).substr(body_at, text->size() - body_at - 1); }
};

// What comes before a part of the text.
namespace envelope_layout {
inline constexpr std::string_view kId = R"({"request_id":")";
inline constexpr std::string_view kHeaders = R"(","headers":{)";
inline constexpr std::string_view kBody = R"(},"body":)";
}  // namespace envelope_layout

// Returns the body in a stored envelope's text, or nullopt if the text is no envelope. Does not check that the
// body is JSON. Linear in what comes before the body.
std::optional<std::string_view> body_in(std::string_view text);

}  // namespace kgw
