#include "telegram/exchange_words.hpp"

#include <array>
#include <span>
#include <vector>

#include "telegram/text.hpp"
#include "wire/json_scan.hpp"

namespace kgw::telegram {
namespace {

constexpr std::size_t kTextBytesMax = 64 * 1024;  // longer ones are not parsed
constexpr std::size_t kValueUnitsMax = 48;

struct Interest {
  std::string_view operation;
  std::array<std::string_view, 8> request;
  std::array<std::string_view, 16> answer;
};

constexpr std::array<std::string_view, 16> kAnyAnswer{
    "status", "error", "message", "code", "response_code", "error_code", "error_message", "response_message"};
constexpr std::array<Interest, 4> kInterests{{
    {"payment",
     {"order_id", "sum", "amount", "total", "currency", "type", "method"},
     {"status", "error", "message", "code", "response_code", "error_code", "error_message", "response_message",
      "transaction_id", "rrn", "auth_code", "approval_code", "amount", "sum", "card", "pan"}},
    {"fiscal",
     {"order_id", "type", "operation", "sum", "total", "amount", "payment_type"},
     {"status", "error", "message", "code", "error_code", "error_message", "receipt_number", "fiscal_number",
      "fd", "fn", "fp", "shift", "sum", "url"}},
    {"kds",
     {"order_id", "number", "order_number", "type", "station"},
     {"status", "error", "message", "number"}},
    {"print",
     {"order_id", "template", "type", "document", "copies"},
     {"status", "error", "message", "printer"}},
}};
constexpr Interest kOther{"", {"order_id", "type"}, kAnyAnswer};

const Interest& interest_of(std::string_view operation) {
  for (const Interest& interest : kInterests)
    if (interest.operation == operation) return interest;
  return kOther;
}

// "sum=1000 currency=RUB": scalars only, in the order of `names`.
std::string fields(std::string_view object, std::span<const std::string_view> names) {
  std::vector<JsonMember> members;
  for (const std::string_view name : names)
    if (!name.empty()) members.push_back({name});
  if (!json_scan(object, members).is_object) return {};
  std::string out;
  for (const JsonMember& member : members) {
    if (member.count == 0 || member.kind == JsonKind::object || member.kind == JsonKind::array ||
        member.kind == JsonKind::null)
      continue;
    const std::string value =
        member.kind == JsonKind::string ? json_unescape(member.value) : std::string(member.value);
    out.append(out.empty() ? "" : " ").append(member.name).append("=");
    out += cut_plain(mask_cards(value), kValueUnitsMax);
  }
  return out;
}

}  // namespace

std::string request_fields(std::string_view operation, std::string_view body) {
  if (body.size() > kTextBytesMax) return {};
  return fields(body, interest_of(operation).request);
}

std::string answer_fields(std::string_view operation, std::string_view answer) {
  if (answer.size() > kTextBytesMax) return {};
  return fields(answer, interest_of(operation).answer);
}

}  // namespace kgw::telegram
