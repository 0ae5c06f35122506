#include "admin/kiosk_changes.hpp"

#include <algorithm>
#include <utility>

namespace kgw {
namespace {

// What of the form changes the kiosk, for the audit trail.
std::string changes_in(const KioskForm& form) {
  std::string text;
  const auto add = [&text](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  if (form.name) add("name: " + *form.name);
  if (form.enabled) add(*form.enabled ? "enabled" : "disabled");
  if (form.max_in_flight)
    add("max_in_flight: " + (*form.max_in_flight == 0 ? "default" : std::to_string(*form.max_in_flight)));
  if (form.force.value_or(false)) add("at once");
  return text;
}

}  // namespace

KioskChanges::KioskChanges(const Config& config, RelayShell& shell, const TokenAuthority& tokens,
                           Random& random, const Changing& with)
    : config_(config), shell_(shell), tokens_(tokens), random_(random), with_(with) {}

const Kiosk* KioskChanges::find(const std::string& id) const {
  const KioskRef* const found = shell_.relay().kiosks().find(id);
  return found ? found->get() : nullptr;
}

KioskRecord KioskChanges::fresh(const KioskForm& form) const {
  KioskRecord record;
  record.id = *form.id;
  record.title = form.name.value_or("");
  record.max_in_flight = form.max_in_flight.value_or(0);
  record.created_at = with_.loop.now().wall;
  return record;
}

void KioskChanges::queue(ChangeQueue::Change change, const std::function<void(const Fault&)>& fail) {
  if (!with_.queue.add(std::move(change))) fail(Fault{ErrorCode::overloaded, {}});
}

void KioskChanges::write(const Actor& actor, Work work, Done then) {
  std::vector<RegistryChange> changes(work.kiosks.begin(), work.kiosks.end());
  for (const KioskRecord& record : work.kiosks)
    changes.emplace_back(actor.did(with_.loop.now().wall, work.event, record.id, work.detail));
  auto written = [this, by = actor.name, work = std::move(work),
                  then = std::move(then)](const Result<void>& done) {
    if (done)
      for (const KioskRecord& record : work.kiosks) put_in_place(record, work.event, by, work.force);
    then(done);
    with_.queue.done();
  };
  with_.registry.write_registry(std::move(changes), std::move(written));
}

void KioskChanges::put_in_place(const KioskRecord& record, std::string_view event, std::string_view by,
                                bool force) const {
  shell_.apply(
      [&](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_changed(now, record, force, effects); });
  shell_.series().on_known(record.id);
  shell_.onlookers().tell(&Onlooker::on_kiosk_changed, record);
  with_.log.write(LogLevel::info, event, {{"kiosk_id", record.id}, {"by", by}});
}

Result<IssuedToken> KioskChanges::issue(KioskRecord& record, const std::string& given_token) const {
  IssuedToken issued{record.id, record.title, {}, {}};
  if (given_token.empty()) {
    issued.token = tokens_.issue(record.id, with_.loop.now().wall, config_.jwt_lifetime, random_);
    record.token_digest = digest_of(issued.token);
    // Whole seconds, as the token itself has it.
    const WallTime at = wall_from_ms(to_ms(with_.loop.now().wall) / 1000 * 1000);
    issued.expires_at = at + config_.jwt_lifetime;
    record.token_expires_at = issued.expires_at;
    record.token_issued_at = at;
    return issued;
  }
  if (const auto taken = take_token(record, given_token); !taken) return taken.error();
  issued.expires_at = record.token_expires_at;
  return issued;
}

Result<void> KioskChanges::take_token(KioskRecord& record, const std::string& token) const {
  if (const std::string why = tokens_.wrong_algorithm(token); !why.empty())
    return Fault{ErrorCode::invalid_argument, why};
  const auto claims = read_claims_unverified(token);
  const WallTime in_time = claims ? claims->expires_at - Milliseconds(1) : WallTime();
  if (!claims || !tokens_.verify(token, in_time))
    return Fault{ErrorCode::invalid_argument,
                 "'token' was not signed with this gateway's JWT_SECRET. Add the secret that signed it to "
                 "JWT_SECRET_PREVIOUS, or add the kiosk without a token and install the new one on it."};
  // What the door would refuse today, but for its age.
  if (const auto today = tokens_.verify(token, std::min(with_.loop.now().wall, in_time)); !today)
    return Fault{ErrorCode::invalid_argument, today.error().message};
  if (claims->kiosk_id != record.id)
    return Fault{ErrorCode::invalid_argument, "'token' belongs to another kiosk: " + claims->kiosk_id + "."};
  record.token_digest = digest_of(token);
  record.token_expires_at = claims->expires_at;
  record.token_issued_at = claims->issued_at;
  return {};
}

void KioskChanges::add(const Actor& actor, KioskForm form, Issued callback) {
  auto change = [this, actor, form = std::move(form), callback] {
    const auto refuse = [&](const Fault& fault) {
      callback(fault);
      with_.queue.done();
    };
    if (find(*form.id))
      return refuse(Fault{ErrorCode::already_exists,
                          "A kiosk with this id already exists; choose another id, or create a new token for "
                          "it with 'kiosk-gateway kiosk token ID'."});
    if (shell_.relay().kiosks().size() >= limits::kKiosksMax)
      return refuse(Fault{ErrorCode::overloaded,
                          "This gateway has reached its maximum number of kiosks; remove some first."});
    KioskRecord record = fresh(form);
    const auto issued = issue(record, form.token.value_or(""));
    if (!issued) return refuse(issued.error());
    write(actor, {{record}, "kiosk_added", changes_in(form)},
          [callback, issued = *issued](const Result<void>& done) {
            callback(done ? Result<IssuedToken>(issued) : done.error());
          });
  };
  queue(std::move(change), callback);
}

void KioskChanges::import(const Actor& actor, std::vector<KioskForm> forms, ImportDone callback) {
  auto change = [this, actor, forms = std::move(forms), callback] {
    const auto refuse = [&](Fault fault) {
      fault.message += " Nothing was imported.";
      callback(fault);
      with_.queue.done();
    };
    Imported imported;
    Work work{{}, "kiosk_added", "imported"};
    for (const KioskForm& form : forms) {
      if (find(*form.id)) {
        ++imported.existing;
        continue;
      }
      KioskRecord record = fresh(form);
      auto issued = issue(record, form.token.value_or(""));
      if (!issued)
        return refuse(Fault{issued.error().code, "Kiosk " + record.id + ": " + issued.error().message});
      imported.added.push_back(std::move(*issued));
      work.kiosks.push_back(std::move(record));
    }
    if (shell_.relay().kiosks().size() + work.kiosks.size() > limits::kKiosksMax)
      return refuse(Fault{ErrorCode::overloaded, "That would be more kiosks than this gateway allows."});
    write(actor, std::move(work), [callback, imported = std::move(imported)](const Result<void>& done) {
      callback(done ? Result<Imported>(imported) : done.error());
    });
  };
  queue(std::move(change), callback);
}

void KioskChanges::change(const Actor& actor, const std::string& id, KioskForm form, const Done& callback) {
  auto change = [this, actor, id, form = std::move(form), callback] {
    const Kiosk* const kiosk = find(id);
    if (!kiosk) {
      callback(Fault{ErrorCode::kiosk_not_found, {}});
      return with_.queue.done();
    }
    KioskRecord record = kiosk->record;
    if (form.name) record.title = *form.name;
    if (form.enabled) record.enabled = *form.enabled;
    if (form.max_in_flight) record.max_in_flight = *form.max_in_flight;
    write(actor, {{record}, "kiosk_changed", changes_in(form), form.force.value_or(false)}, callback);
  };
  queue(std::move(change), callback);
}

void KioskChanges::renew_token(const Actor& actor, const std::string& id, bool force, const Issued& callback) {
  auto change = [this, actor, id, force, callback] {
    const Kiosk* const kiosk = find(id);
    if (!kiosk) {
      callback(Fault{ErrorCode::kiosk_not_found, {}});
      return with_.queue.done();
    }
    KioskRecord record = kiosk->record;
    const IssuedToken issued = *issue(record, "");
    write(actor, {{record}, "kiosk_token_renewed", force ? "at once" : "", force},
          [callback, issued](const Result<void>& done) {
            callback(done ? Result<IssuedToken>(issued) : done.error());
          });
  };
  queue(std::move(change), callback);
}

void KioskChanges::remove(const Actor& actor, const std::string& id, bool force, const Done& callback) {
  auto change = [this, actor, id, force, callback] {
    if (!find(id)) {
      callback(Fault{ErrorCode::kiosk_not_found, {}});
      return with_.queue.done();
    }
    auto written = [this, by = actor.name, id, force, callback](const Result<void>& done) {
      if (done) {
        shell_.apply(
            [&](Relay& relay, Now now, Effects& effects) { relay.on_kiosk_removed(now, id, force, effects); });
        shell_.series().on_removed(id);
        shell_.onlookers().tell(&Onlooker::on_kiosk_removed, id);
        with_.log.write(LogLevel::info, "kiosk_removed", {{"kiosk_id", id}, {"by", by}});
      }
      callback(done);
      with_.queue.done();
    };
    with_.registry.write_registry(
        {KioskRemovedRecord{id}, actor.did(with_.loop.now().wall, "kiosk_removed", id, force ? "at once" : "")},
        std::move(written));
  };
  queue(std::move(change), callback);
}

void KioskChanges::ensure(const std::string& id, std::string_view title, const Issued& callback) {
  auto change = [this, id, title = std::string(title), callback] {
    const Kiosk* const kiosk = find(id);
    if (kiosk && kiosk->record.title != title) {
      callback(Fault{ErrorCode::already_exists,
                     "This DATA_DIR already has a kiosk with that id which is not a demo kiosk; start the demo "
                     "with another DATA_DIR."});
      return with_.queue.done();
    }
    KioskRecord record;
    if (kiosk) {
      record = kiosk->record;
    } else {
      record.id = id;
      record.title = title;
      record.created_at = with_.loop.now().wall;
    }
    const IssuedToken issued = *issue(record, "");
    write({"demo", "cli", ""}, {{record}, kiosk ? "kiosk_token_renewed" : "kiosk_added", "demo"},
          [callback, issued](const Result<void>& done) {
            callback(done ? Result<IssuedToken>(issued) : done.error());
          });
  };
  queue(std::move(change), callback);
}

}  // namespace kgw
