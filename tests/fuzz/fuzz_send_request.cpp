// A whole POST /send, head and body: what passes becomes an envelope that is one JSON object with the body byte
// for byte in it.
#include <array>
#include <string>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "wire/json_scan.hpp"
#include "wire/kiosk_frame.hpp"
#include "wire/send_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgw;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t searched = 0;
  const std::size_t end = find_head_end(text, searched);
  HttpHead head;
  if (end == 0 || !parse_http_head(text.substr(0, end), head)) return 0;
  const std::string_view body = text.substr(end);
  const auto send = parse_send(head.all(), body, {});
  const RequestId id = *RequestId::parse("01937a5e-0000-7000-8000-0123456789ab");
  if (!send) {
    KGW_CHECK(json_scan(error_body(send.error().code, send.error().message, "k", id)).is_object);
    return 0;
  }
  KGW_CHECK(is_name(send->kiosk_id) && is_name(send->operation) && send->order_id.size() <= 255);
  const auto envelope = compose_envelope(id, head.all(), *send);
  KGW_CHECK(envelope.has_value());
  std::array<JsonMember, 3> members;
  members[0].name = "request_id";
  members[1].name = "headers";
  members[2].name = "body";
  KGW_CHECK(json_scan(*envelope->text, members).is_object);
  for (const JsonMember& member : members) KGW_CHECK(member.count == 1);
  const std::string_view json = without_bom(body);
  KGW_CHECK(envelope->body() == (json.empty() ? "{}" : json));
  KGW_CHECK(body_in(*envelope->text) == envelope->body());
  return 0;
}
