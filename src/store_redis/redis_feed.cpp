// RedisReader's feed: what became final, in the order of the commits. Implements store_redis/redis_reader.hpp.
#include <utility>

#include "base/limits.hpp"
#include "store_redis/redis_layout.hpp"
#include "store_redis/redis_reader.hpp"

namespace kgw {
namespace {

using namespace redis_layout;
using redis::Command;

constexpr std::size_t kStep = 500;

}  // namespace

// Only what is to be seen is loaded: of the rest no more than whose it is.
Result<std::vector<Final>> RedisReader::visible(std::vector<Final> finals, const ExchangeView& view) {
  if (view.kiosk)
    std::erase_if(finals, [&view](const Final& final) {
      return !view.kiosk(std::string(redis_layout::kiosk_of(final.member)));
    });
  if (!view.owner || finals.empty()) return finals;
  std::vector<Command> commands;
  for (const Final& final : finals)
    commands.push_back(
        {"HGET", exchange_key(redis_layout::kiosk_of(final.member), request_of(final.member)), "owner"});
  const auto owners = connection_.run(commands);
  if (!owners) return owners.error();
  std::vector<Final> seen;
  for (std::size_t i = 0; i < finals.size(); ++i) {
    if ((*owners)[i].is_error()) return redis::refused((*owners)[i]);
    if ((*owners)[i].text == *view.owner) seen.push_back(std::move(finals[i]));
  }
  return seen;
}

Result<std::optional<StoredExchange>> RedisReader::load(const Final& final) {
  Command command{"HMGET", exchange_key(redis_layout::kiosk_of(final.member), request_of(final.member))};
  command.insert(command.end(), exchange_fields().begin(), exchange_fields().end());
  const auto reply = connection_.run(command);
  if (!reply) return reply.error();
  return exchange_of(final.member, *reply, !final.answered);
}

Result<std::vector<RequestId>> RedisReader::passed(const std::vector<RequestId>& ids, std::int64_t after) {
  std::vector<RequestId> before;
  for (const RequestId& id : ids) {
    const auto index = member(id);
    if (!index) return index.error();
    if (index->items.empty()) continue;
    const auto entry = connection_.run(
        Command{"HGET", exchange_key(redis_layout::kiosk_of(index->items[0].text), id.text()), "final"});
    if (!entry) return entry.error();
    if (!entry->is_null() && final_number_of(entry->text) <= after) before.push_back(id);
  }
  return before;
}

Result<FinalsPage> RedisReader::finals(const FinalsQuery& asked) {
  FinalsPage page;
  page.next = asked.after;
  auto before = passed(asked.unclaimed, asked.after);
  if (!before) return before.error();
  page.passed = std::move(*before);
  std::size_t bytes = 0;
  for (std::size_t scanned = 0; scanned < limits::kStoreScanRowsMax; scanned += kStep) {
    const auto entries = connection_.run(
        Command{"XRANGE", kFinals, "(" + final_id(page.next), "+", "COUNT", std::to_string(kStep)});
    if (!entries) return entries.error();
    std::vector<Final> all;
    for (const redis::Reply& entry : entries->items)
      if (auto final = final_of(entry)) all.push_back(std::move(*final));
    const std::int64_t last = all.empty() ? page.next : all.back().number;
    const auto seen = visible(std::move(all), asked.view);
    if (!seen) return seen.error();
    for (const Final& final : *seen) {
      page.more = page.rows.size() == asked.count_max || bytes >= limits::kFeedPageBytesMax;
      if (page.more) return page;
      auto exchange = load(final);
      if (!exchange) return exchange.error();
      page.next = final.number;
      if (!*exchange) continue;
      bytes += view((*exchange)->response).size();
      page.rows.push_back({final.number, std::move(**exchange)});
    }
    page.next = last;
    if (entries->items.size() < kStep) return page;
  }
  page.more = true;
  return page;
}

}  // namespace kgw
