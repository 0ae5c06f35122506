#include "api/live_events.hpp"

#include <algorithm>
#include <utility>

#include "api/history_api.hpp"
#include "api/requests_api.hpp"
#include "base/shares.hpp"
#include "http/answers.hpp"
#include "http/json_object.hpp"

namespace kgw {
namespace {

constexpr auto kSecond = std::chrono::seconds(1);
constexpr auto kSignTime = std::chrono::seconds(15);
constexpr auto kPumpPause = Milliseconds(50);
constexpr std::size_t kKioskRowsASecond = 1000;  // in many turns
constexpr std::string_view kStreamFields = "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n";
constexpr std::string_view kEventStream = "text/event-stream";

// Of those that the feed's viewers see.
std::uint64_t skipped_of(const Skipped& skipped, const EventFeed& feed) {
  if (feed.sees_all()) return skipped.all;
  std::uint64_t own = 0;
  for (const auto& [kiosk_id, count] : skipped.by_kiosk)
    if (feed.sees(kiosk_id)) own += count;
  return own;
}

// The health without its clock.
std::string lasting(std::string health) {
  const std::size_t at = health.find("\"uptime_seconds\":");
  if (at != std::string::npos) health.erase(at, health.find_first_of(",}", at) - at);
  return health;
}

}  // namespace

// The rows of one second, on their way to the feeds, one feed after the other.
struct LiveEvents::Telling {
  NewsOf<StoredExchange> requests{};
  NewsOf<ConnectionRecord> connections{};
  NewsOf<AuditRecord> audit{};
  NewsOf<std::uint64_t> alerts{};    // their numbers
  std::vector<std::string> feeds{};  // names; the last one is being told

  // How far that has come.
  int event = 0;       // which of the four,
  std::size_t at = 0;  // and which row of it
  std::string rows{};
  std::size_t left = 0;  // of what one turn may do

