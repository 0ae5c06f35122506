// What a store holds must fit together, whatever brought it there: nothing of an exchange that is gone is left
// anywhere, and each of Redis' indexes lists what its hashes say, no more and no less. What reads through an
// index passes over what is wrong in it; so it is looked at here, after each of the tests that all homes share.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "redis_server.hpp"
#include "sqlite/database.hpp"
#include "store_redis/redis_layout.hpp"

namespace kgw::testing {

// The tables with rows of exchanges. Claims go in their own time: what is gone needs none. Their index names
// rows by `place`.
inline std::vector<std::string> tables_of_exchanges(sqlite::Database& db) {
  auto query = db.prepare(
      "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND "
      "c.name = 'id' AND c.type = 'INTEGER' AND m.name NOT IN ('accepted', 'claims', 'order_claims')");
  EXPECT_TRUE(query);
  std::vector<std::string> tables;
  for (auto row = query->next(); row && *row; row = query->next()) tables.emplace_back(query->text(0));
  return tables;
}

// REQUIRES that the store is closed.
inline void expect_no_strays(const std::filesystem::path& journal) {
  if (!std::filesystem::exists(journal)) return;
  auto db = sqlite::Database::open(journal);
  ASSERT_TRUE(db) << db.error().message;
  const auto tables = tables_of_exchanges(*db);
  EXPECT_GE(tables.size(), 6U) << "the tables are called otherwise by now";
  for (const std::string& table : tables) {
    const std::string sql = "SELECT count(*) FROM " + table + " WHERE id NOT IN (SELECT id FROM accepted)";
    const auto strays = db->integer(sql.c_str());
    ASSERT_TRUE(strays) << strays.error().message;
    EXPECT_EQ(strays->value_or(-1), 0) << "rows of `" << table << "` are about exchanges that are gone";
  }
}

class RedisIndexes {
 public:
  explicit RedisIndexes(const RedisServer& server)
      : redis_(redis::Connection::open(*redis::parse_redis_url(server.url()), {}, {})) {
    std::vector<std::string> some;
    for (const std::string& member : listed(redis_layout::kExchanges)) {
      some.push_back(member);
      if (some.size() == kStep) read(std::exchange(some, {}));
    }
    read(some);
  }
  void expect_to_fit() {
    const std::set<std::string> hashes = keys("kgw:{*}:request:*");
    EXPECT_EQ(hashes, hashes_) << "the exchanges, and those of their index";
    expect(redis_layout::kOpen, open_);
    expect(redis_layout::kUnclaimed, unclaimed_);
    expect(redis_layout::kCallbacks, callbacks_);
    for (std::size_t state = 0; state < std::size(redis_layout::kCallbacksBy); ++state)
      expect(redis_layout::kCallbacksBy[state], callbacks_by_[state]);
    std::set<std::string> kiosks, api_keys;
    for (const std::string& id : members_of_set(redis_layout::kKiosks))
      kiosks.insert(redis_layout::kiosk_key(id));
    for (const std::string& id : members_of_set(redis_layout::kKeys))
      api_keys.insert(redis_layout::api_key_key(id));
    EXPECT_EQ(keys("kgw:{*}:kiosk"), kiosks);
    EXPECT_EQ(keys("kgw:key:*"), api_keys);
  }

 private:
  static constexpr std::size_t kStep = 500;

  redis::Reply run(redis::Command command) {
    auto reply = redis_ ? redis_->run(std::move(command)) : Result<redis::Reply>(redis_.error());
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? *reply : redis::Reply{};
  }
  static std::set<std::string> texts(const redis::Reply& reply) {
    std::set<std::string> all;
    for (const redis::Reply& item : reply.items) all.insert(item.text);
    return all;
  }
  std::set<std::string> listed(const char* index) { return texts(run({"ZRANGE", index, "0", "-1"})); }
  std::set<std::string> members_of_set(const char* set) { return texts(run({"SMEMBERS", set})); }
  std::set<std::string> keys(const char* pattern) { return texts(run({"KEYS", pattern})); }
  void expect(const char* index, const std::set<std::string>& wanted) {
    EXPECT_EQ(listed(index), wanted) << index;
  }
  void read(const std::vector<std::string>& members) {
    std::vector<redis::Command> commands;
    for (const std::string& member : members) {
      const std::string_view kiosk = redis_layout::kiosk_of(member);
      commands.push_back({"HMGET", redis_layout::exchange_key(kiosk, redis_layout::request_of(member)),
                          "accepted_at", "end_state", "answered_at", "unclaimed_at", "claimed_at",
                          redis_layout::callback_field(1), redis_layout::callback_field(2)});
    }
    if (commands.empty() || !redis_) return;
    const auto replies = redis_->run(commands);
    ASSERT_TRUE(replies) << replies.error().message;
    for (std::size_t i = 0; i < members.size(); ++i) take(members[i], commands[i][1], (*replies)[i].items);
  }
  void take(const std::string& member, const std::string& key, const std::vector<redis::Reply>& fields) {
    ASSERT_EQ(fields.size(), 7U);
    EXPECT_FALSE(fields[0].is_null()) << member << " is in the index and nowhere else";
    hashes_.insert(key);
    if (fields[1].is_null() && fields[2].is_null()) open_.insert(member);
    if (!fields[3].is_null() && fields[4].is_null()) unclaimed_.insert(member);
    for (const std::uint32_t n : {1U, 2U}) {
      std::int64_t number = 0;
      const auto tries = redis_layout::tries_of(fields[4 + n].text, &number);
      if (!tries) continue;
      const std::string row = redis_layout::callback_row({number, n, member});
      callbacks_.insert(row);
      callbacks_by_[static_cast<std::size_t>(tries->state)].insert(row);
    }
  }

  Result<redis::Connection> redis_;
  std::set<std::string> hashes_, open_, unclaimed_, callbacks_;
  std::map<std::size_t, std::set<std::string>> callbacks_by_;
};

// `server`: of a store in Redis. Null: the store is on disk, and closed.
inline void expect_to_fit(const RedisServer* server, const std::filesystem::path& journal) {
  if (server) RedisIndexes(*server).expect_to_fit();
  else expect_no_strays(journal);
}

}  // namespace kgw::testing
