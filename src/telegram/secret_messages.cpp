#include "telegram/secret_messages.hpp"

#include <algorithm>
#include <sstream>

namespace kgw::telegram {
namespace {

constexpr const char* kName = "telegram.secrets";  // "chat message due", one a line
constexpr auto kRetry = std::chrono::seconds(30);
// Telegram lets a bot delete messages for two days.
constexpr auto kGiveUp = std::chrono::hours(47);

boost::json::object message_of(std::int64_t chat, std::int64_t message) {
  return {{"chat_id", chat}, {"message_id", message}};
}

// It is deleted, or never will be.
bool is_over(const ApiAnswer& answer) { return answer.ok || (answer.reached && answer.code == 400); }

}  // namespace

SecretMessages::SecretMessages(Console& console, Sender& sender, const Now& now)
    : console_(console), sender_(sender) {
  std::istringstream lines(console.kept(kName));
  std::int64_t due = 0;
  for (Secret secret{}; secrets_.size() < kMax && lines >> secret.chat >> secret.message >> due;) {
    secret.due = wall_from_ms(due);
    secrets_.push_back(secret);
  }
  retime(now);
}

void SecretMessages::add(std::int64_t chat, std::int64_t message, const Now& now) {
  secrets_.push_back({chat, message, now.wall + kLife});
  if (secrets_.size() > kMax) {
    const Secret oldest = secrets_.front();
    remove(oldest.chat, oldest.message);
  }
  keep();
  retime(now);
}

void SecretMessages::remove(std::int64_t chat, std::int64_t message) {
  std::erase_if(secrets_, [&](const Secret& s) { return s.chat == chat && s.message == message; });
  keep();
  sender_.call("deleteMessage", message_of(chat, message));
}

void SecretMessages::on_tick(const Now& now) {
  if (!next_ || now.steady < *next_) return;
  for (Secret& secret : secrets_) {
    if (secret.due > now.wall) continue;
    secret.due = now.wall + kRetry;  // until Telegram confirms the deletion
    sender_.call("deleteMessage", message_of(secret.chat, secret.message),
                 [this, chat = secret.chat, id = secret.message](const ApiAnswer& answer) {
                   if (!is_over(answer)) return;
                   std::erase_if(secrets_, [&](const Secret& s) { return s.chat == chat && s.message == id; });
                   keep();
                 });
  }
  retime(now);
}

void SecretMessages::retime(const Now& now) {
  next_.reset();
  for (const Secret& secret : secrets_) {
    const Instant at = now.steady + std::clamp<Milliseconds>(secret.due - now.wall, Milliseconds(0), kGiveUp);
    if (!next_ || at < *next_) next_ = at;
  }
}

std::optional<Instant> SecretMessages::next_time() const { return next_; }

void SecretMessages::keep() {
  std::string text;
  for (const Secret& secret : secrets_)
    text.append(std::to_string(secret.chat) + " " + std::to_string(secret.message) + " " +
                std::to_string(to_ms(secret.due)) + "\n");
  console_.keep(kName, std::move(text), [](const Result<void>&) {});
}

}  // namespace kgw::telegram