  bool empty() const {
    return requests.rows.empty() && requests.skipped.all == 0 && connections.rows.empty() &&
           connections.skipped.all == 0 && audit.rows.empty() && audit.skipped.all == 0 && alerts.rows.empty();
  }
  // False: there are more of them, for a later turn.
  bool render(const auto& news, auto visible, auto json) {
    constexpr std::size_t kLook = 1, kRow = 8;
    for (; at < news.rows.size(); ++at) {
      if (left < kLook + kRow) return false;
      left -= kLook;
      if (!visible(news.rows[at])) continue;
      rows.append(rows.empty() ? "" : ",").append(json(news.rows[at]));
      left -= kRow;
    }
    return true;
  }
};

LiveEvents::LiveEvents(std::string life, Shown shown, const CursorSeal& seal, const Access& access, Loop& loop,
                       HttpServer& server)
    : life_(std::move(life)), shown_(shown), seal_(seal), access_(access), loop_(loop), server_(server) {}
LiveEvents::~LiveEvents() = default;

std::size_t LiveEvents::streams() const {
  std::size_t count = 0;
  for (const auto& feed : feeds_) count += feed->streams();
  return count;
}

bool LiveEvents::has_room_for(const Caller& caller) const {
  SharedBound bound(limits::kEventStreamsMax);
  bound.take(streams());
  std::size_t held = 0;
  for (const auto& feed : feeds_) held += feed->streams_of(caller.holder());
  return bound.has_room(held);
}

EventFeed& LiveEvents::feed_for(const Caller& caller) {
  for (const auto& feed : feeds_)
    if (feed->is_for(caller)) return *feed;
  std::string name = life_ + "." + std::to_string(++feed_numbers_);
  return *feeds_.emplace_back(std::make_unique<EventFeed>(caller, std::move(name), server_));
}

std::string LiveEvents::hello_for(EventFeed& feed) const {
  const std::string health = health_for(feed);
  if (!feed.knows_health()) feed.is_news(lasting(health));  // its first stream hears it now
  return JsonObject()
      .text("version", KGW_VERSION)
      .text("node", shown_.status.node())
      .time("time", loop_.now().wall)
      .raw("health", health)
      .take();
}

void LiveEvents::open(const HttpRequest& request, const Caller& caller) {
  if (shown_.shell.relay().draining()) return respond_error(server_, request.call, ErrorCode::draining);
  if (!has_room_for(caller))
    return respond_error(
        server_, request.call, ErrorCode::overloaded,
        "Too many event streams are open, in all or with this key; close a dashboard somewhere and try again.");
  HttpResponse head;
  head.content_type = kEventStream;
  head.extra_fields = kStreamFields;
  if (request.head.method == "HEAD") return server_.respond(request.call, head);
  const Now& now = loop_.now();
  if (!shown_.news.listening()) {
    shown_.news.listen(true);
    next_second_ = now.steady + kSecond;
    next_sign_ = now.steady + kSignTime;
    alerts_told_ = now.wall;
  }
  last_stream_ = now.steady;
  server_.begin_stream(request.call, head);
  feed_for(caller).join(request.call, caller, request.head.find("Last-Event-ID").value_or(""));
  pump_later();
}

bool LiveEvents::on_caller_gone(HttpCallId call) {
  return std::any_of(feeds_.begin(), feeds_.end(), [call](const auto& feed) { return feed->leave(call); });
}

void LiveEvents::on_drain() {
  for (const auto& feed : feeds_) feed->publish("health", health_for(*feed), loop_.now().steady);
  for (const auto& feed : feeds_) feed->end_if_not([](const Caller&) { return false; });
}

// ---------------------------------------------------------------- time

std::optional<Instant> LiveEvents::next_deadline() const {
  if (!shown_.news.listening()) return std::nullopt;
  return pump_at_ ? std::min(*pump_at_, next_second_) : next_second_;
}

void LiveEvents::on_tick(const Now& now) {
  if (!shown_.news.listening()) return;
  if (pump_at_ && now.steady >= *pump_at_) pump_later();
  if (now.steady < next_second_) return;
  next_second_ = now.steady + kSecond;
  for (const auto& feed : feeds_)
    feed->end_if_not([&](const Caller& caller) { return access_.still_counts(caller, now.wall); });
  if (streams() > 0) last_stream_ = now.steady;
  // Who comes back after a while gets all anew; until then what happens is kept for them.
  if (now.steady - last_stream_ > limits::kEventsKeptTime) {
    feeds_.clear();
    pump_at_.reset();
    return shown_.news.listen(false);
  }
  every_second(now);
}

void LiveEvents::every_second(const Now& now) {
  take_news(now);
  tell_stats();
  tell_health(now);
  shown_.news.loads().begin_look();
  look_at_loads();
}

void LiveEvents::look_at_loads() {
  if (shown_.news.look_at_loads()) loop_.post([this] { look_at_loads(); });
  else tell_kiosks(kKioskRowsASecond);
}

void LiveEvents::tell_stats() {
  std::string all;
  for (const auto& feed : feeds_) {
    if (!feed->ready()) continue;
    if (feed->sees_all() && all.empty()) all = shown_.status.stats_json();
    const std::string own = feed->sees_all() ? std::string() : shown_.status.limited_stats_json(feed->counts());
    feed->publish("stats", feed->sees_all() ? all : own, loop_.now().steady);
  }
}

std::string LiveEvents::health_for(const EventFeed& feed) const {
  return feed.sees_all() ? shown_.status.health_json() : shown_.status.health_json(feed.counts());
}

void LiveEvents::tell_health(const Now& now) {
  const bool due = now.steady >= next_sign_;
  if (due) next_sign_ = now.steady + kSignTime;
  for (const auto& feed : feeds_) {
    if (due) feed->comment();
    if (!feed->ready()) continue;
    const std::string health = health_for(*feed);
    if (feed->is_news(lasting(health)) || due) feed->publish("health", health, now.steady);
  }
}

void LiveEvents::take_news(const Now& now) {
  if (telling_) return;
  auto news = std::make_unique<Telling>();
  news->requests = shown_.news.take_requests(shown_.shell.acknowledged());
  news->connections = shown_.news.take_connections();
  news->audit = shown_.news.take_audit();
  const auto is_new = [&](WallTime at) { return at > alerts_told_ && at <= now.wall; };
  for (const Alert& alert : shown_.alerts.alerts())
    if (is_new(alert.raised_at) || (alert.ended_at && is_new(*alert.ended_at)))
      news->alerts.rows.push_back(alert.number);
  alerts_told_ = now.wall;
  if (news->empty()) return;
  for (const auto& feed : feeds_) news->feeds.push_back(feed->name());
  telling_ = std::move(news);
  tell_news();
}

void LiveEvents::tell_news() {
  if (tell_some(*telling_)) telling_.reset();
  else loop_.post([this] { tell_news(); });
}

// False: there is more, for a later turn.
bool LiveEvents::tell_some(Telling& news) {
  constexpr std::size_t kWorkATurn = 256;
  for (news.left = kWorkATurn; !news.feeds.empty(); news.feeds.pop_back()) {
    const auto feed = std::find_if(feeds_.begin(), feeds_.end(),
                                   [&](const auto& one) { return one->name() == news.feeds.back(); });
    if (feed != feeds_.end() && !tell_some_to(**feed, news)) return false;
    news.event = 0;
    news.at = 0;
    news.rows.clear();
  }
  return true;
}

bool LiveEvents::tell_some_to(EventFeed& feed, Telling& news) {
  const auto sees_request = [&](const StoredExchange& x) { return feed.sees(x.order.kiosk_id); };
  const auto sees_connection = [&](const ConnectionRecord& c) { return feed.sees(c.kiosk_id); };
  const auto alert_of = [&](std::uint64_t number) {
    const auto found =
        std::lower_bound(shown_.alerts.alerts().begin(), shown_.alerts.alerts().end(), number,
                         [](const Alert& alert, std::uint64_t than) { return alert.number < than; });
    return found != shown_.alerts.alerts().end() && found->number == number ? &*found : nullptr;
  };
  const auto sees_alert = [&](std::uint64_t number) {
    const Alert* const alert = alert_of(number);
    return alert && (feed.sees_all() || (!alert->kiosk_id.empty() && feed.sees(alert->kiosk_id)));
  };
  const auto tell = [&](int which, std::string_view event, const auto& of, auto visible, auto json) {
    if (news.event != which) return true;
    if (!news.render(of, visible, json)) return false;
    const std::uint64_t skipped = skipped_of(of.skipped, feed);
    if (!news.rows.empty() || skipped > 0) {
      std::string data = R"({"rows":[)";
      data.append(news.rows).append(R"(],"skipped":)").append(std::to_string(skipped)).append("}");
      feed.publish(event, data, loop_.now().steady);
    }
    ++news.event;
    news.at = 0;
    news.rows.clear();
    return true;
  };
  static const NewsOf<AuditRecord> none;
  const auto any = [](const AuditRecord&) { return true; };
  return tell(0, "requests", news.requests, sees_request, summary_json) &&
         tell(1, "history", news.connections, sees_connection,
              [](const ConnectionRecord& c) { return connection_json(c, true); }) &&
         tell(2, "audit", feed.sees_all() ? news.audit : none, any, audit_json) &&
         tell(3, "alerts", news.alerts, sees_alert,
              [&](std::uint64_t number) { return alert_json(*alert_of(number), seal_, feed.viewer()); });
}

// A turn's worth of them; the others in the next turns, or in the next second.
void LiveEvents::tell_kiosks(std::size_t rows_left) {
  const auto ids = shown_.news.take_kiosks(std::min(rows_left, limits::kEventRowsATurn));
  if (ids.empty()) return;
  std::vector<std::pair<const std::string*, std::string>> rows;  // an id, and its row; empty: there is none
  for (const std::string& id : ids) {
    const KioskRef* const kiosk = shown_.shell.relay().kiosks().find(id);
    rows.emplace_back(&id, kiosk ? shown_.rows.json(**kiosk) : std::string());
    if (kiosk) shown_.news.loads().told(*kiosk);
  }
  for (const auto& feed : feeds_) {
    std::string changed = R"({"reset":false,"complete":true,"rows":[)";
    std::string removed;
    const std::size_t empty = changed.size();
    changed.reserve(empty + rows.size() * limits::kUsualRowBytes);
    for (const auto& [id, row] : rows) {
      if (!feed->sees(*id)) continue;
      feed->count(*id, shown_.shell.relay().kiosks().find(*id));
      if (row.empty()) append_json_string(removed.append(removed.empty() ? "" : ","), *id);
      else changed.append(changed.size() > empty ? "," : "").append(row);
    }
    if (changed.size() == empty && removed.empty()) continue;
    changed.append(R"(],"removed":[)").append(removed).append("]}");
    feed->publish("kiosks", changed, loop_.now().steady);
  }
  const std::size_t left = rows_left - ids.size();
  if (left > 0 && ids.size() == limits::kEventRowsATurn) loop_.post([this, left] { tell_kiosks(left); });
}

// ---------------------------------------------------------------- catching up

void LiveEvents::pump_later() {
  pump_at_.reset();
  if (std::exchange(pumping_, true)) return;
  loop_.post([this] { pump(); });
}

// One piece of one stream a turn, the feeds one after the other.
void LiveEvents::pump() {
  pumping_ = false;
  std::rotate(feeds_.begin(), feeds_.begin() + (feeds_.empty() ? 0 : 1), feeds_.end());
  const auto row = [this](const Kiosk& kiosk) {
    if (!shown_.news.loads().is_as_told(kiosk))
      shown_.news.kiosk(kiosk.record.id);  // or only this stream would know
    return shown_.rows.json(kiosk);
  };
  const auto worked = [&](const auto& feed) {
    return feed->pump(shown_.shell.relay().kiosks(), row, [&] { return hello_for(*feed); });
  };
  if (std::any_of(feeds_.begin(), feeds_.end(), worked)) return pump_later();
  const auto waits = [](const auto& feed) { return feed->catching_up(); };
  if (std::any_of(feeds_.begin(), feeds_.end(), waits)) pump_at_ = loop_.now().steady + kPumpPause;
}

}  // namespace kgw
