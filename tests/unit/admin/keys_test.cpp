// API keys: which count, for which kiosks, how often; and the limit on wrong ones.
#include <gtest/gtest.h>

#include "access/failure_limiter.hpp"
#include "access/key_ring.hpp"
#include "admin/key_form.hpp"
#include "admin/moved_lines.hpp"
#include "http/page_query.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

KeyRecord key(std::uint8_t number, Scope scope = Scope::send) {
  KeyRecord record;
  record.id = "k_" + std::to_string(number);
  record.digest[0] = number;
  record.scopes = bit(scope);
  return record;
}

TokenDigest digest(std::uint8_t number) { return key(number).digest; }

TEST(KeyPattern, Matches) {
  const struct {
    const char* pattern;
    const char* id;
    bool matches;
  } cases[] = {
      {"a", "a", true},
      {"a", "b", false},
      {"a", "aa", false},
      {"aa", "a", false},
      {"*", "anything", true},
      {"a*", "a", true},
      {"a*", "abc", true},
      {"a*", "ba", false},
      {"*c", "abc", true},
      {"*c", "abcd", false},
      {"a*c", "ac", true},
      {"a*c", "abbbc", true},
      {"a*c", "acb", false},
      {"*b*", "abc", true},
      {"*b*", "acd", false},
      {"a**c", "abc", true},
      {"*aab", "aaaab", true},
      {"a*b*c", "aXbYc", true},
      {"a*b*c", "aXcYb", false},
      {"A*", "abc", false},
      {"a.b", "aXb", false},
      {"shop1_*", "shop1", false},
      {"shop1_*", "shop11_a", false},
      {"*a*a*a", "aa", false},
  };
  for (const auto& c : cases) EXPECT_EQ(matches(c.pattern, c.id), c.matches) << c.pattern << " and " << c.id;
}

TEST(KeyPattern, IsNotSlowForTheWorstOfThem) {
  std::string pattern;
  for (int i = 0; i < 32; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "b", std::string(64, 'a')));
}

TEST(KeyRing, FindsWhatCounts) {
  KeyRing ring;
  const WallTime now = wall_from_ms(1000);
  EXPECT_FALSE(ring.find(digest(1), now));
  KeyRecord ends = key(1);
  ends.expires_at = now + 1ms;
  ring.put(ends);
  ASSERT_TRUE(ring.find(digest(1), now));
  EXPECT_EQ(state_of(ends, now), KeyState::expiring);
  EXPECT_FALSE(ring.find(digest(1), now + 1ms)) << "at its end it counts no more";
  EXPECT_EQ(state_of(ends, now + 1ms), KeyState::expired);
  EXPECT_FALSE(ring.find(digest(2), now));

  KeyRecord revoked = key(2);
  ring.put(revoked);
  const KeyRef held = ring.find(digest(2), now);
  revoked.revoked_at = now;
  ring.put(revoked);
  EXPECT_FALSE(ring.find(digest(2), now));
  EXPECT_EQ(held->id, "k_2") << "who had it before still has it";
  EXPECT_EQ(ring.size(), 2u);
  EXPECT_EQ(state_of(revoked, now), KeyState::revoked);
}

TEST(KeyRing, ReplacingTheDigestForgetsTheOldOne) {
  KeyRing ring;
  KeyRecord record = key(1);
  ring.put(record);
  record.digest[0] = 9;
  ring.put(record);
  EXPECT_FALSE(ring.find(digest(1), wall_from_ms(1)));
  EXPECT_TRUE(ring.find(digest(9), wall_from_ms(1)));
}

TEST(KeyRing, WhetherAnyKeyMaySend) {
  const WallTime now = wall_from_ms(5);
  KeyRing ring;
  ring.put(key(1, Scope::read));
  KeyRecord gone = key(2);
  gone.revoked_at = wall_from_ms(1);
  ring.put(gone);
  KeyRecord old = key(3);
  old.expires_at = wall_from_ms(4);
  ring.put(old);
  EXPECT_FALSE(ring.may_send(now)) << "none of these counts, or may send";
  ring.put(key(4));
  EXPECT_TRUE(ring.may_send(now));
  KeyRing admin;
  admin.put(key(1, Scope::admin));
  EXPECT_TRUE(admin.may_send(now)) << "admin includes send";
}

TEST(KeyRing, ItsRate) {
  KeyRing ring;
  KeyRecord slow = key(1);
  slow.rate_per_second = 3;
  ring.put(slow);
  Instant now{};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ring.allow(slow, now));
  EXPECT_FALSE(ring.allow(slow, now));
  now += 334ms;
  EXPECT_TRUE(ring.allow(slow, now));
  EXPECT_FALSE(ring.allow(slow, now));
  now += 1h;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ring.allow(slow, now)) << "a long rest saves up one second, no more";
  EXPECT_FALSE(ring.allow(slow, now));
  const KeyRecord free = key(2);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(ring.allow(free, now));
}

TEST(FailureLimiter, EachAddressHasItsOwn) {
  FailureLimiter limiter;
  Instant now{};
  const auto tries = [&](const char* address) {
    int allowed = 0;
    while (allowed < 1000 && limiter.allow(address, now)) ++allowed;
    return allowed;
  };
  EXPECT_EQ(tries("10.0.0.1"), 20);
  EXPECT_EQ(tries("10.0.0.2"), 20);
  EXPECT_EQ(tries("10.0.0.1"), 0);
  now += 2s;
  EXPECT_EQ(tries("10.0.0.1"), 2);
  EXPECT_EQ(tries("2001:db8:1:2:3:4:5:6"), 20);
  EXPECT_EQ(tries("2001:db8:1:2:ffff::1"), 0) << "who has one address has its whole network";
  EXPECT_EQ(tries("2001:db8:1:3::1"), 20);
}

