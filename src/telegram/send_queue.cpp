#include "telegram/send_queue.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace kgw::telegram {
namespace {

bool is_group(std::int64_t chat) { return chat < 0; }

}  // namespace

std::int64_t SendQueue::where(std::int64_t chat) const {
  const auto found = moved_.find(chat);
  return found == moved_.end() ? chat : found->second;
}

void SendQueue::add(Message message) {
  message.chat = where(message.chat);
  waiting_.push_back(std::move(message));
  if (waiting_.size() > limits::kTelegramQueueMax) drop_one();
}

void SendQueue::drop_one() {
  const auto least = std::min_element(waiting_.begin(), waiting_.end(), [](const Message& a, const Message& b) {
    return a.importance < b.importance;
  });
  const Message gone = std::move(*least);
  waiting_.erase(least);
  ++chats_[gone.chat].dropped;
  ++dropped_;
  if (gone.done) gone.done({});
}

std::uint64_t SendQueue::take_dropped(std::int64_t chat) {
  const auto found = chats_.find(where(chat));
  return found == chats_.end() ? 0 : std::exchange(found->second.dropped, 0);
}

bool SendQueue::waits_for(std::int64_t chat) const {
  const std::int64_t there = where(chat);
  const auto state = chats_.find(there);
  if (state != chats_.end() && state->second.busy) return true;
  return std::any_of(waiting_.begin(), waiting_.end(), [there](const Message& m) { return m.chat == there; });
}

Instant SendQueue::ready_at(std::int64_t chat) const {
  Instant at = rest_;
  const auto found = chats_.find(chat);
  if (found == chats_.end()) return at;
  at = std::max(at, found->second.free_at);
  if (found->second.times.size() >= kPerGroupWindow)
    at = std::max(at, found->second.times.front() + Instant::duration(kGroupWindow));
  return at;
}

void SendQueue::forget_old(Instant now) {
  for (auto at = chats_.begin(); at != chats_.end();) {
    Chat& chat = at->second;
    while (!chat.times.empty() && now - chat.times.front() >= kGroupWindow) chat.times.pop_front();
    const bool idle = !chat.busy && chat.times.empty() && chat.dropped == 0 && chat.free_at <= now;
    at = idle ? chats_.erase(at) : std::next(at);
  }
}

std::optional<Message> SendQueue::next(Instant now) {
  if (waiting_.empty()) return std::nullopt;
  forget_old(now);
  auto best = waiting_.end();
  for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
    if (best != waiting_.end() && at->importance <= best->importance) continue;
    const auto chat = chats_.find(at->chat);
    // Order is kept within a chat: only its first message is considered.
    const bool behind = std::any_of(waiting_.begin(), at, [&](const Message& m) { return m.chat == at->chat; });
    if ((chat != chats_.end() && chat->second.busy) || behind || ready_at(at->chat) > now) continue;
    best = at;
  }
  if (best == waiting_.end()) return std::nullopt;
  Message message = std::move(*best);
  waiting_.erase(best);
  Chat& chat = chats_[message.chat];
  chat.busy = true;
  chat.free_at = now + kChatGap;
  if (is_group(message.chat)) chat.times.push_back(now);
  rest_ = std::max(rest_, now + kGap);
  return message;
}

std::optional<Instant> SendQueue::next_time(Instant now) const {
  std::optional<Instant> next;
  for (const Message& message : waiting_) {
    const auto chat = chats_.find(message.chat);
    if (chat != chats_.end() && chat->second.busy) continue;
    const Instant at = std::max(ready_at(message.chat), now);
    if (!next || at < *next) next = at;
  }
  return next;
}

void SendQueue::sent(const Message& message, Instant now) {
  Chat& chat = chats_[message.chat];
  chat.busy = false;
  chat.free_at = std::max(chat.free_at, now + kChatGap);
}

void SendQueue::again(Message message, Instant now, std::chrono::milliseconds rest) {
  Chat& chat = chats_[message.chat];
  chat.busy = false;
  chat.free_at = std::max(chat.free_at, now + rest);
  waiting_.push_front(std::move(message));
  if (waiting_.size() > limits::kTelegramQueueMax) drop_one();
}

void SendQueue::move(std::int64_t from, std::int64_t to) {
  for (auto& [old, there] : moved_)
    if (there == from) there = to;
  moved_[from] = to;
  for (Message& message : waiting_)
    if (message.chat == from) message.chat = to;
  if (auto state = chats_.extract(from); !state.empty()) {
    state.mapped().busy = false;
    state.key() = to;
    chats_.insert(std::move(state));
  }
}

}  // namespace kgw::telegram
