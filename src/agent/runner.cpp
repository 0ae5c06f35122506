#include "agent/runner.hpp"

namespace kgw {

Runner::Runner(HttpClient& http, const Routes& routes, const Clock& clock, Settings settings, Hooks hooks)
    : http_(http),
      routes_(routes),
      clock_(clock),
      settings_(settings),
      hooks_(std::move(hooks)),
      self_(std::make_shared<Runner*>(this)) {}

Runner::~Runner() { *self_ = nullptr; }

void Runner::on_text(std::string_view message) {
  const auto request = parse_kiosk_request(message);
  if (!request) return report({.kind = RunnerReport::Kind::ignored});
  if (ids_.state(request->id) != RecentIds::State::fresh)
    return report(
        {.kind = RunnerReport::Kind::repeated, .request_id = request->id, .operation = request->operation});
  if (!request->fault.empty()) return refuse(*request, LocalError::route_not_found, request->fault);
  const std::string* const url = routes_.find(request->operation);
  if (url == nullptr) {
    const std::string known = routes_.operations();
    return refuse(*request, LocalError::route_not_found,
                  "This kiosk has no route for the operation '" + request->operation + "'" +
                      (known.empty() ? "." : "; it has " + known + "."));
  }
  if (!accepting_)
    return refuse(*request, LocalError::connection_refused,
                  "This kiosk's agent is shutting down; nothing was done.");

  Call call{request->id,
            std::string(request->id_token),
            request->operation,
            *url,
            local_call(*request, *url, settings_.timeout),
            clock_.now().steady};
  const std::size_t bytes = call.request.body.size() + call.request.url.size();
  const bool must_wait = running_ >= settings_.running_max;
  if (must_wait &&
      (waiting_.size() >= settings_.waiting_max || waiting_bytes_ + bytes > settings_.waiting_bytes_max))
    return refuse(*request, LocalError::connection_refused,
                  "This kiosk has too many requests waiting; nothing was done.");
  ids_.begin(request->id);
  if (!must_wait) return start(std::move(call));
  waiting_bytes_ += bytes;
  waiting_.push_back(std::move(call));
}

void Runner::start(Call call) {
  ++running_;
  OutboundRequest request = std::move(call.request);
  auto shared = std::make_shared<const Call>(std::move(call));
  const bool started = http_.start(std::move(request), [self = self_, shared](const OutboundAnswer& answer) {
    if (*self == nullptr) return;
    --(*self)->running_;
    (*self)->finish(*shared, answer_of(shared->id_token, shared->url, answer));
    if (*self != nullptr) (*self)->start_waiting();
  });
  if (started) return;
  --running_;
  constexpr auto kError = LocalError::connection_refused;
  finish(*shared,
         {error_answer(shared->id_token, kError, "This kiosk is overloaded; nothing was done."), kError});
}

void Runner::start_waiting() {
  while (!waiting_.empty() && running_ < settings_.running_max) {
    Call call = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= call.request.body.size() + call.request.url.size();
    start(std::move(call));
  }
}

void Runner::finish(const Call& call, LocalResult result) {
  ids_.finish(call.id);
  report({.kind = RunnerReport::Kind::finished,
          .request_id = call.id,
          .operation = call.operation,
          .result = result.error ? wire_name(*result.error) : "answered",
          .took = std::chrono::duration_cast<Milliseconds>(clock_.now().steady - call.since)});
  hooks_.answer(call.id, std::move(result.answer));
}

void Runner::refuse(const KioskRequest& request, LocalError error, std::string_view why) {
  ids_.begin(request.id);
  ids_.finish(request.id);
  report({.kind = RunnerReport::Kind::finished,
          .request_id = request.id,
          .operation = request.operation,
          .result = wire_name(error)});
  hooks_.answer(request.id, error_answer(request.id_token, error, why));
}

}  // namespace kgw
