// What reading has in common for both directions: one pass that finds the members, the type looked up in a
// table, and the judgement at the end. No state.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "wire/json_scan.hpp"
#include "wire/kiosk_v2/members.hpp"
#include "wire/kiosk_v2/read.hpp"

namespace kgw::kiosk_v2 {

// A type, and what makes the message of its members.
template <class Message>
struct TypeReader {
  std::string_view type;
  Message (*read)(Members& members);
};

template <std::size_t N>
std::array<JsonMember, N> members_named(const std::array<std::string_view, N>& names) {
  std::array<JsonMember, N> members{};
  for (std::size_t i = 0; i < N; ++i) members[i].name = names[i];
  return members;
}

// Says what is wrong with a text that names no type, as far as can be told.
Broken broken_text(std::string_view text, std::string why);
// Says what is wrong with one of `type`.
Broken broken_message(std::string_view type, const Members& members, std::string_view text);
// Returns a type's text, bounded. Requires a string token.
Ignored ignored(std::string_view type_token);

// Reads `text` as one of `types`, the usual ones first. `names` are all members that these read, likewise, and
// "type".
template <class Message, std::size_t N>
std::variant<Message, Ignored, Broken> read_message(std::string_view text,
                                                    const std::array<std::string_view, N>& names,
                                                    std::span<const TypeReader<Message>> types) {
  text = without_bom(text);
  auto found = members_named(names);
  const JsonScan scan = json_scan(text, found);
  if (!scan.is_object) return broken_text(text, scan.valid ? "not a JSON object" : scan.error);
  static constexpr std::string_view kType = "type";
  const JsonMember* type = nullptr;
  for (const JsonMember& member : found)
    if (member.name == kType) type = &member;
  if (type == nullptr || type->count != 1 || type->kind != JsonKind::string)
    return broken_text(text, "'type' is not one single string");
  for (const auto& known : types) {
    if (!json_equals(type->value, known.type)) continue;
    Members members(found);
    Message message = known.read(members);
    if (!members.why().empty()) return broken_message(known.type, members, text);
    return message;
  }
  return ignored(type->value);
}

}  // namespace kgw::kiosk_v2
