#include "gateway/callbacks.hpp"

#include <utility>

#include "api/requests_api.hpp"
#include "gateway/ground.hpp"
#include "gateway/office.hpp"
#include "gateway/relaying.hpp"
#include "gateway/store_side.hpp"

namespace kgw {

Callbacks::Callbacks(Ground& on, StoreSide& stores, Relaying& relaying, Office& office)
    : shell_(relaying.shell),
      alerts_(office.alerts),
      client_([&loop = on.loop] { loop.wake(); }, limits::kCallbacksInFlightMax,
              [&hosts = relaying.callback_rules.hosts()](const std::array<std::uint8_t, 16>& address) {
                return hosts.may_connect(IpAddress{address});
              }),
      sender_(CallbackSender::Parts{
          stores.history, stores.registry, on.loop, on.random, on.log,
          [this](OutboundRequest request, std::function<void(OutboundAnswer)> callback) {
            return client_.start(std::move(request), std::move(callback));
          },
          [&rules = relaying.callback_rules](const std::string& url) { return rules.endpoint_of(url); },
          [&secrets = stores.webhook_secrets](const std::string& owner) { return secrets.keys_of(owner); },
          [&unclaimed = relaying.unclaimed](const StoredExchange& x) {
            return request_json(x, unclaimed, false).take();
          },
          [&unclaimed = relaying.unclaimed](const RequestId& id) {
            unclaimed.claim(id, ClaimedBy::callback);
          }}) {
  relaying.shell.onlookers().add(sender_);
}

void Callbacks::end_of_turn() {
  sender_.end_of_turn(shell_.acknowledged());
  if (sender_.has_news()) alerts_.on_callbacks(sender_.take_news());
}

}  // namespace kgw
