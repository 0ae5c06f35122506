// What a kiosk says: never more than eight ids, each of which stands in the text, in letters of any case; an
// answer is an object, behind a byte order mark or not.
#include <string>

#include "base/check.hpp"
#include "wire/json_scan.hpp"
#include "wire/kiosk_frame.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgw;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const OutcomeRules rules;
  KioskMessageReader reader(rules);
  const KioskMessage message = reader.read(text);
  KGW_CHECK(message.named.size() <= 8);
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  for (const RequestId& id : message.named) KGW_CHECK(lower.find(id.text()) != std::string::npos);
  KGW_CHECK(message.named.empty() || message.kind == KioskMessage::Kind::broken);
  if (message.kind != KioskMessage::Kind::broken) KGW_CHECK(json_scan(without_bom(text)).is_object);
  if (message.kind != KioskMessage::Kind::answer) KGW_CHECK(!message.id);
  else KGW_CHECK(reader.result("payment") == rules.classify("payment", text));
  return 0;
}
