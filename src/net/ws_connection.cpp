#include "net/ws_connection.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace kgw {
namespace {

constexpr std::size_t kFramesPerTurn = 256;    // of one kiosk, so that the others get their turn
constexpr std::size_t kSharedFrameMin = 4096;  // smaller frames are copied into the turn's output
constexpr std::uint16_t kAbnormal = 1006;      // no close frame came (RFC 6455 7.1.5)
constexpr std::uint16_t kNoCode = 1005;
constexpr std::string_view kPing("\x89\x00", 2);

}  // namespace

WsConnection::WsConnection(ServerCore& core, std::uint32_t slot)
    : Connection(core, Socket(), slot), last_byte_(core.patience()) {
  id_ = core.next_id(slot);
  // The first ping comes up to a quarter early, so that kiosks which came together are not pinged together.
  const auto quarter = std::chrono::nanoseconds(core.settings.ping_interval) / 4;
  pinged_ = last_byte_ - quarter * static_cast<int>((id_ >> ServerCore::kSlotBits) * 37 % 101) / 101;
  ++core.stats.websockets;
}

std::uint32_t WsConnection::interest() const {
  return paused_ || room_ == Room::waits ? 0U : EPOLLIN | EPOLLRDHUP;
}

void WsConnection::on_ready(std::uint32_t events) {
  if (gone()) return;
  if (events & EPOLLOUT) write_unsent();
  // An end too is found by reading: a kiosk's last answers may lie in front of it.
  if (!(events & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP))) return;
  if (resuming()) {
    paused_ = true;
    return update_interest();
  }
  // Past what may be held nothing is read, an end excepted; on_due() does not judge by what we did not read.
  const bool ends = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (core_.large.is_open() || ends || state_ != State::open || room_ != Room::not_needed) return read();
  ask_for_room();
}

void WsConnection::adopt(std::string_view rest) {
  touch_deadline();
  if (rest.empty()) return;
  keep(rest);
  resume_later();
}

void WsConnection::read() {
  const long got = receive();
  if (got == kNothing) return;
  if (got < 0 && !core_.admit_farewell()) return;  // the next turn reports it again
  if (got < 0) return lost(got == kClosed ? "closed without a close frame" : "connection lost");
  if (state_ == State::over) return;  // discarded until close_by_
  last_byte_ = core_.patience();
  core_.ws.on_ws_alive(WsId{id_});
  char* const data = core_.read_buffer.get();
  const auto size = static_cast<std::size_t>(got);
  if (!rest_) {
    const std::size_t used = take(data, size);
    if (used < size && state_ != State::over && !gone()) keep({data + used, size - used});
  } else {
    keep({data, size});
    if (rest_->size() >= reader_.frame_bytes()) rest_->erase(0, take(rest_->data(), rest_->size()));
  }
  shrink_rest();
}

void WsConnection::resume() {
  if (gone() || state_ == State::over) return;
  core_.ws.on_ws_alive(WsId{id_});
  if (rest_) rest_->erase(0, take(rest_->data(), rest_->size()));
  shrink_rest();
  if (resuming() || !paused_) return;
  paused_ = false;
  update_interest();
}

void WsConnection::keep(std::string_view bytes) {
  if (!rest_) rest_ = std::make_unique<std::string>();
  rest_->append(bytes);
}

void WsConnection::shrink_rest() {
  if (rest_ && (rest_->empty() || state_ == State::over)) {
    rest_.reset();
  } else if (rest_ && !resuming() && reader_.frame_bytes() > rest_->size() &&
             rest_->size() > reader_.frame_bytes() / 4) {
    rest_->reserve(reader_.frame_bytes());  // once a part is here, in one step
  }
  if (state_ == State::over || gone()) return;
  core_.visitors.hold(visit, held());
  if (held() <= core_.small_message_bytes()) return give_back_room();
  if (room_ == Room::not_needed && !resuming()) ask_for_room();
}

void WsConnection::ask_for_room() {
  room_ = core_.large.take(id_) ? Room::has : Room::waits;
  room_since_ = core_.patience();
  if (room_ == Room::waits) update_interest();
  touch_deadline();
}

void WsConnection::have_room() {
  room_ = Room::has;
  room_since_ = core_.patience();
  update_interest();
  touch_deadline();
}

void WsConnection::give_back_room() {
  if (std::exchange(room_, Room::not_needed) == Room::has) core_.large.give_back();
}

std::size_t WsConnection::take(char* data, std::size_t size) {
  std::size_t used = 0;
  std::size_t frames = 0;
  while (used < size && state_ != State::over && !gone()) {
    if (frames++ == kFramesPerTurn) {
      resume_later();
      break;
    }
    std::size_t taken = 0;
    const WsEvent event = reader_.next(data + used, size - used, taken);
    used += taken;
    if (event.kind == WsEvent::Kind::need_more) {
      if (taken == 0) break;
      continue;
    }
    on_event(event);
  }
  return used;
}

void WsConnection::on_event(const WsEvent& event) {
  switch (event.kind) {
    case WsEvent::Kind::need_more: return;
    case WsEvent::Kind::text: return core_.ws.on_ws_text(WsId{id_}, event.payload);
    case WsEvent::Kind::pong: return on_pong(event.payload);
    case WsEvent::Kind::ping: return on_ping(event.payload);
    case WsEvent::Kind::close: return on_close_frame(event.close_code, event.payload);
    case WsEvent::Kind::binary:
      if (core_.ws.on_ws_binary(WsId{id_}, event.payload)) return;
      return fault(WsClose::unsupported, "only text messages are accepted here");
    case WsEvent::Kind::error: return fault(event.fault_code, event.reason);
  }
}

