#include "log/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "base/limits.hpp"

namespace kgw {
namespace {

class FixedClock final : public Clock {
 public:
  Now now() const override { return {Instant{}, wall_from_ms(1'795'385'619'123)}; }
};

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == 0) {
      read_end = ends[0];
      write_end = ends[1];
    }
  }
  ~Pipe() {
    if (read_end >= 0) close(read_end);
    if (write_end >= 0) close(write_end);
  }
  std::string read_all() {
    close(write_end);
    write_end = -1;
    std::string all;
    char some[4096];
    for (ssize_t n = 0; (n = read(read_end, some, sizeof some)) > 0;)
      all.append(some, static_cast<std::size_t>(n));
    return all;
  }
};

const std::string kStart = R"({"timestamp":")" + rfc3339(wall_from_ms(1'795'385'619'123)) + R"(","level":)";

TEST(Log, WritesOneJsonObjectALine) {
  FixedClock clock;
  Pipe pipe;
  {
    Log log(clock, {.fd = pipe.write_end});
    log.write(LogLevel::info, "started",
              {{"text", std::string_view("a\"b\\c\n\x01\x7f")},
               {"number", std::int64_t{-42}},
               {"took", std::chrono::nanoseconds(1'234'056'789)},
               {"early", std::chrono::nanoseconds(-7'999)},
               {"on", true},
               {"id", RequestId{}}});
    log.write(LogLevel::warning, "bad_utf8",
              {{"text", std::string_view("\xc3(\xed\xa0\x80 \xd0\x96\xf0\x9f\x98\x80")}});
    EXPECT_EQ(log.lines(), 2U);
  }
  const std::string r = "\xef\xbf\xbd";
  EXPECT_EQ(pipe.read_all(), kStart + R"("info","event":"started","text":"a\"b\\c\n\u0001)" + "\x7f" +
                                 R"(","number":-42,"took":1234.056,"early":-0.007,"on":true,)" +
                                 R"("id":"00000000-0000-0000-0000-000000000000"})" + "\n" + kStart +
                                 R"("warning","event":"bad_utf8","text":")" + r + "(" + r + r + r +
                                 " \xd0\x96\xf0\x9f\x98\x80\"}\n");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  FixedClock clock;
  Pipe pipe;
  {
    Log log(clock, {.level = LogLevel::warning, .fd = pipe.write_end});
    log.write(LogLevel::info, "quiet");
    log.set_level(LogLevel::debug);
    log.write(LogLevel::debug, "loud");
  }
  EXPECT_EQ(pipe.read_all(), kStart + "\"debug\",\"event\":\"loud\"}\n");
}

TEST(Log, HumanLinesCanNotMoveTheCursor) {
  FixedClock clock;
  Pipe pipe;
  {
    Log log(clock, {.human = true, .fd = pipe.write_end});
    log.write(LogLevel::error, "broke",
              {{"why", std::string_view("\x1b[2J")}, {"who", std::string_view("k1")}});
  }
  const std::string text = pipe.read_all();
  EXPECT_EQ(text.find("\x1b[2J"), text.npos) << text;
  EXPECT_NE(text.find("\\u001b[2J"), text.npos) << text;
  EXPECT_NE(text.find("who=\x1b[0mk1"), text.npos) << text;
}

TEST(Log, HandsABatchOverWhenItsTimeHasCome) {
  FixedClock clock;
  Pipe pipe;
  Log log(clock, {.fd = pipe.write_end});
  const Instant start{std::chrono::seconds(5)};
  EXPECT_FALSE(log.next_deadline());
  log.write(LogLevel::info, "one");
  log.end_of_turn(start);
  ASSERT_EQ(log.next_deadline(), start + limits::kLogBatchTime);
  log.end_of_turn(start + limits::kLogBatchTime);
  EXPECT_FALSE(log.next_deadline());
  char some[256];
  EXPECT_GT(read(pipe.read_end, some, sizeof some), 0);  // blocks until it is written
}

TEST(Log, CountsLinesThatFindNoRoomAndNeverBlocks) {
  FixedClock clock;
  Pipe pipe;  // nobody reads it
  const std::string text(10'000, 'x');
  const std::uint64_t lines = (limits::kLogBatchesMax + 20) * limits::kLogBatchBytesMax / 2 / text.size();
  std::uint64_t written = 0;
  {
    Log log(clock, {.fd = pipe.write_end});
    for (std::uint64_t i = 0; i < lines; ++i)
      log.write(LogLevel::info, "big", {{"text", std::string_view(text)}});
    log.flush();
    EXPECT_EQ(log.lines(), lines);
    const std::uint64_t at_hand_off = log.dropped();
    EXPECT_GT(at_hand_off, 0U);
    EXPECT_LT(at_hand_off, lines / 4);
    written = lines - at_hand_off;
  }  // must end although nobody reads
  EXPECT_GT(written, 0U);
}

TEST(Log, ReaderThatIsSlowGetsEveryLine) {
  FixedClock clock;
  Pipe pipe;
  std::string all;
  std::thread reader([&] {
    char some[100];
    for (ssize_t n = 0; (n = read(pipe.read_end, some, sizeof some)) > 0;)
      all.append(some, static_cast<std::size_t>(n));
  });
  {
    Log log(clock, {.fd = pipe.write_end});
    for (std::int64_t i = 0; i < 20'000; ++i) log.write(LogLevel::info, "n", {{"i", i}});
  }
  close(pipe.write_end);
  pipe.write_end = -1;
  reader.join();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 20'000);
  EXPECT_TRUE(all.ends_with("\"i\":19999}\n"));
}

TEST(Log, SurvivesAClosedPipeAndCountsTheLoss) {
  std::signal(SIGPIPE, SIG_IGN);
  FixedClock clock;
  Pipe pipe;
  close(pipe.read_end);
  pipe.read_end = -1;
  Log log(clock, {.fd = pipe.write_end});
  log.write(LogLevel::info, "lost");
  log.flush();
  while (log.dropped() == 0) std::this_thread::yield();
  EXPECT_EQ(log.dropped(), 1U);
}

TEST(Log, ParsesLevels) {
  EXPECT_EQ(parse_log_level("Warn"), LogLevel::warning);
  EXPECT_EQ(parse_log_level("WARNING"), LogLevel::warning);
  EXPECT_EQ(parse_log_level("debug"), LogLevel::debug);
  EXPECT_EQ(parse_log_level(""), std::nullopt);
  EXPECT_EQ(parse_log_level("INFO "), std::nullopt);
}

}  // namespace
}  // namespace kgw
