// NewsGathering: collects what the dashboard shows: the charts' figures, each kiosk's last error, and changes
// for the event streams. Decides nothing. Loop thread only.
#pragma once

#include "live/kiosk_faults.hpp"
#include "live/news.hpp"
#include "live/series.hpp"
#include "net/loop.hpp"
#include "shell/onlookers.hpp"
#include "shell/relay_shell.hpp"

namespace kgw {

class NewsGathering final : public Onlooker {
 public:
  NewsGathering(const Relay& relay, Series& series, KioskFaults& faults, News& news, Loop& loop)
      : relay_(relay), series_(series), faults_(faults), news_(news), loop_(loop) {}

  void on_record(std::uint64_t number, const RequestId& id, const Record& record) override {
    if (news_.listening()) news_.record(number, relay_.exchange(id), record);
  }
  void on_request_resolved(const StoredExchange& exchange) override { news_.resolved(exchange); }
  void on_request_withdrawn(const RequestId& id) override { news_.withdraw(id); }
  void on_round_trip(const std::string& kiosk_id) override { news_.kiosk(kiosk_id); }
  void on_store_down(const std::string&) override { news_.forget_unacknowledged(); }
  void on_request_ended(const Reply& reply) override {
    const Now& now = loop_.now();
    if (!reply.error) return series_.record(now.steady - reply.began);
    if (relay_.kiosks().find(reply.order->kiosk_id) == nullptr) return;
    faults_.note(reply.order->kiosk_id, {*reply.error, now.wall, reply.id});
    news_.kiosk(reply.order->kiosk_id);
  }

 private:
  const Relay& relay_;
  Series& series_;
  KioskFaults& faults_;
  News& news_;
  Loop& loop_;
};

}  // namespace kgw
