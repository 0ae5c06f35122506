// Checker: what must always hold (DESIGN.md, statements 1-7), held against everything that the Relay does
// and everything that is on the disk. It knows the whole history of every exchange, over all lives of the
// gateway, which the Relay does not. A broken rule is thrown as a Violation. Statement 8 (same seed, same
// trace) is main.cpp's.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/relay.hpp"
#include "disk.hpp"
#include "plan.hpp"
#include "telemetry/metrics.hpp"
#include "trace.hpp"

namespace kgw::sim {

// What a caller was told.
enum class Told : std::uint8_t {
  nothing,
  refused,             // at the door: nothing was recorded
  answer,              // the kiosk's bytes
  invalid,             // 502 invalid_response
  rejected,            // a rejection that is durable
  rejected_in_outage,  // a rejection that can't be durable yet
  timeout,             // 504: nobody knows
};

struct Given {
  SharedBytes bytes;
  bool valid = true;
  Outcome outcome = Outcome::known;
  AnswerResult result = AnswerResult::unclassified;
  Time at = 0;  // when it came to the gateway's machine
  WallTime taken{};
  bool in_sweep = false;
  bool of_namesake = false;  // a kiosk that was removed and added again is another one
  bool lost = false;         // a crash, or a store that could not be asked, may have lost it
};

// One call, and the exchange that it began, from on_send to the end of the simulation. (With a key its caller
// may be told of another call's exchange, and other calls' callers of its own.)
struct History {
  RequestId id;
  CallerId caller = CallerId::none;
  std::string kiosk;
  std::string operation;
  std::uint64_t kiosk_birth = 0;  // a kiosk that is removed and added again is another one
  std::uint64_t life = 0;
  std::string envelope;
  Milliseconds timeout{};
  Milliseconds wait_online{};  // how long it may wait for its kiosk to be there
  bool offline = false;        // it does
  Time began = 0;
  Time deadline = 0;  // in this life; a restart may only shorten what is left
  WallTime accepted_wall{};
  std::string traceparent;
  std::optional<KeyClaim> claim;
  std::optional<Digest> order_claim;
  bool resolved = false;
  bool last_try = false;  // after everything that ran has come to its end

  // Of an exchange with a key, or of an order that may have one only.
  bool gave_way = false;              // the store said that what it claims is another's,
  bool gave_way_once = false;         // or said so first,
  bool withdrawn = false;             // and the Relay let it go
  Time taken_at = -1;                 // when its acceptance was last acknowledged: what waited for that follows
  Told end = Told::nothing;           // what was told of it, to whomever
  std::optional<Time> claimed;        // when its key was its own on the disk, the first time,
  std::optional<Time> freed;          // and until when
  std::optional<Time> order_claimed;  // the same of its order
  std::optional<Time> order_freed;
  std::optional<Time> rejected;  // since when it surely never runs
  std::optional<Time> answered;  // since when its answer is acknowledged

  RequestId told_of;  // the other call's exchange that its caller was told of
  Told told = Told::nothing;
  ErrorCode told_code{};
  SharedBytes told_bytes;
  std::uint64_t told_life = 0;
  bool caller_gone = false;
  std::optional<Time> left_at;  // its caller closed; the gateway may not have heard of it yet
  bool replied = false;         // in this life
  bool restored = false;

  bool accepted_emitted = false;
  bool ended_emitted = false;             // in this life
  bool answer_emitted = false;            // in this life
  bool timed_out = false;                 // recorded as, or told, in this life, at its deadline
  std::uint8_t acknowledged = 0;          // in any life, one bit a RecordKind
  bool crashed = false;                   // a life ended while it was not final
  bool outage = false;                    // the store failed while it was not final
  bool looked_up = false;                 // FindExchange was asked for it
  std::optional<WallTime> ended_wall;     // as its record said it first,
  std::optional<WallTime> answered_wall;  // and of its answer; what is written again says the same
  // A Redis that came back without its last second had something of it. `rewriting`: the Relay still held it
  // and must write it again. `forgotten`: nobody did, or the gateway died before it was written again: what was
  // acknowledged of it may be contradicted from here on, but never by a second execution.
  bool rewriting = false;
  bool forgotten = false;
  Time timed_out_at = -1;       // when that was to be recorded
  bool held = false;            // taken up again in this life after a loss: as one that may have been sent
  bool cancelled = false;       // somebody did, before it was sent
  bool told_to_ask = false;     // 202,
  std::optional<Time> asks_by;  // which it wants by then
  bool gave_up = false;         // its caller closed its sending side, later than one that has said all
  bool drained = false;         // on_drain_expired while it was not told

