// Backends that send with an Idempotency-Key, or for an order that may have one request only, and try again
// whatever became of it: at once, after they were told anything, after their connection or the gateway went
// away. Implements world.hpp.
#include "world.hpp"

namespace kgw::sim {
namespace {

constexpr int kTriesMax = 7;

}  // namespace

void World::begin_key(const std::string& kiosk, Milliseconds timeout) {
  Keyed keyed{kiosk, timeout, {}, {}};
  const std::size_t key = keyed_.size();
  if (random_.chance(plan_.ordered)) {
    random_.fill(keyed.order.emplace());
    order_numbers_[*keyed.order] = key;
  }
  if (!keyed.order || random_.chance(0.5)) {
    random_.fill(keyed.claim.emplace().key);
    random_.fill(keyed.claim->request);
    key_numbers_[keyed.claim->key] = key;
  }
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
  const bool first = keyed.tries++ == 0;
  const Milliseconds timeout = first ? keyed.timeout : some_timeout();
  if (keyed.order) count_(Event::ordered);
  if (!keyed.claim) {
    const bool elsewhere = random_.chance(0.2);  // the customer goes to the next kiosk
    const std::string kiosk = elsewhere ? names_[random_.below(names_.size())] : keyed.kiosk;
    send(kiosk, timeout, {}, keyed.order);
    return;
  }
  if (keyed.order && !first && random_.chance(0.3)) {  // it has forgotten that it had one
    count_(Event::order_under_a_new_key);
    random_.fill(keyed.claim->key);
    key_numbers_[keyed.claim->key] = key;
  }
  count_(first ? Event::keyed : Event::key_again);
  KeyClaim claim = *keyed.claim;
  if (random_.chance(0.06)) {  // the first one may be the odd one
    count_(Event::key_with_another_request);
    claim.request[0] ^= 1;
  }
  send(keyed.kiosk, timeout, claim, keyed.order);
}

void World::perhaps_again(const History& x) {
  if ((!x.claim && !x.order_claim) || !random_.chance(0.7)) return;
  const std::uint64_t kind = random_.below(4);
  const std::size_t key = x.claim ? key_numbers_.at(x.claim->key) : order_numbers_.at(*x.order_claim);
  try_key_later(key, kind == 0   ? between(0, kMillisecond)
                     : kind == 1 ? between(0, 2 * kSecond)
                     : kind == 2 ? between(kSecond, 20 * kSecond)
                                 : between(20 * kSecond, 130 * kSecond));
}

// Everything has come to its end: what was sent once is what is told for ever.
void World::last_tries() {
  keys_rest_ = true;
  for (const Keyed& keyed : keyed_) {
    if (!random_.chance(0.5) || !keyed.claim) continue;
    time_.after(between(0, 20 * kSecond), [this, keyed] {
      if (!gateway_up_ || paused_) return;
      count_(Event::key_last_try);
      checker_.on_last_try(send(keyed.kiosk, keyed.timeout, keyed.claim, keyed.order));
    });
  }
}

}  // namespace kgw::sim
