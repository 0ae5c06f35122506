// Redis' keys and fields, in one place; docs/redis.md describes them for people. All keys begin with "kgw:";
// those of one kiosk share the hash tag {its id}, so that they are in one slot of a cluster. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/order_fate.hpp"
#include "core/records.hpp"
#include "redis/reply.hpp"

namespace kgw::redis_layout {

inline constexpr const char* kLease = "kgw:lease";          // string: which gateway may write
inline constexpr const char* kEpoch = "kgw:epoch";          // integer: grows whenever the lease changes hands
inline constexpr const char* kMeta = "kgw:meta";            // hash: schema, commits, last, bodies_from
inline constexpr const char* kKiosks = "kgw:kiosks";        // set of kiosk ids
inline constexpr const char* kKeys = "kgw:keys";            // set of the ids of API keys
inline constexpr const char* kExchanges = "kgw:exchanges";  // sorted set of members, all with score 0
inline constexpr const char* kOpen = "kgw:open";            // those that have not ended
inline constexpr const char* kLateBodies = "kgw:late_bodies";   // sorted set of late_member()s
inline constexpr const char* kConnections = "kgw:connections";  // stream: connection history
inline constexpr const char* kAudit = "kgw:audit";              // stream: the audit trail
// sorted set: members of those whose callers may not have got the answer.
inline constexpr const char* kUnclaimed = "kgw:unclaimed";
// stream: what became final, as member and state; its ids are Redis' time.
inline constexpr const char* kFinals = "kgw:finals";
inline constexpr const char* kSettings = "kgw:settings";  // hash: values kept by parts of the gateway, by name
// Sorted sets, all with score 0, of callback_row(): all, and by CallbackState.
inline constexpr const char* kCallbacks = "kgw:callbacks";
inline constexpr const char* kCallbacksBy[] = {"kgw:callbacks:owed", "kgw:callbacks:delivered",
                                               "kgw:callbacks:dead", "kgw:callbacks:gone"};
inline constexpr int kSchema = 1;

std::string kiosk_key(std::string_view kiosk_id);
std::string connections_key(std::string_view kiosk_id);
std::string exchange_key(std::string_view kiosk_id, std::string_view request_id);
std::string claim_key(const Digest& key);  // string: "<request's digest>:<member>", of an Idempotency-Key
// string: "<fate>:<member>", of an order that may have one request only; <fate>: a digit (OrderFate)
std::string order_key(const Digest& order);
std::string api_key_key(std::string_view key_id);

// An exchange in the indexes: "<request id>:<kiosk id>". Request ids grow with time, so members are ordered
// by time.
std::string member_of(const RequestId& id, std::string_view kiosk_id);
std::string_view request_of(std::string_view member);
std::string_view kiosk_of(std::string_view member);
// The common prefix of all members with this journal key.
std::string prefix_of(std::int64_t journal_key);

// A row of a stream: its number is (milliseconds << 12 | count), its id is "<milliseconds>-<count>".
std::string stream_id(std::int64_t number);
std::int64_t number_of(std::string_view stream_id);

// An exchange whose body is kept though the bodies' sweep has passed it, since it had not ended long ago, or
// not at all: "<when it ended, in 13 digits>:<member>", so that they are ordered by their end.
std::string late_member(WallTime ended, std::string_view member);
std::string_view member_of_late(std::string_view late);
// An entry of kFinals: its number is (milliseconds << 20 | count). A server's clock may have been set back: the
// count then goes on from the last one.
std::string final_id(std::int64_t number);
std::int64_t final_number_of(std::string_view stream_id);

// A callback in the indexes: "<16 digits of its number>:<n>:<member of its exchange>". What is known of it is
// in the exchange's field callback_field(n): "<16 digits> <state> " and tries_text().
struct CallbackRow {
  std::int64_t number = 0;
  std::uint32_t n = 1;
  std::string member;
};
std::string callback_row(const CallbackRow& row);
std::optional<CallbackRow> callback_row_of(std::string_view text);
std::string callback_digits(std::int64_t number);  // 16
std::string callback_field(std::uint32_t n);
std::string tries_text(const CallbackTries& tries);
// Reads a callback_field(); nullopt if there is none. `number`: if not null, its number.
std::optional<CallbackTries> tries_of(std::string_view field, std::int64_t* number = nullptr);

using Fields = std::vector<std::string>;  // name, value, name, value, ...

Fields fields_of(const AcceptedRecord& record);
Fields fields_of(const AnsweredRecord& record);
Fields fields_of(const KioskRecord& record);
Fields fields_of(const KeyRecord& record);
Fields fields_of(const AuditRecord& record);
Fields fields_of(const ConnectionRecord& record);
Fields fields_of(const ResolvedRecord& record);

// What the value of claim_key() says.
struct Claimed {
  Digest request;
  std::string member;
};
std::string claim_text(const KeyClaim& claim, std::string_view member);
std::optional<Claimed> claim_of(std::string_view text);

// What the value of order_key() says.
struct ClaimedOrder {
  OrderFate fate;
  std::string member;
};
std::optional<ClaimedOrder> order_of(std::string_view text);

// The fields of an exchange that a StoredExchange needs, for HMGET; the answer's bytes are the last one.
const std::vector<std::string>& exchange_fields();
// Of its reply: callback_field(n); empty: none.
std::string_view callback_text(const redis::Reply& values, std::uint32_t n);
// Converts its reply; nullopt if there is no such exchange (all fields are null). `ended`: as it was when its
// end was written, whatever was answered later.
std::optional<StoredExchange> exchange_of(std::string_view member, const redis::Reply& values,
                                          bool ended = false);
// Convert replies to HGETALL; nullopt if there is none or it is damaged.
std::optional<KioskRecord> kiosk_of(const redis::Reply& hash);
std::optional<KeyRecord> key_of(const redis::Reply& hash);
std::vector<SettingRecord> settings_of(const redis::Reply& hash);  // by name
// An entry of kFinals.
struct Final {
  std::int64_t number = 0;
  std::string member;
  bool answered = false;
};
std::optional<Final> final_of(const redis::Reply& entry);
// Convert an entry of XRANGE: its id and its fields.
std::optional<StoredConnection> connection_of(const redis::Reply& entry);
std::optional<StoredAudit> audit_of(const redis::Reply& entry);

}  // namespace kgw::redis_layout
