// What the connections of one HttpServer share: the table, ids, deadlines, the turn's output.
// Implements net/connection.hpp.
#include <algorithm>

#include "net/connection.hpp"
#include "net/http_connection.hpp"
#include "net/ws_connection.hpp"

namespace kgw {

ServerCore::ServerCore(Loop& of_loop, HttpHandler& of_http, WsHandler& of_ws)
    : loop(of_loop), http(of_http), ws(of_ws), read_buffer(new char[limits::kReadBufferBytes]) {
  loop.set_inbox(this);
}

ServerCore::~ServerCore() {
  loop.set_inbox(nullptr);
  slots.clear();
  graveyard.clear();
}

std::uint32_t ServerCore::free_slot() {
  if (free_slots.empty()) {
    slots.emplace_back();
    return static_cast<std::uint32_t>(slots.size() - 1);
  }
  const std::uint32_t slot = free_slots.back();
  free_slots.pop_back();
  return slot;
}

void ServerCore::bury(std::uint32_t slot) {
  graveyard.push_back(std::move(slots[slot]));
  free_slots.push_back(slot);
}

void ServerCore::flush() {
  for (std::size_t i = 0; i < output.writers.size(); ++i) output.writers[i]->write_gathered();
  output.clear();
  give_room();
  if (unsent_bytes > settings.unsent_of_all_max) shed_unsent();
  graveyard.clear();
  newcomers_ = farewells_ = 0;
  if (tls) go_on_greeting();
}

// After all else in this turn, and its output: who is connected goes first.
void ServerCore::go_on_greeting() {
  if (HttpConnection* const next = handshakes.next_with_key()) next->use_key();
  for (std::uint32_t i = 0; i < kComingsPerTurn; ++i) {
    HttpConnection* const next = handshakes.next_with_room();
    if (next == nullptr) break;
    next->have_room();
  }
  if (handshakes.anyone_waits_for_key()) loop.post([] {});  // one more turn
}

// Answers that nobody takes hold more than they may together: who has taken nothing for longest goes, before
// its time is over. What it was told is in the journal. A sample a time: there may be sixty thousand places.
void ServerCore::shed_unsent() {
  constexpr std::size_t kLooks = 4096;  // of a turn
  constexpr std::size_t kSample = 64;
  for (std::size_t looks = 0; unsent_bytes > settings.unsent_of_all_max && looks < kLooks;) {
    Connection* chosen = nullptr;
    std::size_t seen = 0;
    for (; looks < kLooks && seen < kSample; ++looks) {
      shed_at_ = (shed_at_ + 1) % slots.size();
      Connection* const connection = slots[shed_at_].get();
      if (connection == nullptr || connection->unsent_counted() == 0 || connection->idle_since() == kNever)
        continue;
      ++seen;
      if (!chosen || connection->progress() < chosen->progress()) chosen = connection;
    }
    if (!chosen) return;
    ++stats.sent_away;
    chosen->send_away();
  }
}

void ServerCore::give_room() {
  while (const std::uint64_t id = large.next()) {
    auto* const connection = find<WsConnection>(WsId{id});
    if (connection != nullptr && connection->waits_for_room()) connection->have_room();
    else large.give_back();
  }
}

bool LargeMessages::take(std::uint64_t id) {
  if (line_.empty() && room()) {
    ++under_way_;
    return true;
  }
  line_.push_back(id);
  return false;
}

std::uint64_t LargeMessages::next() {
  if (line_.empty() || !room()) return 0;
  const std::uint64_t id = line_.front();
  line_.pop_front();
  ++under_way_;
  return id;
}

void ServerCore::on_tick(Instant now) {
  while (!deadlines.empty() && deadlines.next() <= now) {
    Connection& connection = *deadlines.front();
    deadlines.remove(connection);
    const Instant at = connection.due();
    if (at <= now) connection.on_due();
    else if (at != kNever) deadlines.set(connection, at);
  }
}

void ServerCore::resume_later(std::uint32_t slot) {
  if (to_resume.empty()) loop.post([this] { resume_all(); });
  to_resume.push_back(slot);
}

void ServerCore::resume_all() {
  std::vector<std::uint32_t> now;
  now.swap(to_resume);
  for (const std::uint32_t slot : now) {
    Connection* const connection = slots[slot].get();
    if (connection == nullptr || !connection->resuming())
      continue;  // it ended, and the place may have a new owner
    connection->clear_resuming();
    connection->resume();
    connection->settle();  // if it ended meanwhile, it lies in the graveyard
  }
}

void ServerCore::mark() {
  for (const std::uint32_t slot : to_resume) {
    Connection* const connection = slots[slot].get();
    if (connection == nullptr || !connection->resuming() || connection->owed()) continue;
    connection->owe();
    ++owing;
  }
}

std::string_view ServerCore::date_field() {
  const std::int64_t second = to_ms(loop.now().wall) / 1000;
  if (second == date_second) return date;
  date_second = second;
  const auto time = static_cast<std::time_t>(second);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  date.assign(text, std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts));
  return date;
}

}  // namespace kgw
