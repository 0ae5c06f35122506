// LiveEvents: GET /api/events. Once a second, while anybody listens, what has changed is rendered and told to
// all streams (EventFeed has the streams). Work is cut into pieces of one turn each; what lasts, a snapshot or
// the rows of many kiosks, goes on in later turns. Loop thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "access/access.hpp"
#include "api/alerts_api.hpp"
#include "api/status_pages.hpp"
#include "live/event_feed.hpp"
#include "live/kiosk_rows.hpp"
#include "live/news.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "shell/relay_shell.hpp"

namespace kgw {

class LiveEvents {
 public:
  // `life`: tells this run of the gateway from any other, since event ids do not outlive it.
  LiveEvents(std::string life, News& news, const KioskRows& rows, const StatusPages& status,
             const RelayShell& shell, const AlertBook& alerts, const CursorSeal& seal, const Access& access,
             Loop& loop, HttpServer& server);
  ~LiveEvents();

  // The caller has scope read.
  void open(const HttpRequest& request, const Caller& caller);
  bool on_caller_gone(HttpCallId call);  // false: no stream's call
  // The gateway is about to end: says so, and ends all streams.
  void on_drain();

  std::optional<Instant> next_deadline() const;
  void on_tick(const Now& now);

 private:
  EventFeed& feed_for(const Caller& caller);
  std::size_t streams() const;
  bool has_room_for(const Caller& caller) const;
  void every_second(const Now& now);
  void tell_stats();
  void tell_health(const Now& now);
  // As the feed's viewers may know it.
  std::string health_for(const EventFeed& feed) const;
  void take_news(const Now& now);
  void tell_news();
  struct Telling;
  bool tell_some(Telling& news);
  bool tell_some_to(EventFeed& feed, Telling& news);
  void tell_kiosks(std::size_t rows_left);
  void pump();
  void pump_later();

  const std::string life_;
  News& news_;
  const KioskRows& rows_;
  const StatusPages& status_;
  const RelayShell& shell_;
  const AlertBook& alerts_;
  const CursorSeal& seal_;
  const Access& access_;
  Loop& loop_;
  HttpServer& server_;
  std::vector<std::unique_ptr<EventFeed>> feeds_;
  std::uint64_t feed_numbers_ = 0;
  Instant next_second_{};
  WallTime alerts_told_{};            // those that were raised or ended up to then
  std::unique_ptr<Telling> telling_;  // rows of one second; the next second's wait until all were told of them
  Instant last_stream_{};             // when there was one last
  Instant next_sign_{};               // of life, and the whole health
  bool pumping_ = false;              // a turn of it is posted
  std::optional<Instant> pump_at_;    // those that catch up have enough to read for now
};

}  // namespace kgw
