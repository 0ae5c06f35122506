#include "admin/kiosk_form.hpp"

#include "admin/plain_text.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "http/json_form.hpp"

namespace kgw {
namespace {

bool may_have(KioskFormUse use, std::string_view name) {
  switch (use) {
    case KioskFormUse::add: return name == "id" || name == "name" || name == "max_in_flight" || name == "token";
    case KioskFormUse::change:
      return name == "name" || name == "enabled" || name == "max_in_flight" || name == "force";
    case KioskFormUse::token: return name == "force";
  }
  return false;
}

// Reads one member; returns a fault if its value is not allowed.
std::optional<Fault> take(KioskForm& form, std::string_view name, const boost::json::value& value) {
  if (name == "id") {
    if (!value.is_string() || !is_name(value.as_string()))
      return bad_member(name, "1 to 64 characters of A-Z a-z 0-9 _ . : -");
    form.id = value.as_string();
  } else if (name == "name") {
    if (!value.is_string() || !is_kiosk_title(value.as_string()))
      return bad_member(name, "a string of at most 128 characters without control characters");
    form.name = value.as_string();
  } else if (name == "token") {
    if (!value.is_string() || value.as_string().empty())
      return bad_member(name, "a token signed with this gateway's secret");
    form.token = value.as_string();
  } else if (name == "max_in_flight") {
    if (value.is_null()) {
      form.max_in_flight = 0;
      return std::nullopt;
    }
    if (!value.is_int64() || value.as_int64() < 1 ||
        value.as_int64() > static_cast<std::int64_t>(limits::kMaxInFlightMax))
      return bad_member(name, "a number from 1 to 1000, or null for the default");
    form.max_in_flight = static_cast<std::uint32_t>(value.as_int64());
  } else {
    if (!value.is_bool()) return bad_member(name, "true or false");
    (name == "enabled" ? form.enabled : form.force) = value.as_bool();
  }
  return std::nullopt;
}

}  // namespace

bool is_kiosk_title(std::string_view text) { return is_plain_text(text, limits::kKioskTitleCharsMax); }

Result<KioskForm> parse_kiosk_form(std::string_view json, KioskFormUse use) {
  KioskForm form;
  JsonMember members[] = {{"id"}, {"name"}, {"token"}, {"enabled"}, {"force"}, {"max_in_flight"}};
  const auto object = parse_form(json, members, use == KioskFormUse::token);
  if (!object) return object.error();
  for (const auto& member : *object) {
    const std::string_view name = member.key();
    if (!may_have(use, name))
      return Fault{ErrorCode::invalid_argument,
                   "'" + std::string(name) + "' is not a known member; check its spelling."};
    if (auto fault = take(form, name, member.value())) return std::move(*fault);
  }
  if (use == KioskFormUse::add && !form.id)
    return Fault{ErrorCode::invalid_argument, "'id' is missing; add it."};
  return form;
}

Result<TestForm> parse_test_form(std::string_view json) {
  JsonMember members[] = {{"operation"}, {"timeout"}, {"body"}};
  const auto object = parse_form(json, members, false);
  if (!object) return object.error();
  TestForm form;
  const auto* const operation = object->if_contains("operation");
  if (operation == nullptr) return Fault{ErrorCode::invalid_argument, "'operation' is missing; add it."};
  if (!operation->is_string() || !is_name(operation->get_string()))
    return bad_member("operation", "1 to 64 characters of A-Z a-z 0-9 _ . : -");
  form.operation = operation->get_string();
  if (const auto* const timeout = object->if_contains("timeout")) {
    if (!timeout->is_int64() || timeout->get_int64() < 1) return bad_member("timeout", "a number of seconds");
    form.timeout = std::to_string(timeout->get_int64());
  }
  const JsonMember& body = members[2];
  if (body.count == 1 && body.kind != JsonKind::object) return bad_member("body", "a JSON object");
  form.body = body.value;
  return form;
}

}  // namespace kgw
