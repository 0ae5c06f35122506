// Members of the gateway's answers, as text for people.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace kgw {

// Returns a member, safe for a terminal; `otherwise` if it is absent or null. Booleans become "yes" and "no".
std::string text(const boost::json::value& object, std::string_view name, std::string_view otherwise = "");
bool flag(const boost::json::value& object, std::string_view name);
// Returns the value as JSON on one line, with numbers as text() writes them: 0.179, not Boost.JSON's 1.79E-1.
std::string plain_json(const boost::json::value& value);
// Returns an empty array if it is not an array.
const boost::json::array& list(const boost::json::value& object, std::string_view name);
// "2026-11-22T22:13:39.123Z" -> "2026-11-22 22:13:39 UTC".
std::string moment(const std::string& rfc3339);

}  // namespace kgw
