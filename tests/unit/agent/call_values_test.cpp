#include "agent/execution/call_values.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

TEST(JsonAt, GoesDownByNamesAndPlaces) {
  constexpr std::string_view kText = R"( {"a.b":1,"a":{"b":2,"c":[10,{"d":"x"}]},"n":null,"a\u0062":3} )";
  const std::pair<const char*, const char*> found[] = {{"a.b", "1"},         {"a.c.0", "10"},
                                                       {"a.c.1.d", "\"x\""}, {"n", "null"},
                                                       {"ab", "3"},          {"a.c", "[10,{\"d\":\"x\"}]"}};
  for (const auto& [path, value] : found) {
    const auto at = json_at(kText, path);
    ASSERT_TRUE(at) << path;
    EXPECT_EQ(*at, value) << path;
  }
  for (const char* nowhere : {"", "b", "a.c.2", "a.c.x", "a.c.1.e", "a.b.c", "n.a", "a.c.", "a.c.-1"})
    EXPECT_FALSE(json_at(kText, nowhere)) << nowhere;
  EXPECT_FALSE(json_at("1", "a"));
  EXPECT_EQ(json_at("[[7]]", "0.0"), "7");
}

class CallValuesTest : public ::testing::Test {
 protected:
  const std::string message =
      R"({"request_id":"r\"1","headers":{"header-operation-type":"payment","header-order-id":"7/8"},)"
      R"("body":{"sum":1000.10,"text":"a\nb","deep":{"x":true},"none":null}})";
  const KioskRequest request = *parse_kiosk_request(message);
  const CallValues values{request, "j 1"};
};

TEST_F(CallValuesTest, EachPlaceHasItsOwnEncoding) {
  constexpr std::string_view kText = "<{request_id}|{order_id}|{operation}|{id}|{body.sum}|{body.deep.x}>";
  EXPECT_EQ(values.plain(kText).text, "<r\"1|7/8|payment|j 1|1000.10|true>");
  EXPECT_EQ(values.in_url(kText).text, "<r%221|7%2F8|payment|j%201|1000.10|true>");
  EXPECT_EQ(values.in_json(R"({"a":"{request_id}","t":"{body.text}","b":{body}})").text,
            R"({"a":"r\"1","t":"a\nb","b":{"sum":1000.10,"text":"a\nb","deep":{"x":true},"none":null}})");
}

TEST_F(CallValuesTest, WhatIsNoNameStaysAndWhatHasNoValueIsNamed) {
  EXPECT_EQ(values.plain("{ {} {x} {body.} } {").text, "{ {} {x} {body.} } {");
  EXPECT_EQ(values.plain("{body.sum} {body.tip} {body.none}").missing, "{body.tip}");
  EXPECT_EQ(values.plain("{body.none}").missing, "{body.none}");
  EXPECT_EQ(values.plain("{body.deep}").missing, "{body.deep}") << "no object in a text";
  EXPECT_EQ(CallValues(request).in_url("{id}").missing, "{id}");
}

}  // namespace
}  // namespace kgw
