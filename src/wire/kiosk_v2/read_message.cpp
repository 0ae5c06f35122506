#include "wire/kiosk_v2/read_message.hpp"

#include "wire/kiosk_frame.hpp"
#include "wire/kiosk_v2/bounds.hpp"
#include "wire/outcome_rules.hpp"

namespace kgw::kiosk_v2 {
namespace {

// As for v1: its request_id, or those that stand in a text which has no single one.
std::vector<RequestId> named_in(std::string_view text) {
  const OutcomeRules rules;
  KioskMessage message = KioskMessageReader(rules).read(text);
  if (message.kind == KioskMessage::Kind::answer) return {message.id};
  return std::move(message.named);
}

}  // namespace

Broken broken_text(std::string_view text, std::string why) {
  return Broken{std::move(why), {}, named_in(text)};
}

Broken broken_message(std::string_view type, const Members& members, std::string_view text) {
  return Broken{members.why(), std::string(type), named_in(text)};
}

Ignored ignored(std::string_view type_token) {
  std::string type = json_unescape(type_token);
  type.resize(cut(type, kLabelBytesMax).size());
  return Ignored{std::move(type)};
}

}  // namespace kgw::kiosk_v2