void WsConnection::on_pong(std::string_view payload) {
  if (!payload.empty()) return core_.ws.on_ws_pong(WsId{id_}, payload);
  if (std::exchange(measuring_, false)) core_.ws.on_ws_round_trip(WsId{id_}, core_.patience() - pinged_);
}

// Many pings need but one pong, that of the latest (RFC 6455 5.5.3): so a peer that pings and does not read
// can't make us hold more than one.
void WsConnection::on_ping(std::string_view payload) {
  if (state_ != State::open) return;
  std::string pong = encode_ws_frame(WsOpcode::pong, payload);
  if (unsent_) unsent_->pong = std::move(pong);
  else if (queued_bytes() < core_.settings.unsent_bytes_max) queue(pong);
}

void WsConnection::on_close_frame(std::uint16_t code, std::string_view reason) {
  if (state_ == State::open) {
    std::string payload;
    if (code != kNoCode) payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    queue(encode_ws_frame(WsOpcode::close, payload));
    close_by_ = core_.patience() + core_.settings.close_time;
  }
  finish(code, reason);
}

void WsConnection::fault(WsClose code, std::string_view reason) {
  ++core_.stats.ws_faults;
  close(code, reason, false);
  finish(static_cast<std::uint16_t>(code), reason);
}

// Says the end to the handler; TCP ends when the output is out and the peer has closed, or at close_by_.
void WsConnection::finish(std::uint16_t code, std::string_view reason) {
  if (state_ == State::over) return;
  state_ = State::over;
  --core_.stats.websockets;
  const WsId ws{std::exchange(id_, 0)};
  core_.visitors.hold(visit, 0);
  give_back_room();
  touch_deadline();
  if (!has_unsent()) on_written();
  paused_ = false;
  update_interest();
  core_.ws.on_ws_closed(ws, code, reason);
}

void WsConnection::lost(std::string_view why) {
  const WsId ws{id_};
  const bool was_over = state_ == State::over;
  if (!was_over) --core_.stats.websockets;
  state_ = State::over;
  end();
  if (!was_over) core_.ws.on_ws_closed(ws, kAbnormal, why);
}

void WsConnection::on_written() {
  if (state_ == State::over && !gone()) socket_.end_writing();
}

// Beyond its bound it has enough to read. One that takes nothing at all is lost when write_time is over.
bool WsConnection::can_take(std::size_t bytes) const {
  return state_ == State::open && queued_bytes() + bytes <= core_.settings.unsent_bytes_max;
}

bool WsConnection::send(std::string_view frame) {
  if (!can_take(frame.size())) return false;
  if (frame.size() >= kSharedFrameMin) queue(share(std::string(frame)), 0);
  else queue(frame);
  return true;
}

bool WsConnection::send(std::string_view start, const SharedBytes& payload) {
  const std::size_t bytes = start.size() + payload->size();
  if (!can_take(bytes)) return false;
  std::string& text = core_.output.text;
  const std::size_t begin = text.size();
  text.append(start);
  if (bytes < kSharedFrameMin) text.append(*payload);
  queue_text_from(begin);
  if (bytes >= kSharedFrameMin) queue(payload, 0, false);
  return true;
}

void WsConnection::close(WsClose code, std::string_view reason, bool now) {
  if (state_ == State::over) return;
  const Instant by = core_.patience() + (now ? Milliseconds(0) : core_.settings.close_time);
  close_by_ = state_ == State::open ? by : std::min(close_by_, by);
  if (state_ == State::open) queue(encode_ws_close(code, reason));
  state_ = State::closing;
  touch_deadline();
}

void WsConnection::close_at_once(WsClose code, std::string_view reason) {
  close(code, reason, true);
  write_gathered();
  socket_.end_writing();
  while (socket_.discard(core_.read_buffer.get(), limits::kReadBufferBytes) >
         0) {  // unread bytes would make the kernel send a RST over our last frame
  }
  const WsId ws{id_};
  const bool was_over = state_ == State::over;
  if (!was_over) --core_.stats.websockets;
  state_ = State::over;
  end();
  if (!was_over) core_.ws.on_ws_closed(ws, static_cast<std::uint16_t>(code), reason);
}

Instant WsConnection::due() const {
  if (state_ != State::open) return close_by_;
  Instant ping = pinged_ + (awaiting_pong_ ? core_.settings.pong_time : core_.settings.ping_interval);
  if (room_ == Room::has) ping = std::min(ping, room_since_ + core_.settings.body_time);
  return unsent_ ? std::min(ping, unsent_->progress + core_.settings.write_time) : ping;
}

void WsConnection::on_due() {
  const Instant now = core_.patience();
  if (state_ != State::open) return lost("the close frame was not answered in time");
  if (unsent_ && now >= unsent_->progress + core_.settings.write_time)
    return lost("the kiosk has stopped reading");
  if (room_ == Room::waits) {  // unread because we want it so: nothing that it sent can be missed
    pinged_ = now;
    awaiting_pong_ = false;
    return touch_deadline();
  }
  if (room_ == Room::has && now >= room_since_ + core_.settings.body_time) {
    if (core_.large.anyone_waits()) return fault(WsClose::policy, "a large message arrived too slowly");
    room_since_ = now;
    return touch_deadline();
  }
  if (!awaiting_pong_) {
    awaiting_pong_ = true;
    pinged_ = now;
    measuring_ = unsent_ == nullptr;
    if (measuring_) queue(kPing);
    return touch_deadline();
  }
  if (last_byte_ >= pinged_) {  // any byte counts as life
    awaiting_pong_ = false;
    return touch_deadline();
  }
  close(WsClose::internal, "no answer to a ping", false);
  finish(kAbnormal, "no answer to a ping");
}

}  // namespace kgw
