#include "store_redis/redis_reader.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "core/envelope.hpp"
#include "store/exchange_filter.hpp"
#include "store_redis/redis_layout.hpp"

namespace kgw {
namespace {

using namespace redis_layout;
using redis::Command;
using redis::Reply;

constexpr std::size_t kStep = 500;

}  // namespace

Result<std::unique_ptr<RedisReader>> RedisReader::open(const RedisSettings& settings) {
  auto connection = settings.connect();
  if (!connection) return connection.error();
  return std::unique_ptr<RedisReader>(new RedisReader(std::move(*connection)));
}

// Those that are there, in the order of `members`.
Result<std::vector<StoredExchange>> RedisReader::load(const std::vector<std::string>& members,
                                                      bool with_response) {
  std::vector<std::string> fields = exchange_fields();
  if (!with_response) fields.pop_back();
  std::vector<Command> commands;
  for (const std::string& member : members) {
    Command command{"HMGET", exchange_key(redis_layout::kiosk_of(member), request_of(member))};
    command.insert(command.end(), fields.begin(), fields.end());
    commands.push_back(std::move(command));
  }
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  std::vector<StoredExchange> found;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if ((*replies)[i].is_error()) return redis::refused((*replies)[i]);
    if (auto x = exchange_of(members[i], (*replies)[i])) found.push_back(std::move(*x));
  }
  return found;
}

Result<Reply> RedisReader::member(const RequestId& id) {
  const std::string text = id.text();
  return connection_.run(
      Command{"ZRANGEBYLEX", kExchanges, "[" + text + ":", "(" + text + ";", "LIMIT", "0", "1"});
}

Result<SharedBytes> RedisReader::body(const RequestId& id) {
  const auto index = member(id);
  if (!index) return index.error();
  if (index->items.empty()) return SharedBytes();
  const std::string& found = index->items[0].text;
  const auto envelope =
      connection_.run(Command{"HGET", exchange_key(redis_layout::kiosk_of(found), request_of(found)), "body"});
  if (!envelope) return envelope.error();
  const auto body = envelope->is_null() ? std::nullopt : body_in(envelope->text);
  return body ? share(std::string(*body)) : SharedBytes();
}

Result<std::optional<StoredExchange>> RedisReader::exchange(const RequestId& id) {
  const auto index = member(id);
  if (!index) return index.error();
  if (index->items.empty()) return std::optional<StoredExchange>();
  const std::string& member = index->items[0].text;
  auto found = load({member}, true);
  if (!found) return found.error();
  if (found->empty()) return std::optional<StoredExchange>();
  if (const auto left = drop_lost_claims(found->front(), member); !left) return left.error();
  return std::optional(std::move(found->front()));
}

// Its hash says what it claimed once; whose that is now says the claim.
Result<void> RedisReader::drop_lost_claims(StoredExchange& x, const std::string& member) {
  if (!x.order.claims()) return {};
  std::vector<Command> commands;
  if (x.order.claim) commands.push_back({"GET", claim_key(x.order.claim->key)});
  if (x.order.order_claim) commands.push_back({"GET", order_key(*x.order.order_claim)});
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  if (const Reply* const error = redis::first_error(*replies)) return redis::refused(*error);
  if (x.order.claim) {
    const auto claim = claim_of(replies->front().text);
    if (!claim || claim->member != member) x.order.claim.reset();
  }
  if (x.order.order_claim) {
    const auto order = order_of(replies->back().text);
    if (!order || order->member != member) x.order.order_claim.reset();
  }
  return {};
}

Result<std::optional<StoredExchange>> RedisReader::claimed(const Digest& key) {
  const auto text = connection_.run(Command{"GET", claim_key(key)});
  if (!text) return text.error();
  const auto claim = text->is_null() ? std::nullopt : claim_of(text->text);
  if (!claim) return std::optional<StoredExchange>();
  auto found = load({claim->member}, true);
  if (!found) return found.error();
  return found->empty() ? std::nullopt : std::optional(std::move(found->front()));
}

// As many questions for one that is not to be seen as for none.
Result<std::optional<StoredExchange>> RedisReader::visible_exchange(const RequestId& id,
                                                                    const ExchangeView& view) {
  const auto index = member(id);
  if (!index) return index.error();
  const std::string found = index->items.empty() ? std::string() : index->items[0].text;
  const std::string kiosk(found.empty() ? std::string_view() : redis_layout::kiosk_of(found));
  const bool shown = !found.empty() && (!view.kiosk || view.kiosk(kiosk));
  if (view.owner) {
    const auto owner = connection_.run(Command{"HGET", exchange_key(kiosk, id.text()), "owner"});
    if (!owner) return owner.error();
    if (!shown || owner->text != *view.owner) return std::optional<StoredExchange>();
  }
  if (!shown) return std::optional<StoredExchange>();
  auto loaded = load({found}, true);
  if (!loaded) return loaded.error();
  return loaded->empty() ? std::nullopt : std::optional(std::move(loaded->front()));
}

