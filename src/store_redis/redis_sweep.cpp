// RedisJournal's retention: empties the bodies of exchanges that ended some time ago, deletes those that
// ended longer ago with all references to them, bounds the histories. In small steps between commits.
//
// Walks along the index, in the order in which exchanges were accepted, whatever the clock said, and stops at
// the first that was accepted too late to be due.
// Implements store_redis/redis_journal.hpp.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/limits.hpp"
#include "store/forgotten.hpp"
#include "store_redis/redis_journal.hpp"
#include "store_redis/redis_layout.hpp"

namespace kgw {
namespace {

using namespace redis_layout;
using redis::Command;
using redis::Reply;

// What was accepted in the future was accepted while the clock was ahead.
constexpr Milliseconds kAhead = std::chrono::minutes(1);
constexpr unsigned kSweepsAnew = 60;  // so often the rows' sweep looks at what it has passed by
constexpr std::int64_t kKeyMax = (std::int64_t{1} << 60) - 1;

std::string behind(const std::string& member) { return member + "\x01"; }
std::string key_of_member(const std::string& member) {
  return exchange_key(redis_layout::kiosk_of(member), request_of(member));
}

}  // namespace

struct RedisJournal::SweepRow {
  std::string member;
  bool exists = false;
  WallTime accepted{};
  std::optional<WallTime> ended;       // or was resolved; nothing: open
  bool unknown = false;                // and nobody has resolved it
  bool owes = false;                   // a callback
  std::vector<std::string> callbacks;  // of the indexes
};

struct RedisJournal::Due {
  std::vector<SweepRow> rows;    // due, or an index without an exchange
  std::vector<SweepRow> passed;  // accepted long enough ago, but open, of unknown outcome or not long ended
  std::string next;
  bool more = false;
  Milliseconds behind{0};
};

void RedisJournal::begin_sweep() {
  sweep_part_ = SweepPart::bodies;
  if (sweeps_++ % kSweepsAnew == 0) sweep_from_.clear();
}

Result<bool> RedisJournal::sweep_step(const SweepOrder& order, Swept& swept) {
  Result<bool> more = false;
  switch (sweep_part_) {
    case SweepPart::bodies: more = sweep_bodies(order, swept); break;
    case SweepPart::late_bodies: more = sweep_late_bodies(order, swept); break;
    case SweepPart::rows: more = sweep_exchanges(order, swept); break;
    case SweepPart::history: more = sweep_history(order, swept); break;
    case SweepPart::done: break;
  }
  if (!more) return more;
  if (!*more && sweep_part_ != SweepPart::done)
    sweep_part_ = static_cast<SweepPart>(static_cast<int>(sweep_part_) + 1);
  return sweep_part_ != SweepPart::done;
}

// What was there before this Redis was first used, nobody knows: "not found" is sure from now on, by Redis' own
// clock. What it lost while we were there is no newer than what was acknowledged last: nobody else wrote, and
// what comes after it was never accepted, so that its caller may safely send it again.
Result<void> RedisJournal::read_kept_from() {
  const auto meta = connection_.run(Command{"HMGET", kMeta, "kept_from", "last"});
  if (!meta) return meta.error();
  if (meta->items.size() != 2) return Fault{ErrorCode::store_unavailable, "Redis gave an unexpected answer"};
  std::int64_t kept = std::strtoll(meta->items[0].text.c_str(), nullptr, 10);
  const auto last = RequestId::parse(request_of(meta->items[1].text));
  const std::int64_t newest = std::max(state_->newest, last ? last->journal_key() : 0);
  if (kept == 0 || state_->lost_data) {
    kept = std::max(kept, newest + 1);
    if (state_->newest == 0) {
      const auto time = connection_.run(Command{"TIME"});
      if (!time) return time.error();
      if (time->items.size() != 2)
        return Fault{ErrorCode::store_unavailable, "Redis gave an unexpected answer"};
      const std::int64_t ms = std::strtoll(time->items[0].text.c_str(), nullptr, 10) * 1000 +
                              std::strtoll(time->items[1].text.c_str(), nullptr, 10) / 1000;
      kept = std::max(kept, key_at(wall_from_ms(ms + 1)));
    }
    const auto done = connection_.run(Command{"HSET", kMeta, "kept_from", std::to_string(kept)});
    if (!done) return done.error();
  }
  keep_from(std::max(kept, kept_from()));
  state_->newest = std::max(newest, kept - 1);
  return {};
}

Result<std::optional<WallTime>> RedisJournal::swept_by() {
  const auto time = connection_.run(Command{"HGET", kMeta, "swept_by"});
  if (!time) return time.error();
  if (time->is_null()) return std::optional<WallTime>();
  return std::optional(wall_from_ms(std::strtoll(time->text.c_str(), nullptr, 10)));
}

Result<void> RedisJournal::keep_swept_by(WallTime time) {
  const auto done = connection_.run(Command{"HSET", kMeta, "swept_by", std::to_string(to_ms(time))});
  return done ? Result<void>() : done.error();
}

Result<std::vector<RedisJournal::SweepRow>> RedisJournal::sweep_rows(const std::string& from,
                                                                     std::size_t count) {
  const auto index = connection_.run(Command{"ZRANGEBYLEX", kExchanges, from.empty() ? "-" : "[" + from, "+",
                                             "LIMIT", "0", std::to_string(count)});
  if (!index) return index.error();
  std::vector<std::string> members;
  members.reserve(index->items.size());
  for (const Reply& item : index->items) members.push_back(item.text);
  return sweep_rows(members);
}

Result<std::vector<RedisJournal::SweepRow>> RedisJournal::sweep_rows(const std::vector<std::string>& members) {
  std::vector<Command> commands;
  std::vector<std::string> fields = exchange_fields();
  fields.pop_back();  // without the answer's bytes
  for (const std::string& member : members) {
    Command command{"HMGET", key_of_member(member)};
    command.insert(command.end(), fields.begin(), fields.end());
    commands.push_back(std::move(command));
  }
  std::vector<SweepRow> rows;
  if (commands.empty()) return rows;
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if ((*replies)[i].is_error()) return redis::refused((*replies)[i]);
    SweepRow& row = rows.emplace_back();
    row.member = members[i];
    const auto x = exchange_of(row.member, (*replies)[i]);
    if (!x) continue;
    row.exists = true;
    row.accepted = x->accepted_at;
    row.ended = x->answered_at ? x->answered_at : x->ended_at;
    row.unknown = x->is_unresolved();
    if (x->outcome == Outcome::unknown && x->resolved) row.ended = x->resolved->at;
    for (const std::uint32_t n : {1U, 2U}) {
      std::int64_t number = 0;
      const auto tries = tries_of(callback_text((*replies)[i], n), &number);
      if (!tries) continue;
      row.owes = row.owes || tries->state == CallbackState::owed;
      row.callbacks.push_back(callback_row({number, n, row.member}));
    }
  }
  return rows;
}

