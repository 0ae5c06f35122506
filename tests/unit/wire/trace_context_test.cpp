#include "wire/trace_context.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

const std::string kGood = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceContext, gives_the_trace_id) {
  EXPECT_EQ(trace_id_of(kGood), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(trace_id_of("cc" + kGood.substr(2) + "-what.comes"), "0af7651916cd43dd8448eb211c80319c");
}

TEST(TraceContext, takes_nothing_malformed) {
  const auto with = [](std::size_t at, std::string_view text) {
    return std::string(kGood).replace(at, text.size(), text);
  };
  for (const std::string& bad :
       {std::string(), kGood.substr(1), kGood + "-x", kGood + "0", with(0, "ff"), with(0, "0G"), with(2, "_"),
        with(3, "0A"), with(3, std::string(32, '0')), with(35, "x"), with(36, std::string(16, '0')),
        with(52, "0"), with(53, "0x"), "cc" + kGood.substr(2) + "x", std::string(300, '0')})
    EXPECT_FALSE(trace_id_of(bad)) << bad;
}

}  // namespace
}  // namespace kgw
