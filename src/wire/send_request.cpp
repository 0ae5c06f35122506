// POST /send (PROTOCOL.md 1): one pass over the head's fields, then one over the body. Runs on the caller's
// thread; allocates only the order id and a fault's sentence.
#include "wire/send_request.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "wire/forwarded.hpp"
#include "wire/json_scan.hpp"
#include "wire/sha256.hpp"

namespace kgw {
namespace {

constexpr std::size_t kOrderIdBytesMax = 255;
constexpr std::size_t kKeyCharsMax = 255;

Fault invalid(std::string_view header, std::string_view what) {
  std::string message(header);
  message += ' ';
  message += what;
  return Fault{ErrorCode::invalid_header, std::move(message)};
}

// A field's name is the sender's: shown only as far as it certainly fits in a sentence.
std::string_view shown(std::string_view name) { return name.substr(0, 64); }

// The headers that are read here: the first of each name.
struct Fields {
  using Field = std::optional<std::string_view>;
  Field kiosk_id, operation, http_method, timeout, order_id, wait_online, callback_url, idempotency_key,
      content_type;
  bool prefers = false;

  Field* find(std::string_view name) {
    switch (name.size()) {
      case 12: return same_ignoring_case(name, "content-type") ? &content_type : nullptr;
      case 14: return same_ignoring_case(name, "header-timeout") ? &timeout : nullptr;
      case 15:
        if (same_ignoring_case(name, "header-kiosk-id")) return &kiosk_id;
        if (same_ignoring_case(name, "header-order-id")) return &order_id;
        return same_ignoring_case(name, "idempotency-key") ? &idempotency_key : nullptr;
      case 18:
        if (same_ignoring_case(name, "header-http-method")) return &http_method;
        return same_ignoring_case(name, "header-wait-online") ? &wait_online : nullptr;
      case 19: return same_ignoring_case(name, kCallbackUrl) ? &callback_url : nullptr;
      case 21: return same_ignoring_case(name, "header-operation-type") ? &operation : nullptr;
      default: return nullptr;
    }
  }
};

bool is_printable(std::string_view value) {
  for (const char c : value)
    if (c < 0x20 || c > 0x7e) return false;
  return true;
}

// Whether a second field of that name is rejected; a forwarded one must be unique too.
bool must_stand_once(std::string_view name) {
  return same_ignoring_case(name, kCallbackUrl) || same_ignoring_case(name, "authorization");
}

Result<void> read_fields(HttpFields headers, Fields& fields) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    const bool forwarded = is_forwarded(name);
    if (!forwarded && !must_stand_once(name)) {
      fields.prefers |= same_ignoring_case(name, "prefer");  // RFC 7240: in as many fields as one likes
      continue;
    }
    for (std::size_t before = 0; before < i; ++before)
      if (same_ignoring_case(headers[before].name, name))
        return invalid(shown(name), "is given more than once.");
    if (forwarded && !is_printable(value))
      return invalid(shown(name), "has a byte outside printable ASCII (0x20-0x7E).");
    if (auto* const field = fields.find(name); field != nullptr) *field = value;
  }
  return {};
}

// Returns the method as kiosks know it, whatever its case; nullopt if there is none of that name.
std::optional<std::string_view> http_method(std::string_view method) {
  for (const std::string_view known : {"POST", "GET", "PUT", "PATCH", "DELETE"})
    if (same_ignoring_case(method, known)) return known;
  return std::nullopt;
}

Result<std::string_view> required_name(std::string_view header, const Fields::Field& field) {
  if (!field) return Fault{ErrorCode::missing_header, std::string(header) + " is missing."};
  if (!is_name(*field)) return invalid(header, "must be 1 to 64 characters of A-Z a-z 0-9 _ . : -");
  return *field;
}

// application/json, or application/*+json (RFC 6839 3.1), with any parameters (RFC 9110 8.3.1).
bool is_json_media_type(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json", kApplication = "application/", kSuffix = "+json";
  const std::string_view type = ascii::trim(content_type.substr(0, content_type.find(';')));
  if (same_ignoring_case(type, kJson)) return true;
  if (type.size() <= kApplication.size() + kSuffix.size()) return false;
  return same_ignoring_case(type.substr(0, kApplication.size()), kApplication) &&
         same_ignoring_case(type.substr(type.size() - kSuffix.size()), kSuffix) &&
         std::all_of(type.begin() + kApplication.size(), type.end(), ascii::is_token_char);
}

