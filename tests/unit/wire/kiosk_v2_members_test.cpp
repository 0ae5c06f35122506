#include "wire/kiosk_v2/members.hpp"

#include <gtest/gtest.h>

#include "wire/kiosk_v2/json_elements.hpp"

namespace kgw::kiosk_v2 {
namespace {

std::vector<std::string_view> elements_of(std::string_view array) {
  std::vector<std::string_view> found;
  for (JsonElements elements(array); elements.next();) found.push_back(elements.value());
  return found;
}

TEST(JsonElements, are_found_as_they_stand) {
  using Texts = std::vector<std::string_view>;
  EXPECT_EQ(elements_of("[]"), Texts{});
  EXPECT_EQ(elements_of("[ \r\n]"), Texts{});
  EXPECT_EQ(elements_of("[1]"), Texts{"1"});
  EXPECT_EQ(elements_of("[ 1 , -2.5e3,true\t]"), (Texts{"1", "-2.5e3", "true"}));
  EXPECT_EQ(elements_of(R"(["","a,]","\"","\\"])"), (Texts{R"("")", R"("a,]")", R"("\"")", R"("\\")"}));
  EXPECT_EQ(elements_of(R"([[],[1,[2]],{"a":"]}"} , null])"),
            (Texts{"[]", "[1,[2]]", R"({"a":"]}"})", "null"}));
}

TEST(Cut, leaves_whole_characters) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abc", 2), "ab");
  EXPECT_EQ(cut("abc", 0), "");
  EXPECT_EQ(cut("a€", 4), "a€");
  EXPECT_EQ(cut("a€", 3), "a");
  EXPECT_EQ(cut("€", 2), "");
  EXPECT_EQ(cut("😀😀", 7), "😀");
}

TEST(RequestIdOf, a_string_token) {
  const std::string_view text = "01937a5e-0000-7000-8000-0123456789ab";
  const std::string token = '"' + std::string(text) + '"';
  EXPECT_EQ(request_id_of(token), RequestId::parse(text));
  EXPECT_EQ(request_id_of("\"\\u0030" + token.substr(2)), RequestId::parse(text));
  std::string escaped = "\"";
  for (const char c : text)
    escaped += std::string("\\u00") +
               (c >= 'a'   ? '6'
                : c == '-' ? '2'
                           : '3') +
               (c >= 'a'   ? static_cast<char>('1' + (c - 'a'))
                : c == '-' ? 'd'
                           : c);
  EXPECT_EQ(request_id_of(escaped + '"'), RequestId::parse(text)) << "as long as one can be";
  for (const std::string& other :
       {std::string("\"\""), std::string("7"), std::string("null"), std::string("[]"),
        '"' + std::string(text) + " \"", '"' + std::string(300, 'x') + '"'})
    EXPECT_FALSE(request_id_of(other)) << other;
}

TEST(Members, the_first_fault_is_told) {
  std::array<JsonMember, 3> found{};
  found[0].name = "ready";
  found[1].name = "since_ms";
  found[2].name = "operation";
  ASSERT_TRUE(json_scan(R"({"since_ms":1,"ready":0})", found).is_object);
  Members members(found);
  EXPECT_TRUE(members.has("ready"));
  EXPECT_FALSE(members.has("operation"));
  EXPECT_EQ(members.whole("since_ms", 10), 1U);
  EXPECT_EQ(members.why(), "");
  EXPECT_FALSE(members.flag("ready"));
  EXPECT_EQ(members.name("operation"), "");
  EXPECT_EQ(members.why(), "'ready' is not true or false");
}

}  // namespace
}  // namespace kgw::kiosk_v2
