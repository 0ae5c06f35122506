// What an answer says about its error, for people.
#include "wire/shown/last_words.hpp"

#include <gtest/gtest.h>

#include "wire/json_scan.hpp"

namespace kgw {
namespace {

TEST(LastWords, OfTheUsualMembers) {
  const struct {
    const char* answer;
    const char* words;
  } cases[] = {
      {R"({"status":"error","error":"connection_refused","message":"no answer from 127.0.0.1:8080"})",
       "connection_refused: no answer from 127.0.0.1:8080"},
      {R"({"status":"error","error":"connection_refused"})", "connection_refused"},
      {R"({"response_code":91,"response_message":"host down"})", "91: host down"},
      {R"({"error":{"code":1},"message":"jammed"})", "jammed"},
      {R"({"error":"","code":null,"message":"jammed"})", "jammed"},
      {R"({"error":"x","message":"x"})", "x"},
      {R"({"message":"a\nb"})", "a b"},
      {R"({"message":"card 4111111111111111"})", "card 411111******1111"},
      {R"({"status":"error"})", ""},
      {"[]", ""},
      {"{", ""},
  };
  for (const auto& one : cases) EXPECT_EQ(last_words(one.answer), one.words) << one.answer;
}

TEST(LastWords, AreShortAndWholeCharacters) {
  std::string text = "a";
  for (int i = 0; i < 500; ++i) text += "ж";
  const std::string words = last_words("{\"error\":\"" + text + "\",\"message\":\"" + text + "b\"}");
  EXPECT_LT(words.size(), 220u);
  EXPECT_TRUE(is_utf8(words));
  EXPECT_EQ(last_words("{\"error\":\"" + std::string(100'000, 'a') + "\"}"), "");
}

}  // namespace
}  // namespace kgw