  int sends = 0;
  bool unsent = false;     // the door said that no byte of it was written,
  ErrorCode unsent_why{};  // and why
  SessionId session{};
  std::string outbox;     // the disk behind that connection, over v2
  bool has_it = false;    // as that disk has said
  bool declined = false;  // it has said that it never executed it
  Time place_at = 0;      // when it asked for the record that lets it leave
  bool guessed = false;   // its kiosk may have named it before it had it
  int executions = 0;
  std::vector<Given> given;  // what its own kiosk answered, as it reached the gateway, the first first

  Given* first_given() {
    for (Given& g : given)
      if (!g.lost) return &g;
    return nullptr;
  }
};

class Checker {
 public:
  Checker(const TimeLine& time, const Now& turn, const Disk& disk, const Plan& plan, Counters& count,
          Trace& trace)
      : time_(time), turn_(turn), disk_(disk), plan_(plan), count_(count), trace_(trace) {}

  // --- what the shell tells the Relay, before it does
  void on_send(History history);
  void on_caller_left(const RequestId& id) { exchanges_.at(id).left_at = time_.now(); }
  void on_caller_gave_up(const RequestId& id) { exchanges_.at(id).gave_up = true; }
  void on_caller_gone(const RequestId& id) { exchanges_.at(id).caller_gone = true; }
  void on_acknowledged(const Persist& what);
  void on_not_new(const RequestId& id, const ClaimVerdict& verdict);
  void on_store_failed();
  void on_store_recovered(bool lost_data) {
    store_up_ = true;
    data_lost_ = lost_data;
    in_order_ = true;
    before_ = {};
    healed_at_ = time_.now();
  }
  void on_lost(const std::set<RequestId>& gone, const Relay* relay);
  // What is open in a store that has lost something, before the Relay hears of it.
  void on_store_holds(const std::vector<StoredExchange>& open, const Relay& relay, const Now& now);
  void on_kiosk_record(const KioskRecord& record);
  void on_kiosk_removed(const std::string& kiosk, std::uint64_t birth);
  void on_kiosk_up(const std::string& kiosk, SessionId session, const TokenDigest& token, bool v2);
  // --- checker_agents.cpp: kiosks that speak v2
  void on_resumed(SessionId session, const AgentResumes& agent);
  void on_accepted(SessionId session, const RequestId& id);
  // `phase`: of the exchange as the Relay holds it.
  void on_declined(SessionId session, const Answer& answer, std::optional<Phase> phase, Time lay,
                   WallTime wall);
  void on_kiosk_down(SessionId session);
  // `lay`: since when it lay in the socket; `wall`: of the turn that takes it.
  void on_answer(SessionId session, const Answer& answer, Time lay, WallTime wall);
  void on_broken_answer(SessionId session, std::span<const RequestId> named, const SharedBytes& text, Time lay,
                        WallTime wall);
  void on_broken_taken(bool taken);
  void on_broken_asked(bool taken);  // it named a single id that is not in memory
  void on_drain() {
    draining_ = true;
    drained_at_ = time_.now();
  }
  void on_drain_expired();
  void on_drained();
  void on_paused() { paused_at_ = time_.now(); }
  void on_sweep() { swept_from_ = time_.now(); }
  void on_resumed() { resumed_at_ = time_.now(); }
  // `readable`: the store could be asked.
  void on_found(const RequestId& id, bool readable, const std::optional<StoredExchange>& found);
  void on_knock(KnockId knock) { knocks_[knock] = time_.now(); }
  void on_knock_gone(KnockId knock) { knocks_.erase(knock); }
  void on_unsent(const RequestId& id, ErrorCode why);
  void on_guessed(const RequestId& id) { exchanges_.at(id).guessed = true; }
  // Somebody said what became of it, and that is on the disk.
  void on_resolved(const RequestId& id);
  // That one is cancelled which the gateway holds; and which one is worth it, as nothing of it has left yet.
  void on_cancel(const RequestId& id) {
    History& x = exchanges_.at(id);
    if (x.life == life_ && x.sends == 0 && !x.unsent) x.cancelled = true;
  }
  // It does not wait longer than this for its answer.
  void on_async(const RequestId& id, Time asks_by) { exchanges_.at(id).asks_by = asks_by; }
  bool may_be_cancelled(const RequestId& id) const {
    const History& x = exchanges_.at(id);
    return x.life == life_ && x.sends == 0 && !x.unsent && !x.rejected && x.told == Told::nothing &&
           !x.withdrawn && !x.gave_way;
  }
  void on_last_try(const RequestId& id) { exchanges_.at(id).last_try = true; }

