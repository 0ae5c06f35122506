// EventFeed: the event streams (server-sent events) of all who see the same kiosks. Each event is rendered once
// and its bytes are shared by all streams; the latest are kept for those that come back with Last-Event-ID.
// A stream begins by catching up, piece by piece and only as fast as it is read: with a snapshot of the kiosks,
// or with what it missed; then it is live. A live one that does not keep up is cut off. Loop thread only.
//
// An event's id is LIFE.FEED.NUMBER. Those of a snapshot that is not whole yet have the number 0, from which
// nobody can go on.
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
#include "live/fleet_counts.hpp"
#include "net/http_server.hpp"

namespace kgw {

class EventFeed {
 public:
  using KioskJson = std::function<std::string(const Kiosk&)>;

  // `viewer`: one of those who see what this feed shows. `name`: LIFE.FEED, told apart from all other feeds.
  EventFeed(Caller viewer, std::string name, const KioskRegistry& kiosks, HttpServer& server);

  bool is_for(const Caller& caller) const;
  bool sees(std::string_view kiosk_id) const { return viewer_.sees(kiosk_id); }
  const std::string& name() const { return name_; }
  const Caller& viewer() const { return viewer_; }
  bool sees_all() const { return !viewer_.limited(); }

  // How many kiosks a limited feed's viewers see, and how busy those are; as they were told of them.
  const FleetCounts& counts() const { return counts_; }
  void count(const std::string& id, const KioskRef* kiosk);  // one that they see; nullptr: it is gone
  // Another health than was given here last.
  bool is_news(std::string health) { return std::exchange(health_, health) != health; }

  // The call's stream begins; pump() goes on with it. `hello`: that event's data.
  void join(HttpCallId call, Caller caller, std::string_view last_event_id, std::string_view hello);
  bool leave(HttpCallId call);  // false: it is none of ours
  // For all streams, once those that catch up have caught up.
  void publish(std::string_view event, std::string_view data, Instant now);
  void comment();  // a sign of life

  bool catching_up() const;
  // One piece of work for one of those that catch up. False: there is none, or none that would be read.
  bool pump(const KioskRegistry& kiosks, const KioskJson& row);

  // Ends those whose caller `counts` no more.
  void end_if_not(const std::function<bool(const Caller&)>& counts);
  std::size_t streams() const { return streams_.size(); }
  std::size_t streams_of(const std::string& holder) const;  // of one who is so called (Caller::holder)

 private:
  struct Event {
    std::uint64_t number;
    Instant at;
    SharedBytes bytes;
  };
  struct Stream {
    HttpCallId call;
    Caller caller;
    bool in_snapshot = false;
    bool begun = false;  // a piece of the snapshot was sent
    std::string at;      // the kiosk that the snapshot has come to
    bool live = false;
    std::uint64_t told = 0;  // the last event that it has, or need not have
  };

  std::string text_of(std::uint64_t number, std::string_view event, std::string_view data) const;
  // The number in an id from which a stream can go on; 0: anew.
  std::uint64_t resumable(std::string_view last_event_id) const;
  bool catch_up(Stream& stream, const KioskRegistry& kiosks, const KioskJson& row);
  bool send_snapshot(Stream& stream, const KioskRegistry& kiosks, const KioskJson& row);
  void trim(Instant now);

  const Caller viewer_;
  const std::string name_;
  HttpServer& server_;
  std::unordered_map<std::string, FleetCounts> counted_;  // of a limited feed: each kiosk that it sees
  FleetCounts counts_;                                    // and all of them
  std::string health_;
  std::vector<Stream> streams_;
  std::deque<Event> kept_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t numbers_ = 1;  // the last one given; 0 is nobody's
  std::size_t turn_ = 0;       // whose turn to be pumped it is
};

}  // namespace kgw
