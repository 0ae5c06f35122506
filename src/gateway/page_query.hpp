// What the paged lists of the admin API have in common: `limit`, `before`, `after` in a query, `next` in an
// answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "gateway/json_object.hpp"

namespace kgw {

// The number of rows that `limit` asks for; `standard` when it is not there. Fault: invalid_argument.
Result<std::size_t> page_limit(std::string_view query, std::size_t standard, std::size_t most);
// A cursor as an earlier page's `next` gave it; nothing when it is not there. Fault: invalid_argument.
Result<std::optional<std::int64_t>> page_cursor(std::string_view query, std::string_view name);
// {"<name>":[rows...],"next":"..."|null}
template <class Page, class RowJson>
std::string page_json(std::string_view name, const Page& page, RowJson row_json) {
  std::string array = "[";
  for (const auto& row : page.rows) {
    if (array.size() > 1) array.push_back(',');
    array += row_json(row);
  }
  array.push_back(']');
  JsonObject json;
  json.raw(name, array);
  if (page.next) json.text("next", std::to_string(*page.next));
  else json.null("next");
  return json.take();
}

}  // namespace kgw
