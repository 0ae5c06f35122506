// Intake: the one way in for what is to be sent to a kiosk, whoever asks: a backend, an operator at the
// dashboard, the bot. Checks it (PROTOCOL.md 1) and hands it to the Relay. Loop thread only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "access/caller.hpp"
#include "base/ids.hpp"
#include "shell/relay_shell.hpp"
#include "wire/send_request.hpp"

namespace kgw {

// What somebody asks of a kiosk. Views; they need not outlive submit().
struct Submission {
  HttpFields headers;  // of PROTOCOL.md 1, and what else of them goes to the kiosk
  std::string_view body{};
  std::string_view from{};         // whose refusals are folded into one line of the log: an address, a person
  Milliseconds waited{0};          // how long it lay unread,
  bool half_closed = false;        // and whether its caller closed meanwhile
  std::string_view traceparent{};  // a valid one, or empty
};

class Intake {
 public:
  using Told = std::function<void(const Reply&)>;
  struct Settings {
    SendSettings send;
    std::string data_dir;  // callers learn no path of this machine
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

  // REQUIRES a caller that may send. A fault: nothing was sent and nothing will be, it stands in log and
  // metrics, and nobody else is told of it. Else the end comes later, exactly once: to the desk as `call`'s, or
  // to `told`.
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
};

// The fields of PROTOCOL.md 1 for what comes by no HTTP call of its own. Points into what it was made of.
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

// The kiosk that is named; empty: none, or by no valid name.
std::string_view kiosk_named_in(HttpFields headers);

}  // namespace kgw
