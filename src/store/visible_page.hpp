// VisiblePage: a page of rows for a caller limited to some kiosks. The store ends a page after a number of
// rows, whoever they belong to; this keeps asking until the page is full, so that neither a short page nor a
// cursor reveals rows in between. Bounded: after kLooksMax reads the page is returned as it is. Loop thread
// only.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>

#include "store/history.hpp"

namespace kgw {

template <class Row, class Query>
class VisiblePage : public std::enable_shared_from_this<VisiblePage<Row, Query>> {
 public:
  static constexpr int kLooksMax = 50;
  using Found = std::function<void(Result<Page<Row>>)>;
  using Ask = std::function<void(Query, Found)>;
  using NumberOf = std::int64_t (*)(const Row&);

  // `number_of`: returns a row's cursor.
  static void read(Query query, Ask ask, NumberOf number_of, Found found) {
    std::shared_ptr<VisiblePage> page(new VisiblePage);
    page->rows_max_ = query.count_max;
    page->query_ = std::move(query);
    page->ask_ = std::move(ask);
    page->number_of_ = number_of;
    page->found_ = std::move(found);
    page->look();
  }

 private:
  VisiblePage() = default;

  // Asks for one row more than wanted: only that one decides whether there is a next page.
  void look() {
    ++looks_;
    Query query = query_;
    query.count_max = rows_max_ + 1 - page_.rows.size();
    ask_(std::move(query), [self = this->shared_from_this()](Result<Page<Row>> part) {
      if (!part) return self->found_(part.error());
      self->take(std::move(*part));
    });
  }
  void take(Page<Row> part) {
    std::move(part.rows.begin(), part.rows.end(), std::back_inserter(page_.rows));
    page_.next = part.next;
    if (page_.rows.size() > rows_max_) {
      page_.rows.pop_back();
      page_.next = number_of_(page_.rows.back());
    } else if (page_.next && looks_ < kLooksMax) {
      go_on_at(query_, *page_.next);
      return look();
    }
    found_(std::move(page_));
  }
  static void go_on_at(ExchangesQuery& query, std::int64_t number) {
    (query.after ? query.after : query.before) = number;
  }
  static void go_on_at(HistoryQuery& query, std::int64_t number) { query.before = number; }

  std::size_t rows_max_ = 0;
  int looks_ = 0;
  Query query_;
  Ask ask_;
  NumberOf number_of_ = nullptr;
  Found found_;
  Page<Row> page_;
};

}  // namespace kgw