// A step's worth from `from` on. Rows from the future count as those that were accepted after them do.
Result<RedisJournal::Due> RedisJournal::due(const std::string& from, WallTime cut, const SweepOrder& order) {
  const auto rows = sweep_rows(from, order.rows_max);
  if (!rows) return rows.error();
  Due due;
  due.next = from;
  std::vector<SweepRow> held;
  const auto take = [&](const SweepRow& row, bool ahead) {
    const bool over = row.ended && !row.unknown && !row.owes && (ahead || *row.ended < cut);
    (over || !row.exists ? due.rows : due.passed).push_back(row);
  };
  for (const SweepRow& row : *rows) {
    if (row.exists && row.accepted > order.now + kAhead) {
      held.push_back(row);
      continue;
    }
    if (row.exists && row.accepted >= cut) return due;
    for (const SweepRow& ahead : held) take(ahead, true);
    held.clear();
    take(row, false);
    if (row.ended && *row.ended < cut)
      due.behind = std::max(due.behind, std::chrono::duration_cast<Milliseconds>(cut - *row.ended));
    due.next = behind(row.member);
  }
  due.more = rows->size() == order.rows_max;
  if (held.empty()) return due;
  const auto over = accepted_before(held.back().member, cut, order.now + kAhead);
  if (!over) return over.error();
  due.more = due.more && *over;
  if (!*over) return due;
  for (const SweepRow& ahead : held) take(ahead, true);
  due.next = behind(held.back().member);
  return due;
}

