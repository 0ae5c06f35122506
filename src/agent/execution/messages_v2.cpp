#include "agent/execution/messages_v2.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "agent/execution/local_answer.hpp"
#include "base/check.hpp"
#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "wire/json_scan.hpp"
#include "wire/kiosk_v2/bounds.hpp"
#include "wire/kiosk_v2/compose.hpp"

namespace kgw {
namespace {

std::vector<RequestId> ids_of(const std::vector<std::string>& texts) {
  std::vector<RequestId> ids;
  for (const std::string& text : texts)
    if (const auto id = RequestId::parse(text)) ids.push_back(*id);
  return ids;
}

// Of one that surely fits.
std::string text_of(const kiosk_v2::FromAgent& message) {
  auto text = kiosk_v2::compose(message);
  KGW_CHECK(text.has_value());
  return *std::move(text);
}

kiosk_v2::ResultHow how_of(ResultKind kind) {
  switch (kind) {
    case ResultKind::lookup: return kiosk_v2::ResultHow::lookup;
    case ResultKind::interrupted: return kiosk_v2::ResultHow::interrupted;
    case ResultKind::answer:
    case ResultKind::declined: break;  // its response says that nothing was done
  }
  return kiosk_v2::ResultHow::answer;
}

}  // namespace

std::string v2_resume(std::string_view outbox_id, const OutboxHeld& held, const Routes& routes) {
  kiosk_v2::Resume resume;
  resume.outbox_id = outbox_id;
  resume.accepted = ids_of(held.waiting);
  resume.executing = ids_of(held.started);
  resume.finished = ids_of(held.finished);
  resume.agent_version = KGW_VERSION;
  for (const Route& route : routes.all()) {
    if (route.operation.empty() || resume.routes.size() == kiosk_v2::kRoutesMax) continue;
    kiosk_v2::AgentRoute one;
    one.operation = route.operation;
    one.concurrency =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(route.concurrency, kiosk_v2::kCountMax));
    one.timeout = route.timeout;
    resume.routes.push_back(std::move(one));
  }
  return text_of(kiosk_v2::FromAgent(std::move(resume)));
}

std::string v2_accepted(std::string_view request_id) {
  const auto id = RequestId::parse(request_id);
  if (!id) return "{\"type\":\"accepted\"}";
  return text_of(kiosk_v2::FromAgent(kiosk_v2::Accepted{*id}));
}

std::string v2_result(const OutboxResult& result) {
  const auto id = RequestId::parse(result.request_id);
  if (!id) return v1_answer(result.request_id, result.response);
  auto text =
      kiosk_v2::compose(kiosk_v2::FromAgent(kiosk_v2::KioskResult{*id, how_of(result.kind), result.response}));
  if (text) return *std::move(text);
  const std::string instead = error_result(LocalError::invalid_response,
                                           "The local service's answer can't be sent: " + text.error().message)
                                  .response;
  return text_of(kiosk_v2::FromAgent(kiosk_v2::KioskResult{*id, kiosk_v2::ResultHow::answer, instead}));
}

std::string v2_of_v1(std::string_view answer) {
  JsonMember request_id;
  request_id.name = "request_id";
  std::array<JsonMember, 1> members{request_id};
  if (!json_scan(answer, members).is_object || members[0].count != 1 || members[0].kind != JsonKind::string)
    return std::string(answer);
  return v2_result({json_unescape(members[0].value), std::string(answer)});
}

}  // namespace kgw
