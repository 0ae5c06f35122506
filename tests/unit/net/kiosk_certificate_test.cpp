// Which kiosk a certificate is for, and who may show one.
#include "net/kiosk_certificate.hpp"

#include "tls_rig.hpp"

namespace kgw {
namespace {

std::string kiosk_of(const char* name, const char* alt_names = nullptr) {
  return kiosk_in_certificate(certificate_in(issue(name, 1, alt_names, nullptr).certificate).get());
}

TEST(KioskCertificate, TheUriGoesBeforeTheCommonName) {
  EXPECT_EQ(kiosk_of("shop_1"), "shop_1");
  EXPECT_EQ(kiosk_of("Main street 5", "URI:kiosk:shop_1"), "shop_1");
  EXPECT_EQ(kiosk_of("shop_2", "DNS:kiosk.example,URI:https://a.example/,URI:kiosk:shop_1"), "shop_1");
  EXPECT_EQ(kiosk_of("shop_2", "DNS:kiosk.example"), "shop_2");
}

TEST(KioskCertificate, WhatIsNotPlainlyAKiosksNamesNobody) {
  EXPECT_EQ(kiosk_of("Main street 5"), "");
  EXPECT_EQ(kiosk_of("shop_1", "URI:kiosk:shop_1,URI:kiosk:shop_2"), "") << "two";
  EXPECT_EQ(kiosk_of("shop_1", "URI:kiosk:a b"), "") << "not the CN instead";
  EXPECT_EQ(kiosk_of("shop_1", "URI:kiosk:"), "");
}

class ClientCertificates : public testing::Test {
 protected:
  static HttpServer::Settings settings(const TlsTexts& authority) {
    HttpServer::Settings settings = with_tls();
    TlsTexts texts = self_signed();
    texts.client_ca = authority.certificate;
    settings.tls = context_of(texts);
    return settings;
  }
  static bool asks(TlsClient& client) {
    if (!client.shake() || !client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")) return false;
    return client.read_answer().ends_with("GET:");
  }
  const TlsTexts authority_ = self_signed("our CA");
};

TEST_F(ClientCertificates, OneOfOurAuthorityNamesItsKiosk) {
  Rig rig(settings(authority_));
  const TlsTexts own = issue("shop_1", 1, nullptr, &authority_);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(rig, {.version = version, .shows = &own});
    ASSERT_TRUE(asks(client));
    rig.on_loop([&] { EXPECT_EQ(std::exchange(rig.handler.last_certified_kiosk, ""), "shop_1"); });
  }
  TlsClient without(rig);
  ASSERT_TRUE(asks(without));
  rig.on_loop([&] { EXPECT_EQ(rig.handler.last_certified_kiosk, ""); });
}

TEST_F(ClientCertificates, AResumedConnectionIsTheSameKiosks) {
  Rig rig(settings(authority_));
  const TlsTexts own = issue("shop_1", 1, nullptr, &authority_);
  TlsClient first(rig, {.shows = &own});
  ASSERT_TRUE(asks(first));
  first.say_goodbye();
  const Openssl<SSL_SESSION> session(SSL_get1_session(first.ssl()));
  rig.on_loop([&] { rig.handler.last_certified_kiosk.clear(); });
  TlsClient again(rig, {.session = session.get()});
  ASSERT_TRUE(asks(again));
  EXPECT_EQ(SSL_session_reused(again.ssl()), 1);
  rig.on_loop([&] { EXPECT_EQ(rig.handler.last_certified_kiosk, "shop_1"); });
}

TEST_F(ClientCertificates, OneOfAnotherAuthorityOrExpiredIsRefused) {
  Rig rig(settings(authority_));
  const TlsTexts other = self_signed("our CA");
  const TlsTexts foreign = issue("shop_1", 1, nullptr, &other);
  const TlsTexts expired = issue("shop_1", -1, nullptr, &authority_);
  const TlsTexts own_word = self_signed("shop_1");
  for (const TlsTexts* shown : {&foreign, &expired, &own_word}) {
    TlsClient client(rig, {.shows = shown});
    EXPECT_FALSE(asks(client));
  }
  EXPECT_EQ(rig.seen.count("request /echo"), 0U);
  EXPECT_TRUE(rig.seen.wait_for("tls failed: certificate verify failed", 3));
}

TEST_F(ClientCertificates, AreNotAskedForWithoutAnAuthority) {
  Rig rig(with_tls());
  const TlsTexts own = issue("shop_1", 1, nullptr, &authority_);
  TlsClient client(rig, {.shows = &own});
  ASSERT_TRUE(asks(client));
  rig.on_loop([&] { EXPECT_EQ(rig.handler.last_certified_kiosk, ""); });
}

TEST_F(ClientCertificates, TheAuthoritysFileIsChecked) {
  TlsTexts texts = self_signed();
  texts.client_ca = "hello";
  TlsFault fault;
  EXPECT_EQ(TlsContext::load(texts, SystemClock().now().wall, fault), nullptr);
  EXPECT_EQ(fault.of, TlsFault::Of::client_ca);
  EXPECT_TRUE(fault.why.starts_with("is not a list of certificates in PEM"));
}

}  // namespace
}  // namespace kgw
