#include "alerts/misfit_timeouts.hpp"

#include <algorithm>
#include <utility>

namespace kgw {
namespace {

using std::chrono::ceil;
using std::chrono::floor;
using std::chrono::seconds;

constexpr std::size_t kEnough = 3;  // of the same kind; less may be chance
constexpr seconds kMargin{5};       // between two timeouts, for the way and for a slow moment

// A client's timer is exact; the way to us and a busy moment are not.
bool is_about(Milliseconds one, Milliseconds other) {
  const Milliseconds apart = one > other ? one - other : other - one;
  return apart <= std::max(Milliseconds(500), other * 3 / 100);
}

bool is_recent(Instant at, Instant now) { return now - at < limits::kMisfitTime; }

WallTime wall_of(Instant at, const Now& now) {
  return now.wall - std::chrono::duration_cast<Milliseconds>(now.steady - at);
}

}  // namespace

std::string_view name(MisfitKind kind) {
  switch (kind) {
    case MisfitKind::caller_hangs_up: return "caller_hangs_up";
    case MisfitKind::device_answers_late: return "device_answers_late";
  }
  return "";
}

std::string shown_seconds(Milliseconds time) {
  const std::int64_t tenths = (time.count() + 50) / 100;
  if (tenths >= 100) return std::to_string((time.count() + 500) / 1000);
  return std::to_string(tenths / 10).append(".").append(std::to_string(tenths % 10));
}

seconds Misfit::figure() const {
  if (kind == MisfitKind::caller_hangs_up) return ceil<seconds>(allowed) + kMargin;
  return seconds((ceil<seconds>(took) + kMargin + kMargin - seconds(1)) / kMargin * kMargin);
}

std::optional<seconds> Misfit::header_timeout() const {
  if (kind != MisfitKind::caller_hangs_up) return std::nullopt;
  const seconds shorter = floor<seconds>(took) - kMargin;
  return shorter >= kMargin ? std::optional(shorter) : std::nullopt;
}

// ---------------------------------------------------------------- learned

// One that has waited to the end has not hung up too early, even if nothing was told to it yet.
void MisfitTimeouts::on_hang_up(std::string_view owner, Milliseconds waited, Milliseconds allowed,
                                const Now& now) {
  if (waited < limits::kHangUpTimeMin || waited >= allowed) return;
  add(owners_, limits::kHangUpOwnersMax, owner, {now.steady, waited, allowed});
}

void MisfitTimeouts::on_late_answer(std::string_view operation, Milliseconds took, Milliseconds late_by,
                                    const Now& now) {
  // The wall clock measures these, and may have been set meanwhile.
  if (late_by < Milliseconds(0) || late_by > limits::kSlowDeviceMax || took <= late_by) return;
  add(operations_, limits::kLateOperationsMax, operation, {now.steady, took, took - late_by});
}

void MisfitTimeouts::add(Rows& rows, std::size_t rows_max, std::string_view about, const Sample& sample) {
  auto row = rows.find(about);
  if (row == rows.end()) {
    if (!make_room(rows, rows_max, sample.at)) return;
    row = rows.try_emplace(std::string(about)).first;
  }
  Samples& samples = row->second;
  samples.push_back(sample);
  if (samples.size() > limits::kMisfitSamplesMax) samples.pop_front();
}

// The one that was seen last longest ago gives way: if that is long ago, or if it was seen too rarely to mean
// anything.
bool MisfitTimeouts::make_room(Rows& rows, std::size_t rows_max, Instant now) {
  if (rows.size() < rows_max) return true;
  auto least = rows.end();
  for (auto row = rows.begin(); row != rows.end(); ++row) {
    const Instant last = row->second.back().at;
    if (is_recent(last, now) && row->second.size() >= kEnough) continue;
    if (least == rows.end() || last < least->second.back().at) least = row;
  }
  if (least == rows.end()) return false;
  rows.erase(least);
  return true;
}

// ---------------------------------------------------------------- found

std::optional<Misfit> MisfitTimeouts::hang_up_of(const std::string& owner, const Samples& samples,
                                                 const Now& now) {
  std::vector<Milliseconds> waits;
  for (const Sample& one : samples)
    if (is_recent(one.at, now.steady)) waits.push_back(one.took);
  if (waits.size() < kEnough) return std::nullopt;
  std::sort(waits.begin(), waits.end());
  const Milliseconds usual = waits[waits.size() / 2];
  Misfit misfit{.kind = MisfitKind::caller_hangs_up, .about = owner, .took = usual};
  for (const Sample& one : samples) {
    if (!is_recent(one.at, now.steady) || !is_about(one.took, usual)) continue;
    ++misfit.times;
    misfit.allowed = std::max(misfit.allowed, one.allowed);
    misfit.last = wall_of(one.at, now);
  }
  if (misfit.times < kEnough || 2 * misfit.times < waits.size()) return std::nullopt;
  return misfit;
}

// How long a device takes depends on its customer: these are late, not regular.
std::optional<Misfit> MisfitTimeouts::late_answer_of(const std::string& operation, const Samples& samples,
                                                     const Now& now) {
  Misfit misfit{.kind = MisfitKind::device_answers_late, .about = operation};
  for (const Sample& one : samples) {
    if (!is_recent(one.at, now.steady)) continue;
    ++misfit.times;
    misfit.last = wall_of(one.at, now);
    if (one.took <= misfit.took) continue;
    misfit.took = one.took;
    misfit.allowed = one.allowed;
  }
  if (misfit.times < kEnough) return std::nullopt;
  return misfit;
}

std::vector<Misfit> MisfitTimeouts::found(const Now& now) const {
  std::vector<Misfit> all;
  const auto add_found = [&all](std::optional<Misfit> misfit) {
    if (misfit) all.push_back(std::move(*misfit));
  };
  for (const auto& [owner, samples] : owners_) add_found(hang_up_of(owner, samples, now));
  for (const auto& [operation, samples] : operations_) add_found(late_answer_of(operation, samples, now));
  std::stable_sort(all.begin(), all.end(),
                   [](const Misfit& one, const Misfit& other) { return one.last > other.last; });
  if (all.size() > limits::kMisfitsShown) all.erase(all.begin() + limits::kMisfitsShown, all.end());
  return all;
}

}  // namespace kgw
