// crash_store [ROUNDS [SEED]]: a child writes exchanges and kiosks to an EmbeddedStore as fast as it can and
// says over a pipe what was acknowledged; the parent kills it (SIGKILL) at a random moment, opens the store
// again and looks for every acknowledged thing, and asks for every Idempotency-Key and order again, which its
// first request must still hold: else a customer would pay twice. The store lives on through all rounds. A kill
// keeps the system's cache; for power cuts see fault_vfs.hpp. Exit code 0: nothing was lost.
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.hpp"
#include "store_sqlite/embedded_store.hpp"
#include "store_sqlite/journal_reader.hpp"

namespace {

using namespace kgw;

// What the child reports: an exchange's record, or `kiosks`, the number of the last kiosk written, is durable.
struct Report {
  enum Kind : std::uint32_t { accepted, answered, kiosk } kind;
  std::uint32_t kiosk_number;
  RequestId id;
};
static_assert(sizeof(Report) < 512, "shorter than PIPE_BUF: written as a whole or not at all");

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "crash_store: %s\n", why.c_str());
  std::_Exit(1);
}

std::string body_of(const RequestId& id) {
  std::string body;
  const std::size_t count = 1 + id.bytes[15] % 40u;
  for (std::size_t i = 0; i < count; ++i) body += id.text();
  return body;
}

// Half of the requests have a key, and the order of which it is made; both are known by the request's id.
bool has_claims(const RequestId& id) { return id.bytes[14] % 2 == 0; }

Digest digest_of(const RequestId& id, std::uint64_t what) {
  std::uint64_t seed = what;
  for (const std::uint8_t byte : id.bytes) seed = seed * 257 + byte;
  Digest digest;
  SeededRandom(seed).fill(digest);
  return digest;
}

SharedOrder order_of(const RequestId& id) {
  Order order{"K1", "payment", {}, {}};
  if (has_claims(id)) {
    order.claim = KeyClaim{digest_of(id, 1), Digest{}};
    order.order_claim = digest_of(id, 2);
  }
  return share(std::move(order));
}

EmbeddedStore::Settings settings_for(const std::filesystem::path& directory, const Clock& clock) {
  EmbeddedStore::Settings settings;
  settings.data_dir = directory;
  settings.clock = &clock;
  // Few, so that runs of claims are written and merged all the time.
  settings.claim_rows = 16;
  return settings;
}

class Writer final : public StoreListener {
 public:
  Writer(const std::filesystem::path& directory, const Clock& clock, int pipe, std::uint64_t seed)
      : clock_(clock), pipe_(pipe), random_(seed), ids_(random_), wake_fd_(::eventfd(0, EFD_NONBLOCK)) {
    StoreImage image;
    const int wake_fd = wake_fd_;
    auto opened = EmbeddedStore::open(
        settings_for(directory, clock), [wake_fd] { (void)::eventfd_write(wake_fd, 1); }, nullptr, image);
    if (!opened) fail(opened.error().message);
    store_ = std::move(*opened);
    store_->set_listener(*this);
    ids_.resume_above(image.last_journal_key);
    kiosks_ = static_cast<std::uint32_t>(image.kiosks.size());
  }

  [[noreturn]] void run() {
    for (;;) {
      for (std::uint64_t i = random_.below(40); i > 0; --i) append();
      if (random_.chance(0.1)) add_kiosk();
      store_->commit();
      pollfd waiting{wake_fd_, POLLIN, 0};
      (void)::poll(&waiting, 1, !waiting_.empty() && random_.chance(0.5) ? -1 : 0);
      eventfd_t ignored = 0;
      (void)::eventfd_read(wake_fd_, &ignored);
      store_->poll();
    }
  }

  void on_store_committed(std::uint64_t up_to, std::span<const NotNew>) override {
    for (; !waiting_.empty() && waiting_.front().first <= up_to; waiting_.pop_front())
      report(waiting_.front().second);
  }
  void on_store_failed(const std::string& why) override { fail("the store failed: " + why); }
  void on_store_recovered(bool) override {}

