#include "unclaimed_list.hpp"

#include <algorithm>
#include <iterator>

#include "trace.hpp"

namespace kgw::sim {
namespace {

constexpr Time kMarkTime = kSecond;
constexpr Milliseconds kUnclaimedAfter = std::chrono::seconds(20);

}  // namespace

std::unique_ptr<Unclaimed> UnclaimedList::start(RelayShell& shell, const TurnClock& clock, LogLines& log) {
  list_untold();
  overdue_.clear();
  shell.onlookers().add(*this);
  Registry& registry = *this;
  Journal& journal = *this;
  auto unclaimed = std::make_unique<Unclaimed>(Unclaimed::Settings{{"payment"}, kUnclaimedAfter}, shell,
                                               registry, journal, clock, log);
  std::vector<StoredExchange> listed;
  for (const auto& [id, row] : rows_)
    if (const OnDisk* const x = around_.disk.find(id); x != nullptr && !row.claimed)
      listed.push_back(x->stored());
  unclaimed->restore(listed);
  return unclaimed;
}

// What was on its way to the disk may have come there. An orderly end leaves nobody's answer in doubt.
void UnclaimedList::end(bool clean) {
  end_life(clean);
  if (clean) told_to_ = answered_.size();
  if (clean) read_.insert(missed_.begin(), missed_.end());
}

// Of the answers behind the mark nobody knows whether they have left.
void UnclaimedList::list_untold() {
  for (std::size_t at = told_to_; at < answered_.size(); ++at)
    if (rows_.try_emplace(answered_[at], Row{around_.store.time.now(), false}).second)
      around_.count(Event::unclaimed_after_crash);
  told_to_ = answered_.size();
  told_ = {told_to_, told_to_};
}

void UnclaimedList::on_disk(const OnDisk* before, const Record& record) {
  if (const auto* const answered = std::get_if<AnsweredRecord>(&record);
      answered && before != nullptr && !before->answered)
    answered_.push_back(answered->id);
  if (around_.store.time.now() - told_at_ < kMarkTime) return;
  told_at_ = around_.store.time.now();
  told_to_ = std::max(told_to_, told_.first);
  told_ = {told_.second, answered_.size()};
}

// ---------------------------------------------------------------- the disk

void UnclaimedList::write_registry(std::vector<RegistryChange> changes, Written callback) {
  // The store's queue is full, once in a row: for longer than its mark takes, it would be no fair store.
  if (refused_ = !refused_ && random().chance(0.05); refused_)
    return later([this, callback = std::move(callback)] {
      say([callback] { callback(Fault{ErrorCode::overloaded, {}}); });
    });
  RegistryOnDisk::write_registry(std::move(changes), std::move(callback));
}

void UnclaimedList::write(const std::vector<RegistryChange>& changes) {
  for (const RegistryChange& change : changes) {
    if (const auto* const listed = std::get_if<UnclaimedRecord>(&change)) write(*listed);
    else write(std::get<ClaimedRecord>(change));
  }
}

void UnclaimedList::write(const UnclaimedRecord& record) {
  around_.line(record.id, "listed as unclaimed");
  const OnDisk* const x = around_.disk.find(record.id);
  if ((x == nullptr || !x->answered) && !lost_.contains(record.id))
    throw Violation{"unclaimed", record.id, "listed as unclaimed, and it has no answer"};
  if (told_directly_.contains(record.id) && !missed_.contains(record.id) && !lost_.contains(record.id))
    throw Violation{"unclaimed", record.id, "listed as unclaimed, and its caller has the answer"};
  if (rows_.try_emplace(record.id, Row{around_.store.time.now(), false}).second)
    around_.count(Event::unclaimed_listed);
}

void UnclaimedList::write(const ClaimedRecord& record) {
  around_.line(record.id, "claimed");
  if (!read_.contains(record.id))
    throw Violation{"unclaimed", record.id, "said to have been read, and nobody has it"};
  rows_[record.id].claimed = true;
  around_.count(Event::unclaimed_read);
}

void UnclaimedList::find_for_answer(RequestId id, FoundExchange callback) {
  later([this, id, callback = std::move(callback)] {
    if (!readable()) return say([callback] { callback(Fault{ErrorCode::store_unavailable, {}}); });
    const OnDisk* const x = around_.disk.find(id);
    const auto found = x ? std::optional(x->stored()) : std::nullopt;
    say([callback, found] { callback(found); });
  });
}

// ---------------------------------------------------------------- who has what

// `again`: by its key, of which the list hears.
void UnclaimedList::on_told(const RequestId& id, bool again) {
  read_.insert(id);
  if (!again) told_directly_.insert(id);
}

std::optional<StoredExchange> UnclaimedList::some(SeededRandom& random) const {
  std::vector<RequestId> listed;
  for (const auto& [id, row] : rows_)
    if (!row.claimed && around_.disk.find(id)) listed.push_back(id);
  if (listed.empty()) return std::nullopt;
  StoredExchange found = around_.disk.find(listed[random.below(listed.size())])->stored();
  found.unclaimed = true;
  return found;
}

void UnclaimedList::check_claimed(const RequestId& id) const {
  const auto row = rows_.find(id);
  if (row == rows_.end() || !row->second.claimed)
    throw Violation{"unclaimed", id, "said to be claimed, and the disk does not know it"};
}

void UnclaimedList::on_answers_overdue(const std::vector<UnclaimedAnswer>& answers) {
  for (const UnclaimedAnswer& one : answers) {
    const OnDisk* const x = around_.disk.find(one.id);
    const bool worth_it = x != nullptr && x->answered && x->answered->result == AnswerResult::success &&
                          x->accepted.order->operation == "payment";
    if (!worth_it && !lost_.contains(one.id))
      throw Violation{"unclaimed", one.id, "an alert of what is no payment that was made"};
    overdue_.insert(one.id);
  }
}

// ---------------------------------------------------------------- statement 10

void UnclaimedList::at_the_end(const Unclaimed& unclaimed) const {
  for (const RequestId& id : answered_) {
    const OnDisk* const x = around_.disk.find(id);
    // One that is no JSON is a 502 to its caller, and stands among the unknown outcomes.
    if (read_.contains(id) || lost_.contains(id) || x == nullptr || !x->answered->valid) continue;
    const auto row = rows_.find(id);
    if (row == rows_.end() || row->second.claimed)
      throw Violation{"unclaimed", id, "nobody has got this answer, and it is on no list (statement 10)"};
  }
  for (const auto& [id, row] : rows_) {
    const OnDisk* const x = around_.disk.find(id);
    if (row.claimed || x == nullptr || lost_.contains(id)) continue;
    if (!unclaimed.answers().contains(id))
      throw Violation{"unclaimed", id, "it is on the list of the disk, and the gateway does not know it"};
    const bool payment = x->answered && x->answered->result == AnswerResult::success &&
                         x->accepted.order->operation == "payment";
    const Time after = std::chrono::duration_cast<std::chrono::microseconds>(kUnclaimedAfter).count();
    if (payment && around_.store.time.now() - row.since > after + 60 * kSecond && !overdue_.contains(id))
      throw Violation{"unclaimed", id, "a payment that was made is unclaimed, and nobody is alarmed"};
  }
}

}  // namespace kgw::sim
