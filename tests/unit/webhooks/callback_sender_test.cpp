#include "callback_sender_rig.hpp"

namespace kgw::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(CallbackSenderTest, a_start_finds_what_is_owed_and_a_2xx_ends_it) {
  const RequestId id = owe();
  start();
  turn();
  ASSERT_EQ(posted.size(), 1u);
  const OutboundRequest& request = posted[0].request;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, kUrl);
  EXPECT_EQ(request.body, "{\"request_id\":\"" + id.text() + "\"}");
  EXPECT_EQ(request.fields[0], "Content-Type: application/json");
  EXPECT_EQ(request.fields[2], header(id));
  EXPECT_EQ(request.fields[3], "webhook-timestamp: " + std::to_string(kStartMs / 1000));
  EXPECT_THAT(request.fields[4], ::testing::StartsWith("webhook-signature: v1,"));
  EXPECT_EQ(request.timeout, 15s);
  answer(204);
  EXPECT_EQ(state(), CallbackState::delivered);
  EXPECT_EQ(store.rows[0].tries.status, 204u);
  EXPECT_EQ(sender->figures().delivered, 1u);
  EXPECT_EQ(sender->figures().waiting, 0u);
  EXPECT_THAT(log.events, ElementsAre("callback_delivered"));
  EXPECT_THAT(accepted, ElementsAre(id));
}

TEST_F(CallbackSenderTest, what_becomes_owed_is_posted_once_it_is_durable) {
  start();
  turn();
  const RequestId id = owe();
  AnsweredRecord record;
  record.callback = true;
  sender->on_record(acknowledged + 1, id, record);
  turn();
  EXPECT_THAT(posted_ids(), IsEmpty());
  ++acknowledged;
  turn();
  EXPECT_THAT(posted_ids(), ElementsAre(header(id)));
}

// That nobody knows is no answer, even if that came while it was on its way.
TEST_F(CallbackSenderTest, what_was_posted_is_accepted_and_no_later_answer) {
  store.state = State::timed_out;
  owe();
  start();
  turn();
  store.state = State::answered;
  answer(200);
  EXPECT_THAT(accepted, IsEmpty());
}

TEST_F(CallbackSenderTest, both_final_states_come_each_with_its_number) {
  const RequestId id = owe();
  owe();
  store.rows[1].id = id;
  store.rows[1].n = 2;
  start();
  turn();
  EXPECT_THAT(posted_ids(), ElementsAre(header(id, 1), header(id, 2)));
}

TEST_F(CallbackSenderTest, a_failure_is_recorded_and_tried_again_with_the_same_id) {
  const RequestId id = owe();
  start();
  turn();
  answer(503);
  EXPECT_EQ(state(), CallbackState::owed);
  const CallbackTries& tries = store.rows[0].tries;
  EXPECT_EQ(tries.failed, 1u);
  EXPECT_EQ(tries.status, 503u);
  EXPECT_EQ(tries.why, "answered 503");
  EXPECT_GE(tries.next_at, clock.now().wall);
  EXPECT_LE(tries.next_at, clock.now().wall + limits::kCallbackFirstWait);
  clock.pass(limits::kCallbackFirstWait);
  turn();
  EXPECT_THAT(posted_ids(), ElementsAre(header(id)));
  answer(200);
  EXPECT_EQ(state(), CallbackState::delivered);
  EXPECT_EQ(store.rows[0].tries.failed, 1u);
}

TEST_F(CallbackSenderTest, a_redirect_is_a_failure) {
  owe();
  start();
  turn();
  answer(302, {{"location", "http://127.0.0.1/"}});
  EXPECT_EQ(state(), CallbackState::owed);
  EXPECT_EQ(store.rows[0].tries.why, "answered 302: redirects are not followed");
}

TEST_F(CallbackSenderTest, a_receiver_may_ask_for_a_longer_wait) {
  owe();
  start();
  turn();
  answer(429, {{"retry-after", "3600"}});
  EXPECT_EQ(store.rows[0].tries.next_at, clock.now().wall + 1h);
  clock.pass(59min);
  turn();
  EXPECT_TRUE(posted.empty());
  clock.pass(1min);
  turn();
  EXPECT_EQ(posted.size(), 1u);
}

TEST_F(CallbackSenderTest, gone_ends_it_at_once) {
  owe();
  start();
  turn();
  answer(410);
  EXPECT_EQ(state(), CallbackState::gone);
  EXPECT_EQ(sender->figures().dead, 1u);
  EXPECT_THAT(log.events, ElementsAre("callback_dead"));
}

