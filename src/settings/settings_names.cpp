// Looking settings up by name, and what a name may have been meant to be.
// Implements settings/settings.hpp.
#include <algorithm>

#include "base/edit_distance.hpp"
#include "settings/settings.hpp"

namespace kgw {

const Setting* find_setting(std::string_view name) {
  const auto found = std::find_if(settings().begin(), settings().end(),
                                  [name](const Setting& one) { return one.name == name; });
  return found == settings().end() ? nullptr : &*found;
}

bool is_setting_name(std::string_view name) {
  return std::any_of(settings().begin(), settings().end(), [&](const Setting& setting) {
    return name == setting.name || (setting.secret && name == file_name_of(setting));
  });
}

std::string near_setting_name(std::string_view name) {
  constexpr std::size_t kNameCharsMax = 40;  // none of our names is nearly as long
  if (name.size() > kNameCharsMax) return "";
  std::string best;
  std::size_t least = std::max<std::size_t>(2, name.size() / 4) + 1;
  const auto look_at = [&](const std::string& candidate) {
    const std::size_t far = edit_distance(name, candidate);
    if (far >= least) return;
    least = far;
    best = candidate;
  };
  for (const Setting& setting : settings()) {
    look_at(std::string(setting.name));
    if (setting.secret) look_at(file_name_of(setting));
  }
  return best;
}

}  // namespace kgw
