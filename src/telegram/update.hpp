// Reads Telegram's JSON, whose members may be absent or of an unexpected kind. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace kgw::telegram {

// Returns 0 if absent or not an integer.
inline std::int64_t integer_of(const boost::json::object& object, std::string_view name) {
  const boost::json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}
// Returns "" if absent or not a string.
inline std::string text_of(const boost::json::object& object, std::string_view name) {
  const boost::json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
// Returns an empty object if absent or not an object.
inline const boost::json::object& object_of(const boost::json::object& object, std::string_view name) {
  static const boost::json::object kNone;
  const boost::json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : kNone;
}

}  // namespace kgw::telegram
