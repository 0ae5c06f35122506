#include "agent/json_members.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "wire/json_scan.hpp"

namespace kgw {
namespace {

TEST(JsonMembers, FindsEveryMemberByteForByte) {
  const std::string text =
      " { \"a\" : 1000.10 ,\"b\\u0022\":{\"x\":[1,\"}\",{}]} , \"c\":\"q\\\"},\",\"d\":[],\"e\":null\n} ";
  ASSERT_TRUE(json_scan(text).valid);
  std::vector<std::string> found;
  for (JsonMembers members(text); members.next();)
    found.push_back(std::string(members.name()) + "=" + std::string(members.value()));
  EXPECT_EQ(found, (std::vector<std::string>{"\"a\"=1000.10", "\"b\\u0022\"={\"x\":[1,\"}\",{}]}",
                                             "\"c\"=\"q\\\"},\"", "\"d\"=[]", "\"e\"=null"}));
}

TEST(JsonMembers, EmptyObjectHasNone) {
  JsonMembers members(" { } ");
  EXPECT_FALSE(members.next());
}

struct Splice {
  const char* before;
  const char* after;
};

class SpliceRequestId : public testing::TestWithParam<Splice> {};

TEST_P(SpliceRequestId, PutsOursFirstAndCutsTheirs) {
  ASSERT_TRUE(json_scan(GetParam().before).is_object);
  const std::string spliced = splice_request_id("\"ID\"", GetParam().before);
  EXPECT_EQ(spliced, GetParam().after);
  EXPECT_TRUE(json_scan(spliced).valid);
}

INSTANTIATE_TEST_SUITE_P(
    Objects, SpliceRequestId,
    testing::Values(
        Splice{"{}", R"({"request_id":"ID"})"}, Splice{" {\n} ", R"({"request_id":"ID"})"},
        Splice{R"({"sum":1000.10,"n":1E400})", R"({"request_id":"ID","sum":1000.10,"n":1E400})"},
        Splice{R"({"request_id":"x"})", R"({"request_id":"ID"})"},
        Splice{R"({ "a" : 1 , "request_id" : "x" , "b" : 2 })", R"({"request_id":"ID", "a" : 1 , "b" : 2 })"},
        Splice{R"({"request_id":{"request_id":1},"a":{"request_id":2}})",
               R"({"request_id":"ID","a":{"request_id":2}})"},
        Splice{R"({"request\u005fid":"x","a":1,"request_id":[",}"]})", R"({"request_id":"ID","a":1})"},
        Splice{R"({"a":"request_id","a":"dup"})", R"({"request_id":"ID","a":"request_id","a":"dup"})"}));

}  // namespace
}  // namespace kgw
