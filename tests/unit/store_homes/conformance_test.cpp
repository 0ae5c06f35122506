// What every Store must do, whatever it keeps things in.
#include "base/limits.hpp"
#include "conformance_rig.hpp"

namespace kgw::testing {
namespace {

TEST_P(StoreConformance, WhatWasSentIsKeptWhereThereIsAJournal) {
  const RequestId id = make.id();
  life->write({Records::accepted(id, true, R"( {"body":{"sum":1000.10}} )")});
  const SharedBytes body = life->body(id);
  if (GetParam() == Home::memory) EXPECT_EQ(body, nullptr);
  else EXPECT_EQ(view(body), R"( {"body":{"sum":1000.10}} )");
  EXPECT_EQ(life->body(make.id()), nullptr);
}

TEST_P(StoreConformance, AcceptedAndWaiting) {
  const RequestId id = make.id();
  life->write({Records::accepted(id, false)});
  const StoredExchange x = life->get(id);
  EXPECT_EQ(x.id, id);
  EXPECT_EQ(x.order.kiosk_id, "K1");
  EXPECT_EQ(x.order.operation, "payment");
  EXPECT_EQ(x.order.order_id, "order-7");
  EXPECT_EQ(x.state, State::accepted);
  EXPECT_EQ(x.outcome, Outcome::open);
  EXPECT_EQ(to_ms(x.accepted_at), kStartMs);
  EXPECT_EQ(to_ms(x.deadline_at), kStartMs + 30'000);
  EXPECT_FALSE(x.dispatched_at || x.answered_at || x.ended_at || x.why || x.response);
}

TEST_P(StoreConformance, DispatchedAtOnceAndAfterWaiting) {
  const RequestId at_once = make.id();
  const RequestId later = make.id();
  life->write({Records::accepted(at_once), Records::accepted(later, false),
               DispatchedRecord{later, wall_from_ms(kStartMs + 70), SessionId{UINT64_MAX}, "K1"}});
  EXPECT_EQ(life->get(at_once).state, State::dispatched);
  EXPECT_EQ(to_ms(*life->get(at_once).dispatched_at), kStartMs);
  EXPECT_EQ(life->get(later).state, State::dispatched);
  EXPECT_EQ(to_ms(*life->get(later).dispatched_at), kStartMs + 70);
}

TEST_P(StoreConformance, AnswerIsKeptByteForByte) {
  std::string bytes = "{\"sum\":1000.10,\"x\":\"";
  for (int i = 1; i < 256; ++i) bytes += static_cast<char>(i);
  bytes += std::string(1, '\0') + std::string(1'000'000, 'y') + "\"}";
  const RequestId id = make.id();
  const RequestId empty = make.id();
  life->write({Records::accepted(id), Records::answered(id, bytes), Records::accepted(empty),
               Records::answered(empty, "")});
  const StoredExchange x = life->get(id);
  EXPECT_EQ(x.state, State::answered);
  EXPECT_EQ(x.outcome, Outcome::known);
  EXPECT_FALSE(x.late);
  EXPECT_TRUE(x.response_valid);
  EXPECT_EQ(to_ms(*x.answered_at), kStartMs + 100);
  ASSERT_TRUE(x.response);
  EXPECT_TRUE(*x.response == bytes);
  ASSERT_TRUE(life->get(empty).response);
  EXPECT_EQ(view(life->get(empty).response), "");
}

TEST_P(StoreConformance, InvalidAnswer) {
  const RequestId id = make.id();
  AnsweredRecord answer = Records::answered(id, "no json");
  answer.valid = false;
  answer.outcome = Outcome::unknown;
  life->write({Records::accepted(id), answer});
  const StoredExchange x = life->get(id);
  EXPECT_EQ(x.state, State::answered);
  EXPECT_FALSE(x.response_valid);
  EXPECT_EQ(x.outcome, Outcome::unknown);
}

TEST_P(StoreConformance, TimedOutThenAnsweredLate) {
  const RequestId id = make.id();
  life->write({Records::accepted(id), Records::ended(id, State::timed_out, ErrorCode::timeout)});
  StoredExchange x = life->get(id);
  EXPECT_EQ(x.state, State::timed_out);
  EXPECT_EQ(x.outcome, Outcome::unknown);
  EXPECT_EQ(to_ms(*x.ended_at), kStartMs + 30'000);
  EXPECT_FALSE(x.why);
  EXPECT_TRUE(x.dispatched_at);

  AnsweredRecord answer = Records::answered(id, "{}", 31'000);
  answer.late = true;
  life->write({answer});
  x = life->get(id);
  EXPECT_EQ(x.state, State::answered);
  EXPECT_TRUE(x.late);
  EXPECT_EQ(x.outcome, Outcome::known);
  EXPECT_EQ(to_ms(*x.answered_at), kStartMs + 31'000);
}

TEST_P(StoreConformance, RejectedAndCancelled) {
  const RequestId rejected = make.id();
  const RequestId cancelled = make.id();
  life->write({Records::accepted(rejected, false),
               Records::ended(rejected, State::rejected, ErrorCode::kiosk_busy, 5),
               Records::accepted(cancelled, false),
               Records::ended(cancelled, State::cancelled, ErrorCode::timeout, 6)});
  const StoredExchange x = life->get(rejected);
  EXPECT_EQ(x.state, State::rejected);
  EXPECT_EQ(x.outcome, Outcome::not_executed);
  EXPECT_EQ(x.why, ErrorCode::kiosk_busy);
  EXPECT_EQ(to_ms(*x.ended_at), kStartMs + 5);
  EXPECT_FALSE(x.dispatched_at);
  EXPECT_EQ(life->get(cancelled).state, State::cancelled);
  EXPECT_EQ(life->get(cancelled).outcome, Outcome::not_executed);
}

TEST_P(StoreConformance, AFinalStateNeverChanges) {
  const RequestId id = make.id();
  const RequestId other = make.id();
  life->write({Records::accepted(id, false), Records::ended(id, State::rejected, ErrorCode::draining, 5),
               Records::accepted(other), Records::answered(other, "first")});
  life->write({Records::ended(id, State::timed_out, ErrorCode::timeout),
               Records::answered(other, "second", 200),
               Records::ended(other, State::timed_out, ErrorCode::timeout)});
  EXPECT_EQ(life->get(id).state, State::rejected);
  EXPECT_EQ(life->get(other).state, State::answered);
  EXPECT_EQ(view(life->get(other).response), "first");
}

TEST_P(StoreConformance, EveryRecordMayBeWrittenTwice) {
  const RequestId id = make.id();
  const std::vector<Record> records = {
      Records::accepted(id, false), DispatchedRecord{id, wall_from_ms(kStartMs + 1), SessionId{1}, "K1"},
      Records::ended(id, State::timed_out, ErrorCode::timeout), Records::answered(id)};
  life->write(records);
  const StoredExchange once = life->get(id);
  life->write(records);
  const StoredExchange twice = life->get(id);
  EXPECT_EQ(once.state, twice.state);
  EXPECT_EQ(once.dispatched_at, twice.dispatched_at);
  EXPECT_EQ(once.answered_at, twice.answered_at);
  EXPECT_EQ(once.ended_at, twice.ended_at);
}

// It waited when the commit's outcome was lost; when it is appended again it leaves at once.
TEST_P(StoreConformance, AcceptedAgainAsDispatched) {
  const RequestId id = make.id();
  life->write({Records::accepted(id, false)});
  life->write({Records::accepted(id, true)});
  EXPECT_EQ(life->get(id).state, State::dispatched);
}

TEST_P(StoreConformance, AllSixteenBytesCount) {
  RequestId id = make.id();
  life->write({Records::accepted(id)});
  id.bytes[15] ^= 1;
  const auto found = life->find(id);
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TEST_P(StoreConformance, AnOrderMayBeAbsent) {
  const RequestId id = make.id();
  AcceptedRecord record = Records::accepted(id);
  record.order = share(Order{"K1", "payment", {}, {}});
  record.envelope = {};
  life->write({record});
  EXPECT_EQ(life->get(id).order.order_id, "");
}

TEST_P(StoreConformance, AViewShowsItsOwnOnly) {
  AcceptedRecord record = Records::accepted(make.id());
  record.order = share(Order{"K1", "payment", {}, "shop"});
  life->write({record, Records::answered(record.id)});
  const auto k1 = [](const std::string& kiosk) { return kiosk == "K1"; };
  const auto k2 = [](const std::string& kiosk) { return kiosk == "K2"; };
  for (const ExchangeView& view : {ExchangeView{k1, "shop"}, {k1, {}}, {{}, "shop"}})
    EXPECT_TRUE(life->find_visible(record.id, view).value().response) << "with its answer";
  for (const ExchangeView& view : {ExchangeView{k2, {}}, {k2, "shop"}, {k1, "another"}, {{}, ""}})
    EXPECT_FALSE(life->find_visible(record.id, view));
}

TEST_P(StoreConformance, NumbersCountFromOneAndAckAllUpTo) {
  EXPECT_EQ(life->store->append(Records::accepted(make.id())), 1u);
  EXPECT_EQ(life->store->append(Records::accepted(make.id())), 2u);
  EXPECT_EQ(life->acked, 0u) << "from inside append()";
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return life->acked == 2; }));
  EXPECT_EQ(life->store->append(Records::accepted(make.id())), 3u);
}

TEST_P(StoreConformance, AReadSeesWhatWasAcknowledged) {
  for (int i = 0; i < 50; ++i) {
    const RequestId id = make.id();
    life->write({Records::accepted(id)});
    ASSERT_EQ(life->get(id).state, State::dispatched);
    life->write({Records::answered(id)});
    ASSERT_EQ(life->get(id).state, State::answered);
  }
}

TEST_P(StoreConformance, ReadsAreBounded) {
  std::size_t overloaded = 0;
  std::size_t done = 0;
  const std::size_t asked = limits::kStoreReadsMax * 2;
  for (std::size_t i = 0; i < asked; ++i)
    life->store->find_exchange(make.id(), [&](auto found) {
      ++done;
      overloaded += !found && found.error().code == ErrorCode::overloaded;
    });
  ASSERT_TRUE(life->until([&] { return done == asked; }));
  EXPECT_EQ(overloaded, asked - limits::kStoreReadsMax);
}

// Whoever reads, and however much: what a kiosk says once is looked up, and soon.
TEST_P(StoreConformance, AnAnswersLookUpIsNeverRefusedForOtherReads) {
  const RequestId id = make.id();
  life->write({Records::accepted(id)});
  std::size_t done = 0;
  std::size_t answers = 0;
  std::size_t before_last_answer = 0;
  const std::size_t asked = limits::kStoreReadsMax + 10;
  constexpr std::size_t kAnswers = 20;
  for (std::size_t i = 0; i < asked; ++i) life->store->find_exchanges({}, [&](const auto&) { ++done; });
  for (std::size_t i = 0; i < kAnswers; ++i)
    life->store->find_for_answer(id, [&](auto found) {
      EXPECT_TRUE(found && *found && (*found)->id == id);
      ++answers;
      before_last_answer = done;
    });
  ASSERT_TRUE(life->until([&] { return done == asked && answers == kAnswers; }));
  if (life->store->durability() != Durability::off) {
    EXPECT_LT(before_last_answer, asked) << "ahead of what waits";
  }
}

TEST_P(StoreConformance, KiosksSurviveARestart) {
  ASSERT_TRUE(life->write_registry({Records::kiosk("b"), Records::kiosk("a"), Records::kiosk("c")}));
  KioskRecord changed = Records::kiosk("b");
  changed.enabled = false;
  changed.title = "other";
  changed.token_issued_at.reset();
  ASSERT_TRUE(life->write_registry({changed, KioskRemovedRecord{"c"}, KioskRemovedRecord{"never was"}}));
  life->store->close();
  start();
  ASSERT_EQ(life->image.kiosks.size(), 2u);
  const KioskRecord wanted = Records::kiosk("a"), a = life->image.kiosks[0];
  EXPECT_EQ(std::pair(a.id, a.title), std::pair(std::string("a"), wanted.title));
  EXPECT_TRUE(a.enabled);
  EXPECT_EQ(a.max_in_flight, 3u);
  EXPECT_EQ(a.token_digest, wanted.token_digest);
  EXPECT_EQ(a.created_at, wanted.created_at);
  EXPECT_EQ(std::pair(a.token_expires_at, a.token_issued_at),
            std::pair(wanted.token_expires_at, wanted.token_issued_at));
  EXPECT_FALSE(life->image.kiosks[1].enabled || life->image.kiosks[1].token_issued_at);
  EXPECT_EQ(life->image.kiosks[1].title, "other");
}

TEST_P(StoreConformance, ConnectionsNewestFirst) {
  for (int i = 0; i < 5; ++i)
    life->store->note_connection(
        {"K1", wall_from_ms(kStartMs + i), i % 2 == 0, "10.0.0.1:5", "reason " + std::to_string(i)});
  life->store->note_connection({"K2", wall_from_ms(kStartMs), true, "", ""});
  ASSERT_TRUE(life->write_registry({Records::kiosk("K1")}));
  const auto found = life->connections({{}, "K1", {}, 3});
  ASSERT_EQ(found.rows.size(), 3u);
  EXPECT_EQ(found.rows[0].reason, "reason 4");
  EXPECT_TRUE(found.rows[0].up);
  EXPECT_EQ(found.rows[0].address, "10.0.0.1:5");
  EXPECT_EQ(to_ms(found.rows[2].at), kStartMs + 2);
  const auto rest = life->connections({found.next, "K1", {}, 3});
  ASSERT_EQ(rest.rows.size(), 2u) << "none twice, none left out";
  EXPECT_EQ(rest.rows[0].reason, "reason 1");
  EXPECT_FALSE(rest.next);
  EXPECT_EQ(life->connections({{}, {}, {}, 10}).rows.size(), 6u);
  const auto only_k2 = [](const std::string& kiosk) { return kiosk == "K2"; };
  EXPECT_EQ(life->connections({{}, {}, only_k2, 10}).rows.size(), 1u);
  EXPECT_TRUE(life->connections({{}, "K3", {}, 3}).rows.empty());
}

TEST_P(StoreConformance, KeysSurviveARestart) {
  KeyRecord key;
  key.id = "k_1";
  key.name = "front";
  key.owner = "shop";
  key.scopes = 5;
  key.kiosks = {"a*", "b"};
  key.rate_per_second = 50;
  key.digest = {1, 2, 3};
  key.created_at = wall_from_ms(kStartMs);
  KeyRecord other = key;
  other.id = "k_2";
  other.kiosks.clear();
  other.rate_per_second = 0;
  ASSERT_TRUE(life->write_registry({key, other}));
  other.expires_at = wall_from_ms(kStartMs + 1);
  other.revoked_at = wall_from_ms(kStartMs + 2);
  ASSERT_TRUE(life->write_registry({other}));
  life->store->close();
  start();
  ASSERT_EQ(life->image.keys.size(), 2u);
  const KeyRecord& one = life->image.keys[0];
  EXPECT_EQ(one.id, "k_1");
  EXPECT_EQ(one.name, "front");
  EXPECT_EQ(one.owner, "shop");
  EXPECT_EQ(one.scopes, 5);
  EXPECT_EQ(one.kiosks, key.kiosks);
  EXPECT_EQ(one.rate_per_second, 50u);
  EXPECT_EQ(one.digest, key.digest);
  EXPECT_EQ(one.created_at, key.created_at);
  EXPECT_FALSE(one.expires_at || one.revoked_at);
  const KeyRecord& two = life->image.keys[1];
  EXPECT_TRUE(two.kiosks.empty());
  EXPECT_EQ(two.rate_per_second, 0u);
  EXPECT_EQ(two.expires_at, other.expires_at);
  EXPECT_EQ(two.revoked_at, other.revoked_at);
}

TEST_P(StoreConformance, WhatIsKeptByNameSurvivesARestart) {
  ASSERT_TRUE(life->write_registry({SettingRecord{"telegram.update", "7"}, SettingRecord{"alerts", ""}}));
  const std::string value = "ru \"\n\xf0\x9f\x8d\x95 " + std::string(limits::kKeptValueBytesMax - 20, 'x');
  ASSERT_TRUE(life->write_registry({SettingRecord{"telegram.update", value}}));
  life->store->close();
  start();
  ASSERT_EQ(life->image.settings.size(), 2u);
  EXPECT_EQ(life->image.settings[0].name, "alerts");
  EXPECT_EQ(life->image.settings[0].value, "");
  EXPECT_EQ(life->image.settings[1].name, "telegram.update");
  EXPECT_EQ(life->image.settings[1].value, value);
}

TEST_P(StoreConformance, AuditNewestFirst) {
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(
        life->write_registry({AuditRecord{wall_from_ms(kStartMs + i), "admin", "api", "10.0.0.1",
                                          "kiosk_changed", i % 2 == 0 ? "even" : "odd", std::to_string(i)}}));
  const auto first = life->audit({{}, {}, {}, 3});
  ASSERT_EQ(first.rows.size(), 3u);
  const AuditRecord& line = first.rows[0].record;
  EXPECT_EQ(line.detail, "4");
  EXPECT_EQ(line.at, wall_from_ms(kStartMs + 4));
  EXPECT_EQ(line.actor, "admin");
  EXPECT_EQ(line.via, "api");
  EXPECT_EQ(line.address, "10.0.0.1");
  EXPECT_EQ(line.action, "kiosk_changed");
  EXPECT_EQ(line.target, "even");
  const auto rest = life->audit({first.next, {}, {}, 3});
  ASSERT_EQ(rest.rows.size(), 2u);
  EXPECT_EQ(rest.rows[0].record.detail, "1");
  EXPECT_FALSE(rest.next);
  EXPECT_EQ(life->audit({{}, "even", {}, 10}).rows.size(), 3u);
  EXPECT_TRUE(life->audit({{}, "eve", {}, 10}).rows.empty());
}

TEST_P(StoreConformance, ExchangesByPages) {
  std::vector<RequestId> ids;
  for (int i = 0; i < 6; ++i) {
    ids.push_back(make.id(wall_from_ms(kStartMs + i)));
    AcceptedRecord record = Records::accepted(ids.back());
    record.order = share(Order{i % 2 == 0 ? "even" : "odd", "payment", "order-7", i == 0 ? "" : "shop"});
    life->write({record});
  }
  AnsweredRecord answer = Records::answered(ids[1], "{\"sum\":1.10}");
  answer.kiosk_id = "odd";
  EndedRecord end = Records::ended(ids[2], State::timed_out, ErrorCode::timeout);
  end.kiosk_id = "even";
  life->write({answer, end});
  const auto found = [](const Page<StoredExchange>& page) {
    std::vector<RequestId> got;
    for (const StoredExchange& x : page.rows) got.push_back(x.id);
    return got;
  };
  using Ids = std::vector<RequestId>;
  ExchangesQuery query;
  query.count_max = 4;
  const auto newest = life->exchanges(query);
  EXPECT_EQ(found(newest), (Ids{ids[5], ids[4], ids[3], ids[2]}));
  query.before = newest.next;
  const auto oldest = life->exchanges(query);
  EXPECT_EQ(found(oldest), (Ids{ids[1], ids[0]}));
  EXPECT_FALSE(oldest.next);
  EXPECT_FALSE(oldest.rows[0].response) << "a page is without bodies";
  EXPECT_EQ(oldest.rows[0].order.owner, "shop");
  EXPECT_EQ(oldest.rows[1].order.owner, "");
  query = {};
  query.after = ids[3].journal_key();
  EXPECT_EQ(found(life->exchanges(query)), (Ids{ids[4], ids[5]}));
  query = {};
  query.kiosk_id = "odd";
  EXPECT_EQ(found(life->exchanges(query)), (Ids{ids[5], ids[3], ids[1]}));
  query = {};
  query.state = State::answered;
  EXPECT_EQ(found(life->exchanges(query)), Ids{ids[1]});
  query = {};
  query.outcome = Outcome::unknown;
  EXPECT_EQ(found(life->exchanges(query)), Ids{ids[2]});
  query = {};
  query.order_id = "order-7";
  query.operation = "payment";
  EXPECT_EQ(life->exchanges(query).rows.size(), 6u);
  query.order_id = "order-8";
  EXPECT_TRUE(life->exchanges(query).rows.empty());
  query = {};
  query.visible = [](const std::string& kiosk) { return kiosk == "even"; };
  EXPECT_EQ(found(life->exchanges(query)), (Ids{ids[4], ids[2], ids[0]}));
}

// Of requests that were accepted in the same millisecond, the keys follow one another.
TEST_P(StoreConformance, APageBeginsRightBesideItsCursor) {
  std::vector<RequestId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(make.id());
    life->write({Records::accepted(ids.back())});
  }
  ASSERT_EQ(ids[4].journal_key(), ids[0].journal_key() + 4);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ExchangesQuery query;
    query.after = ids[i].journal_key();
    const auto later = life->exchanges(query).rows;
    ASSERT_EQ(later.size(), 4 - i);
    EXPECT_TRUE(later.empty() || later.front().id == ids[i + 1]) << i;
    query = {};
    query.before = ids[i].journal_key();
    const auto earlier = life->exchanges(query).rows;
    ASSERT_EQ(earlier.size(), i);
    EXPECT_TRUE(earlier.empty() || earlier.front().id == ids[i - 1]) << i;
  }
}

// A look at the store is bounded by what it reads; whoever asks again with `next` finds all.
TEST_P(StoreConformance, AScanIsBounded) {
  const int many = static_cast<int>(limits::kStoreScanRowsMax) + 500;
  std::vector<Record> records;
  for (int i = 0; i < many; ++i) {
    AcceptedRecord record = Records::accepted(make.id(wall_from_ms(kStartMs + i)), false, "");
    if (i == 0) record.order = share(Order{"rare", "payment", "order-7", {}});
    records.emplace_back(std::move(record));
    if (records.size() == 500) life->write(std::exchange(records, {}));  // what a busy Redis takes in time
  }
  ExchangesQuery query;
  query.kiosk_id = "rare";
  std::size_t found = 0;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = life->exchanges(query);
    found += page.rows.size();
    query.before = page.next;
    more = page.next.has_value();
  }
  EXPECT_EQ(found, 1u);
  EXPECT_GE(pages, 2);
}

TEST_P(StoreConformance, ClosedIsClosed) {
  const RequestId id = make.id();
  life->store->append(Records::accepted(id));
  life->store->close();
  life->store->poll();
  EXPECT_EQ(life->acked, 1u) << "close() commits what was gathered";
  EXPECT_FALSE(life->store->accepts());
  const auto found = life->find(id);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::store_unavailable);
  EXPECT_FALSE(life->write_registry({Records::kiosk("a")}));
  life->store->append(Records::accepted(make.id()));
  life->store->commit();
  life->store->poll();
  EXPECT_EQ(life->acked, 1u);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreConformance, ::testing::Values(Home::embedded, Home::memory, Home::redis),
                         home_name);

}  // namespace
}  // namespace kgw::testing
