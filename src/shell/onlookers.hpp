// Onlookers: who observes what happens at the gateway (alerts, the log chat, the dashboard). They are called
// on the loop, right after the event, and change nothing. Their arguments are valid only during the call; a
// record's bytes are shared and may be kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/effects.hpp"

namespace kgw {

struct UnclaimedAnswer {
  RequestId id;
  std::string kiosk_id;
};

class Onlooker {
 public:
  virtual ~Onlooker() = default;
  virtual void on_kiosk_connected(const std::string& /*kiosk_id*/, std::string_view /*address*/) {}
  virtual void on_kiosk_disconnected(const std::string& /*kiosk_id*/, std::string_view /*reason*/) {}
  virtual void on_kiosk_refused(const std::string& /*kiosk_id*/, ErrorCode /*why*/,
                                std::string_view /*address*/) {}
  // Its round trip is known for the first time, or has changed considerably.
  virtual void on_round_trip(const std::string& /*kiosk_id*/) {}
  virtual void on_kiosk_changed(const KioskRecord& /*kiosk*/) {}
  virtual void on_kiosk_removed(const std::string& /*kiosk_id*/) {}
  // A record was appended to the store. It is durable once RelayShell::acknowledged() reaches `number`, and
  // void if the store fails before.
  virtual void on_record(std::uint64_t /*number*/, const RequestId& /*id*/, const Record& /*record*/) {}
  virtual void on_request_accepted(const AcceptedRecord& /*record*/) {}
  // It was accepted, but the store did not take it: its key is another's. Nothing more comes of it.
  virtual void on_request_withdrawn(const RequestId& /*id*/) {}
  // The caller is answered: with the answer, a timeout, a rejection, or a refusal on arrival.
  virtual void on_request_ended(const Reply& /*reply*/) {}
  // The caller of `order` has hung up before it was told anything: after `waited`, of the time for which the
  // gateway would have let it wait. Once for each request, and not for who joined another one's.
  virtual void on_caller_left(const Order& /*order*/, Milliseconds /*waited*/, Milliseconds /*allowed*/) {}
  // An answer that nobody has heard: nobody waits for it any more, or its caller was told to ask for it (202).
  // After on_request_ended().
  virtual void on_answer_untold(const Reply& /*reply*/) {}
  // Somebody got it again, with the key of its request.
  virtual void on_answer_replayed(const RequestId& /*id*/) {}
  // Answers that went unclaimed for UNCLAIMED_AFTER, found together.
  virtual void on_answers_overdue(const std::vector<UnclaimedAnswer>& /*answers*/) {}
  // Somebody has read an answer that was unclaimed.
  virtual void on_answer_claimed(const RequestId& /*id*/) {}
  virtual void on_late_answer(const LateAnswer& /*answer*/) {}
  // Somebody closed an unknown outcome, and that is durable. `exchange`: as it stands now.
  virtual void on_request_resolved(const StoredExchange& /*exchange*/) {}
  virtual void on_unmatched_answer(const Unmatched& /*answer*/) {}
  virtual void on_store_down(const std::string& /*why*/) {}
  virtual void on_store_up() {}
  // What the store does not guarantee any more; empty: everything is guaranteed again.
  virtual void on_store_weak(const std::string& /*why*/) {}
};

class Onlookers {
 public:
  void add(Onlooker& onlooker) { all_.push_back(&onlooker); }
  template <class... Parameters, class... Arguments>
  void tell(void (Onlooker::*what)(Parameters...), const Arguments&... arguments) const {
    for (Onlooker* const onlooker : all_) (onlooker->*what)(arguments...);
  }

 private:
  std::vector<Onlooker*> all_;  // each outlives the loop's last turn
};

}  // namespace kgw
