#include "shell/kiosk_pings.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "wire/websocket.hpp"

namespace kgw {

bool KioskPings::ping(std::string_view holder, WsId ws, Callback callback) {
  if (!shares_.take(holder)) return false;
  std::string payload = "ask" + std::to_string(++number_);
  const std::string frame = encode_ws_frame(WsOpcode::ping, payload);
  server_.ws_send(ws, std::string_view(frame));  // of a connection that is gone, on_closed() comes
  pings_.push_back({std::string(holder), ws, std::move(payload), loop_.patience(), std::move(callback)});
  return true;
}

KioskPings::Callback KioskPings::end(Ping& ping) {
  shares_.give_back(ping.holder);
  return std::move(ping.callback);
}

void KioskPings::on_pong(WsId ws, std::string_view payload) {
  const auto found = std::find_if(pings_.begin(), pings_.end(),
                                  [&](const Ping& p) { return p.ws == ws && p.payload == payload; });
  if (found == pings_.end()) return;
  const Instant asked = found->at;
  const Callback callback = end(*found);
  pings_.erase(found);
  callback(loop_.patience() - asked);
}

void KioskPings::on_closed(WsId ws) {
  if (pings_.empty()) return;
  std::vector<Callback> ended;
  for (Ping& ping : pings_)
    if (ping.ws == ws) ended.push_back(end(ping));
  std::erase_if(pings_, [ws](const Ping& p) { return p.ws == ws; });
  for (const Callback& callback : ended) callback(std::nullopt);
}

std::optional<Instant> KioskPings::next_deadline() const {
  if (pings_.empty()) return std::nullopt;
  return pings_.front().at + kPingWait + loop_.paused();
}

void KioskPings::on_tick(const Now& now) {
  while (!pings_.empty() && now.steady - loop_.paused() >= pings_.front().at + kPingWait) {
    const Callback callback = end(pings_.front());
    pings_.pop_front();
    callback(std::nullopt);
  }
}

}  // namespace kgw
