#include "live/event_feed.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/limits.hpp"

namespace kgw {
namespace {

// Beyond this, what a stream missed is larger than a snapshot.
constexpr std::size_t kMissedBytesMax = limits::kStreamUnsentBytesMax;

}  // namespace

EventFeed::EventFeed(Caller viewer, std::string name, HttpServer& server)
    : viewer_(std::move(viewer)), name_(std::move(name)), server_(server) {}

// What changes on either side of the place that it has come to is news, and counted then.
void EventFeed::count_some(const KioskRegistry& kiosks) {
  all_counted_ = counting_.step(kiosks, [this](const KioskRef& kiosk) {
    if (sees(kiosk->record.id)) count(kiosk->record.id, &kiosk);
  });
}

void EventFeed::count(const std::string& id, const KioskRef* kiosk) {
  if (sees_all()) return;
  const auto entry = counted_.try_emplace(id).first;
  FleetCounts& was = entry->second;
  counts_ -= was;
  if (!kiosk) return void(counted_.erase(entry));
  was = counts_of(**kiosk);
  counts_ += was;
}

bool EventFeed::is_for(const Caller& caller) const {
  if (caller.limited() != viewer_.limited()) return false;
  return !caller.limited() || caller.key->kiosks == viewer_.key->kiosks;
}

std::string EventFeed::text_of(std::uint64_t number, std::string_view event, std::string_view data) const {
  std::string text;
  text.reserve(name_.size() + event.size() + data.size() + 48);
  text.append("id: ").append(name_).append(".").append(std::to_string(number));
  text.append("\nevent: ").append(event).append("\ndata: ").append(data).append("\n\n");
  return text;
}

std::uint64_t EventFeed::resumable(std::string_view last_event_id) const {
  if (!last_event_id.starts_with(name_) || last_event_id.size() < name_.size() + 2) return 0;
  std::uint64_t number = 0;
  const char* const end = last_event_id.data() + last_event_id.size();
  const auto [rest, error] = std::from_chars(last_event_id.data() + name_.size() + 1, end, number);
  if (error != std::errc() || rest != end || last_event_id[name_.size()] != '.') return 0;
  if (number == 0 || number > numbers_) return 0;
  const std::uint64_t before_first = kept_.empty() ? numbers_ : kept_.front().number - 1;
  if (number < before_first) return 0;
  std::size_t missed = 0;
  for (const Event& event : kept_)
    if (event.number > number) missed += event.bytes->size();
  return missed > kMissedBytesMax ? 0 : number;
}

void EventFeed::join(HttpCallId call, Caller caller, std::string_view last_event_id) {
  Stream stream;
  stream.call = call;
  stream.caller = std::move(caller);
  const std::uint64_t from = resumable(last_event_id);
  stream.in_snapshot = from == 0;
  stream.told = stream.in_snapshot ? numbers_ : from;
  streams_.push_back(std::move(stream));
}

// False: the stream is over.
bool EventFeed::greet(Stream& stream, const Hello& hello) {
  stream.greeted = true;
  const std::uint64_t from = stream.in_snapshot ? 0 : stream.told;
  return server_.stream(stream.call, share("retry: 2000\n\n" + text_of(from, "hello", hello())));
}

std::size_t EventFeed::streams_of(const std::string& holder) const {
  return static_cast<std::size_t>(std::count_if(streams_.begin(), streams_.end(), [&](const Stream& stream) {
    return stream.caller.holder() == holder;
  }));
}

bool EventFeed::leave(HttpCallId call) {
  return std::erase_if(streams_, [call](const Stream& stream) { return stream.call == call; }) > 0;
}

void EventFeed::publish(std::string_view event, std::string_view data, Instant now) {
  const SharedBytes bytes = share(text_of(++numbers_, event, data));
  kept_.push_back({numbers_, now, bytes});
  kept_bytes_ += bytes->size();
  std::erase_if(streams_, [&](Stream& stream) {
    if (!stream.live) return false;
    stream.told = numbers_;
    return !server_.stream(stream.call, bytes);
  });
  trim(now);
}

void EventFeed::comment() {
  const SharedBytes bytes = share(": here\n\n");
  std::erase_if(streams_, [&](const Stream& stream) { return !server_.stream(stream.call, bytes); });
}

// What is dropped here can't be sent any more: a stream that still needed it was too slow.
void EventFeed::trim(Instant now) {
  while (!kept_.empty() &&
         (kept_bytes_ > limits::kEventsKeptBytesMax || now - kept_.front().at > limits::kEventsKeptTime)) {
    kept_bytes_ -= kept_.front().bytes->size();
    kept_.pop_front();
  }
  const std::uint64_t first = kept_.empty() ? numbers_ + 1 : kept_.front().number;
  std::erase_if(streams_, [&](const Stream& stream) {
    const bool lost = stream.told + 1 < first;
    if (lost) server_.end_stream(stream.call);
    return lost;
  });
}

bool EventFeed::catching_up() const {
  return std::any_of(streams_.begin(), streams_.end(), [](const Stream& stream) { return !stream.live; });
}

bool EventFeed::pump(const KioskRegistry& kiosks, const KioskJson& row, const Hello& hello) {
  if (!ready() && !streams_.empty()) {
    count_some(kiosks);
    return true;
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    turn_ = (turn_ + 1) % streams_.size();
    Stream& stream = streams_[turn_];
    if (stream.live || server_.stream_backlog(stream.call) > limits::kStreamAheadBytes) continue;
    const bool goes_on = stream.greeted ? catch_up(stream, kiosks, row) : greet(stream, hello);
    if (!goes_on) streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(turn_));
    return true;
  }
  return false;
}

