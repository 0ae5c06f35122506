// Composes envelopes for a kiosk in one go, and parses a v1 kiosk's messages (PROTOCOL.md 3). No state; runs
// on the caller's thread.
#include "wire/kiosk_frame.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "wire/forwarded.hpp"
#include "wire/json_scan.hpp"
#include "wire/send_request.hpp"
#include "wire/trace_context.hpp"

namespace kgw {
namespace {

constexpr std::string_view kHttpMethod = "header-http-method";
constexpr std::size_t kNamedMax = 8;

// Which of a request's fields reach the kiosk. REQUIRES limits::kHeaderFieldsMax of them at most.
class Forwarded {
 public:
  explicit Forwarded(HttpFields given) : given_(given) {
    for (std::uint32_t i = 0; i < given.size(); ++i)
      if (is_forwarded(given[i].name)) indices_[count_++] = i;
  }
  std::size_t count() const { return count_; }
  const HttpField& operator[](std::size_t i) const { return given_[indices_[i]]; }

 private:
  const HttpFields given_;
  std::size_t count_ = 0;
  std::array<std::uint32_t, limits::kHeaderFieldsMax> indices_;
};

// Room for the whole text, were every character of a value escaped by one more.
std::size_t text_bytes_at_most(const Forwarded& headers, const ParsedSend& send) {
  std::size_t bytes = envelope_layout::kId.size() + RequestId::kTextSize + envelope_layout::kHeaders.size() +
                      envelope_layout::kBody.size() + send.body.size() + 1 + kHttpMethod.size() +
                      send.http_method.size() + 6;
  for (std::size_t i = 0; i < headers.count(); ++i)
    bytes += headers[i].name.size() + 2 * headers[i].value.size() + 6;
  return bytes;
}

// A field's name is a token: nothing in it needs an escape.
void append_name(std::string& out, std::string_view name) {
  out += '"';
  out += name;
  make_small(out.data() + out.size() - name.size(), name.size());
  out += "\":";
}

void append_headers(std::string& out, const Forwarded& headers, const ParsedSend& send) {
  bool names_method = false;
  for (std::size_t i = 0; i < headers.count(); ++i) {
    const auto [name, value] = headers[i];
    if (same_ignoring_case(name, "traceparent") && !trace_id_of(value)) continue;
    const bool is_method = same_ignoring_case(name, kHttpMethod);
    names_method = names_method || is_method;
    append_name(out, name);
    append_json_string(out, is_method ? send.http_method : value);
    out += ',';
  }
  if (!names_method) {
    append_name(out, kHttpMethod);
    append_json_string(out, send.http_method);
    return;
  }
  out.pop_back();
}

// Whether the UUID at `at` stands alone: no letter, digit or '-' next to it.
bool stands_alone(std::string_view text, std::size_t at) {
  const auto joins = [](char c) { return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-'; };
  const std::size_t end = at + RequestId::kTextSize;
  return (at == 0 || !joins(text[at - 1])) && (end == text.size() || !joins(text[end]));
}

std::vector<RequestId> ids_in(std::string_view text) {
  std::vector<RequestId> ids;
  for (std::size_t dash = text.find('-'); dash != std::string_view::npos && ids.size() < kNamedMax;
       dash = text.find('-', dash + 1)) {
    if (dash < 8) continue;
    const std::size_t at = dash - 8;
    if (text.size() - at < RequestId::kTextSize) break;
    const auto id = RequestId::parse(text.substr(at, RequestId::kTextSize));
    if (!id || !stands_alone(text, at)) continue;
    if (std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*id);
  }
  return ids;
}

std::optional<RequestId> read_id(const JsonMember& member) {
  if (member.kind != JsonKind::string) return std::nullopt;
  const std::string_view inner = member.value.substr(1, member.value.size() - 2);
  if (inner.size() == RequestId::kTextSize) return RequestId::parse(inner);
  if (inner.size() > 6 * RequestId::kTextSize || inner.find('\\') == std::string_view::npos)
    return std::nullopt;
  return RequestId::parse(json_unescape(member.value));
}

}  // namespace

Result<Envelope> compose_envelope(const RequestId& id, HttpFields given, const ParsedSend& send) {
  const Forwarded headers(given);
  std::string text;
  text.reserve(text_bytes_at_most(headers, send));
  text += envelope_layout::kId;
  text.resize(text.size() + RequestId::kTextSize);
  id.write_to(text.data() + text.size() - RequestId::kTextSize);
  text += envelope_layout::kHeaders;
  append_headers(text, headers, send);
  text += envelope_layout::kBody;
  const auto body_at = static_cast<std::uint32_t>(text.size());
  text += send.body;
  text += '}';
  if (text.size() > limits::kFrameBytesMax) return Fault{ErrorCode::payload_too_large, {}};
  return Envelope{share(std::move(text)), body_at};
}

KioskMessageReader::KioskMessageReader(const OutcomeRules& rules)
    : rules_(rules),
      members_(rules.members().size()),
      request_id_(index_of("request_id")),
      type_(index_of("type")) {
  for (std::size_t i = 0; i < rules.members().size(); ++i) members_[i].name = rules.members()[i];
}

// A rule may read the same member.
std::size_t KioskMessageReader::index_of(std::string_view name) {
  const auto known = rules_.members();
  if (const auto found = std::find(known.begin(), known.end(), name); found != known.end())
    return static_cast<std::size_t>(found - known.begin());
  members_.emplace_back().name = name;
  return members_.size() - 1;
}

KioskMessage KioskMessageReader::read(std::string_view text) {
  const JsonScan scan = json_scan(text, members_);
  const JsonMember& request_id = members_[request_id_];
  const JsonMember& type = members_[type_];
  KioskMessage message;
  if (!scan.is_object || request_id.count > 1) {
    message.kind = KioskMessage::Kind::broken;
    message.named = ids_in(text);
    return message;
  }
  if (request_id.count == 0) {
    if (type.count == 1 && json_equals(type.value, "ping")) message.kind = KioskMessage::Kind::ping;
    return message;
  }
  const auto id = read_id(request_id);
  if (!id) return message;
  message.kind = KioskMessage::Kind::answer;
  message.id = *id;
  return message;
}

}  // namespace kgw
