// Boost.JSON as the judge of json_scan: what must be the same, and where the two differ by design. Used by a
// unit test with random mutations and by the fuzzer. Include boost/json/src.hpp once in the same binary.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.hpp"
#include "wire/json_scan.hpp"

namespace kgw::judge {

inline boost::json::parse_options options() {
  boost::json::parse_options options;
  options.max_depth = limits::kJsonDepthMax;
  return options;
}

// Boost refuses lone surrogate escapes, json_scan lets them pass: each \uD8xx to \uDFxx becomes \u00xx, which
// is as valid as what it replaces in all other respects.
inline std::string without_surrogates(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i + 3 < out.size(); ++i)
    if (out[i] == '\\' && out[i + 1] == 'u' && (out[i + 2] == 'd' || out[i + 2] == 'D') &&
        std::string_view("89abcdefABCDEF").find(out[i + 3]) != std::string_view::npos)
      out[i + 2] = out[i + 3] = '0';
  return out;
}

// What json_scan and Boost.JSON disagree on in `text`; null when nothing. `name` is looked for as a top-level
// member.
inline const char* disagreement(std::string_view text, std::string_view name) {
  JsonMember members[1];
  members[0].name = name;
  const JsonScan scan = json_scan(text, members);
  if (!scan.valid && scan.error_offset > text.size()) return "the offset lies outside";
  if (!scan.valid && std::string_view(scan.error) == "a number is too long") return nullptr;  // our bound alone
  boost::json::error_code ec;
  const std::string tamed = without_surrogates(text);
  const boost::json::value value = boost::json::parse(tamed, ec, {}, options());
  if (ec == boost::json::error::exponent_overflow) return nullptr;  // Boost's bound alone
  if (ec.failed() == scan.valid) return scan.valid ? "only json_scan takes it" : "only Boost takes it";
  if (!scan.valid) return nullptr;
  if (scan.is_object != value.is_object()) return "is_object";
  if (!scan.is_object || tamed != text) return nullptr;
  const boost::json::value* const expected = value.as_object().if_contains(name);
  if ((expected != nullptr) != (members[0].count > 0)) return "a member is there or not";
  // As texts: Boost reads 0E467890 as NaN, which is not equal to itself.
  if (members[0].count == 1 && boost::json::serialize(boost::json::parse(
                                   members[0].value, ec, {}, options())) != boost::json::serialize(*expected))
    return "a member's value";
  if (members[0].count == 1 && members[0].kind == JsonKind::string &&
      json_unescape(members[0].value) != expected->as_string())
    return "a string's text";
  return nullptr;
}

}  // namespace kgw::judge