// Returns false if the stream is over.
bool EventFeed::catch_up(Stream& stream, const KioskRegistry& kiosks, const KioskJson& row) {
  if (stream.in_snapshot) return send_snapshot(stream, kiosks, row);
  for (const Event& event : kept_) {
    if (event.number <= stream.told) continue;
    if (server_.stream_backlog(stream.call) > limits::kStreamAheadBytes) return true;
    if (!server_.stream(stream.call, event.bytes)) return false;
    stream.told = event.number;
  }
  stream.live = true;
  return true;
}

// Ordered by id, from the current registry: later changes to kiosks already in the snapshot are news, and
// follow.
bool EventFeed::send_snapshot(Stream& stream, const KioskRegistry& kiosks, const KioskJson& row) {
  const std::size_t most = sees_all() ? limits::kEventRowsATurn : Walk::kStep;
  const std::vector<KioskRef> some = kiosks.behind(stream.at, most);
  bool complete = some.size() < most;
  std::string rows;
  rows.reserve(std::min(some.size(), limits::kEventRowsATurn) * limits::kUsualRowBytes);
  std::size_t count = 0;
  for (const KioskRef& kiosk : some) {
    if (count == limits::kEventRowsATurn) {
      complete = false;
      break;
    }
    stream.at = kiosk->record.id;
    if (!sees(stream.at)) continue;
    rows.append(count++ > 0 ? "," : "").append(row(*kiosk));
  }
  if (count == 0 && !complete) return true;
  std::string data = R"({"reset":)";
  data.append(std::exchange(stream.begun, true) ? "false" : "true");
  data.append(R"(,"complete":)").append(complete ? "true" : "false");
  data.append(R"(,"rows":[)").append(rows).append(R"(],"removed":[]})");
  if (complete) stream.in_snapshot = false;
  return server_.stream(stream.call, share(text_of(complete ? stream.told : 0, "kiosks", data)));
}

void EventFeed::end_if_not(const std::function<bool(const Caller&)>& counts) {
  std::erase_if(streams_, [&](const Stream& stream) {
    const bool over = !counts(stream.caller);
    if (over) server_.end_stream(stream.call);
    return over;
  });
}

}  // namespace kgw
