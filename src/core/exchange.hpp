// Exchange: a backend's request to a kiosk, from acceptance to its end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/deadlines.hpp"
#include "core/effects.hpp"

namespace kgw {

struct Kiosk;

// An asker, under the name by which its share is counted, and how much it holds.
struct Holder {
  std::size_t exchanges = 0;
  std::size_t bytes = 0;
  std::size_t offline = 0;  // of its exchanges, how many wait for a kiosk that is not there
};
using HolderEntry = std::pair<const std::string, Holder>;

enum class Phase : std::uint8_t {
  waiting,      // queued in its lane; nothing was sent
  dispatching,  // has a lane place, but the record that allows sending is not durable yet; nothing was sent
  out,          // its envelope was handed to the connection: the kiosk may be executing it
  answering,    // the answer has arrived, but its record is not durable yet
  rejecting,    // was never sent and never will be; that record is not durable yet
  expiring,     // its deadline passed while it was out; that record is not durable yet
  overdue,      // timed out and answered; keeps its lane place for a while
};

// Of an exchange that was written to a kiosk over v2 (PROTOCOL.md 4.1).
struct Delivery {
  SharedBytes outbox;         // the name of the disk behind that connection; it goes to no other one
  std::uint32_t attempt = 1;  // how often it was written there
  bool accepted = false;      // the kiosk has it: not written again
};

struct Exchange {
  RequestId id;
  Phase phase = Phase::waiting;
  bool late = false;        // the answer arrived after the deadline
  bool told = false;        // its Reply was emitted
  bool in_doubt = false;    // its record failed, but may be in the store nevertheless
  bool given_up = false;    // its caller has closed, though it may still read
  bool offline = false;     // waits for its kiosk to be there
  bool cancelled = false;   // by on_cancel, before it was sent
  bool grace_used = false;  // an answer held by a broken store has used its time beyond the deadline
  // Records requested of the store and not acknowledged yet, one bit per RecordKind.
  std::uint8_t unrecorded = 0;
  std::uint8_t line = 0;                // of its operation, at any kiosk: line_of()
  ErrorCode why = ErrorCode::timeout;   // for a rejection
  CallerId caller = CallerId::none;     // none: has left, or was answered
  SessionId session = SessionId::none;  // where it is or was sent
  std::shared_ptr<Kiosk> kiosk;
  SharedOrder order;
  WallTime accepted_at{};
  WallTime deadline_at{};
  WallTime dispatched_at{};
  WallTime answered_at{};
  WallTime ended_at{};
  Instant began{};
  Milliseconds timeout{};  // for the answer, from when the kiosk is there
  Instant online_by{};     // until when it may wait for that
  Instant expires{};       // the caller's deadline, or while it is `offline` the end of that wait
  std::optional<Instant> sent;
  std::optional<Instant> answered;
  Envelope envelope;  // until it is sent (over v2: until the kiosk has it) or certainly never will be
  Answer answer;      // from `answering` on
  std::unique_ptr<Delivery> delivery;  // null: not sent, or over v1
  std::size_t bytes_held = 0;
  HolderEntry* holder = nullptr;  // in the Relay; stable while exchanges count for it

  DeadlineHook deadline;
  // Its place in the lane: in Kiosk::waiting, in Kiosk::places, or in neither.
  Exchange* before = nullptr;
  Exchange* behind = nullptr;
  class ExchangeList* list = nullptr;
};

// A doubly linked list through the exchanges themselves: leaving is free, and an idle kiosk's lane is two
// pointers.
class ExchangeList {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Exchange* front() const { return first_; }

  void push_back(Exchange& x) {
    KGW_CHECK(x.list == nullptr);
    x.list = this;
    x.before = last_;
    x.behind = nullptr;
    (last_ ? last_->behind : first_) = &x;
    last_ = &x;
    ++size_;
  }
  void remove(Exchange& x) {
    KGW_CHECK(x.list == this);
    (x.before ? x.before->behind : first_) = x.behind;
    (x.behind ? x.behind->before : last_) = x.before;
    x.before = x.behind = nullptr;
    x.list = nullptr;
    --size_;
  }

 private:
  Exchange* first_ = nullptr;
  Exchange* last_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace kgw
