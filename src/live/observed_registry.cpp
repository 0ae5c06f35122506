#include "live/observed_registry.hpp"

#include <utility>

namespace kgw {

void ObservedRegistry::write_registry(std::vector<RegistryChange> changes, Written callback) {
  std::vector<std::string> kiosks;
  std::vector<std::string> removed;
  std::vector<AuditRecord> audit;
  for (const RegistryChange& change : changes) {
    if (const auto* gone = std::get_if<KioskRemovedRecord>(&change)) removed.push_back(gone->id);
    if (!news_.listening()) continue;
    if (const auto* kiosk = std::get_if<KioskRecord>(&change)) kiosks.push_back(kiosk->id);
    else if (const auto* line = std::get_if<AuditRecord>(&change)) audit.push_back(*line);
  }
  registry_.write_registry(
      std::move(changes), [this, kiosks = std::move(kiosks), removed = std::move(removed),
                           audit = std::move(audit), callback = std::move(callback)](const Result<void>& done) {
        callback(done);
        if (!done) return;
        for (const std::string& id : removed) faults_.forget(id);
        for (const std::string& id : removed) news_.kiosk(id);
        for (const std::string& id : kiosks) news_.kiosk(id);
        for (const AuditRecord& line : audit) news_.audit(line);
      });
}

void ObservedRegistry::note_connection(ConnectionRecord record) {
  news_.kiosk(record.kiosk_id);
  const std::string kiosk_id = record.kiosk_id;
  if (auto line = connections_.take(kiosk_id, std::move(record), clock_.now().steady))
    write_connection(std::move(*line));
}

void ObservedRegistry::on_tick(const Now& now) {
  for (auto& [line, folded] : connections_.due(now.steady)) {
    if (folded != 0) line.reason += " (and " + std::to_string(folded) + " more before it)";
    write_connection(std::move(line));
  }
}

void ObservedRegistry::write_connection(ConnectionRecord record) {
  news_.connection(record);
  registry_.note_connection(std::move(record));
}

}  // namespace kgw
