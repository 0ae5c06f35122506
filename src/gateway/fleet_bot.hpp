// FleetBot: the bot within the gateway: publishes events in the log chat and alerts to the admins. Loop
// thread only; curl has its own thread, and its results are handled in poll().
#pragma once

#include "gateway/telegram_console.hpp"
#include "telegram/bot.hpp"
#include "telemetry/collect.hpp"

namespace kgw {

class FleetBot final : public Onlooker {
 public:
  FleetBot(const Config& config, TelegramConsole::Rooms rooms, const std::string& node, Random& random,
           Log& log);

  void poll() { bot_.poll(); }
  void on_tick(const Now& now);
  std::optional<Instant> next_deadline();
  PushFigures figures() const;
  void set_admins(const std::vector<std::int64_t>& ids) { bot_.set_admins({ids.begin(), ids.end()}); }

  void on_kiosk_connected(const std::string& kiosk_id, std::string_view address) override;
  void on_kiosk_disconnected(const std::string& kiosk_id, std::string_view reason) override;
  void on_kiosk_refused(const std::string& kiosk_id, ErrorCode why, std::string_view address) override;
  void on_request_accepted(const AcceptedRecord& record) override;
  void on_request_withdrawn(const RequestId& id) override;
  void on_request_ended(const Reply& reply) override;
  void on_late_answer(const LateAnswer& answer) override;

 private:
  Loop& loop_;
  TelegramConsole console_;
  telegram::Bot bot_;
  Instant sample_due_;
};

}  // namespace kgw
