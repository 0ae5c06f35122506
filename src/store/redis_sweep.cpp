// RedisJournal's retention: empties the bodies of exchanges that ended long ago, deletes those that ended
// longer ago together with what points to them, bounds the histories. Small steps between commits.
#include <algorithm>

#include "base/limits.hpp"
#include "store/redis_journal.hpp"
#include "store/redis_layout.hpp"

namespace kgw {
namespace {

using namespace redis_layout;
using redis::Command;
using redis::Reply;

constexpr std::size_t kStepRows = 500;

// The smallest journal key of an exchange that was accepted at `t` (base/ids.hpp).
std::int64_t key_at(WallTime t) { return std::max<std::int64_t>(to_ms(t), 0) << 12; }

}  // namespace

struct RedisJournal::SweepRow {
  std::string member;
  bool exists = false;
  std::optional<WallTime> ended;  // nothing: open
  bool unknown = false;
};

void RedisJournal::begin_sweep() {
  sweep_part_ = SweepPart::bodies;
  sweep_from_.clear();
}

Result<bool> RedisJournal::sweep_step(Kept kept, WallTime now, Swept& swept) {
  Result<bool> more = false;
  switch (sweep_part_) {
    case SweepPart::bodies:
      more = sweep_bodies(kept.bodies, now, swept);
      if (more && !*more) sweep_part_ = SweepPart::rows;
      break;
    case SweepPart::rows:
      more = sweep_exchanges(kept.rows, now, swept);
      if (more && !*more) sweep_part_ = SweepPart::history;
      break;
    case SweepPart::history:
      more = sweep_history(now, swept);
      if (more && !*more) sweep_part_ = SweepPart::done;
      break;
    case SweepPart::done: break;
  }
  if (!more) return more;
  return sweep_part_ != SweepPart::done;
}

// The members from `from` on whose exchange was accepted before the journal key `up_to`, a step's worth.
Result<std::vector<std::string>> RedisJournal::members(const std::string& from, std::int64_t up_to) {
  const auto reply = connection_.run(Command{"ZRANGEBYLEX", kExchanges, from.empty() ? "-" : "[" + from,
                                             "(" + prefix_of(up_to), "LIMIT", "0", std::to_string(kStepRows)});
  if (!reply) return reply.error();
  std::vector<std::string> found;
  for (const Reply& item : reply->items) found.push_back(item.text);
  return found;
}

Result<std::vector<RedisJournal::SweepRow>> RedisJournal::sweep_rows(const std::vector<std::string>& members) {
  std::vector<Command> commands;
  std::vector<std::string> fields = exchange_fields();
  fields.pop_back();  // without the answer's bytes
  for (const std::string& member : members) {
    Command command{"HMGET", exchange_key(redis_layout::kiosk_of(member), request_of(member))};
    command.insert(command.end(), fields.begin(), fields.end());
    commands.push_back(std::move(command));
  }
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  std::vector<SweepRow> rows;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if ((*replies)[i].is_error()) return redis::refused((*replies)[i]);
    SweepRow& row = rows.emplace_back(SweepRow{members[i], false, {}, false});
    const auto x = exchange_of(members[i], (*replies)[i]);
    if (!x) continue;
    row.exists = true;
    row.ended = x->answered_at ? x->answered_at : x->ended_at;
    row.unknown = x->outcome == Outcome::unknown;
  }
  return rows;
}

// Goes on from where the last sweep stopped; a late answer brings the mark back to its exchange (kCommit).
Result<bool> RedisJournal::sweep_bodies(Milliseconds keep, WallTime now, Swept& swept) {
  const auto mark = connection_.run(Command{"HGET", kMeta, "bodies_from"});
  if (!mark) return mark.error();
  const WallTime ended_before = now - keep;
  const auto due = members(mark->text, key_at(ended_before));
  if (!due) return due.error();
  if (due->empty()) return false;
  const auto rows = sweep_rows(*due);
  if (!rows) return rows.error();
  std::vector<Command> commands;
  std::string from = mark->text;
  bool more = due->size() == kStepRows;
  std::uint64_t emptied = 0;
  for (const SweepRow& row : *rows) {
    if (row.ended && *row.ended >= ended_before) {
      more = false;
      break;
    }
    from = row.member + "\x01";  // right behind it
    if (!row.ended || row.unknown) continue;
    commands.push_back(
        {"HDEL", exchange_key(redis_layout::kiosk_of(row.member), request_of(row.member)), "body", "response"});
  }
  if (from == mark->text) return false;
  commands.push_back({"HSET", kMeta, "bodies_from", from});
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  for (const Reply& reply : *replies) {
    if (reply.is_error()) return redis::refused(reply);
    emptied += reply.integer > 0 ? 1 : 0;
  }
  swept.bodies += emptied - (replies->back().integer > 0 ? 1 : 0);
  return more;
}

Result<bool> RedisJournal::sweep_exchanges(Milliseconds keep, WallTime now, Swept& swept) {
  const WallTime ended_before = now - keep;
  const auto due = members(sweep_from_, key_at(ended_before));
  if (!due) return due.error();
  if (due->empty()) return false;
  const auto rows = sweep_rows(*due);
  if (!rows) return rows.error();
  std::vector<Command> commands{{"MULTI"}};
  for (const SweepRow& row : *rows) {
    sweep_from_ = row.member + "\x01";
    const bool over = row.ended && *row.ended < ended_before && !row.unknown;
    if (row.exists && !over) continue;
    commands.push_back({"ZREM", kExchanges, row.member});
    commands.push_back({"DEL", exchange_key(redis_layout::kiosk_of(row.member), request_of(row.member))});
    swept.rows += row.exists ? 1 : 0;
  }
  commands.push_back({"EXEC"});
  if (commands.size() > 2) {
    const auto replies = connection_.run(commands);
    if (!replies) return replies.error();
    if (replies->back().is_error()) return redis::refused(replies->back());
  }
  return due->size() == kStepRows;
}

Result<bool> RedisJournal::sweep_history(WallTime now, Swept& swept) {
  const std::string oldest = std::to_string(to_ms(now - limits::kConnectionRowsTime));
  const auto replies =
      connection_.run({{"XTRIM", kConnections, "MINID", oldest},
                       {"XTRIM", kConnections, "MAXLEN", std::to_string(limits::kConnectionRowsMax)},
                       {"XTRIM", kAudit, "MAXLEN", std::to_string(limits::kAuditRowsMax)}});
  if (!replies) return replies.error();
  for (const Reply& reply : *replies)
    if (reply.is_error()) return redis::refused(reply);
  swept.connections += static_cast<std::uint64_t>((*replies)[0].integer + (*replies)[1].integer);
  swept.audit += static_cast<std::uint64_t>((*replies)[2].integer);
  return false;
}

}  // namespace kgw
