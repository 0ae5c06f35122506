// KeptSettings: values that parts of the gateway keep across restarts, by name; in memory as in the store.
// Loop thread only; callbacks run exactly once, now or later.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "store/registry.hpp"

namespace kgw {

class KeptSettings {
 public:
  KeptSettings(Registry& registry, const std::vector<SettingRecord>& image) : registry_(registry) {
    for (const SettingRecord& record : image) values_.emplace(record.name, record.value);
  }

  // Returns "" if nothing is kept under this name.
  std::string_view get(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string_view() : std::string_view(found->second);
  }
  // Takes effect at once; `written` reports when it is durable, or why it is not. `audit` becomes durable
  // with it. Faults: store_unavailable, overloaded (also for a value over limits::kKeptValueBytesMax).
  void put(const std::string& name, std::string value, Registry::Written written,
           std::vector<RegistryChange> audit = {}) {
    if (value.size() > limits::kKeptValueBytesMax) return written(Fault{ErrorCode::overloaded, {}});
    values_.insert_or_assign(name, value);
    audit.emplace_back(SettingRecord{name, std::move(value)});
    registry_.write_registry(std::move(audit), std::move(written));
  }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }

 private:
  Registry& registry_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace kgw
