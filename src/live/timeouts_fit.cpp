#include "live/timeouts_fit.hpp"

#include "http/json_object.hpp"

namespace kgw {

// An answer over another connection than its request was late because the first one had ended: that says
// nothing of the device.
void TimeoutsFit::on_late_answer(const LateAnswer& answer) {
  if (answer.took == Milliseconds(0)) return;
  const Now& now = loop_.now();
  const std::optional<WallTime> since = since_(answer.kiosk_id);
  if (!since || *since > now.wall - answer.took) return;
  timeouts_.on_late_answer(answer.operation, answer.took, answer.late_by, now);
}

std::string TimeoutsFit::json() const {
  std::string all = "[";
  for (const Misfit& one : found()) {
    const bool of_caller = one.kind == MisfitKind::caller_hangs_up;
    const auto shorter = one.header_timeout();
    all.append(all.size() > 1 ? "," : "")
        .append(JsonObject()
                    .text("kind", name(one.kind))
                    .text_or_null("owner", of_caller ? std::string_view(one.about) : std::string_view())
                    .text_or_null("operation_type", of_caller ? std::string_view() : one.about)
                    .number("times", static_cast<std::int64_t>(one.times))
                    .number("took_ms", one.took.count())
                    .number("gateway_waits_ms", one.allowed.count())
                    .number("set_seconds", one.figure().count())
                    .number_or_null("header_timeout_seconds", shorter ? shorter->count() : 0)
                    .time("last_at", one.last)
                    .take());
  }
  return all + "]";
}

}  // namespace kgw
