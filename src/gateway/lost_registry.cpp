#include "gateway/lost_registry.hpp"

#include <utility>

namespace kgw {

void LostRegistry::on_recovered(bool lost_data) {
  owed_ = owed_ || lost_data;
  if (!owed_) return;
  anew_ = queued_;
  if (queued_) return;
  queued_ = queue_.add([this] { begin(); });
  if (!queued_) log_.write(LogLevel::error, "registry_not_restored");
}

void LostRegistry::begin() {
  anew_ = false;
  part_ = Part::kiosks;
  walk_ = {};
  write_some();
}

// The next kiosks, keys, or all else; empty: that was all.
std::vector<RegistryChange> LostRegistry::take_some() {
  std::vector<RegistryChange> some;
  if (part_ == Part::kiosks) {
    const auto add = [&some](const KioskRef& kiosk) { some.emplace_back(kiosk->record); };
    if (!walk_.step(known_.relay.kiosks(), add)) return some;
    part_ = Part::keys;
    walk_ = {};
  }
  if (part_ == Part::keys) {
    if (!some.empty()) return some;
    const auto add = [&some](const KeyRef& key) { some.emplace_back(*key); };
    if (!walk_.step(known_.keys, add)) return some;
    part_ = Part::rest;
  }
  if (part_ != Part::rest || !some.empty()) return some;
  for (const auto& [name, value] : known_.settings) some.emplace_back(SettingRecord{name, value});
  some.emplace_back(AuditRecord{
      loop_.now().wall, "gateway", "gateway", {}, "registry_restored", "", "the store had lost it"});
  part_ = Part::written;
  return some;
}

void LostRegistry::write_some() {
  std::vector<RegistryChange> some = take_some();
  if (some.empty()) return end(true);
  registry_.write_registry(std::move(some), [this](const Result<void>& done) {
    if (!done) return end(false);
    loop_.post([this] { anew_ ? begin() : write_some(); });
  });
}

void LostRegistry::end(bool written) {
  queued_ = false;
  if (written) owed_ = false;
  log_.write(written ? LogLevel::warning : LogLevel::error,
             written ? "registry_restored" : "registry_not_restored");
  queue_.done();
  if (std::exchange(anew_, false)) on_recovered(true);
}

}  // namespace kgw
