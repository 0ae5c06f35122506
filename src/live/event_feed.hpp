// EventFeed: the event streams (server-sent events) of all viewers who see the same kiosks. Each event is
// rendered once and its bytes are shared by all streams; the latest are kept for clients that reconnect with
// Last-Event-ID. A stream begins with hello, then catches up, piece by piece and only as fast as it is read,
// with a snapshot of the kiosks or with what it missed; then it is live. A live stream that falls behind is cut
// off. A new feed of a limited key first counts the kiosks that it shows, a few each turn; until then its
// streams wait for their hello. Loop thread only.
//
// An event's id is LIFE.FEED.NUMBER. The parts of an incomplete snapshot have the number 0, from which no
// client can resume.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "access/caller.hpp"
#include "core/kiosk.hpp"
#include "core/walk.hpp"
#include "live/fleet_counts.hpp"
#include "net/http_server.hpp"

namespace kgw {

class EventFeed {
 public:
  using KioskJson = std::function<std::string(const Kiosk&)>;
  using Hello = std::function<std::string()>;  // that event's data, as it is now

  // `viewer`: one of those who see what this feed shows. `name`: LIFE.FEED, unique among all feeds.
  EventFeed(Caller viewer, std::string name, HttpServer& server);

  bool is_for(const Caller& caller) const;
  bool sees(std::string_view kiosk_id) const { return viewer_.sees(kiosk_id); }
  const std::string& name() const { return name_; }
  const Caller& viewer() const { return viewer_; }
  bool sees_all() const { return !viewer_.limited(); }

  // The kiosks that a limited feed's viewers see, and their load, as last published. Complete once ready().
  const FleetCounts& counts() const { return counts_; }
  bool ready() const { return sees_all() || all_counted_; }
  // Updates counts() for a kiosk that they see; nullptr: it was removed.
  void count(const std::string& id, const KioskRef* kiosk);
  // Returns whether the health differs from that of the previous call.
  bool is_news(const std::string& health) { return std::exchange(health_, health) != health; }
  bool knows_health() const { return !health_.empty(); }

  // Begins the call's stream; pump() continues it.
  void join(HttpCallId call, Caller caller, std::string_view last_event_id);
  bool leave(HttpCallId call);  // false: not a stream of this feed
  // To all streams; to those catching up, when they get there.
  void publish(std::string_view event, std::string_view data, Instant now);
  void comment();  // a keep-alive on every stream

  bool catching_up() const;
  // Does one piece of work for a stream that is catching up. Returns false if there is none, or none whose
  // client has read enough.
  bool pump(const KioskRegistry& kiosks, const KioskJson& row, const Hello& hello);

  // Ends the streams whose caller is not valid any more, according to `counts`.
  void end_if_not(const std::function<bool(const Caller&)>& counts);
  std::size_t streams() const { return streams_.size(); }
  // Streams of one holder (Caller::holder).
  std::size_t streams_of(const std::string& holder) const;

 private:
  struct Event {
    std::uint64_t number;
    Instant at;
    SharedBytes bytes;
  };
  struct Stream {
    HttpCallId call;
    Caller caller;
    bool greeted = false;
    bool in_snapshot = false;
    bool begun = false;  // part of the snapshot has been sent
    std::string at;      // the last kiosk in the snapshot so far
    bool live = false;
    std::uint64_t told = 0;  // the last event that it has or does not need
  };

  std::string text_of(std::uint64_t number, std::string_view event, std::string_view data) const;
  // Returns the number in an id from which a stream can resume, or 0 if it needs a snapshot.
  std::uint64_t resumable(std::string_view last_event_id) const;
  void count_some(const KioskRegistry& kiosks);
  bool greet(Stream& stream, const Hello& hello);
  bool catch_up(Stream& stream, const KioskRegistry& kiosks, const KioskJson& row);
  bool send_snapshot(Stream& stream, const KioskRegistry& kiosks, const KioskJson& row);
  void trim(Instant now);

  const Caller viewer_;
  const std::string name_;
  HttpServer& server_;
  std::unordered_map<std::string, FleetCounts> counted_;  // of a limited feed: each kiosk that it sees
  FleetCounts counts_;                                    // their sum
  Walk counting_;                                         // up to there, and those that were news since
  bool all_counted_ = false;
  std::string health_;
  std::vector<Stream> streams_;
  std::deque<Event> kept_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t numbers_ = 1;  // the last one assigned; 0 is never assigned
  std::size_t turn_ = 0;       // the stream pumped last
};

}  // namespace kgw
