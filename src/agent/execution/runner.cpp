#include "agent/execution/runner.hpp"

#include <algorithm>
#include <utility>

#include "agent/execution/program_result.hpp"

namespace kgw {
namespace {

constexpr std::size_t kUnrecordedMax = 64;
constexpr auto kRecordAgainAfter = std::chrono::seconds(1);

}  // namespace

Runner::Runner(Parts parts, std::shared_ptr<const Routes> routes, Settings settings, Hooks hooks)
    : http_(parts.http),
      programs_(parts.programs),
      outbox_(parts.outbox),
      clock_(parts.clock),
      boot_(parts.boot),
      routes_(std::move(routes)),
      settings_(settings),
      hooks_(std::move(hooks)),
      lookups_(parts.http, parts.boot, hooks_.after, settings.lookups),
      self_(std::make_shared<Runner*>(this)) {}

Runner::~Runner() { *self_ = nullptr; }

void Runner::on_text(std::string_view message, std::string_view fault) {
  auto parsed = parse_kiosk_request(message);
  if (parsed && !fault.empty()) parsed->fault = fault;
  if (!parsed) return report({.kind = RunnerReport::Kind::ignored});
  if (is_repeated(*parsed, message)) return;
  const std::optional<Route> route = routes_->find(parsed->operation);
  LocalError error{};
  if (const std::string why = why_not(*parsed, route, error); !why.empty())
    return refuse(*parsed, message, error, why);

  const auto work = std::make_shared<Work>();
  work->message = message;
  work->request = *parse_kiosk_request(work->message);
  work->route = *route;
  work->deadline = deadline_of(*parsed);
  work->since = clock_.now().steady;
  const bool at_once = can_start(*work);
  if (!at_once && !has_room(work))
    return refuse(*parsed, message, LocalError::connection_refused,
                  "This kiosk has too many requests waiting; nothing was done.");
  // Before anything is done.
  const auto recorded = outbox_.record(to_record(*parsed, message, work->deadline),
                                       at_once ? WorkState::started : WorkState::waiting);
  if (!recorded) {
    report_disk(parsed->id, recorded.error());
    return refuse(*parsed, message, LocalError::connection_refused,
                  "This kiosk's agent can't record requests, so nothing was done: " + recorded.error().message);
  }
  work->started = at_once;
  if (hooks_.recorded) hooks_.recorded(work->request.id);
  enqueue(work);
}

// Whether the outbox knows it; then its result is sent once more, if there is one.
bool Runner::is_repeated(const KioskRequest& request, std::string_view message) {
  const auto known = outbox_.look(request.id, request.dedupe_id);
  if (known && *known == Outbox::Known::no) return false;
  report({.kind = RunnerReport::Kind::repeated, .request_id = request.id, .operation = request.operation});
  Result<void> done;
  if (!known) done = known.error();
  else if (*known == Outbox::Known::finished) done = outbox_.owe_again(request.id);
  else if (*known == Outbox::Known::same)
    done = outbox_.record_same(to_record(request, message, deadline_of(request)));
  if (done) {
    if (hooks_.recorded) hooks_.recorded(request.id);
    hooks_.owed();
    return true;
  }
  // It may have been carried out before.
  report_disk(request.id, done.error());
  hooks_.unrecorded(v1_answer(
      request.id,
      error_result(LocalError::interrupted,
                   "This kiosk's agent can't read its records, so it is not known whether this was done: " +
                       done.error().message)
          .response));
  return true;
}

// Returns why it can't be carried out; empty: it can.
std::string Runner::why_not(const KioskRequest& request, const std::optional<Route>& route,
                            LocalError& error) const {
  error = LocalError::route_not_found;
  if (!request.fault.empty()) return request.fault;
  if (!route) {
    const std::string known = routes_->operations();
    return "This kiosk has no route for the operation '" + request.operation + "'" +
           (known.empty() ? "." : "; it has " + known + ".");
  }
  if (route->program) {
    if (const auto call = program_call(request, *route); !call) return call.error().message;
  } else if (!local_call(request, *route))
    return "This kiosk's route for '" + request.operation +
           "' names something in braces that the request does not have; nothing was done.";
  error = LocalError::connection_refused;
  if (!accepting_) return "This kiosk's agent is shutting down; nothing was done.";
  return {};
}

Milliseconds Runner::deadline_of(const KioskRequest& request) const {
  return boot_.now() + request.time_left.value_or(settings_.usual_deadline);
}

OutboxRequest Runner::to_record(const KioskRequest& request, std::string_view message,
                                Milliseconds deadline) const {
  return {.request_id = request.id,
          .dedupe_id = request.dedupe_id,
          .operation = request.operation,
          .message = message,
          .deadline = deadline};
}

bool Runner::can_start(const Work& work) const {
  const auto lane = lanes_.find(work.request.operation);
  if (running_ >= settings_.running_max) return false;
  return lane == lanes_.end() ||
         (lane->second.waiting.empty() && lane->second.running < work.route.concurrency);
}

bool Runner::has_room(const WorkPtr& work) const {
  return waiting_ < settings_.waiting_max &&
         waiting_bytes_ + work->message.size() <= settings_.waiting_bytes_max;
}

void Runner::enqueue(const WorkPtr& work) {
  if (can_start(*work)) return start(work);
  lanes_[work->request.operation].waiting.push_back(work);
  ++waiting_;
  waiting_bytes_ += work->message.size();
  const Milliseconds left = std::max(Milliseconds(0), work->deadline - boot_.now());
  hooks_.after(left, [self = self_, weak = std::weak_ptr(work)] {
    if (const WorkPtr waiting = weak.lock(); waiting && *self != nullptr) (*self)->expire(waiting);
  });
}

void Runner::expire(const WorkPtr& work) {
  const auto lane = lanes_.find(work->request.operation);
  if (lane == lanes_.end()) return;
  auto& waiting = lane->second.waiting;
  const auto found = std::find(waiting.begin(), waiting.end(), work);
  if (found == waiting.end()) return;  // it has started
  waiting.erase(found);
  --waiting_;
  waiting_bytes_ -= work->message.size();
  if (waiting.empty() && lane->second.running == 0) lanes_.erase(lane);
  finish(*work, ResultKind::declined,
         error_result(LocalError::connection_refused,
                      "The local service was busy until the time for this request was up; nothing was done."));
}

void Runner::start(const WorkPtr& work) {
  const auto refused = [&](const std::string& why) {
    finish(*work, ResultKind::declined, error_result(LocalError::connection_refused, why));
  };
  if (!work->started) {
    if (const auto recorded = outbox_.start(work->request.id); !recorded) {
      report_disk(work->request.id, recorded.error());
      return refused("This kiosk's agent can't record requests, so nothing was done: " +
                     recorded.error().message);
    }
    work->started = true;
  }
  work->in_lane = true;
  ++running_;
  ++lanes_[work->request.operation].running;
  const std::string why = work->route.program ? run_program(work) : call_service(work);
  if (why.empty()) return;
  leave_lane(*work);
  refused(why);
}

std::string Runner::call_service(const WorkPtr& work) {
  auto call = local_call(work->request, work->route);
  if (!call) return "The route names something in braces that the request does not have.";
  work->job = known_job(work->request, work->route);
  const bool started = http_.start(*std::move(call), [self = self_, work](const OutboundAnswer& answer) {
    if (*self != nullptr) (*self)->on_answer(work, answer);
  });
  return started ? "" : "This kiosk is overloaded; nothing was done.";
}

std::string Runner::run_program(const WorkPtr& work) {
  auto call = program_call(work->request, work->route);
  if (!call) return call.error().message;
  const bool started = programs_.start(*std::move(call), [self = self_, work](const ProgramEnd& end) {
    if (*self != nullptr) (*self)->on_result(work, program_result(work->request.id, work->route, end));
  });
  return started ? "" : "This kiosk is overloaded; nothing was done.";
}

void Runner::leave_lane(Work& work) {
  if (!std::exchange(work.in_lane, false)) return;
  --running_;
  const auto lane = lanes_.find(work.request.operation);
  if (--lane->second.running == 0 && lane->second.waiting.empty()) lanes_.erase(lane);
}

void Runner::start_waiting() {
  for (;;) {
    const auto ready = std::find_if(lanes_.begin(), lanes_.end(), [this](const auto& entry) {
      const Lane& lane = entry.second;
      return running_ < settings_.running_max && !lane.waiting.empty() &&
             lane.running < lane.waiting.front()->route.concurrency;
    });
    if (ready == lanes_.end()) return;
    const WorkPtr work = ready->second.waiting.front();
    if (!in_time(*work)) {
      expire(work);
      continue;
    }
    ready->second.waiting.pop_front();
    --waiting_;
    waiting_bytes_ -= work->message.size();
    if (ready->second.waiting.empty() && ready->second.running == 0) lanes_.erase(ready);
    start(work);
  }
}

void Runner::on_answer(const WorkPtr& work, const OutboundAnswer& answer) {
  if (work->route.job && follow_job(work, answer)) return;
  on_result(work, answer_of(work->request.id, work->route.url, answer));
}

void Runner::on_result(const WorkPtr& work, LocalResult result) {
  leave_lane(*work);
  const bool asks = result.error && *result.error != LocalError::connection_refused && work->route.lookup;
  if (asks) look_up(work, std::move(result));
  else finish(*work, ResultKind::answer, std::move(result));
  start_waiting();
}

void Runner::finish(const Work& work, ResultKind kind, LocalResult result) {
  report({.kind = RunnerReport::Kind::finished,
          .request_id = work.request.id,
          .operation = work.request.operation,
          .result = result.error                   ? wire_name(*result.error)
                    : kind == ResultKind::declined ? "declined"
                                                   : "answered",
          .took = std::chrono::duration_cast<Milliseconds>(clock_.now().steady - work.since)});
  const auto recorded = outbox_.finish(work.request.id, kind, result.response);
  if (recorded) return hooks_.owed();
  report_disk(work.request.id, recorded.error());
  hooks_.unrecorded(v1_answer(work.request.id, result.response));
  keep_unrecorded(work.request.id, kind, std::move(result.response));
}

void Runner::refuse(const KioskRequest& request, std::string_view message, LocalError error,
                    std::string_view why) {
  report({.kind = RunnerReport::Kind::finished,
          .request_id = request.id,
          .operation = request.operation,
          .result = wire_name(error)});
  const LocalResult result = error_result(error, why);
  if (outbox_.record_refused(to_record(request, message, Milliseconds(0)), result.response))
    return hooks_.owed();
  hooks_.unrecorded(v1_answer(request.id, result.response));
}

// Until the disk takes it: without it, the next process would report the request as interrupted.
void Runner::keep_unrecorded(const std::string& request_id, ResultKind kind, std::string response) {
  if (unrecorded_.size() >= kUnrecordedMax) return;
  unrecorded_.push_back({request_id, kind, std::move(response)});
  if (unrecorded_.size() > 1) return;
  hooks_.after(kRecordAgainAfter, [self = self_] {
    if (*self != nullptr) (*self)->record_kept();
  });
}

void Runner::record_kept() {
  while (!unrecorded_.empty()) {
    const Unrecorded& next = unrecorded_.front();
    if (!outbox_.finish(next.request_id, next.kind, next.response)) {
      hooks_.after(kRecordAgainAfter, [self = self_] {
        if (*self != nullptr) (*self)->record_kept();
      });
      return;
    }
    unrecorded_.pop_front();
    hooks_.owed();
  }
}

}  // namespace kgw
