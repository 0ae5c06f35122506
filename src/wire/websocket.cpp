// Frames in and out (RFC 6455 5). The reader works in the caller's buffer, on the caller's thread.
#include "wire/websocket.hpp"

#include <algorithm>
#include <cstring>

namespace kgw {
namespace {

constexpr std::size_t kControlBytesMax = 125;
constexpr std::size_t kMaskBytes = 4;

struct Header {
  bool fin = false;
  std::uint8_t rsv = 0;
  std::uint8_t opcode = 0;
  bool masked = false;
  std::uint8_t short_length = 0;  // 126 and 127: more length bytes follow
  std::size_t bytes() const {
    return 2 + (short_length == 126 ? 2U : short_length == 127 ? 8U : 0U);
  }  // without the mask
  bool control() const { return (opcode & 8) != 0; }
};

Header read_header(const char* data) {
  const auto first = static_cast<std::uint8_t>(data[0]);
  const auto second = static_cast<std::uint8_t>(data[1]);
  return {(first & 0x80) != 0, static_cast<std::uint8_t>(first & 0x70), static_cast<std::uint8_t>(first & 0x0f),
          (second & 0x80) != 0, static_cast<std::uint8_t>(second & 0x7f)};
}

// Returns what is wrong with a frame's first two bytes, or null. `under_way`: a fragmented message has begun.
const char* fault_of(const Header& header, bool under_way) {
  if (header.rsv != 0) return "reserved bits set";
  const bool known = header.opcode <= 2 || (header.opcode >= 8 && header.opcode <= 10);
  if (!known) return "reserved opcode";
  if (!header.masked) return "frame not masked";
  if (header.control()) {
    if (!header.fin) return "fragmented control frame";
    if (header.short_length > kControlBytesMax) return "control frame too long";
    return nullptr;
  }
  if (header.opcode == 0 && !under_way) return "continuation without a message";
  if (header.opcode != 0 && under_way) return "new message inside a fragmented one";
  return nullptr;
}

std::uint64_t read_length(const char* data, const Header& header) {
  if (header.short_length < 126) return header.short_length;
  std::uint64_t length = 0;
  for (std::size_t i = 2; i < header.bytes(); ++i) length = length << 8 | static_cast<std::uint8_t>(data[i]);
  return length;
}

// RFC 6455 5.2: the shortest form must be used, and the highest bit of the long one is 0.
bool length_is_minimal(std::uint64_t length, const Header& header) {
  if (header.short_length == 126) return length >= 126;
  return header.short_length != 127 || (length > 0xffff && length >> 63 == 0);
}

void unmask(char* payload, std::size_t size, const char* key) {
  char twice[8];
  std::memcpy(twice, key, 4);
  std::memcpy(twice + 4, key, 4);
  std::uint64_t mask = 0;
  std::memcpy(&mask, twice, 8);
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload + i, 8);
    word ^= mask;
    std::memcpy(payload + i, &word, 8);
  }
  for (; i < size; ++i) payload[i] = static_cast<char>(payload[i] ^ key[i & 3]);
}

// RFC 6455 7.4, and those that IANA has added (1012 to 1014).
bool may_be_received(unsigned code) {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

}  // namespace

WsEvent WsReader::fail(WsClose code, const char* reason) {
  WsEvent event;
  event.kind = WsEvent::Kind::error;
  event.fault_code = code;
  event.reason = reason;
  return event;
}

WsEvent WsReader::next(char* data, std::size_t size, std::size_t& consumed) {
  consumed = 0;
  frame_bytes_ = 0;
  if (message_opcode_ == WsOpcode::continuation) message_.reset();  // the message returned last time
  while (true) {
    char* const frame = data + consumed;
    const std::size_t left = size - consumed;
    if (left < 2) return {};
    const Header header = read_header(frame);
    if (const char* fault = fault_of(header, message_opcode_ != WsOpcode::continuation); fault != nullptr)
      return fail(WsClose::protocol_error, fault);
    if (left < header.bytes()) return {};
    const std::uint64_t length = read_length(frame, header);
    if (!length_is_minimal(length, header))
      return fail(WsClose::protocol_error, "length not in its shortest form");
    const std::size_t held = header.control() || !message_ ? 0 : message_->size();
    if (length > message_bytes_max_ - held && !header.control())
      return fail(WsClose::too_large, "message too large");
    const std::size_t frame_bytes = header.bytes() + kMaskBytes + static_cast<std::size_t>(length);
    if (left < frame_bytes) {
      frame_bytes_ = static_cast<std::uint32_t>(frame_bytes);
      return {};
    }
    char* const payload = frame + header.bytes() + kMaskBytes;
    unmask(payload, static_cast<std::size_t>(length), payload - kMaskBytes);
    consumed += frame_bytes;
    const std::string_view bytes(payload, static_cast<std::size_t>(length));
    const WsEvent event = header.control() ? control(static_cast<WsOpcode>(header.opcode), bytes)
                                           : piece(static_cast<WsOpcode>(header.opcode), header.fin, bytes);
    if (event.kind != WsEvent::Kind::need_more) return event;
  }
}

