#include "gateway/page_query.hpp"

#include <charconv>

#include "wire/send_request.hpp"

namespace kgw {
namespace {

template <class Number>
bool parse(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<std::size_t> page_limit(std::string_view query, std::size_t standard, std::size_t most) {
  const auto text = query_value(query, "limit");
  if (!text) return standard;
  std::size_t limit = 0;
  if (!parse(*text, limit) || limit < 1 || limit > most)
    return Fault{ErrorCode::invalid_argument,
                 "'limit' must be a number from 1 to " + std::to_string(most) + "."};
  return limit;
}

Result<std::optional<std::int64_t>> page_cursor(std::string_view query, std::string_view name) {
  const auto text = query_value(query, name);
  if (!text) return std::optional<std::int64_t>();
  std::int64_t cursor = 0;
  if (!parse(*text, cursor) || cursor < 0)
    return Fault{ErrorCode::invalid_argument,
                 "'" + std::string(name) + "' must be what an earlier page's 'next' said."};
  return std::optional(cursor);
}

}  // namespace kgw
