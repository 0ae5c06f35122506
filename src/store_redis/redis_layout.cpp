#include "store_redis/redis_layout.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sstream>

#include "base/hex.hpp"

namespace kgw::redis_layout {
namespace {

using redis::Reply;

std::string text_of(std::int64_t value) { return std::to_string(value); }
std::string text_of(WallTime value) { return std::to_string(to_ms(value)); }

std::int64_t integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}
WallTime time(std::string_view text) { return wall_from_ms(integer(text)); }

TokenDigest digest_of(std::string_view digits) {
  TokenDigest digest{};
  return hex::read(digits, digest) ? digest : TokenDigest{};
}

// What HGETALL, or an entry of a stream, says of one field; empty: it has none of this name.
std::string_view field(const Reply& fields, std::string_view name) {
  for (std::size_t i = 0; i + 1 < fields.items.size(); i += 2)
    if (fields.items[i].text == name) return fields.items[i + 1].text;
  return {};
}

// In the order of exchange_fields().
enum Field : std::size_t {
  kOperation,
  kOrder,
  kOwner,
  kAccepted,
  kDeadline,
  kDispatched,
  kEndState,
  kEnded,
  kWhy,
  kAnswered,
  kLate,
  kValid,
  kOutcome,
  kResult,
  kClaimKey,
  kClaimRequest,
  kOrderClaim,
  kResolvedAt,
  kResolved,
  kResolvedNote,
  kResolvedBy,
  kCallbackUrl,
  kFirstCallback,
  kSecondCallback,
  kUnclaimedAt,
  kClaimedAt,
  kResponse,
  kFields
};

}  // namespace

std::string kiosk_key(std::string_view kiosk_id) { return "kgw:{" + std::string(kiosk_id) + "}:kiosk"; }
std::string connections_key(std::string_view kiosk_id) {
  return "kgw:{" + std::string(kiosk_id) + "}:connections";
}
std::string exchange_key(std::string_view kiosk_id, std::string_view request_id) {
  return "kgw:{" + std::string(kiosk_id) + "}:request:" + std::string(request_id);
}
std::string api_key_key(std::string_view key_id) { return "kgw:key:" + std::string(key_id); }

std::string claim_key(const Digest& key) { return "kgw:claim:" + hex::text(key); }

std::string claim_text(const KeyClaim& claim, std::string_view member) {
  return hex::text(claim.request) + ":" + std::string(member);
}

std::optional<Claimed> claim_of(std::string_view text) {
  constexpr std::size_t kDigits = 2 * std::tuple_size_v<Digest>;
  Claimed claimed;
  if (text.size() <= kDigits || text[kDigits] != ':' || !hex::read(text.substr(0, kDigits), claimed.request))
    return std::nullopt;
  claimed.member = text.substr(kDigits + 1);
  return claimed;
}

std::string order_key(const Digest& order) { return "kgw:order:" + hex::text(order); }

std::optional<ClaimedOrder> order_of(std::string_view text) {
  if (text.size() < 2 || text[1] != ':' || text[0] < '0' || text[0] > '3') return std::nullopt;
  return ClaimedOrder{static_cast<OrderFate>(text[0] - '0'), std::string(text.substr(2))};
}

std::string member_of(const RequestId& id, std::string_view kiosk_id) {
  return id.text() + ":" + std::string(kiosk_id);
}
std::string_view request_of(std::string_view member) { return member.substr(0, RequestId::kTextSize); }
std::string_view kiosk_of(std::string_view member) {
  return member.size() > RequestId::kTextSize ? member.substr(RequestId::kTextSize + 1) : std::string_view();
}

std::string callback_digits(std::int64_t number) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%016lld", static_cast<long long>(number));
  return text.data();
}
std::string callback_row(const CallbackRow& row) {
  return callback_digits(row.number) + ":" + std::to_string(row.n) + ":" + row.member;
}
std::optional<CallbackRow> callback_row_of(std::string_view text) {
  constexpr std::size_t kDigits = 16;
  if (text.size() <= kDigits + 3 || text[kDigits] != ':' || text[kDigits + 2] != ':') return std::nullopt;
  return CallbackRow{integer(text.substr(0, kDigits)),
                     static_cast<std::uint32_t>(integer(text.substr(kDigits + 1, 1))),
                     std::string(text.substr(kDigits + 3))};
}
std::string callback_field(std::uint32_t n) { return "callback" + std::to_string(n); }

