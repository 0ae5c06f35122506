// respond_page: answers with a page of a list, {"<name>":[rows...],"next":"..."|null}, composed some rows at
// a time: a thousand rows take no more of a turn than ten. Loop thread only.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/answers.hpp"
#include "http/json_object.hpp"
#include "net/slices.hpp"
#include "store/history.hpp"

namespace kgw {

// How to answer with a page.
struct PageAnswer {
  HttpCallId call;
  std::string holder;             // whose share the work is counted in (Caller::holder)
  std::string_view name;          // the member with the rows; a literal
  std::string_view extra_fields;  // complete header lines; a literal
  std::shared_ptr<void> place{};  // held until the answer is sent
};

template <class Row, class RowJson>
void respond_page(Slices& slices, HttpServer& server, PageAnswer answer, Page<Row> page, RowJson row_json) {
  constexpr std::size_t kRowsAtOnce = 16;
  struct Composing {
    PageAnswer answer;
    Page<Row> page;
    RowJson row_json;
    std::size_t at = 0;
    std::string array = "[";
  };
  const HttpCallId call = answer.call;
  const std::string holder = answer.holder;
  const auto all =
      std::make_shared<Composing>(Composing{std::move(answer), std::move(page), std::move(row_json)});
  const auto some = [all, &server] {
    const std::size_t to = std::min(all->page.rows.size(), all->at + kRowsAtOnce);
    for (; all->at < to; ++all->at)
      all->array.append(all->at > 0 ? "," : "").append(all->row_json(all->page.rows[all->at]));
    if (all->at < all->page.rows.size()) return false;
    JsonObject json;
    json.raw(all->answer.name, all->array + "]");
    if (all->page.next) json.text("next", std::to_string(*all->page.next));
    else json.null("next");
    server.respond_shared(all->answer.call, all->answer.extra_fields, share(json.take()));
    return true;
  };
  if (some()) return;  // a short page needs no turn of its own
  if (!slices.add(holder, some)) respond_error(server, call, ErrorCode::overloaded, Slices::kTooMany);
}

}  // namespace kgw
