// KeptSettings: what parts of the gateway keep over a restart, by name, in memory as the store has it. Loop
// thread only; callbacks come later, exactly once.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "store/store.hpp"

namespace kgw {

class KeptSettings {
 public:
  KeptSettings(Store& store, const std::vector<SettingRecord>& image) : store_(store) {
    for (const SettingRecord& record : image) values_.emplace(record.name, record.value);
  }

  // Empty: nothing is kept under this name.
  std::string_view get(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string_view() : std::string_view(found->second);
  }
  // In use at once; `written` hears when it is durable, or that it could not be made so. `audit`: becomes
  // durable with it. Faults: store_unavailable, overloaded (too large to be kept, too).
  void put(const std::string& name, std::string value, Store::RegistryWritten written,
           std::vector<RegistryChange> audit = {}) {
    if (value.size() > limits::kKeptValueBytesMax) return written(Fault{ErrorCode::overloaded, {}});
    values_.insert_or_assign(name, value);
    audit.emplace_back(SettingRecord{name, std::move(value)});
    store_.write_registry(std::move(audit), std::move(written));
  }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }

 private:
  Store& store_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace kgw
