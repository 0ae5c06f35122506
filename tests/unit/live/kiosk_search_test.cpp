// A list of kiosks that is looked for some at a time: no turn sees all, and the page is the same.
#include "live/kiosk_search.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

class KioskSearchTest : public testing::Test {
 protected:
  void add(const std::string& id, bool connected, const std::string& title = {}) {
    const KioskRef& kiosk = kiosks.put(id);
    kiosk->record.title = title;
    if (connected) kiosk->session = SessionId{1};
  }
  std::vector<std::string> page(const std::string& text, std::size_t skip, std::size_t count) {
    KioskSearch search(text, skip, count);
    while (!search.step(kiosks)) {
    }
    matching = search.matching();
    online = search.online();
    std::vector<std::string> ids;
    for (const KioskRef& kiosk : search.page()) ids.push_back(kiosk->record.id);
    return ids;
  }
  using Ids = std::vector<std::string>;
  KioskRegistry kiosks;
  std::size_t matching = 0;
  std::size_t online = 0;
};

TEST_F(KioskSearchTest, NoTurnLooksAtAllKiosks) {
  constexpr std::size_t kKiosks = 5 * KioskSearch::kStep + 1;
  for (std::size_t i = 0; i < kKiosks; ++i) add("k" + std::to_string(i), i % 2 == 0);
  KioskSearch search("", 0, 20);
  std::size_t seen = 0;
  for (bool all = false; !all; seen = search.matching()) {
    all = search.step(kiosks);
    EXPECT_LE(search.matching() - seen, KioskSearch::kStep);
  }
  EXPECT_EQ(seen, kKiosks);
}

TEST_F(KioskSearchTest, OnlineOnesFirstThenById) {
  for (int i = 0; i < 300; ++i) add("k" + std::to_string(1000 + i), i % 100 == 7);
  EXPECT_EQ(page("", 0, 5), (Ids{"k1007", "k1107", "k1207", "k1000", "k1001"}));
  EXPECT_EQ(matching, 300U);
  EXPECT_EQ(online, 3U);
  EXPECT_EQ(page("", 2, 3), (Ids{"k1207", "k1000", "k1001"}));
  EXPECT_EQ(page("", 5, 6), (Ids{"k1002", "k1003", "k1004", "k1005", "k1006", "k1008"}));
  EXPECT_EQ(page("", 298, 5), (Ids{"k1298", "k1299"}));
  EXPECT_EQ(page("", 400, 5), Ids{});
}

TEST_F(KioskSearchTest, APartOfAnIdOrAName) {
  add("north_1", false, "Station");
  add("south_1", true, "near NORTH gate");
  add("east_1", true);
  EXPECT_EQ(page("North", 0, 9), (Ids{"south_1", "north_1"}));
  EXPECT_EQ(page("nowhere", 0, 9), Ids{});
  EXPECT_EQ(matching, 0U);
}

}  // namespace
}  // namespace kgw