Result<Page<StoredExchange>> RedisReader::exchanges(const ExchangesQuery& query) {
  const bool forward = query.after.has_value();
  // '.' stands behind the '-' that follows a member's prefix: past all members with this very key.
  std::string from = forward        ? "[" + prefix_of(*query.after) + "."
                     : query.before ? "(" + prefix_of(*query.before)
                                    : "+";
  const char* const index = query.unclaimed ? kUnclaimed : kExchanges;
  Page<StoredExchange> page;
  for (std::size_t scanned = 0; scanned < limits::kStoreScanRowsMax;) {
    const auto reply = connection_.run(Command{forward ? "ZRANGEBYLEX" : "ZREVRANGEBYLEX", index, from,
                                               forward ? "+" : "-", "LIMIT", "0", std::to_string(kStep)});
    if (!reply) return reply.error();
    std::vector<std::string> members;
    for (const Reply& item : reply->items) {
      const std::string kiosk(redis_layout::kiosk_of(item.text));
      const bool wanted =
          (query.kiosk_id.empty() || query.kiosk_id == kiosk) && (!query.visible || query.visible(kiosk));
      if (wanted) members.push_back(item.text);
    }
    auto found = load(members, false);
    if (!found) return found.error();
    for (StoredExchange& x : *found) {
      if (!matches(query, x)) continue;
      if (page.rows.size() == query.count_max) {  // there is one more
        page.next = page.rows.back().id.journal_key();
        return page;
      }
      page.rows.push_back(std::move(x));
    }
    if (reply->items.size() < kStep) return page;
    scanned += kStep;
    from = "(" + reply->items.back().text;
  }
  const auto last = RequestId::parse(request_of(std::string_view(from).substr(1)));
  if (last) page.next = last->journal_key();
  return page;
}

template <class Row, class Take>
Result<Page<Row>> RedisReader::rows(const std::string& stream, const HistoryQuery& query, Take take) {
  Page<Row> page;
  std::int64_t before = query.before.value_or(INT64_MAX);
  for (std::size_t scanned = 0; scanned < limits::kStoreScanRowsMax; scanned += kStep) {
    const std::string from = before == INT64_MAX ? "+" : "(" + stream_id(before);
    const auto reply = connection_.run(Command{"XREVRANGE", stream, from, "-", "COUNT", std::to_string(kStep)});
    if (!reply) return reply.error();
    for (const Reply& entry : reply->items) {
      std::optional<Row> row = take(entry);
      if (!row) continue;
      if (page.rows.size() == query.count_max) {
        page.next = page.rows.back().number;
        return page;
      }
      page.rows.push_back(std::move(*row));
    }
    if (reply->items.size() < kStep) return page;
    before = number_of(reply->items.back().items[0].text);
  }
  page.next = before;
  return page;
}

Result<Page<StoredConnection>> RedisReader::connections(const HistoryQuery& query) {
  const std::string stream = query.about.empty() ? std::string(kConnections) : connections_key(query.about);
  return rows<StoredConnection>(stream, query, [&query](const Reply& entry) {
    auto row = connection_of(entry);
    if (row && (!is_within(query, row->at) || (query.visible && !query.visible(row->kiosk_id)))) row.reset();
    return row;
  });
}

// Those that are there, in the order of `rows`.
Result<std::vector<StoredCallback>> RedisReader::load_callbacks(const std::vector<CallbackRow>& rows) {
  std::vector<StoredCallback> found;
  std::vector<Command> commands;
  for (const CallbackRow& row : rows) {
    const std::string_view member = row.member;
    commands.push_back({"HMGET", exchange_key(redis_layout::kiosk_of(member), request_of(member)), "operation",
                        "owner", "callback", callback_field(row.n)});
  }
  if (commands.empty()) return found;
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Reply& values = (*replies)[i];
    if (values.is_error()) return redis::refused(values);
    const auto id = RequestId::parse(request_of(rows[i].member));
    if (!id || values.items.size() != 4) continue;
    std::int64_t number = rows[i].number;
    const auto tries = tries_of(values.items[3].text, &number);
    if (!tries) continue;
    found.push_back({number, *id, rows[i].n, *tries, std::string(redis_layout::kiosk_of(rows[i].member)),
                     values.items[0].text, values.items[1].text, values.items[2].text});
  }
  return found;
}

// A page looks at no more rows than it may return.
Result<Page<StoredCallback>> RedisReader::callbacks(const CallbacksQuery& query) {
  Page<StoredCallback> page;
  std::vector<CallbackRow> rows;
  if (query.of) {
    const auto index = member(*query.of);
    if (!index) return index.error();
    for (const Reply& item : index->items)
      for (const std::uint32_t n : {1U, 2U}) rows.push_back({0, n, item.text});
  } else {
    const char* const index =
        query.state ? kCallbacksBy[static_cast<std::size_t>(*query.state)] : redis_layout::kCallbacks;
    // ';' stands behind the ':' that follows a number's digits.
    const auto reply = connection_.run(Command{"ZRANGEBYLEX", index, "[" + callback_digits(query.after) + ";",
                                               "+", "LIMIT", "0", std::to_string(query.count_max)});
    if (!reply) return reply.error();
    for (const Reply& item : reply->items)
      if (auto row = callback_row_of(item.text)) rows.push_back(std::move(*row));
    if (reply->items.size() == query.count_max && !rows.empty()) page.next = rows.back().number;
  }
  auto found = load_callbacks(rows);
  if (!found) return found.error();
  for (StoredCallback& callback : *found)
    if (callback.number > query.after && (!query.state || *query.state == callback.tries.state) &&
        query.selects(callback))
      page.rows.push_back(std::move(callback));
  return page;
}

Result<Page<StoredAudit>> RedisReader::audit(const HistoryQuery& query) {
  return rows<StoredAudit>(kAudit, query, [&query](const Reply& entry) {
    auto row = audit_of(entry);
    if (row &&
        (!is_within(query, row->record.at) || (!query.about.empty() && row->record.target != query.about)))
      row.reset();
    return row;
  });
}

}  // namespace kgw
