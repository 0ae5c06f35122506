// Composer: writes one message as JSON text, member by member, in the order of the calls. Everything but
// carried values is escaped. No state but its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace kgw::kiosk_v2 {

class Composer {
 public:
  // `carried`: bytes of the values that carry() will copy, for the text's room.
  explicit Composer(std::string_view type, std::size_t carried = 0);

  // Names of members need no escape.
  void id(const RequestId& id);  // request_id
  void ids(std::string_view member, std::span<const RequestId> ids);
  void text(std::string_view member, std::string_view text);                         // as it is
  void text(std::string_view member, std::string_view text, std::size_t bytes_max);  // cut; none when empty
  void names(std::string_view member, std::span<const std::string_view> names);      // an array
  void whole(std::string_view member, std::uint64_t number);
  void time(std::string_view member, Milliseconds time);  // a negative one is 0
  void flag(std::string_view member, bool flag);
  void carry(std::string_view member, std::string_view value);  // byte for byte
  // Begins a member; its value is appended to out().
  std::string& member(std::string_view name);

  // Returns the text so far, the closing brace left out.
  std::string& out() { return out_; }
  // Error: payload_too_large beyond limits::kFrameBytesMax.
  Result<std::string> end() &&;

 private:
  std::string out_;
};

// Appends the number's digits.
void append_whole(std::string& out, std::uint64_t number);

}  // namespace kgw::kiosk_v2
