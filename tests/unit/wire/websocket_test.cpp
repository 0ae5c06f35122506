#include "wire/websocket.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.hpp"

namespace kgw {
namespace {

using Kind = WsEvent::Kind;

std::string frame(unsigned first, std::string_view payload, int length_form = 0, bool masked = true) {
  std::string out(1, static_cast<char>(first));
  const unsigned mask_bit = masked ? 0x80 : 0;
  const std::size_t size = payload.size();
  if (length_form == 0) length_form = size < 126 ? 7 : size < 65536 ? 16 : 64;
  if (length_form == 7) out += static_cast<char>(mask_bit | size);
  if (length_form == 16) {
    out += static_cast<char>(mask_bit | 126);
    for (int shift : {8, 0}) out += static_cast<char>(size >> shift);
  }
  if (length_form == 64) {
    out += static_cast<char>(mask_bit | 127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(std::uint64_t{size} >> shift);
  }
  if (!masked) return out.append(payload);
  const char key[] = {'\x37', '\xfa', '\x21', '\x3d'};
  out.append(key, 4);
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(payload[i] ^ key[i % 4]);
  return out;
}

std::string close_frame(unsigned code, std::string_view reason = "") {
  std::string payload;
  payload += static_cast<char>(code >> 8);
  payload += static_cast<char>(code);
  return frame(0x88, payload.append(reason));
}

struct Seen {
  Kind kind{};
  std::string payload;
  unsigned code = 0;
  std::string reason;
  bool operator==(const Seen&) const = default;
};
void PrintTo(const Seen& seen, std::ostream* out) {
  *out << "{kind " << static_cast<int>(seen.kind) << ", " << seen.payload.substr(0, 80) << " ("
       << seen.payload.size() << "), " << seen.code << ", " << seen.reason << "}";
}

// Feeds the stream in pieces whose sizes `next_piece` gives, as a connection would: the rest is kept and grows.
template <class NextPiece>
std::vector<Seen> read_in_pieces(std::string_view stream, NextPiece next_piece,
                                 std::size_t max = limits::kFrameBytesMax) {
  WsReader reader(max);
  std::vector<Seen> seen;
  std::string rest;
  while (!stream.empty()) {
    const std::size_t size = std::min<std::size_t>(next_piece(), stream.size());
    rest.append(stream.substr(0, size));
    stream.remove_prefix(size);
    for (;;) {
      std::string lent = rest;  // its own allocation, so that a sanitizer sees a read past its end
      lent.shrink_to_fit();
      std::size_t consumed = 0;
      const WsEvent event = reader.next(lent.data(), lent.size(), consumed);
      rest.erase(0, consumed);
      if (event.kind == Kind::need_more) {
        // What is left was not touched: it comes again, masked as it was.
        EXPECT_EQ(lent.substr(consumed), rest);
        break;
      }
      const unsigned code =
          event.kind == Kind::error ? static_cast<unsigned>(event.fault_code) : event.close_code;
      seen.push_back({event.kind, std::string(event.payload), code, event.reason});
      if (event.kind == Kind::error) return seen;
    }
  }
  return seen;
}

std::vector<Seen> read_all(std::string_view stream, std::size_t max = limits::kFrameBytesMax) {
  return read_in_pieces(
      stream, [&] { return stream.size(); }, max);
}

struct Case {
  const char* name;
  std::string stream;
  std::vector<Seen> events;
};

Seen text(std::string payload) { return {Kind::text, std::move(payload), 0, ""}; }
Seen error(WsClose code, std::string reason) {
  return {Kind::error, "", static_cast<unsigned>(code), std::move(reason)};
}

std::vector<Case> cases() {
  const std::string long_text(300, 'x');
  const std::string very_long(70'000, 'y');
  const auto protocol = WsClose::protocol_error;
  return {
      {"nothing", "", {}},
      {"text", frame(0x81, "Hello"), {text("Hello")}},
      {"empty text", frame(0x81, ""), {text("")}},
      {"16-bit length", frame(0x81, long_text), {text(long_text)}},
      {"64-bit length", frame(0x81, very_long), {text(very_long)}},
      {"125 and 126",
       frame(0x81, long_text.substr(0, 125)) + frame(0x81, long_text.substr(0, 126)),
       {text(long_text.substr(0, 125)), text(long_text.substr(0, 126))}},
      {"65535 and 65536",
       frame(0x81, very_long.substr(0, 65535)) + frame(0x81, very_long.substr(0, 65536)),
       {text(very_long.substr(0, 65535)), text(very_long.substr(0, 65536))}},
      {"binary", frame(0x82, "\xff\x01"), {{Kind::binary, "\xff\x01", 0, ""}}},
      {"binary in pieces", frame(0x02, "\xff") + frame(0x80, "\xfe"), {{Kind::binary, "\xff\xfe", 0, ""}}},
      {"ping, pong",
       frame(0x89, "abc") + frame(0x8a, ""),
       {{Kind::ping, "abc", 0, ""}, {Kind::pong, "", 0, ""}}},
      {"ping of 125", frame(0x89, long_text.substr(0, 125)), {{Kind::ping, long_text.substr(0, 125), 0, ""}}},
      {"two in one", frame(0x81, "a") + frame(0x81, "b"), {text("a"), text("b")}},
      {"fragments", frame(0x01, "Hel") + frame(0x00, "") + frame(0x80, "lo"), {text("Hello")}},
      {"ping between fragments",
       frame(0x01, "Hel") + frame(0x89, "p") + frame(0x80, "lo"),
       {{Kind::ping, "p", 0, ""}, text("Hello")}},
      {"fragments twice",
       frame(0x01, "a") + frame(0x80, "b") + frame(0x01, "c") + frame(0x80, "d"),
       {text("ab"), text("cd")}},
      {"UTF-8 over fragments",
       frame(0x01, "\xd0") + frame(0x00, "\x9f\xf0\x9f") + frame(0x80, "\x98\x80"),
       {text("\xd0\x9f\xf0\x9f\x98\x80")}},
      {"close without code", frame(0x88, ""), {{Kind::close, "", 1005, ""}}},
      {"close", close_frame(1001, "gone"), {{Kind::close, "gone", 1001, ""}}},
      {"close 4999", close_frame(4999), {{Kind::close, "", 4999, ""}}},
      {"close of one byte", frame(0x88, "\x03"), {error(protocol, "close frame of one byte")}},
      {"close reason not UTF-8",
       close_frame(1000, "\xff"),
       {error(WsClose::bad_utf8, "close reason is not UTF-8")}},
      {"RSV1", frame(0xc1, "a"), {error(protocol, "reserved bits set")}},
      {"RSV2", frame(0xa1, "a"), {error(protocol, "reserved bits set")}},
      {"RSV3", frame(0x91, "a"), {error(protocol, "reserved bits set")}},
      {"RSV on a ping", frame(0xc9, ""), {error(protocol, "reserved bits set")}},
      {"reserved opcode 3", frame(0x83, ""), {error(protocol, "reserved opcode")}},
      {"reserved opcode 7", frame(0x87, ""), {error(protocol, "reserved opcode")}},
      {"reserved opcode 11", frame(0x8b, ""), {error(protocol, "reserved opcode")}},
      {"reserved opcode 15", frame(0x8f, ""), {error(protocol, "reserved opcode")}},
      {"not masked", frame(0x81, "a", 0, false), {error(protocol, "frame not masked")}},
      {"ping not masked", frame(0x89, "a", 0, false), {error(protocol, "frame not masked")}},
      {"fragmented ping", frame(0x09, "a"), {error(protocol, "fragmented control frame")}},
      {"fragmented close", frame(0x08, ""), {error(protocol, "fragmented control frame")}},
      {"ping of 126", frame(0x89, long_text.substr(0, 126)), {error(protocol, "control frame too long")}},
      {"ping with 64-bit length", frame(0x89, "a", 64), {error(protocol, "control frame too long")}},
      {"continuation without a message", frame(0x80, "a"), {error(protocol, "continuation without a message")}},
      {"continuation after the end",
       frame(0x01, "a") + frame(0x80, "b") + frame(0x80, "c"),
       {text("ab"), error(protocol, "continuation without a message")}},
      {"text inside a fragmented message",
       frame(0x01, "a") + frame(0x81, "b"),
       {error(protocol, "new message inside a fragmented one")}},
      {"fragment start inside a fragmented message",
       frame(0x01, "a") + frame(0x02, "b"),
       {error(protocol, "new message inside a fragmented one")}},
      {"5 bytes in the 16-bit form",
       frame(0x81, "Hello", 16),
       {error(protocol, "length not in its shortest form")}},
      {"5 bytes in the 64-bit form",
       frame(0x81, "Hello", 64),
       {error(protocol, "length not in its shortest form")}},
      {"65535 in the 64-bit form",
       frame(0x81, very_long.substr(0, 65535), 64),
       {error(protocol, "length not in its shortest form")}},
      {"highest bit of the length",
       std::string("\x81\xff\x80\0\0\0\0\0\0\1", 10),
       {error(protocol, "length not in its shortest form")}},
      {"2^62 bytes",
       std::string("\x81\xff\x40\0\0\0\0\0\0\0", 10),
       {error(WsClose::too_large, "message too large")}},
      {"2^63-1 bytes",
       std::string("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10),
       {error(WsClose::too_large, "message too large")}},
      {"2^32+5 bytes",
       std::string("\x81\xff\0\0\0\1\0\0\0\5", 10),
       {error(WsClose::too_large, "message too large")}},
      {"not UTF-8", frame(0x81, "ab\xff"), {error(WsClose::bad_utf8, "text is not UTF-8")}},
      {"cut UTF-8", frame(0x81, "ab\xd0"), {error(WsClose::bad_utf8, "text is not UTF-8")}},
      {"surrogate", frame(0x81, "\xed\xa0\x80"), {error(WsClose::bad_utf8, "text is not UTF-8")}},
      {"overlong", frame(0x81, "\xc0\xaf"), {error(WsClose::bad_utf8, "text is not UTF-8")}},
      {"above U+10FFFF", frame(0x81, "\xf4\x90\x80\x80"), {error(WsClose::bad_utf8, "text is not UTF-8")}},
      {"bad UTF-8 in a fragment fails before the end",
       frame(0x01, "ok") + frame(0x00, "\xff"),
       {error(WsClose::bad_utf8, "text is not UTF-8")}},
      {"UTF-8 cut at the end of fragments",
       frame(0x01, "\xd0") + frame(0x80, ""),
       {error(WsClose::bad_utf8, "text is not UTF-8")}},
      {"UTF-8 state does not leak",
       frame(0x02, "\xd0") + frame(0x80, "") + frame(0x01, "a") + frame(0x80, "b"),
       {{Kind::binary, "\xd0", 0, ""}, text("ab")}},
  };
}

TEST(WsReader, sees_what_was_sent_however_it_is_cut) {
  SeededRandom random(7);
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(read_all(c.stream), c.events);
    if (c.stream.size() < 2000) {
      EXPECT_EQ(read_in_pieces(c.stream, [] { return 1; }), c.events);
    }
    const std::size_t bound = c.stream.size() < 2000 ? 7 : 20'000;
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(read_in_pieces(c.stream, [&] { return 1 + random.below(bound); }), c.events);
  }
}

TEST(WsReader, knows_which_close_codes_may_be_received) {
  for (unsigned code = 0; code < 5100; ++code) {
    const bool allowed =
        (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
    const auto seen = read_all(close_frame(code));
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].kind, allowed ? Kind::close : Kind::error) << code;
    EXPECT_EQ(seen[0].code, allowed ? code : 1002U);
  }
  EXPECT_EQ(read_all(close_frame(65535))[0].kind, Kind::error);
}

TEST(WsReader, bounds_a_message_in_one_frame_and_in_many) {
  EXPECT_EQ(read_all(frame(0x81, std::string(1000, 'a')), 1000)[0].kind, Kind::text);
  const auto over = read_all(frame(0x81, std::string(1001, 'a')), 1000);
  EXPECT_EQ(over[0], error(WsClose::too_large, "message too large"));
  const std::string half = frame(0x01, std::string(500, 'a'));
  EXPECT_EQ(read_all(half + frame(0x80, std::string(500, 'b')), 1000)[0].kind, Kind::text);
  // Refused at the header: the payload need not come.
  const std::string one_more = frame(0x80, std::string(501, 'b'));
  EXPECT_EQ(read_all(half + one_more.substr(0, 4), 1000)[0], error(WsClose::too_large, "message too large"));
  // A ping may come although the message is at its bound.
  EXPECT_EQ(read_all(frame(0x01, std::string(1000, 'a')) + frame(0x89, "x"), 1000)[0].kind, Kind::ping);
}

TEST(WsReader, says_how_many_bytes_a_frame_will_have) {
  WsReader reader;
  std::string stream = frame(0x81, std::string(70'000, 'a'));
  std::size_t consumed = 0;
  EXPECT_EQ(reader.next(stream.data(), 9, consumed).kind, Kind::need_more);
  EXPECT_EQ(reader.frame_bytes(), 0U);
  EXPECT_EQ(reader.next(stream.data(), 10, consumed).kind, Kind::need_more);
  EXPECT_EQ(reader.frame_bytes(), 70'014U);
  EXPECT_EQ(reader.next(stream.data(), stream.size(), consumed).kind, Kind::text);
  EXPECT_EQ(reader.frame_bytes(), 0U);
}

TEST(WsReader, holds_memory_only_during_a_fragmented_message) {
  WsReader reader;
  std::string stream = frame(0x01, std::string(1000, 'a'));
  std::size_t consumed = 0;
  EXPECT_EQ(reader.next(stream.data(), stream.size(), consumed).kind, Kind::need_more);
  EXPECT_EQ(consumed, stream.size());
  EXPECT_GE(reader.held_bytes(), 1000U);
  stream = frame(0x80, "b");
  const WsEvent event = reader.next(stream.data(), stream.size(), consumed);
  EXPECT_EQ(event.payload, std::string(1000, 'a') + "b");
  EXPECT_EQ(reader.next(stream.data(), 0, consumed).kind, Kind::need_more);
  EXPECT_EQ(reader.held_bytes(), 0U);
}

TEST(WsWriter, uses_the_shortest_length) {
  EXPECT_EQ(encode_ws_frame(WsOpcode::text, "Hello"), "\x81\x05Hello");
  EXPECT_EQ(encode_ws_frame(WsOpcode::ping, ""), std::string("\x89\0", 2));
  EXPECT_EQ(encode_ws_frame(WsOpcode::text, std::string(126, 'a')).substr(0, 4),
            std::string("\x81\x7e\0\x7e", 4));
  EXPECT_EQ(encode_ws_frame(WsOpcode::text, std::string(65535, 'a')).substr(0, 4), "\x81\x7e\xff\xff");
  EXPECT_EQ(encode_ws_frame(WsOpcode::text, std::string(65536, 'a')).substr(0, 10),
            std::string("\x81\x7f\0\0\0\0\0\1\0\0", 10));
}

TEST(WsWriter, cuts_a_close_reason_at_a_character) {
  EXPECT_EQ(encode_ws_close(WsClose::policy, "kiosk disabled"), "\x88\x10\x03\xf0kiosk disabled");
  const std::string reason = encode_ws_close(WsClose::normal, std::string(122, 'a') + "\xd0\x9f").substr(4);
  EXPECT_EQ(reason, std::string(122, 'a'));
  EXPECT_EQ(encode_ws_close(WsClose::normal, std::string(121, 'a') + "\xd0\x9f").size(), 127U);
}

}  // namespace
}  // namespace kgw
