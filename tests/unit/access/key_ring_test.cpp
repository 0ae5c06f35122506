// Which secrets open something: a key's present one, until it is revoked.
#include "access/key_ring.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

class KeyRingTest : public ::testing::Test {
 protected:
  void put(const char* secret, bool revoked = false) {
    KeyRecord record;
    record.id = record.name = "k_1";
    record.digest = digest_of(secret);
    record.scopes = bit(Scope::send);
    if (revoked) record.revoked_at = now;
    keys.put(record);
  }
  bool opens(const char* secret) const { return keys.find(digest_of(secret), now) != nullptr; }

  const WallTime now = wall_from_ms(1'700'000'000'000);
  KeyRing keys;
};

TEST_F(KeyRingTest, ARevokedKeyOpensNothing) {
  put("a");
  EXPECT_TRUE(opens("a"));
  put("a", true);
  EXPECT_FALSE(opens("a"));
  EXPECT_FALSE(keys.may_send(now));
}

TEST_F(KeyRingTest, ASecretThatWasReplacedOpensNothing) {
  put("a");
  put("b");
  EXPECT_FALSE(opens("a"));
  EXPECT_TRUE(opens("b"));
}

}  // namespace
}  // namespace kgw
