#include "telegram/sender.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {
namespace {

using std::chrono::seconds;

constexpr std::size_t kOutMax = 8;
constexpr auto kSendTime = seconds(20);
constexpr auto kRetryMax = seconds(3600);
constexpr std::size_t kRefusingMax = 100;

bool is_markup_fault(const ApiAnswer& answer) {
  return answer.code == 400 && answer.description.find("can't parse entities") != std::string::npos;
}

// The topic was closed or deleted meanwhile: the group itself is still there.
bool is_topic_fault(const ApiAnswer& answer) {
  return answer.code == 400 && (answer.description.find("message thread not found") != std::string::npos ||
                                answer.description.find("TOPIC_CLOSED") != std::string::npos ||
                                answer.description.find("TOPIC_DELETED") != std::string::npos);
}

}  // namespace

void Sender::add(Message message) {
  queue_.add(std::move(message));
  pump();
}

void Sender::call(std::string_view method, const boost::json::object& parameters, BotApi::Callback callback) {
  if (!callback) callback = [](const ApiAnswer&) {};
  if (!api_.call(method, parameters, kSendTime, callback)) callback({});
}

void Sender::pump() {
  changed_ = true;
  while (out_ < kOutMax) {
    auto message = queue_.next(now_().steady);
    if (!message) return;
    boost::json::object parameters = message->parameters;
    parameters["chat_id"] = message->chat;
    ++out_;
    const std::string method = message->method;
    auto held = std::make_shared<Message>(std::move(*message));
    const bool started = api_.call(method, parameters, kSendTime, [this, held](const ApiAnswer& answer) {
      --out_;
      take(std::move(*held), answer);
      pump();
    });
    if (started) continue;
    --out_;
    return queue_.again(std::move(*held), now_().steady, kBackoffFirst);
  }
}

std::optional<Instant> Sender::next_time() {
  if (std::exchange(changed_, false))
    next_time_ = out_ < kOutMax ? queue_.next_time(now_().steady) : std::nullopt;
  return next_time_;
}

void Sender::take(Message message, const ApiAnswer& answer) {
  const Instant now = now_().steady;
  if (!answer.reached || answer.code >= 500) return unreached(std::move(message), answer);
  if (backoff_.failing()) log_.write(LogLevel::info, "telegram_reached");
  backoff_.reset();
  if (!answer.ok) return refused(std::move(message), answer);
  refusing_.erase(message.chat);
  ++sent_;
  queue_.sent(message, now);
  if (message.done) message.done(answer);
}

void Sender::refused(Message message, const ApiAnswer& answer) {
  const Instant now = now_().steady;
  ++failures_;
  if (answer.code == 429) {
    const auto rest = std::clamp(answer.retry_after, seconds(1), kRetryMax);
    return queue_.again(std::move(message), now, rest);
  }
  if (answer.migrate_to_chat_id) {
    const std::int64_t from = message.chat;
    const std::int64_t to = *answer.migrate_to_chat_id;
    queue_.move(from, to);
    message.chat = to;
    queue_.again(std::move(message), now, SendQueue::kChatGap);
    return moved_(from, to);
  }
  if (is_markup_fault(answer) && message.parameters.contains("parse_mode")) {
    log_.write(LogLevel::error, "telegram_markup", {{"why", answer.description}});
    message.parameters.erase("parse_mode");
    const auto& html = message.parameters["text"];
    message.parameters["text"] =
        cut_plain(plain_of(html.is_string() ? std::string_view(html.get_string()) : ""), kMessageUnitsMax);
    return queue_.again(std::move(message), now, SendQueue::kChatGap);
  }
  if (is_topic_fault(answer) && message.parameters.erase("message_thread_id") != 0)
    return queue_.again(std::move(message), now, SendQueue::kChatGap);
  // An edit that changes nothing is a success.
  const bool same = answer.description.find("not modified") != std::string::npos;
  if (!same) ++given_up_;
  const bool told = same || refusing_.contains(message.chat);
  if (!told && refusing_.size() < kRefusingMax) {
    refusing_.insert(message.chat);
    log_.write(LogLevel::warning, "telegram_refused",
               {{"chat", message.chat},
                {"method", message.method},
                {"code", std::int64_t{answer.code}},
                {"why", answer.description}});
  }
  queue_.sent(message, now);
  if (message.done) message.done(answer);
}

void Sender::unreached(Message message, const ApiAnswer& answer) {
  const Instant now = now_().steady;
  ++failures_;
  if (!backoff_.failing())
    log_.write(LogLevel::warning, "telegram_unreachable",
               {{"why", answer.description}, {"code", std::int64_t{answer.code}}});
  if (now >= rests_until_) {  // of several in flight, only the first counts
    rests_until_ = now + backoff_.next();
    queue_.rest_all(rests_until_);
  }
  if (message.once) {  // it may have arrived: twice would be worse than not at all
    ++given_up_;
    queue_.sent(message, now);
    if (message.done) message.done(answer);
    return;
  }
  queue_.again(std::move(message), now, backoff_.last());
}

}  // namespace kgw::telegram
