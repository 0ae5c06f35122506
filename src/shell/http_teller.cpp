#include "shell/http_teller.hpp"

#include "http/answers.hpp"
#include "wire/trace_context.hpp"

namespace kgw {

void HttpTeller::tell(CallerId caller, const Reply& reply, std::string_view traceparent) {
  const HttpCallId call{static_cast<std::uint64_t>(caller)};
  if (reply.error)
    return respond_error(
        server_, call, *reply.error, {},
        ErrorAbout{reply.order->kiosk_id, reply.id, trace_field(traceparent), legacy_http_status_});
  static constexpr std::string_view kFields = "X-Answer-From: kiosk\r\nX-Request-Id: ";
  char fields[kFields.size() + RequestId::kTextSize + 2];
  kFields.copy(fields, kFields.size());
  reply.id.write_to(fields + kFields.size());
  fields[sizeof fields - 2] = '\r';
  fields[sizeof fields - 1] = '\n';
  if (!traceparent.empty()) {
    const std::string traced = std::string(fields, sizeof fields) + trace_field(traceparent);
    return server_.respond_shared(call, traced, reply.answer);
  }
  server_.respond_shared(call, {fields, sizeof fields}, reply.answer);
}

}  // namespace kgw
