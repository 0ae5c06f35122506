// A list of keys that is looked for some at a time: no turn sees all, and the page is ordered by name.
#include "access/key_search.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

class KeySearchTest : public testing::Test {
 protected:
  void add(const std::string& id, const std::string& name, bool revoked = false) {
    KeyRecord key;
    key.id = id;
    key.name = name;
    key.digest = {};
    key.digest[0] = static_cast<unsigned char>(++keys_made);
    key.digest[1] = static_cast<unsigned char>(keys_made >> 8);
    if (revoked) key.revoked_at = now;
    keys.put(key);
  }
  std::vector<std::string> page(const std::string& name, std::size_t skip, std::size_t count) {
    KeySearch search(name);
    while (!search.step(keys, now)) {
    }
    matching = search.matching();
    std::vector<std::string> ids;
    for (const KeyRef& key : search.page(skip, count)) ids.push_back(key->id);
    return ids;
  }
  using Ids = std::vector<std::string>;
  const WallTime now = wall_from_ms(1'700'000'000'000);
  KeyRing keys;
  unsigned keys_made = 0;
  std::size_t matching = 0;
};

TEST_F(KeySearchTest, NoTurnLooksAtAllKeys) {
  constexpr std::size_t kKeys = 5 * KeySearch::kStep + 1;
  for (std::size_t i = 0; i < kKeys; ++i) add("id" + std::to_string(i), "name" + std::to_string(i % 7));
  KeySearch search("");
  std::size_t seen = 0;
  for (bool all = false; !all; seen = search.matching()) {
    all = search.step(keys, now);
    EXPECT_LE(search.matching() - seen, KeySearch::kStep);
  }
  EXPECT_EQ(seen, kKeys);
}

TEST_F(KeySearchTest, TheValidOnesByName) {
  add("1", "zeta");
  add("2", "alpha");
  add("3", "gone", true);
  add("4", "alpha");
  EXPECT_EQ(page("", 0, 9), (Ids{"2", "4", "1"}));
  EXPECT_EQ(page("", 1, 1), Ids{"4"});
  EXPECT_EQ(matching, 3U);
  EXPECT_EQ(page("alpha", 0, 9), (Ids{"2", "4"}));
  EXPECT_EQ(page("gone", 0, 9), Ids{});
}

}  // namespace
}  // namespace kgw
