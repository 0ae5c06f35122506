#include "net/tls_context.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <new>
#include <utility>

#include "base/limits.hpp"
#include "net/socket.hpp"

namespace kgw {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

// Forward secrecy and authenticated encryption only (RFC 9325 4.2); those of TLS 1.3 all are.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr int kSecurityLevel = 2;  // RSA from 2048 bits, no SHA-1
constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr unsigned char kSessionsOf[] = "kiosk-gateway";

Bio reader_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), limits::kTlsFileBytesMax))));
}

// A key with a passphrase is refused instead of asking for it on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::string openssl_reason() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "OpenSSL does not accept it";
}

WallTime end_of(const X509* certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return {};
  return wall_from_ms(std::int64_t{timegm(&parts)} * 1000);
}

std::string shown_date(WallTime at) {
  const auto time = static_cast<std::time_t>(to_ms(at) / 1000);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts)};
}

}  // namespace

// What OpenSSL calls back.
struct TlsContext::Callbacks {
  static TlsContext& of(SSL* ssl) {
    return *static_cast<TlsContext*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0));
  }

  // Who offers protocols and not HTTP/1.1 is refused (RFC 7301 3.2); who offers none is served it.
  static int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
                             unsigned int in_size, void*) {
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, size, kHttp11, sizeof kHttp11, in, in_size) != OPENSSL_NPN_NEGOTIATED)
      return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
  }

  // Everything up to here was reading; what comes next costs a private-key operation.
  static int on_client_hello(SSL* ssl, int*, void*) {
    return Socket::may_use_key(ssl) ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_RETRY;
  }

  // As SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 go on, 2 go on and renew the ticket, 0 no such key, -1 error.
  static int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                        EVP_MAC_CTX* mac, int encrypt) {
    TlsContext& context = of(ssl);
    const TicketKey* key = context.ticket_key_ ? &*context.ticket_key_ : nullptr;
    const auto named = [name](const TicketKey* one) {
      return one != nullptr && std::memcmp(name, one->name.data(), one->name.size()) == 0;
    };
    bool old = false;
    if (encrypt == 0 && !named(key)) {
      key = context.previous_key_ ? &*context.previous_key_ : nullptr;
      old = true;
      if (!named(key)) return 0;
    }
    if (key == nullptr) return 0;
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key->mac.data()),
                                          key->mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    if (EVP_MAC_CTX_set_params(mac, params) != 1) return -1;
    if (encrypt == 0)
      return EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) != 1 ? -1
             : old                                                                               ? 2
                                                                                                 : 1;
    std::memcpy(name, key->name.data(), key->name.size());
    context.random_.fill({iv, static_cast<std::size_t>(EVP_CIPHER_get_iv_length(EVP_aes_256_cbc()))});
    return EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) == 1 ? 1 : -1;
  }
};

TlsContext::TlsContext() : context_(SSL_CTX_new(TLS_server_method())) {
  if (context_ == nullptr) throw std::bad_alloc();
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
  for (std::optional<TicketKey>* key : {&ticket_key_, &previous_key_})
    if (*key) OPENSSL_cleanse(&**key, sizeof **key);
}

std::shared_ptr<TlsContext> TlsContext::load(const TlsTexts& texts, WallTime now, TlsFault& fault) {
  std::shared_ptr<TlsContext> made(new TlsContext);
  ERR_clear_error();
  made->set_rules();
  fault = {TlsFault::Of::certificate, made->take_certificates(texts.certificate)};
  if (!fault.why.empty()) return nullptr;
  if (made->ends_ <= now) {
    fault.why = "holds a certificate that expired on " + shown_date(made->ends_) +
                "; clients refuse it. Renew it, or unset both TLS_CERT_FILE and TLS_KEY_FILE for plain HTTP";
    return nullptr;
  }
  fault = {TlsFault::Of::key, made->take_key(texts.key)};
  if (!fault.why.empty()) return nullptr;
  if (texts.client_ca.empty()) return made;
  fault = {TlsFault::Of::client_ca, made->take_client_ca(texts.client_ca)};
  if (!fault.why.empty()) return nullptr;
  return made;
}

