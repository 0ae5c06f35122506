// `.env`: what each line says, and that what can't be read is told by its line, never by its text.
#include "env/dotenv.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace kgw {
namespace {

// The value that NAME has when `text` stands behind "NAME="; what is wrong, in brackets, when there is a fault.
std::string value_of(const std::string& text) {
  const Dotenv dotenv = parse_dotenv("NAME=" + text + "\n");
  if (!dotenv.faults.empty()) return "[" + dotenv.faults[0] + "]";
  return dotenv.entries.at("NAME").value;
}

TEST(Dotenv, Values) {
  EXPECT_EQ(value_of(""), "");
  EXPECT_EQ(value_of("a b"), "a b");
  EXPECT_EQ(value_of("  a\t\r"), "a");
  EXPECT_EQ(value_of("a=b=="), "a=b==");
  EXPECT_EQ(value_of("it's"), "it's");
  EXPECT_EQ(value_of("$HOME"), "$HOME");
  EXPECT_EQ(value_of("a\\n"), "a\\n");
}

TEST(Dotenv, CommentsBehindValues) {
  EXPECT_EQ(value_of("a # comment"), "a");
  EXPECT_EQ(value_of("a\t#comment # more"), "a");
  EXPECT_EQ(value_of("a#b"), "a#b");
  EXPECT_EQ(value_of("#a"), "#a");
  EXPECT_EQ(value_of(" # comment"), "");
  EXPECT_EQ(value_of("\"a # b\" # comment"), "a # b");
  EXPECT_EQ(value_of("'a # b'\t# comment"), "a # b");
}

TEST(Dotenv, Quotes) {
  EXPECT_EQ(value_of("\" a \""), " a ");
  EXPECT_EQ(value_of("''"), "");
  EXPECT_EQ(value_of("'a\\\\b\\'"), "a\\\\b\\");
  EXPECT_EQ(value_of(R"("a\"b\\c\n")"), R"(a"b\c\n)");
  EXPECT_EQ(value_of("\"it's\""), "it's");
  EXPECT_EQ(value_of("'a\"b'"), "a\"b");
}

TEST(Dotenv, QuotesThatDontEndAreFaults) {
  const std::string open = "[line 1 has a quote that is never closed; a value must be on one line]";
  EXPECT_EQ(value_of("\"a"), open);
  EXPECT_EQ(value_of("'"), open);
  EXPECT_EQ(value_of("\"a'"), open);
  EXPECT_EQ(value_of("\"a\\\""), open);
  const std::string behind = "[line 1 has text after the closing quote; quote the whole value]";
  EXPECT_EQ(value_of("\"a\"b"), behind);
  EXPECT_EQ(value_of("'a'#b"), behind);
  EXPECT_EQ(value_of("'a''b'"), behind);
}

// With A=1, EMPTY= and B="${A}2" above; in brackets why it can't be resolved.
std::string resolved(const std::string& text) {
  const Dotenv dotenv = parse_dotenv("A=1\nEMPTY=\nB=\"${A}2\"\nNAME=" + text + "\nLATER=x\n",
                                     [](const std::string& name) -> std::optional<std::string> {
                                       if (name == "ENV") return "env";
                                       return std::nullopt;
                                     });
  EXPECT_TRUE(dotenv.faults.empty());
  const Dotenv::Entry& entry = dotenv.entries.at("NAME");
  return entry.fault.empty() ? entry.value : "[" + entry.fault + "]";
}

TEST(Dotenv, References) {
  EXPECT_EQ(resolved("${A}"), "1");
  EXPECT_EQ(resolved("x${A}y${B}z"), "x1y12z");
  EXPECT_EQ(resolved("\"${ENV} ${A}\""), "env 1");
  EXPECT_EQ(resolved("'${A}'"), "${A}");
  EXPECT_EQ(resolved("\"\\${A}\""), "${A}");
  EXPECT_EQ(resolved("$${A}"), "${A}");
  EXPECT_EQ(resolved("$A$$"), "$A$$");
  EXPECT_EQ(resolved("${EMPTY}"), "");
  EXPECT_EQ(resolved("${NONE:-d}${EMPTY:-e}${A:-f}"), "de1");
  EXPECT_EQ(resolved("${NONE-d}${EMPTY-e}${A-f}"), "d1");
  EXPECT_EQ(resolved("${NONE:-${ALSO_NONE:-${B}}}"), "12");
  EXPECT_EQ(resolved("${NONE:-}"), "");
  EXPECT_EQ(resolved("${A:+y}${EMPTY:+n}${EMPTY+y}${NONE+n}"), "yy");
  EXPECT_EQ(resolved("${A:?no}${EMPTY?no}"), "1");
}

TEST(Dotenv, WhatCantBeResolvedIsTold) {
  const std::string unset = ", which is set neither in the environment nor in a line above it";
  // No byte of a value means anything but itself.
  EXPECT_EQ(parse_dotenv("A=\"b\x01\"\n", {}).entries.at("A").value, "b\x01");
  EXPECT_EQ(parse_dotenv("A=b\x01\\\n", {}).entries.at("A").value, "b\x01\\");
  EXPECT_EQ(parse_dotenv("A='\x01'\n", {}).entries.at("A").value, "\x01");
  EXPECT_EQ(parse_dotenv("A=\"\\${B}\x01${C:-\x01\\$}\"\n", {}).entries.at("A").value, "${B}\x01\x01$");
  EXPECT_EQ(resolved("${NONE}"), "[refers to ${NONE}" + unset + "]");
  EXPECT_EQ(resolved("${LATER}"), "[refers to ${LATER}" + unset + "]");
  EXPECT_EQ(resolved("${NAME}"), "[refers to ${NAME}" + unset + "]");
  EXPECT_EQ(resolved("${NONE:?set it}"), "[refers to ${NONE}" + unset + " (set it)]");
  EXPECT_EQ(resolved("${EMPTY:?}"), "[refers to ${EMPTY}" + unset + "]");
  for (const char* const text :
       {"${", "${}", "${A", "${A b}", "${1A}", "${A:}", "${A:=x}", "${A/x/y}", "a${-b}", "${A:-${B}"})
    EXPECT_TRUE(resolved(text).starts_with("[has a ${ that is not a reference")) << text;
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "${N:-";
  EXPECT_TRUE(resolved(deep + std::string(100, '}')).starts_with("[")) << "bounded";
}

TEST(Dotenv, Lines) {
  const Dotenv dotenv =
      parse_dotenv("\xef\xbb\xbf# comment\r\n\r\n  # comment = 1\n export\tA = \"81\"\r\nexport B='x y'\nC=3");
  EXPECT_TRUE(dotenv.faults.empty());
  EXPECT_TRUE(dotenv.warnings.empty());
  ASSERT_EQ(dotenv.entries.size(), 3U);
  EXPECT_EQ(dotenv.entries.at("A").value, "81");
  EXPECT_EQ(dotenv.entries.at("A").line, 4);
  EXPECT_EQ(dotenv.entries.at("B").value, "x y");
  EXPECT_EQ(dotenv.entries.at("C").value, "3");
  EXPECT_EQ(dotenv.entries.at("C").line, 6);
}

TEST(Dotenv, LinesThatSayNothingAreFaultsWithTheirNumbers) {
  const Dotenv dotenv =
      parse_dotenv("A=1\nmy-secret\n=my-secret\nmy secret=1\nexport\nJWT_SECRET: my=secret\n");
  ASSERT_EQ(dotenv.faults.size(), 5U);
  for (std::size_t i = 0; i < dotenv.faults.size(); ++i) {
    EXPECT_TRUE(dotenv.faults[i].starts_with("line " + std::to_string(i + 2) + " ")) << dotenv.faults[i];
    EXPECT_EQ(dotenv.faults[i].find("secret"), std::string::npos) << dotenv.faults[i];
  }
  EXPECT_EQ(dotenv.entries.size(), 1U);
}

TEST(Dotenv, TheLastOfTwoCountsWithAWarning) {
  const Dotenv dotenv = parse_dotenv("A=1\nB=2\nA=3\nB=2\n");
  EXPECT_EQ(dotenv.entries.at("A").value, "3");
  EXPECT_EQ(dotenv.entries.at("A").line, 3);
  ASSERT_EQ(dotenv.warnings.size(), 1U) << "twice the same is no trouble";
  EXPECT_EQ(dotenv.warnings[0], "lines 1 and 3 set the same name; the last one is used");
}

}  // namespace
}  // namespace kgw
