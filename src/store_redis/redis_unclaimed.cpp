// What a start finds in Redis: what is open, and unclaimed answers; after a crash also those that were answered
// in its last moments (docs/journal.md). Implements store_redis/redis_journal.hpp.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "store_redis/redis_journal.hpp"
#include "store_redis/redis_layout.hpp"

namespace kgw {
namespace {

using namespace redis_layout;
using redis::Command;
using redis::Reply;

constexpr std::size_t kListStep = 500;
constexpr const char* kToldTo = "told_to";  // in meta
constexpr const char* kNone = "0-0";

}  // namespace

// Neither answered nor ended, oldest first.
Result<std::vector<StoredExchange>> RedisJournal::load_open() {
  const auto open = connection_.run(Command{"ZRANGEBYLEX", kOpen, "-", "+"});
  if (!open) return open.error();
  return load_all(*open);
}

Result<std::vector<StoredExchange>> RedisJournal::load_all(const Reply& members) {
  std::vector<StoredExchange> found;
  for (std::size_t at = 0; at < members.items.size(); at += kListStep) {
    std::vector<Command> commands;
    const std::size_t end = std::min(at + kListStep, members.items.size());
    for (std::size_t i = at; i < end; ++i) {
      const std::string& member = members.items[i].text;
      Command command{"HMGET", exchange_key(redis_layout::kiosk_of(member), request_of(member))};
      command.insert(command.end(), exchange_fields().begin(), exchange_fields().end());
      commands.push_back(std::move(command));
    }
    const auto replies = connection_.run(commands);
    if (!replies) return replies.error();
    if (const Reply* const error = redis::first_error(*replies)) return redis::refused(*error);
    for (std::size_t i = at; i < end; ++i)
      if (auto x = exchange_of(members.items[i].text, (*replies)[i - at])) found.push_back(std::move(*x));
  }
  return found;
}

Result<std::string> RedisJournal::last_final() {
  const auto newest = connection_.run(Command{"XREVRANGE", kFinals, "+", "-", "COUNT", "1"});
  if (!newest) return newest.error();
  return newest->items.empty() || newest->items[0].items.empty() ? std::string(kNone)
                                                                 : newest->items[0].items[0].text;
}

// Once a second. An answer leaves in the turn that learns of its commit, so it has left, or is listed, two
// looks later.
Result<void> RedisJournal::write_told_mark() {
  auto last = last_final();
  if (!last) return last.error();
  if (!told_[0].empty() && told_[0] != told_to_) {
    const auto done = connection_.run(Command{"HSET", kMeta, kToldTo, told_[0]});
    if (!done) return done.error();
    told_to_ = told_[0];
  }
  told_ = {std::move(told_[1]), std::move(*last)};
  return {};
}

// At a start only: a gateway that connects again has lost nobody's answer. A Redis of an older version has no
// mark: what it answered counts as told.
Result<void> RedisJournal::list_untold() {
  const auto mark = connection_.run(Command{"HGET", kMeta, kToldTo});
  if (!mark) return mark.error();
  auto last = last_final();
  if (!last) return last.error();
  const WallTime at = wall_from_ms(final_number_of(*last) >> 20);
  std::string from = mark->is_null() ? *last : mark->text;
  for (bool more = true; more;) {
    const auto entries =
        connection_.run(Command{"XRANGE", kFinals, "(" + from, "+", "COUNT", std::to_string(kListStep)});
    if (!entries) return entries.error();
    Calls calls;
    Batch batch;
    for (const Reply& entry : entries->items) {
      const auto final = final_of(entry);
      const auto id = final ? RequestId::parse(request_of(final->member)) : std::nullopt;
      if (id && final->answered)
        add(batch,
            RegistryChange(UnclaimedRecord{*id, std::string(redis_layout::kiosk_of(final->member)), at}));
      from = entry.items[0].text;
    }
    finish(batch, calls);
    if (const auto sent = send(std::move(calls)); !sent) return sent.error();
    more = entries->items.size() == kListStep;
  }
  const auto done = connection_.run(Command{"HSET", kMeta, kToldTo, *last});
  if (!done) return done.error();
  told_to_ = *last;
  told_ = {*last, *last};
  return {};
}

// Oldest first.
Result<std::vector<StoredExchange>> RedisJournal::load_unclaimed() {
  auto members = connection_.run(
      Command{"ZREVRANGEBYLEX", kUnclaimed, "+", "-", "LIMIT", "0", std::to_string(limits::kUnclaimedMax)});
  if (!members) return members.error();
  std::reverse(members->items.begin(), members->items.end());
  return load_all(*members);
}

Result<void> RedisJournal::close_cleanly() {
  const auto last = last_final();
  if (!last) return last.error();
  if (const auto done = connection_.run(Command{"HSET", kMeta, kToldTo, *last}); !done) return done.error();
  return state_->lease.give_back(connection_);
}

}  // namespace kgw
