// Members of the gateway's answers as text for people.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace kgw {

// A member, safe for a terminal; `otherwise` when it is absent or null. Booleans are "yes" and "no".
std::string text(const boost::json::value& object, std::string_view name, std::string_view otherwise = "");
bool flag(const boost::json::value& object, std::string_view name);
// The value as JSON in one line, as text() writes numbers: 0.179 and not 1.79E-1, as Boost.JSON would.
std::string plain_json(const boost::json::value& value);
// Empty when it is no array.
const boost::json::array& list(const boost::json::value& object, std::string_view name);
// "2026-11-22T22:13:39.123Z" -> "2026-11-22 22:13:39 UTC".
std::string moment(const std::string& rfc3339);

}  // namespace kgw
