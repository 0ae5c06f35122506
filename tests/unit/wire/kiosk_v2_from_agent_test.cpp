// What an agent says: composed and read as the same value, carried bytes untouched, everything bounded.
#include <gtest/gtest.h>

#include <algorithm>

#include "kiosk_v2_texts.hpp"
#include "wire/kiosk_v2/bounds.hpp"
#include "wire/kiosk_v2/compose.hpp"
#include "wire/kiosk_v2/read.hpp"

namespace kgw::kiosk_v2 {
namespace {

template <class T>
T read_as(const std::string& text) {
  const ReadFromAgent read = read_from_agent(text);
  const FromAgent* const message = std::get_if<FromAgent>(&read);
  const T* const one = message ? std::get_if<T>(message) : nullptr;
  EXPECT_NE(one, nullptr) << text.substr(0, 300);
  return one ? *one : T{};
}

Broken broken(const std::string& text) {
  const ReadFromAgent read = read_from_agent(text);
  const Broken* const found = std::get_if<Broken>(&read);
  EXPECT_NE(found, nullptr) << text.substr(0, 300);
  return found ? *found : Broken{};
}

AgentRoute route(std::string operation) {
  AgentRoute made;
  made.operation = std::move(operation);
  return made;
}

TEST(KioskV2FromAgent, is_read_as_it_was_composed) {
  AgentRoute payment = route("payment");
  payment.timeout = Milliseconds(60'000);
  payment.ready = false;
  payment.lookup = payment.health = true;
  AgentRoute fiscal = route("fiscal");
  fiscal.concurrency = 3;
  fiscal.cancel = true;
  struct Case {
    FromAgent message;
    std::string_view text;
  };
  const Case cases[] = {
      {Resume{"ab12", {kId}, {}, {kOther, kId}, 4, "1.2", {payment, fiscal, route("x")}},
       "{'type':'resume','outbox_id':'ab12','accepted':['@'],'executing':[],'finished':['#','@'],"
       "'max_in_flight':4,'agent_version':'1.2','routes':["
       "{'operation':'payment','concurrency':1,'timeout_ms':60000,'ready':false,'can':['lookup','health']},"
       "{'operation':'fiscal','concurrency':3,'timeout_ms':0,'ready':true,'can':['cancel']},"
       "{'operation':'x','concurrency':1,'timeout_ms':0,'ready':true,'can':[]}]}"},
      {Accepted{kId}, "{'type':'accepted','request_id':'@'}"},
      {Declined{kId, DeclineReason::expired, {}, {}},
       "{'type':'declined','request_id':'@','reason':'expired'}"},
      {Declined{kId, DeclineReason::precondition, "print", "no paper"},
       "{'type':'declined','request_id':'@','reason':'precondition','operation':'print',"
       "'message':'no paper'}"},
      {Progress{kId, "card", "insert the card"},
       "{'type':'progress','request_id':'@','stage':'card','message':'insert the card'}"},
      {KioskResult{kId, ResultHow::lookup, "{ }"},
       "{'type':'result','request_id':'@','how':'lookup','response':{ }}"},
      {StillUnknown{kId, "нет связи"}, "{'type':'still_unknown','request_id':'@','message':'нет связи'}"},
      {DeviceState{"fiscal", false, "no paper", Milliseconds(1500)},
       "{'type':'device','operation':'fiscal','ready':false,'message':'no paper','since_ms':1500}"},
      {Diagnosis{"d1", "{}"}, "{'type':'diagnosis','id':'d1','report':{}}"},
      {Event{"e1", "cash_in", "{}"}, "{'type':'event','event_id':'e1','name':'cash_in','data':{}}"},
  };
  for (const Case& c : cases) {
    const auto text = compose(c.message);
    ASSERT_TRUE(text) << c.text;
    EXPECT_EQ(*text, full(c.text));
    EXPECT_EQ(read_from_agent(*text), ReadFromAgent(c.message)) << *text;
  }
}

TEST(KioskV2FromAgent, carries_a_response_byte_for_byte) {
  const std::string_view response =
      "{\r\n \"z\" :1e400,\"z\":1.0, \"request_id\":\"mine\",\"s\":\"\\u0041\\/\",\"a\":[ {} ,-0]\t}";
  const auto text = compose(KioskResult{kId, ResultHow::answer, response});
  ASSERT_TRUE(text);
  EXPECT_EQ(read_as<KioskResult>(*text).response, response);
}

TEST(KioskV2FromAgent, may_be_written_in_any_way_that_json_allows) {
  const std::string text = full(
      "\xef\xbb\xbf { 'later':[1], 'response' : {'type':'x'} "
      ",'requ\\u0065st_id':'\\u00301937A5E-0000-7000-8000-"
      "0123456789AB', 't\\u0079pe':'resul\\u0074','more':{'how':'lookup'}}");
  EXPECT_EQ(read_as<KioskResult>(text), (KioskResult{kId, ResultHow::answer, "{\"type\":\"x\"}"}));
}

TEST(KioskV2FromAgent, ignores_types_and_words_of_a_later_version) {
  EXPECT_EQ(read_from_agent(full("{'type':'weather','request_id':'@','request_id':1}")),
            ReadFromAgent(Ignored{"weather"}));
  EXPECT_EQ(read_from_agent(full("{'type':'request','request_id':'@'}")), ReadFromAgent(Ignored{"request"}))
      << "the other direction's";
  EXPECT_EQ(read_from_agent("{\"type\":\"" + std::string(500, 'x') + "\"}"),
            ReadFromAgent(Ignored{std::string(kLabelBytesMax, 'x')}));
  EXPECT_EQ(read_as<Declined>(full("{'type':'declined','request_id':'@','reason':'rain'}")).reason,
            DeclineReason::other);
  EXPECT_EQ(read_as<Declined>(full("{'type':'declined','request_id':'@'}")).reason, DeclineReason::other);
  for (const char* how : {"'how':'guess',", "'how':7,", ""})
    EXPECT_EQ(
        read_as<KioskResult>(full("{'type':'result','request_id':'@'," + std::string(how) + "'response':{}}"))
            .how,
        ResultHow::answer);
}

TEST(KioskV2FromAgent, that_says_nothing_reliable_is_broken) {
  const std::vector<RequestId> none, one{kId}, two{kId, kOther};
  struct Case {
    const char* text;
    const char* why;
    const char* type;
    std::vector<RequestId> named;
  };
  const Case cases[] = {
      {"", "the text ends unexpectedly", "", none},
      {"{'type':'result','request_id':'@','response':{'sum':NaN}}", "unexpected character", "", one},
      {"['@','#']", "not a JSON object", "", two},
      {"{}", "'type' is not one single string", "", none},
      {"{'request_id':'@','status':'success'}", "'type' is not one single string", "", one},
      {"{'type':1}", "'type' is not one single string", "", none},
      {"{'type':'result','type':'result','request_id':'@'}", "'type' is not one single string", "", one},
      {"{'type':'result','request_id':'@'}", "'response' is missing", "result", one},
      {"{'type':'result','request_id':'@','response':[1]}", "'response' is not an object", "result", one},
      {"{'type':'result','request_id':'@','response':{},'response':{}}", "'response' stands twice", "result",
       one},
      {"{'type':'result','request_id':'@','how':'answer','how':'answer','response':{}}", "'how' stands twice",
       "result", one},
      {"{'type':'accepted'}", "'request_id' is missing", "accepted", none},
      {"{'type':'accepted','request_id':'@','request_id':'#'}", "'request_id' stands twice", "accepted", two},
      {"{'type':'accepted','request_id':'@x'}", "'request_id' is not a UUID", "accepted", none},
      {"{'type':'accepted','request_id':7}", "'request_id' is not a string", "accepted", none},
      {"{'type':'progress','request_id':'@','stage':null}", "'stage' is not a string", "progress", one},
      {"{'type':'declined','request_id':'@','operation':'a b'}",
       "'operation' is not 1 to 64 characters of A-Z a-z 0-9 _ . : -", "declined", one},
      {"{'type':'device','operation':'print'}", "'ready' is missing", "device", none},
      {"{'type':'device','operation':'print','ready':1}", "'ready' is not true or false", "device", none},
      {"{'type':'device','ready':true}", "'operation' is missing", "device", none},
      {"{'type':'device','operation':'p','ready':true,'since_ms':1.5}", "'since_ms' is not a whole number",
       "device", none},
      {"{'type':'device','operation':'p','ready':true,'since_ms':-1}", "'since_ms' is not a whole number",
       "device", none},
      {"{'type':'diagnosis','id':'d','report':'x'}", "'report' is not an object", "diagnosis", none},
      {"{'type':'event','event_id':'','name':'n','data':{}}",
       "'event_id' is not 1 to 64 characters of A-Z a-z 0-9 _ . : -", "event", none},
      {"{'type':'event','event_id':'e','name':'n'}", "'data' is missing", "event", none},
      {"{'type':'resume','accepted':[]}", "'outbox_id' is missing", "resume", none},
      {"{'type':'resume','outbox_id':'o','accepted':'@'}", "'accepted' is not an array", "resume", none},
  };
  for (const Case& c : cases) {
    const Broken found = broken(full(c.text));
    EXPECT_EQ(found.why, c.why) << c.text;
    EXPECT_EQ(found.type, c.type) << c.text;
    EXPECT_EQ(found.named, c.named) << c.text;
  }
}

TEST(KioskV2FromAgent, texts_for_people_are_cut_at_a_character) {
  std::string long_text;
  while (long_text.size() <= kTextBytesMax) long_text += "€";  // three bytes each
  const std::string cut = long_text.substr(0, kTextBytesMax / 3 * 3);
  const auto text = compose(StillUnknown{kId, long_text});
  ASSERT_TRUE(text);
  EXPECT_EQ(read_as<StillUnknown>(*text).message, cut);
  const std::string read =
      full("{'type':'progress','request_id':'@','stage':'" + std::string(100, 's') + "','message':'") +
      long_text + "\"}";
  EXPECT_EQ(read_as<Progress>(read), (Progress{kId, std::string(kLabelBytesMax, 's'), cut}));
}

TEST(KioskV2FromAgent, what_is_carried_has_bounds_of_its_own) {
  for (const std::size_t more : {0U, 1U}) {
    const std::string report = object_of(kReportBytesMax + more), data = object_of(kEventBytesMax + more);
    const auto diagnosis = compose(Diagnosis{"d", report});
    const auto event = compose(Event{"e", "n", data});
    EXPECT_EQ(diagnosis.has_value(), more == 0);
    EXPECT_EQ(event.has_value(), more == 0);
    const std::string report_text = full("{'type':'diagnosis','id':'d','report':") + report + "}";
    const std::string data_text = full("{'type':'event','event_id':'e','name':'n','data':") + data + "}";
    if (more == 0) {
      EXPECT_EQ(read_as<Diagnosis>(report_text).report, report);
      EXPECT_EQ(read_as<Event>(data_text).data, data);
    } else {
      EXPECT_EQ(broken(report_text).why, "'report' is too large");
      EXPECT_EQ(broken(data_text).why, "'data' is too large");
    }
  }
  const auto frame = [](std::size_t bytes) {
    return compose(KioskResult{kId, ResultHow::answer, object_of(bytes)});
  };
  const std::size_t around = frame(10)->size() - 10;
  EXPECT_EQ(frame(limits::kFrameBytesMax - around)->size(), limits::kFrameBytesMax);
  const auto over = frame(limits::kFrameBytesMax - around + 1);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, ErrorCode::payload_too_large);
}

TEST(KioskV2FromAgent, a_response_that_is_nested_too_deeply_is_not_sent) {
  const std::string deepest = nested(kCarriedDepthMax), deeper = nested(kCarriedDepthMax + 1);
  const auto text = compose(KioskResult{kId, ResultHow::answer, deepest});
  ASSERT_TRUE(text);
  EXPECT_EQ(read_as<KioskResult>(*text).response, deepest);
  const auto refused = compose(KioskResult{kId, ResultHow::answer, deeper});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_response);
}

TEST(KioskV2Resume, passes_over_what_makes_no_sense) {
  const Resume resume = read_as<Resume>(full(
      "{'type':'resume','outbox_id':'o','accepted':['@',1,'x',['#'],{'a':'#,]'},null,'#' , '@'],'routes':["
      "1,{},{'operation':'a "
      "b'},{'operation':'kds','timeout_ms':'1'},{'operation':'kds','can':['lookup',7,'fly']},"
      "{'operation':'kds','concurrency':9},{'operation':'print','concurrency':0,'ready':false,'new':1}]}"));
  EXPECT_EQ(resume.accepted, (std::vector{kId, kOther, kId}));
  EXPECT_EQ(resume.max_in_flight, 0U);
  AgentRoute kds = route("kds"), print = route("print");
  kds.lookup = true;
  print.ready = false;
  EXPECT_EQ(resume.routes, (std::vector{kds, print}));
}

TEST(KioskV2Resume, is_bounded_and_always_fits) {
  Resume resume;
  resume.outbox_id = "o";
  resume.accepted = resume.executing = resume.finished = std::vector<RequestId>(3 * kResumeIdsMax, kId);
  for (std::size_t i = 0; i < 2 * kRoutesMax; ++i)
    resume.routes.push_back(route(std::string(60, 'r') + std::to_string(i)));
  const auto text = compose(resume);
  ASSERT_TRUE(text);
  const Resume read = read_as<Resume>(*text);
  EXPECT_EQ(read.accepted.size(), kResumeIdsMax);
  EXPECT_EQ(read.executing.size(), kResumeIdsMax);
  EXPECT_EQ(read.finished.size(), kResumeIdsMax);
  EXPECT_EQ(read.routes.size(), kRoutesMax);
  std::string more =
      full("{'type':'resume','outbox_id':'o','max_in_flight':99999999999999999999999,'finished':[");
  for (std::size_t i = 0; i <= kResumeIdsMax; ++i) more += full("'@',");
  more.back() = ']';
  const Resume larger = read_as<Resume>(more + '}');
  EXPECT_EQ(larger.finished.size(), kResumeIdsMax);
  EXPECT_EQ(larger.max_in_flight, kCountMax);
}

}  // namespace
}  // namespace kgw::kiosk_v2
