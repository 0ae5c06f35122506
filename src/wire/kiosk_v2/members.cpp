#include "wire/kiosk_v2/members.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/text_blocks.hpp"
#include "wire/kiosk_v2/bounds.hpp"

namespace kgw::kiosk_v2 {
namespace {

constexpr std::string_view kind_text(JsonKind kind) {
  switch (kind) {
    case JsonKind::object: return "is not an object";
    case JsonKind::array: return "is not an array";
    case JsonKind::string: return "is not a string";
    case JsonKind::number: return "is not a number";
    case JsonKind::boolean: return "is not true or false";
    case JsonKind::null: return "is not null";
  }
  return "";
}

// An escape has at most six characters for one.
bool may_have_bytes(std::string_view token, std::size_t bytes_max) { return token.size() <= 6 * bytes_max + 2; }

}  // namespace

std::string_view cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t size = bytes_max;
  while (size != 0 && (text::byte(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

std::optional<RequestId> request_id_of(std::string_view token) {
  if (token.size() < 2 || token.front() != '"' || !may_have_bytes(token, RequestId::kTextSize))
    return std::nullopt;
  const std::string_view inner = token.substr(1, token.size() - 2);
  if (inner.size() == RequestId::kTextSize) return RequestId::parse(inner);
  if (inner.find('\\') == std::string_view::npos) return std::nullopt;
  return RequestId::parse(json_unescape(token));
}

void Members::fail(std::string_view member, std::string_view what) {
  if (!why_.empty()) return;
  why_ += '\'';
  why_ += member;
  why_ += "' ";
  why_ += what;
}

bool Members::has(std::string_view name) const {
  return std::any_of(found_.begin(), found_.end(),
                     [&](const JsonMember& member) { return member.count != 0 && member.name == name; });
}

const JsonMember* Members::find(std::string_view name, std::optional<JsonKind> kind, bool may_be_missing) {
  const auto found =
      std::find_if(found_.begin(), found_.end(), [&](const JsonMember& member) { return member.name == name; });
  if (found == found_.end() || found->count == 0) {
    if (!may_be_missing) fail(name, "is missing");
    return nullptr;
  }
  if (found->count > 1) return fail(name, "stands twice"), nullptr;
  if (kind && found->kind != *kind) return fail(name, kind_text(*kind)), nullptr;
  return &*found;
}

RequestId Members::request_id() {
  constexpr std::string_view kName = "request_id";
  const JsonMember* const member = find(kName, JsonKind::string, false);
  if (member == nullptr) return {};
  const auto id = request_id_of(member->value);
  if (!id) fail(kName, "is not a UUID");
  return id.value_or(RequestId());
}

std::string Members::name(std::string_view member) {
  if (!has(member)) fail(member, "is missing");
  return name_or_none(member);
}

std::string Members::name_or_none(std::string_view member) {
  const JsonMember* const found = find(member, JsonKind::string, true);
  if (found == nullptr) return {};
  std::string text;
  if (may_have_bytes(found->value, limits::kNameCharsMax)) text = json_unescape(found->value);
  if (is_name(text)) return text;
  fail(member, "is not 1 to 64 characters of A-Z a-z 0-9 _ . : -");
  return {};
}

std::string_view Members::object(std::string_view member, std::size_t bytes_max) {
  const JsonMember* const found = find(member, JsonKind::object, false);
  if (found == nullptr) return {};
  if (found->value.size() <= bytes_max) return found->value;
  fail(member, "is too large");
  return {};
}

std::string_view Members::value(std::string_view member) {
  const JsonMember* const found = find(member, std::nullopt, false);
  return found == nullptr ? std::string_view() : found->value;
}

std::string_view Members::array(std::string_view member) {
  const JsonMember* const found = find(member, JsonKind::array, true);
  return found == nullptr ? "[]" : found->value;
}

bool Members::flag(std::string_view member) {
  if (!has(member)) fail(member, "is missing");
  return flag(member, false);
}

bool Members::flag(std::string_view member, bool otherwise) {
  const JsonMember* const found = find(member, JsonKind::boolean, true);
  return found == nullptr ? otherwise : found->value == "true";
}

std::uint64_t Members::whole(std::string_view member, std::uint64_t max) {
  if (!has(member)) fail(member, "is missing");
  return whole(member, max, 0);
}

std::uint64_t Members::whole(std::string_view member, std::uint64_t max, std::uint64_t otherwise) {
  const JsonMember* const found = find(member, JsonKind::number, true);
  if (found == nullptr) return otherwise;
  std::uint64_t number = 0;
  for (const char c : found->value) {
    if (!ascii::is_digit(c)) return fail(member, "is not a whole number"), otherwise;
    number = std::min(number * 10 + static_cast<std::uint64_t>(c - '0'), max);
  }
  return number;
}

std::string Members::text(std::string_view member, std::size_t bytes_max) {
  const JsonMember* const found = find(member, JsonKind::string, true);
  if (found == nullptr) return {};
  std::string text = json_unescape(found->value);
  text.resize(cut(text, bytes_max).size());
  return text;
}

std::size_t Members::word(std::string_view member, std::span<const std::string_view> words,
                          std::size_t otherwise) {
  const auto found =
      std::find_if(found_.begin(), found_.end(), [&](const JsonMember& known) { return known.name == member; });
  if (found == found_.end() || found->count == 0) return otherwise;
  if (found->count > 1) return fail(member, "stands twice"), otherwise;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (json_equals(found->value, words[i])) return i;
  return otherwise;
}

Milliseconds time_of(Members& members, std::string_view member) {
  return Milliseconds(members.whole(member, static_cast<std::uint64_t>(kTimeMax.count())));
}

Milliseconds time_of(Members& members, std::string_view member, Milliseconds otherwise) {
  return Milliseconds(members.whole(member, static_cast<std::uint64_t>(kTimeMax.count()),
                                    static_cast<std::uint64_t>(otherwise.count())));
}

}  // namespace kgw::kiosk_v2