TEST(FailureLimiter, ManyAddressesPushOutTheLongestUnused) {
  FailureLimiter limiter;
  Instant now{};
  while (limiter.allow("10.0.0.1", now)) continue;
  for (std::size_t i = 0; i < FailureLimiter::kAddressesMax - 1; ++i)
    EXPECT_TRUE(limiter.allow("a" + std::to_string(i), now));
  EXPECT_FALSE(limiter.allow("10.0.0.1", now));
  EXPECT_TRUE(limiter.allow("one more", now)) << "pushes out a0";
  EXPECT_FALSE(limiter.allow("10.0.0.1", now)) << "was used since";
}

TEST(KeyForm, TakesWhatIsKnown) {
  const auto form = parse_key_form(
      R"({"name":"front","scopes":["read","send","read"],"kiosks":["a*","*"],"rate_per_second":null,"expires_in_seconds":60})");
  ASSERT_TRUE(form) << form.error().message;
  EXPECT_EQ(form->owner, "front");
  EXPECT_EQ(form->scopes, kSendOrRead);
  EXPECT_EQ(form->kiosks, (std::vector<std::string>{"a*", "*"}));
  EXPECT_EQ(form->rate_per_second, 0u);
  EXPECT_EQ(form->expires_in, 60s);
  EXPECT_EQ(*parse_rotation_form(""), kRotationOverlap);
  EXPECT_EQ(*parse_rotation_form(R"({"overlap_seconds":0})"), 0s);
}

TEST(KeyForm, RefusesByName) {
  const struct {
    const char* json;
    const char* part;
  } bad[] = {
      {R"({"scopes":["send"]})", "'name' is missing"},
      {R"({"name":"a"})", "'scopes' is missing"},
      {R"({"name":"admin","scopes":["send"]})", "gateway's own"},
      {R"({"name":"a","owner":"admin","scopes":["send"]})", "gateway's own"},
      {R"({"name":"a","scopes":["send"],"kiosks":["a b"]})", "'kiosks'"},
      {R"({"name":"a","scopes":["send"],"colour":1})", "'colour' is not a known member"},
      {R"({"name":"a","name":"b","scopes":["send"]})", "twice"},
      {R"({"name":"a","scopes":["send"],"rate_per_second":0})", "'rate_per_second'"},
      {R"({"name":"a","scopes":["send"],"expires_in_seconds":999999999})", "'expires_in_seconds'"},
  };
  for (const auto& c : bad) {
    const auto form = parse_key_form(c.json);
    ASSERT_FALSE(form) << c.json;
    EXPECT_NE(form.error().message.find(c.part), std::string::npos) << c.json << ": " << form.error().message;
  }
  for (const char* json :
       {R"({"overlap_seconds":-1})", R"({"overlap_seconds":99999999})", R"({"overlap":1})", "[]"})
    EXPECT_FALSE(parse_rotation_form(json)) << json;
}

TEST(PageQuery, LimitsAndCursors) {
  EXPECT_EQ(*page_limit("", 100, 1000), 100u);
  EXPECT_EQ(*page_limit("a=1&limit=1000", 100, 1000), 1000u);
  for (const char* bad : {"limit=0", "limit=1001", "limit=", "limit=-1", "limit=1x", "limit= 1", "limit=0x10"})
    EXPECT_FALSE(page_limit(bad, 100, 1000)) << bad;
  EXPECT_FALSE(page_cursor("")->has_value());
  EXPECT_EQ(**page_cursor("cursor=9223372036854775807"), INT64_MAX);
  for (const char* bad : {"cursor=", "cursor=-1", "cursor=9223372036854775808", "cursor=x"})
    EXPECT_FALSE(page_cursor(bad)) << bad;
}

TEST(PageQuery, WhatIsNotKnownIsRefused) {
  constexpr std::string_view kKnown[] = {"limit", "cursor", "order", "from"};
  const auto code = [](std::span<const std::string_view> known, std::string_view query) {
    const auto checked = check_parameters(known, query);
    return checked ? ErrorCode::internal_error : checked.error().code;  // internal_error: none
  };
  const auto none = ErrorCode::internal_error, refused = ErrorCode::invalid_parameter;
  EXPECT_EQ(code(kKnown, "limit=1&cursor=2&order=oldest&from=x"), none) << "the value is another's business";
  EXPECT_EQ(code(kKnown, ""), none);
  EXPECT_EQ(code(kKnown, "&&limit=1&"), none);
  for (const char* query :
       {"since=1", "before=1", "after=1", "limit=1&limit=1", "x", "=1", "%zz=1", "limit=%z", "Limit=1"})
    EXPECT_EQ(code(kKnown, query), refused) << query;
  EXPECT_EQ(code({}, "a=1"), refused);
  EXPECT_EQ(code({}, ""), none);
}

TEST(MovedKey, AScopeThatIsUnknownRefusesTheLineWhereverItStands) {
  const auto moved = [](const std::string& scopes) {
    return parse_moved_line(
        R"({"kind":"key","id":"k_AAAAAAAAAAA","name":"shop","owner":"shop","kiosks":[],"scopes":)" + scopes +
        R"(,"digest":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","created_at":"2026-11-28T08:00:00.000Z"})");
  };
  EXPECT_TRUE(moved(R"(["send","read"])")) << moved(R"(["send","read"])").error().message;
  for (const char* const scopes : {R"(["bad","send"])", R"(["send","bad"])", R"(["bad"])", "[]"}) {
    ASSERT_FALSE(moved(scopes)) << scopes;
    EXPECT_NE(moved(scopes).error().message.find("'scopes'"), std::string::npos) << scopes;
  }
}

}  // namespace
}  // namespace kgw
