// WebSocket frames, the server's side (RFC 6455): masks, fragments, control frames, UTF-8, limits; no
// extensions. No I/O.
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

// Close codes that we send (RFC 6455 7.4.1).
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
// version 13, a key of 16 bytes in base64, each once. Gives Sec-WebSocket-Accept's value. Errors:
// upgrade_required when it is no upgrade at all or speaks another version (answer with Sec-WebSocket-Version:
// 13), bad_request when it is a broken one.
Result<std::string> check_upgrade(const HttpHead& head);
std::string websocket_accept(std::string_view key);

// Writes a server's (unmasked, FIN) frame header to `out`; gives its size, 2 to 10.
std::size_t write_ws_header(char* out, WsOpcode opcode, std::size_t payload_bytes);
// A whole frame.
std::string encode_ws_frame(WsOpcode opcode, std::string_view payload);
std::string encode_ws_close(WsClose code,
                            std::string_view reason);  // reason is cut to 123 bytes at a UTF-8 boundary

// What a WsReader met.
struct WsEvent {
  enum class Kind : std::uint8_t {
    need_more,  // nothing whole is left; `consumed` may still be above 0
    text,       // a whole message, in `payload`
    binary,     // a whole binary message, whatever bytes
    ping,       // payload up to 125 bytes
    pong,
    close,  // payload: `close_code` (1005 when there was none) and reason
    error,  // close with `fault_code` and `reason`; the reader must not be used again
  };
  Kind kind = Kind::need_more;
  std::string_view payload;  // valid until the next call or until the buffer is touched
  std::uint16_t close_code = 0;
  WsClose fault_code = WsClose::protocol_error;
  const char* reason = "";
};

// Reads a kiosk's frames out of a buffer that the caller lends; unmasks in place. Holds memory only while a
// fragmented message is under way. Checks: RSV bits, reserved opcodes, unmasked frames, control frames
// fragmented or over 125 bytes, non-minimal or over-long lengths (a 2^62-byte length is refused at its header),
// continuation rules, close codes and lengths, UTF-8 of text (also across fragments, failing at the first bad
// byte of a whole frame) and of close reasons, message size (1009).
class WsReader {
 public:
  explicit WsReader(std::size_t message_bytes_max = limits::kFrameBytesMax)
      : message_bytes_max_(static_cast<std::uint32_t>(message_bytes_max)) {}

  // Looks at `size` bytes at `data`; `consumed` says how many are done with, with every event: also need_more
  // may have taken fragments of a message that goes on (unmasked, so they must not come again). Frames are only
  // taken whole. Call again with what is left until need_more; then keep that rest and come again with more.
  WsEvent next(char* data, std::size_t size, std::size_t& consumed);
  // After need_more: how many bytes the frame at the start of the rest has in all, once its header is there
  // (else 0). Lets the caller reserve once.
  std::size_t frame_bytes() const { return frame_bytes_; }
  // Memory held for a fragmented message.
  std::size_t held_bytes() const { return message_ ? message_->capacity() : 0; }

 private:
  static WsEvent fail(WsClose code, const char* reason);
  WsEvent piece(WsOpcode opcode, bool fin, std::string_view bytes);
  static WsEvent control(WsOpcode opcode, std::string_view bytes);

  std::uint32_t message_bytes_max_;
  std::uint32_t frame_bytes_ = 0;
  std::unique_ptr<std::string> message_;  // a fragmented message so far
  Utf8Stream utf8_;
  WsOpcode message_opcode_ = WsOpcode::continuation;  // continuation: none under way
};

}  // namespace kgw
