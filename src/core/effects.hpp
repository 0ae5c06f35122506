// Effects: what the Relay wants done. Plain data; the shell carries them out in order once the Relay's method
// has returned, and reports the results as new events.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/ids.hpp"
#include "core/records.hpp"

namespace kgw {

// A WebSocket handshake that awaits the Relay's decision; ids are the shell's.
enum class KnockId : std::uint64_t { none = 0 };

enum class RecordKind : std::uint8_t { accepted = 0, dispatched = 1, answered = 2, ended = 3 };
// For a set of kinds in one byte.
constexpr std::uint8_t bit(RecordKind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

// Append to the store. Acknowledge with Relay::on_recorded(id, kind, claim).
struct Persist {
  RequestId id;
  RecordKind kind;
  Record record;
};

// Frame it and write it to the kiosk's connection. Emitted only after its record is durable; over v1 at most
// once per exchange, over v2 again after a reconnect to the same outbox, until the kiosk has said that it has
// it (Exchange::delivery counts). If certainly no byte of it was written (the connection is gone, or what the
// store says may be out of date), call Relay::on_frame_unsent in the same turn.
struct SendFrame {
  RequestId id;
  SessionId session;
  Envelope envelope;
};

// Answer the caller, and log: an exchange ended, or was refused on arrival (then `id` is zero and nothing was
// recorded).
struct Reply {
  CallerId caller = CallerId::none;  // none: it has left; only log
  RequestId id;
  SharedOrder order;
  std::optional<ErrorCode> error;  // nullopt: the kiosk's answer
  SharedBytes answer;
  Outcome outcome = Outcome::known;
  AnswerResult result = AnswerResult::unclassified;  // what the kiosk's answer says
  bool cancelled = false;                            // by somebody who may, before it was sent
  bool replayed = false;                             // said before, to the one who came first with this key
  RequestId other;                                   // that has its order: with order_open and order_paid
  bool key_unread = false;          // whether an earlier call came with its key could not be looked up
  Instant began{};                  // of on_send
  std::optional<Instant> sent;      // of SendFrame
  std::optional<Instant> answered;  // of on_answer
};

// Who waits for `asked` waits for `id` from now on: the exchange that has their key. `party`: who waits there
// already; none: nobody, and `caller` is its caller now.
struct Join {
  CallerId caller;
  CallerId party;
  RequestId id;
  SharedOrder order;
  Instant expires;  // of `caller`, whenever that of the exchange is
};

// Another exchange may have the key of this order: ask the store, come back with Relay::on_claimed.
struct FindClaimed {
  CallerId caller;
  SharedOrder order;
  Instant began;
  Instant expires;                 // its caller's deadline
  std::string asker;               // by whose name its share of such look-ups is counted
  std::optional<ErrorCode> why{};  // what it is refused with when nobody has the key
  bool again = false;              // the store had it as open, and here it was over already
};

// The store did not take an accepted record: another exchange has its key or its order. Nothing more is heard
// of it.
struct Withdrawn {
  RequestId id;
};

// A late answer, to an exchange that had timed out, is now durable.
struct LateAnswer {
  RequestId id;
  std::string kiosk_id;
  Outcome outcome;
  AnswerResult result;
  std::string owner{};      // of the request
  std::string operation{};  // of the request
  // From its dispatch to the answer, and from its 504 to the answer. Both zero: not known, or the answer was in
  // time and only its record was late.
  Milliseconds took{};
  Milliseconds late_by{};
};

// A kiosk's message that matches no exchange; counted and logged, otherwise harmless.
struct Unmatched {
  enum class Why : std::uint8_t { no_exchange, not_its_own, duplicate, not_sent };
  SessionId session;
  std::string kiosk_id;
  RequestId id;
  Why why;
};

// How a kiosk comes to its answer; over v1 always the first.
enum class AnswerHow : std::uint8_t {
  answer,       // its local service said so
  lookup,       // the device did, asked what became of it
  interrupted,  // nobody did: it was cut short in the middle
  declined,     // it never executed it, and never will
};

// A kiosk's answer to one exchange.
struct Answer {
  RequestId id;
  bool valid = true;  // false: not a JSON object; the text is kept, the outcome is unknown
  Outcome outcome = Outcome::known;
  SharedBytes bytes;
  AnswerResult result = AnswerResult::unclassified;
  AnswerHow how = AnswerHow::answer;
};

// Over v2: what the kiosk said of this exchange is durable; it need not keep it any longer.
struct TellStored {
  SessionId session;
  RequestId id;
};

// Not in memory: ask the store, and call Relay::on_found with the result.
struct FindExchange {
  SessionId session;
  std::string kiosk_id;
  Answer answer;
};

// Presence: complete the handshake (then call Relay::on_kiosk_up) or refuse it; probe whether a connection is
// alive (any byte: call Relay::on_kiosk_alive).
struct Admit {
  KnockId knock;
  std::string kiosk_id;
};
struct RefuseKnock {
  KnockId knock;
  std::string kiosk_id;
  ErrorCode why;
};
struct ProbeSession {
  SessionId session;
};

enum class CloseReason : std::uint8_t { replaced, disabled, removed, token_superseded, no_resume };
struct CloseSession {
  SessionId session;
  CloseReason reason;
};

using Effect = std::variant<Persist, SendFrame, Reply, Join, FindClaimed, Withdrawn, LateAnswer, Unmatched,
                            FindExchange, Admit, RefuseKnock, ProbeSession, CloseSession, TellStored>;
using Effects = std::vector<Effect>;

}  // namespace kgw
