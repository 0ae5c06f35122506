// Intake: the one way in for requests to kiosks, whoever sends them: a backend, an operator at the dashboard,
// the bot. Checks them (PROTOCOL.md 1) and passes them to the Relay. Loop thread only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "access/caller.hpp"
#include "base/ids.hpp"
#include "http/prefer.hpp"
#include "shell/relay_shell.hpp"
#include "wire/send_request.hpp"

namespace kgw {

// A request to a kiosk. Views, which need not outlive submit().
struct Submission {
  HttpFields headers;  // those of PROTOCOL.md 1, and others to be forwarded
  std::string_view body{};
  std::string_view from{};         // the address or person whose refusals are folded in the log
  Milliseconds waited{0};          // how long it was unread,
  bool half_closed = false;        // and whether its caller closed meanwhile
  std::string_view traceparent{};  // a valid one, or empty
};

// Where callers by HTTP wait who prefer to hear early that their request was accepted (PROTOCOL.md 1.4).
class AsyncCallers {
 public:
  virtual ~AsyncCallers() = default;
  // `call` wants to hear of `id`, which is about to begin. Returns who waits for its end in its place.
  virtual CallerId enlist(CallerId call, const RequestId& id, const Preferences& prefer,
                          std::string_view traceparent) = 0;
};

class Intake {
 public:
  using Told = std::function<void(const Reply&)>;
  struct Settings {
    SendSettings send;
    std::string data_dir;  // callers must not learn paths of this machine
    // Returns the URL of a Header-Callback-Url as it is to be posted to, or a Fault for the caller.
    std::function<Result<std::string>(std::string_view url, std::string_view owner)> callback_url{};
  };
  Intake(Settings settings, RelayShell& shell, RequestIdGenerator& ids, const TurnClock& clock,
         Journal& journal, const Reports& reports)
      : settings_(std::move(settings)),
        shell_(shell),
        ids_(ids),
        clock_(clock),
        journal_(journal),
        log_(reports.log),
        metrics_(reports.metrics) {}

  // Without them Prefer means nothing.
  void set_async(AsyncCallers& callers) { async_ = &callers; }
  // Requires a caller that may send. A fault: nothing was sent and nothing will be; it is logged and counted,
  // but reported to nobody else. Otherwise the result comes later, exactly once: through the desk to `call`,
  // or to `told`.
  Result<RequestId> submit(const Submission& asked, const Caller& caller, CallerId call);
  Result<RequestId> submit(const Submission& asked, const Caller& caller, Told told);

 private:
  template <class Enlist>
  Result<RequestId> take(const Submission& asked, const Caller& caller, Enlist&& enlist);
  Result<void> check(const Submission& asked, const ParsedSend& send, const Caller& caller) const;
  Fault refused(const Submission& asked, std::string_view operation, const Fault& fault);

  const Settings settings_;
  RelayShell& shell_;
  RequestIdGenerator& ids_;
  const TurnClock& clock_;
  Journal& journal_;
  LogLines& log_;
  Metrics& metrics_;
  AsyncCallers* async_ = nullptr;
};

// The fields of PROTOCOL.md 1 for a request without an HTTP call of its own. Keeps views of its arguments.
class OwnFields {
 public:
  // `timeout`: whole seconds, or empty.
  OwnFields(std::string_view kiosk_id, std::string_view operation, std::string_view timeout = {})
      : fields_{{{"Header-Kiosk-Id", kiosk_id},
                 {"Header-Operation-Type", operation},
                 {"Content-Type", "application/json"},
                 {"Header-Timeout", timeout}}},
        count_(timeout.empty() ? 3 : 4) {}
  HttpFields all() const { return {fields_.data(), count_}; }

 private:
  std::array<HttpField, 4> fields_;
  std::size_t count_;
};

// Returns the kiosk id in the headers, or "" if there is none or it is not valid.
std::string_view kiosk_named_in(HttpFields headers);

}  // namespace kgw