// Whether the first believable row after `member` was accepted before `cut`. What was written while the clock
// was ahead stands together, so its end is searched for: farther and farther away, then by halves.
Result<bool> RedisJournal::accepted_before(const std::string& member, WallTime cut, WallTime future) {
  const auto key_of = [](const std::string& text) {
    const auto id = RequestId::parse(request_of(text));
    return id ? id->journal_key() : INT64_MAX - 1;
  };
  std::int64_t low = key_of(member) + 1, high = low, step = 1;
  std::optional<WallTime> found;
  bool bounded = false;
  while (!bounded || low < high) {
    const std::int64_t at = bounded ? low + (high - low) / 2 : high;
    const auto rows = sweep_rows(prefix_of(at), 1);
    if (!rows) return rows.error();
    const bool believable = !rows->empty() && rows->front().exists && rows->front().accepted <= future;
    if (rows->empty() || believable) {
      high = at;
      bounded = true;
      found = believable ? std::optional(rows->front().accepted) : std::nullopt;
    } else {
      low = key_of(rows->front().member) + 1;
      if (!bounded) high = std::min(low + step, kKeyMax);
      step *= 2;
    }
  }
  return found && *found < cut;
}

Result<std::uint64_t> RedisJournal::empty_bodies(const std::vector<std::string>& members) {
  std::vector<Command> commands;
  commands.reserve(members.size());
  for (const std::string& member : members)
    commands.push_back({"HDEL", key_of_member(member), "body", "response"});
  if (commands.empty()) return std::uint64_t{0};
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  std::uint64_t emptied = 0;
  for (const Reply& reply : *replies) {
    if (reply.is_error()) return redis::refused(reply);
    emptied += reply.integer > 0 ? 1 : 0;
  }
  return emptied;
}

// Goes on from where the last sweep stopped. What has not ended long ago does not hold up the others: it is
// noted and emptied when its time comes. What is still open is noted when it ends (kCommit).
Result<bool> RedisJournal::sweep_bodies(const SweepOrder& order, Swept& swept) {
  const auto mark = connection_.run(Command{"HGET", kMeta, "bodies_from"});
  if (!mark) return mark.error();
  const auto found = due(mark->text, order.now - order.kept.bodies, order);
  if (!found) return found.error();
  if (found->next == mark->text) return false;
  std::vector<std::string> members;
  for (const SweepRow& row : found->rows)
    if (row.exists) members.push_back(row.member);
  const auto emptied = empty_bodies(members);
  if (!emptied) return emptied.error();
  std::vector<Command> commands{{"MULTI"}};
  for (const SweepRow& row : found->passed)
    if (row.ended && !row.unknown)
      commands.push_back({"ZADD", kLateBodies, "0", late_member(*row.ended, row.member)});
  commands.push_back({"HSET", kMeta, "bodies_from", found->next});
  commands.push_back({"EXEC"});
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  if (const Reply* const error = redis::first_error(*replies)) return redis::refused(*error);
  swept.bodies += *emptied;
  swept.behind = std::max(swept.behind, found->behind);
  return found->more;
}

// An earlier version kept in mind what it had passed by, and left only the oldest of it here: once, the sweep
// goes back to that.
Result<void> RedisJournal::go_back_to_late_bodies() {
  const auto marks = connection_.run(Command{"HMGET", kMeta, "bodies_from", "late_from"});
  if (!marks) return marks.error();
  if (marks->items.size() != 2) return Fault{ErrorCode::store_unavailable, "Redis gave an unexpected answer"};
  const std::string& late = marks->items[1].text;
  if (late.empty()) return {};
  const std::string from = std::min(marks->items[0].text, late);
  const auto done = connection_.run(Command{"HSET", kMeta, "bodies_from", from, "late_from", ""});
  return done ? Result<void>() : done.error();
}

