// Runner: carries out one kiosk's requests: finds the route, calls the local service, returns the answer. A
// request that is running or finished recently is not carried out again. At most `running_max` calls are in
// flight, the rest wait in order; beyond the bounds a request is refused, and certainly not carried out. Used
// on the thread that calls HttpClient::poll().
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/kiosk_request.hpp"
#include "agent/recent_ids.hpp"
#include "agent/routes.hpp"
#include "base/clock.hpp"

namespace kgw {

struct RunnerReport {
  enum class Kind { finished, repeated, ignored };  // ignored: the message is not a request
  Kind kind = Kind::ignored;
  std::string_view request_id{};
  std::string_view operation{};
  std::string_view result{};  // "answered", or the error's name
  Milliseconds took{0};       // since the request's arrival
};

class Runner {
 public:
  struct Settings {
    Milliseconds timeout{60'000};  // of one local call
    std::size_t running_max = 32;
    std::size_t waiting_max = 1'000;
    std::size_t waiting_bytes_max = 64 * 1024 * 1024;
  };
  struct Hooks {
    std::function<void(std::string_view request_id, std::string answer)> answer;
    std::function<void(const RunnerReport&)> report;  // may be empty
  };

  // Requires `http`, `routes` and `clock` to outlive this.
  Runner(HttpClient& http, const Routes& routes, const Clock& clock, Settings settings, Hooks hooks);
  ~Runner();  // calls in flight continue, but nothing is reported
  Runner(const Runner&) = delete;

  // Handles a text message from the gateway.
  void on_text(std::string_view message);
  // Refuses new requests from now on.
  void stop_accepting() { accepting_ = false; }
  std::size_t unfinished() const { return running_ + waiting_.size(); }

 private:
  struct Call {
    std::string id, id_token, operation, url;
    OutboundRequest request;
    Instant since{};
  };
  void start(Call call);
  void start_waiting();
  void finish(const Call& call, LocalResult result);
  void refuse(const KioskRequest& request, LocalError error, std::string_view why);
  void report(const RunnerReport& what) const {
    if (hooks_.report) hooks_.report(what);
  }

  HttpClient& http_;
  const Routes& routes_;
  const Clock& clock_;
  const Settings settings_;
  const Hooks hooks_;
  RecentIds ids_;
  bool accepting_ = true;
  std::size_t running_ = 0;
  std::deque<Call> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::shared_ptr<Runner*> self_;  // callbacks go through it: null once this is destroyed
};

}  // namespace kgw
