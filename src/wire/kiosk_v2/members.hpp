// Members: what a message's scan has found, read member by member. The first fault is remembered and the rest
// goes on with harmless values, so that a message is read straight through and judged at its end. Also the cut
// that bounds texts for people. No state but its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "wire/json_scan.hpp"

namespace kgw::kiosk_v2 {

// Returns the beginning of `text` that has at most `bytes_max` bytes and whole characters only, if it is UTF-8.
std::string_view cut(std::string_view text, std::size_t bytes_max);

// Reads a string token as a request's id; nullopt if it is none.
std::optional<RequestId> request_id_of(std::string_view token);

class Members {
 public:
  // Requires `found` to have been filled in by a scan of an object, and to outlive this.
  explicit Members(std::span<const JsonMember> found) : found_(found) {}

  bool has(std::string_view name) const;

  // --- a fault when it is missing
  RequestId request_id();
  std::string name(std::string_view member);  // as is_name() allows
  std::string_view object(std::string_view member, std::size_t bytes_max);
  std::string_view value(std::string_view member);  // of any kind
  bool flag(std::string_view member);
  std::uint64_t whole(std::string_view member, std::uint64_t max);  // digits only; larger ones are `max`

  // --- `otherwise`, or nothing, when it is missing
  std::string name_or_none(std::string_view member);
  std::string text(std::string_view member, std::size_t bytes_max);  // cut
  bool flag(std::string_view member, bool otherwise);
  std::uint64_t whole(std::string_view member, std::uint64_t max, std::uint64_t otherwise);
  std::string_view array(std::string_view member);  // "[]"
  // The position of its text among `words`; `otherwise` too if it is none of them, or no string.
  std::size_t word(std::string_view member, std::span<const std::string_view> words, std::size_t otherwise);

  void fail(std::string_view member, std::string_view what);
  const std::string& why() const { return why_; }  // empty: no fault

 private:
  // The member if it is there once and of this kind; else nullptr. A fault unless it is missing and may be.
  const JsonMember* find(std::string_view name, std::optional<JsonKind> kind, bool may_be_missing);

  const std::span<const JsonMember> found_;
  std::string why_;
};

// In milliseconds, up to kTimeMax.
Milliseconds time_of(Members& members, std::string_view member);
Milliseconds time_of(Members& members, std::string_view member, Milliseconds otherwise);

}  // namespace kgw::kiosk_v2