// Handles one piece of a message; need_more while the message continues.
WsEvent WsReader::piece(WsOpcode opcode, bool fin, std::string_view bytes) {
  WsEvent event;
  if (opcode != WsOpcode::continuation && fin) {
    if (opcode == WsOpcode::text && !is_utf8(bytes)) return fail(WsClose::bad_utf8, "text is not UTF-8");
    event.kind = opcode == WsOpcode::text ? WsEvent::Kind::text : WsEvent::Kind::binary;
    event.payload = bytes;
    return event;
  }
  if (opcode != WsOpcode::continuation) {
    message_opcode_ = opcode;
    message_ = std::make_unique<std::string>();
    utf8_ = {};
  }
  const bool is_text = message_opcode_ == WsOpcode::text;
  if (is_text && (!utf8_.feed(bytes) || (fin && !utf8_.complete())))
    return fail(WsClose::bad_utf8, "text is not UTF-8");
  message_->append(bytes);
  if (!fin) return event;
  message_opcode_ = WsOpcode::continuation;
  event.kind = is_text ? WsEvent::Kind::text : WsEvent::Kind::binary;
  event.payload = *message_;
  return event;
}

WsEvent WsReader::control(WsOpcode opcode, std::string_view bytes) {
  WsEvent event;
  event.payload = bytes;
  if (opcode != WsOpcode::close) {
    event.kind = opcode == WsOpcode::ping ? WsEvent::Kind::ping : WsEvent::Kind::pong;
    return event;
  }
  event.kind = WsEvent::Kind::close;
  event.close_code = 1005;
  if (bytes.empty()) return event;
  if (bytes.size() == 1) return fail(WsClose::protocol_error, "close frame of one byte");
  const unsigned code =
      static_cast<unsigned>(static_cast<std::uint8_t>(bytes[0])) << 8 | static_cast<std::uint8_t>(bytes[1]);
  if (!may_be_received(code)) return fail(WsClose::protocol_error, "close code not allowed");
  event.close_code = static_cast<std::uint16_t>(code);
  event.payload = bytes.substr(2);
  if (!is_utf8(event.payload)) return fail(WsClose::bad_utf8, "close reason is not UTF-8");
  return event;
}

std::size_t write_ws_header(char* out, WsOpcode opcode, std::size_t payload_bytes) {
  out[0] = static_cast<char>(0x80 | static_cast<unsigned>(opcode));
  const auto put = [out](std::size_t at, std::size_t value) { out[at] = static_cast<char>(value & 0xff); };
  if (payload_bytes < 126) {
    put(1, payload_bytes);
    return 2;
  }
  if (payload_bytes <= 0xffff) {
    put(1, 126);
    put(2, payload_bytes >> 8);
    put(3, payload_bytes);
    return 4;
  }
  put(1, 127);
  for (std::size_t i = 0; i < 8; ++i) put(2 + i, payload_bytes >> (56 - 8 * i));
  return 10;
}

std::string encode_ws_frame(WsOpcode opcode, std::string_view payload) {
  char header[kWsHeaderBytesMax];
  const std::size_t header_bytes = write_ws_header(header, opcode, payload.size());
  std::string frame;
  frame.reserve(header_bytes + payload.size());
  frame.append(header, header_bytes).append(payload);
  return frame;
}

std::string encode_ws_close(WsClose code, std::string_view reason) {
  std::size_t size = std::min(reason.size(), kControlBytesMax - 2);
  while (size < reason.size() && size > 0 && (static_cast<std::uint8_t>(reason[size]) & 0xc0) == 0x80) --size;
  std::string payload;
  payload += static_cast<char>(static_cast<unsigned>(code) >> 8);
  payload += static_cast<char>(static_cast<unsigned>(code) & 0xff);
  payload += reason.substr(0, size);
  return encode_ws_frame(WsOpcode::close, payload);
}

}  // namespace kgw