  // --- what the gateway does, as the world behind the shell sees it, before it comes to pass
  template <class What>
  void on_effect(const What& what) {
    if constexpr (std::is_same_v<What, Persist>) in_order(what.id);
    check(what);
  }
  void on_ended(const Reply& reply);  // for the books,
  // and to each caller. `replayed`: it is said to have been another call's.
  void on_told(CallerId caller, const Reply& reply, std::string_view traceparent, bool replayed);
  // 202.
  void on_told_to_ask(CallerId caller, const StoredExchange& said);
  void on_withdrawn(const RequestId& id);
  // After each of several things in one turn.
  void on_step() {
    in_order_ = false;
    settled_ = shown_ = {};
    ending_.reset();
  }
  // After each turn. `data_lost`: the shell raised the alarm since the store came back.
  void on_turn(const Relay& relay, bool data_lost);

  // --- the world
  void on_disk(const OnDisk* before, const Record& record);
  // A kiosk executes what its frame says.
  void on_executed(const RequestId& id, const std::string& kiosk);
  void on_crash();
  void on_restart(const std::vector<StoredExchange>& open, const Now& now, std::int64_t wall_offset);
  void at_the_end(const Relay& relay, const Metrics& metrics);

  const History* find(const RequestId& id) const;
  const RequestId& id_of(CallerId caller) const { return callers_.at(caller); }
  std::size_t size() const { return exchanges_.size(); }

 private:
  struct Presence {
    SessionId session{};  // the newest that is up
    std::uint64_t births = 1;
    bool registered = false;
    bool stale = false;  // removed in this life: what the Relay shows is another kiosk
    KioskRecord record;
    std::map<RequestId, bool> places;
    std::map<std::uint8_t, RequestId> last_sent;  // of each line
    std::vector<Time> ups;                        // when it came
    std::size_t most_before = 0;                  // the lane's bound until resized_at
    Time resized_at = -1;
  };
  struct Session {
    std::string kiosk;
    std::uint64_t birth = 0;
    TokenDigest token{};
    bool up = true;
    Time up_at = 0;
    bool close_asked = false;
    bool v2 = false;
    bool of_removed = false;  // the last one of a kiosk that was removed: what it says still counts
    std::string outbox{};     // empty: it has not said yet what it has
  };

  void check(const Persist& what);
  void check(const SendFrame& send);
  History judge(const History& x, const Reply& reply);
  void in_order(const RequestId& id);
  void check_times(History& x, const Record& record);
  void check_answers() const;
  void check(const LateAnswer& late);
  void check(const Unmatched& unmatched);
  void check(const Admit& admit) { verdict(admit.knock); }
  void check(const RefuseKnock& refuse) { verdict(refuse.knock); }
  void check(const ProbeSession& probe);
  void check(const CloseSession& close);
  void check(const TellStored& told);
  void check_again(History& x, const SendFrame& send);
  void check_connection(const History& x, const SendFrame& send);
  void note_up(const std::string& kiosk);
  bool awaits_resume(const Presence& kiosk) const {
    if (kiosk.session == SessionId::none) return false;
    const Session& session = sessions_.at(kiosk.session);
    return session.v2 && session.outbox.empty();
  }

