#include "wire/json_scan.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/limits.hpp"

namespace kgw {
namespace {

// Scans text that ends where its allocation ends, so that a sanitizer sees a read past it.
JsonScan scan(std::string_view text) {
  const std::vector<char> copy(text.begin(), text.end());
  return json_scan(std::string_view(copy.data(), copy.size()));
}

TEST(JsonScan, takes_all_that_is_json) {
  for (const char* text : {"{}",
                           "[]",
                           "null",
                           "true",
                           "false",
                           "0",
                           "-0",
                           "1E400",
                           "-1.5e-10",
                           "1000.10",
                           "12345678901234567890",
                           "\"\"",
                           "\"a\"",
                           " {\t\"a\" :\r\n[ 1 , 2 ] } ",
                           "{\"a\":1,\"a\":2}",
                           "[[],{},[{}]]",
                           "{\"\":{\"\":\"\"}}",
                           "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
                           "\"\\ud800\"",
                           "\"\\udc00\\ud800\"",
                           "\"\x7f\"",
                           "\"\xd0\x9f\xe2\x82\xac\xf0\x9f\x98\x80\"",
                           "\"\xf4\x8f\xbf\xbf\"",
                           "\"\xed\x9f\xbf\xee\x80\x80\"",
                           "\"\\u0000\"",
                           ("\"0123456789abcdef0123456789abcdef\xd0\x9f"
                            "0123456789abcdef\""),
                           "[1e+0,0.0,0e0]",
                           "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":true}"}) {
    const JsonScan result = scan(text);
    EXPECT_TRUE(result.valid) << text << " at " << result.error_offset << ": " << result.error;
  }
}

TEST(JsonScan, says_where_the_fault_is) {
  struct Case {
    std::string text;
    std::size_t offset;
  };
  const Case cases[] = {{"", 0},
                        {"  ", 2},
                        {"{", 1},
                        {"[1", 2},
                        {"[1,", 3},
                        {"{\"a\"", 4},
                        {"{\"a\":", 5},
                        {"\"a", 2},
                        {"tru", 3},
                        {"-", 1},
                        {"1.", 2},
                        {"1e", 2},
                        {"1e+", 3},
                        {"\"\\", 2},
                        {"\"\\u12", 5},
                        {"x", 0},
                        {"nul1", 3},
                        {"True", 0},
                        {"NaN", 0},
                        {"Infinity", 0},
                        {"-Infinity", 1},
                        {"+1", 0},
                        {".5", 0},
                        {"01", 1},
                        {"-01", 2},
                        {"1.e5", 2},
                        {"0x10", 1},
                        {"1 2", 2},
                        {"{}x", 2},
                        {"{} {}", 3},
                        {"[1,]", 3},
                        {"[,1]", 1},
                        {"[1 2]", 3},
                        {"[1}", 2},
                        {"{]", 1},
                        {"{\"a\" 1}", 5},
                        {"{\"a\":1,}", 7},
                        {"{a:1}", 1},
                        {"{'a':1}", 1},
                        {"{1:1}", 1},
                        {"{\"a\":1 \"b\":2}", 7},
                        {"[1]]", 3},
                        {"{\"a\":}", 5},
                        {"// c\n1", 0},
                        {"1 // c", 2},
                        {"/**/1", 0},
                        {"\xef\xbb\xbf{}", 0},
                        {"\xa0{}", 0},
                        {"\x0b{}", 0},
                        {"\x0c"
                         "1",
                         0},
                        {"\"a\nb\"", 2},
                        {std::string("\"a\0b\"", 5), 2},
                        {"\"a\x1f\"", 2},
                        {"\"\\x\"", 2},
                        {"\"\\u12g4\"", 5},
                        {"\"\\U0041\"", 2},
                        {"'a'", 0},
                        {"\"a\xff\"", 2},
                        {"\"\xc0\xaf\"", 1},
                        {"\"\xc1\xbf\"", 1},
                        {"\"\xe0\x9f\xbf\"", 1},
                        {"\"\xed\xa0\x80\"", 1},
                        {"\"\xf0\x8f\xbf\xbf\"", 1},
                        {"\"\xf4\x90\x80\x80\"", 1},
                        {"\"\xf5\x80\x80\x80\"", 1},
                        {"\"\x80\"", 1},
                        {"\"\xd0\"", 1},
                        {"\"\xe2\x82\"", 1},
                        {"\"\xf0\x9f\x98\"", 1},
                        {std::string("{}\0", 3), 2},
                        {std::string("\0", 1), 0},
                        {"{\"a\xff\":1}", 3}};
  for (const Case& c : cases) {
    const JsonScan result = scan(c.text);
    EXPECT_FALSE(result.valid) << c.text;
    EXPECT_FALSE(result.is_object) << c.text;
    EXPECT_EQ(result.error_offset, c.offset) << c.text << ": " << result.error;
    EXPECT_NE(std::string_view(result.error), "") << c.text;
  }
}

TEST(JsonScan, every_place_of_a_fault_in_a_long_string_is_found) {
  for (std::size_t size : {1, 15, 16, 17, 31, 32, 33, 64}) {
    for (std::size_t at = 0; at < size; ++at) {
      for (const char c : {'\n', '\xff', '"', '\0', '\x1f'}) {
        std::string text = '"' + std::string(size, 'a') + '"';
        text[at + 1] = c;
        const JsonScan result = scan(text);
        EXPECT_FALSE(result.valid);
        EXPECT_EQ(result.error_offset, c == '"' ? at + 2 : at + 1);
      }
    }
  }
}

TEST(JsonScan, depth_is_bounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(scan(nested(limits::kJsonDepthMax)).valid);
  const JsonScan over = scan(nested(limits::kJsonDepthMax + 1));
  EXPECT_FALSE(over.valid);
  EXPECT_EQ(over.error_offset, limits::kJsonDepthMax);
  EXPECT_EQ(scan(std::string(100'000, '[')).error_offset, limits::kJsonDepthMax);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(scan(objects).error_offset, limits::kJsonDepthMax * 5);
  // Brackets keep their kinds at full depth.
  std::string mixed, closing;
  for (std::size_t i = 0; i < limits::kJsonDepthMax / 2; ++i) {
    mixed += "[{\"a\":";
    closing += "}]";
  }
  EXPECT_TRUE(scan(mixed + "1" + closing).valid);
  EXPECT_FALSE(scan(mixed + "1" + "]" + closing.substr(1)).valid);
}

TEST(JsonScan, numbers_are_bounded) {
  EXPECT_TRUE(scan(std::string(1000, '1')).valid);
  const JsonScan over = scan("[" + std::string(1001, '1') + "]");
  EXPECT_FALSE(over.valid);
  EXPECT_EQ(over.error_offset, 1001U);
  EXPECT_TRUE(scan("0." + std::string(998, '1')).valid);
  EXPECT_FALSE(scan("-0." + std::string(998, '1')).valid);
}

TEST(JsonScan, tells_objects_from_the_rest) {
  EXPECT_TRUE(scan(" {} ").is_object);
  for (const char* text : {"[]", "1", "\"{}\"", "null", "[{}]"}) EXPECT_FALSE(scan(text).is_object) << text;
}

struct Found {
  std::string value;
  JsonKind kind;
  std::uint32_t count;
  bool operator==(const Found&) const = default;
};
Found look(std::string_view text, std::string_view name) {
  std::array<JsonMember, 2> members;
  members[0] = {"other", "stale", JsonKind::array, true, true, 7};
  members[1].name = name;
  EXPECT_TRUE(json_scan(text, members).valid) << text;
  return {std::string(members[1].value), members[1].kind, members[1].count};
}

TEST(JsonScan, finds_top_level_members) {
  const Found none{"", JsonKind::null, 0};
  EXPECT_EQ(look("{\"a\":1000.10}", "a"), (Found{"1000.10", JsonKind::number, 1}));
  EXPECT_EQ(look("{\"a\" : \"x\\\"y\" }", "a"), (Found{"\"x\\\"y\"", JsonKind::string, 1}));
  EXPECT_EQ(look("{\"b\":{\"a\":1},\"a\": {\"a\" : [1,{\"a\":2}]} ,\"c\":3}", "a"),
            (Found{"{\"a\" : [1,{\"a\":2}]}", JsonKind::object, 1}));
  EXPECT_EQ(look("{\"a\":[[]],\"b\":1}", "a"), (Found{"[[]]", JsonKind::array, 1}));
  EXPECT_EQ(look("{\"a\":{},\"b\":1}", "a"), (Found{"{}", JsonKind::object, 1}));
  EXPECT_EQ(look("{\"a\":true}", "a"), (Found{"true", JsonKind::boolean, 1}));
  EXPECT_EQ(look("{\"a\":null}", "a"), (Found{"null", JsonKind::null, 1}));
  EXPECT_EQ(look("{\"a\":1,\"b\":2,\"\\u0061\":3,\"a\":[4]}", "a"), (Found{"1", JsonKind::number, 3}));
  EXPECT_EQ(look("{\"request\\u005fid\":1}", "request_id"), (Found{"1", JsonKind::number, 1}));
  EXPECT_EQ(look("{\"A\":1,\"aa\":2,\"\":3}", "a"), none);
  EXPECT_EQ(look("{\"\":3}", ""), (Found{"3", JsonKind::number, 1}));
  EXPECT_EQ(look("[{\"a\":1}]", "a"), none);
  EXPECT_EQ(look("{\"b\":[{\"a\":1}]}", "a"), none);
  EXPECT_EQ(look("{\"b\":\"a\",\"c\":1}", "a"), none);
}

TEST(JsonText, unescapes) {
  EXPECT_EQ(json_unescape("\"\""), "");
  EXPECT_EQ(json_unescape("\"abc\""), "abc");
  EXPECT_EQ(json_unescape("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(json_unescape("\"a\\u0041\\u00e9\\u20ac\\ud83d\\ude00z\""),
            "aA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
  EXPECT_EQ(json_unescape("\"\\udbff\\udfff\""), "\xf4\x8f\xbf\xbf");
  EXPECT_EQ(json_unescape("\"\\u0000\""), std::string(1, '\0'));
  const std::string lone = "\xef\xbf\xbd";
  EXPECT_EQ(json_unescape("\"\\ud800\""), lone);
  EXPECT_EQ(json_unescape("\"\\ud800x\""), lone + "x");
  EXPECT_EQ(json_unescape("\"\\ud800\\u0041\""), lone + "A");
  EXPECT_EQ(json_unescape("\"\\ud800\\ud83d\\ude00\""), lone + "\xf0\x9f\x98\x80");
  EXPECT_EQ(json_unescape("\"\\udc00\\ud800\""), lone + lone);
  EXPECT_EQ(json_unescape("12"), "");
  EXPECT_EQ(json_unescape("\""), "");
  EXPECT_EQ(json_unescape(""), "");
}

TEST(JsonText, compares_without_unescaping) {
  EXPECT_TRUE(json_equals("\"ping\"", "ping"));
  EXPECT_TRUE(json_equals("\"p\\u0069ng\"", "ping"));
  EXPECT_TRUE(json_equals("\"\\\\n\"", "\\n"));
  EXPECT_TRUE(json_equals("\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"));
  EXPECT_FALSE(json_equals("\"\\n\"", "\\n"));
  EXPECT_FALSE(json_equals("\"pin\"", "ping"));
  EXPECT_FALSE(json_equals("\"pings\"", "ping"));
  EXPECT_FALSE(json_equals("\"p\\u0069n\"", "ping"));
  EXPECT_FALSE(json_equals("\"p\\u0069ngs\"", "ping"));
  EXPECT_FALSE(json_equals("ping", "ping"));
  EXPECT_FALSE(json_equals("1", "1"));
  EXPECT_TRUE(json_equals("\"\"", ""));
}

TEST(JsonText, whatever_is_appended_is_json_again) {
  const auto quoted = [](std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
  };
  EXPECT_EQ(quoted(""), "\"\"");
  EXPECT_EQ(quoted("a\"b\\c\n\x01\x7f"), "\"a\\\"b\\\\c\\n\\u0001\x7f\"");
  EXPECT_EQ(quoted("\xd0\x9f\xff\xd0"), "\"\xd0\x9f\xef\xbf\xbd\xef\xbf\xbd\"");
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; b += 3) {
      std::string text = "0123456789abcd";
      text += static_cast<char>(a);
      text += static_cast<char>(b);
      const std::string token = quoted(text);
      ASSERT_TRUE(json_scan(token).valid) << a << ' ' << b;
      if (is_utf8(text)) {
        ASSERT_EQ(json_unescape(token), text);
        ASSERT_TRUE(json_equals(token, text));
      }
    }
  }
}

// Text is looked through by blocks of 16 bytes, the last one over what was seen already.
TEST(JsonText, a_special_byte_is_found_wherever_it_stands) {
  for (std::size_t size = 1; size <= 50; ++size) {
    const std::string plain(size, 'a');
    for (std::size_t at = 0; at < size; ++at) {
      for (const auto& [byte, escaped] :
           {std::pair('"', "\\\""), std::pair('\n', "\\n"), std::pair('\xff', "\xef\xbf\xbd")}) {
        std::string text = plain;
        text[at] = byte;
        std::string out;
        append_json_string(out, text);
        ASSERT_EQ(out, '"' + plain.substr(0, at) + escaped + plain.substr(at + 1) + '"') << size << ' ' << at;
      }
      std::string token = '"' + plain + '"';
      token[at + 1] = '\n';
      ASSERT_EQ(json_scan(token).error_offset, at + 1) << size;
    }
  }
}

// The definition, from RFC 3629's ranges: decode and look.
bool plain_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto at = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U; };
    const unsigned lead = at(i);
    const unsigned size = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (size == 0) return false;
    std::uint32_t code = size == 1 ? lead : lead & (0x7fU >> size);
    for (std::size_t k = 1; k < size; ++k) {
      if (at(i + k) >> 6 != 2) return false;
      code = code << 6 | (at(i + k) & 0x3f);
    }
    static constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
    i += size;
  }
  return true;
}

TEST(Utf8, agrees_with_its_definition_whole_and_in_pieces) {
  static constexpr unsigned char kBytes[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                             0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                             0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff};
  constexpr std::size_t n = sizeof kBytes;
  for (std::size_t code = 0; code < n * n * n * n; ++code) {
    char text[4];
    for (std::size_t i = 0, rest = code; i < 4; ++i, rest /= n) text[i] = static_cast<char>(kBytes[rest % n]);
    const std::string_view view(text, 4);
    const bool expected = plain_utf8(view);
    ASSERT_EQ(is_utf8(view), expected) << code;
    Utf8Stream stream;
    const bool streamed = stream.feed(view.substr(0, 1)) && stream.feed(view.substr(1, code % 3)) &&
                          stream.feed(view.substr(1 + code % 3)) && stream.complete();
    ASSERT_EQ(streamed, expected) << code;
  }
  EXPECT_TRUE(is_utf8(std::string(100, 'a') + "\xd0\x9f" + std::string(100, 'b')));
  EXPECT_FALSE(is_utf8(std::string(100, 'a') + "\xd0"));
}

TEST(Utf8, what_is_none_is_replaced_byte_by_byte) {
  EXPECT_EQ(as_utf8("plain \xd0\x9f"), "plain \xd0\x9f");
  EXPECT_EQ(as_utf8("a\xff\xd0"), "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(as_utf8("\xed\xa0\x80\xd0\x9f"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xd0\x9f");
  EXPECT_EQ(as_utf8(""), "");
}

TEST(JsonScan, says_whether_a_member_that_stands_twice_differs) {
  const auto look = [](std::string_view text) {
    std::array<JsonMember, 1> members;
    members[0].name = "a";
    EXPECT_TRUE(json_scan(text, members).is_object) << text;
    return members[0];
  };
  EXPECT_FALSE(look(R"({"a":1})").differs);
  EXPECT_FALSE(look(R"({"a":[1, 2],"b":3,"a":[1, 2]})").differs);
  EXPECT_TRUE(look(R"({"a":[1, 2],"a":[1,2]})").differs) << "as bytes";
  EXPECT_TRUE(look(R"({"a":1,"a":2,"a":1})").differs);
  EXPECT_TRUE(look("{\"a\":1,\"\\u0061\":\"1\"}").differs);
  const JsonMember first = look(R"({"a":"x","a":{"a":1},"a":null})");
  EXPECT_EQ(first.value, "\"x\"");
  EXPECT_EQ(first.kind, JsonKind::string);
  EXPECT_EQ(first.count, 3U);
  EXPECT_TRUE(first.differs);
}

TEST(JsonScan, says_whether_a_string_has_an_escape) {
  const auto escaped = [](std::string_view text) {
    std::array<JsonMember, 1> members;
    members[0].name = "a";
    EXPECT_TRUE(json_scan(text, members).is_object) << text;
    return members[0].escaped;
  };
  EXPECT_FALSE(escaped(R"({"a":"x","b":"\n"})"));
  EXPECT_FALSE(escaped(R"({"b":"\n","a":"x"})"));
  EXPECT_FALSE(escaped("{\"\\u0061\":\"x\"}")) << "the name's are not the value's";
  EXPECT_TRUE(escaped(R"({"a":"x\n"})"));
  EXPECT_FALSE(escaped(R"({"a":"x","a":"\n"})")) << "of the first";
}

TEST(JsonText, equals_ignoring_the_case_of_ascii_letters) {
  EXPECT_TRUE(json_equals_ignoring_case(R"("Abc")", "aBC"));
  EXPECT_FALSE(json_equals_ignoring_case(R"("Abc")", "abd"));
  EXPECT_FALSE(json_equals_ignoring_case(R"("Abc")", "abcd"));
  EXPECT_FALSE(json_equals_ignoring_case(R"("Abcd")", "abc"));
  EXPECT_TRUE(json_equals_ignoring_case("\"\\u0041b\\u0063\"", "ABC"));
  EXPECT_FALSE(json_equals_ignoring_case("\"\\u0041b\\u0063\"", "AB"));
  EXPECT_FALSE(json_equals_ignoring_case("\"\\u0041b\\u0063\"", "ABCD"));
  EXPECT_TRUE(json_equals_ignoring_case("\"\"", ""));
  EXPECT_FALSE(json_equals_ignoring_case("91", "91")) << "no string";
}

}  // namespace
}  // namespace kgw
