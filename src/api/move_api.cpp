// The export. Cursors are "kiosk:ID", "key:ID" and "request:NUMBER"; the page begins after what they name.
#include "api/move_api.hpp"

#include <algorithm>
#include <charconv>

#include "admin/moved_lines.hpp"
#include "http/answers.hpp"
#include "http/json_object.hpp"
#include "http/page_query.hpp"
#include "wire/send_request.hpp"

namespace kgw {
namespace {

constexpr std::size_t kPageRows = 1000;
constexpr std::size_t kPageBytes = 4 * 1024 * 1024;
constexpr std::string_view kKiosk = "kiosk:";
constexpr std::string_view kKey = "key:";
constexpr std::string_view kRequest = "request:";

struct ExportPage {
  std::string array = "[";
  std::int64_t open = 0;
  std::string next;

  void add(const std::string& line) { array.append(array.size() > 1 ? "," : "").append(line); }
  std::string json() {
    return JsonObject().raw("lines", array + "]").number("open", open).text_or_null("next", next).take();
  }
};

constexpr std::size_t kRowsAtOnce = 32;

// A page of what is in memory, composed some rows at a time.
template <class Row, class Line>
void export_rows(const MoveParts& parts, HttpCallId call, const Caller& caller, std::vector<Row> rows,
                 const std::string& next, Line line) {
  struct Export {
    std::vector<Row> rows;
    std::size_t at = 0;
    ExportPage page{};
  };
  const auto all = std::make_shared<Export>(Export{std::move(rows)});
  all->page.next = next;
  const auto some = [all, call, line, &server = parts.server] {
    for (std::size_t i = 0; i < kRowsAtOnce && all->at < all->rows.size(); ++i)
      all->page.add(line(all->rows[all->at++]));
    if (all->at < all->rows.size()) return false;
    respond_json(server, call, 200, all->page.json(), kNoStore);
    return true;
  };
  if (!parts.slices.add(caller.holder(), some))
    respond_error(parts.server, call, ErrorCode::overloaded, Slices::kTooMany);
}

// A page of requests: found with one read of the store, then each read again for its answer.
class RequestsPage : public std::enable_shared_from_this<RequestsPage> {
 public:
  // `place`: one read of the store is in progress at any time.
  RequestsPage(HttpCallId call, std::string holder, ReadShares::Place place, const MoveParts& parts)
      : call_(call), holder_(std::move(holder)), place_(std::move(place)), parts_(parts) {}

  void read(std::int64_t after) {
    ExchangesQuery query;
    query.after = after;
    query.count_max = kPageRows;
    parts_.history.find_exchanges(std::move(query),
                                  [self = shared_from_this()](Result<Page<StoredExchange>> found) {
                                    if (!found)
                                      return respond_fault(self->parts_.server, self->call_, found.error());
                                    self->rows_ = std::move(found->rows);
                                    if (found->next)
                                      self->page_.next = std::string(kRequest) + std::to_string(*found->next);
                                    self->next_row();
                                  });
  }

 private:
  void next_row() {
    for (std::size_t here = 0; at_ < rows_.size(); ++at_, ++here) {
      if (here == kRowsAtOnce) return go_on_later();
      if (page_.array.size() > kPageBytes) {
        page_.next = std::string(kRequest) + std::to_string(rows_[at_ - 1].id.journal_key());
        break;
      }
      const StoredExchange& row = rows_[at_];
      if (row.outcome == Outcome::open) ++page_.open;
      else if (row.outcome != Outcome::not_executed) return read_whole(row.id);
      else page_.add(moved_line(row));
    }
    respond_json(parts_.server, call_, 200, page_.json(), kNoStore);
  }
  void go_on_later() {
    const auto go_on = [self = shared_from_this()] {
      self->next_row();
      return true;
    };
    if (!parts_.slices.add(holder_, go_on))
      respond_error(parts_.server, call_, ErrorCode::overloaded, Slices::kTooMany);
  }
  // With its answer, its key and its order.
  void read_whole(RequestId id) {
    ++at_;
    parts_.history.find_exchange(
        id, [self = shared_from_this()](const Result<std::optional<StoredExchange>>& found) {
          if (!found) return respond_fault(self->parts_.server, self->call_, found.error());
          if (*found) self->page_.add(moved_line(**found));  // otherwise it has just been deleted
          self->next_row();
        });
  }

  const HttpCallId call_;
  const std::string holder_;
  const ReadShares::Place place_;
  const MoveParts& parts_;
  std::vector<StoredExchange> rows_;
  std::size_t at_ = 0;
  ExportPage page_;
};

}  // namespace

void MoveApi::export_page(const HttpRequest& request, const Caller& caller) {
  const std::string after = query_value(request.head.query, "cursor").value_or(std::string(kKiosk));
  if (after.starts_with(kRequest)) {
    std::int64_t number = 0;
    const char* const end = after.data() + after.size();
    const auto [stop, error] = std::from_chars(after.data() + kRequest.size(), end, number);
    if (error == std::errc() && stop == end) {
      auto place = parts_.reads.take(caller);
      if (!place)
        return respond_error(parts_.server, request.call, ErrorCode::overloaded, ReadShares::kTooMany);
      return std::make_shared<RequestsPage>(request.call, caller.holder(), std::move(place), parts_)
          ->read(number);
    }
  } else if (after.starts_with(kKey)) {
    std::vector<KeyRef> keys = parts_.keys.behind(std::string_view(after).substr(kKey.size()), kPageRows);
    const std::string next =
        keys.size() == kPageRows ? std::string(kKey) + keys.back()->id : std::string(kRequest) + "0";
    return export_rows(parts_, request.call, caller, std::move(keys), next,
                       [](const KeyRef& key) { return moved_line(*key); });
  } else if (after.starts_with(kKiosk)) {
    const std::string_view behind = std::string_view(after).substr(kKiosk.size());
    std::vector<KioskRef> kiosks = parts_.shell.relay().kiosks().behind(behind, kPageRows);
    const std::string next =
        kiosks.size() == kPageRows ? std::string(kKiosk) + kiosks.back()->record.id : std::string(kKey);
    return export_rows(parts_, request.call, caller, std::move(kiosks), next,
                       [](const KioskRef& kiosk) { return moved_line(kiosk->record); });
  }
  respond_error(parts_.server, request.call, ErrorCode::invalid_argument,
                "'cursor' must be the 'next' of an earlier page.");
}

void MoveApi::import(const HttpRequest& request, const Caller& caller) {
  const std::string_view type = request.head.find("Content-Type").value_or("");
  if (!same_ignoring_case(type.substr(0, type.find(';')), "application/x-ndjson"))
    return respond_error(parts_.server, request.call, ErrorCode::unsupported_media_type,
                         "Send JSON lines, with Content-Type: application/x-ndjson.");
  const auto dry_run = flag_of(request.head.query, "dry_run");
  if (!dry_run) return respond_fault(parts_.server, request.call, dry_run.error());
  const auto moving = std::make_shared<MovingIn>(parts_, parts_.access.actor(request, caller), request.call);
  if (const auto read = moving->read(request.body, dry_run->value_or(false)); !read)
    return respond_fault(parts_.server, request.call, read.error());
  moving->start();
}

}  // namespace kgw
