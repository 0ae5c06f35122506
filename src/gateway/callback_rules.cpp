#include "gateway/callback_rules.hpp"

#include <utility>

#include "admin/webhook_secrets.hpp"

namespace kgw {
namespace {

constexpr const char* kNoJournal =
    "Header-Callback-Url needs the journal, which this gateway runs without (JOURNAL=off); leave it out.";
constexpr const char* kNoKey =
    "Header-Callback-Url needs an API key: callbacks are signed with a secret of the key's owner.";

Fault refused(std::string text) { return Fault{ErrorCode::invalid_header, std::move(text)}; }

CallbackHosts hosts_of(const Config& config) {
  auto hosts = CallbackHosts::parse(config.callback_hosts);
  return hosts ? std::move(*hosts) : CallbackHosts();
}

}  // namespace

CallbackRules::CallbackRules(const Config& config)
    : hosts_(hosts_of(config)),
      allow_http_(config.callback_http),
      journaled_(config.journal_strict || !config.redis_url.empty()) {}

Result<std::string> CallbackRules::admit(std::string_view url, std::string_view owner,
                                         const WebhookSecrets& secrets) const {
  auto target = parse_callback_url(url, hosts_, allow_http_);
  if (!target) return target.error();
  if (!journaled_) return refused(kNoJournal);
  if (owner.empty()) return refused(kNoKey);
  if (!secrets.has(owner))
    return refused("Header-Callback-Url is refused: there is no webhook secret to sign callbacks for '" +
                   std::string(owner) +
                   "' with. An operator makes one with `kiosk-gateway webhook-secret make " +
                   std::string(owner) + "`.");
  return std::move(target->url);
}

Result<std::string> CallbackRules::endpoint_of(std::string_view url) const {
  auto target = parse_callback_url(url, hosts_, allow_http_);
  if (!target) return target.error();
  return std::move(target->endpoint);
}

}  // namespace kgw
