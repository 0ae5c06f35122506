#include "agent/execution/outbox.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "../temp_dir.hpp"

namespace kgw {
namespace {

class SetClock final : public Clock {
 public:
  Now now() const override { return {Instant{}, wall}; }
  WallTime wall = wall_from_ms(1'700'000'000'000);
};

class OneBoot final : public BootClock {
 public:
  Milliseconds now() const override { return Milliseconds(5); }
  const std::string& boot() const override { return name; }
  std::string name = "boot-1";
};

class OutboxTest : public ::testing::Test {
 public:
  ~OutboxTest() override { outbox.reset(); }

 protected:
  void open(std::int64_t bytes_max = 64 * 1024 * 1024) {
    outbox.reset();
    auto opened = Outbox::open({.file = file, .bytes_max = bytes_max}, clock, boot, random);
    ASSERT_TRUE(opened) << opened.error().message;
    outbox = *std::move(opened);
  }
  void record(std::string_view id, std::string_view dedupe = {}, WorkState state = WorkState::started) {
    ASSERT_TRUE(outbox->record({.request_id = id, .dedupe_id = dedupe, .operation = "payment", .message = "{}"},
                               state));
  }
  std::string owed() const {
    std::string all;
    for (const OutboxResult& result : *outbox->owed(100)) all += result.request_id + result.response + " ";
    return all;
  }
  Outbox::Known look(std::string_view id, std::string_view dedupe = {}) const {
    return *outbox->look(id, dedupe);
  }

  const kgw::testing::TempDir temp;
  const std::filesystem::path dir = temp.path();
  const std::filesystem::path file = dir / "sub" / "outbox";
  SetClock clock;
  OneBoot boot;
  SystemRandom random;
  std::unique_ptr<Outbox> outbox;
};

using Known = Outbox::Known;

TEST_F(OutboxTest, KeepsWhatItKnowsAcrossProcesses) {
  open();
  const std::string id = outbox->id();
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(look("a"), Known::no);
  record("a");
  record("b", {}, WorkState::waiting);
  record("c");
  ASSERT_TRUE(outbox->finish("a", ResultKind::answer, R"({"n":1})"));
  open();
  EXPECT_EQ(outbox->id(), id);
  EXPECT_EQ(look("a"), Known::finished);
  EXPECT_EQ(look("b"), Known::unfinished);
  EXPECT_EQ(owed(), R"(a{"n":1} )");
  const auto left = outbox->unfinished();
  ASSERT_EQ(left->size(), 2U);
  EXPECT_EQ(left->at(0).request_id, "b");
  EXPECT_EQ(left->at(0).state, WorkState::waiting);
  EXPECT_TRUE(left->at(0).this_boot);
  EXPECT_EQ(left->at(1).state, WorkState::started);
  boot.name = "boot-2";
  EXPECT_FALSE(outbox->unfinished()->at(0).this_boot);
}

TEST_F(OutboxTest, AFinishedOneStaysAsItIsAndASettledOneCanBeOwedAgain) {
  open();
  record("a");
  ASSERT_TRUE(outbox->finish("a", ResultKind::answer, "{}"));
  ASSERT_TRUE(outbox->finish("a", ResultKind::interrupted, R"({"status":"error"})"));
  ASSERT_TRUE(outbox->start("a"));
  EXPECT_EQ(owed(), "a{} ");
  ASSERT_TRUE(outbox->settle("a"));
  EXPECT_EQ(owed(), "");
  ASSERT_TRUE(outbox->owe_again(clock.wall + Milliseconds(1)));
  EXPECT_EQ(owed(), "");
  ASSERT_TRUE(outbox->owe_again(clock.wall));
  EXPECT_EQ(owed(), "a{} ");
}

TEST_F(OutboxTest, TheSameWorkUnderAnotherIdGetsTheSameResult) {
  open();
  record("a", "d");
  EXPECT_EQ(look("b", "d"), Known::same);
  ASSERT_TRUE(outbox->record_same({.request_id = "b", .dedupe_id = "d"}));  // while it runs
  EXPECT_EQ(outbox->unfinished()->size(), 1U) << "b is not carried out by itself";
  ASSERT_TRUE(outbox->finish("a", ResultKind::answer, R"({"n":1})"));
  ASSERT_TRUE(outbox->record_same({.request_id = "c", .dedupe_id = "d"}));  // when it is done
  EXPECT_EQ(owed(), R"(a{"n":1} b{"n":1} c{"n":1} )");
}

TEST_F(OutboxTest, WhatWasSurelyNotDoneDoesNotUseItsKeyUp) {
  open();
  record("a", "d");
  ASSERT_TRUE(outbox->finish("a", ResultKind::declined, "{}"));
  ASSERT_TRUE(outbox->record_refused({.request_id = "b", .dedupe_id = "d"}, "{}"));
  EXPECT_EQ(look("c", "d"), Known::no);
  EXPECT_EQ(look("a", "d"), Known::finished);
}

TEST_F(OutboxTest, ForgetsWhatIsSettledAndOldAndNothingElse) {
  open();
  for (const char* id : {"running", "owed", "settled", "fresh"}) record(id);
  for (const char* id : {"owed", "settled"}) ASSERT_TRUE(outbox->finish(id, ResultKind::answer, "{}"));
  ASSERT_TRUE(outbox->settle("settled"));
  clock.wall += std::chrono::days(8);
  ASSERT_TRUE(outbox->finish("fresh", ResultKind::answer, "{}"));
  ASSERT_TRUE(outbox->settle("fresh"));
  ASSERT_TRUE(outbox->sweep());
  EXPECT_EQ(look("settled"), Known::no);
  EXPECT_EQ(look("running"), Known::unfinished);
  EXPECT_EQ(look("owed"), Known::finished);
  EXPECT_EQ(look("fresh"), Known::finished);
}

TEST_F(OutboxTest, BeyondItsSizeTheOldestSettledGoAndThenItDeclines) {
  open(1024 * 1024);
  const std::string large = "{\"a\":\"" + std::string(100'000, 'x') + "\"}";
  const auto fill = [&](int from, bool settle) -> Result<void> {
    for (int i = from; i < from + 20; ++i) {
      const std::string id = std::to_string(i);
      if (auto done =
              outbox->record({.request_id = id, .operation = "p", .message = large}, WorkState::started);
          !done)
        return done;
      EXPECT_TRUE(outbox->finish(id, ResultKind::answer, large));
      if (settle && !outbox->settle(id)) ADD_FAILURE();
    }
    return {};
  };
  EXPECT_TRUE(fill(0, true));
  EXPECT_EQ(look("0"), Known::no);
  EXPECT_EQ(look("19"), Known::finished);
  const auto refused = fill(100, false);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("full"), std::string::npos);
  EXPECT_EQ(look("100"), Known::finished) << "what is owed stays";
}

TEST_F(OutboxTest, IsPrivateAndOfOneProcess) {
  open();
  record("a");
  for (const char* suffix : {"", "-wal"}) {
    struct stat about {};
    ASSERT_EQ(::stat((file.string() + suffix).c_str(), &about), 0) << suffix;
    EXPECT_EQ(about.st_mode & 0777, 0600U) << suffix;
  }
}

TEST_F(OutboxTest, ADamagedFileIsNotUsed) {
  open();
  outbox.reset();
  std::ofstream(file, std::ios::binary) << std::string(8192, 'x');
  EXPECT_FALSE(Outbox::open({.file = file}, clock, boot, random));
  EXPECT_FALSE(Outbox::open({.file = dir}, clock, boot, random));
}

}  // namespace
}  // namespace kgw