// What is on the list is looked at again: since it was noted, it may have been answered (it is kept from then
// on), somebody may have replayed its callback, and one may not even be over.
Result<bool> RedisJournal::sweep_late_bodies(const SweepOrder& order, Swept& swept) {
  const WallTime cut = order.now - order.kept.bodies;
  const auto late = connection_.run(Command{"ZRANGEBYLEX", kLateBodies, "-", "(" + late_member(cut, {}),
                                            "LIMIT", "0", std::to_string(order.rows_max)});
  if (!late) return late.error();
  if (late->items.empty()) return false;
  std::vector<std::string> members;
  Command forget{"ZREM", kLateBodies};
  for (const Reply& item : late->items) {
    members.emplace_back(member_of_late(item.text));
    forget.push_back(item.text);
  }
  const auto rows = sweep_rows(members);
  if (!rows) return rows.error();
  std::vector<std::string> over;
  std::vector<Command> commands{{"MULTI"}, std::move(forget)};
  for (const SweepRow& row : *rows) {
    if (!row.ended || row.unknown) continue;  // its answer, or its resolution, brings it here again
    // The commit that ends its callback brings it here too; that of an earlier version did not.
    const WallTime again = row.owes ? cut + limits::kCallbackTime : *row.ended;
    if (row.owes || again >= cut)
      commands.push_back({"ZADD", kLateBodies, "0", late_member(again, row.member)});
    else over.push_back(row.member);
  }
  const auto emptied = empty_bodies(over);
  if (!emptied) return emptied.error();
  commands.push_back({"EXEC"});
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  if (const Reply* const error = redis::first_error(*replies)) return redis::refused(*error);
  swept.bodies += *emptied;
  return late->items.size() == order.rows_max;
}

// The mark from which on "not found" is sure goes up with what is deleted, and is shown before it.
Result<bool> RedisJournal::sweep_exchanges(const SweepOrder& order, Swept& swept) {
  const auto found = due(sweep_from_, order.now - order.kept.rows, order);
  if (!found) return found.error();
  sweep_from_ = found->next;
  if (found->rows.empty()) return found->more;
  std::vector<Command> commands{{"MULTI"}};
  for (const SweepRow& row : found->rows) {
    commands.push_back({"ZREM", kExchanges, row.member});
    commands.push_back({"ZREM", kUnclaimed, row.member});
    commands.push_back({"DEL", key_of_member(row.member)});
    for (const std::string& callback : row.callbacks) {
      commands.push_back({"ZREM", kCallbacks, callback});
      for (const char* const index : kCallbacksBy) commands.push_back({"ZREM", index, callback});
    }
    swept.rows += row.exists ? 1 : 0;
    const auto id = RequestId::parse(request_of(row.member));
    if (id && id->journal_key() >= kept_from()) keep_from(id->journal_key() + 1);
  }
  commands.push_back({"HSET", kMeta, "kept_from", std::to_string(kept_from())});
  commands.push_back({"EXEC"});
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  if (const Reply* const error = redis::first_error(*replies)) return redis::refused(*error);
  swept.behind = std::max(swept.behind, found->behind);
  return found->more;
}

// Connections by time and number; what operators changed by time alone, so that nobody can push it out.
Result<bool> RedisJournal::sweep_history(const SweepOrder& order, Swept& swept) {
  const auto oldest = [&order](Milliseconds kept) {
    return std::to_string(std::max<std::int64_t>(to_ms(order.now - kept), 0));
  };
  const auto replies =
      connection_.run({{"XTRIM", kConnections, "MINID", oldest(limits::kConnectionRowsTime)},
                       {"XTRIM", kConnections, "MAXLEN", std::to_string(limits::kConnectionRowsMax)},
                       {"XTRIM", kAudit, "MINID", oldest(limits::kAuditTime)},
                       {"XTRIM", kFinals, "MINID", oldest(order.kept.rows)}});
  if (!replies) return replies.error();
  for (const Reply& reply : *replies)
    if (reply.is_error()) return redis::refused(reply);
  swept.connections += static_cast<std::uint64_t>((*replies)[0].integer + (*replies)[1].integer);
  swept.audit += static_cast<std::uint64_t>((*replies)[2].integer);
  return false;
}

}  // namespace kgw
