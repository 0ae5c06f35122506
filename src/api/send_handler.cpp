#include "api/send_handler.hpp"

#include "http/answers.hpp"
#include "wire/trace_context.hpp"

namespace kgw {
namespace {

// Returns the traceparent if it is valid, else "".
std::string_view traceparent_of(const HttpHead& head) {
  const std::string_view trace = head.find("traceparent").value_or(std::string_view());
  return trace_id_of(trace) ? trace : std::string_view();
}

}  // namespace

void SendHandler::on_send(const HttpRequest& request, const Caller& caller) {
  submit(request.call,
         {request.head.all(), request.body, request.peer.text, request.waited, request.half_closed,
          traceparent_of(request.head)},
         caller);
}

void SendHandler::submit(HttpCallId call, const Submission& asked, const Caller& caller) {
  const auto sent = intake_.submit(asked, caller, CallerId{static_cast<std::uint64_t>(call)});
  if (sent) return;
  const std::string_view kiosk_id = kiosk_named_in(asked.headers);
  const std::string trace = trace_field(asked.traceparent);
  respond_fault(server_, call, sent.error(), ErrorAbout{kiosk_id, {}, trace, legacy_ && !kiosk_id.empty()});
}

}  // namespace kgw
