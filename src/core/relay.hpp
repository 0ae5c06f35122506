// Relay: the part that must not be wrong. A state machine: events and the time go in, effects come out. No
// socket, clock, thread or log; every method runs to completion. DESIGN.md, "What must always hold";
// PROTOCOL.md 1.2, 2, 3.
//
// Durable before visible: no SendFrame before the record that permits it is acknowledged, no Reply before the
// record of the answer or rejection is. While the store is down nothing new is sent; what was not sent is
// refused as store_unavailable (true in any case: it was not sent and never will be), and answers are held
// until they are recorded.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/shares.hpp"
#include "core/claim.hpp"
#include "core/effects.hpp"
#include "core/exchange.hpp"
#include "core/kiosk.hpp"
#include "core/operation_limits.hpp"

namespace kgw {

// A validated POST /send. `id` must be new and above all earlier ones.
struct SendRequest {
  RequestId id;
  SharedOrder order;
  Milliseconds timeout{};
  CallerId caller = CallerId::none;
  Envelope envelope;
  Milliseconds wait_online{0};  // how long it may wait for a kiosk that is not there
  std::string_view holder{};    // by whom its share of what is held is counted; empty: the order's owner
};

// What a kiosk's agent says when it has connected over v2 (PROTOCOL.md 4, "resume").
struct AgentResumes {
  std::string outbox_id;
  std::vector<RequestId> held;      // what it has on its disk: accepted, executing or finished
  std::uint32_t max_in_flight = 0;  // 0: it does not say
};

// Of digests: any of their bytes will do.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t value = 0;
    std::memcpy(&value, digest.data(), sizeof value);
    return value;
  }
};

struct RelaySettings {
  std::uint32_t max_in_flight = 32;  // KIOSK_MAX_IN_FLIGHT
  OperationLimits operations{};      // OPERATION_MAX_IN_FLIGHT
  bool allow_duplicates = false;     // ALLOW_DUPLICATE_CONNECTIONS
  std::size_t exchanges_max = limits::kExchangesMax;
  std::size_t bytes_max = limits::kExchangeBytesMax;
  std::size_t lane_waiting_max = limits::kLaneWaitingMax;
  std::size_t lane_reserved = limits::kLaneReserved;
  std::size_t offline_of_kiosk_max = limits::kOfflineWaitingOfKioskMax;
  std::size_t offline_max = limits::kOfflineWaitingMax;
};

class Relay {
 public:
  explicit Relay(RelaySettings settings)
      : settings_(std::move(settings)),
        bytes_held_(settings_.bytes_max),
        offline_(settings_.offline_max, kOfflineTimes) {}
  Relay(const Relay&) = delete;

  // --- start: what the store had. Call before any other event.
  void restore_kiosk(const KioskRecord& kiosk);
  // For exchanges neither answered nor ended. Those not dispatched are rejected; dispatched ones wait for
  // their answer for the rest of their deadline, at most their original timeout.
  void restore_exchange(Now now, const StoredExchange& stored, Effects& effects);

  // --- backends
  void on_send(Now now, SendRequest request, Effects& effects);
  // The caller left: a request in the queue is rejected, one on its way continues. on_caller_half_gone: it
  // closed its sending side only (or so it seems) and may still get its answer. Right after the request
  // (kHalfCloseTime) it has merely finished sending; later it has given up (ADR 3).
  void on_caller_gone(Now now, CallerId caller, RequestId id, Effects& effects);
  void on_caller_half_gone(Now now, CallerId caller, RequestId id, Effects& effects);

  // Somebody who may cancels it (PROTOCOL.md 1.5). What was not sent never will be: its callers hear
  // caller_gone once its end is durable, as State::cancelled. What was sent, or is over, stays as it is.
  void on_cancel(Now now, RequestId id, Effects& effects);

  // --- the store
  // `verdict`: other than fresh only for the accepted record of an order that claims something.
  void on_recorded(Now now, RequestId id, RecordKind kind, const ClaimVerdict& verdict, Effects& effects);
  // What came of FindClaimed: the exchange that has the key; nullopt: none has it. A fault: the store could not
  // say, and the caller hears that.
  void on_claimed(Now now, const FindClaimed& asked, const Result<std::optional<StoredExchange>>& found,
                  Effects& effects);
  // Call right before on_store_failed: the exchange's record was not acknowledged, but may have been written.
  void on_in_doubt(RequestId id);
  // Every unacknowledged Persist is void; the Relay emits it again after on_store_recovered. From
  // `alone_until` on another gateway may have taken over the store and what it finds there: of a request that
  // may be recorded as dispatched it can only report that the outcome is unknown. So nothing else is reported
  // here, unless the rejection is recorded in time.
  void on_store_failed(Now now, Effects& effects, Instant alone_until = Instant::max());
  // `lost_data`: acknowledged records may be lost; everything known about running exchanges is emitted again.
  void on_store_recovered(Now now, bool lost_data, Effects& effects);
  // Call after on_store_recovered with `lost_data`: `open` is what is open in the store now. What is not in
  // memory was answered long ago or forgotten, and ends like any exchange that was sent.
  void on_store_holds(Now now, std::vector<StoredExchange> open, Effects& effects);
  // The result of FindExchange; nullopt: the store has no such exchange (or could not tell).
  void on_found(Now now, FindExchange asked, const std::optional<StoredExchange>& found, Effects& effects);

