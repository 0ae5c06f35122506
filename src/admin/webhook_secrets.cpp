#include "admin/webhook_secrets.hpp"

#include <sstream>
#include <utility>

#include "base/limits.hpp"

namespace kgw {
namespace {

// "<made at> <current> [<previous> <its end>]", times in milliseconds; empty: removed.
constexpr std::string_view kPrefix = "webhook_secret.";

std::string name_of(std::string_view owner) { return std::string(kPrefix) + std::string(owner); }

}  // namespace

std::optional<WebhookSecrets::Kept> WebhookSecrets::find(std::string_view owner) const {
  std::istringstream text{std::string(kept_.get(name_of(owner)))};
  std::int64_t made = 0, ends = 0;
  Kept kept;
  if (!(text >> made >> kept.secrets.current)) return std::nullopt;
  kept.made_at = wall_from_ms(made);
  if (text >> kept.secrets.previous >> ends) kept.secrets.previous_ends_at = wall_from_ms(ends);
  return kept;
}

void WebhookSecrets::keep(const std::string& owner, const std::optional<Kept>& kept, AuditRecord audit,
                          Done done) {
  std::string text;
  if (kept) {
    const CallbackSecrets& secrets = kept->secrets;
    text = std::to_string(to_ms(kept->made_at)) + " " + secrets.current;
    if (!secrets.previous.empty())
      text += " " + secrets.previous + " " + std::to_string(to_ms(secrets.previous_ends_at));
  }
  kept_.put(name_of(owner), std::move(text), std::move(done), {std::move(audit)});
}

void WebhookSecrets::make(const Actor& actor, const std::string& owner, Made callback) {
  const WallTime now = clock_.now().wall;
  std::optional<Kept> kept = find(owner);
  if (!kept && list().size() >= limits::kKeysMax)
    return callback(
        Fault{ErrorCode::overloaded,
              "This gateway has reached its maximum number of webhook secrets; remove some first."});
  WebhookSecret made{owner, now, {}, make_webhook_secret(random_)};
  if (kept) {
    kept->secrets.rotate(made.text, now);
    kept->made_at = now;
    made.previous_ends_at = kept->secrets.previous_ends_at;
  } else {
    kept = Kept{now, {made.text}};
  }
  AuditRecord audit =
      actor.did(now, made.previous_ends_at ? "webhook_secret_rotated" : "webhook_secret_made", owner,
                made.previous_ends_at ? "the one before it ends " + rfc3339(*made.previous_ends_at) : "");
  keep(owner, kept, std::move(audit), [callback = std::move(callback), made](const Result<void>& done) {
    callback(done ? Result<WebhookSecret>(made) : done.error());
  });
}

void WebhookSecrets::end_previous(const Actor& actor, const std::string& owner, Done callback) {
  const WallTime now = clock_.now().wall;
  std::optional<Kept> kept = find(owner);
  if (!kept || kept->secrets.valid(now).size() < 2)
    return callback(
        Fault{ErrorCode::not_found, "This owner has no previous webhook secret that is still valid."});
  kept->secrets.end_previous();
  keep(owner, kept, actor.did(now, "webhook_secret_ended", owner, "the previous one"), std::move(callback));
}

void WebhookSecrets::remove(const Actor& actor, const std::string& owner, Done callback) {
  if (!has(owner)) return callback(Fault{ErrorCode::not_found, "This owner has no webhook secret."});
  keep(owner, std::nullopt, actor.did(clock_.now().wall, "webhook_secret_removed", owner, ""),
       std::move(callback));
}

bool WebhookSecrets::has(std::string_view owner) const { return !kept_.get(name_of(owner)).empty(); }

std::vector<WebhookSecret> WebhookSecrets::list() const {
  std::vector<WebhookSecret> all;
  const WallTime now = clock_.now().wall;
  for (const auto& [name, value] : kept_) {
    if (!name.starts_with(kPrefix)) continue;
    const std::string owner = name.substr(kPrefix.size());
    const auto kept = find(owner);
    if (!kept) continue;
    WebhookSecret& one = all.emplace_back(WebhookSecret{owner, kept->made_at});
    if (kept->secrets.valid(now).size() == 2) one.previous_ends_at = kept->secrets.previous_ends_at;
  }
  return all;
}

std::vector<WebhookKey> WebhookSecrets::keys_of(const std::string& owner) const {
  std::vector<WebhookKey> keys;
  const auto kept = find(owner);
  if (!kept) return keys;
  for (const std::string& secret : kept->secrets.valid(clock_.now().wall))
    if (auto key = WebhookKey::parse(secret)) keys.push_back(std::move(*key));
  return keys;
}

}  // namespace kgw
