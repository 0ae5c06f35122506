#include "callbacks.hpp"

#include <utility>

#include "base/limits.hpp"
#include "trace.hpp"

namespace kgw::sim {
namespace {

constexpr const char* kAnswered = "answered";
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::optional<CallbackId> owed_by(const Record& record) {
  if (const auto* answered = std::get_if<AnsweredRecord>(&record); answered && answered->callback)
    return CallbackId{answered->id, callback_number(answered->late)};
  if (const auto* ended = std::get_if<EndedRecord>(&record); ended && ended->callback)
    return CallbackId{ended->id, callback_number(false)};
  return std::nullopt;
}

}  // namespace

std::string Callbacks::url() {
  if (!random().chance(0.3)) return {};
  return "https://receiver-" + std::to_string(random().below(3)) + ".example.com/";
}

std::unique_ptr<CallbackSender> Callbacks::start(const TurnClock& clock, LogLines& log, Unclaimed& unclaimed) {
  return std::make_unique<CallbackSender>(CallbackSender::Parts{
      *this, *this, clock, random(), log,
      [this](const OutboundRequest& request, std::function<void(OutboundAnswer)> callback) {
        const std::string id = request.fields.at(2).substr(sizeof "webhook-id: " - 1);
        receive({*RequestId::parse(id.substr(0, RequestId::kTextSize)), id.back() == '2' ? 2U : 1U},
                request.body == kAnswered, std::move(callback));
        return true;
      },
      [](const std::string& url) { return Result<std::string>(url); },
      [](const std::string&) {
        std::vector<WebhookKey> keys;
        keys.push_back(*WebhookKey::parse(kSecret));
        return keys;
      },
      [](const StoredExchange& x) { return std::string(x.state == State::answered ? kAnswered : "ended"); },
      [&unclaimed](const RequestId& id) { unclaimed.claim(id, ClaimedBy::callback); }});
}

// What was on its way to the disk may have come there.
void Callbacks::crash() { end_life(false); }

// ---------------------------------------------------------------- the disk

void Callbacks::on_disk(const OnDisk* before, const Record& record) {
  const auto id = owed_by(record);
  const bool final =
      std::holds_alternative<AnsweredRecord>(record) || std::holds_alternative<EndedRecord>(record);
  if (final && before != nullptr && id.has_value() == before->accepted.order->callback_url.empty())
    throw Violation{"callback", before->accepted.id,
                    "its final record does not say whether it owes a callback"};
  if (!id || before == nullptr || rows_.contains(*id)) return;
  around_.count(Event::callback_owed);
  ever_.insert(*id);
  Row& row = rows_[*id];
  row.number = ++last_number_;
  row.since = around_.store.time.now();
}

void Callbacks::on_lost(const std::set<RequestId>& gone) {
  std::erase_if(rows_, [&](const auto& row) { return gone.contains(row.first.request) && !stands(row.first); });
}

bool Callbacks::stands(const CallbackId& id) const {
  const OnDisk* const x = around_.disk.find(id.request);
  if (x == nullptr) return false;
  const bool answered = x->answered && x->answered->callback && callback_number(x->answered->late) == id.n;
  return answered || (x->ended && x->ended->callback && id.n == 1);
}

void Callbacks::find_callbacks(CallbacksQuery query, FoundCallbacks callback) {
  later([this, query = std::move(query), callback = std::move(callback)] {
    if (!readable()) return say([callback] { callback(Fault{ErrorCode::store_unavailable, {}}); });
    std::map<std::int64_t, CallbackId> in_order;
    for (const auto& [id, row] : rows_)
      if (row.number > query.after && row.tries.state == query.state.value_or(row.tries.state) && stands(id))
        in_order[row.number] = id;
    Page<StoredCallback> page;
    for (const auto& [number, id] : in_order) {
      const Order& order = *around_.disk.find(id.request)->accepted.order;
      page.rows.push_back({number, id.request, id.n, rows_.at(id).tries, order.kiosk_id, order.operation,
                           order.owner, order.callback_url});
      if (page.rows.size() == query.count_max) break;
    }
    if (page.rows.size() == query.count_max) page.next = page.rows.back().number;
    say([callback, page = std::move(page)] { callback(page); });
  });
}

void Callbacks::find_exchange(RequestId id, FoundExchange callback) {
  later([this, id, callback = std::move(callback)] {
    if (!readable()) return say([callback] { callback(Fault{ErrorCode::store_unavailable, {}}); });
    const OnDisk* const x = around_.disk.find(id);
    const auto found = x ? std::optional(x->stored()) : std::nullopt;
    say([callback, found] { callback(found); });
  });
}

void Callbacks::write(const std::vector<RegistryChange>& changes) {
  for (const RegistryChange& change : changes) {
    const auto& record = std::get<CallbackRecord>(change);
    const auto row = rows_.find({record.id, record.n});
    if (row == rows_.end()) continue;
    row->second.tries = record.tries;
    const Got& got = got_[row->first];
    if (record.tries.state == CallbackState::delivered && !got.taken)
      throw Violation{"callback", record.id, "it is recorded as delivered, and its receiver did not take it"};
    if (record.tries.state == CallbackState::gone && !got.refused)
      throw Violation{"callback", record.id, "it is recorded as gone, and its receiver did not say so"};
    constexpr Time kGrace = limits::kCallbackGrace / std::chrono::microseconds(1);
    if (record.tries.state == CallbackState::dead && around_.store.time.now() - row->second.since < kGrace)
      throw Violation{"callback", record.id, "it is given up too early"};
    if (record.tries.state == CallbackState::gone) around_.count(Event::callback_gone);
  }
}

// ---------------------------------------------------------------- receivers

unsigned Callbacks::answer_to(const CallbackId& id) {
  Got& got = got_[id];
  if (++got.tries > 1) around_.count(Event::callback_again);
  const std::uint64_t luck = healed_ ? 99 : random().below(100);
  if (luck >= 40) {
    got.taken = true;
    return 200;
  }
  if (luck >= 35) {
    got.refused = true;
    return 410;
  }
  around_.count(Event::callback_failed);
  return luck >= 15 ? 503 : 0;
}

void Callbacks::receive(const CallbackId& id, bool answered, std::function<void(OutboundAnswer)> callback) {
  if (!ever_.contains(id))
    throw Violation{"callback", id.request, "it is posted before its final state is durable"};
  const auto take = [this, id, answered, life = life(), callback = std::move(callback)] {
    // It arrives even if the gateway dies meanwhile.
    OutboundAnswer answer;
    answer.status = answer_to(id);
    if (answered && answer.status == 200) around_.read(id.request);
    if (answer.status == 0) answer.trouble = OutboundAnswer::Trouble::timed_out;
    around_.line(id.request, "callback " + std::to_string(id.n) + ": " + std::to_string(answer.status));
    if (life == this->life()) say([callback, answer] { callback(answer); });
  };
  around_.store.time.after(1 + static_cast<Time>(random().below(2 * kSecond)), take);
}

// ---------------------------------------------------------------- statement 9

bool Callbacks::owes() const {
  for (const auto& [id, row] : rows_)
    if (row.tries.state == CallbackState::owed && stands(id)) return true;
  return false;
}

void Callbacks::at_the_end() const {
  for (const auto& [id, row] : rows_) {
    if (!stands(id)) continue;
    const auto got = got_.find(id);
    const bool dead = row.tries.state == CallbackState::dead || row.tries.state == CallbackState::gone;
    if (!dead && (got == got_.end() || !got->second.taken))
      throw Violation{"callback", id.request, "a callback that is owed never came (statement 9)"};
    if (row.tries.state == CallbackState::owed)
      throw Violation{"callback", id.request, "a callback is owed for ever"};
  }
}

}  // namespace kgw::sim