  // --- kiosks. The record of a changed or removed kiosk must be durable before. `force`: closes the
  // connection at once instead of waiting for running exchanges.
  void on_kiosk_changed(Now now, const KioskRecord& kiosk, bool force, Effects& effects);
  void on_kiosk_removed(Now now, std::string_view kiosk_id, bool force, Effects& effects);
  // A handshake with a verified token. Emits Admit, RefuseKnock, or first ProbeSession.
  void on_knock(Now now, KnockId knock, std::string_view kiosk_id, const TokenDigest& token, Effects& effects);
  void on_knock_gone(KnockId knock, std::string_view kiosk_id);
  // Call after Admit, in the same turn. `session` must be new and above all earlier ones.
  // `v2`: nothing is sent to it before on_resumed; if that does not come, the connection is closed.
  void on_kiosk_up(Now now, std::string_view kiosk_id, SessionId session, Effects& effects, bool v2 = false);
  void on_kiosk_alive(Now now, SessionId session, Effects& effects);
  void on_kiosk_down(Now now, SessionId session, Effects& effects);
  // Call instead of sending a SendFrame's envelope, if certainly no byte of it was written. The exchange is
  // rejected with `why`: kiosk_offline if the connection is gone, kiosk_busy if it has too much to read
  // already.
  void on_frame_unsent(Now now, RequestId id, ErrorCode why, Effects& effects);
  void on_answer(Now now, SessionId session, Answer answer, Effects& effects);
  // --- over v2 only: core/relay_agents.cpp
  // What this very outbox was sent and does not have is sent again, unless its deadline has passed.
  void on_resumed(Now now, SessionId session, const AgentResumes& agent, Effects& effects);
  // It is on the agent's disk.
  void on_accepted(SessionId session, const RequestId& id);
  // It was not executed and never will be. Counts only from the outbox that it was sent to: another one knows
  // nothing of it. `why`: what a caller hears that was told nothing yet; `answer`: what is kept if it has timed
  // out already.
  void on_declined(Now now, SessionId session, Answer answer, ErrorCode why, Effects& effects);

  // A message that is not a JSON object, but contains the ids `named`, each once. Ends the exchange among
  // them that is in flight at this kiosk, if it is exactly one; if a single id is named and not in memory,
  // asks the store for it.
  enum class Broken : std::uint8_t { matches_none, looked_up, ended };
  Broken on_broken_answer(Now now, SessionId session, std::span<const RequestId> named, SharedBytes text,
                          Effects& effects);

  // --- time
  void on_tick(Now now, Effects& effects);
  std::optional<Instant> next_deadline() const;
  // The gateway did not run for `pause`: a connection being probed had no chance to show that it is alive, so
  // its deadline moves. Call before the on_tick that follows, with the same time.
  void on_paused(Now now, std::chrono::nanoseconds pause) {
    knocks_.shift(pause, now.steady - pause + limits::kProbeTime);
    resumes_.shift(pause, now.steady - pause + limits::kResumeTime);
  }

  // --- the end. After on_drain new requests are refused (503 draining), and those that wait for a kiosk that
  // is not there are rejected; on_drain_expired answers the callers that are still waiting.
  void on_drain(Now now, Effects& effects);
  void on_drain_expired(Now now, Effects& effects);
  bool draining() const { return draining_; }
  // True if nobody is waiting and nothing is unrecorded (or the store is down and can't record it).
  bool idle() const;

  // --- queries
  const KioskRegistry& kiosks() const { return kiosks_; }
  // Returns nullptr if there is no such session.
  const Kiosk* kiosk_of(SessionId session) const;
  // Returns nullptr if it has ended or was never accepted.
  const Exchange* exchange(const RequestId& id) const {
    const auto found = exchanges_.find(id);
    return found == exchanges_.end() ? nullptr : &found->second;
  }
  // Whether any connection is being probed: only then is on_kiosk_alive needed.
  bool probing() const { return !knocks_.empty(); }
  bool store_up() const { return store_up_; }
  std::size_t exchanges() const { return exchanges_.size(); }
  bool holds(const RequestId& id) const { return exchanges_.contains(id); }
  std::size_t bytes_held() const { return bytes_held_.taken(); }
  std::size_t online() const { return online_; }
  std::size_t waiting() const { return waiting_; }
  std::size_t offline() const { return offline_.taken(); }  // of these, for a kiosk that is not there

