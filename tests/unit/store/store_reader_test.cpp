#include "store/store_reader.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace kgw {
namespace {

// A thousand pages of history that wait would hold the exit for a minute.
TEST(StoreReader, AtItsEndWhatWaitsIsDropped) {
  std::atomic<int> ran{0};
  auto alive = std::make_shared<int>();
  {
    StoreReader reader([]() -> JournalHome::Reading { return Fault{ErrorCode::store_unavailable, "none"}; });
    std::promise<void> begun, go;
    reader.post([&](Result<JournalReading*>) {
      begun.set_value();
      go.get_future().wait();
      ++ran;
      return true;
    });
    begun.get_future().wait();
    for (int i = 0; i < 100; ++i)
      reader.post([&ran, alive](Result<JournalReading*>) {
        ++ran;
        return true;
      });
    std::thread ender([&] { reader.stop(); });
    while (alive.use_count() > 1) std::this_thread::yield();  // they are dropped while the first still runs
    go.set_value();
    ender.join();
  }
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace kgw