Result<std::chrono::milliseconds> read_timeout(const Fields::Field& field, const SendSettings& settings) {
  if (!field) return std::chrono::milliseconds(settings.timeout);
  const auto seconds = ascii::parse_decimal(*field);
  if (!seconds || *seconds < 1 || *seconds > static_cast<std::uint64_t>(settings.timeout_max.count()))
    return invalid("Header-Timeout", "must be a whole number of seconds from 1 to " +
                                         std::to_string(settings.timeout_max.count()) + '.');
  return std::chrono::milliseconds(std::chrono::seconds(*seconds));
}

std::string list_of(const std::vector<std::string>& operations) {
  std::string all;
  for (const std::string& one : operations) all.append(all.empty() ? "" : ", ").append(one);
  return all.empty() ? "none" : all;
}

// That a long one needs `Prefer: respond-async` is for the caller to check.
Result<std::chrono::milliseconds> read_wait_online(const Fields::Field& field, std::string_view operation,
                                                   const SendSettings& settings) {
  constexpr std::string_view kName = "Header-Wait-Online";
  if (!field || *field == "0") return std::chrono::milliseconds(0);
  const auto seconds = ascii::parse_decimal(*field);
  if (!seconds || *seconds > static_cast<std::uint64_t>(limits::kWaitOnlineMax.count()))
    return invalid(kName, "must be a whole number of seconds from 0 to 3600.");
  const auto& may = settings.offline_wait;
  if (*seconds != 0 && std::find(may.begin(), may.end(), operation) == may.end())
    return invalid(kName, "is for operations that may wait for an offline kiosk (OFFLINE_WAIT_OPERATIONS: " +
                              list_of(may) + "); leave it out or send 0.");
  return std::chrono::milliseconds(std::chrono::seconds(*seconds));
}

Result<std::string_view> read_key(const Fields::Field& field, const ParsedSend& send,
                                  const SendSettings& settings) {
  constexpr std::string_view kName = "Idempotency-Key";
  const auto& must = settings.keys_required;
  if (!field) {
    if (std::find(must.begin(), must.end(), send.operation) == must.end()) return std::string_view();
    return Fault{ErrorCode::missing_header,
                 "Idempotency-Key is missing, and this gateway requires it for operation '" +
                     std::string(send.operation) + "' (REQUIRE_IDEMPOTENCY_KEY)."};
  }
  if (!settings.keys)
    return invalid(kName, "needs the journal, which this gateway runs without (JOURNAL=off); leave it out.");
  const auto key = read_idempotency_key(*field);
  if (!key) return invalid(kName, "must be 1 to 255 printable ASCII characters.");
  return *key;
}

void add_to(Sha256& sum, std::string_view text) {
  std::array<char, 8> size{};
  for (std::size_t i = 0; i < size.size(); ++i) size[i] = static_cast<char>(text.size() >> (8 * i));
  sum.add({size.data(), size.size()});  // so that no text runs into the next
  sum.add(text);
}

// A top-level scalar order_id of the body.
std::string order_id_of(const JsonMember& member) {
  if (member.count == 0 || member.value.size() > 6 * kOrderIdBytesMax + 2) return {};
  std::string id;
  if (member.kind == JsonKind::string) id = json_unescape(member.value);
  if (member.kind == JsonKind::number || member.kind == JsonKind::boolean) id = member.value;
  if (id.size() > kOrderIdBytesMax) id.clear();
  return id;
}

Result<void> read_body(std::string_view body, ParsedSend& send) {
  if (body.size() > limits::kBodyBytesMax) return Fault{ErrorCode::payload_too_large, {}};
  const std::string_view json = without_bom(body);
  send.body = json.empty() ? std::string_view("{}") : json;
  std::array<JsonMember, 1> members;
  members[0].name = "order_id";
  const JsonScan scan = json_scan(send.body, members);
  if (!scan.valid)
    return Fault{ErrorCode::invalid_json, "The body is not valid JSON at byte " +
                                              std::to_string(scan.error_offset + (body.size() - json.size())) +
                                              ": " + scan.error + '.'};
  if (!scan.is_object)
    return Fault{ErrorCode::invalid_json,
                 "The body is valid JSON but not an object; it must be one JSON object, starting at byte 0."};
  if (send.order_id.empty()) send.order_id = order_id_of(members[0]);
  return {};
}

}  // namespace

