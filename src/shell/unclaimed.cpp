#include "shell/unclaimed.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/limits.hpp"

namespace kgw {
namespace {

constexpr auto kRetryTime = std::chrono::seconds(1);

}  // namespace

Unclaimed::Unclaimed(Settings settings, RelayShell& shell, Registry& registry, Journal& journal,
                     const TurnClock& loop, LogLines& log)
    : settings_(std::move(settings)),
      shell_(shell),
      registry_(registry),
      journal_(journal),
      loop_(loop),
      log_(log) {
  shell.onlookers().add(*this);
}

void Unclaimed::restore(const std::vector<StoredExchange>& listed) {
  for (const StoredExchange& x : listed) add(x.id, answer_of(x));
  if (!listed.empty())
    log_.write(LogLevel::warning, "answers_unclaimed", {{"count", static_cast<std::int64_t>(listed.size())}});
}

void Unclaimed::write_again() {
  for (const auto& [id, answer] : answers_)
    waiting_.push_back({UnclaimedRecord{id, answer.kiosk_id, loop_.now().wall}, {}});
  write();
}

// ---------------------------------------------------------------- listed

// With a caller left it is the usual way of things: that one was told to ask for its answer.
void Unclaimed::on_answer_untold(const Reply& reply) {
  list(reply.id,
       {reply.order->kiosk_id, reply.order->owner, reply.order->operation, reply.result, loop_.now().wall},
       reply.caller == CallerId::none ? LogLevel::warning : LogLevel::info);
}

// Its caller was told that nobody knows.
void Unclaimed::on_late_answer(const LateAnswer& answer) {
  list(answer.id, {answer.kiosk_id, answer.owner, answer.operation, answer.result, loop_.now().wall});
}

// Past the bound the oldest go: a gateway whose store can't be read for so long has told its people so.
void Unclaimed::on_answer_lost(const RequestId& id) {
  if (lost_.size() >= limits::kUnclaimedMax) lost_.pop_front();
  lost_.push_back(id);
  find_lost();
}

void Unclaimed::find_lost() {
  if (looking_ || lost_.empty() || retry_) return;
  looking_ = true;
  const RequestId id = lost_.front();
  journal_.find_for_answer(id, [this, id](const Result<std::optional<StoredExchange>>& found) {
    looking_ = false;
    if (!found) {
      retry_ = loop_.now().steady + kRetryTime;
      return;
    }
    if (!lost_.empty() && lost_.front() == id) lost_.pop_front();
    if (*found && (*found)->state == State::answered) list(id, answer_of(**found));
    find_lost();
  });
}

Unclaimed::Answer Unclaimed::answer_of(const StoredExchange& x) const {
  return {x.order.kiosk_id, x.order.owner, x.order.operation,
          shell_.result_of(x).value_or(AnswerResult::unclassified), x.answered_at.value_or(x.accepted_at)};
}

void Unclaimed::list(const RequestId& id, Answer answer, LogLevel level) {
  if (answers_.contains(id)) return;
  log_.write_of(answer.kiosk_id, level, "answer_unclaimed",
                {{"request_id", id},
                 {"kiosk_id", answer.kiosk_id},
                 {"operation", answer.operation},
                 {"result", name(answer.result)}});
  put(UnclaimedRecord{id, answer.kiosk_id, loop_.now().wall});
  add(id, std::move(answer));
}

void Unclaimed::add(const RequestId& id, Answer answer) {
  if (answers_.contains(id) || !shares_.take(answer.owner)) return;
  of_owner_[answer.owner].insert(id);
  const auto& asked = settings_.operations;
  if (answer.result == AnswerResult::success &&
      std::find(asked.begin(), asked.end(), answer.operation) != asked.end()) {
    const auto since = std::chrono::duration_cast<Milliseconds>(loop_.now().wall - answer.at);
    const auto waits = std::clamp(settings_.after - since, Milliseconds(0), settings_.after);
    due_.emplace(loop_.now().steady + waits, id);
  }
  answers_.emplace(id, std::move(answer));
}

// ---------------------------------------------------------------- claimed

void Unclaimed::claim(const RequestId& id, ClaimedBy how) {
  if (answers_.empty()) return;
  const auto found = answers_.find(id);
  if (found == answers_.end()) return;
  const std::string kiosk_id = found->second.kiosk_id;
  close(id, kiosk_id, how, {});
}

void Unclaimed::claim(const StoredExchange& x, ClaimedBy how, Registry::Written written) {
  if (is_unclaimed(x)) return close(x.id, x.order.kiosk_id, how, std::move(written));
  if (!written) return;
  // Somebody has read it, and that is not durable yet.
  if (claiming_.contains(x.id))
    return put(ClaimedRecord{x.id, x.order.kiosk_id, loop_.now().wall, how}, std::move(written));
  written({});
}

void Unclaimed::close(const RequestId& id, const std::string& kiosk_id, ClaimedBy how,
                      Registry::Written written) {
  if (const auto found = answers_.find(id); found != answers_.end()) {
    const auto owner = of_owner_.find(found->second.owner);
    shares_.give_back(owner->first);
    owner->second.erase(id);
    if (owner->second.empty()) of_owner_.erase(owner);
    answers_.erase(found);
  }
  log_.write_of(kiosk_id, LogLevel::info, "answer_claimed",
                {{"request_id", id}, {"kiosk_id", kiosk_id}, {"how", name(how)}});
  shell_.onlookers().tell(&Onlooker::on_answer_claimed, id);
  claiming_.insert(id);
  put(ClaimedRecord{id, kiosk_id, loop_.now().wall, how}, std::move(written));
}

bool Unclaimed::is_unclaimed(const StoredExchange& x) const {
  return answers_.contains(x.id) || (x.unclaimed && !claiming_.contains(x.id));
}

std::vector<RequestId> Unclaimed::of_owner(std::string_view owner, std::size_t most) const {
  const auto found = of_owner_.find(owner);
  if (found == of_owner_.end()) return {};
  const std::set<RequestId>& all = found->second;
  return {all.begin(), std::next(all.begin(), static_cast<std::ptrdiff_t>(std::min(most, all.size())))};
}

// ---------------------------------------------------------------- written

// One batch is on its way at a time: what comes meanwhile goes with the next one.
void Unclaimed::put(RegistryChange change, Registry::Written written) {
  waiting_.push_back({std::move(change), std::move(written)});
  write();
}

void Unclaimed::write() {
  if (!writing_.empty() || waiting_.empty() || retry_) return;
  writing_ = std::exchange(waiting_, {});
  std::vector<RegistryChange> changes;
  changes.reserve(writing_.size());
  for (const Change& one : writing_) changes.push_back(one.what);
  registry_.write_registry(std::move(changes), [this](const Result<void>& done) { on_written(done); });
}

// Safe to write twice: what may have been written in vain is written again. Only who waits for it is told.
void Unclaimed::on_written(const Result<void>& done) {
  std::vector<Change> all = std::exchange(writing_, {});
  for (Change& one : all) {
    if (one.written) std::exchange(one.written, nullptr)(done);
    if (const auto* const claimed = std::get_if<ClaimedRecord>(&one.what); claimed && done)
      claiming_.erase(claimed->id);
  }
  if (!done) {
    all.insert(all.end(), std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
    waiting_ = std::move(all);
    retry_ = loop_.now().steady + kRetryTime;
  }
  write();
}

// Before the store's mark of what was told moves on, which goes with its commits.
void Unclaimed::on_store_up() {
  if (!std::exchange(retry_, std::nullopt)) return;
  find_lost();
  write();
}

std::optional<Instant> Unclaimed::next_deadline() const {
  if (due_.empty()) return retry_;
  const Instant due = due_.begin()->first;
  return retry_ ? std::min(*retry_, due) : due;
}

void Unclaimed::on_tick(const Now& now) {
  std::vector<UnclaimedAnswer> overdue;
  while (!due_.empty() && due_.begin()->first <= now.steady) {
    const auto found = answers_.find(due_.begin()->second);
    if (found != answers_.end()) overdue.push_back({found->first, found->second.kiosk_id});
    due_.erase(due_.begin());
  }
  if (!overdue.empty()) shell_.onlookers().tell(&Onlooker::on_answers_overdue, overdue);
  if (!retry_ || now.steady < *retry_) return;
  retry_.reset();
  find_lost();
  write();
}

}  // namespace kgw
