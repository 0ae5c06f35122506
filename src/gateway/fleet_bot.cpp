#include "gateway/fleet_bot.hpp"

#include <utility>

namespace kgw {
namespace {

telegram::Bot::Settings settings_of(const Config& config) {
  telegram::Bot::Settings settings;
  settings.api = {config.telegram_bot_token, config.telegram_api_url, config.telegram_proxy};
  settings.admins = {config.telegram_admin_ids.begin(), config.telegram_admin_ids.end()};
  if (config.telegram_log_chat_id != 0) settings.log_chat = config.telegram_log_chat_id;
  settings.polling = config.telegram_polling;
  return settings;
}

}  // namespace

FleetBot::FleetBot(const Config& config, TelegramConsole::Rooms rooms, const std::string& node, Random& random,
                   Log& log)
    : loop_(rooms.loop),
      console_(rooms, node, !config.redis_url.empty()),
      bot_(
          settings_of(config), console_, [this] { return loop_.now(); }, [this] { loop_.wake(); }, random, log),
      sample_due_(loop_.now().steady + TelegramConsole::kSampleTime) {
  if (config.telegram_log_chat_id != 0) rooms.shell.onlookers().add(*this);
  rooms.alerts.set_teller(
      [this](std::vector<AlertNews> news, std::uint64_t dropped) { bot_.tell(std::move(news), dropped); });
}

PushFigures FleetBot::figures() const {
  const telegram::SendFigures now = bot_.figures();
  return {"telegram", now.waiting, now.sent, now.failures, now.dropped, bot_.works()};
}

void FleetBot::on_tick(const Now& now) {
  bot_.on_tick(now);
  if (now.steady < sample_due_) return;
  sample_due_ = now.steady + TelegramConsole::kSampleTime;
  console_.take_sample();
}

std::optional<Instant> FleetBot::next_deadline() {
  const auto next = bot_.next_time();
  return next && *next < sample_due_ ? *next : sample_due_;
}

void FleetBot::on_kiosk_connected(const std::string& kiosk_id, std::string_view address) {
  bot_.log_chat().on_connected(kiosk_id, address);
}
void FleetBot::on_kiosk_disconnected(const std::string& kiosk_id, std::string_view reason) {
  bot_.log_chat().on_disconnected(kiosk_id, reason);
}
void FleetBot::on_kiosk_refused(const std::string& kiosk_id, ErrorCode why, std::string_view address) {
  bot_.log_chat().on_refused(kiosk_id, why, address);
}
void FleetBot::on_request_accepted(const AcceptedRecord& record) { bot_.log_chat().on_accepted(record); }
void FleetBot::on_request_withdrawn(const RequestId& id) { bot_.log_chat().on_withdrawn(id); }
void FleetBot::on_request_ended(const Reply& reply) { bot_.log_chat().on_ended(reply); }
void FleetBot::on_late_answer(const LateAnswer& answer) { bot_.log_chat().on_late_answer(answer); }

}  // namespace kgw
