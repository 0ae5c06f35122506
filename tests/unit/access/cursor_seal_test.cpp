#include "access/cursor_seal.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kgw {
namespace {

Caller limited_to(std::vector<std::string> kiosks) {
  KeyRecord key;
  key.kiosks = std::move(kiosks);
  return Caller{std::make_shared<const KeyRecord>(std::move(key)), kAllScopes, false, 0};
}

TEST(CursorSeal, ALimitedKeyCanTellNothingFromItsCursors) {
  const CursorSeal seal("secret");
  const Caller limited = limited_to({"mine_*"});
  std::set<std::int64_t> seen;
  std::int64_t before = 0;
  int rising = 0;
  for (std::int64_t number = 1; number <= 500; ++number) {
    const std::int64_t sealed = seal.seal(limited, number);
    EXPECT_GT(sealed, 0);
    EXPECT_EQ(seal.open(limited, sealed), number);
    EXPECT_TRUE(seen.insert(sealed).second);
    rising += sealed > before ? 1 : 0;
    before = sealed;
  }
  EXPECT_GT(rising, 150) << "in no order";
  EXPECT_LT(rising, 350) << "in no order";
  EXPECT_NE(seal.seal(limited, 7), CursorSeal("other").seal(limited, 7));
}

TEST(CursorSeal, TheEndsOfTheRange) {
  const CursorSeal seal("secret");
  const Caller limited = limited_to({"mine_*"});
  const std::int64_t largest = (std::int64_t{1} << 62) - 1;
  EXPECT_EQ(seal.open(limited, seal.seal(limited, largest)), largest);
  EXPECT_EQ(seal.seal(limited, 0), 0) << "where everybody begins";
  EXPECT_EQ(seal.open(limited, 0), 0);
  EXPECT_EQ(seal.open(limited, INT64_MAX), INT64_MAX) << "nobody's cursor";
  EXPECT_EQ(seal.open(limited, std::optional<std::int64_t>()), std::nullopt);
}

TEST(CursorSeal, WhoKnowsOfAllKiosksGetsTheNumbersThemselves) {
  const CursorSeal seal("secret");
  EXPECT_EQ(seal.seal(Caller{}, 7), 7);
  EXPECT_EQ(seal.open(limited_to({}), 7), 7);
}

}  // namespace
}  // namespace kgw
