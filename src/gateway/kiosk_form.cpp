#include "gateway/kiosk_form.hpp"

#include <boost/json.hpp>

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

Fault bad(std::string_view name, std::string_view allowed) {
  return Fault{ErrorCode::invalid_argument,
               "'" + std::string(name) + "' must be " + std::string(allowed) + "."};
}

bool may_have(KioskFormUse use, std::string_view name) {
  switch (use) {
    case KioskFormUse::add: return name == "id" || name == "name" || name == "max_in_flight" || name == "token";
    case KioskFormUse::change:
      return name == "name" || name == "enabled" || name == "max_in_flight" || name == "force";
    case KioskFormUse::token: return name == "force";
  }
  return false;
}

// Takes one member; the fault when its value is not allowed.
std::optional<Fault> take(KioskForm& form, std::string_view name, const boost::json::value& value) {
  if (name == "id") {
    if (!value.is_string() || !is_name(value.as_string()))
      return bad(name, "1 to 64 characters of A-Z a-z 0-9 _ . : -");
    form.id = value.as_string();
  } else if (name == "name") {
    if (!value.is_string() || !is_kiosk_title(value.as_string()))
      return bad(name, "a text of at most 128 characters without control characters");
    form.name = value.as_string();
  } else if (name == "token") {
    if (!value.is_string() || value.as_string().empty())
      return bad(name, "a token as this gateway's secret signed it");
    form.token = value.as_string();
  } else if (name == "max_in_flight") {
    if (value.is_null()) {
      form.max_in_flight = 0;
      return std::nullopt;
    }
    if (!value.is_int64() || value.as_int64() < 1 ||
        value.as_int64() > static_cast<std::int64_t>(limits::kMaxInFlightMax))
      return bad(name, "a number from 1 to 1000, or null for the default");
    form.max_in_flight = static_cast<std::uint32_t>(value.as_int64());
  } else {
    if (!value.is_bool()) return bad(name, "true or false");
    (name == "enabled" ? form.enabled : form.force) = value.as_bool();
  }
  return std::nullopt;
}

}  // namespace

bool is_kiosk_title(std::string_view text) {
  if (!is_utf8(text)) return false;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    // U+0080 to U+009F, the other control characters
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
    characters += (byte & 0xc0) != 0x80;
  }
  return characters <= limits::kKioskTitleCharsMax;
}

Result<KioskForm> parse_kiosk_form(std::string_view json, KioskFormUse use) {
  KioskForm form;
  if (json.empty() && use == KioskFormUse::token) return form;
  JsonMember members[] = {{"id"}, {"name"}, {"token"}, {"enabled"}, {"force"}, {"max_in_flight"}};
  const JsonScan scan = json_scan(json, members);
  if (!scan.valid)
    return Fault{ErrorCode::invalid_json, "The body is not valid JSON at byte " +
                                              std::to_string(scan.error_offset) + ": " + scan.error + "."};
  if (!scan.is_object) return Fault{ErrorCode::invalid_json, "The body must be one JSON object."};
  for (const JsonMember& member : members)
    if (member.count > 1)
      return Fault{ErrorCode::invalid_json, "'" + std::string(member.name) + "' stands in the object twice."};
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = limits::kJsonDepthMax + 1;
  const boost::json::value value = boost::json::parse(json, error, {}, options);
  if (error) return Fault{ErrorCode::invalid_json, "The body is not valid JSON."};
  for (const auto& member : value.as_object()) {
    const std::string_view name = member.key();
    if (!may_have(use, name))
      return Fault{ErrorCode::invalid_argument, "'" + std::string(name.substr(0, 64)) + "' is not known here."};
    if (auto fault = take(form, name, member.value())) return std::move(*fault);
  }
  if (use == KioskFormUse::add && !form.id) return Fault{ErrorCode::invalid_argument, "'id' is missing."};
  return form;
}

}  // namespace kgw
