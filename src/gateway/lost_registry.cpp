#include "gateway/lost_registry.hpp"

#include <utility>
#include <vector>

namespace kgw {

void LostRegistry::on_recovered(bool lost_data) {
  owed_ = owed_ || lost_data;
  if (!owed_) return;
  std::vector<RegistryChange> all;
  for (const KioskRef& kiosk : relay_.kiosks()) all.emplace_back(kiosk->record);
  for (const auto& [id, key] : keys_) all.emplace_back(*key);
  for (const auto& [name, value] : kept_) all.emplace_back(SettingRecord{name, value});
  all.emplace_back(AuditRecord{
      loop_.now().wall, "gateway", "gateway", {}, "registry_restored", "", "the store had lost it"});
  registry_.write_registry(std::move(all), [this](const Result<void>& done) {
    if (done) owed_ = false;
    log_.write(done ? LogLevel::warning : LogLevel::error,
               done ? "registry_restored" : "registry_not_restored");
  });
}

}  // namespace kgw
