// json_scan against Boost.JSON: a table, and random mutations of it from a fixed seed.
#include <gtest/gtest.h>

#include <boost/json/src.hpp>

#include "../../fuzz/boost_json_judge.hpp"
#include "base/random.hpp"

namespace kgw {
namespace {

const std::string_view kTexts[] = {
    R"({"request_id":"5f0c3b1e-7d2a-4c7e-9a51-0e8f6f1c2d3b","status":"success","amount":1000.10,"items":[1,2,{"a":null}]})",
    R"({"a":"\u00e9\ud83d\ude00\n\"\\\/","a":-0,"b":[1E400,-1.5e-10,12345678901234567890],"\u0061":true})",
    ("{\"name\":\"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, \xe2\x82\xac \xf0\x9f\x98\x80 and a long "
     "tail of plain text\"}"),
    ("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1"
     "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
    " \t\r\n{ \"a\" : [ ] , \"b\" : { } } \r\n",
    "true",
    "null",
    "-0.0e-0",
    "\"\"",
    R"("\ud800")",
    R"("\\ud800")",
    R"({"\u0061":[0E467890]})"};

constexpr std::string_view kBytes =
    "{}[]\",:\\/ \t\n\r0123456789+-.eEtrufalsnbdD\x01\x1f\x7f\x80\xbf\xc2\xe0\xed\xf0\xf4\xff";

TEST(JsonJudge, agrees_on_the_table_and_all_its_prefixes) {
  for (const std::string_view text : kTexts) {
    for (std::size_t size = 0; size <= text.size(); ++size)
      EXPECT_EQ(judge::disagreement(text.substr(0, size), "a"), nullptr) << text.substr(0, size);
  }
}

TEST(JsonJudge, agrees_on_random_mutations) {
  SeededRandom random(20261122);
  int valid = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text(kTexts[random.below(std::size(kTexts))]);
    for (std::uint64_t changes = 1 + random.below(3); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = random.below(text.size());
      const char c = kBytes[random.below(kBytes.size())];
      switch (random.below(4)) {
        case 0: text[at] = c; break;
        case 1: text.insert(at, 1, c); break;
        case 2: text.erase(at, 1 + random.below(4)); break;
        default: text.insert(at, text, random.below(text.size()), random.below(8)); break;
      }
    }
    valid += json_scan(text).valid ? 1 : 0;
    const char* const difference = judge::disagreement(text, "a");
    ASSERT_EQ(difference, nullptr) << difference << ": " << text;
  }
  EXPECT_GT(valid, 3000);  // or the mutations would show little
  EXPECT_LT(valid, 27'000);
}

}  // namespace
}  // namespace kgw
