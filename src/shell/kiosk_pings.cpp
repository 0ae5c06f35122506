#include "shell/kiosk_pings.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "wire/websocket.hpp"

namespace kgw {

bool KioskPings::ping(WsId ws, Callback callback) {
  if (pings_.size() >= kPingsMax) return false;
  std::string payload = "ask" + std::to_string(++number_);
  const std::string frame = encode_ws_frame(WsOpcode::ping, payload);
  server_.ws_send(ws, std::string_view(frame));  // of a connection that is gone, on_closed() comes
  pings_.push_back({ws, std::move(payload), loop_.patience(), std::move(callback)});
  return true;
}

void KioskPings::on_pong(WsId ws, std::string_view payload) {
  const auto found = std::find_if(pings_.begin(), pings_.end(),
                                  [&](const Ping& p) { return p.ws == ws && p.payload == payload; });
  if (found == pings_.end()) return;
  const Ping ping = std::move(*found);
  pings_.erase(found);
  ping.callback(loop_.patience() - ping.at);
}

void KioskPings::on_closed(WsId ws) {
  if (pings_.empty()) return;
  std::vector<Callback> ended;
  for (Ping& ping : pings_)
    if (ping.ws == ws) ended.push_back(std::move(ping.callback));
  std::erase_if(pings_, [ws](const Ping& p) { return p.ws == ws; });
  for (const Callback& callback : ended) callback(std::nullopt);
}

std::optional<Instant> KioskPings::next_deadline() const {
  if (pings_.empty()) return std::nullopt;
  return pings_.front().at + kPingWait + loop_.paused();
}

void KioskPings::on_tick(const Now& now) {
  while (!pings_.empty() && now.steady - loop_.paused() >= pings_.front().at + kPingWait) {
    const Callback callback = std::move(pings_.front().callback);
    pings_.pop_front();
    callback(std::nullopt);
  }
}

}  // namespace kgw
