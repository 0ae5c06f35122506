// WebSocket frames, server side (RFC 6455): masks, fragments, control frames, UTF-8, limits; no extensions.
// No I/O.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "wire/http_head.hpp"
#include "wire/json_scan.hpp"

namespace kgw {

enum class WsOpcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// The close codes that we send (RFC 6455 7.4.1).
enum class WsClose : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported = 1003,
  bad_utf8 = 1007,
  policy = 1008,
  too_large = 1009,
  internal = 1011,
  restart = 1012
};

// Checks an upgrade request (RFC 6455 4.2.1): GET, HTTP/1.1, Upgrade: websocket, Connection: Upgrade (lists),
// version 13, a key of 16 bytes in base64, each exactly once. Returns the value of Sec-WebSocket-Accept.
// Errors: upgrade_required if it is no upgrade at all or asks for another version (answer with
// Sec-WebSocket-Version: 13), bad_request if it is malformed.
Result<std::string> check_upgrade(const HttpHead& head);
std::string websocket_accept(std::string_view key);

// Writes the header of a server's frame (unmasked, FIN set) to `out`; returns its size, 2 to kWsHeaderBytesMax.
inline constexpr std::size_t kWsHeaderBytesMax = 10;
std::size_t write_ws_header(char* out, WsOpcode opcode, std::size_t payload_bytes);
// Returns a complete frame.
std::string encode_ws_frame(WsOpcode opcode, std::string_view payload);
std::string encode_ws_close(WsClose code,
                            // `reason` is cut to 123 bytes at a UTF-8 boundary.
                            std::string_view reason);

// What a WsReader found.
struct WsEvent {
  enum class Kind : std::uint8_t {
    need_more,  // no complete frame is left; `consumed` may still be above 0
    text,       // a complete message in `payload`, valid UTF-8
    binary,     // a complete binary message, not validated
    ping,       // `payload` has up to 125 bytes
    pong,
    close,  // `close_code` (1005 if the frame had none); `payload` is the reason
    error,  // close with `fault_code` and `reason`; the reader must not be used again
  };
  Kind kind = Kind::need_more;
  std::string_view payload;  // valid until the next call or until the buffer changes
  std::uint16_t close_code = 0;
  WsClose fault_code = WsClose::protocol_error;
  const char* reason = "";
};

// Reads a kiosk's frames from a buffer that the caller lends; unmasks in place. Holds memory only during a
// fragmented message. Checks: RSV bits, reserved opcodes, unmasked frames, control frames that are fragmented
// or over 125 bytes, non-minimal or excessive lengths (a 2^62-byte length is rejected at its header),
// continuation rules, close codes and lengths, UTF-8 of texts (across fragments too) and of close reasons,
// message size (1009).
class WsReader {
 public:
  explicit WsReader(std::size_t message_bytes_max = limits::kFrameBytesMax)
      : message_bytes_max_(static_cast<std::uint32_t>(message_bytes_max)) {}

  // Reads from `size` bytes at `data` and sets `consumed`, whatever the event: even need_more may have
  // consumed fragments of an unfinished message (they are unmasked and must not be passed again). Only
  // complete frames are consumed. Call again with the rest until need_more; then keep the rest and come back
  // with more bytes.
  WsEvent next(char* data, std::size_t size, std::size_t& consumed);
  // After need_more: the total size of the frame at the start of the rest, or 0 while its header is
  // incomplete. Lets the caller reserve once.
  std::size_t frame_bytes() const { return frame_bytes_; }
  // Bytes held for a fragmented message.
  std::size_t held_bytes() const { return message_ ? message_->capacity() : 0; }

 private:
  static WsEvent fail(WsClose code, const char* reason);
  WsEvent piece(WsOpcode opcode, bool fin, std::string_view bytes);
  static WsEvent control(WsOpcode opcode, std::string_view bytes);

  std::uint32_t message_bytes_max_;
  std::uint32_t frame_bytes_ = 0;
  std::unique_ptr<std::string> message_;  // the fragmented message so far
  Utf8Stream utf8_;
  WsOpcode message_opcode_ = WsOpcode::continuation;  // continuation: no message has begun
};

}  // namespace kgw
