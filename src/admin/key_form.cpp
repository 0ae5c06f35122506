#include "admin/key_form.hpp"

#include <algorithm>

#include "access/key_ring.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "http/json_form.hpp"

namespace kgw {
namespace {

constexpr std::chrono::seconds kTimeMax = std::chrono::hours(24 * 365 * 10);
constexpr std::int64_t kRateMax = 1'000'000;

std::optional<Fault> take_scopes(const boost::json::value& value, KeyForm& form) {
  const Fault bad = bad_member("scopes", "a list of \"send\", \"read\" or \"admin\"");
  if (!value.is_array() || value.as_array().empty()) return bad;
  for (const auto& scope : value.as_array()) {
    const auto known = scope.is_string() ? scope_named(scope.get_string()) : std::nullopt;
    if (!known) return bad;
    form.scopes |= bit(*known);
  }
  return std::nullopt;
}

std::optional<Fault> take_kiosks(const boost::json::value& value, KeyForm& form) {
  const Fault bad = bad_member("kiosks", "a list of at most " + std::to_string(limits::kKeyPatternsMax) +
                                             " kiosk ids, where * matches any characters");
  if (!value.is_array() || value.as_array().size() > limits::kKeyPatternsMax) return bad;
  for (const auto& pattern : value.as_array()) {
    if (!pattern.is_string() || !is_key_pattern(pattern.as_string())) return bad;
    form.kiosks.emplace_back(pattern.as_string());
  }
  return std::nullopt;
}

// Returns nullopt unless it is a whole number in this range.
std::optional<std::int64_t> number(const boost::json::value& value, std::int64_t low, std::int64_t high) {
  if (!value.is_int64() || value.as_int64() < low || value.as_int64() > high) return std::nullopt;
  return value.as_int64();
}

std::optional<Fault> take(KeyForm& form, std::string_view name, const boost::json::value& value) {
  if (name == "scopes") return take_scopes(value, form);
  if (name == "kiosks") return take_kiosks(value, form);
  if (name == "name" || name == "owner") {
    if (!value.is_string() || !is_name(value.as_string()))
      return bad_member(name, "1 to 64 characters of A-Z a-z 0-9 _ . : -");
    if (value.as_string() == kAdminKeyName)
      return bad_member(name, "a name other than 'admin', which is reserved for the gateway's own key");
    (name == "name" ? form.name : form.owner) = value.as_string();
    return std::nullopt;
  }
  if (value.is_null()) return std::nullopt;
  if (name == "rate_per_second") {
    const auto rate = number(value, 1, kRateMax);
    if (!rate) return bad_member(name, "a number of calls per second from 1 to 1000000, or null for no limit");
    form.rate_per_second = static_cast<std::uint32_t>(*rate);
  } else {
    const auto seconds = number(value, 1, kTimeMax.count());
    if (!seconds) return bad_member(name, "a number of seconds up to ten years, or null to never expire");
    form.expires_in = std::chrono::seconds(*seconds);
  }
  return std::nullopt;
}

}  // namespace

bool is_key_pattern(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '*');
  return text.size() <= 64 && (plain.empty() ? !text.empty() : is_name(plain));
}

Result<KeyForm> parse_key_form(std::string_view json) {
  JsonMember members[] = {{"name"},   {"owner"},           {"scopes"},
                          {"kiosks"}, {"rate_per_second"}, {"expires_in_seconds"}};
  const auto object = parse_form(json, members, false);
  if (!object) return object.error();
  KeyForm form;
  for (const auto& member : *object)
    if (auto fault = take(form, member.key(), member.value())) return std::move(*fault);
  if (form.name.empty()) return Fault{ErrorCode::invalid_argument, "'name' is missing; add it."};
  if (form.scopes == 0)
    return Fault{ErrorCode::invalid_argument,
                 "'scopes' is missing; give some of \"send\", \"read\", \"admin\"."};
  if (form.owner.empty()) form.owner = form.name;
  return form;
}

Result<std::chrono::seconds> parse_rotation_form(std::string_view json) {
  JsonMember members[] = {{"overlap_seconds"}};
  const auto object = parse_form(json, members, true);
  if (!object) return object.error();
  const auto* const value = object->if_contains("overlap_seconds");
  if (value == nullptr) return kRotationOverlap;
  const auto seconds = number(*value, 0, std::chrono::seconds(std::chrono::hours(24 * 90)).count());
  if (!seconds) return bad_member("overlap_seconds", "a number of seconds from 0 to 90 days");
  return std::chrono::seconds(*seconds);
}

}  // namespace kgw