std::string tries_text(const CallbackTries& tries) {
  std::string text = text_of(tries.owed_at) + " " + text_of(tries.next_at) + " ";
  text += text_of(std::int64_t{tries.failed}) + " " + (tries.tried_at ? text_of(*tries.tried_at) : "-") + " ";
  return text + text_of(std::int64_t{tries.status}) + " " + tries.why;
}

std::optional<CallbackTries> tries_of(std::string_view field, std::int64_t* number) {
  const auto word = [&field] {
    const std::string_view one = field.substr(0, field.find(' '));
    field.remove_prefix(std::min(field.size(), one.size() + 1));
    return one;
  };
  if (field.empty()) return std::nullopt;
  const std::int64_t of_row = integer(word());
  if (number != nullptr) *number = of_row;
  CallbackTries tries;
  tries.state = static_cast<CallbackState>(integer(word()));
  tries.owed_at = time(word());
  tries.next_at = time(word());
  tries.failed = static_cast<std::uint32_t>(integer(word()));
  if (const std::string_view tried = word(); tried != "-") tries.tried_at = time(tried);
  tries.status = static_cast<std::uint32_t>(integer(word()));
  tries.why = field;
  return tries;
}

// RFC 9562 5.7: 48 bits of milliseconds, the version 7, 12 bits of counter.
std::string prefix_of(std::int64_t journal_key) {
  const auto key = static_cast<std::uint64_t>(journal_key < 0 ? 0 : journal_key);
  std::array<char, 24> text{};
  const unsigned long long ms = (key >> 12) & 0xffff'ffff'ffffU;
  std::snprintf(text.data(), text.size(), "%08llx-%04llx-7%03llx", ms >> 16, ms & 0xffffU,
                static_cast<unsigned long long>(key & 0xfffU));
  return text.data();
}

std::string late_member(WallTime ended, std::string_view member) {
  std::array<char, 24> digits{};
  std::snprintf(digits.data(), digits.size(), "%013lld",
                static_cast<long long>(std::max<std::int64_t>(to_ms(ended), 0)));
  return std::string(digits.data()).append(":").append(member);
}
std::string_view member_of_late(std::string_view late) {
  return late.substr(std::min(late.find(':'), late.size() - 1) + 1);
}

std::string stream_id(std::int64_t number) {
  return std::to_string(number >> 12) + "-" + std::to_string(number & 0xfff);
}
std::int64_t number_of(std::string_view id) {
  const std::size_t dash = id.find('-');
  return dash == std::string_view::npos ? 0
                                        : (integer(id.substr(0, dash)) << 12) + integer(id.substr(dash + 1));
}

