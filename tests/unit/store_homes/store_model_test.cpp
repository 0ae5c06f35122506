// The stores against a plain model of what store.hpp promises: the same random operations, restarts, power cuts
// and leaps of the clock for both homes; what is read must be what the model says, and nothing is swept that
// may not be. tests/unit/store/mutants has the bugs that this must catch.
#include <algorithm>
#include <map>
#include <set>

#include "embedded_store_rig.hpp"
#include "store_model.hpp"
#include "strays.hpp"

namespace kgw::testing {
namespace {

enum class Home { embedded, redis };

constexpr Milliseconds kKeepBodies = 5h;
constexpr Milliseconds kKeepRows = 30h;

class StoreModel : public ::testing::TestWithParam<std::tuple<Home, int>> {
 public:
  ~StoreModel() override {
    vfs.reset();
    life.reset();
  }

 protected:
  StoreModel() : random(static_cast<std::uint64_t>(std::get<1>(GetParam()))) { vfs.reset(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (redis()) {
      if (!server_) server_ = std::make_unique<RedisServer>();
      server_->run({"FLUSHALL"});
    }
    start();
  }
  bool redis() const { return std::get<0>(GetParam()) == Home::redis; }
  std::uint64_t below(std::uint64_t end) { return random.below(end); }

  void start() {
    life.reset();
    if (redis()) {
      RedisStore::Settings settings;
      settings.redis.url = *redis::parse_redis_url(server_->url());
      settings.node = "test";
      settings.nonce = std::to_string(++lives_);
      settings.common.kept = {kKeepRows, kKeepBodies, kKeepBodies};
      settings.common.clock = &clock;
      life = std::make_unique<Life>(settings);
    } else {
      EmbeddedStore::Settings settings;
      settings.data_dir = dir.path() / "data";
      settings.clock = &clock;
      settings.vfs = FaultVfs::kName;
      settings.boot = boot_;
      settings.retention = kKeepRows;
      settings.keep_bodies = kKeepBodies;
      settings.run_rows = 5;
      life = std::make_unique<Life>(true, settings);
    }
    ASSERT_TRUE(life->store) << life->error;
  }
  void stop() {
    life->store->close();
    life.reset();
  }

  // --- records
  RequestId some_id() {
    if (exchanges.empty()) return make.id(clock.now().wall);
    return std::next(exchanges.begin(), static_cast<std::ptrdiff_t>(below(exchanges.size())))->first;
  }
  Record accept() {
    const WallTime now = clock.now().wall;
    AcceptedRecord r = Records::accepted(make.id(now), below(2) == 0, "body " + std::to_string(++texts_));
    Order order;
    order.kiosk_id = "K" + std::to_string(below(4));
    order.operation = below(2) == 0 ? "payment" : "refund";
    order.order_id = below(3) == 0 ? std::string() : "order-" + std::to_string(below(5));
    order.owner = below(3) == 0 ? std::string() : "shop";
    r.order = share(std::move(order));
    r.accepted_at = now;
    r.deadline_at = now + Milliseconds(30'000);
    return r;
  }
  AnsweredRecord answer(const Modelled& of) {
    AnsweredRecord r = Records::answered(of.x.id, "answer " + std::to_string(++texts_));
    r.kiosk_id = of.x.order.kiosk_id;
    r.answered_at = clock.now().wall;
    r.late = of.x.state == State::timed_out;
    r.valid = below(5) != 0;
    r.outcome = r.valid && below(4) != 0 ? Outcome::known : Outcome::unknown;
    if (const auto said = texts_ % 6; said != static_cast<int>(AnswerResult::unknown))
      r.result = static_cast<AnswerResult>(said);
    return r;
  }
  // The next thing that may happen to an exchange, or one that has happened already, written again.
  std::optional<Record> next_of(const Modelled& of) {
    const WallTime now = clock.now().wall;
    switch (of.x.state) {
      case State::accepted:
        if (below(3) != 0) return DispatchedRecord{of.x.id, now, SessionId{7}, of.x.order.kiosk_id};
        return EndedRecord{of.x.id, now, State::rejected, ErrorCode::kiosk_busy, of.x.order.kiosk_id};
      case State::dispatched:
        if (below(8) == 0)
          return EndedRecord{of.x.id, now, State::rejected, ErrorCode::kiosk_offline, of.x.order.kiosk_id};
        if (below(3) == 0)
          return EndedRecord{of.x.id, now, State::timed_out, ErrorCode::timeout, of.x.order.kiosk_id};
        return answer(of);
      case State::timed_out:
        if (below(2) == 0) return answer(of);
        return EndedRecord{of.x.id, now, State::timed_out, ErrorCode::timeout, of.x.order.kiosk_id};
      case State::answered: return answer(of);  // a second one: the first stands
      default: return std::nullopt;
    }
  }
  std::vector<Record> some_records() {
    std::vector<Record> records;
    Exchanges after = exchanges;
    for (std::uint64_t n = 1 + below(12); n > 0; --n) {
      clock.pass(Milliseconds(static_cast<std::int64_t>(below(5))));
      std::optional<Record> record;
      if (after.empty() || below(3) == 0) record = accept();
      else if (!said_.empty() && below(8) == 0) record = said_[below(said_.size())];  // safe to write twice
      else record = next_of(std::next(after.begin(), static_cast<std::ptrdiff_t>(below(after.size())))->second);
      if (!record) continue;
      const RequestId id = id_of(*record);
      if (gone.contains(id)) continue;
      apply(after, *record, clock.now().steady);
      records.push_back(*record);
      said_.push_back(std::move(*record));
    }
    return records;
  }
  void write(const std::vector<Record>& records) {
    if (records.empty()) return;
    life->write(records);
    for (const Record& record : records) apply(exchanges, record, clock.now().steady);
  }

  // --- what is read
  void check(const RequestId& id) {
    const auto expected = exchanges.find(id);
    const auto found = life->find(id);
    ASSERT_TRUE(found);
    if (expected == exchanges.end()) {
      EXPECT_FALSE(*found) << id.text() << " is gone, or never was";
      EXPECT_TRUE(!gone.contains(id) || life->store->may_be_forgotten(id)) << "it was accepted once";
      return;
    }
    const Modelled& m = expected->second;
    ASSERT_TRUE(*found) << shown(m.x) << " is not there";
    EXPECT_EQ(shown(**found), shown(m.x));
    const bool emptied = m.may_go(clock.now().steady, kKeepBodies);
    const SharedBytes& response = (*found)->response;
    EXPECT_TRUE(!response || view(response) == m.response) << shown(m.x);
    EXPECT_TRUE(response || m.x.state != State::answered || emptied) << shown(m.x) << ": its answer is gone";
    const SharedBytes body = life->body(id);
    EXPECT_TRUE(!body || view(body) == m.body) << shown(m.x);
    EXPECT_TRUE(body || m.body_may_be_gone(clock.now().steady, kKeepBodies))
        << shown(m.x) << ": its body is gone";
  }
  // Lets go of what may be gone by now; everything else is there as it was.
  void check_all() {
    for (auto at = exchanges.begin(); at != exchanges.end();) {
      const auto found = life->find(at->first);
      ASSERT_TRUE(found);
      if (!*found && at->second.may_go(clock.now().steady, kKeepRows)) {
        gone.insert(at->first);
        at = exchanges.erase(at);
        continue;
      }
      check(at->first);
      ++at;
    }
    for (const RequestId& id : gone) check(id);
  }
  void check_pages() {
    ExchangesQuery query;
    if (below(3) == 0) query.kiosk_id = "K" + std::to_string(below(5));
    if (below(3) == 0) query.operation = below(2) == 0 ? "payment" : "nothing";
    if (below(3) == 0) query.order_id = "order-" + std::to_string(below(6));
    if (below(3) == 0) query.state = static_cast<State>(below(5));
    if (below(3) == 0) query.outcome = static_cast<Outcome>(below(4));
    if (below(4) == 0) query.visible = [](const std::string& kiosk_id) { return kiosk_id != "K1"; };
    const bool oldest_first = below(2) == 0;
    if (!exchanges.empty()) {
      if (below(4) == 0) query.from = exchanges.at(some_id()).x.accepted_at;
      if (below(4) == 0) query.to = exchanges.at(some_id()).x.accepted_at;
    }
    std::int64_t cursor = oldest_first ? 0 : INT64_MAX;
    if (below(4) == 0) cursor = some_id().journal_key();
    (oldest_first ? query.after : query.before) = cursor;
    query.count_max = 1 + below(7);
    const std::vector<std::string> expected = on_pages(exchanges, query);
    std::vector<std::string> found;
    for (int pages = 0; pages < 1000; ++pages) {
      const auto page = life->exchanges(query);
      EXPECT_LE(page.rows.size(), query.count_max);
      for (const StoredExchange& x : page.rows) found.push_back(shown(x));
      if (!page.next) break;
      (oldest_first ? query.after : query.before) = page.next;
    }
    EXPECT_EQ(found, expected);
  }

  // --- the registry and the histories
  void change_registry() {
    std::vector<RegistryChange> changes;
    const std::string id = "K" + std::to_string(below(6));
    if (below(4) == 0) {
      changes.emplace_back(KioskRemovedRecord{id});
      kiosks.erase(id);
    } else {
      KioskRecord kiosk = Records::kiosk(id);
      kiosk.enabled = below(2) == 0;
      kiosk.max_in_flight = static_cast<std::uint32_t>(below(9));
      kiosks[id] = kiosk;
      changes.emplace_back(kiosk);
    }
    KeyRecord key;
    key.id = "k_" + std::to_string(below(4));
    key.name = "name" + std::to_string(below(100));
    key.kiosks = {"K1", "shop_*"};
    key.scopes = static_cast<std::uint8_t>(1 + below(7));
    if (below(2) == 0) key.revoked_at = clock.now().wall;
    keys[key.id] = key;
    changes.emplace_back(key);
    const SettingRecord setting{"s" + std::to_string(below(3)), std::to_string(below(100))};
    settings_kept[setting.name] = setting.value;
    changes.emplace_back(setting);
    const AuditRecord line{clock.now().wall, "actor", "api", "", "changed", id, std::to_string(++texts_)};
    audit.push_back(line);
    changes.emplace_back(line);
    const std::vector<Record> records = some_records();  // in the same commit
    for (const Record& record : records) life->store->append(record);
    ASSERT_TRUE(life->write_registry(std::move(changes)));
    for (const Record& record : records) apply(exchanges, record, clock.now().steady);
  }
  // Those of the ledger, or one that is resolved already.
  void resolve() {
    std::vector<Modelled*> unknown;
    for (auto& [id, m] : exchanges)
      if (m.x.outcome == Outcome::unknown) unknown.push_back(&m);
    for (std::uint64_t n = unknown.empty() ? 0 : 1 + below(4); n > 0; --n) {
      const StoredExchange& x = unknown[below(unknown.size())]->x;
      const Resolved what{kResolutions[below(2)], std::to_string(++texts_), "ann", clock.now().wall};
      const ResolvedRecord record{x.id, x.order.kiosk_id, what};
      audit.push_back({what.at, "ann", "api", "", "resolved", x.order.kiosk_id, what.note});
      ASSERT_TRUE(life->write_registry({record, audit.back()}));
      apply(exchanges, record, clock.now().steady);
    }
  }
  void connect() {
    const ConnectionRecord line{"K" + std::to_string(below(4)), clock.now().wall, below(2) == 0, "1.2.3.4",
                                std::to_string(++texts_)};
    life->store->note_connection(line);
    connections.push_back(line);
    ASSERT_TRUE(life->write_registry({SettingRecord{"s0", "0"}}));  // whose answer comes behind it
    settings_kept["s0"] = "0";
  }
  template <class Ask>
  std::vector<std::string> histories(const Ask& ask) {
    std::vector<std::string> found;
    HistoryQuery query;
    if (below(2) == 0) query.about = "K" + std::to_string(below(5));
    about_ = query.about;
    query.count_max = 1 + below(9);
    for (int pages = 0; pages < 1000; ++pages) {
      const auto next = ask(query, found);
      if (!next) break;
      query.before = next;
    }
    return found;
  }
  void check_histories() {
    const auto lines = histories([&](const HistoryQuery& query, std::vector<std::string>& found) {
      const auto page = life->audit(query);
      for (const StoredAudit& row : page.rows) found.push_back(row.record.target + " " + row.record.detail);
      return page.next;
    });
    std::vector<std::string> expected;
    for (const AuditRecord& line : audit)
      if (about_.empty() || line.target == about_) expected.push_back(line.target + " " + line.detail);
    std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(lines, expected);

    const auto ups = histories([&](const HistoryQuery& query, std::vector<std::string>& found) {
      const auto page = life->connections(query);
      for (const StoredConnection& row : page.rows)
        found.push_back(row.kiosk_id + (row.up ? " up " : " down ") + row.reason);
      return page.next;
    });
    expected.clear();
    for (const ConnectionRecord& line : connections)
      if (about_.empty() || line.kiosk_id == about_)
        expected.push_back(line.kiosk_id + (line.up ? " up " : " down ") + line.reason);
    std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(ups, expected);
  }

  // What a start finds: all that is open, oldest first, and the registry.
  void check_image() {
    std::vector<std::string> expected, found;
    for (const auto& [id, m] : exchanges)
      if (m.open()) expected.push_back(shown(m.x));
    for (const StoredExchange& x : life->image.open) found.push_back(shown(x));
    EXPECT_EQ(found, expected);
    const std::int64_t newest = exchanges.empty() ? 0 : exchanges.rbegin()->first.journal_key();
    EXPECT_GE(life->image.last_journal_key, newest) << "ids would come twice";
    found.clear();
    expected.clear();
    for (const KioskRecord& k : life->image.kiosks) found.push_back(shown(k));
    for (const KeyRecord& k : life->image.keys) found.push_back(shown(k));
    for (const SettingRecord& s : life->image.settings)
      if (s.name != "sweep") found.push_back(s.name + " " + s.value);
    for (const auto& [id, k] : kiosks) expected.push_back(shown(k));
    for (const auto& [id, k] : keys) expected.push_back(shown(k));
    for (const auto& [name, value] : settings_kept)
      expected.push_back(std::string(name).append(" ").append(value));
    EXPECT_EQ(found, expected);
  }

  void restart() {
    stop();
    expect_to_fit(redis() ? server_.get() : nullptr, dir.path() / "data" / "gateway.db");
    start();
    check_image();
  }
  // What was acknowledged is there; of what was not, the first few.
  void lose_power() {
    const std::size_t said = said_.size();
    const std::vector<Record> records = some_records();
    said_.resize(said);  // whether it is there will be known; it is not said again
    for (const Record& record : records) life->store->append(record);
    life->store->commit();
    if (redis()) {
      server_->end(SIGKILL);
      life.reset();
      server_->start();
      server_->run({"DEL", "kgw:lease"});  // rather than to wait for its end
    } else {
      const auto image = dir.path() / "image";
      std::filesystem::create_directory(image);
      vfs.crash_image(dir.path() / "data", image, 0.5, random);
      life.reset();
      vfs.reset();
      std::filesystem::remove_all(dir.path() / "data");
      std::filesystem::rename(image, dir.path() / "data");
      ++boot_;  // a machine that lost power was started anew
    }
    start();
    std::set<RequestId> touched;
    for (const Record& record : records) touched.insert(id_of(record));
    const auto is_as = [&](const Exchanges& all) {
      return std::all_of(touched.begin(), touched.end(), [&](const RequestId& id) {
        const auto found = life->find(id);
        const auto expected = all.find(id);
        if (!found || found->has_value() != (expected != all.end())) return false;
        return !*found || shown(**found) == shown(expected->second.x);
      });
    };
    bool right = is_as(exchanges);
    for (const Record& record : records) {
      if (right) break;
      apply(exchanges, record, clock.now().steady);
      right = is_as(exchanges);
    }
    EXPECT_TRUE(right) << "what is there is no beginning of what was appended";
    check_image();
  }
  // What comes after another gateway has the lease is not written.
  void be_taken_over() {
    if (!redis()) return;
    const std::size_t said = said_.size();
    server_->run({"SET", "kgw:lease", "another gateway"});
    life->store->append(accept());
    for (Record& record : some_records()) life->store->append(std::move(record));
    said_.resize(said);
    life->store->commit();
    ASSERT_TRUE(life->until(
        [&] { return std::find(life->told.begin(), life->told.end(), "taken over") != life->told.end(); }));
    life.reset();
    server_->run({"DEL", "kgw:lease"});
    start();
    check_image();
  }
  // For some minutes the clock says that it is 40 days later.
  void leap() {
    clock.leap(40 * 24h);
    for (int i = 0; i < 3; ++i) write(some_records());
    life->sweep(clock);
    clock.leap(-40 * 24h);
    check_all();
  }
  void some_operations(int count) {
    for (int i = 0; i < count && !HasFailure(); ++i) {
      const std::uint64_t choice = below(43);
      if (choice < 20) write(some_records());
      else if (choice < 25) check(some_id());
      else if (choice < 32) check_pages();
      else if (choice < 34) change_registry();
      else if (choice < 36) connect();
      else if (choice < 37) check_histories();
      else if (choice < 38) restart();
      else if (choice < 39) lose_power();
      else if (choice < 42) resolve();
      else be_taken_over();
    }
  }
  // What is due has gone, and nothing else.
  void check_swept() {
    for (const auto& [id, m] : exchanges) {
      const auto found = life->find(id);
      ASSERT_TRUE(found && *found);
      const bool due = m.may_go(clock.now().steady, kKeepBodies + 1h);
      EXPECT_FALSE(due && (*found)->response) << shown(m.x);
    }
  }

  std::int64_t boot_ = 1;
  TempDir dir;
  TestClock clock;
  Records make;
  SeededRandom random;
  FaultVfs& vfs = FaultVfs::instance();
  std::unique_ptr<Life> life;
  Exchanges exchanges;
  std::set<RequestId> gone;
  std::map<std::string, KioskRecord> kiosks;
  std::map<std::string, KeyRecord> keys;
  std::map<std::string, std::string> settings_kept;
  std::vector<AuditRecord> audit;
  std::vector<ConnectionRecord> connections;

 private:
  inline static std::unique_ptr<RedisServer> server_;
  int lives_ = 0;
  int texts_ = 0;
  std::vector<Record> said_;
  std::string about_;
};

TEST_P(StoreModel, IsWhatThePromisesSay) {
  some_operations(60);
  check_all();
  life->sweep(clock);
  check_all();
  EXPECT_TRUE(gone.empty()) << "nothing is due";

  clock.pass(kKeepBodies + 2h);
  life->sweep(clock);
  check_all();
  check_swept();
  some_operations(30);
  leap();
  for (int i = 0; i < 5; ++i) check_pages();

  clock.pass(kKeepRows + 2h);
  restart();
  life->sweep(clock);
  check_all();
  for (const auto& [id, m] : exchanges) {
    // What ended while the clock was ahead goes when one behind it is due.
    const bool ahead = m.x.answered_at.value_or(m.x.ended_at.value_or(WallTime{})) > clock.now().wall;
    EXPECT_FALSE(!ahead && m.may_go(clock.now().steady, kKeepRows + 1h)) << shown(m.x) << " is due";
  }
  some_operations(20);
  restart();
  check_all();
  check_histories();
}

INSTANTIATE_TEST_SUITE_P(Seeds, StoreModel,
                         ::testing::Combine(::testing::Values(Home::embedded, Home::redis),
                                            ::testing::Range(1, 7)),
                         [](const auto& of) {
                           return std::string(std::get<0>(of.param) == Home::redis ? "redis" : "embedded") +
                                  "_" + std::to_string(std::get<1>(of.param));
                         });

}  // namespace
}  // namespace kgw::testing
