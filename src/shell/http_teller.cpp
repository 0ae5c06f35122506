#include "shell/http_teller.hpp"

#include <algorithm>

#include "http/answers.hpp"
#include "wire/trace_context.hpp"

namespace kgw {
namespace {

constexpr std::size_t kResultCharsMax = [] {
  std::size_t most = 0;
  for (const AnswerResult result : kAnswerResults) most = std::max(most, name(result).size());
  return most;
}();

// Empty: the table's sentence says it.
std::string_view about(const Reply& reply) {
  if (reply.cancelled)
    return "This request was cancelled (POST /requests/{request_id}/cancel) before it was sent to the kiosk.";
  if (reply.replayed && reply.error == ErrorCode::request_expired)
    return "The kiosk answered this request, but the answer is no longer kept (JOURNAL_KEEP_BODIES); ask "
           "GET /requests/{request_id} what became of it.";
  if (reply.key_unread)
    return "The gateway can't look up just now whether an earlier request came with this Idempotency-Key, and "
           "this one was not sent; repeat it with the same key shortly.";
  return {};
}

}  // namespace

void HttpTeller::tell(CallerId caller, const Reply& reply, std::string_view traceparent, bool joined) {
  const HttpCallId call{static_cast<std::uint64_t>(caller)};
  std::string more = trace_field(traceparent);
  if ((joined || reply.replayed) && reply.id) more += kReplayed;
  if (reply.error)
    return respond_error(
        server_, call, *reply.error, about(reply),
        ErrorAbout{reply.order->kiosk_id, reply.id ? reply.id : reply.other, more, legacy_http_status_});
  // No heap: this is the usual answer.
  static constexpr std::string_view kFrom = "X-Answer-From: kiosk\r\nX-Request-Id: ";
  static constexpr std::string_view kResult = "\r\nX-Result: ";
  const std::string_view result = name(reply.result);
  char fields[kFrom.size() + RequestId::kTextSize + kResult.size() + kResultCharsMax + 2];
  char* end = fields + kFrom.copy(fields, kFrom.size());
  reply.id.write_to(end);
  end += RequestId::kTextSize;
  end += kResult.copy(end, kResult.size());
  end += result.copy(end, result.size());
  *end++ = '\r';
  *end++ = '\n';
  const std::string_view written(fields, static_cast<std::size_t>(end - fields));
  // What was answered before is no news to whoever asks again.
  const RequestId receipt = reply.replayed ? RequestId{} : reply.id;
  if (!more.empty()) return server_.respond_shared(call, std::string(written) + more, reply.answer, receipt);
  server_.respond_shared(call, written, reply.answer, receipt);
}

}  // namespace kgw
