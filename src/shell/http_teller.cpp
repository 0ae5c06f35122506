#include "shell/http_teller.hpp"

#include "http/answers.hpp"
#include "wire/trace_context.hpp"

namespace kgw {
namespace {

// PROTOCOL.md 1.3.
constexpr std::string_view kReplayed = "Idempotency-Replayed: true\r\n";

// Empty: the table's sentence says it.
std::string_view about(const Reply& reply) {
  if (reply.replayed && reply.error == ErrorCode::request_expired)
    return "The kiosk answered this request, but the answer is no longer kept (JOURNAL_KEEP_BODIES); ask "
           "GET /requests/{request_id} what became of it.";
  return {};
}

}  // namespace

void HttpTeller::tell(CallerId caller, const Reply& reply, std::string_view traceparent, bool joined) {
  const HttpCallId call{static_cast<std::uint64_t>(caller)};
  std::string more = trace_field(traceparent);
  if ((joined || reply.replayed) && reply.id) more += kReplayed;
  if (reply.error)
    return respond_error(server_, call, *reply.error, about(reply),
                         ErrorAbout{reply.order->kiosk_id, reply.id, more, legacy_http_status_});
  static constexpr std::string_view kFields = "X-Answer-From: kiosk\r\nX-Request-Id: ";
  char fields[kFields.size() + RequestId::kTextSize + 2];
  kFields.copy(fields, kFields.size());
  reply.id.write_to(fields + kFields.size());
  fields[sizeof fields - 2] = '\r';
  fields[sizeof fields - 1] = '\n';
  if (!more.empty()) {
    const std::string all = std::string(fields, sizeof fields) + more;
    return server_.respond_shared(call, all, reply.answer);
  }
  server_.respond_shared(call, {fields, sizeof fields}, reply.answer);
}

}  // namespace kgw