 private:
  void append() {
    AcceptedRecord accepted;
    accepted.id = ids_.next(clock_.now().wall);
    accepted.order = order_of(accepted.id);
    accepted.accepted_at = clock_.now().wall;
    accepted.deadline_at = accepted.accepted_at + Milliseconds(1000);
    accepted.dispatched = true;
    accepted.envelope = {share(body_of(accepted.id)), 0};
    AnsweredRecord answered;
    answered.id = accepted.id;
    answered.answered_at = accepted.accepted_at;
    answered.response = share(body_of(accepted.id));
    waiting_.push_back({store_->append(std::move(accepted)), {Report::accepted, 0, answered.id}});
    const Report report{Report::answered, 0, answered.id};
    if (random_.chance(0.7)) waiting_.push_back({store_->append(std::move(answered)), report});
  }
  void add_kiosk() {
    KioskRecord kiosk;
    kiosk.id = "kiosk-" + std::to_string(++kiosks_);
    KeyRecord key;
    key.id = "k_" + kiosk.id;
    key.name = key.owner = "shop";
    const AuditRecord line{clock_.now().wall, "admin", "api", "", "kiosk_added", kiosk.id, "with a key"};
    store_->write_registry({kiosk, key, line}, [this, number = kiosks_](const Result<void>& done) {
      if (done) report({Report::kiosk, number, {}});
    });
  }
  void report(const Report& report) {
    if (::write(pipe_, &report, sizeof report) != static_cast<ssize_t>(sizeof report)) fail("the pipe is gone");
  }

  const Clock& clock_;
  const int pipe_;
  SeededRandom random_;
  RequestIdGenerator ids_;
  const int wake_fd_;
  std::unique_ptr<EmbeddedStore> store_;
  std::deque<std::pair<std::uint64_t, Report>> waiting_;
  std::uint32_t kiosks_ = 0;
};

