#include "telemetry/log_lines.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace kgw {
namespace {

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = bytes;
  std::string out(64 * 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

// The times of a push's entries, in nanoseconds.
std::vector<std::string> times(const std::vector<std::string>& written) {
  std::string lines;
  for (const std::string& at : written)
    lines += R"({"timestamp":")" + at + R"(","level":"INFO","event":"x"})" + "\n";
  const std::string json = gunzip(loki_push(lines, {"env", "node"}));
  std::vector<std::string> found;
  for (std::size_t at = json.find("[\""); at != json.npos; at = json.find("[\"", at + 1))
    found.push_back(json.substr(at + 2, json.find('"', at + 2) - at - 2));
  return found;
}

TEST(LogLines, lines_of_one_moment_keep_their_order) {
  EXPECT_EQ(times({"2026-11-28T02:00:00.000Z", "2026-11-28T02:00:00.000Z", "2026-11-28T01:59:59.990Z"}),
            (std::vector<std::string>{"1795831200000000000", "1795831200000000001", "1795831200000000002"}));
}

TEST(LogLines, after_a_clock_was_set_back_the_true_time_is_told_at_once) {
  EXPECT_EQ(times({"2026-11-28T05:00:00.000Z", "2026-11-28T02:00:00.000Z", "2026-11-28T02:00:00.000Z"}),
            (std::vector<std::string>{"1795842000000000000", "1795831200000000000", "1795831200000000001"}));
}

}  // namespace
}  // namespace kgw
