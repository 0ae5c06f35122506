#include "net/connection.hpp"

#include <sys/epoll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <utility>

namespace kgw {
namespace {

constexpr std::size_t kPartsMax = 64;              // of one writev
constexpr std::size_t kTextKept = 1024 * 1024;     // the turn's buffer shrinks to this
constexpr std::size_t kChunkBytesMax = 64 * 1024;  // small unsent texts are joined up to this

}  // namespace

void TurnOutput::clear() {
  text.clear();
  if (text.capacity() > kTextKept) text.shrink_to_fit();
  pieces.clear();
  writers.clear();
}

void Unsent::add(const TurnOutput::Piece& of_turn, std::string_view piece) {
  const SharedBytes& shared = of_turn.shared;
  bytes += piece.size();
  if (of_turn.counts) counted += piece.size();
  if (shared) {
    chunks.push_back({shared, {}, static_cast<std::size_t>(piece.data() - shared->data()), of_turn.counts});
    return;
  }
  if (chunks.empty() || chunks.back().shared || chunks.back().owned.size() > kChunkBytesMax)
    chunks.emplace_back();
  chunks.back().owned.append(piece);
}

void Unsent::drop(std::size_t taken) {
  bytes -= taken;
  while (taken > 0) {
    const std::size_t part = std::min(taken, chunks.front().rest().size());
    chunks.front().offset += part;
    if (chunks.front().counts) counted -= part;
    taken -= part;
    if (chunks.front().rest().empty()) chunks.pop_front();
  }
}

Connection::Connection(ServerCore& core, Socket socket, std::uint32_t slot)
    : core_(core), socket_(std::move(socket)), slot_(slot), watched_(0) {}

Connection::~Connection() {
  core_.visitors.leave(*this);
  if (!gone()) core_.loop.remove(socket_.fd(), *this);  // the server itself ends
}

void Connection::start() {
  watched_ = interest();
  core_.loop.add(socket_.fd(), watched_, *this);
  touch_deadline();
}

void Connection::end() {
  if (gone()) return;
  core_.loop.remove(socket_.fd(), *this);
  socket_.close();
  if (unsent_) drop_unsent();
  core_.visitors.leave(*this);
  resuming_ = false;
  settle();
  id_ = 0;
  first_piece_ = last_piece_ = TurnOutput::kNone;
  core_.deadlines.remove(*this);
  --core_.stats.connections;
  core_.bury(slot_);
}

void Connection::drop_unsent() {
  core_.unsent_bytes -= unsent_->counted;
  --core_.unsent_connections;
  unsent_.reset();
}

void Connection::vouch() { core_.visitors.vouch(*this); }

void Connection::settle() {
  if (resuming_ || !std::exchange(owed_, false)) return;
  --core_.owing;
}

void Connection::take_over(Connection& old) {
  first_piece_ = std::exchange(old.first_piece_, TurnOutput::kNone);
  last_piece_ = old.last_piece_;
  queued_bytes_ = old.queued_bytes_;
  if (first_piece_ != TurnOutput::kNone) core_.output.writers.push_back(this);
  unsent_ = std::move(old.unsent_);
  core_.deadlines.remove(old);
  core_.visitors.hold(old.visit, 0);
  visit = std::exchange(old.visit, {});
  socket_ = std::move(old.socket_);
  old.resuming_ = false;
  old.settle();
  watched_ = interest() | (unsent_ ? EPOLLOUT : 0U);
  core_.loop.change(socket_.fd(), watched_, *this);
}

void Connection::queue(std::string_view bytes) {
  const std::size_t start = core_.output.text.size();
  core_.output.text.append(bytes);
  queue_text_from(start);
}

void Connection::queue_text_from(std::size_t start) {
  TurnOutput& output = core_.output;
  const std::size_t size = output.text.size() - start;
  if (last_piece_ != TurnOutput::kNone) {
    TurnOutput::Piece& last = output.pieces[last_piece_];
    if (!last.shared && last.offset + last.size == start) {
      last.size += size;
      queued_bytes_ += static_cast<std::uint32_t>(size);
      return;
    }
  }
  add_piece({nullptr, start, size, true, TurnOutput::kNone});
}

void Connection::queue(const SharedBytes& shared, std::size_t offset, bool counts) {
  add_piece({shared, offset, shared->size() - offset, counts, TurnOutput::kNone});
}

void Connection::add_piece(TurnOutput::Piece piece) {
  TurnOutput& output = core_.output;
  const auto place = static_cast<std::uint32_t>(output.pieces.size());
  queued_bytes_ += static_cast<std::uint32_t>(piece.size);
  output.pieces.push_back(std::move(piece));
  if (first_piece_ == TurnOutput::kNone) {
    first_piece_ = place;
    output.writers.push_back(this);
  } else {
    output.pieces[last_piece_].next = place;
  }
  last_piece_ = place;
}

long Connection::send_some(const iovec* parts, std::size_t count) {
  const long sent = socket_.send(parts, count);
  if (sent < 0) return -1;
  core_.stats.bytes_out += static_cast<std::uint64_t>(sent);
  return sent;
}

void Connection::write_gathered() {
  if (gone() || first_piece_ == TurnOutput::kNone) return;
  const TurnOutput& output = core_.output;
  std::uint32_t piece = first_piece_;
  std::size_t taken = 0;  // of `piece`
  while (piece != TurnOutput::kNone && !unsent_) {
    std::array<iovec, kPartsMax> parts;
    std::size_t count = 0;
    std::size_t size = 0;
    std::uint32_t next = piece;
    for (; next != TurnOutput::kNone && count < kPartsMax; next = output.pieces[next].next) {
      const std::string_view bytes = output.bytes(output.pieces[next]);
      parts[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
      size += bytes.size();
    }
    const long sent = send_some(parts.data(), count);
    if (sent < 0) {
      first_piece_ = last_piece_ = TurnOutput::kNone;
      return;
    }
    if (static_cast<std::size_t>(sent) < size) {
      taken = static_cast<std::size_t>(sent);
      break;
    }
    piece = next;
  }
  if (piece != TurnOutput::kNone) keep_rest(piece, taken);
  first_piece_ = last_piece_ = TurnOutput::kNone;
  queued_bytes_ = 0;
  if (!unsent_) on_written();
}

void Connection::keep_rest(std::uint32_t piece, std::size_t taken) {
  if (!unsent_) {
    unsent_ = std::make_unique<Unsent>();
    unsent_->progress = core_.patience();
    ++core_.unsent_connections;
  }
  core_.unsent_bytes -= unsent_->counted;
  for (; piece != TurnOutput::kNone; piece = core_.output.pieces[piece].next) {
    const TurnOutput::Piece& of_turn = core_.output.pieces[piece];
    const std::string_view bytes = core_.output.bytes(of_turn);
    const std::size_t skipped = std::min(taken, bytes.size());
    taken -= skipped;
    if (skipped < bytes.size()) unsent_->add(of_turn, bytes.substr(skipped));
  }
  core_.unsent_bytes += unsent_->counted;
  update_interest();
  touch_deadline();
}

void Connection::write_unsent() {
  if (!unsent_) return;
  std::array<iovec, kPartsMax> parts;
  std::size_t count = 0;
  for (const Unsent::Chunk& chunk : unsent_->chunks) {
    if (count == kPartsMax) break;
    const std::string_view bytes = chunk.rest();
    parts[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  const long sent = send_some(parts.data(), count);
  if (sent < 0) return;
  if (sent > 0) unsent_->progress = core_.patience();
  core_.unsent_bytes -= unsent_->counted;
  unsent_->drop(static_cast<std::size_t>(sent));
  core_.unsent_bytes += unsent_->counted;
  if (unsent_->bytes > 0) return;
  const std::string pong = std::move(unsent_->pong);
  drop_unsent();
  update_interest();
  if (!pong.empty()) queue(pong);
  if (first_piece_ == TurnOutput::kNone) on_written();
}

void Connection::update_interest() {
  if (gone()) return;
  const std::uint32_t wanted = interest() | (unsent_ ? EPOLLOUT : 0U);
  if (wanted == watched_) return;
  core_.loop.change(socket_.fd(), wanted, *this);
  watched_ = wanted;
}

void Connection::touch_deadline() {
  const Instant at = due();
  if (at == kNever || (deadline.set() && deadline.at <= at)) return;
  core_.deadlines.set(*this, at);
}

void Connection::resume_later() {
  if (std::exchange(resuming_, true)) return;
  core_.resume_later(slot_);
}

long Connection::receive() {
  const long got = socket_.receive(core_.read_buffer.get(), limits::kReadBufferBytes);
  if (got > 0) core_.stats.bytes_in += static_cast<std::uint64_t>(got);
  return got;
}

}  // namespace kgw
