#include "http/page_query.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "wire/http_head.hpp"

namespace kgw {
namespace {

Fault refused(std::string message) { return Fault{ErrorCode::invalid_parameter, std::move(message)}; }

template <class Number>
bool parse(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

Result<std::optional<WallTime>> time_of(std::string_view query, std::string_view name) {
  const auto text = query_value(query, name);
  if (!text) return std::optional<WallTime>();
  const auto at = parse_rfc3339(*text);
  if (!at)
    return Fault{ErrorCode::invalid_argument,
                 "'" + std::string(name) + "' must be a time in UTC like 2026-11-22T22:13:39Z (RFC 3339)."};
  return at;
}

}  // namespace

Result<void> check_parameters(std::span<const std::string_view> known, std::string_view query) {
  std::vector<std::string> seen;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals));
    if (!name || !percent_decode(pair.substr(std::min(equals + 1, pair.size()))))
      return refused("The query is not percent-encoded correctly; write a literal '%' as %25.");
    const std::string shown = "'" + name->substr(0, 64) + "'";
    if (std::find(known.begin(), known.end(), *name) == known.end()) {
      std::string list;
      for (const std::string_view one : known) list.append(list.empty() ? "" : ", ").append(one);
      return refused(shown + " is not a known query parameter; " +
                     (list.empty() ? "this path accepts none." : "this path accepts " + list + "."));
    }
    if (std::find(seen.begin(), seen.end(), *name) != seen.end())
      return refused(shown + " is in the query twice; give it once.");
    seen.push_back(std::move(*name));
  }
  return {};
}

Result<std::size_t> page_limit(std::string_view query, std::size_t standard, std::size_t most) {
  const auto text = query_value(query, "limit");
  if (!text) return standard;
  std::size_t limit = 0;
  if (!parse(*text, limit) || limit < 1 || limit > most)
    return Fault{ErrorCode::invalid_argument,
                 "'limit' must be a number from 1 to " + std::to_string(most) + "."};
  return limit;
}

Result<std::optional<std::int64_t>> page_cursor(std::string_view query) {
  const auto text = query_value(query, "cursor");
  if (!text) return std::optional<std::int64_t>();
  std::int64_t cursor = 0;
  if (!parse(*text, cursor) || cursor < 0)
    return Fault{ErrorCode::invalid_argument, "'cursor' must be the 'next' of an earlier page."};
  return std::optional(cursor);
}

Result<std::chrono::seconds> page_wait(std::string_view query) {
  constexpr unsigned kSecondsMax = 60;
  const auto text = query_value(query, "wait");
  if (!text) return std::chrono::seconds(0);
  unsigned seconds = 0;
  if (!parse(*text, seconds) || seconds > kSecondsMax)
    return Fault{ErrorCode::invalid_argument, "'wait' must be a number of seconds from 0 to 60."};
  return std::chrono::seconds(seconds);
}

Result<TimeSpan> page_times(std::string_view query) {
  const auto from = time_of(query, "from");
  if (!from) return from.error();
  const auto to = time_of(query, "to");
  if (!to) return to.error();
  return TimeSpan{*from, *to};
}

Result<std::optional<bool>> flag_of(std::string_view query, std::string_view name) {
  const auto text = query_value(query, name);
  if (!text) return std::optional<bool>();
  if (*text != "true" && *text != "false")
    return Fault{ErrorCode::invalid_argument, "'" + std::string(name) + "' must be true or false."};
  return std::optional(*text == "true");
}

}  // namespace kgw