Result<ParsedSend> parse_send(HttpFields headers, std::string_view body, const SendSettings& settings) {
  Fields fields;
  if (auto read = read_fields(headers, fields); !read) return read.error();
  ParsedSend send;
  auto kiosk_id = required_name("Header-Kiosk-Id", fields.kiosk_id);
  if (!kiosk_id) return kiosk_id.error();
  send.kiosk_id = *kiosk_id;
  send.prefers = fields.prefers;
  auto operation = required_name("Header-Operation-Type", fields.operation);
  if (!operation) return operation.error();
  send.operation = *operation;
  const auto method = http_method(fields.http_method.value_or("POST"));
  if (!method) return invalid("Header-Http-Method", "must be GET, POST, PUT, PATCH or DELETE.");
  send.http_method = *method;
  auto timeout = read_timeout(fields.timeout, settings);
  if (!timeout) return timeout.error();
  send.timeout = *timeout;
  const auto wait_online = read_wait_online(fields.wait_online, send.operation, settings);
  if (!wait_online) return wait_online.error();
  send.wait_online = *wait_online;
  if (fields.order_id) {
    if (fields.order_id->size() > kOrderIdBytesMax)
      return invalid("Header-Order-Id", "must be at most 255 characters.");
    send.order_id = *fields.order_id;
  }
  const auto key = read_key(fields.idempotency_key, send, settings);
  if (!key) return key.error();
  send.idempotency_key = *key;
  if (fields.callback_url) {
    if (fields.callback_url->empty()) return invalid("Header-Callback-Url", "is empty; leave it out.");
    send.callback_url = *fields.callback_url;
  }
  if (fields.content_type && !is_json_media_type(*fields.content_type))
    return Fault{ErrorCode::unsupported_media_type, {}};
  if (auto read = read_body(body, send); !read) return read.error();
  return send;
}

// The quotes are of the IETF's draft (draft-ietf-httpapi-idempotency-key-header): a structured field's string.
std::optional<std::string_view> read_idempotency_key(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  if (value.empty() || value.size() > kKeyCharsMax || !is_printable(value)) return std::nullopt;
  return value;
}

Digest claimed_key(std::string_view owner, std::string_view key) {
  Sha256 sum;
  add_to(sum, owner);
  add_to(sum, key);
  return sum.end();
}

std::optional<KeyClaim> claim_of(const ParsedSend& send, std::string_view owner) {
  if (send.idempotency_key.empty()) return std::nullopt;
  Sha256 request;
  for (const std::string_view part : {send.kiosk_id, send.http_method, send.operation, send.body})
    add_to(request, part);
  const Digest of_request = request.end();
  return KeyClaim{claimed_key(owner, send.idempotency_key), of_request};
}

// Not of the kiosk: a customer whose kiosk failed goes to the next one, and is not to pay there again (ADR 22).
std::optional<Digest> order_claim_of(const ParsedSend& send, std::string_view owner,
                                     const SendSettings& settings) {
  const auto& unique = settings.unique_orders;
  if (send.order_id.empty() || std::find(unique.begin(), unique.end(), send.operation) == unique.end())
    return std::nullopt;
  Sha256 sum;
  for (const std::string_view part : {owner, std::string_view(send.order_id), send.operation})
    add_to(sum, part);
  return sum.end();
}

std::string error_body(ErrorCode code, std::string_view message, std::string_view kiosk_id,
                       const RequestId& id) {
  const ErrorInfo& about = info(code);
  if (message.empty()) message = about.sentence;
  std::string body;
  body.reserve(160 + message.size() + kiosk_id.size());
  body += R"({"status":"error","error":)";
  append_json_string(body, about.name);
  body += R"(,"message":)";
  append_json_string(body, message);
  body += about.safe_to_retry ? R"(,"safe_to_retry":true)" : R"(,"safe_to_retry":false)";
  if (!kiosk_id.empty()) {
    body += R"(,"kiosk_id":)";
    append_json_string(body, kiosk_id);
  }
  if (id) {
    body += R"(,"request_id":)";
    append_json_string(body, id.text());
  }
  body += '}';
  return body;
}

}  // namespace kgw