 private:
  using Table = std::unordered_map<RequestId, Exchange, RequestIdHash>;

  // --- keys: core/relay_claims.cpp
  bool join_held(Now now, const SendRequest& request, std::string_view asker, Effects& effects);
  void join(Exchange& holder, FindClaimed caller, Effects& effects);
  void withdraw(Now now, Exchange& x, const ClaimVerdict& verdict, Effects& effects);
  void record_what_waited(Exchange& x, Effects& effects);
  void free_key(const Exchange& x);
  static bool waits_for_claim(const Exchange& x, RecordKind kind);

  // --- v2: core/relay_agents.cpp
  void meet_agent(Now now, Kiosk& kiosk, bool v2);
  void no_resume(Now now, KioskAgent& agent, Effects& effects);
  void deliver(Exchange& x, Effects& effects);
  void let_go(Exchange& x);
  bool is_of_outbox(const Exchange& x, SessionId session) const;
  static void tell_stored(const Kiosk& kiosk, const RequestId& id, Effects& effects);

  Exchange* find(const RequestId& id);
  std::optional<ErrorCode> refusal(const KioskRef* kiosk, const HolderEntry* holder,
                                   const SendRequest& request) const;
  void refuse(const SendRequest& request, Now now, ErrorCode why, Effects& effects);
  void record(Exchange& x, RecordKind kind, Effects& effects);
  Record compose(const Exchange& x, RecordKind kind) const;
  void dispatch(Now now, Exchange& x, Effects& effects);
  std::optional<ErrorCode> no_room_for(const Kiosk& kiosk, const HolderEntry* holder,
                                       const SendRequest& request) const;
  void wait_online(Exchange& x);
  void no_longer_offline(Exchange& x);
  void greet(Now now, Kiosk& kiosk);
  std::optional<ErrorCode> why_not_leave(Now now, const Exchange& x) const;
  void leave(Now now, Exchange& x, Effects& effects);
  void reject(Now now, Exchange& x, ErrorCode why, Effects& effects);
  void expire(Now now, Exchange& x, Effects& effects);
  void take_answer(Now now, Exchange& x, Answer answer, Effects& effects);
  void tell(Exchange& x, std::optional<ErrorCode> error, Effects& effects);
  void tell_unrecorded(Now now, Exchange& x, Effects& effects);
  void leave_lane(Exchange& x);
  void move_lane(Now now, Kiosk& kiosk, Effects& effects);
  void reject_waiting(Now now, Kiosk& kiosk, ErrorCode why, Effects& effects);
  void stop_taking(Now now, Kiosk& kiosk, CloseReason reason, ErrorCode why, bool force, Effects& effects);
  void close_when_done(Kiosk& kiosk, bool force, Effects& effects);
  void admit(Kiosk& kiosk, Effects& effects);
  void end_overdue(Exchange& x);
  void free_overdue(Kiosk& kiosk, SessionId session);
  bool has_bytes_for(const Kiosk& kiosk, const HolderEntry* holder, const SendRequest& request) const;
  void count_for(Exchange& x, HolderEntry* holder, std::string_view name);
  void hold(Exchange& x, std::size_t bytes);
  void release(Exchange& x);
  void erase(Exchange& x);
  std::vector<Exchange*> in_order();
  std::uint32_t places_max(const Kiosk& kiosk) const;
  bool has_place(const Kiosk& kiosk, std::size_t line) const;
  Exchange* next_to_leave(const Kiosk& kiosk) const;

  RelaySettings settings_;
  KioskRegistry kiosks_;
  std::unordered_map<SessionId, KioskRef> sessions_;
  Table exchanges_;
  // The exchanges in memory that were not rejected, by the key of their claim.
  std::unordered_map<Digest, RequestId, DigestHash> claims_;
  Deadlines<Exchange> deadlines_;
  Deadlines<Kiosk> knocks_;
  Deadlines<KioskAgent> resumes_;
  SharedBound bytes_held_;  // of frames and answers; Kiosk has each kiosk's part,
  // Of what may wait for kiosks that are not there, one who is alone may have four fifths.
  static constexpr std::size_t kOfflineTimes = 4;
  SharedBound offline_;
  std::unordered_map<std::string, Holder, StringHash, std::equal_to<>> holders_;  // and this each asker's
  std::size_t online_ = 0;
  std::size_t waiting_ = 0;
  bool store_up_ = true;
  Instant alone_until_ = Instant::max();  // while the store is down: see on_store_failed
  bool draining_ = false;
};

}  // namespace kgw
