// Certificates made on the spot, and a TLS client whose bytes a test can hold back, cut and damage: OpenSSL
// talks to memory, and the test decides what of it reaches the socket.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <memory>

#include "net/tls_context.hpp"
#include "server_rig.hpp"

namespace kgw {

struct OpensslFree {
  void operator()(BIO* one) const { BIO_free(one); }
  void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
  void operator()(X509* one) const { X509_free(one); }
  void operator()(SSL* one) const { SSL_free(one); }
  void operator()(SSL_CTX* one) const { SSL_CTX_free(one); }
  void operator()(SSL_SESSION* one) const { SSL_SESSION_free(one); }
};
template <class T>
using Openssl = std::unique_ptr<T, OpensslFree>;

inline std::string pem_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data);
  return {data, static_cast<std::size_t>(size)};
}

inline Openssl<EVP_PKEY> new_key() { return Openssl<EVP_PKEY>(EVP_EC_gen("P-256")); }

inline Openssl<X509> certificate_in(const std::string& pem) {
  const Openssl<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Openssl<X509>(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

inline Openssl<EVP_PKEY> key_in(const std::string& pem) {
  const Openssl<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Openssl<EVP_PKEY>(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

// A certificate, valid from two days ago until `days` from now, signed by `issuer` or else by itself.
// `alt_names`: as OpenSSL's subjectAltName has them ("URI:kiosk:shop_1").
inline TlsTexts issue(const char* name, int days, const char* alt_names, const TlsTexts* issuer) {
  const Openssl<EVP_PKEY> key = new_key();
  const Openssl<X509> certificate(X509_new());
  X509* const x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -2L * 86400);
  X509_gmtime_adj(X509_getm_notAfter(x), days * 86400L);
  X509_set_pubkey(x, key.get());
  X509_NAME* const subject = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name), -1, -1,
                             0);
  const auto extend = [x](int what, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  };
  if (alt_names != nullptr) extend(NID_subject_alt_name, alt_names);
  if (issuer == nullptr) extend(NID_basic_constraints, "critical,CA:TRUE");
  const Openssl<X509> authority = issuer != nullptr ? certificate_in(issuer->certificate) : nullptr;
  const Openssl<EVP_PKEY> its_key = issuer != nullptr ? key_in(issuer->key) : nullptr;
  X509_set_issuer_name(x, authority ? X509_get_subject_name(authority.get()) : subject);
  X509_sign(x, its_key ? its_key.get() : key.get(), EVP_sha256());
  const Openssl<BIO> certificate_text(BIO_new(BIO_s_mem()));
  const Openssl<BIO> key_text(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate_text.get(), x);
  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {pem_text(certificate_text.get()), pem_text(key_text.get()), {}};
}

inline TlsTexts self_signed(const char* name = "localhost", int days = 90) {
  return issue(name, days, nullptr, nullptr);
}

inline std::shared_ptr<TlsContext> context_of(const TlsTexts& texts) {
  TlsFault fault;
  auto context = TlsContext::load(texts, SystemClock().now().wall, fault);
  EXPECT_TRUE(context) << fault.why;
  return context;
}

// Rig's settings for a server with TLS.
inline HttpServer::Settings with_tls(HttpServer::Settings settings = {}) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL, and so Gateway::open() does the same
  settings.tls = context_of(self_signed());
  return settings;
}

class TlsClient : public Client {
 public:
  struct Options {
    int version = 0;  // the only one; 0: any
    std::string alpn{};
    SSL_SESSION* session = nullptr;
    int receive_buffer = 0;
    const char* from = nullptr;
    const TlsTexts* shows = nullptr;  // a certificate of its own
  };
  explicit TlsClient(const Rig& rig) : TlsClient(rig, Options()) {}
  TlsClient(const Rig& rig, const Options& options)
      : Client(rig, options.receive_buffer, options.from), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_.get(), 0);
    if (options.version != 0) {
      SSL_CTX_set_min_proto_version(context_.get(), options.version);
      SSL_CTX_set_max_proto_version(context_.get(), options.version);
    }
    if (options.shows != nullptr) {
      SSL_CTX_use_certificate(context_.get(), certificate_in(options.shows->certificate).get());
      SSL_CTX_use_PrivateKey(context_.get(), key_in(options.shows->key).get());
    }
    ssl_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in_, -1);
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_connect_state(ssl_.get());
    if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
    if (!options.alpn.empty())
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                          static_cast<unsigned>(options.alpn.size()));
  }

  // What OpenSSL wants to send and has not sent yet.
  std::string to_send() const {
    char some[65536];
    std::string all;
    for (int got; (got = BIO_read(out_, some, sizeof some)) > 0;)
      all.append(some, static_cast<std::size_t>(got));
    return all;
  }
  // Its first words, unsent.
  std::string hello() {
    SSL_do_handshake(ssl_.get());
    return to_send();
  }
  bool shake() {
    for (;;) {
      ERR_clear_error();
      const int done = SSL_do_handshake(ssl_.get());
      const std::string out = to_send();
      if (!out.empty() && !send_raw(out)) return false;
      if (done == 1) return true;
      if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ || !feed()) return false;
    }
  }
  // The records with these bytes, unsent.
  std::string encrypt(std::string_view bytes) const {
    std::size_t written = 0;
    if (!bytes.empty()) SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    return to_send();
  }
  bool send(std::string_view bytes) const override { return send_raw(encrypt(bytes)); }
  void say_goodbye() {
    SSL_shutdown(ssl_.get());
    send_raw(to_send());
  }
  bool heard_goodbye() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  SSL* ssl() { return ssl_.get(); }

 protected:
  ssize_t receive(char* into, std::size_t size) override {
    for (;;) {
      std::size_t got = 0;
      ERR_clear_error();
      if (SSL_read_ex(ssl_.get(), into, size, &got) == 1) return static_cast<ssize_t>(got);
      const int error = SSL_get_error(ssl_.get(), 0);
      if (const std::string out = to_send(); !out.empty()) send_raw(out);
      if (error == SSL_ERROR_ZERO_RETURN) return 0;
      if (error != SSL_ERROR_WANT_READ || !feed()) return -1;
    }
  }

 private:
  bool feed() {
    char some[16384];
    const ssize_t got = receive_raw(some, sizeof some);
    if (got > 0) BIO_write(in_, some, static_cast<int>(got));
    return got > 0;
  }
  Openssl<SSL_CTX> context_;
  Openssl<SSL> ssl_;
  BIO* in_ = nullptr;   // ssl_'s
  BIO* out_ = nullptr;  // ssl_'s
};

}  // namespace kgw
