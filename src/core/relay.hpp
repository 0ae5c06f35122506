// Relay: the part that may not be wrong. A state machine: events and the time go in, effects come out. No
// socket, clock, thread or log; every method runs to completion. DESIGN.md, "What must always hold";
// PROTOCOL.md 1.2, 2, 3.
//
// Durable before visible: no SendFrame before the record that says so is acknowledged, no Reply before the
// answer's or the rejection's record is. While the store is down nothing new leaves; what was not sent is
// refused as store_unavailable (true in any case: it was not sent and never will be), answers are held and
// shown when recorded.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/shares.hpp"
#include "core/claim.hpp"
#include "core/effects.hpp"
#include "core/exchange.hpp"
#include "core/kiosk.hpp"

namespace kgw {

// A checked POST /send. `id` is new and larger than all before.
struct SendRequest {
  RequestId id;
  SharedOrder order;
  Milliseconds timeout{};
  CallerId caller = CallerId::none;
  EncodedFrame frame;
  std::string_view holder{};  // whose share of what is held it takes; empty: the order's owner's
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
  bool allow_duplicates = false;     // ALLOW_DUPLICATE_CONNECTIONS
  std::size_t exchanges_max = limits::kExchangesMax;
  std::size_t bytes_max = limits::kExchangeBytesMax;
  std::size_t lane_waiting_max = limits::kLaneWaitingMax;
  std::size_t lane_reserved = limits::kLaneReserved;
};

class Relay {
 public:
  explicit Relay(RelaySettings settings) : settings_(settings), bytes_held_(settings.bytes_max) {}
  Relay(const Relay&) = delete;

  // --- start: what the store had. Before any other event.
  void restore_kiosk(const KioskRecord& kiosk);
  // Exchanges that were neither answered nor ended. Undispatched ones are rejected; dispatched ones wait for
  // their answer until what is left of their deadline, never more than their original timeout.
  void restore_exchange(Now now, const StoredExchange& stored, Effects& effects);

  // --- backends
  void on_send(Now now, SendRequest request, Effects& effects);
  // The caller went away: what was not sent is rejected, what was goes on. on_caller_half_gone: it closed its
  // sending side only (or so it seems) and may still be told. Right behind the request (kHalfCloseTime) it has
  // said all; later it has given up, and only what waits in its line is touched by the former (ADR 3).
  void on_caller_gone(Now now, CallerId caller, RequestId id, Effects& effects);
  void on_caller_half_gone(Now now, CallerId caller, RequestId id, Effects& effects);

  // --- the store
  // `verdict`: other than fresh only of an accepted record of an order with a claim.
  void on_recorded(Now now, RequestId id, RecordKind kind, const ClaimVerdict& verdict, Effects& effects);
  // What came of FindClaimed: the exchange that has the key; nullopt: none has it. A fault: the store could not
  // say, and the caller hears that.
  void on_claimed(Now now, const FindClaimed& asked, const Result<std::optional<StoredExchange>>& found,
                  Effects& effects);
  // Right before on_store_failed: its record was not acknowledged, but may have been written.
  void on_in_doubt(RequestId id);
  // Every Persist that is not acknowledged by now is void; the Relay emits it again after on_store_recovered.
  // From `alone_until` on another gateway may have taken over the store, and what it finds there: of a request
  // that may stand there as dispatched it can only say that nobody knows. So nothing else is told of it here,
  // unless its rejection is recorded in time.
  void on_store_failed(Now now, Effects& effects, Instant alone_until = Instant::max());
  // `lost_data`: what was acknowledged may be gone; all that is known of what runs is emitted again.
  void on_store_recovered(Now now, bool lost_data, Effects& effects);
  // After on_store_recovered with `lost_data`: what is open in the store now. What nobody here remembers was
  // told long ago, or never heard of again: it ends as any that was sent.
  void on_store_holds(Now now, std::vector<StoredExchange> open, Effects& effects);
  // What came of FindExchange; nullopt: the store has no such exchange (or could not say).
  void on_found(Now now, FindExchange asked, const std::optional<StoredExchange>& found, Effects& effects);

