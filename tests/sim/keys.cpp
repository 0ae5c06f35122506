// Backends that send with an Idempotency-Key, and try again whatever became of it: at once, after they were
// told anything, after their connection or the gateway went away. Implements world.hpp.
#include "world.hpp"

namespace kgw::sim {
namespace {

constexpr int kTriesMax = 7;

}  // namespace

void World::begin_key(const std::string& kiosk, Milliseconds timeout) {
  Keyed keyed{kiosk, timeout, {}};
  random_.fill(keyed.claim.key);
  random_.fill(keyed.claim.request);
  const std::size_t key = keyed_.size();
  key_numbers_[keyed.claim.key] = key;
  keyed_.push_back(std::move(keyed));
  // Who does not wait for the answer: at the same moment, or while it runs.
  if (random_.chance(0.4)) {
    for (std::uint64_t n = 1 + random_.below(3); n > 0; --n)
      try_key_later(key, random_.chance(0.5) ? between(0, 20 * kMillisecond)
                                             : between(0, timeout.count() * kMillisecond));
  }
  try_key(key);
}

void World::try_key_later(std::size_t key, Time delay) {
  time_.after(delay, [this, key] { try_key(key); });
}

void World::try_key(std::size_t key) {
  Keyed& keyed = keyed_[key];
  if (keyed.tries >= kTriesMax || keys_rest_) return;
  if (!gateway_up_ || paused_) return try_key_later(key, between(kSecond / 10, 3 * kSecond));
  count_(keyed.tries++ == 0 ? Event::keyed : Event::key_again);
  KeyClaim claim = keyed.claim;
  if (random_.chance(0.06)) {  // the first one may be the odd one
    count_(Event::key_with_another_request);
    claim.request[0] ^= 1;
  }
  send(keyed.kiosk, keyed.timeout, claim);
}

void World::perhaps_again(const History& x) {
  if (!x.claim || !random_.chance(0.7)) return;
  const std::uint64_t kind = random_.below(4);
  try_key_later(key_numbers_.at(x.claim->key), kind == 0   ? between(0, kMillisecond)
                                               : kind == 1 ? between(0, 2 * kSecond)
                                               : kind == 2 ? between(kSecond, 20 * kSecond)
                                                           : between(20 * kSecond, 130 * kSecond));
}

// Everything has come to its end: what was sent once is what is told for ever.
void World::last_tries() {
  keys_rest_ = true;
  for (const Keyed& keyed : keyed_) {
    if (!random_.chance(0.5)) continue;
    time_.after(between(0, 20 * kSecond), [this, keyed] {
      if (!gateway_up_ || paused_) return;
      count_(Event::key_last_try);
      checker_.on_last_try(send(keyed.kiosk, keyed.timeout, keyed.claim));
    });
  }
}

}  // namespace kgw::sim
