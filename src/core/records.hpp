// What the core asks the store to keep, and what the store returns. Plain data, no behaviour.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/ids.hpp"
#include "core/answer_result.hpp"
#include "core/callback_records.hpp"
#include "core/envelope.hpp"
#include "core/operator_records.hpp"
#include "core/order.hpp"
#include "core/unclaimed_records.hpp"

namespace kgw {

// The states of an exchange: PROTOCOL.md 1.2. The numbers are stored in journals: never renumber.
enum class State : std::uint8_t {
  accepted = 0,
  dispatched = 1,
  answered = 2,
  timed_out = 3,
  rejected = 4,
  cancelled = 5
};
std::string_view name(State state);
// Whether it may still end, so has neither an answer nor another final state.
constexpr bool is_open(State state) { return state == State::accepted || state == State::dispatched; }

// What is known about the execution by the kiosk. The numbers are stored in journals: never renumber.
enum class Outcome : std::uint8_t {
  open = 0,   // not ended yet
  known = 1,  // the kiosk answered, and its answer says what happened
  // Timed out, answered with something other than a JSON object, or the kiosk itself says that it doesn't
  // know.
  unknown = 2,
  not_executed = 3,  // rejected or cancelled: certainly never executed
};
std::string_view name(Outcome outcome);
// What a kiosk's answer leaves known.
constexpr Outcome outcome_of(AnswerResult result) {
  return result == AnswerResult::unknown ? Outcome::unknown : Outcome::known;
}
// What a stored answer says, as far as it is kept. One that is not JSON says nothing, and one that leaves the
// outcome unknown says just that: also where `kept` was not written down.
constexpr std::optional<AnswerResult> result_kept(bool valid, Outcome outcome,
                                                  std::optional<AnswerResult> kept) {
  return !valid || outcome == Outcome::unknown ? AnswerResult::unknown : kept;
}

// An exchange was accepted. `dispatched`: its envelope may be sent as soon as this is durable (no second record
// follows).
struct AcceptedRecord {
  RequestId id;
  SharedOrder order;
  WallTime accepted_at;
  WallTime deadline_at;
  bool dispatched = false;
  SessionId session{};  // the connection, if dispatched
  Envelope envelope;    // empty if the exchange is already past needing it
  // From another gateway: written even if another exchange has what it claims, and then it claims that not.
  bool moved = false;
};

// An exchange that was waiting in its lane may be sent now.
struct DispatchedRecord {
  RequestId id;
  WallTime dispatched_at;
  SessionId session{};
  std::string kiosk_id{};
};

// The kiosk's answer, byte for byte.
struct AnsweredRecord {
  RequestId id;
  WallTime answered_at;
  bool late = false;
  bool valid = true;  // false: invalid_response, and `response` is the text as received
  Outcome outcome = Outcome::known;
  SharedBytes response;
  std::string kiosk_id{};
  std::optional<Digest> key{};  // of its claim, as in EndedRecord
  // What it says, by the rules of its time; nullopt: not kept (it comes from a journal of an older version).
  std::optional<AnswerResult> result{};
  std::optional<Digest> order_claim{};  // as in EndedRecord; its fate is fate_of(result)
  bool callback = false;                // as in EndedRecord
};

// An exchange timed out or was rejected.
struct EndedRecord {
  RequestId id;
  WallTime ended_at;
  State state = State::timed_out;
  ErrorCode why = ErrorCode::timeout;
  std::string kiosk_id{};
  // What it claimed: free again when it was rejected or cancelled.
  std::optional<Digest> key{};
  std::optional<Digest> order_claim{};
  bool callback = false;  // its order has a callback_url: this very record owes a callback
};

// A registered kiosk; replaces any earlier record with the same id.
struct KioskRecord {
  std::string id;
  std::string title;  // the display name, at most limits::kKioskTitleCharsMax characters
  bool enabled = true;
  std::uint32_t max_in_flight = 0;  // 0: KIOSK_MAX_IN_FLIGHT applies
  TokenDigest token_digest{};
  WallTime created_at{};
  WallTime token_expires_at{};
  // nullopt: not in its token, or registered before this was stored.
  std::optional<WallTime> token_issued_at{};
};
struct KioskRemovedRecord {
  std::string id;
};

// Connection history; written without confirmation.
struct ConnectionRecord {
  std::string kiosk_id;
  WallTime at;
  bool up = false;
  std::string address;
  std::string reason;  // how it connected or why it ended: "connected", "replaced", "closed 1001", "no pong"
};

// What happens to an exchange. Every record is safe to write twice: the second time changes nothing (what was
// lost in an outage of the store is appended again).
using Record = std::variant<AcceptedRecord, DispatchedRecord, AnsweredRecord, EndedRecord>;
const std::string& kiosk_of(const Record& record);
const RequestId& id_of(const Record& record);

// An operator's change, and its line of the audit trail; how a callback stands after a try; an answer that went
// unclaimed, or was claimed.
using RegistryChange = std::variant<KioskRecord, KioskRemovedRecord, KeyRecord, AuditRecord, SettingRecord,
                                    ResolvedRecord, CallbackRecord, UnclaimedRecord, ClaimedRecord>;

// An exchange as stored: what GET /requests/{id} shows and a restart resumes.
struct StoredExchange {
  RequestId id;
  Order order;
  State state = State::accepted;
  Outcome outcome = Outcome::open;
  bool late = false;
  bool response_valid = true;
  WallTime accepted_at{};
  WallTime deadline_at{};
  std::optional<WallTime> dispatched_at;
  std::optional<WallTime> answered_at;
  std::optional<WallTime> ended_at;  // timed out or rejected
  std::optional<ErrorCode> why;      // for a rejection
  // What its answer says; nullopt: there is none, or an older version wrote it down without.
  std::optional<AnswerResult> result;
  SharedBytes response;                      // null: none, or no longer kept
  std::shared_ptr<const Resolved> resolved;  // what somebody found out; null: nobody did, or had to
  std::optional<CallbackTries> callback{};   // the latest that is or was owed; read for single exchanges only
  bool unclaimed = false;                    // its caller may not have got the answer

  // A line of the ledger: nobody knows what happened, and nobody has found out yet.
  bool is_unresolved() const { return outcome == Outcome::unknown && !resolved; }
};

// What a record makes of an exchange, wherever exchanges are kept or shown (PROTOCOL.md 1.2): the first final
// state stands, except that an answer outdoes it. Returns false if nothing changed, as when a record comes for
// the second time. Requires a record of this exchange; its AcceptedRecord comes first, to a StoredExchange that
// is empty.
bool apply(StoredExchange& x, const Record& record);

struct StoredConnection {
  std::int64_t number = 0;  // grows with time; a page's cursor
  std::string kiosk_id;
  WallTime at;
  bool up = false;
  std::string address;
  std::string reason;
};

struct StoredAudit {
  std::int64_t number = 0;  // grows with time; a page's cursor
  AuditRecord record;
};

// What a start finds in the store.
struct StoreImage {
  std::vector<KioskRecord> kiosks;      // by id
  std::vector<KeyRecord> keys;          // by id, revoked ones included
  std::vector<SettingRecord> settings;  // by name
  std::vector<StoredExchange> open;     // neither answered nor ended, oldest first
  // Whose callers may not have got the answer, with it; the newest limits::kUnclaimedMax of them, oldest first.
  std::vector<StoredExchange> unclaimed;
  std::int64_t last_journal_key = 0;  // new ids must be above it
};

}  // namespace kgw
