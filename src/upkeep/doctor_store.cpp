// The store: the journal on disk, or Redis.
// Implements upkeep/doctor_checks.hpp.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/table.hpp"
#include "redis/connection.hpp"
#include "store_redis/redis_promise.hpp"
#include "store_sqlite/journal_files.hpp"
#include "store_sqlite/journal_schema.hpp"
#include "upkeep/doctor_checks.hpp"
#include "upkeep/state_files.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;
using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr std::size_t kPings = 20;
constexpr microseconds kPingWarn{10'000};

void read_facts(sqlite::Database& db, WallTime now, StateFacts& facts) {
  // An id is its milliseconds << 12 | a counter (docs/journal.md).
  const auto newest =
      must(db.integer("SELECT max((SELECT coalesce(max(id) >> 12, 0) FROM accepted), "
                      "(SELECT coalesce(max(created_at), 0) FROM kiosks))"));
  if (newest.value_or(0) > 0) facts.newest = wall_from_ms(*newest);
  facts.kiosks = must(db.integer("SELECT count(*) FROM kiosks")).value_or(0);
  auto expired = must(db.prepare("SELECT count(*) FROM kiosks WHERE token_expires_at <= ?"));
  if (must(expired.with(to_ms(now)).next())) facts.expired_tokens = expired.integer(0);
}

// Not known to be damaged: it could not be read.
Finding unreadable(const fs::path& file, const Fault& fault) {
  const bool allowed = access(file.c_str(), R_OK) == 0 && access(file.parent_path().c_str(), W_OK) == 0;
  return {
      "store", Verdict::bad, fault.message,
      allowed
          ? "if another program is using it, stop that program; otherwise check the kernel log for disk errors"
          : "run this as the gateway's user"};
}

std::string in_milliseconds(microseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f ms", static_cast<double>(time.count()) / 1000);
  return text.data();
}

}  // namespace

Finding check_journal(const fs::path& data_dir, WallTime now, StateFacts& facts) {
  std::error_code ignored;
  const fs::path file = data_dir / kJournalFile;
  if (fs::exists(data_dir / DataDir::kRestoring, ignored))
    return {"store", Verdict::bad, "a restore into " + data_dir.string() + " was interrupted",
            "run `kiosk-gateway restore FILE` again, with the same FILE"};
  if (const auto whole = check_journal_files(file); !fs::exists(file, ignored) && whole)
    return {"store", Verdict::ok, "no " + file.string() + " yet; the first start creates it", ""};
  if (const std::string pid = DataDir::holder(data_dir); !pid.empty())
    return {"store", Verdict::ok,
            file.string() + " is in use by the running gateway (pid " + pid + "), which checks it itself", ""};
  if (const auto whole = check_journal_files(file); !whole)
    return {"store", Verdict::bad, whole.error().message,
            "do not start a gateway on it until this is corrected"};
  auto db = sqlite::Database::open_to_read(file);
  if (!db) return unreadable(file, db.error());
  const auto damage = db->find_damage(false);
  if (!damage) return unreadable(file, damage.error());
  if (!damage->empty())
    return {"store", Verdict::bad, file.string() + " is damaged: " + printable(*damage),
            "keep it for analysis, and restore a backup: kiosk-gateway restore FILE --force"};
  try {
    const auto known = static_cast<std::int64_t>(journal_migrations().size());
    const std::int64_t schema = must(db->integer("PRAGMA user_version")).value_or(0);
    if (schema > known)
      return {"store", Verdict::bad,
              file.string() + " has schema version " + std::to_string(schema) +
                  ", but this program supports only up to version " + std::to_string(known),
              "start the newer program again, or restore a backup made before the upgrade"};
    if (schema == known) read_facts(*db, now, facts);
    return {"store", Verdict::ok,
            file.string() + " is intact, schema " + std::to_string(schema) +
                (schema < known ? " (the next start brings it to " + std::to_string(known) + ")" : "") + ", " +
                std::to_string((fs::file_size(file, ignored) + 999'999) / 1'000'000) + " MB",
            ""};
  } catch (const CommandFailed& failed) {
    return unreadable(file, {ErrorCode::store_unavailable, failed.what()});
  }
}

Finding check_redis(const DoctorSettings& settings, const Clock& clock) {
  const auto url = redis::parse_redis_url(settings.redis_url);
  if (!url) return {"store", Verdict::bad, "REDIS_URL: " + url.error().message, "correct it"};
  const std::string where = "Redis at " + url->shown();
  const auto unusable = [&](const Fault& fault) {
    return Finding{"store", Verdict::bad, where + ": " + fault.message,
                   "no payment can be made without it: check that it is running and that REDIS_URL is right"};
  };
  auto connection = redis::Connection::open(*url, settings.redis_ca_file, {});
  if (!connection) return unusable(connection.error());
  std::vector<microseconds> times;
  for (std::size_t n = 0; n < kPings; ++n) {
    const Instant began = clock.now().steady;
    if (const auto pong = connection->run(redis::Command{"PING"}); !pong) return unusable(pong.error());
    times.push_back(duration_cast<microseconds>(clock.now().steady - began));
  }
  std::sort(times.begin(), times.end());
  const auto promise = redis_promise(*connection, settings.redis_wait_replicas);
  if (!promise) return unusable(promise.error());
  const microseconds median = times[times.size() / 2];
  Finding finding{.what = "store",
                  .text = where + " answers as master in " + in_milliseconds(median) + " (median)",
                  .hint = {}};
  if (!promise->unfit.empty()) {
    finding.verdict = Verdict::bad;
    finding.hint = promise->unfit;
  } else if (!promise->weakness.empty()) {
    finding.verdict = Verdict::warn;
    finding.hint = promise->weakness;
  } else if (median >= kPingWarn) {
    finding.verdict = Verdict::warn;
    finding.hint = "every payment needs several round trips to it: run the gateway close to it";
  }
  return finding;
}

}  // namespace kgw
