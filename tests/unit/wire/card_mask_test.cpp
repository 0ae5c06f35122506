// Card-like numbers are masked, and nothing else.
#include "wire/shown/card_mask.hpp"

#include <gtest/gtest.h>

#include "wire/json_scan.hpp"

namespace kgw {
namespace {

TEST(CardMask, InTexts) {
  const struct {
    const char* text;
    const char* masked;
  } cases[] = {
      {"4111111111111111", "411111******1111"},
      {"4111 1111 1111 1111", "4111 11** **** 1111"},
      {"4111-1111-1111-1111", "4111-11**-****-1111"},
      {"card 4111111111111111, thanks", "card 411111******1111, thanks"},
      {"4111 1111 1111 1111 12/29", "4111 11** **** 1111 12/29"},            // the expiry behind it
      {"12 4111111111111111", "12 411111******1111"},                        // and what stands before
      {";4111111111111111=29121010000?", ";411111******1111=29121010000?"},  // a track
      {"378282246310005", "378282*****0005"},                                // 15 digits
      {"4222222222222", "422222***2222"},                                    // 13
      {"6304000000000000000", "630400*********0000"},                        // 19
      {"5500000000000004 4111111111111111", "550000******0004 411111******1111"},
      {"4111111111111112", "4111111111111112"},              // Luhn's check says no
      {"411111111111", "411111111111"},                      // too short
      {"4111  1111  1111  1111", "4111  1111  1111  1111"},  // no card is written like that
      {"41111111111111114111111111111111", "41111111111111114111111111111111"},
      {"", ""},
      {"1234567890123", "1234567890123"},
  };
  for (const auto& c : cases) EXPECT_EQ(mask_cards(c.text), c.masked);
}

TEST(CardMask, InJson) {
  const struct {
    const char* json;
    const char* masked;
  } cases[] = {
      {R"({"pan":"4111111111111111","sum":1000.10})", R"({"pan":"411111******1111","sum":1000.10})"},
      {R"({"pan":4111111111111111})", R"({"pan":"411111******1111"})"},
      {R"([4111111111111111,-4111111111111111, 1e5])", R"(["411111******1111","-411111******1111", 1e5])"},
      {R"({"4111111111111111":null})", R"({"411111******1111":null})"},
      {R"({"a":"\u0034111111111111111"})", R"({"a":"411111******1111"})"},
      {R"({"a":"say \"4111111111111111\"\n"})", R"({"a":"say \"411111******1111\"\n"})"},
      {R"({"a":"\\","b":"\u0041\/"})", R"({"a":"\\","b":"\u0041\/"})"},  // untouched, byte for byte
      {R"({ "sum" : 1000.10 })", R"({ "sum" : 1000.10 })"},
  };
  for (const auto& c : cases) EXPECT_EQ(mask_cards_in_json(c.json), c.masked);
}

TEST(CardMask, JsonStaysJson) {
  for (const char* const json : {R"({"a":4111111111111111.00})", R"({"a":4111111111111111e0})",
                                 R"([0.4111111111111111])", R"({"a":-4111111111111111})"})
    EXPECT_TRUE(json_scan(mask_cards_in_json(json)).valid) << mask_cards_in_json(json);
}

TEST(CardMask, TakesLinearTime) {
  std::string text;
  for (int i = 0; i < 500'000; ++i) text += "1 ";
  EXPECT_EQ(mask_cards(text).size(), text.size());
}

}  // namespace
}  // namespace kgw
