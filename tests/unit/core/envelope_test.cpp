#include "core/envelope.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kgw {
namespace {

const std::string kStart = R"({"request_id":"01937a5e-0000-7000-8000-0123456789ab","headers":{)";

TEST(Envelope, ItsBodyIsFoundAgainByteForByte) {
  for (const std::string body :
       {"{}", " {\"a\" : 1.10}\r\n ", R"({"x":{},"body":{"y":"}"}})", R"("},\"body\":")"}) {
    for (const std::string headers :
         {R"()", R"("a":"b","c":"d")", R"("a":"},\"body\":1")", R"("a":"\\","b":"\"},\"body\":\\\"")"}) {
      std::string text = kStart + headers + R"(},"body":)";
      const auto body_at = static_cast<std::uint32_t>(text.size());
      text += body + '}';
      EXPECT_EQ(body_in(text), body) << text;
      EXPECT_EQ((Envelope{share(text), body_at}.body()), body) << text;
    }
  }
}

TEST(Envelope, WhatIsNoneHasNoBody) {
  const std::string whole = kStart + R"("a":"\"},\"body\":1"},"body":{"b":1}})";
  ASSERT_EQ(body_in(whole), R"({"b":1})");
  for (std::size_t size = 0; size + 9 < whole.size(); ++size)
    EXPECT_EQ(body_in(whole.substr(0, size)), std::nullopt) << size;
  for (const char* const other : {"", "}", "{}", R"({"body":{}})", R"({"id":"x","headers":{},"body":{}})"})
    EXPECT_EQ(body_in(other), std::nullopt) << other;
}

}  // namespace
}  // namespace kgw
