// Implements agent/execution/runner.hpp: its part for what nobody knows: requests whose call failed or was cut
// off, the device that is asked about them, and what the last process left behind (PROTOCOL.md 4.2).
#include <algorithm>
#include <utility>

#include "agent/execution/call_values.hpp"
#include "agent/execution/runner.hpp"

namespace kgw {
namespace {

constexpr std::string_view kInterrupted =
    "The agent was interrupted while the local service was working; it is not known whether it did the work.";

}  // namespace

Result<void> Runner::resume() {
  auto left = outbox_.unfinished();
  if (!left) return left.error();
  for (OutboxLeftover& one : *left) take_up(std::move(one));
  return {};
}

void Runner::take_up(OutboxLeftover left) {
  const auto work = std::make_shared<Work>();
  work->message = std::move(left.message);
  auto parsed = parse_kiosk_request(work->message);
  const bool is_known = parsed.has_value();
  if (is_known) work->request = *std::move(parsed);
  else work->request.id = left.request_id;  // a newer agent's
  const std::optional<Route> route = routes_->find(work->request.operation);
  if (route) work->route = *route;
  work->since = clock_.now().steady;
  work->started = left.state == WorkState::started;
  // Unstarted work of before a restart of the machine is too old, whatever the clock says.
  work->deadline = left.this_boot ? left.deadline : Milliseconds(0);
  const auto say = [&](std::string_view what) {
    report({.kind = RunnerReport::Kind::interrupted,
            .request_id = work->request.id,
            .operation = work->request.operation,
            .result = what});
  };
  const bool can_run = route && is_known && work->request.fault.empty() && in_time(*work);
  if (!work->started) {
    if (can_run) {
      say("not started: it is started now");
      return enqueue(work);
    }
    say("not started: declined");
    return finish(*work, ResultKind::declined,
                  error_result(LocalError::connection_refused,
                               "This kiosk's agent was restarted before this was started; nothing was done."));
  }
  if (route && route->job && is_known) {
    work->job = left.job.empty() ? known_job(work->request, *route) : left.job;
    if (!work->job.empty()) {
      say("the device is asked");
      return ask_job(work, error_result(LocalError::interrupted, kInterrupted));
    }
  }
  if (route && route->lookup) {
    say("the device is asked");
    return look_up(work, error_result(LocalError::interrupted, kInterrupted));
  }
  if (can_run && route->retry) {
    say("called again");
    return enqueue(work);
  }
  say("its outcome is not known");
  finish(*work, ResultKind::interrupted, error_result(LocalError::interrupted, kInterrupted));
}

void Runner::look_up(const WorkPtr& work, LocalResult otherwise) {
  auto call = question_call(work->request, *work->route.lookup);
  if (!call) return finish(*work, ResultKind::interrupted, std::move(otherwise));
  lookups_.ask(work->request.id, *std::move(call), *work->route.lookup,
               [this, work, otherwise = std::move(otherwise)](const DeviceLookups::Outcome& outcome) {
                 on_found_out(work, outcome, otherwise);
               });
}

// Whether the device has a job now, or may have one, and is asked about it.
bool Runner::follow_job(const WorkPtr& work, const OutboundAnswer& answer) {
  if (answer.trouble == OutboundAnswer::Trouble::refused) return false;
  LocalResult otherwise = answer_of(work->request.id, work->route.url, answer);
  if (work->job.empty() && !otherwise.error) {
    if (const auto id = json_at(otherwise.response, work->route.job->id_at)) work->job = scalar_text(*id);
    if (!work->job.empty())
      if (const auto kept = outbox_.keep_job(work->request.id, work->job); !kept)
        report_disk(work->request.id, kept.error());
  }
  if (work->job.empty()) return false;
  if (!otherwise.error)
    otherwise = error_result(LocalError::timeout,
                             "The device took the job " + work->job + ", but did not say what became of it.");
  ask_job(work, std::move(otherwise));
  return true;
}

void Runner::ask_job(const WorkPtr& work, LocalResult otherwise) {
  const auto leave = [this, work] {
    leave_lane(*work);
    start_waiting();
  };
  auto call = question_call(work->request, work->route.job->status, work->job);
  if (!call) {
    finish(*work, ResultKind::interrupted, std::move(otherwise));
    return leave();
  }
  // A device that does not end its job must not hold up the others for ever.
  if (work->in_lane)
    hooks_.after(std::max(Milliseconds(0), work->deadline - boot_.now()), [self = self_, leave] {
      if (*self != nullptr) leave();
    });
  lookups_.ask(work->request.id, *std::move(call), work->route.job->status,
               [this, work, leave, otherwise = std::move(otherwise)](const DeviceLookups::Outcome& outcome) {
                 leave_lane(*work);
                 on_found_out(work, outcome, otherwise);
                 leave();
               });
}

void Runner::on_found_out(const WorkPtr& work, const DeviceLookups::Outcome& outcome, LocalResult otherwise) {
  switch (outcome.says) {
    case DeviceSays::found: return finish(*work, ResultKind::lookup, {outcome.response, std::nullopt});
    case DeviceSays::unclear: return finish(*work, ResultKind::interrupted, std::move(otherwise));
    case DeviceSays::absent: break;
  }
  if (work->route.retry && accepting_ && in_time(*work)) return enqueue(work);
  // What the device said to the call tells more than that it knows of no job.
  if (work->route.job && otherwise.error == LocalError::http_error)
    return finish(*work, ResultKind::declined, std::move(otherwise));
  finish(*work, ResultKind::declined,
         {declined_response("The device was asked, and says that this was not done."), std::nullopt});
}

}  // namespace kgw
