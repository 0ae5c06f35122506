#include "admin/moved_lines.hpp"

#include <algorithm>
#include <memory>

#include "admin/key_changes.hpp"
#include "admin/key_form.hpp"
#include "admin/kiosk_form.hpp"
#include "admin/resolutions.hpp"
#include "base/limits.hpp"
#include "http/json_form.hpp"
#include "http/json_object.hpp"
#include "wire/base64.hpp"
#include "wire/jwt.hpp"

namespace kgw {
namespace {

using boost::json::object;
using boost::json::value;

std::string digest_text(const TokenDigest& digest) {
  return base64url_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

template <class Enum>
std::optional<Enum> named(std::string_view text, std::initializer_list<Enum> values) {
  for (const Enum one : values)
    if (name(one) == text) return one;
  return std::nullopt;
}

// Reads the members of one line. Keeps the first that is not allowed as the fault; what is read after it does
// not matter. A null member is absent.
class Members {
 public:
  explicit Members(const object& from) : from_(from) {}

  std::string_view text(std::string_view name) {
    const value* const found = find(name);
    if (found == nullptr) return {};
    if (!found->is_string()) return refuse(name, "a string"), std::string_view();
    return found->get_string();
  }
  std::string a_name(std::string_view name) {
    const std::string_view found = text(name);
    if (!is_name(found)) refuse(name, "1 to 64 characters of A-Z a-z 0-9 _ . : -");
    return std::string(found);
  }
  bool flag(std::string_view name, bool otherwise) {
    const value* const found = find(name);
    if (found == nullptr) return otherwise;
    if (!found->is_bool()) return refuse(name, "true or false"), otherwise;
    return found->get_bool();
  }
  std::uint32_t number(std::string_view name, std::int64_t most) {
    const value* const found = find(name);
    if (found == nullptr) return 0;
    if (!found->is_int64() || found->get_int64() < 1 || found->get_int64() > most)
      return refuse(name, "a number from 1 to " + std::to_string(most) + ", or null"), 0;
    return static_cast<std::uint32_t>(found->get_int64());
  }
  std::optional<WallTime> time(std::string_view name) {
    const value* const found = find(name);
    if (found == nullptr) return std::nullopt;
    const auto at = parse_rfc3339(text(name));
    if (!at) refuse(name, "a time like 2026-11-22T22:13:39.123Z");
    return at;
  }
  WallTime must_time(std::string_view name) {
    const auto at = time(name);
    if (!at) refuse(name, "a time like 2026-11-22T22:13:39.123Z");
    return at.value_or(WallTime());
  }
  TokenDigest digest(std::string_view name) {
    const auto bytes = base64url_decode(text(name));
    TokenDigest digest{};
    if (!bytes || bytes->size() != digest.size()) return refuse(name, "a digest exactly as exported"), digest;
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    return digest;
  }
  std::optional<Digest> may_digest(std::string_view name) {
    return find(name) == nullptr ? std::nullopt : std::optional(digest(name));
  }
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> all;
    const value* const found = find(name);
    if (found == nullptr) return all;
    const auto* const array = found->if_array();
    if (array == nullptr || array->size() > limits::kKeyPatternsMax)
      return refuse(name, "a list of strings"), all;
    for (const value& one : *array) {
      if (!one.is_string()) return refuse(name, "a list of strings"), all;
      all.emplace_back(one.get_string());
    }
    return all;
  }
  template <class Enum>
  Enum one_of(std::string_view name, std::initializer_list<Enum> values) {
    const auto found = named(text(name), values);
    if (!found) refuse(name, "exactly as exported");
    return found.value_or(*values.begin());
  }
  void refuse(std::string_view name, std::string_view allowed) {
    if (fault_.message.empty()) fault_ = bad_member(name, allowed);
  }
  const Fault& fault() const { return fault_; }
  bool good() const { return fault_.message.empty(); }

 private:
  const value* find(std::string_view name) const {
    const value* const found = from_.if_contains(name);
    return found == nullptr || found->is_null() ? nullptr : found;
  }
  const object& from_;
  Fault fault_{ErrorCode::invalid_argument, {}};
};

MovedKiosk kiosk_of(Members& in) {
  MovedKiosk kiosk;
  KioskRecord& r = kiosk.record;
  r.id = in.a_name("id");
  r.title = in.text("name");
  if (!is_kiosk_title(r.title))
    in.refuse("name", "a string of at most 128 characters without control characters");
  r.enabled = in.flag("enabled", true);
  r.max_in_flight = in.number("max_in_flight", limits::kMaxInFlightMax);
  r.created_at = in.time("created_at").value_or(WallTime());
  kiosk.token = in.text("token");
  if (!kiosk.token.empty()) return kiosk;
  r.token_digest = in.digest("token_digest");
  r.token_expires_at = in.must_time("token_expires_at");
  r.token_issued_at = in.time("token_issued_at");
  return kiosk;
}

constexpr std::string_view kScopeList = "a list of \"send\", \"read\" or \"admin\"";

KeyRecord key_of(Members& in) {
  KeyRecord r;
  r.id = in.text("id");
  if (!r.id.starts_with("k_") || !is_name(r.id)) in.refuse("id", "a key id, which begins with k_");
  r.name = in.a_name("name");
  r.owner = in.a_name("owner");
  // The admin key's own name: any other bearer could pass for the gateway's operator.
  if (r.name == "admin" || r.owner == "admin") in.refuse("name", "a name other than 'admin'");
  for (const std::string& scope : in.texts("scopes")) {
    if (const auto known = scope_named(scope)) r.scopes |= bit(*known);
    else in.refuse("scopes", kScopeList);
  }
  if (r.scopes == 0) in.refuse("scopes", kScopeList);
  r.kiosks = in.texts("kiosks");
  if (!std::all_of(r.kiosks.begin(), r.kiosks.end(), is_key_pattern))
    in.refuse("kiosks", "a list of kiosk ids, where * matches any characters");
  r.rate_per_second = in.number("rate_per_second", 1'000'000);
  r.digest = in.digest("digest");
  r.created_at = in.must_time("created_at");
  r.expires_at = in.time("expires_at");
  r.revoked_at = in.time("revoked_at");
  return r;
}

StoredExchange exchange_of(Members& in) {
  StoredExchange x;
  const auto id = RequestId::parse(in.text("id"));
  if (!id) in.refuse("id", "a request id");
  x.id = id.value_or(RequestId());
  x.order.kiosk_id = in.a_name("kiosk_id");
  x.order.operation = in.a_name("operation_type");
  x.order.order_id = in.text("order_id");
  x.order.owner = in.text("owner");
  const auto key = in.may_digest("claim_key");
  const auto claimed = in.may_digest("claim_request");
  if (key.has_value() != claimed.has_value()) in.refuse("claim_request", "together with 'claim_key'");
  if (key && claimed) x.order.claim = KeyClaim{*key, *claimed};
  x.order.order_claim = in.may_digest("order_claim");
  x.order.callback_url = in.text("callback_url");
  x.state = in.one_of("state", {State::answered, State::timed_out, State::rejected, State::cancelled});
  x.outcome = in.one_of("outcome", {Outcome::known, Outcome::unknown, Outcome::not_executed});
  x.late = in.flag("late", false);
  x.response_valid = in.flag("valid", true);
  x.accepted_at = in.must_time("created_at");
  x.deadline_at = in.must_time("deadline_at");
  x.dispatched_at = in.time("dispatched_at");
  x.ended_at = in.time("ended_at");
  x.answered_at = in.time("answered_at");
  if (x.state == State::answered ? !x.answered_at : !x.ended_at)
    in.refuse("state", "a state whose time is given");
  const std::string_view why = in.text("error");
  x.why = error_named(why);
  if (!why.empty() && !x.why) in.refuse("error", "an error code");
  if (const std::string_view said = in.text("result"); !said.empty()) {
    x.result = parse_answer_result(said);
    if (!x.result) in.refuse("result", "exactly as exported");
  }
  if (const std::string_view result = in.text("resolved"); !result.empty()) {
    Resolved what{in.one_of("resolved", {Resolution::done, Resolution::not_done}),
                  std::string(in.text("resolved_note")), std::string(in.text("resolved_by")),
                  in.must_time("resolved_at")};
    if (!is_resolution_note(what.note)) in.refuse("resolved_note", "exactly as exported");
    x.resolved = std::make_shared<const Resolved>(std::move(what));
  }
  if (const std::string_view response = in.text("response"); !response.empty())
    x.response = share(std::string(response));
  return x;
}

}  // namespace

std::string moved_line(const KioskRecord& kiosk) {
  JsonObject json;
  return json.text("kind", "kiosk")
      .text("id", kiosk.id)
      .text("name", kiosk.title)
      .boolean("enabled", kiosk.enabled)
      .number_or_null("max_in_flight", kiosk.max_in_flight)
      .time("created_at", kiosk.created_at)
      .text("token_digest", digest_text(kiosk.token_digest))
      .time("token_expires_at", kiosk.token_expires_at)
      .time("token_issued_at", kiosk.token_issued_at)
      .take();
}

std::string moved_line(const KeyRecord& key) {
  JsonObject json;
  json.text("kind", "key");
  add_key_members(json, key);
  return json.text("digest", digest_text(key.digest))
      .time("created_at", key.created_at)
      .time("expires_at", key.expires_at)
      .time("revoked_at", key.revoked_at)
      .take();
}

// The answer is included as a string, so that its bytes stay as they are.
std::string moved_line(const StoredExchange& ended) {
  const auto& claim = ended.order.claim;
  const auto& order_claim = ended.order.order_claim;
  JsonObject json;
  json.text("kind", "request")
      .text("id", ended.id.text())
      .text("kiosk_id", ended.order.kiosk_id)
      .text("operation_type", ended.order.operation)
      .text_or_null("order_id", ended.order.order_id)
      .text_or_null("owner", ended.order.owner)
      .text_or_null("claim_key", claim ? digest_text(claim->key) : std::string())
      .text_or_null("claim_request", claim ? digest_text(claim->request) : std::string())
      .text_or_null("order_claim", order_claim ? digest_text(*order_claim) : std::string())
      .text_or_null("callback_url", ended.order.callback_url)
      .text("state", name(ended.state))
      .text("outcome", name(ended.outcome))
      .boolean("late", ended.late)
      .boolean("valid", ended.response_valid)
      .time("created_at", ended.accepted_at)
      .time("deadline_at", ended.deadline_at)
      .time("dispatched_at", ended.dispatched_at)
      .time("ended_at", ended.ended_at)
      .time("answered_at", ended.answered_at)
      .text_or_null("result", ended.result ? name(*ended.result) : std::string_view())
      .text_or_null("error", ended.why ? info(*ended.why).name : std::string_view());
  if (ended.resolved)
    json.text("resolved", name(ended.resolved->result))
        .text("resolved_note", ended.resolved->note)
        .text("resolved_by", ended.resolved->by)
        .time("resolved_at", ended.resolved->at);
  if (ended.response) json.text("response", view(ended.response));
  else json.null("response");
  return json.take();
}

Result<MovedThing> parse_moved_line(std::string_view json) {
  JsonMember members[] = {
      {"kind"},        {"id"},           {"name"},          {"enabled"},          {"max_in_flight"},
      {"created_at"},  {"token"},        {"token_digest"},  {"token_expires_at"}, {"token_issued_at"},
      {"owner"},       {"callback_url"}, {"scopes"},        {"kiosks"},           {"rate_per_second"},
      {"digest"},      {"expires_at"},   {"revoked_at"},    {"kiosk_id"},         {"operation_type"},
      {"order_id"},    {"claim_key"},    {"claim_request"}, {"order_claim"},      {"state"},
      {"outcome"},     {"late"},         {"valid"},         {"deadline_at"},      {"dispatched_at"},
      {"ended_at"},    {"answered_at"},  {"result"},        {"resolved"},         {"resolved_note"},
      {"resolved_by"}, {"resolved_at"},  {"error"},         {"response"}};
  const auto form = parse_form(json, members, false);
  if (!form) return form.error();
  Members in(*form);
  const std::string_view kind = in.text("kind");
  MovedThing thing;
  if (kind == "kiosk") thing = kiosk_of(in);
  else if (kind == "key") thing = key_of(in);
  else if (kind == "request") thing = exchange_of(in);
  else in.refuse("kind", "kiosk, key or request");
  if (!in.good()) return in.fault();
  return thing;
}

std::vector<Record> records_of(const StoredExchange& ended) {
  const StoredExchange& x = ended;
  std::vector<Record> records;
  records.emplace_back(
      AcceptedRecord{x.id, share(x.order), x.accepted_at, x.deadline_at, false, SessionId::none, {}, true});
  const auto key = x.order.claim ? std::optional(x.order.claim->key) : std::nullopt;
  if (x.dispatched_at)
    records.emplace_back(DispatchedRecord{x.id, *x.dispatched_at, SessionId::none, x.order.kiosk_id});
  if (x.ended_at) {
    const State state = x.state == State::answered ? State::timed_out : x.state;
    records.emplace_back(EndedRecord{x.id, *x.ended_at, state, x.why.value_or(ErrorCode::timeout),
                                     x.order.kiosk_id, key, x.order.order_claim});
  }
  if (x.state == State::answered)
    records.emplace_back(AnsweredRecord{x.id, *x.answered_at, x.late, x.response_valid, x.outcome, x.response,
                                        x.order.kiosk_id, key, x.result, x.order.order_claim});
  return records;
}

ResolvedRecord resolution_of(const StoredExchange& ended) {
  const auto& claim = ended.order.claim;
  return {ended.id, ended.order.kiosk_id, *ended.resolved, claim ? std::optional(claim->key) : std::nullopt,
          ended.order.order_claim};
}

}  // namespace kgw
