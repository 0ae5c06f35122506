// Why there is no link, in words: each cause has a sentence of its own, that says what to look at.
#include "agent/link_words.hpp"

#include <gtest/gtest.h>

#include <boost/beast/core/error.hpp>
#include <set>

namespace kgw {
namespace {

namespace error = boost::asio::error;
using Step = OpenEnd::Step;

std::string words(Step step, const boost::system::error_code& why, const std::string& detail = {},
                  const std::string& proxy = {}) {
  return unopened_sentence(*parse_gateway_url("wss://pay.example.com/ws"), {step, why, detail, proxy});
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(LinkWords, EachStepOfTheWay) {
  EXPECT_TRUE(has(words(Step::name, error::host_not_found), "pay.example.com could not be resolved (DNS"));
  EXPECT_TRUE(has(words(Step::name, error::host_not_found_try_again), "no name server answered"));
  EXPECT_TRUE(has(words(Step::connect, error::network_unreachable), "There is no route to the gateway"));
  EXPECT_TRUE(has(words(Step::connect, error::host_unreachable), "There is no route to the gateway"));
  EXPECT_TRUE(has(words(Step::connect, error::connection_refused), "check that the gateway is running"));
  EXPECT_TRUE(has(words(Step::connect, boost::beast::error::timeout), "firewall"));
  EXPECT_TRUE(has(words(Step::tls, error::eof), "TLS"));
  EXPECT_TRUE(has(words(Step::tls, error::eof, "certificate has expired"), "(certificate has expired); check"));
  EXPECT_TRUE(has(words(Step::tls, boost::beast::error::timeout), "without TLS"));
}

TEST(LinkWords, WithAProxyItIsTheProxyThatIsNamed) {
  const std::string proxy = "proxy.example, port 3128";
  for (const Step step : {Step::name, Step::connect, Step::proxy}) {
    const std::string text = words(step, error::connection_refused, "", proxy);
    EXPECT_TRUE(has(text, proxy) && !has(text, "gateway") && !has(text, "pay.example.com")) << text;
  }
  EXPECT_EQ(words(Step::proxy, {}, "does not allow it", proxy),
            "The proxy proxy.example, port 3128 does not allow it");
}

TEST(LinkWords, EachRefusalIsAnother) {
  std::set<std::string> all;
  for (const unsigned status : {401U, 403U, 404U, 407U, 409U, 429U, 500U, 502U, 503U})
    EXPECT_TRUE(all.insert(refused_sentence(status, 0)).second) << status;
  EXPECT_TRUE(has(refused_sentence(401, 0), "token"));
  EXPECT_TRUE(has(refused_sentence(403, 0), "is disabled"));
  EXPECT_TRUE(has(refused_sentence(409, 0), "already connected"));
  EXPECT_TRUE(has(refused_sentence(503, 7), "wait 7 s"));
  EXPECT_FALSE(has(refused_sentence(503, 0), "asked"));
}

TEST(LinkWords, HowAConnectionEnds) {
  EXPECT_EQ(stalled_sentence(0), "The gateway stopped responding");
  EXPECT_TRUE(has(stalled_sentence(1), "after 1 byte") && !has(stalled_sentence(1), "bytes"));
  EXPECT_TRUE(has(stalled_sentence(1000), "in the middle of a message, after 1000 bytes"));
  for (const auto& why :
       {boost::system::error_code(error::eof), boost::system::error_code(error::connection_reset),
        boost::system::error_code(error::timed_out), boost::system::error_code(error::broken_pipe)})
    EXPECT_TRUE(has(broken_sentence(why), "The connection to the gateway broke: ")) << why.message();
}

}  // namespace
}  // namespace kgw
