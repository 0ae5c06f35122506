// Small pieces of HTTP text: field names, the end of a head, queries. No state.
// Implements wire/http_head.hpp.
#include <cstring>

#include "base/ascii.hpp"
#include "wire/http_head.hpp"

namespace kgw {

bool same_ignoring_case_if_as_long(std::string_view a, std::string_view b) {
  using letter_case::same_word;
  const std::size_t size = a.size();
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8)
      if (!same_word<8>(a.data() + i, b.data() + i)) return false;
    return same_word<8>(a.data() + size - 8, b.data() + size - 8);
  }
  if (size >= 4)
    return same_word<4>(a.data(), b.data()) && same_word<4>(a.data() + size - 4, b.data() + size - 4);
  for (std::size_t i = 0; i < size; ++i)
    if (ascii::lower(a[i]) != ascii::lower(b[i])) return false;
  return true;
}

std::optional<std::string_view> HttpHead::find(std::string_view name) const {
  for (std::size_t i = 0; i < field_count; ++i)
    if (same_ignoring_case(fields[i].name, name)) return fields[i].value;
  return std::nullopt;
}

std::optional<std::string_view> find_field(HttpFields fields, std::string_view name) {
  for (const HttpField& field : fields)
    if (same_ignoring_case(field.name, name)) return field.value;
  return std::nullopt;
}

std::size_t HttpHead::count(std::string_view name) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < field_count; ++i)
    if (same_ignoring_case(fields[i].name, name)) ++found;
  return found;
}

// parse_http_head rejects lines that end in a bare LF, but here they end a head, so that their sender gets an
// answer at once instead of after a timeout.
std::size_t find_head_end(std::string_view bytes, std::size_t& searched) {
  std::size_t at = searched;
  while (at < bytes.size()) {
    const void* const found = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
    if (found == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    searched = at;
    const std::size_t next = at + 1;
    if (next == bytes.size()) return 0;
    if (bytes[next] == '\n') return next + 1;
    if (bytes[next] == '\r') {
      if (next + 1 == bytes.size()) return 0;
      if (bytes[next + 1] == '\n') return next + 2;
    }
    at = next;
  }
  searched = bytes.size();
  return 0;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    const auto decoded_name = percent_decode(pair.substr(0, equals));
    if (decoded_name && *decoded_name == name)
      return percent_decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace kgw