  // --- kiosks. A changed or removed kiosk's record is durable before the Relay hears of it.
  // `force`: close the connection at once rather than when what runs has ended.
  void on_kiosk_changed(Now now, const KioskRecord& kiosk, bool force, Effects& effects);
  void on_kiosk_removed(Now now, std::string_view kiosk_id, bool force, Effects& effects);
  // A handshake with a verified token: Admit, RefuseKnock, or ProbeSession first.
  void on_knock(Now now, KnockId knock, std::string_view kiosk_id, const TokenDigest& token, Effects& effects);
  void on_knock_gone(KnockId knock, std::string_view kiosk_id);
  // After Admit, in the same turn. `session` is new and larger than all before.
  void on_kiosk_up(Now now, std::string_view kiosk_id, SessionId session, Effects& effects);
  void on_kiosk_alive(Now now, SessionId session, Effects& effects);
  void on_kiosk_down(Now now, SessionId session, Effects& effects);
  // Instead of sending a SendFrame's frame: surely no byte of it was written. The exchange is rejected:
  // kiosk_offline when the connection is gone, kiosk_busy when it has too much to read already.
  void on_frame_unsent(Now now, RequestId id, ErrorCode why, Effects& effects);
  void on_answer(Now now, SessionId session, Answer answer, Effects& effects);
  // A message that is no JSON object but in which `named` ids stand, each once: ends the one that is in flight
  // at this kiosk, when it is exactly one; when a single id is named that is not in memory, the store is asked
  // for it.
  enum class Broken : std::uint8_t { matches_none, looked_up, ended };
  Broken on_broken_answer(Now now, SessionId session, std::span<const RequestId> named, SharedBytes text,
                          Effects& effects);

  // --- time
  void on_tick(Now now, Effects& effects);
  std::optional<Instant> next_deadline() const;
  // The gateway did not run for so long: a connection that was being probed had no chance to show that it
  // lives; one that has been probed since has its time. Before the on_tick that follows, with its time.
  void on_paused(Now now, std::chrono::nanoseconds pause) {
    knocks_.shift(pause, now.steady - pause + limits::kProbeTime);
  }

  // --- the end. After on_drain nothing new is taken (503 draining); on_drain_expired tells the callers that
  // still wait.
  void on_drain() { draining_ = true; }
  void on_drain_expired(Now now, Effects& effects);
  bool draining() const { return draining_; }
  // Nobody waits and nothing is unrecorded (or the store is down and can't).
  bool idle() const;

  // --- looking in
  const KioskRegistry& kiosks() const { return kiosks_; }
  // nullptr: no such session.
  const Kiosk* kiosk_of(SessionId session) const;
  // nullptr: it is over, or was never accepted.
  const Exchange* exchange(const RequestId& id) const {
    const auto found = exchanges_.find(id);
    return found == exchanges_.end() ? nullptr : &found->second;
  }
  // A connection is being probed: only then does on_kiosk_alive matter.
  bool probing() const { return !knocks_.empty(); }
  bool store_up() const { return store_up_; }
  std::size_t exchanges() const { return exchanges_.size(); }
  bool holds(const RequestId& id) const { return exchanges_.contains(id); }
  std::size_t bytes_held() const { return bytes_held_.taken(); }
  std::size_t online() const { return online_; }
  std::size_t waiting() const { return waiting_; }

 private:
  using Table = std::unordered_map<RequestId, Exchange, RequestIdHash>;

  // --- keys: core/relay_claims.cpp
  bool join_held(Now now, const SendRequest& request, Effects& effects);
  void join(Exchange& holder, CallerId caller, const SharedOrder& order, Instant began, Effects& effects);
  void withdraw(Now now, Exchange& x, const ClaimVerdict& verdict, Effects& effects);
  void record_what_waited(Exchange& x, Effects& effects);
  void free_key(const Exchange& x);
  static bool waits_for_claim(const Exchange& x, RecordKind kind);

  Exchange* find(const RequestId& id);
  std::optional<ErrorCode> refusal(const KioskRef* kiosk, const HolderEntry* holder,
                                   const SendRequest& request) const;
  void refuse(const SendRequest& request, Now now, ErrorCode why, Effects& effects);
  void record(Exchange& x, RecordKind kind, Effects& effects);
  Record compose(const Exchange& x, RecordKind kind) const;
  void dispatch(Now now, Exchange& x, Effects& effects);
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

  RelaySettings settings_;
  KioskRegistry kiosks_;
  std::unordered_map<SessionId, KioskRef> sessions_;
  Table exchanges_;
  // Of those in memory that were not rejected, by the key of their claim.
  std::unordered_map<Digest, RequestId, DigestHash> claims_;
  Deadlines<Exchange> deadlines_;
  Deadlines<Kiosk> knocks_;
  SharedBound bytes_held_;  // of frames and answers; Kiosk has each kiosk's part of it,
  std::unordered_map<std::string, Holder, StringHash, std::equal_to<>> holders_;  // and here is each asker's
  std::size_t online_ = 0;
  std::size_t waiting_ = 0;
  bool store_up_ = true;
  Instant alone_until_ = Instant::max();  // while it is down: on_store_failed
  bool draining_ = false;
};

}  // namespace kgw
