#include "api/keys_api.hpp"

#include <memory>

#include "core/walk.hpp"
#include "http/answers.hpp"
#include "http/json_object.hpp"
#include "wire/send_request.hpp"

namespace kgw {
namespace {

constexpr std::size_t kListedAtOnce = 16;

JsonObject key_json(const KeyRecord& key, WallTime now) {
  JsonObject json;
  add_key_members(json, key);
  json.time("created_at", key.created_at)
      .time("expires_at", key.expires_at)
      .time("revoked_at", key.revoked_at)
      .text("state", name(state_of(key, now)));
  return json;
}

}  // namespace

void KeysApi::show(HttpCallId call, const std::string& id) {
  const KeyRef key = keys_.by_id(id);
  if (!key) return respond_error(server_, call, ErrorCode::not_found, "No key has this id.");
  respond_json(server_, call, 200, key_json(*key, loop_.now().wall).take(), kNoStore);
}

void KeysApi::list(HttpCallId call, const Caller& caller) {
  struct Listing {
    Walk walk;
    std::string array = "[";
  };
  const auto list_some = [this, call, listing = std::make_shared<Listing>()] {
    const auto add = [&](const KeyRef& key) {
      listing->array.append(listing->array.size() > 1 ? "," : "");
      listing->array.append(key_json(*key, loop_.now().wall).take());
    };
    if (!listing->walk.step(keys_, add, kListedAtOnce)) return false;
    respond_json(server_, call, 200, JsonObject().raw("keys", listing->array + "]").take(), kNoStore);
    return true;
  };
  if (!slices_.add(caller.holder(), list_some))
    respond_error(server_, call, ErrorCode::overloaded, Slices::kTooMany);
}

void KeysApi::issued(HttpCallId call, const Result<IssuedKey>& key) {
  if (!key) return respond_fault(server_, call, key.error());
  JsonObject json = key_json(key->record, loop_.now().wall);
  json.text("key", key->text);
  if (!key->replaces.empty()) json.text("replaces", key->replaces);
  respond_json(server_, call, 201, json.take(), kNoStore);
}

void KeysApi::add(const HttpRequest& request, const Caller& caller) {
  auto form = parse_key_form(request.body);
  if (!form) return respond_fault(server_, request.call, form.error());
  changes_.add(access_.actor(request, caller), std::move(*form),
               [this, call = request.call](const Result<IssuedKey>& key) { issued(call, key); });
}

void KeysApi::revoke(const HttpRequest& request, const std::string& id, const Caller& caller) {
  changes_.revoke(access_.actor(request, caller), id,
                  [this, call = request.call](const Result<KeyRecord>& revoked) {
                    if (!revoked) return respond_fault(server_, call, revoked.error());
                    respond_json(server_, call, 200, key_json(*revoked, loop_.now().wall).take(), kNoStore);
                  });
}

void KeysApi::rotate(const HttpRequest& request, const std::string& id, const Caller& caller) {
  const auto overlap = parse_rotation_form(request.body);
  if (!overlap) return respond_fault(server_, request.call, overlap.error());
  changes_.rotate(access_.actor(request, caller), id, *overlap,
                  [this, call = request.call](const Result<IssuedKey>& key) { issued(call, key); });
}

}  // namespace kgw
