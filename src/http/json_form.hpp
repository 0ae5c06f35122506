// What the admin API's forms have in common: one strict JSON object, each member known and there once at most.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/json_scan.hpp"

namespace kgw {

// The object, when it is one and its members are among `members`, each at most once. An empty body counts as {}
// where `empty_allowed`. Errors: invalid_json with the offset, invalid_argument naming the unknown member, so
// that a typo is not taken for silence.
Result<boost::json::object> parse_form(std::string_view json, std::span<JsonMember> members,
                                       bool empty_allowed);

// "'name' must be ...": for a value that is not allowed.
Fault bad_member(std::string_view name, std::string_view allowed);

}  // namespace kgw
