// YAML with line and column, and what is refused of it.
#include "yaml/yaml_document.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kgw {
namespace {

using Kind = YamlNode::Kind;

// The tree in one line, with places: {key@1:1 [a@1:6]}.
std::string drawn(const YamlNode& node) {
  const std::string place = "@" + std::to_string(node.place.line) + ":" + std::to_string(node.place.column);
  if (node.kind == Kind::null) return "null" + place;
  if (node.kind == Kind::scalar) return node.text + place;
  std::string inside;
  for (const YamlNode& item : node.items) (inside += inside.empty() ? "" : " ") += drawn(item);
  return node.kind == Kind::mapping ? "{" + inside + "}" : "[" + inside + "]";
}

std::string read(std::string_view text, const YamlBounds& bounds = {}) {
  const YamlDocument document = read_yaml(text, bounds);
  return document.fault ? describe(*document.fault) : drawn(document.root);
}

TEST(YamlDocument, ATreeThatKnowsItsPlaces) {
  EXPECT_EQ(read("a: 1\nb:\n  - x\n  - \"y z\"\n"), "{a@1:1 1@1:4 b@2:1 [x@3:5 y z@4:5]}");
  EXPECT_EQ(read("{a: [1, {b: c}]}"), "{a@1:2 [1@1:6 {b@1:10 c@1:13}]}");
  EXPECT_EQ(read("a: 1\na: 2\n"), "{a@1:1 1@1:4 a@2:1 2@2:4}") << "a key that stands twice is kept";
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "a: 1\r\nb: 2\r\n"),
            "{a@1:1 1@1:4 b@2:1 2@2:4}")
      << "a BOM, and CRLF";
  EXPECT_EQ(read("\xd0\xb0\xd0\xb1: {\xd1\x8f: x}"), "{\xd0\xb0\xd0\xb1@1:1 {\xd1\x8f@1:6 x@1:9}}")
      << "characters";
  EXPECT_EQ(read("# nothing\n\n"), "null@1:1");
  EXPECT_EQ(read(""), "null@1:1");
  EXPECT_EQ(read("---\na: 1\n...\n"), "{a@2:1 1@2:4}");
}

TEST(YamlDocument, AScalarIsItsText) {
  EXPECT_EQ(read("[007, 1e3, 1000.10, yes, True, 0x1f, \"1\", '2', \"\\u0041\\n\", a b]"),
            "[007@1:2 1e3@1:7 1000.10@1:12 yes@1:21 True@1:26 0x1f@1:32 1@1:38 2@1:43 A\n@1:48 a b@1:60]");
  const YamlDocument nulls = read_yaml("{a: , b: ~, c: null, d: \"\", e: \"null\"}");
  ASSERT_EQ(nulls.root.items.size(), 10U);
  for (const std::size_t i : {1, 3, 5}) EXPECT_EQ(nulls.root.items[i].kind, Kind::null) << i;
  for (const std::size_t i : {7, 9}) EXPECT_EQ(nulls.root.items[i].kind, Kind::scalar) << i;
}

TEST(YamlDocument, WhatIsWrongComesWithItsPlace) {
  EXPECT_EQ(read("a: [1, 2\nb: 3\n"),
            "line 2, column 2: a list that begins with [ does not end with ], or a comma is missing");
  const auto begins = [](std::string_view text, std::string_view start) {
    const std::string what = read(text);
    EXPECT_TRUE(what.starts_with(start)) << what;
  };
  begins("a:\n  - b\n c: 1\n", "line 3, column 2: this line does not fit");
  begins("a:\n\tb: 1\n", "line 2, column 3: a colon is not allowed here");
  begins("a: b: c\n", "line 1, column 5: a colon is not allowed here");
  begins("a: \"\\q\"\n", "line 1, column 7: this is not valid YAML: unknown escape character: q");
  for (const char* const open : {"\"b\n", "'b", "'b''\n", "\"b\\\"\n", "\"", "'"}) {
    const std::string what = read(std::string("a: 1\nb: ") + open);
    EXPECT_TRUE(what.starts_with("line 2, column ")) << open << what;
    EXPECT_TRUE(what.ends_with("a quote is opened here but not closed")) << open << what;
  }
  for (const char* const closed :
       {"\"b\"", "'b'", "'b'''", "\"b\\\"\"", "\"\"", "''", "\"\\\\\"", "a'b", "a\"b", "'b''c'", "[''''  ]"})
    begins(std::string("a: ") + closed, "{a@1:1 ");
  begins("*: 1\n", "line 1, column 1: a * without quotes");
  begins("a: 1\nb: *x\n", "line 2, column 4: a * without quotes");
  begins("a: &x 1\nb: *x\n", "line 1, column 4: anchors");
  for (const char* const value : {"&x 1", "&x [1]", "&x {a: 1}", "&x", "!!str 5", "!x y", "!x \"y\"", "!x [y]",
                                  "!x {y: z}", "! x", "! [x]"})
    begins("\na: " + std::string(value), "line 2, column 4: anchors");
  begins("a: 1\n---\nb: 2\n", "line 3, column 1: a second document");
  begins("a: 1\nb: x\x04y\n", "line 2, column 5: a control character");
  begins(std::string_view("a: 1\0b", 6), "line 1, column 5: a control character");
  begins("a: 1\n\xd0\xb0: \xff\n", "line 2, column 4: this is not UTF-8");
  begins(
      "\xff\xfe"
      "a\0",
      "line 1, column 1: this is not UTF-8");
  for (const char* const escape : {"\\N", "\\_"})
    begins("a: \"b" + std::string(escape) + "\"",
           "line 1, column 4: the escapes \\N and \\_ are not supported");
  EXPECT_EQ(read("[\"\\x85\\xa0\\L\\e\"]"), "[\xc2\x85\xc2\xa0\xe2\x80\xa8\x1b@1:2]");
}

TEST(YamlDocument, Bounds) {
  const YamlBounds bounds{.nodes_max = 4, .depth_max = 2};
  EXPECT_EQ(read("[a, b, c]", bounds), "[a@1:2 b@1:5 c@1:8]");
  EXPECT_EQ(read("[a, b, c, d]", bounds), "line 1, column 11: there are more than 4 values in this file");
  EXPECT_EQ(read("[[a]]", bounds), "[[a@1:3]]");
  EXPECT_EQ(read("[[[a]]]", bounds), "line 1, column 3: nested too deeply");
}

// What makes a small file large, or a parser slow.
TEST(YamlDocument, BombsEnd) {
  std::string laughs = "a: &a [x, x]\n";
  for (char c = 'b'; c < 'k'; ++c)
    laughs += std::string(1, c) + ": &" + c + " [*" + static_cast<char>(c - 1) + ", *" +
              static_cast<char>(c - 1) + "]\n";
  EXPECT_EQ(read(laughs).substr(0, 17), "line 1, column 4:");
  const auto many = [](std::string_view part) {
    std::string text;
    while (text.size() < 128 * 1024) text += part;
    return text;
  };
  for (const char* const part :
       {"[",   "{",    "- ",     "? ",      "a: {", "[[],",  "\"",   "'",  "&a ", "!t ",
        "a\n", "a:\n", "- a\n",  "%A\n",    ": ",   "---\n", "{a: ", "#",  "|",   "\n",
        " ",   "\"\\", "a: b: ", "[a: b, ", "{? ",  "...\n", "<<: ", "{a,"}) {
    (void)read(many(part));
  }
}

}  // namespace
}  // namespace kgw
