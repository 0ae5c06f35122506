// Forms of the admin API: one strict JSON object with known members, each at most once.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/json_scan.hpp"

namespace kgw {

// Parses the object; an empty body is {} where `empty_allowed`. Errors: invalid_json, with the offset or the
// member that is repeated; invalid_argument naming a member that is not among `members`, so that a typo is
// not silently ignored.
Result<boost::json::object> parse_form(std::string_view json, std::span<JsonMember> members,
                                       bool empty_allowed);

// Returns invalid_argument: "'name' must be `allowed`."
Fault bad_member(std::string_view name, std::string_view allowed);

}  // namespace kgw
