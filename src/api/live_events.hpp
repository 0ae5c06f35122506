// LiveEvents: GET /api/events. Once a second, while anybody listens, renders what has changed and publishes
// it to all streams (EventFeed has the streams). Work is cut into pieces that fit in a turn; longer work,
// such as a snapshot or the rows of many kiosks, continues in later turns. Loop thread only.
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
  // What is published; must outlive the streams.
  struct Shown {
    News& news;
    const KioskRows& rows;
    const StatusPages& status;
    const RelayShell& shell;
    const AlertBook& alerts;
  };
  // `life`: distinguishes this run of the gateway from all others, as event ids are not valid across runs.
  LiveEvents(std::string life, Shown shown, const CursorSeal& seal, const Access& access, Loop& loop,
             HttpServer& server);
  ~LiveEvents();

  // Requires a caller with scope read.
  void open(const HttpRequest& request, const Caller& caller);
  bool on_caller_gone(HttpCallId call);  // false: not the call of a stream
  // Publishes that the gateway is about to end, and ends all streams.
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
  // The health as the feed's viewers may know it.
  std::string health_for(const EventFeed& feed) const;
  std::string hello_for(EventFeed& feed) const;
  void take_news(const Now& now);
  void tell_news();
  struct Telling;
  bool tell_some(Telling& news);
  bool tell_some_to(EventFeed& feed, Telling& news);
  void look_at_loads();
  void tell_kiosks(std::size_t rows_left);
  void pump();
  void pump_later();

  const std::string life_;
  const Shown shown_;
  const CursorSeal& seal_;
  const Access& access_;
  Loop& loop_;
  HttpServer& server_;
  std::vector<std::unique_ptr<EventFeed>> feeds_;
  std::uint64_t feed_numbers_ = 0;
  Instant next_second_{};
  WallTime alerts_told_{};            // alerts raised or ended up to then are published
  std::unique_ptr<Telling> telling_;  // the rows of one second; those of the next wait until they are published
  Instant last_stream_{};             // when a stream was last open
  Instant next_sign_{};               // when the next keep-alive and full health are due
  bool pumping_ = false;              // a pump() is posted
  std::optional<Instant> pump_at_;    // retry then: the clients that are catching up have enough to read
};

}  // namespace kgw
