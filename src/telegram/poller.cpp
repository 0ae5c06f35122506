#include "telegram/poller.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "wire/http_date.hpp"

namespace kgw::telegram {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kCallTime = seconds(20);
constexpr auto kAnswerTime = seconds(10);  // on top of the long poll
constexpr int kUpdatesMax = 20;
constexpr milliseconds kConflictRest{10'000};
constexpr milliseconds kWrongTokenRest{300'000};
constexpr milliseconds kQuick{1000};
constexpr milliseconds kMayNotRest{5'000};
constexpr std::chrono::hours kNumbersStartAnew{Poller::kDaysOfNumbers * 24};
constexpr int kUnreachable = 1;

// The id of the first update in a list of which only the beginning was read. Telegram writes the id first, so
// that nothing a person wrote can precede it.
std::optional<std::int64_t> first_update_id(std::string_view beginning) {
  constexpr std::string_view kName = "\"update_id\":";
  const std::size_t at = beginning.find(kName);
  if (at == beginning.npos) return std::nullopt;
  const std::string_view digits = beginning.substr(at + kName.size());
  std::int64_t id = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  const bool whole = fault == std::errc() && end != digits.data() + digits.size();
  return whole ? std::optional(id) : std::nullopt;
}

}  // namespace

Poller::Poller(BotApi& api, std::function<Now()> now, Log& log, std::int64_t last_update, Hooks hooks)
    : api_(api),
      now_(std::move(now)),
      log_(log),
      hooks_(std::move(hooks)),
      offset_(last_update == 0 ? 0 : last_update + 1),
      limit_(kUpdatesMax),
      last_at_(now_().steady) {}

std::optional<Instant> Poller::next_time() const { return busy_ ? std::nullopt : std::optional(next_); }

void Poller::on_tick(const Now& now) {
  if (busy_ || now.steady < next_) return;
  next_ = now.steady + kMayNotRest;
  if (!hooks_.may_poll()) return;
  if (known_) ask_for_updates();
  else ask_who_we_are();
}

void Poller::ask_who_we_are() {
  busy_ = api_.call("getMe", {}, kCallTime, [this](const ApiAnswer& answer) {
    busy_ = false;
    next_ = now_().steady;
    if (!answer.ok || !answer.result.is_object()) return failed(answer);
    const boost::json::value* const name = answer.result.get_object().if_contains("username");
    const std::string username(name != nullptr && name->is_string() ? std::string_view(name->get_string())
                                                                    : "");
    known_ = true;
    hooks_.ready(username);
    log_.write(LogLevel::info, "telegram_ready", {{"bot", username}});
  });
}

void Poller::ask_for_updates() {
  asked_ = now_().steady;
  boost::json::object parameters;
  if (offset_ != 0) parameters["offset"] = offset_;
  // After a failure the first answer should come at once: it shows that the problem is over.
  parameters["timeout"] = told_ == 0 ? kLongPoll.count() : 0;
  parameters["limit"] = limit_;
  parameters["allowed_updates"] = {"message", "callback_query"};
  busy_ = api_.call("getUpdates", parameters, kLongPoll + kAnswerTime, [this](const ApiAnswer& answer) {
    read_clock(answer);
    if (answer.ok && answer.result.is_array()) return answered(answer);
    busy_ = false;
    if (answer.too_large) too_large(answer);
    else failed(answer);
  });
}

void Poller::answered(const ApiAnswer& answer) {
  if (told_ != 0) log_.write(LogLevel::info, "telegram_polls_again");
  told_ = 0;
  backoff_.reset();
  const bool all = answer.result.get_array().size() < static_cast<std::size_t>(limit_);
  limit_ = all ? kUpdatesMax : std::min(limit_ * 2, kUpdatesMax);
  // A server that does not wait for updates must not be polled without a pause.
  rest_ = answer.result.get_array().empty() && now_().steady - asked_ < kQuick ? kQuick : milliseconds(0);
  for (const boost::json::value& update : answer.result.get_array())
    if (update.is_object()) updates_.push_back(update.get_object());
  next_update();
}

void Poller::next_update() {
  while (!updates_.empty()) {
    const boost::json::object update = std::move(updates_.front());
    updates_.pop_front();
    const boost::json::value* const id = update.if_contains("update_id");
    if (id == nullptr || !id->is_int64()) continue;
    const Instant now = now_().steady;
    if (id->get_int64() < offset_ && now - last_at_ < kNumbersStartAnew) continue;
    offset_ = id->get_int64() + 1;
    last_at_ = now;
    return hooks_.take(update, [this] { next_update(); });
  }
  busy_ = false;
  next_ = now_().steady + rest_;
}

void Poller::read_clock(const ApiAnswer& answer) {
  const WallTime ours = now_().wall;
  if (const auto theirs = parse_http_date(answer.date, ours)) ahead_ = *theirs - ours;
}

void Poller::too_large(const ApiAnswer& answer) {
  next_ = now_().steady;
  if (limit_ > 1) {
    limit_ /= 2;
    return;
  }
  // The others are queued behind this one; what is requested again is delivered again.
  const auto id = first_update_id(answer.beginning);
  if (!id || *id < offset_) return failed(answer);
  offset_ = *id + 1;
  log_.write(LogLevel::warning, "telegram_update_skipped", {{"update", *id}, {"why", answer.description}});
}

void Poller::failed(const ApiAnswer& answer) {
  const int trouble = answer.reached && answer.code < 500 && !answer.ok ? answer.code : kUnreachable;
  milliseconds rest = backoff_.next();
  if (trouble == 409) rest = kConflictRest;
  if (trouble == 401 || trouble == 403 || trouble == 404) rest = kWrongTokenRest;
  if (answer.retry_after.count() > 0)
    rest = std::max<milliseconds>(rest, std::min(answer.retry_after, seconds(3600)));
  next_ = now_().steady + rest;
  if (std::exchange(told_, trouble) == trouble) return;
  const std::string_view event = trouble == 409            ? "telegram_another_poller"
                                 : trouble == kUnreachable ? "telegram_unreachable"
                                                           : "telegram_refuses_us";
  log_.write(LogLevel::warning, event, {{"why", answer.description}, {"code", std::int64_t{answer.code}}});
}

}  // namespace kgw::telegram