// Reads reports until `end` or for `ms`, whichever is first.
void read_reports(int pipe, int ms, std::vector<Report>& into) {
  SystemClock clock;
  const Instant end = clock.now().steady + Milliseconds(ms);
  for (;;) {
    const auto left = std::chrono::duration_cast<Milliseconds>(end - clock.now().steady);
    pollfd waiting{pipe, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return;
    Report report{};
    if (::read(pipe, &report, sizeof report) != static_cast<ssize_t>(sizeof report)) return;
    into.push_back(report);
  }
}

std::vector<Report> run_and_kill(const std::filesystem::path& directory, SeededRandom& random) {
  int pipe[2];
  if (::pipe(pipe) != 0) fail("no pipe");
  const pid_t child = ::fork();
  if (child < 0) fail("no child");
  if (child == 0) {
    ::close(pipe[0]);
    const SystemClock clock;
    Writer(directory, clock, pipe[1], random.next64()).run();
  }
  ::close(pipe[1]);
  std::vector<Report> reports;
  // From the first acknowledgement on (a start takes what it takes) a random while; now and then not even that.
  if (!random.chance(0.1)) read_reports(pipe[0], 1, reports);
  if (random.chance(0.9))
    while (reports.empty() && ::waitpid(child, nullptr, WNOHANG) == 0) read_reports(pipe[0], 100, reports);
  read_reports(pipe[0], static_cast<int>(random.below(150)), reports);
  ::kill(child, SIGKILL);
  int status = 0;
  if (::waitpid(child, &status, 0) == child && !WIFSIGNALED(status)) fail("the child ended by itself");
  read_reports(pipe[0], 1000, reports);  // what it had written before; ends with the pipe
  ::close(pipe[0]);
  return reports;
}

// Every report of all rounds so far, against the store as a start finds it.
void check(const std::filesystem::path& directory, const std::vector<Report>& reports) {
  const auto file = directory / "gateway.db";
  auto reader = JournalReader::open(file, {});
  if (!reader) fail(reader.error().message);
  for (const Report& report : reports) {
    if (report.kind == Report::kiosk) continue;
    const auto found = reader->exchange(report.id);
    if (!found) fail(found.error().message);
    if (!*found) fail("acknowledged and lost: " + report.id.text());
    if (has_claims(report.id)) {
      const auto holder = reader->claimed(digest_of(report.id, 1));
      if (!holder) fail(holder.error().message);
      if (!*holder || (*holder)->id != report.id) fail("a reader does not find its key: " + report.id.text());
    }
    if (report.kind == Report::accepted) continue;
    if ((*found)->state != State::answered) fail("its answer was acknowledged and lost: " + report.id.text());
    if (view((*found)->response) != body_of(report.id))
      fail("not the answer that was written: " + report.id.text());
  }
}

// Hears whose the keys and orders are that somebody asks for once more.
struct Verdicts final : StoreListener {
  void on_store_committed(std::uint64_t up_to, std::span<const NotNew> not_new) override {
    committed = up_to;
    for (const NotNew& one : not_new) holders[one.number] = one.verdict.holder;
  }
  void on_store_failed(const std::string& why) override { fail("the store failed: " + why); }
  void on_store_recovered(bool) override {}

  std::uint64_t committed = 0;
  std::unordered_map<std::uint64_t, RequestId> holders;
};

// The writer's word, which is what the customer's money hangs on.
void ask_again(EmbeddedStore& store, int wake_fd, const StoreImage& image, const std::vector<Report>& reports) {
  Verdicts verdicts;
  store.set_listener(verdicts);
  const SystemClock clock;
  SeededRandom random(7);
  RequestIdGenerator ids(random);
  ids.resume_above(image.last_journal_key);
  std::unordered_map<std::uint64_t, RequestId> asked;
  std::uint64_t last = 0;
  for (const Report& report : reports) {
    if (report.kind != Report::accepted || !has_claims(report.id)) continue;
    for (const bool by_key : {true, false}) {
      AcceptedRecord again;
      again.id = ids.next(clock.now().wall);
      Order order = *order_of(report.id);
      by_key ? order.order_claim.reset() : order.claim.reset();
      again.order = share(std::move(order));
      again.accepted_at = clock.now().wall;
      again.deadline_at = again.accepted_at + Milliseconds(1000);
      last = store.append(std::move(again));
      asked[last] = report.id;
    }
  }
  store.commit();
  while (verdicts.committed < last) {
    pollfd waiting{wake_fd, POLLIN, 0};
    (void)::poll(&waiting, 1, -1);
    eventfd_t ignored = 0;
    (void)::eventfd_read(wake_fd, &ignored);
    store.poll();
  }
  for (const auto& [number, id] : asked)
    if (const auto at = verdicts.holders.find(number); at == verdicts.holders.end() || at->second != id)
      fail("who asks again would pay again: " + id.text());
}

void check_image(const std::filesystem::path& directory, const std::vector<Report>& reports) {
  const SystemClock clock;
  StoreImage image;
  const int wake_fd = ::eventfd(0, EFD_NONBLOCK);
  auto store = EmbeddedStore::open(
      settings_for(directory, clock), [wake_fd] { (void)::eventfd_write(wake_fd, 1); }, nullptr, image);
  if (!store) fail(store.error().message);
  ask_again(**store, wake_fd, image, reports);
  // Each kiosk was written in one batch with a key and a line of the trail: none is there without the others.
  auto reader = JournalReader::open(directory / "gateway.db", {});
  if (!reader) fail(reader.error().message);
  for (const KioskRecord& kiosk : image.kiosks) {
    const auto line = reader->audit({{}, kiosk.id, {}, 10});
    if (!line || line->rows.size() != 1) fail("without its line of the audit trail: " + kiosk.id);
  }
  if (image.keys.size() != image.kiosks.size()) fail("not as many keys as kiosks");
  std::unordered_map<std::string, bool> open;
  for (const StoredExchange& x : image.open) open[x.id.text()] = true;
  std::unordered_map<std::string, bool> answered;
  for (const Report& report : reports)
    if (report.kind == Report::answered) answered[report.id.text()] = true;
  for (const Report& report : reports) {
    if (report.kind == Report::kiosk && report.kiosk_number > image.kiosks.size())
      fail("acknowledged and lost: kiosk " + std::to_string(report.kiosk_number));
    if (report.kind == Report::answered && open.contains(report.id.text())) fail("answered, and found open");
    if (report.kind == Report::accepted && report.id.journal_key() > image.last_journal_key)
      fail("the last journal key is too small");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? static_cast<int>(std::strtol(argv[1], nullptr, 10)) : 20;
  SeededRandom random(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  ::signal(SIGPIPE, SIG_IGN);
  std::string name = (std::filesystem::temp_directory_path() / "kgw-crash-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail("no directory");
  const std::filesystem::path directory = name;
  std::vector<Report> reports;
  for (int round = 0; round < rounds; ++round) {
    const std::vector<Report> more = run_and_kill(directory, random);
    reports.insert(reports.end(), more.begin(), more.end());
    check_image(directory, reports);
    check(directory, reports);
  }
  std::filesystem::remove_all(directory);
  if (reports.empty()) fail("nothing was ever acknowledged: the test tested nothing");
  std::printf("crash_store: %d kills, %zu acknowledged records, none lost\n", rounds, reports.size());
}
