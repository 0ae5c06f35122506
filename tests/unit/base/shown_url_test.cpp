#include "base/shown_url.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

TEST(ShownUrl, WhoWeAreAndWhatStandsInTheQueryIsMasked) {
  EXPECT_EQ(shown_url("https://host:1/path"), "https://host:1/path");
  EXPECT_EQ(shown_url("https://me:word@host:1/path"), "https://********@host:1/path");
  EXPECT_EQ(shown_url("https://host/push?token=t&b=2"), "https://host/push?********");
  EXPECT_EQ(shown_url("https://host/push#t"), "https://host/push#********");
  EXPECT_EQ(shown_url("https://me:word@host/push?token=t"), "https://********@host/push?********");
  EXPECT_EQ(shown_url("host/push?token=t"), "host/push?********") << "the scheme was forgotten";
  EXPECT_EQ(shown_url(""), "");
  EXPECT_EQ(shown_url("https://"), "https://");
}

TEST(ShownUrl, APasswordMayHoldAnything) {
  for (const char* const url :
       {"http://me:se/cret@host", "http://me:se@cret@host", "http://me:secret@host?se=cret"})
    EXPECT_EQ(shown_url(url).find("cret"), std::string::npos) << shown_url(url);
  // Nobody can say where the password ends and the query begins.
  EXPECT_EQ(shown_url("http://me:se?cret@host"), "http://********");
  EXPECT_EQ(shown_url("http://me:word@host/?mail=a@secret"), "http://********");
}

}  // namespace
}  // namespace kgw
