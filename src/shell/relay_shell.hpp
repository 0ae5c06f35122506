// RelayShell: the thin shell around the core. Passes events to the Relay, carries out its effects, and turns
// their results into new events. Loop thread only. Every event goes through apply(), which runs all effects
// before it returns. Like the core it sees the world through interfaces only (no socket, thread or clock of
// its own), so that the simulator runs this very shell.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/relay.hpp"
#include "log/log.hpp"
#include "shell/caller_desk.hpp"
#include "shell/late_answers.hpp"
#include "shell/onlookers.hpp"
#include "store/journal.hpp"
#include "telemetry/kiosk_series.hpp"
#include "telemetry/metrics.hpp"
#include "wire/outcome_rules.hpp"

namespace kgw {

// Where the outcome of requests is logged and counted. Requires all of it to outlive its users.
struct Reports {
  LogLines& log;
  Metrics& metrics;
  KioskSeries& series;
};

class RelayShell final : public StoreListener {
 public:
  // What the shell needs of the connections; implemented by KioskDoor.
  class Door {
   public:
    virtual ~Door() = default;
    virtual void admit(KnockId knock, const std::string& kiosk_id) = 0;
    virtual void refuse(KnockId knock, const std::string& kiosk_id, ErrorCode why) = 0;
    virtual void probe(SessionId session) = 0;
    virtual void close(SessionId session, CloseReason reason) = 0;
    // Returns why if certainly no byte was or will be written.
    virtual std::optional<ErrorCode> send(const SendFrame& frame) = 0;
    // Tells a kiosk that speaks v2 that what it said of this exchange is durable.
    virtual void tell_stored(SessionId session, const RequestId& id) = 0;
  };

  RelayShell(const RelaySettings& settings, const TurnClock& loop, CallerDesk& desk, Journal& journal,
             const Reports& reports, OutcomeRules rules = OutcomeRules());
  void set_door(Door& door) { door_ = &door; }

  const Relay& relay() const { return relay_; }
  const Now& now() const { return loop_.now(); }
  const OutcomeRules& rules() const { return rules_; }
  // What its answer says: as it was written down, else (an older version wrote it) by today's rules; nullopt:
  // there is no answer, or it is no longer kept. Linear time in the answer's size.
  std::optional<AnswerResult> result_of(const StoredExchange& exchange) const;
  KioskSeries& series() { return series_; }
  const KioskSeries& series() const { return series_; }
  Onlookers& onlookers() { return onlookers_; }
  std::uint64_t acknowledged() const { return appended_ - awaited_.size(); }

  // Runs `event(relay, now, effects)`, then the effects and all that follows from them.
  template <class Event>
  void apply(Event&& event) {
    event(relay_, loop_.now(), effects_);
    run_effects();
  }

  // Who waits for what; answered by Reply.
  CallerDesk& desk() { return desk_; }
  // Requires desk().has(caller).
  void on_caller_gone(CallerId caller, bool can_write);

  // Calls `what` once: when records have become durable, or somebody has joined another one's request.
  void on_next_commit(std::function<void()> what) { next_commit_ = std::move(what); }
  // Commits at the end of a turn, until nothing more follows.
  void end_of_turn();
  void restore(const StoreImage& image);
  // Nobody waits, nothing is unrecorded, no key is being looked up, and no kiosk's answer is still to be looked
  // up (or the store can't).
  bool idle() const {
    return relay_.idle() && keys_asked_ == 0 &&
           (!late_answers_.holds_any() || !relay_.store_up() || ask_again_);
  }
  // The process ends: what is still held is logged.
  void on_end();

  // The Relay's deadlines and the shell's own. `by`: handle all that was due then.
  std::optional<Instant> next_deadline() const;
  void on_tick(Now by);

  void on_store_committed(std::uint64_t up_to, std::span<const NotNew> not_new) override;
  void on_store_doubts(std::uint64_t up_to) override;
  void on_store_failed(const std::string& why) override;
  void on_store_holds(std::vector<StoredExchange>&& open) override;
  void on_store_recovered(bool lost_data) override;
  void on_store_taken_over() override;
  void on_store_weak(const std::string& why) override;

  // How the wiring reacts to a store that is back, with or without its data, and to one that another gateway
  // has taken over.
  struct Alarms {
    std::function<void(bool lost_data)> recovered;
    std::function<void()> taken_over;
  };
  void set_alarms(Alarms alarms) { alarms_ = std::move(alarms); }

 private:
  struct Awaited {  // a record that is appended and not acknowledged yet
    std::uint64_t number;
    RequestId id;
    RecordKind kind;
  };

  void run_effects();
  void run(Persist& effect);
  void run(SendFrame& effect);
  void run(Reply& effect);
  void run(Join& effect);
  void on_left(const CallerDesk::Left& left);
  void report_hang_up(const CallerDesk::Left& left) const;
  void end_waiting(const CallerDesk::Overdue& overdue, Instant now);
  void run(FindClaimed& effect);
  void run(Withdrawn& effect);
  void run(LateAnswer& effect);
  void run(Unmatched& effect);
  void run(FindExchange& effect);
  void run(Admit& effect) { door_->admit(effect.knock, effect.kiosk_id); }
  void run(RefuseKnock& effect) { door_->refuse(effect.knock, effect.kiosk_id, effect.why); }
  void run(ProbeSession& effect) { door_->probe(effect.session); }
  void run(CloseSession& effect) { door_->close(effect.session, effect.reason); }
  void run(TellStored& effect) { door_->tell_stored(effect.session, effect.id); }
  void look_up_more();
  void look_up(FindExchange asked);
  void classify(Answer& answer, std::string_view operation) const;
  void on_discarded(const FindExchange& answer, std::string_view why);
  void replay(Reply& reply);
  void tell_committed() {
    if (next_commit_) std::exchange(next_commit_, nullptr)();
  }
  void count(const Reply& reply);
  void log(const Reply& reply, std::string_view traceparent);

  const TurnClock& loop_;
  CallerDesk& desk_;
  Journal& journal_;
  LogLines& log_;
  Metrics& metrics_;
  KioskSeries& series_;
  const OutcomeRules rules_;
  Door* door_ = nullptr;
  Alarms alarms_;
  std::function<void()> next_commit_;
  Onlookers onlookers_;
  Relay relay_;
  Effects effects_;
  bool running_ = false;  // effects are being run; further ones are run by the same loop
  std::uint64_t appended_ = 0;
  std::deque<Awaited> awaited_;
  std::size_t keys_asked_ = 0;  // FindClaimed that the store has not answered yet: their callers wait
  LateAnswers late_answers_;
  std::optional<Instant> ask_again_;  // the store could not tell; not asked before this time
};

}  // namespace kgw
