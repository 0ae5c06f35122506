// Identifiers. A RequestId is a UUIDv7 (RFC 9562 5.7) that only the gateway generates: 16 bytes in memory, 36
// lower-case characters on the wire.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace kgw {

struct RequestId {
  static constexpr std::size_t kTextSize = 36;
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const RequestId&) const = default;
  explicit operator bool() const { return bytes != decltype(bytes){}; }

  // Parses 36 characters with hex digits of either case (RFC 9562 4: Delphi and Swift write capitals);
  // nullopt otherwise. Any UUID version is accepted: a kiosk may send what it likes.
  static std::optional<RequestId> parse(std::string_view text);
  void write_to(char* out36) const;
  std::string text() const;
  // 48-bit milliseconds << 12 | the 12-bit counter: the journal's integer primary key. Look-ups still compare
  // all 16 bytes.
  std::int64_t journal_key() const;
};

struct RequestIdHash {
  std::size_t operator()(const RequestId& id) const {
    std::uint64_t tail = 0;  // the random part
    std::memcpy(&tail, id.bytes.data() + 8, sizeof tail);
    return static_cast<std::size_t>(tail);
  }
};

// Generates ids whose journal keys strictly increase, even when the clock steps back and, with
// resume_above(), across restarts. Not thread-safe.
class RequestIdGenerator {
 public:
  explicit RequestIdGenerator(Random& random) : random_(random) {}
  RequestId next(WallTime now);
  void resume_above(std::int64_t journal_key) { last_key_ = std::max(last_key_, journal_key); }

 private:
  Random& random_;
  std::int64_t last_key_ = 0;
};

// One WebSocket connection of a kiosk. Never reused; a larger one is newer (it is also the epoch).
enum class SessionId : std::uint64_t { none = 0 };
// One HTTP call that is waiting for its answer.
enum class CallerId : std::uint64_t { none = 0 };

// True for 1-64 characters of A-Z a-z 0-9 _ . : - (PROTOCOL.md 1): kiosk ids and operation types.
bool is_name(std::string_view text);

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace kgw
