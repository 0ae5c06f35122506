// RedisJournal's callbacks: owed with the final record, and how they stand.
// Implements store_redis/redis_journal.hpp.
#include <string>

#include "store_redis/redis_journal.hpp"
#include "store_redis/redis_layout.hpp"

namespace kgw {

using namespace redis_layout;

void RedisJournal::owe(Batch& batch, const RequestId& id, const std::string& kiosk_id, std::uint32_t n,
                       WallTime at) {
  add(batch, "W", exchange_key(kiosk_id, id.text()),
      {member_of(id, kiosk_id), std::to_string(n), std::to_string(to_ms(at))});
}

void RedisJournal::add(Batch& batch, const CallbackRecord& record) {
  add(batch, "B", exchange_key(record.kiosk_id, record.id.text()),
      {member_of(record.id, record.kiosk_id), std::to_string(record.n),
       std::to_string(static_cast<int>(record.tries.state)), tries_text(record.tries)});
}

}  // namespace kgw