TEST_F(CallbackSenderTest, after_72_hours_it_is_a_dead_letter) {
  owe();
  start();
  turn();
  for (int hours = 0; hours < 80 && state() == CallbackState::owed; ++hours) {
    while (!posted.empty()) answer(0);
    clock.pass(1h);
    turn();
  }
  EXPECT_EQ(state(), CallbackState::dead);
  EXPECT_EQ(store.rows[0].tries.status, 0u);
  const auto lasted = clock.now().wall - store.rows[0].tries.owed_at;
  EXPECT_GE(lasted, limits::kCallbackTime);
  EXPECT_LE(lasted, limits::kCallbackTime + 2h);
}

TEST_F(CallbackSenderTest, a_replayed_one_is_posted_again) {
  owe();
  start();
  turn();
  answer(410);
  store.rows[0].tries.state = CallbackState::owed;
  store.rows[0].tries.failed = 0;
  sender->on_replayed();
  turn();
  EXPECT_EQ(posted.size(), 1u);
}

TEST_F(CallbackSenderTest, after_a_restart_it_goes_on_where_it_stood) {
  const RequestId id = owe();
  start();
  turn();
  answer(500);
  start();
  turn();
  EXPECT_THAT(posted_ids(), IsEmpty()) << "its wait is not over";
  clock.pass(limits::kCallbackFirstWait);
  turn();
  EXPECT_THAT(posted_ids(), ElementsAre(header(id)));
}

TEST_F(CallbackSenderTest, a_result_that_was_not_recorded_leads_to_another_try) {
  const RequestId id = owe();
  start();
  turn();
  store.writable = false;
  answer(200);
  sender->on_store_down("the disk is gone");
  turn();
  EXPECT_THAT(posted_ids(), IsEmpty());
  store.writable = true;
  sender->on_store_up();
  turn();
  EXPECT_THAT(posted_ids(), ElementsAre(header(id)));
  answer(200);
  EXPECT_EQ(state(), CallbackState::delivered);
}

// Its end was recorded, and a page was on its way when the store failed, or none was.
TEST_F(CallbackSenderTest, an_end_that_the_store_has_lost_is_owed_again) {
  for (const bool page_on_its_way : {false, true}) {
    store.rows.clear();
    const RequestId id = owe();
    start();
    turn();
    const auto callback = std::move(posted.front().callback);
    posted.pop_front();
    OutboundAnswer ok;
    ok.status = 200;
    callback(ok);
    if (page_on_its_way) {
      sender->on_replayed();
      sender->end_of_turn(acknowledged);
    }
    store.readable = false;
    store.poll();
    ASSERT_EQ(state(), CallbackState::delivered);
    sender->on_store_down("the disk is gone");
    store.rows[0].tries.state = CallbackState::owed;
    store.readable = true;
    sender->on_store_up();
    clock.pass(limits::kCallbackReadRetry);
    turn();
    EXPECT_THAT(posted_ids(), ElementsAre(header(id))) << page_on_its_way;
  }
}

TEST_F(CallbackSenderTest, nothing_is_posted_in_an_outage) {
  owe();
  start();
  turn();
  answer(503);
  sender->on_store_down("the disk is gone");
  clock.pass(limits::kCallbackFirstWait);
  turn();
  EXPECT_TRUE(posted.empty()) << "what came of it could not be recorded";
  sender->on_store_up();
  turn();
  EXPECT_EQ(posted.size(), 1u);
}

TEST_F(CallbackSenderTest, a_full_store_that_does_not_fail_is_asked_again_later) {
  owe();
  start();
  turn();
  store.writable = false;
  answer(200);
  store.writable = true;
  clock.pass(limits::kCallbackWalkAgain);
  turn();
  EXPECT_EQ(posted.size(), 1u);
}

// The page was read before the result was written, and arrives after it.
TEST_F(CallbackSenderTest, an_old_page_does_not_bring_back_what_has_ended) {
  owe();
  start();
  turn();
  sender->on_replayed();
  sender->end_of_turn(acknowledged);  // asks for a page
  const auto callback = std::move(posted.front().callback);
  posted.pop_front();
  OutboundAnswer ok;
  ok.status = 200;
  callback(ok);  // its result waits behind that page
  turn();
  EXPECT_TRUE(posted.empty());
  EXPECT_EQ(state(), CallbackState::delivered);
}

TEST_F(CallbackSenderTest, without_a_secret_it_waits_for_one) {
  owe();
  has_secret = false;
  start();
  turn();
  EXPECT_TRUE(posted.empty());
  EXPECT_EQ(state(), CallbackState::owed);
  EXPECT_THAT(store.rows[0].tries.why, ::testing::HasSubstr("no webhook secret"));
  has_secret = true;
  clock.pass(limits::kCallbackFirstWait);
  turn();
  EXPECT_EQ(posted.size(), 1u);
}

TEST_F(CallbackSenderTest, a_host_that_is_no_longer_allowed_is_not_called) {
  owe();
  start();
  allowed = false;
  turn();
  EXPECT_TRUE(posted.empty());
  EXPECT_EQ(store.rows[0].tries.why, "not allowed any more");
}

