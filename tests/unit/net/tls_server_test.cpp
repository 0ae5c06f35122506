// The server over TLS: handshakes whole, cut, slow and damaged; bodies and messages both ways; ends.
#include "tls_rig.hpp"

namespace kgw {
namespace {

constexpr std::string_view kGet = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";

std::string pattern(std::size_t size) {
  std::string text(size, ' ');
  std::uint32_t state = 1;
  for (char& c : text) c = static_cast<char>('a' + (state = state * 1664525U + 1013904223U) % 26);
  return text;
}

class TlsServer : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Versions, TlsServer, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                           return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST_P(TlsServer, AnswersAndKeepsTheConnection) {
  Rig rig(with_tls());
  TlsClient client(rig, {.version = GetParam()});
  ASSERT_TRUE(client.shake());
  for (int i = 0; i < 3; ++i) {
    client.send(post("/echo", "abc"));
    EXPECT_TRUE(client.read_answer().ends_with("POST:abc"));
  }
  EXPECT_EQ(rig.stats().accepted, 1U);
  EXPECT_EQ(rig.stats().tls_handshakes, 1U);
}

TEST_P(TlsServer, TakesAHandshakeByteByByte) {
  Rig rig(with_tls());
  TlsClient client(rig, {.version = GetParam()});
  for (const char c : client.hello()) ASSERT_TRUE(client.send_raw(std::string(1, c)));
  ASSERT_TRUE(client.shake());
  for (const char c : client.encrypt(kGet)) ASSERT_TRUE(client.send_raw(std::string(1, c)));
  EXPECT_TRUE(client.read_answer().ends_with("GET:"));
}

TEST_P(TlsServer, LargeBodiesPassBothWaysThroughSmallBuffers) {
  Rig rig(with_tls());
  TlsClient client(rig, {.version = GetParam(), .receive_buffer = 4096});
  ASSERT_TRUE(client.shake());
  const std::string body = pattern(1'048'576);
  std::thread sender([&] { client.send_raw(client.encrypt(post("/large", body))); });
  sender.join();
  const std::string answer = client.read_answer();
  EXPECT_TRUE(answer.ends_with("POST:" + body));
  client.send(kGet);
  EXPECT_TRUE(client.read_answer().ends_with("GET:"));
}

TEST_P(TlsServer, AnAnswerThatIsNotReadWaitsAndStaysWhole) {
  Rig rig(with_tls());
  const std::string big = pattern(9'000'000);
  rig.on_loop([&] { rig.handler.big = share(big); });
  TlsClient client(rig, {.version = GetParam(), .receive_buffer = 4096});
  ASSERT_TRUE(client.shake());
  for (int i = 0; i < 2; ++i) client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(rig.seen.wait_for("request /big"));
  TlsClient other(rig);  // nobody waits for it
  ASSERT_TRUE(other.shake());
  other.send(kGet);
  EXPECT_TRUE(other.read_answer().ends_with("GET:"));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(client.read_answer().ends_with(big));
}

TEST_P(TlsServer, WebSocketMessagesPassBothWays) {
  Rig rig(with_tls());
  TlsClient client(rig, {.version = GetParam()});
  ASSERT_TRUE(client.shake());
  ASSERT_TRUE(client.upgrade());
  for (const std::size_t size : {std::size_t{5}, std::size_t{16 * 1024}, std::size_t{1'000'000}}) {
    const std::string text = pattern(size);
    client.send(Client::frame(0x81, text));
    EXPECT_EQ(client.read_frame().second, "echo:" + text);
  }
  client.send(Client::frame(0x89, "are you there"));
  EXPECT_EQ(client.read_frame(), std::pair(0x8aU, std::string("are you there")));
  client.send(Client::frame(0x81, "close me"));
  EXPECT_EQ(client.read_frame().first, 0x88U);
  client.send(Client::frame(0x88, ""));
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(client.heard_goodbye());
}

TEST_P(TlsServer, HalfARecordIsNoneYet) {
  Rig rig(with_tls());
  TlsClient client(rig, {.version = GetParam()});
  ASSERT_TRUE(client.shake());
  const std::string record = client.encrypt(kGet);
  client.send_raw(record.substr(0, record.size() / 2));
  TlsClient other(rig);
  ASSERT_TRUE(other.shake());
  EXPECT_EQ(rig.seen.count("request /echo"), 0U);
  client.send_raw(record.substr(record.size() / 2));
  EXPECT_TRUE(client.read_answer().ends_with("GET:"));
}

TEST_P(TlsServer, ADamagedRecordEndsItsConnectionOnly) {
  Rig rig(with_tls());
  TlsClient other(rig);
  ASSERT_TRUE(other.shake());
  TlsClient client(rig, {.version = GetParam()});
  ASSERT_TRUE(client.shake());
  std::string record = client.encrypt(kGet);
  record.back() = static_cast<char>(record.back() ^ 1);
  client.send_raw(record);
  EXPECT_EQ(client.read_all(), "");
  other.send(kGet);
  EXPECT_TRUE(other.read_answer().ends_with("GET:"));
  EXPECT_EQ(rig.stats().connections, 1U);
}

TEST_P(TlsServer, AGoodbyeWithoutAFinIsAnEndOfTheirSide) {
  Rig rig(with_tls());
  TlsClient client(rig, {.version = GetParam()});
  ASSERT_TRUE(client.shake());
  const std::string request = client.encrypt(kGet);
  SSL_shutdown(client.ssl());
  client.send_raw(request + client.to_send());  // TCP stays open
  EXPECT_TRUE(client.read_answer().ends_with("GET:"));
  EXPECT_TRUE(client.closed());
  // Behind a full record it is read in the same turn, and then nothing is left for the poller to report.
  TlsClient full(rig, {.version = GetParam()});
  ASSERT_TRUE(full.shake());
  const std::string head = post("/large", "");
  const std::string body(16384 - head.size() - 4, 'x');  // its length has four digits more
  const std::string whole = full.encrypt(post("/large", body));
  SSL_shutdown(full.ssl());
  full.send_raw(whole + full.to_send());
  EXPECT_TRUE(full.read_answer().ends_with(body));
  EXPECT_TRUE(full.closed());
  TlsClient idle(rig, {.version = GetParam()});
  ASSERT_TRUE(idle.shake());
  idle.say_goodbye();
  EXPECT_TRUE(idle.closed());
}

TEST_P(TlsServer, AnEndWithoutAGoodbyeIsAnEnd) {
  Rig rig(with_tls());
  TlsClient client(rig, {.version = GetParam()});
  ASSERT_TRUE(client.shake());
  ASSERT_TRUE(client.upgrade());
  client.end();
  EXPECT_TRUE(rig.seen.wait_for("closed 1006"));
}

TEST_P(TlsServer, SaysGoodbyeAfterTheLastAnswer) {
  Rig rig(with_tls());
  TlsClient client(rig, {.version = GetParam()});
  ASSERT_TRUE(client.shake());
  client.send("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with("GET:"));
  EXPECT_TRUE(client.heard_goodbye());
}

TEST_P(TlsServer, AnAnswerThatWasTakenIsNotLost) {
  Rig rig(with_tls());
  rig.on_loop([&] { rig.handler.big = share(pattern(100'000)); });
  {
    TlsClient client(rig, {.version = GetParam()});
    ASSERT_TRUE(client.shake());
    client.send("GET /receipt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    client.read_all();
  }
  TlsClient leaves(rig, {.version = GetParam(), .receive_buffer = 4096});
  ASSERT_TRUE(leaves.shake());
  rig.on_loop([&] { rig.handler.big = share(pattern(9'000'000)); });
  leaves.send("GET /receipt HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(rig.seen.wait_for("request /receipt", 2));
  leaves.reset();
  EXPECT_TRUE(rig.seen.wait_for("lost"));
  EXPECT_EQ(rig.seen.count("lost"), 1U);
}

TEST(TlsServerRules, RefusesOldVersionsAndSaysWhy) {
  Rig rig(with_tls());
  TlsClient client(rig, {.version = TLS1_1_VERSION});
  EXPECT_FALSE(client.shake());
  EXPECT_TRUE(rig.seen.wait_for("tls failed: unsupported protocol"));
  EXPECT_EQ(rig.stats().tls_failures, 1U);
}

TEST(TlsServerRules, SpeaksHttp11Only) {
  Rig rig(with_tls());
  TlsClient both(rig, {.alpn = "\x02h2\x08http/1.1"});
  ASSERT_TRUE(both.shake());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(both.ssl(), &chosen, &size);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  TlsClient two(rig, {.alpn = "\x02h2"});
  EXPECT_FALSE(two.shake());
}

TEST(TlsServerRules, RefusesToNegotiateAgain) {
  Rig rig(with_tls());
  TlsClient client(rig, {.version = TLS1_2_VERSION});
  ASSERT_TRUE(client.shake());
  SSL_renegotiate(client.ssl());
  EXPECT_FALSE(client.shake());
  EXPECT_EQ(rig.stats().tls_key_uses, 1U);
}

TEST(TlsServerRules, ResumesWithTheLatestTwoTicketKeysOnly) {
  Rig rig(with_tls());
  const auto session_of = [&] {
    TlsClient client(rig);
    EXPECT_TRUE(client.shake());
    client.send(kGet);
    EXPECT_TRUE(client.read_answer().ends_with("GET:"));  // the ticket came before
    client.say_goodbye();                                 // else OpenSSL does not use the session again
    return Openssl<SSL_SESSION>(SSL_get1_session(client.ssl()));
  };
  const auto resumes = [&](const Openssl<SSL_SESSION>& session) {
    TlsClient client(rig, {.session = session.get()});
    EXPECT_TRUE(client.shake());
    client.say_goodbye();
    return SSL_session_reused(client.ssl()) == 1;
  };
  const auto first = session_of();
  EXPECT_TRUE(resumes(first));
  rig.clock.jump(limits::kTicketKeyTime + 1min);
  EXPECT_TRUE(resumes(first)) << "the key before";
  const auto second = session_of();
  rig.clock.jump(limits::kTicketKeyTime + 1min);
  EXPECT_FALSE(resumes(first)) << "the key before that";
  EXPECT_TRUE(resumes(second));
}

TEST(TlsServerRules, PlainHttpIsToldThatThisIsATlsPort) {
  Rig rig(with_tls());
  Client client(rig);
  client.send(kGet);
  const std::string answer = client.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_NE(answer.find("Content-Type: text/plain; charset=utf-8\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Use https:// instead of http://"), std::string::npos) << answer;
  EXPECT_EQ(rig.seen.count("request /echo"), 0U);
}

TEST(TlsServerRules, OneHandshakeATurnUsesTheKey) {
  Rig rig(with_tls());
  std::vector<std::unique_ptr<TlsClient>> clients;
  clients.reserve(12);
  for (int i = 0; i < 12; ++i) clients.push_back(std::make_unique<TlsClient>(rig));
  rig.on_loop([&] {  // all have said hello before the loop looks
    for (auto& client : clients) client->send_raw(client->hello());
  });
  for (auto& client : clients) ASSERT_TRUE(client->shake());
  EXPECT_EQ(rig.stats().tls_key_uses, 12U);
  rig.on_loop([&] { EXPECT_EQ(rig.handler.keys_max, 1U); });
}

// One address has at most half of the handshakes that may be under way; who comes later from there waits.
TEST(TlsServerRules, OneAddressLeavesRoomForOthersHandshakes) {
  HttpServer::Settings settings = with_tls();
  settings.handshakes_max = 8;
  Rig rig(settings);
  std::vector<std::unique_ptr<TlsClient>> slow;
  for (int i = 0; i < 6; ++i) {
    slow.push_back(std::make_unique<TlsClient>(rig));
    slow.back()->send_raw(slow.back()->hello().substr(0, 50));
  }
  TlsClient late(rig);
  late.send_raw(late.hello());
  TlsClient elsewhere(rig, {.from = "127.0.0.2"});
  ASSERT_TRUE(elsewhere.shake());
  elsewhere.send(kGet);
  EXPECT_TRUE(elsewhere.read_answer().ends_with("GET:"));
  EXPECT_EQ(rig.stats().tls_key_uses, 1U) << "the late one's, before that from elsewhere";
  slow.clear();
  EXPECT_TRUE(late.shake());
}

TEST(TlsServerRules, AHandshakeHasADeadlineAndItsPlaceComesBack) {
  HttpServer::Settings settings = with_tls();
  settings.handshakes_max = 2;
  settings.handshake_time = 300ms;
  Rig rig(settings);
  for (int i = 0; i < 3; ++i) {
    TlsClient slow(rig);
    slow.send_raw(slow.hello().substr(0, 50));
    Client silent(rig);
    EXPECT_TRUE(slow.read_all().empty());
    EXPECT_TRUE(silent.closed());
  }
  TlsClient client(rig);
  EXPECT_TRUE(client.shake());
}

TEST(TlsServerRules, CutAndDamagedHandshakesLeaveNothingBehind) {
  HttpServer::Settings settings = with_tls();
  settings.handshakes_max = 4;
  Rig rig(settings);
  std::size_t hello_bytes = TlsClient(rig).hello().size();
  for (std::size_t i = 1; i < 300; ++i) {
    TlsClient client(rig);
    std::string hello = client.hello();
    if (i % 3 == 0) hello.resize(i % hello_bytes + 1);
    else hello[i * 7 % hello_bytes] = static_cast<char>(hello[i * 7 % hello_bytes] ^ (1 << i % 8));
    client.send_raw(hello);
    if (i % 2 == 0) client.half_close();
    if (i % 5 == 0) client.reset();
  }
  TlsClient client(rig);
  ASSERT_TRUE(client.shake());
  client.send(kGet);
  EXPECT_TRUE(client.read_answer().ends_with("GET:"));
  while (rig.stats().connections > 1) rig.on_loop([] {});
}

TEST(TlsServerRules, ANewCertificateIsForNewConnections) {
  Rig rig(with_tls());
  const auto name = [](TlsClient& client) {
    char text[100] = "";
    const Openssl<X509> shown(SSL_get1_peer_certificate(client.ssl()));
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, text, sizeof text);
    return std::string(text);
  };
  TlsClient before(rig);
  ASSERT_TRUE(before.shake());
  rig.on_loop([&] { rig.server.set_tls(context_of(self_signed("renewed"))); });
  TlsClient after(rig);
  ASSERT_TRUE(after.shake());
  EXPECT_EQ(name(before), "localhost");
  EXPECT_EQ(name(after), "renewed");
  before.send(kGet);
  EXPECT_TRUE(before.read_answer().ends_with("GET:"));
}

TEST(TlsContext, SaysWhatIsWrongWithTheFiles) {
  const WallTime now = SystemClock().now().wall;
  const TlsTexts good = self_signed();
  const auto why = [&](const TlsTexts& texts) {
    TlsFault fault;
    EXPECT_EQ(TlsContext::load(texts, now, fault), nullptr);
    return std::string(fault.of == TlsFault::Of::key ? "key " : "certificate ") + fault.why;
  };
  EXPECT_TRUE(why({"hello", good.key, {}}).starts_with("certificate is not a certificate in PEM"));
  EXPECT_TRUE(why({good.key, good.certificate, {}}).starts_with("certificate is not a certificate in PEM"));
  EXPECT_TRUE(why({good.certificate, "", {}}).starts_with("key is not a private key in PEM"));
  EXPECT_TRUE(why({good.certificate, self_signed().key, {}})
                  .starts_with("key holds a key that does not belong to the certificate"));
  EXPECT_TRUE(why(self_signed("old", -1)).starts_with("certificate holds a certificate that expired on 20"));
  const std::string cut = good.certificate.substr(0, good.certificate.size() / 2);
  EXPECT_TRUE(why({good.certificate + cut, good.key, {}}).starts_with("certificate has a damaged certificate"));
  const Openssl<EVP_PKEY> key = new_key();
  const Openssl<BIO> locked(BIO_new(BIO_s_mem()));
  const unsigned char pass[] = "secret";
  PEM_write_bio_PKCS8PrivateKey(locked.get(), key.get(), EVP_aes_256_cbc(), reinterpret_cast<const char*>(pass),
                                6, nullptr, nullptr);
  EXPECT_TRUE(
      why({good.certificate, pem_text(locked.get()), {}}).starts_with("key holds a key with a passphrase"));
  TlsFault fault;
  const auto chain =
      TlsContext::load({good.certificate + self_signed("ca").certificate, good.key, {}}, now, fault);
  ASSERT_NE(chain, nullptr) << fault.why;
  EXPECT_GT(chain->certificate_ends(), now + std::chrono::hours(24 * 89));
}

}  // namespace
}  // namespace kgw
