#include "admin/key_changes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.hpp"
#include "wire/base64.hpp"

namespace kgw {
namespace {

std::string random_text(Random& random, std::size_t bytes) {
  std::array<std::uint8_t, 32> buffer{};
  random.fill(buffer);
  return base64url_encode({reinterpret_cast<const char*>(buffer.data()), bytes});
}

std::string joined(const auto& items) {
  std::string text;
  for (const auto& item : items) text.append(text.empty() ? "" : ", ").append(item);
  return text;
}

const Fault kNoSuchKey{ErrorCode::not_found, "No key has this id; 'kiosk-gateway key list' shows all keys."};

}  // namespace

void add_key_members(JsonObject& json, const KeyRecord& key) {
  json.text("id", key.id)
      .text("name", key.name)
      .text("owner", key.owner)
      .texts("scopes", scope_names(key.scopes))
      .texts("kiosks", key.kiosks)
      .number_or_null("rate_per_second", key.rate_per_second);
}

std::string rights_of(const KeyRecord& key) {
  std::string text = joined(scope_names(key.scopes));
  if (!key.kiosks.empty()) text += "; kiosks " + joined(key.kiosks);
  if (key.rate_per_second != 0) text += "; " + std::to_string(key.rate_per_second) + " calls/s";
  return text;
}

KeyChanges::KeyChanges(KeyRing& keys, Random& random, const Changing& with)
    : keys_(keys), random_(random), with_(with) {}

bool KeyChanges::counts(const std::string& name) const { return keys_.is_taken(name, with_.loop.now().wall); }

IssuedKey KeyChanges::lend(KeyRecord record) {
  IssuedKey issued = issue(std::move(record));
  keys_.put(issued.record);
  return issued;
}

IssuedKey KeyChanges::issue(KeyRecord record) {
  IssuedKey issued{std::move(record), "kgw_" + random_text(random_, 32), {}};
  issued.record.id = "k_" + random_text(random_, 8);
  issued.record.digest = digest_of(issued.text);
  issued.record.created_at = with_.loop.now().wall;
  return issued;
}

void KeyChanges::write(std::vector<KeyRecord> records, AuditRecord audit, Done then) {
  std::vector<RegistryChange> changes(records.begin(), records.end());
  changes.emplace_back(audit);
  auto written = [this, records = std::move(records), audit = std::move(audit),
                  then = std::move(then)](const Result<void>& done) {
    if (done) {
      for (const KeyRecord& record : records) keys_.put(record);
      with_.log.write(LogLevel::info, audit.action, {{"key_id", audit.target}, {"by", audit.actor}});
    }
    then(done);
    with_.queue.done();
  };
  with_.registry.write_registry(std::move(changes), std::move(written));
}

void KeyChanges::add(const Actor& actor, KeyForm form, Issued callback) {
  auto change = [this, actor, form = std::move(form), callback] {
    const auto refuse = [&](const Fault& fault) {
      callback(fault);
      with_.queue.done();
    };
    if (form.name == kAdminKeyName || form.owner == kAdminKeyName)
      return refuse(
          Fault{ErrorCode::invalid_argument, "'admin' is the gateway's own key; choose another name."});
    if (counts(form.name))
      return refuse(Fault{
          ErrorCode::already_exists,
          "An active key with this name already exists; choose another name, or rotate or revoke that key."});
    if (keys_.size() >= limits::kKeysMax)
      return refuse(Fault{ErrorCode::overloaded,
                          "This gateway has reached its maximum number of keys; revoke some first."});
    KeyRecord record;
    record.name = form.name;
    record.owner = form.owner;
    record.scopes = form.scopes;
    record.kiosks = form.kiosks;
    record.rate_per_second = form.rate_per_second;
    if (form.expires_in) record.expires_at = with_.loop.now().wall + *form.expires_in;
    const IssuedKey issued = issue(std::move(record));
    write({issued.record},
          actor.did(with_.loop.now().wall, "key_added", issued.record.id,
                    issued.record.name + ": " + rights_of(issued.record)),
          [callback, issued](const Result<void>& done) {
            callback(done ? Result<IssuedKey>(issued) : done.error());
          });
  };
  if (!with_.queue.add(std::move(change))) callback(Fault{ErrorCode::overloaded, {}});
}

void KeyChanges::rotate(const Actor& actor, const std::string& id, std::chrono::seconds overlap,
                        Issued callback) {
  auto change = [this, actor, id, overlap, callback] {
    const auto refuse = [&](const Fault& fault) {
      callback(fault);
      with_.queue.done();
    };
    const WallTime now = with_.loop.now().wall;
    const KeyRef old = keys_.by_id(id);
    if (!old) return refuse(kNoSuchKey);
    if (!is_valid(*old, now))
      return refuse(Fault{ErrorCode::already_exists, "This key is no longer active; create a new one."});
    if (keys_.size() >= limits::kKeysMax)
      return refuse(Fault{ErrorCode::overloaded,
                          "This gateway has reached its maximum number of keys; revoke some first."});
    IssuedKey issued = issue(*old);
    issued.replaces = id;
    KeyRecord ending = *old;
    ending.expires_at = old->expires_at ? std::min(*old->expires_at, now + overlap) : now + overlap;
    write({issued.record, ending},
          actor.did(now, "key_rotated", id,
                    old->name + ": the new key is " + issued.record.id + ", the old one expires " +
                        rfc3339(*ending.expires_at)),
          [callback, issued](const Result<void>& done) {
            callback(done ? Result<IssuedKey>(issued) : done.error());
          });
  };
  if (!with_.queue.add(std::move(change))) callback(Fault{ErrorCode::overloaded, {}});
}

void KeyChanges::revoke(const Actor& actor, const std::string& id, const Revoked& callback) {
  auto change = [this, actor, id, callback] {
    const KeyRef old = keys_.by_id(id);
    if (!old) {
      callback(kNoSuchKey);
      return with_.queue.done();
    }
    KeyRecord record = *old;
    if (!record.revoked_at) record.revoked_at = with_.loop.now().wall;
    write({record}, actor.did(with_.loop.now().wall, "key_revoked", id, record.name),
          [callback, record](const Result<void>& done) {
            callback(done ? Result<KeyRecord>(record) : done.error());
          });
  };
  if (!with_.queue.add(std::move(change))) callback(Fault{ErrorCode::overloaded, {}});
}

}  // namespace kgw