TEST_F(CallbackSenderTest, what_is_no_longer_kept_is_forgotten) {
  owe();
  store.kept = false;
  start();
  turn();
  EXPECT_TRUE(posted.empty());
  EXPECT_EQ(sender->figures().waiting, 0u);
  EXPECT_TRUE(store.written.empty());
  store.kept = true;  // Redis had lost it, and it was written again
  clock.pass(limits::kCallbackWalkAgain);
  turn();
  EXPECT_EQ(posted.size(), 1u);
}

TEST_F(CallbackSenderTest, what_can_not_be_read_is_tried_again) {
  owe();
  start();
  sender->end_of_turn(0);
  store.poll();  // the page
  store.readable = false;
  turn();
  EXPECT_TRUE(posted.empty());
  EXPECT_TRUE(store.written.empty()) << "nothing was sent: no try";
  EXPECT_EQ(sender->figures().failed_tries, 0u);
  EXPECT_EQ(sender->figures().failing_endpoints, 0u);
  store.readable = true;
  turn();
  EXPECT_TRUE(posted.empty()) << "a store that is busy is left alone for a moment";
  EXPECT_EQ(sender->next_deadline(), clock.now().steady + limits::kCallbackReadRetry);
  clock.pass(limits::kCallbackReadRetry);
  turn();
  EXPECT_EQ(posted.size(), 1u);
}

// However long it lasts: what is owed comes.
TEST_F(CallbackSenderTest, what_finds_no_room_is_no_failed_try) {
  for (int i = 0; i < 5; ++i) owe();
  has_room = false;
  start();
  turn();
  for (int i = 0; i < 80; ++i) {
    clock.pass(1h);
    turn();
  }
  EXPECT_TRUE(store.written.empty());
  has_room = true;
  clock.pass(limits::kCallbackReadRetry);
  turn();
  EXPECT_EQ(posted.size(), limits::kCallbacksOfEndpointMax) << "its receiver is not said to fail";
  answer(200);
  EXPECT_EQ(sender->figures().delivered, 1u);
}

TEST_F(CallbackSenderTest, what_is_due_meanwhile_waits_as_well) {
  owe();
  start();
  turn();
  answer(503);
  clock.pass(std::chrono::ceil<Milliseconds>(*sender->next_deadline() - clock.now().steady) - 1ms);
  owe();
  told();
  sender->end_of_turn(acknowledged);
  store.poll();  // the page
  store.readable = false;
  turn();
  ASSERT_TRUE(posted.empty());
  clock.pass(1ms);  // the time of the first has come
  turn();
  EXPECT_GT(*sender->next_deadline(), clock.now().steady) << "it would turn without end";
  store.readable = true;
  clock.pass(limits::kCallbackReadRetry);
  turn();
  EXPECT_EQ(posted.size(), 1u) << "one at a time, since its receiver failed";
}

TEST_F(CallbackSenderTest, one_owner_does_not_fill_what_others_need) {
  bounds.held = 8;
  for (int i = 0; i < 30; ++i) owe("loud");
  const RequestId quiet = owe("quiet");
  start();
  turn();
  std::size_t of_quiet = 0;
  for (const std::string& id : posted_ids()) of_quiet += id == header(quiet) ? 1 : 0;
  EXPECT_EQ(of_quiet, 1u);
  EXPECT_LE(sender->figures().waiting, 8u);
  // And what found no room comes as well, in time.
  for (int minutes = 0; minutes < 120 && !::testing::Test::HasFailure(); ++minutes) {
    while (!posted.empty()) answer(200);
    clock.pass(1min);
    turn();
  }
  for (const StoredCallback& row : store.rows) EXPECT_EQ(row.tries.state, CallbackState::delivered);
}

TEST_F(CallbackSenderTest, an_hour_of_failures_is_news_once_and_ends_with_a_success) {
  owe();
  start();
  turn();
  std::vector<EndpointNews> news;
  const auto gather = [&] {
    for (EndpointNews& one : sender->take_news()) news.push_back(std::move(one));
  };
  for (int i = 0; i < 3 * 60; ++i) {
    while (!posted.empty()) answer(500);
    clock.pass(1min);
    turn();
    gather();
  }
  ASSERT_EQ(news.size(), 1u);
  EXPECT_TRUE(news[0].failing);
  EXPECT_EQ(news[0].owner, "shop");
  EXPECT_EQ(news[0].endpoint, "https://pay.example.com");
  EXPECT_EQ(news[0].why, "answered 500");
  clock.pass(limits::kCallbackWaitMax);
  turn();
  answer(200);
  gather();
  ASSERT_EQ(news.size(), 2u);
  EXPECT_FALSE(news[1].failing);
}

}  // namespace
}  // namespace kgw::testing
