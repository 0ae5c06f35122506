// What the connections of one HttpServer share: the table, ids, deadlines, the turn's output.
#include <algorithm>

#include "net/connection.hpp"

namespace kgw {

ServerCore::ServerCore(Loop& of_loop, HttpHandler& of_http, WsHandler& of_ws)
    : loop(of_loop), http(of_http), ws(of_ws), read_buffer(new char[limits::kReadBufferBytes]) {}

ServerCore::~ServerCore() {
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
  graveyard.clear();
  newcomers_ = farewells_ = 0;
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
