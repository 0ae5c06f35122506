// Runner: carries out one kiosk's requests: records each in the outbox, calls the local service, records what
// came of it. What the outbox knows is never carried out again. Of each operation, its route says how many run
// at a time; the rest wait in order, each until its deadline. What a device with a queue of its own was given
// (kind: poll) holds its place until the device is done with it, or the deadline; it is asked about beyond
// that. Beyond the bounds, or when the outbox can't record it, a request is refused, and certainly not carried
// out. Used on the client's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "agent/execution/boot_clock.hpp"
#include "agent/execution/device_lookups.hpp"
#include "agent/execution/kiosk_request.hpp"
#include "agent/execution/local_answer.hpp"
#include "agent/execution/outbox.hpp"
#include "agent/execution/program.hpp"
#include "agent/routes/routes.hpp"
#include "base/clock.hpp"

namespace kgw {

struct RunnerReport {
  enum class Kind : std::uint8_t {
    finished,
    repeated,
    ignored,      // the message is not a request
    interrupted,  // one that the last process left unfinished; `result` is what happens to it
    disk,         // the outbox failed; `result` says how
  };
  Kind kind = Kind::ignored;
  std::string_view request_id{};
  std::string_view operation{};
  std::string_view result{};  // finished: "answered", "declined" or the error's name
  Milliseconds took{0};       // since the request's arrival
};

class Runner {
 public:
  struct Settings {
    Milliseconds usual_deadline{45'000};  // of a request that names none
    std::size_t running_max = 32;         // of all operations
    std::size_t waiting_max = 1'000;
    std::size_t waiting_bytes_max = 64 * 1024 * 1024;
    DeviceLookups::Settings lookups{};
  };
  // What it works with; must outlive it.
  struct Parts {
    LocalClient& http;
    ProgramRunner& programs;
    Outbox& outbox;
    const Clock& clock;
    const BootClock& boot;
  };
  struct Hooks {
    std::function<void()> owed;  // the outbox owes the gateway another result
    // A result that the disk would not keep, as a v1 message. It may come a second time, owed by the outbox.
    std::function<void(std::string message)> unrecorded;
    std::function<void(const RunnerReport&)> report;  // may be empty
    // It is on the disk, now or since an earlier time. May be empty.
    std::function<void(const std::string& request_id)> recorded{};
    After after;
  };

  Runner(Parts parts, std::shared_ptr<const Routes> routes, Settings settings, Hooks hooks);
  ~Runner();  // calls in flight continue, but nothing is reported
  Runner(const Runner&) = delete;

  // Once, before the first message: takes up what the last process left unfinished (PROTOCOL.md 4.2). Error:
  // the outbox can't be read.
  Result<void> resume();
  // Handles a text message from the gateway. `fault`: why it can't be carried out; empty: it can.
  void on_text(std::string_view message, std::string_view fault = {});
  // From now on; what is running or waiting keeps its route.
  void use(std::shared_ptr<const Routes> routes) { routes_ = std::move(routes); }
  // Refuses new requests from now on.
  void stop_accepting() { accepting_ = false; }
  // Without those whose device is being asked: the outbox keeps them for the next process.
  std::size_t unfinished() const { return running_ + waiting_; }

 private:
  struct Work {
    std::string message;
    KioskRequest request;  // views point into the message
    Route route;
    Milliseconds deadline{0};
    Instant since{};
    bool started = false;  // the outbox has it as such
    bool in_lane = false;
    std::string job;  // the device's own id of it; empty: not known
  };
  using WorkPtr = std::shared_ptr<Work>;
  struct Lane {
    std::size_t running = 0;
    std::deque<WorkPtr> waiting;
  };

  bool is_repeated(const KioskRequest& request, std::string_view message);
  std::string why_not(const KioskRequest& request, const std::optional<Route>& route, LocalError& error) const;
  bool has_room(const WorkPtr& work) const;
  bool can_start(const Work& work) const;
  void enqueue(const WorkPtr& work);
  void start(const WorkPtr& work);
  void start_waiting();
  void expire(const WorkPtr& work);
  // Returns why it could not be started, certainly; empty: it was.
  std::string call_service(const WorkPtr& work);
  std::string run_program(const WorkPtr& work);
  void on_answer(const WorkPtr& work, const OutboundAnswer& answer);
  void on_result(const WorkPtr& work, LocalResult result);
  void look_up(const WorkPtr& work, LocalResult otherwise);
  void on_found_out(const WorkPtr& work, const DeviceLookups::Outcome& outcome, LocalResult otherwise);
  void take_up(OutboxLeftover left);
  void finish(const Work& work, ResultKind kind, LocalResult result);
  void refuse(const KioskRequest& request, std::string_view message, LocalError error, std::string_view why);
  void keep_unrecorded(const std::string& request_id, ResultKind kind, std::string response);
  void record_kept();
  void leave_lane(Work& work);
  bool follow_job(const WorkPtr& work, const OutboundAnswer& answer);
  void ask_job(const WorkPtr& work, LocalResult otherwise);
  OutboxRequest to_record(const KioskRequest& request, std::string_view message, Milliseconds deadline) const;
  Milliseconds deadline_of(const KioskRequest& request) const;
  bool in_time(const Work& work) const { return boot_.now() < work.deadline; }
  void report(const RunnerReport& what) const {
    if (hooks_.report) hooks_.report(what);
  }
  void report_disk(std::string_view request_id, const Fault& fault) const {
    report({.kind = RunnerReport::Kind::disk, .request_id = request_id, .result = fault.message});
  }

  LocalClient& http_;
  ProgramRunner& programs_;
  Outbox& outbox_;
  const Clock& clock_;
  const BootClock& boot_;
  std::shared_ptr<const Routes> routes_;
  const Settings settings_;
  const Hooks hooks_;
  DeviceLookups lookups_;
  bool accepting_ = true;
  std::size_t running_ = 0, waiting_ = 0, waiting_bytes_ = 0;
  std::map<std::string, Lane> lanes_;  // by operation; only those that have work
  struct Unrecorded {
    std::string request_id;
    ResultKind kind;
    std::string response;
  };
  std::deque<Unrecorded> unrecorded_;
  std::shared_ptr<Runner*> self_;  // callbacks go through it: null once this is destroyed
};

}  // namespace kgw
