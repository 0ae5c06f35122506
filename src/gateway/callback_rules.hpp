// CallbackRules: which Header-Callback-Url a request may have (PROTOCOL.md 1.4; CALLBACK_ALLOWED_HOSTS,
// CALLBACK_ALLOW_HTTP). Immutable; hosts() may be asked on any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "callbacks/target.hpp"
#include "settings/config.hpp"

namespace kgw {

class WebhookSecrets;

class CallbackRules {
 public:
  explicit CallbackRules(const Config& config);

  // Returns the URL as it is to be posted to. Faults: invalid_header, with what to do; the owner must have a
  // secret to sign with.
  Result<std::string> admit(std::string_view url, std::string_view owner, const WebhookSecrets& secrets) const;
  // Of a URL that was admitted before; a Fault if the settings no longer allow it.
  Result<std::string> endpoint_of(std::string_view url) const;
  const CallbackHosts& hosts() const { return hosts_; }

 private:
  const CallbackHosts hosts_;
  const bool allow_http_;
  const bool journaled_;
};

}  // namespace kgw