std::string final_id(std::int64_t number) {
  return std::to_string(number >> 20) + "-" + std::to_string(number & 0xf'ffff);
}
std::int64_t final_number_of(std::string_view id) {
  const std::size_t dash = id.find('-');
  return dash == std::string_view::npos ? 0
                                        : (integer(id.substr(0, dash)) << 20) + integer(id.substr(dash + 1));
}

// ---------------------------------------------------------------- writing

Fields fields_of(const AcceptedRecord& r) {
  const Order& order = *r.order;
  Fields fields{"operation",   order.operation,       "accepted_at", text_of(r.accepted_at),
                "deadline_at", text_of(r.deadline_at)};
  const auto add = [&fields](const char* name, std::string value) {
    fields.emplace_back(name);
    fields.push_back(std::move(value));
  };
  if (!order.order_id.empty()) add("order_id", order.order_id);
  if (!order.owner.empty()) add("owner", order.owner);
  if (!order.callback_url.empty()) add("callback", order.callback_url);
  if (order.claim) {
    add("claim", hex::text(order.claim->key));
    add("claim_request", hex::text(order.claim->request));
  }
  if (order.order_claim) add("order_claim", hex::text(*order.order_claim));
  if (r.dispatched) {
    add("dispatched_at", text_of(r.accepted_at));
    add("session", std::to_string(static_cast<std::uint64_t>(r.session)));
  }
  if (r.envelope) add("body", *r.envelope.text);
  return fields;
}

Fields fields_of(const AnsweredRecord& r) {
  Fields fields{
      "answered_at", text_of(r.answered_at),       "late",    r.late ? "1" : "0",
      "valid",       r.valid ? "1" : "0",          "outcome", text_of(static_cast<std::int64_t>(r.outcome)),
      "response",    std::string(view(r.response))};
  if (r.result) fields.insert(fields.end(), {"result", std::string(name(*r.result))});
  return fields;
}

Fields fields_of(const KioskRecord& r) {
  return {"id",
          r.id,
          "name",
          r.title,
          "enabled",
          r.enabled ? "1" : "0",
          "max_in_flight",
          text_of(static_cast<std::int64_t>(r.max_in_flight)),
          "token_digest",
          hex::text(r.token_digest),
          "created_at",
          text_of(r.created_at),
          "token_expires_at",
          text_of(r.token_expires_at),
          "token_issued_at",
          r.token_issued_at ? text_of(*r.token_issued_at) : ""};
}

Fields fields_of(const KeyRecord& r) {
  std::string patterns;
  for (const std::string& pattern : r.kiosks) patterns.append(patterns.empty() ? "" : " ").append(pattern);
  return {"id",         r.id,
          "name",       r.name,
          "owner",      r.owner,
          "scopes",     text_of(static_cast<std::int64_t>(r.scopes)),
          "kiosks",     patterns,
          "rate",       text_of(static_cast<std::int64_t>(r.rate_per_second)),
          "digest",     hex::text(r.digest),
          "created_at", text_of(r.created_at),
          "expires_at", r.expires_at ? text_of(*r.expires_at) : "",
          "revoked_at", r.revoked_at ? text_of(*r.revoked_at) : ""};
}

Fields fields_of(const AuditRecord& r) {
  return {"at",      text_of(r.at), "actor",  r.actor,  "via",    r.via,    "address",
          r.address, "action",      r.action, "target", r.target, "detail", r.detail};
}

Fields fields_of(const ResolvedRecord& r) {
  return {"resolved_at",   text_of(r.what.at), "resolved",    std::string(name(r.what.result)),
          "resolved_note", r.what.note,        "resolved_by", r.what.by};
}

Fields fields_of(const ConnectionRecord& r) {
  return {"kiosk",          r.kiosk_id, "at",      text_of(r.at), "up",
          r.up ? "1" : "0", "address",  r.address, "reason",      r.reason};
}

// ---------------------------------------------------------------- reading

const std::vector<std::string>& exchange_fields() {
  static const std::vector<std::string> names = {
      "operation",    "order_id",      "owner",       "accepted_at",   "deadline_at", "dispatched_at",
      "end_state",    "ended_at",      "why",         "answered_at",   "late",        "valid",
      "outcome",      "result",        "claim",       "claim_request", "order_claim", "resolved_at",
      "resolved",     "resolved_note", "resolved_by", "callback",      "callback1",   "callback2",
      "unclaimed_at", "claimed_at",    "response"};
  return names;
}

std::string_view callback_text(const Reply& values, std::uint32_t n) {
  const std::size_t at = n == 1 ? kFirstCallback : kSecondCallback;
  return values.items.size() > at ? std::string_view(values.items[at].text) : std::string_view();
}

// The first of its final states stands (PROTOCOL.md 1.2), and an answer beats it.
std::optional<StoredExchange> exchange_of(std::string_view member, const Reply& values, bool ended) {
  const auto id = RequestId::parse(request_of(member));
  if (!id || values.items.size() + 1 < kFields || values.items[kAccepted].is_null()) return std::nullopt;
  const auto has = [&](Field at) { return values.items.size() > at && !values.items[at].is_null(); };
  const auto text = [&](Field at) { return std::string_view(values.items[at].text); };
  StoredExchange x;
  const bool answered = has(kAnswered) && !ended;
  x.id = *id;
  x.order.kiosk_id = kiosk_of(member);
  x.order.operation = text(kOperation);
  x.order.order_id = text(kOrder);
  x.order.owner = text(kOwner);
  if (has(kClaimKey)) x.order.claim = KeyClaim{digest_of(text(kClaimKey)), digest_of(text(kClaimRequest))};
  if (has(kOrderClaim)) x.order.order_claim = digest_of(text(kOrderClaim));
  if (has(kCallbackUrl)) x.order.callback_url = text(kCallbackUrl);
  for (const Field at : {kFirstCallback, kSecondCallback})
    if (has(at)) x.callback = tries_of(text(at));
  x.accepted_at = time(text(kAccepted));
  x.deadline_at = time(text(kDeadline));
  if (has(kDispatched)) x.dispatched_at = time(text(kDispatched));
  x.state = x.dispatched_at ? State::dispatched : State::accepted;
  if (has(kEndState)) {
    x.state = static_cast<State>(integer(text(kEndState)));
    x.ended_at = time(text(kEnded));
    x.outcome = x.state == State::timed_out ? Outcome::unknown : Outcome::not_executed;
    if (x.state == State::rejected) x.why = error_named(text(kWhy));
    // What was to leave in the very commit that failed was rejected afterwards: it did not leave.
    if (x.state != State::timed_out && !answered) x.dispatched_at.reset();
  }
  if (answered) {
    x.state = State::answered;
    x.answered_at = time(text(kAnswered));
    x.late = text(kLate) == "1";
    x.response_valid = text(kValid) == "1";
    x.outcome = static_cast<Outcome>(integer(text(kOutcome)));
    x.result = result_kept(x.response_valid, x.outcome,
                           has(kResult) ? parse_answer_result(text(kResult)) : std::nullopt);
    x.why.reset();
    x.unclaimed = has(kUnclaimedAt) && !has(kClaimedAt);
    if (has(kResponse)) x.response = share(std::string(text(kResponse)));
  }
  if (const auto result = resolution_named(text(kResolved)); result && has(kResolvedAt))
    x.resolved = std::make_shared<const Resolved>(Resolved{
        *result, std::string(text(kResolvedNote)), std::string(text(kResolvedBy)), time(text(kResolvedAt))});
  return x;
}

std::optional<KioskRecord> kiosk_of(const Reply& hash) {
  KioskRecord r;
  r.id = field(hash, "id");
  if (r.id.empty()) return std::nullopt;
  r.title = field(hash, "name");
  r.enabled = field(hash, "enabled") == "1";
  r.max_in_flight = static_cast<std::uint32_t>(integer(field(hash, "max_in_flight")));
  r.token_digest = digest_of(field(hash, "token_digest"));
  r.created_at = time(field(hash, "created_at"));
  r.token_expires_at = time(field(hash, "token_expires_at"));
  if (const auto at = field(hash, "token_issued_at"); !at.empty()) r.token_issued_at = time(at);
  return r;
}

std::optional<KeyRecord> key_of(const Reply& hash) {
  KeyRecord r;
  r.id = field(hash, "id");
  if (r.id.empty()) return std::nullopt;
  r.name = field(hash, "name");
  r.owner = field(hash, "owner");
  r.scopes = static_cast<std::uint8_t>(integer(field(hash, "scopes")));
  std::istringstream patterns{std::string(field(hash, "kiosks"))};
  for (std::string pattern; patterns >> pattern;) r.kiosks.push_back(pattern);
  r.rate_per_second = static_cast<std::uint32_t>(integer(field(hash, "rate")));
  r.digest = digest_of(field(hash, "digest"));
  r.created_at = time(field(hash, "created_at"));
  if (const auto at = field(hash, "expires_at"); !at.empty()) r.expires_at = time(at);
  if (const auto at = field(hash, "revoked_at"); !at.empty()) r.revoked_at = time(at);
  return r;
}

std::vector<SettingRecord> settings_of(const Reply& hash) {
  std::vector<SettingRecord> settings;
  for (std::size_t i = 0; i + 1 < hash.items.size(); i += 2)
    settings.push_back({hash.items[i].text, hash.items[i + 1].text});
  std::sort(settings.begin(), settings.end(),
            [](const SettingRecord& a, const SettingRecord& b) { return a.name < b.name; });
  return settings;
}

std::optional<StoredConnection> connection_of(const Reply& entry) {
  if (entry.items.size() != 2) return std::nullopt;
  const Reply& fields = entry.items[1];
  return StoredConnection{number_of(entry.items[0].text),
                          std::string(field(fields, "kiosk")),
                          time(field(fields, "at")),
                          field(fields, "up") == "1",
                          std::string(field(fields, "address")),
                          std::string(field(fields, "reason"))};
}

std::optional<Final> final_of(const Reply& entry) {
  if (entry.items.size() != 2) return std::nullopt;
  const Reply& fields = entry.items[1];
  return Final{final_number_of(entry.items[0].text), std::string(field(fields, "request")),
               field(fields, "state") == "2"};
}

std::optional<StoredAudit> audit_of(const Reply& entry) {
  if (entry.items.size() != 2) return std::nullopt;
  const Reply& fields = entry.items[1];
  const auto text = [&fields](std::string_view name) { return std::string(field(fields, name)); };
  return StoredAudit{number_of(entry.items[0].text),
                     {time(field(fields, "at")), text("actor"), text("via"), text("address"), text("action"),
                      text("target"), text("detail")}};
}

}  // namespace kgw::redis_layout
