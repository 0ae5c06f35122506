// store_bench [PAIRS [BATCH [keys]]]: what one accepted+answered pair costs the embedded store's writer (CPU,
// without the loop's thread), how many it does in a second, and how long a start takes afterwards, closed
// cleanly and killed. keys: with an Idempotency-Key each.
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/random.hpp"
#include "store_sqlite/embedded_store.hpp"

namespace {

using namespace kgw;

double cpu_us(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

struct Bench final : StoreListener {
  explicit Bench(const std::filesystem::path& directory) : wake_fd(::eventfd(0, 0)) {
    EmbeddedStore::Settings settings;
    settings.data_dir = directory;
    settings.clock = &clock;
    const Instant began = clock.now().steady;
    auto opened = EmbeddedStore::open(
        settings, [fd = wake_fd] { (void)::eventfd_write(fd, 1); }, nullptr, image);
    if (!opened) std::fprintf(stderr, "%s\n", opened.error().message.c_str()), std::exit(1);
    start_ms = std::chrono::duration<double, std::milli>(clock.now().steady - began).count();
    store = std::move(*opened);
    store->set_listener(*this);
    ids.resume_above(image.last_journal_key);
  }
  void on_store_committed(std::uint64_t up_to, std::span<const NotNew>) override { acked = up_to; }
  void on_store_failed(const std::string& why) override {
    std::fprintf(stderr, "%s\n", why.c_str()), std::exit(1);
  }
  void on_store_recovered(bool) override {}

  void commit_and_wait(std::uint64_t number) {
    store->commit();
    while (acked < number) {
      eventfd_t ignored = 0;
      (void)::eventfd_read(wake_fd, &ignored);
      store->poll();
    }
  }

  SharedOrder order() {
    Order order{"KIOSK-0001", "payment", {}, {}};
    if (keys) random.fill(order.claim.emplace().key);
    return share(std::move(order));
  }

  void run(int pairs, int batch) {
    std::vector<RequestId> last;
    const std::string body(200, 'x');
    for (int i = 0; i < pairs; i += batch) {
      std::uint64_t number = 0;
      std::vector<RequestId> now;
      for (int j = 0; j < batch; ++j) {
        AcceptedRecord r;
        r.id = ids.next(clock.now().wall);
        now.push_back(r.id);
        r.order = order();
        r.accepted_at = clock.now().wall;
        r.deadline_at = r.accepted_at + Milliseconds(60'000);
        r.dispatched = true;
        r.envelope = {share(body), 0};
        number = store->append(std::move(r));
      }
      for (const RequestId& id : last) {
        AnsweredRecord r;
        r.id = id;
        r.answered_at = clock.now().wall;
        r.response = share(body);
        number = store->append(std::move(r));
      }
      // Answers come out of order.
      for (std::size_t k = now.size(); k > 1; --k) std::swap(now[k - 1], now[random.below(k)]);
      last = std::move(now);
      commit_and_wait(number);
    }
  }

  SystemClock clock;
  SeededRandom random{1};
  RequestIdGenerator ids{random};
  const int wake_fd;
  StoreImage image;
  double start_ms = 0;
  bool keys = false;
  std::uint64_t acked = 0;
  std::unique_ptr<EmbeddedStore> store;
};

}  // namespace

int main(int argc, char** argv) {
  const int pairs = argc > 1 ? std::atoi(argv[1]) : 200'000;
  const int batch = argc > 2 ? std::atoi(argv[2]) : 32;
  const bool keys = argc > 3 && std::string(argv[3]) == "keys";
  std::string name = (std::filesystem::current_path() / "store-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return 1;
  {
    Bench bench(name);
    bench.keys = keys;
    std::vector<RegistryChange> kiosks(10'000);
    for (std::size_t i = 0; i < kiosks.size(); ++i) {
      KioskRecord kiosk;
      kiosk.id = "KIOSK-" + std::to_string(i);
      kiosks[i] = kiosk;
    }
    bench.store->write_registry(std::move(kiosks), [](auto) {});
    const double process = cpu_us(RUSAGE_SELF);
    const double loop = cpu_us(RUSAGE_THREAD);
    const Instant began = bench.clock.now().steady;
    bench.run(pairs, batch);
    const double seconds = std::chrono::duration<double>(bench.clock.now().steady - began).count();
    const double loop_us = cpu_us(RUSAGE_THREAD) - loop;
    const double writer_us = cpu_us(RUSAGE_SELF) - process - loop_us;
    std::printf("batch %d: writer %.2f us, loop %.2f us of CPU a pair; %.0f pairs/s\n", batch,
                writer_us / pairs, loop_us / pairs, pairs / seconds);
    bench.store->close();
  }
  std::printf("start after a clean end: %.0f ms\n", Bench(name).start_ms);
  if (const pid_t child = ::fork(); child == 0) {
    Bench bench(name);
    bench.keys = keys;
    bench.run(20'000, batch);
    std::_Exit(0);  // as a kill does: nothing is closed
  } else {
    ::waitpid(child, nullptr, 0);
  }
  const Bench after(name);
  std::printf("start after a kill: %.0f ms, %zu open, %zu kiosks\n", after.start_ms, after.image.open.size(),
              after.image.kiosks.size());
  std::filesystem::remove_all(name);
}