  std::size_t lane_bound(const Presence& kiosk) const;
  std::uint8_t line_of(const History& x) const { return kgw::line_of(plan_.settings.operations, x.operation); }
  // Of a line of operations that have a limit of their own; else of no meaning.
  std::size_t line_bound(std::uint8_t line) const { return plan_.settings.operations[line - 1U].most; }
  void check_places(const History& x, Presence& kiosk);
  bool is_up(SessionId id) const {
    const auto session = sessions_.find(id);
    return session != sessions_.end() && session->second.up;
  }
  static void forget(History& x);
  void give(const Session& session, const Answer& answer, Time lay, WallTime wall);
  void check_fields(const History& x, const Reply& reply);
  void check_line(const WaitingLine& line);
  void check_lane(const Relay& relay, const Kiosk& kiosk);
  Time replaced_at(SessionId session) const;
  void check_free_places(const Kiosk& kiosk);
  void check_waits(const Relay& relay);
  void check_wait(History& x, const Exchange& held);
  bool takes_new(const Presence& kiosk) const;
  void check_answered(const History& x, const AnsweredRecord& record);
  // --- keys: checker_keys.cpp
  std::vector<RequestId>& calls_of(const History& x) { return calls_.at(x.claim->key); }
  bool same_call(const History& a, const History& b) const;
  bool ran(const History& x) const;
  static bool claims(const History& x) { return x.claim || x.order_claim; }
  bool waited(const History& x) const { return claims(x) && x.taken_at == time_.now(); }
  bool nobody_waits(const History& x) const;
  void check_party(const History& x, const Reply& reply);
  void check_sent_once(const History& x);
  void check_executed_once(const History& x);
  void tell_another(History& x, const Reply& reply, bool replayed);
  void check_replay(History& x, const Reply& reply);
  void check_conflict(const History& x, const Reply& reply);
  void check_withdrawn(const Relay& relay);
  void check_waiting_calls();
  void check_last_try(const History& x);
  void check_ledger(const History& x, const OnDisk& stored);
  void note_claims(const OnDisk* before, const Record& record);
  // --- orders: checker_orders.cpp
  bool surely_failed(const History& x) const;
  bool said_not_done(const History& x) const;
  void check_order_sent_once(const History& x);
  void check_order_executed_once(const History& x);
  void check_order_taken(const History& x, const Reply& reply);
  void note_order(const OnDisk* before, const Record& record);
  void check_refusal(History& x, const Reply& reply);
  void check_rejection(History& x, const Reply& reply);
  void check_timeout(History& x);
  void check_promise(const History& x);
  void check_end(const History& x);
  void check_overdue(const Relay& relay);
  void check_outage(const Relay& relay, const History& x) const;
  void take_up(const StoredExchange& stored, const Now& now, bool dispatched);
  void verdict(KnockId knock);
  void prune_places(Presence& kiosk, const std::string& id);
  void broke(const char* rule, const RequestId& id, std::string what) const;
  History& known(const RequestId& id, const char* where);
  bool final_on_disk(const RequestId& id) const;

  // An answer that reached the gateway and has come to no end yet.
  struct Arrival {
    SharedBytes bytes;
    SessionId session;
    Time at;
  };
  template <class Is>
  bool resolve(const RequestId& id,
               Is is);  // the newest that is so (an older one may be held for the store); false: none is

  const TimeLine& time_;
  const Now& turn_;
  const Disk& disk_;
  const Plan& plan_;
  Counters& count_;
  Trace& trace_;
  std::map<RequestId, History> exchanges_;
  std::map<CallerId, RequestId> callers_;
  std::map<CallerId, History> to_tell_;  // on_ended, and not on_told yet: what it will have been told
  std::optional<History> ending_;        // told to all who wait for it, right now
  std::map<Digest, std::vector<RequestId>> calls_;      // by their key
  std::map<Digest, std::vector<RequestId>> of_orders_;  // by their order
  std::set<RequestId> waiting_calls_;                   // with a key, not told yet
  std::set<RequestId> waits_;                           // that may wait for a kiosk, and were not sent yet
  std::vector<RequestId> withdrawn_;                    // in this turn
  std::map<RequestId, std::vector<Arrival>> arrivals_;
  struct {
    std::uint64_t ended = 0, answered = 0, refused = 0, late = 0, unmatched = 0;
  } books_;                   // of this life
  std::set<RequestId> open_;  // accepted in this life or restored, not ended yet
  std::map<std::string, Presence> kiosks_;
  std::map<SessionId, Session> sessions_;
  std::map<KnockId, Time> knocks_;
  std::vector<RequestId> broken_named_;   // in flight, of the broken answer that is being handed in
  bool broken_may_mean_another_ = false;  // one of which only the disk says that it may have been sent
  std::uint64_t life_ = 1;
  bool store_up_ = true;
  std::size_t not_by_send_ =
      0;               // exchanges of this life that were restored or looked up: the bound is for on_send
  RequestId settled_;  // in this step the Relay was shown that it is answered,
  RequestId shown_;    // or whatever the store has of it
  bool data_lost_ = false;
  Time paused_at_ = -1;
  Time swept_from_ = -1;
  Time resumed_at_ = -1;
  bool draining_ = false;
  Time drained_at_ = 0;
  bool in_order_ = false;  // in a turn in which many exchanges are touched
  RequestId before_;
  Time healed_at_ = 0;
  Time looked_at_ = 0;
};

template <class Is>
bool Checker::resolve(const RequestId& id, Is is) {
  const auto arrived = arrivals_.find(id);
  if (arrived == arrivals_.end()) return false;
  const auto one = std::find_if(arrived->second.rbegin(), arrived->second.rend(), is);
  if (one == arrived->second.rend()) return false;
  arrived->second.erase(std::next(one).base());
  if (arrived->second.empty()) arrivals_.erase(arrived);
  return true;
}

}  // namespace kgw::sim
