#include "upkeep/doctor.hpp"

#include <algorithm>
#include <sstream>

#include "../agent/fake_server.hpp"
#include "state_rig.hpp"
#include "upkeep/doctor_checks.hpp"

namespace kgw {
namespace {

// Wall time stands still where the test wants it; the rest is the system's.
class StoppedClock final : public Clock {
 public:
  Now now() const override { return {system_.now().steady, wall}; }
  WallTime wall = wall_from_ms(testing::kNowMs);

 private:
  SystemClock system_;
};

class DoctorTest : public testing::StateTest {
 protected:
  DoctorTest() {
    settings.host = "127.0.0.1";
    settings.data_dir = data;
    settings.gateway_url = "http://127.0.0.1:1";
  }
  // One check alone: all of them together measure the disk each time.
  Finding find(const std::string& what) {
    GatewayFacts gateway;
    StateFacts state;
    if (what == "port") return check_gateway(settings, gateway);
    if (what == "commit") return check_commits(data, clock);
    if (what == "rights") return check_rights(data);
    const Finding store =
        settings.redis_url.empty() ? check_journal(data, clock.wall, state) : check_redis(settings, clock);
    return what == "store" ? store : check_clock(state, gateway, clock.wall);
  }
  void expect(const std::string& what, Verdict verdict, const std::string& part) {
    const Finding found = find(what);
    EXPECT_EQ(name(found.verdict), name(verdict)) << what << ": " << found.text;
    EXPECT_NE((found.text + " | " + found.hint).find(part), std::string::npos)
        << what << ": " << found.text << " | " << found.hint;
    EXPECT_TRUE(found.verdict == Verdict::ok || !found.hint.empty()) << what << " has no hint";
  }
  DoctorSettings settings;
  StoppedClock clock;
};

TEST_F(DoctorTest, AMachineBeforeTheFirstStart) {
  expect("store", Verdict::ok, "the first start creates it");
  expect("commit", Verdict::ok, " ms median");
  expect("rights", Verdict::ok, "nobody else");
  expect("clock", Verdict::ok, "2026-11-");
  expect("port", Verdict::ok, "no gateway is running");
  EXPECT_TRUE(names_in(dir).empty()) << "it leaves nothing behind";
}

TEST_F(DoctorTest, TheJournal) {
  make_state("one");
  expect("store", Verdict::ok, "is intact, schema ");
  {
    auto db = sqlite::Database::open(data / "gateway.db");
    ASSERT_TRUE(db->exec("PRAGMA user_version = 99"));
  }
  expect("store", Verdict::bad, "schema version 99, but this program supports only up to version ");
  write(data / "gateway.db", std::string(8192, 'x'));
  expect("store", Verdict::bad, "restore a backup: kiosk-gateway restore FILE --force");
  expect("store", Verdict::bad, "damaged");
  write(data / "gateway.db", "");
  expect("store", Verdict::bad, "is empty, but ");
  std::filesystem::remove(data / "gateway.db");
  expect("store", Verdict::bad, "is missing, but ");
  const auto held = DataDir::open(data);
  write(data / "gateway.db", "");
  expect("store", Verdict::ok, "in use by the running gateway");
  write(data / DataDir::kRestoring, "");
  expect("store", Verdict::bad, "interrupted");
}

TEST_F(DoctorTest, FilesThatOthersCanRead) {
  make_state("one");
  expect("rights", Verdict::ok, "nobody else");
  ::chmod((data / "admin.key").c_str(), 0640);
  expect("rights", Verdict::bad, "admin.key");
}

TEST_F(DoctorTest, TheClock) {
  make_state("one");
  expect("clock", Verdict::ok, "2026-11-");
  clock.wall = wall_from_ms(testing::kNowMs - 60'000);
  expect("clock", Verdict::bad, "59 s before something that was already written");
  clock.wall = wall_from_ms(1000);
  expect("clock", Verdict::bad, "1970-01-01");
  clock.wall = wall_from_ms(testing::kNowMs + 2000);
  expect("clock", Verdict::warn, "kiosks with expired tokens: 1 of 1");
  EXPECT_EQ(
      check_clock({}, {.answers = true, .clock = clock.wall + std::chrono::seconds(30)}, clock.wall).verdict,
      Verdict::warn);
  EXPECT_EQ(
      check_clock({}, {.answers = true, .clock = clock.wall + std::chrono::seconds(1)}, clock.wall).verdict,
      Verdict::ok);
}

TEST_F(DoctorTest, ThePort) {
  FakeServer other;
  settings.gateway_url = other.url("");
  settings.port = other.port;
  other.answer_with({.body = R"({"status":"healthy","node":"till","version":"9.9"})"});
  expect("port", Verdict::ok, "version 9.9, answers at");
  other.answer_with(
      {.status = 503, .body = R"({"status":"degraded","node":"till","message":"The disk is full."})"});
  expect("port", Verdict::bad, "The disk is full.");
  other.answer_with({.body = "<html>"});
  expect("port", Verdict::bad, "is not a kiosk-gateway");
  settings.gateway_url = "http://127.0.0.1:1";
  expect("port", Verdict::bad, "the port is in use by another program");
}

TEST_F(DoctorTest, AnUnreachableRedis) {
  settings.redis_url = "redis://:secret-password@127.0.0.1:1/0";
  expect("store", Verdict::bad, "redis://");
  for (const Finding& finding : examine(settings, clock))
    EXPECT_EQ((finding.text + finding.hint).find("secret-password"), std::string::npos) << finding.text;
}

TEST_F(DoctorTest, AllOfThem) {
  std::vector<std::string> what;
  for (const Finding& finding : examine(settings, clock)) what.push_back(finding.what);
  EXPECT_EQ(what, (std::vector<std::string>{"port", "space", "commit", "store", "rights", "clock", "files",
                                            "sandbox"}));
}

TEST_F(DoctorTest, AFullHouse) {
  EXPECT_EQ(check_file_limit(settings, {.newest = {}, .kiosks = 1'000'000}).verdict, Verdict::bad);
}

TEST(DoctorPrints, ForPeopleAndForPrograms) {
  const std::vector<Finding> findings{{"port", Verdict::ok, "free", ""},
                                      {"commit", Verdict::warn, "slow\x1b[31m", "buy a disk"}};
  std::ostringstream people;
  EXPECT_EQ(print_findings(findings, false, people), 0) << "a warning is not bad";
  EXPECT_EQ(people.str(), "ok    port    free\nwarn  commit  slow?[31m\n              buy a disk\n");
  std::ostringstream programs;
  EXPECT_EQ(print_findings({{"disk", Verdict::bad, "full", "free some"}}, true, programs), 1);
  EXPECT_EQ(programs.str(),
            R"({"verdict":"bad","findings":[{"what":"disk","verdict":"bad","text":"full","hint":"free some"}]})"
            "\n");
}

}  // namespace
}  // namespace kgw
