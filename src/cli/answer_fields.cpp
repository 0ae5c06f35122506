#include "cli/answer_fields.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "base/table.hpp"

namespace kgw {
namespace {

// Boost.JSON would write 0.126 as 1.26E-1.
std::string plain_number(double value) {
  std::array<char, 400> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  return {digits.data(), end.ptr};
}

}  // namespace

std::string text(const boost::json::value& object, std::string_view name, std::string_view otherwise) {
  const boost::json::value* const value = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  if (value == nullptr || value->is_null()) return std::string(otherwise);
  if (value->is_string())
    return printable(std::string_view(value->get_string().data(), value->get_string().size()));
  if (value->is_bool()) return value->get_bool() ? "yes" : "no";
  if (value->is_double()) return plain_number(value->get_double());
  return printable(boost::json::serialize(*value));
}

std::string plain_json(const boost::json::value& value) {
  if (value.is_double()) return plain_number(value.get_double());
  std::string out;
  if (value.is_array()) {
    for (const boost::json::value& item : value.get_array())
      out.append(out.empty() ? "[" : ",").append(plain_json(item));
    return out.empty() ? "[]" : out + "]";
  }
  if (value.is_object()) {
    for (const auto& [name, member] : value.get_object())
      out.append(out.empty() ? "{" : ",")
          .append(boost::json::serialize(name))
          .append(":")
          .append(plain_json(member));
    return out.empty() ? "{}" : out + "}";
  }
  return boost::json::serialize(value);
}

bool flag(const boost::json::value& object, std::string_view name) {
  const boost::json::value* const value = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  return value != nullptr && value->is_bool() && value->get_bool();
}

const boost::json::array& list(const boost::json::value& object, std::string_view name) {
  static const boost::json::array kNone;
  const boost::json::value* const value = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

// "2026-11-22T22:13:39.123Z" -> "2026-11-22 22:13:39 UTC".
std::string moment(const std::string& rfc3339) {
  if (rfc3339.size() < 20 || rfc3339[10] != 'T' || rfc3339.back() != 'Z') return rfc3339;
  return rfc3339.substr(0, 10) + " " + rfc3339.substr(11, 8) + " UTC";
}

}  // namespace kgw
