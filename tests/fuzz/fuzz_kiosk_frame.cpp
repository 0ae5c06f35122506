// What a kiosk says: never more than eight ids, each of which stands in the text; an answer is an object.
#include "base/check.hpp"
#include "wire/json_scan.hpp"
#include "wire/kiosk_frame.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgw;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const KioskMessage message = parse_kiosk_message(text);
  KGW_CHECK(message.named.size() <= 8);
  for (const RequestId& id : message.named) KGW_CHECK(text.find(id.text()) != std::string_view::npos);
  KGW_CHECK(message.named.empty() || message.kind == KioskMessage::Kind::broken);
  if (message.kind != KioskMessage::Kind::broken) KGW_CHECK(json_scan(text).is_object);
  if (message.kind != KioskMessage::Kind::answer) KGW_CHECK(!message.id && !message.outcome_unknown);
  return 0;
}
