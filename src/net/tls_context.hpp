// TlsContext: what the server shows and accepts in TLS: its certificate and key, versions, ciphers, and the
// keys of session tickets. One that is replaced lives on in the connections that began with it. Loop thread
// only, except for load(). TLS 1.2 (RFC 5246) and 1.3 (RFC 8446); no renegotiation, no early data, no
// compression.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace kgw {

// PEM texts, not paths.
struct TlsTexts {
  std::string certificate;  // the server's own, then those that lead to its CA; empty: no TLS
  std::string key;
  std::string client_ca;  // who signs the certificates of kiosks; empty: clients show none
  bool operator==(const TlsTexts&) const = default;
};

// Why there is no TlsContext.
struct TlsFault {
  enum class Of { certificate, key, client_ca } of = Of::certificate;
  std::string why;  // "is not a certificate in PEM ...", without a full stop
};

class TlsContext {
 public:
  // Returns nullptr and sets `fault` if the texts are of no use. A certificate that expired before `now` is a
  // fault.
  static std::shared_ptr<TlsContext> load(const TlsTexts& texts, WallTime now, TlsFault& fault);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;

  WallTime certificate_ends() const { return ends_; }
  ssl_ctx_st* openssl() const { return context_; }
  // Replaces the ticket key when it is kTicketKeyTime old. Call before each handshake.
  void rotate_ticket_keys(Instant now);

 private:
  struct TicketKey {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
  };
  struct Callbacks;
  TlsContext();
  // Each returns an empty text, or why it can't be.
  std::string take_certificates(const std::string& pem);
  std::string take_key(const std::string& pem);
  std::string take_client_ca(const std::string& pem);
  void set_rules();

  ssl_ctx_st* context_;
  WallTime ends_{};
  SystemRandom random_;
  std::optional<TicketKey> ticket_key_;    // encrypts
  std::optional<TicketKey> previous_key_;  // still decrypts
  Instant ticket_key_since_{};
};

}  // namespace kgw
