// CallbackSender: posts what is owed (PROTOCOL.md 1.4). Follows the store's rows of owed callbacks; only their
// ids, URLs and times are in memory, and no more than CallbackSchedule allows. A request's state is read,
// signed and posted at the time of each try, and what came of it is recorded. Loop thread only.
//
// Invariant: a callback that is owed comes at least once, or stands among the dead letters. A result that was
// not recorded (a crash, an outage of the store) leads to another try, with the same webhook-id.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "callbacks/endpoint_health.hpp"
#include "callbacks/schedule.hpp"
#include "log/log.hpp"
#include "net/http_client.hpp"
#include "shell/onlookers.hpp"
#include "store/history.hpp"
#include "store/registry.hpp"
#include "telemetry/collect.hpp"
#include "webhooks/owed_walks.hpp"
#include "wire/signing/webhook_signature.hpp"

namespace kgw {

class CallbackSender final : public Onlooker {
 public:
  // As HttpClient::start().
  using Post = std::function<bool(OutboundRequest, std::function<void(OutboundAnswer)>)>;
  struct Parts {
    History& history;
    Registry& registry;
    const TurnClock& clock;
    Random& random;
    LogLines& log;
    Post post;
    // The endpoint of a URL that the settings allow now; a Fault: they don't.
    std::function<Result<std::string>(const std::string& url)> endpoint_of;
    // The keys to sign an owner's callbacks with, the newest first; empty: it has none.
    std::function<std::vector<WebhookKey>(const std::string& owner)> keys_of;
    // The JSON that GET /requests/{id} shows.
    std::function<std::string(const StoredExchange&)> body_of;
    // A receiver has accepted a callback that bore this request's answer; empty: nobody wants to know.
    std::function<void(const RequestId&)> on_answer_accepted{};
  };
  explicit CallbackSender(Parts parts, CallbackBounds bounds = {})
      : parts_(std::move(parts)), schedule_(bounds) {}

  // Reads, sends and records what is to be read, sent and recorded now. `acknowledged`: the number of the last
  // durable record. Free while there is nothing.
  void end_of_turn(std::uint64_t acknowledged);
  void on_tick(const Now& now);
  std::optional<Instant> next_deadline() const;

  // Owed callbacks were written to the store by others: a replay.
  void on_replayed() { walks_.walk_all(parts_.clock.now().steady); }

  bool has_news() const { return health_.fresh(); }
  std::vector<EndpointNews> take_news() { return health_.take_news(); }
  CallbackFigures figures() const;

  void on_record(std::uint64_t number, const RequestId& id, const Record& record) override;
  void on_store_down(const std::string& why) override;
  void on_store_up() override;

 private:
  void read_some(std::uint64_t acknowledged);
  void on_page(const Result<Page<StoredCallback>>& page);
  void take(const StoredCallback& row);
  void send(const OwedCallback& owed);
  void on_read(const CallbackId& id, const Result<std::optional<StoredExchange>>& found);
  void forget(const CallbackId& id);
  void postpone(const CallbackId& id);
  void post(const OwedCallback& owed, const StoredExchange& exchange, const std::vector<WebhookKey>& keys);
  // `answered`: what was posted bore the kiosk's answer.
  void on_answer(const CallbackId& id, bool answered, const OutboundAnswer& answer);
  // A try has ended. `why`: it failed.
  void settle(const CallbackId& id, const CallbackAnswer& answer, std::string why);
  void record(const OwedCallback& owed, CallbackTries tries);
  void note(const OwedCallback& owed, const CallbackTries& tries) const;

  const Parts parts_;
  CallbackSchedule schedule_;
  EndpointHealth health_;
  OwedWalks walks_;
  bool store_up_ = true;
  bool pumping_ = true;   // something may be due
  Instant rest_until_{};  // the gateway itself had no room for a try: none begins before
  // Ended, and the rows that a page shows as owed may be older than that. True: that is durable.
  std::map<CallbackId, bool> ended_;
  CallbackFigures counts_;
};

}  // namespace kgw
