// Onlooker: sees what the Relay does, and keeps what the dashboard shows of it: the charts' figures, each
// kiosk's last error, and what changed for the event streams. Decides nothing. Loop thread only.
#pragma once

#include "gateway/kiosk_faults.hpp"
#include "gateway/news.hpp"
#include "gateway/relay_shell.hpp"
#include "gateway/series.hpp"

namespace kgw {

class Onlooker final : public RelayShell::Watcher {
 public:
  Onlooker(Series& series, KioskFaults& faults, News& news, Loop& loop)
      : series_(series), faults_(faults), news_(news), loop_(loop) {}

  bool wants_records() const override { return news_.listening(); }
  void on_record(std::uint64_t number, const Exchange* exchange, const Record& record) override {
    news_.record(number, exchange, record);
  }
  void on_store_failed() override { news_.forget_unacknowledged(); }
  void on_reply(const Reply& reply, bool kiosk_known) override {
    const Now& now = loop_.now();
    if (!reply.error) return series_.record(now.steady - reply.began);
    if (!kiosk_known) return;
    faults_.note(reply.kiosk_id, {*reply.error, now.wall, reply.id});
    news_.kiosk(reply.kiosk_id);
    // Then its place in the lane is free again.
    if (*reply.error == ErrorCode::timeout)
      news_.kiosk_later(reply.kiosk_id, now.steady + limits::kOverdueLanePlace + std::chrono::seconds(1));
  }

 private:
  Series& series_;
  KioskFaults& faults_;
  News& news_;
  Loop& loop_;
};

}  // namespace kgw