void TlsContext::set_rules() {
  SSL_CTX_set_ex_data(context_, 0, this);
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  SSL_CTX_set_security_level(context_, kSecurityLevel);
  SSL_CTX_set_cipher_list(context_, kCiphers12);
  SSL_CTX_ctrl(context_, SSL_CTRL_SET_GROUPS_LIST, 0, const_cast<char*>(kGroups));
  // All that travels here says how long it is, so an end without close_notify hides nothing.
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                    SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(
      context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A flood of records without data, such as key updates, returns to the loop after each.
  SSL_CTX_clear_mode(context_, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);  // tickets only: nothing is kept here
  SSL_CTX_set_session_id_context(context_, kSessionsOf, sizeof kSessionsOf - 1);
  SSL_CTX_set_num_tickets(context_, 1);
  SSL_CTX_set_timeout(context_, std::chrono::seconds(limits::kTicketKeyTime).count());
  SSL_CTX_set_max_early_data(context_, 0);
  SSL_CTX_set_recv_max_early_data(context_, 0);
  SSL_CTX_set_alpn_select_cb(context_, &Callbacks::choose_protocol, nullptr);
  SSL_CTX_set_client_hello_cb(context_, &Callbacks::on_client_hello, nullptr);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context_, &Callbacks::ticket_key);
  SSL_CTX_set_default_passwd_cb(context_, &no_passphrase);
}

std::string TlsContext::take_certificates(const std::string& pem) {
  const Bio bio = reader_of(pem);
  const Certificate own(PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr));
  if (!own) {
    ERR_clear_error();
    return "is not a certificate in PEM (a text with -----BEGIN CERTIFICATE-----); give the file with the "
           "server's certificate, followed by its CA's intermediate ones (fullchain.pem)";
  }
  if (SSL_CTX_use_certificate(context_, own.get()) != 1)
    return "holds a certificate that can't be used: " + openssl_reason();
  ends_ = end_of(own.get());
  for (;;) {
    Certificate further(PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr));
    if (!further) break;
    if (SSL_CTX_add0_chain_cert(context_, further.get()) != 1)
      return "holds an intermediate certificate that can't be used: " + openssl_reason();
    static_cast<void>(further.release());  // the context's now
  }
  // The end of the file is an error too: "no start line".
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return ended ? "" : "has a damaged certificate after the first one; write the file anew";
}

std::string TlsContext::take_key(const std::string& pem) {
  const Bio bio = reader_of(pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr));
  ERR_clear_error();
  if (!key && pem.find("ENCRYPTED") != std::string::npos)
    return "holds a key with a passphrase, which nobody could type at a start; store the key without one: "
           "openssl pkey -in key.pem -out plain.pem";
  if (!key)
    return "is not a private key in PEM (a text with -----BEGIN PRIVATE KEY-----); give the file with the "
           "key of the certificate";
  const X509* const own = SSL_CTX_get0_certificate(context_);
  if (X509_check_private_key(own, key.get()) != 1) {
    ERR_clear_error();
    return "holds a key that does not belong to the certificate in TLS_CERT_FILE; give the key with which "
           "that certificate was requested";
  }
  if (SSL_CTX_use_PrivateKey(context_, key.get()) != 1)
    return "holds a key that can't be used: " + openssl_reason();
  return "";
}

// Clients are asked for a certificate and may have none: backends and browsers use the same port.
std::string TlsContext::take_client_ca(const std::string& pem) {
  const Bio bio = reader_of(pem);
  X509_STORE* const trusted = SSL_CTX_get_cert_store(context_);
  std::size_t count = 0;
  for (;; ++count) {
    const Certificate authority(PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr));
    if (!authority) break;
    if (X509_STORE_add_cert(trusted, authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context_, authority.get()) != 1)
      return "holds a certificate that can't be used: " + openssl_reason();
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (count == 0 || !ended)
    return "is not a list of certificates in PEM; give the file with the certificate of the CA that signs "
           "those of "
           "your kiosks";
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  return "";
}

void TlsContext::rotate_ticket_keys(Instant now) {
  if (ticket_key_ && now - ticket_key_since_ < limits::kTicketKeyTime) return;
  TicketKey fresh;
  random_.fill(fresh.cipher);
  random_.fill(fresh.mac);
  random_.fill(fresh.name);
  // A key that nobody used for so long is not worth a second term.
  const bool recent = ticket_key_ && now - ticket_key_since_ < 2 * limits::kTicketKeyTime;
  previous_key_ = recent ? ticket_key_ : std::nullopt;
  ticket_key_ = fresh;
  ticket_key_since_ = now;
  OPENSSL_cleanse(&fresh, sizeof fresh);
}

}  // namespace kgw
