// Protocol v2, both directions: what was read is composed, is read again as the same value, and is composed as
// the same bytes; what is broken says why and names at most eight ids; a request's head before an envelope is
// that request.
#include <string>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "wire/json_scan.hpp"
#include "wire/kiosk_v2/bounds.hpp"
#include "wire/kiosk_v2/compose.hpp"
#include "wire/kiosk_v2/read.hpp"

namespace {

using namespace kgw;
using namespace kgw::kiosk_v2;

void check_head(const FromGateway& message) {
  const Request* const request = std::get_if<Request>(&message);
  if (request == nullptr) return;
  const std::string head = request_head(*request);
  KGW_CHECK(head.size() <= kRequestHeadBytesMax);
  std::string text = head + "\"request_id\":\"" + request->request_id.text() + "\",\"headers\":";
  text += request->headers;
  text += ",\"body\":";
  text += request->body;
  text += '}';
  KGW_CHECK(read_from_gateway(text) == ReadFromGateway(message));
}
void check_head(const FromAgent&) {}

template <class Message, class Read>
void check(std::string_view text, Read read_text) {
  const auto read = read_text(text);
  if (const auto* const broken = std::get_if<Broken>(&read)) {
    KGW_CHECK(!broken->why.empty());
    KGW_CHECK(broken->named.size() <= 8);
    return;
  }
  KGW_CHECK(json_scan(without_bom(text)).is_object);
  const auto* const message = std::get_if<Message>(&read);
  if (message == nullptr) {
    KGW_CHECK(std::get<Ignored>(read).type.size() <= kLabelBytesMax);
    return;
  }
  const auto composed = compose(*message);
  if (text.size() < limits::kFrameBytesMax / 2) KGW_CHECK(composed.has_value());
  if (!composed) return;
  const auto again = read_text(*composed);
  KGW_CHECK(again == read);
  const auto composed_again = compose(std::get<Message>(again));
  KGW_CHECK(composed_again.has_value() && *composed_again == *composed);
  check_head(*message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check<FromGateway>(text, [](std::string_view one) { return read_from_gateway(one); });
  check<FromAgent>(text, [](std::string_view one) { return read_from_agent(one); });
  return 0;
}
