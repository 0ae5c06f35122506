#include "http/json_form.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "base/limits.hpp"

namespace kgw {

Fault bad_member(std::string_view name, std::string_view allowed) {
  return Fault{ErrorCode::invalid_argument,
               "'" + std::string(name) + "' must be " + std::string(allowed) + "."};
}

Result<boost::json::object> parse_form(std::string_view json, std::span<JsonMember> members,
                                       bool empty_allowed) {
  json = without_bom(json);
  if (json.empty() && empty_allowed) return boost::json::object();
  const JsonScan scan = json_scan(json, members);
  if (!scan.valid)
    return Fault{ErrorCode::invalid_json, "The body is not valid JSON at byte " +
                                              std::to_string(scan.error_offset) + ": " + scan.error + "."};
  if (!scan.is_object) return Fault{ErrorCode::invalid_json, "The body must be one JSON object."};
  for (const JsonMember& member : members)
    if (member.count > 1)
      return Fault{ErrorCode::invalid_json,
                   "'" + std::string(member.name) + "' is in the object twice; give it once."};
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = limits::kJsonDepthMax + 1;
  boost::json::value value = boost::json::parse(json, error, {}, options);
  if (error) return Fault{ErrorCode::invalid_json, "The body is not valid JSON."};
  for (const auto& member : value.as_object()) {
    const std::string_view name = member.key();
    if (std::none_of(members.begin(), members.end(), [&](const JsonMember& m) { return m.name == name; }))
      return Fault{ErrorCode::invalid_argument,
                   "'" + std::string(name.substr(0, 64)) + "' is not a known member; check its spelling."};
  }
  return std::move(value.as_object());
}

}  // namespace kgw
