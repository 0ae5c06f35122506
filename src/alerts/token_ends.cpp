#include "alerts/token_ends.hpp"

#include <chrono>

namespace kgw {

using std::chrono::days;

void TokenEnds::Group::add(std::string_view kiosk_id) {
  if (++count == 1) first = kiosk_id;
  if (count > static_cast<std::int64_t>(kNamesShown)) return;
  names.append(count == 1 ? "" : ", ").append(kiosk_id);
}

void TokenEnds::see(std::string_view kiosk_id, WallTime ends_at) {
  if (ends_at <= now_) return;
  if (ends_at - now_ <= days(kSummaryDays)) within_a_month_.add(kiosk_id);
  for (std::size_t i = kDays.size(); i-- > 0;) {
    const WallTime passed = ends_at - days(kDays[i]);
    if (passed > now_) continue;
    if (!last_look_ || passed > *last_look_) nearer_[i].add(kiosk_id);
    return;  // of several that were passed, the nearest tells
  }
}

}  // namespace kgw
