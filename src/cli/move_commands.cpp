#include "cli/move_commands.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <ostream>
#include <sstream>

#include "base/table.hpp"
#include "cli/answer_fields.hpp"
#include "cli/json_lines.hpp"
#include "cli/older_service.hpp"

namespace kgw {
namespace {

namespace json = boost::json;

constexpr std::size_t kPartLinesMax = 1000;

bool is_redis(std::string_view place) {
  return place.starts_with("redis://") || place.starts_with("rediss://") ||
         place.starts_with("redis+sentinel://");
}

std::int64_t count(const json::value& answer, std::string_view name) {
  const json::value* const value = answer.get_object().if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

// The results of all parts.
struct Report {
  bool dry_run = false;
  std::int64_t added = 0, existing = 0, refused = 0;
  json::array lines;  // from the gateway's reports, and those never sent

  void refuse(const std::string& id, const std::string& why) {
    ++refused;
    lines.push_back(
        json::object{{"line", nullptr}, {"kind", "kiosk"}, {"id", id}, {"result", "refused"}, {"note", why}});
  }
  // `ids`: of the part's lines, for those without one in the gateway's answer; empty: unknown.
  void add(const json::value& answer, std::size_t lines_before, const std::vector<std::string>& ids) {
    added += count(answer, "added");
    existing += count(answer, "existing");
    refused += count(answer, "refused");
    for (json::value line : list(answer, "lines")) {
      if (!line.is_object()) continue;
      json::object& object = line.get_object();
      const auto number = static_cast<std::size_t>(count(line, "line")) + lines_before;
      object["line"] = number;
      if (number > 0 && number <= ids.size() && text(line, "id").empty()) object["id"] = ids[number - 1];
      lines.push_back(std::move(object));
    }
  }

  void print(bool as_json, std::ostream& out) const {
    if (as_json) {
      out << json::serialize(json::object{{"dry_run", dry_run},
                                          {"added", added},
                                          {"existing", existing},
                                          {"refused", refused},
                                          {"lines", lines}})
          << "\n";
      return;
    }
    Table table({"WHAT", "ID", "RESULT", "REMARK"});
    for (const json::value& line : lines) {
      const std::string result = text(line, "result");
      if (result == "existing") continue;
      const std::string id = text(line, "id", "line " + text(line, "line"));
      table.add({text(line, "kind"), id, dry_run && result == "added" ? "would be added" : result,
                 text(line, "note")});
    }
    if (table.rows() > 0) table.print(out);
    if (table.rows() > 0) out << "\n";
    out << added << (dry_run ? " would be added, " : " added, ") << existing
        << " already there (left unchanged), " << refused << " refused.";
    if (dry_run) out << " Nothing was changed: this was a dry run.";
    else if (added == 0) out << " Nothing was changed.";
    out << "\n";
  }
};

// Sends all of `in` to the gateway, part by part.
void send_parts(const AdminApi& api, const MoveArguments& arguments, std::istream& in,
                const std::vector<std::string>& ids, Report& report) {
  LineParts parts(in, kPartLinesMax);
  for (std::string part = parts.next(); !part.empty(); part = parts.next()) {
    try {
      const std::string answer =
          api.ask({.method = "POST",
                   .path = std::string("/api/import") + (arguments.dry_run ? "?dry_run=true" : ""),
                   .body = std::move(part),
                   .content_type = "application/x-ndjson",
                   .fields = {},
                   .timeout = std::chrono::minutes(5)});
      report.add(parse_answer(answer), parts.before(), ids);
    } catch (const CommandFailed& failed) {
      if (parts.before() == 0 || arguments.dry_run) throw;
      throw CommandFailed(std::string(failed.what()) + "\nThe first " + std::to_string(parts.before()) +
                          " lines were processed. Import again: what is already imported is left unchanged.");
    }
  }
}

void import_older_service(const AdminApi& api, const MoveArguments& arguments, Report& report) {
  std::stringstream lines;
  std::vector<std::string> ids;
  for (const OlderKiosk& kiosk : read_older_service(arguments.place, arguments.redis_ca_file)) {
    if (!kiosk.fault.empty()) {
      report.refuse(kiosk.id, kiosk.fault);
      continue;
    }
    lines << kiosk.line << "\n";
    ids.push_back(kiosk.id);
  }
  if (ids.empty() && report.refused == 0)
    throw CommandFailed(
        "This Redis has no kiosks of the older service (no set all_kiosks, no key kiosk:<id>:info). Check the "
        "database number (redis://host:6379/NUMBER).");
  send_parts(api, arguments, lines, ids, report);
}

// A file that only its owner can read, written completely before it gets its name. An existing one is kept,
// unless `force`. "-": standard output, passed as `out`.
class PrivateFile {
 public:
  PrivateFile(const std::string& path, bool force, std::ostream& out)
      : path_(path), temporary_(path + ".part"), force_(force), out_(path == "-" ? &out : nullptr) {
    if (out_ != nullptr) return;
    if (!force_ && ::access(path_.c_str(), F_OK) == 0) refuse();
    ::unlink(temporary_.c_str());
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd_ < 0) fail();
  }
  ~PrivateFile() {
    if (fd_ >= 0) ::close(fd_);
    if (fd_ >= 0 && !kept_) ::unlink(temporary_.c_str());
  }
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;

  void write(std::string_view bytes) {
    if (out_ != nullptr) {
      *out_ << bytes;
      return;
    }
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail();
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void keep() {
    if (out_ != nullptr) return;
    if (::fsync(fd_) != 0) fail();
    // Fails if another file has appeared meanwhile; some file systems can't guarantee that.
    const bool checked =
        !force_ && ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0;
    if (!checked && !force_ && errno == EEXIST) refuse();
    if (!checked && ::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
    kept_ = true;
  }

 private:
  [[noreturn]] void fail() const {
    throw CommandFailed("The file '" + printable(path_) + "' can't be written: " + std::strerror(errno) + ".");
  }
  [[noreturn]] void refuse() const {
    throw CommandFailed("The file '" + printable(path_) +
                        "' already exists and was left unchanged; give another name, or use --force.");
  }
  const std::string path_, temporary_;
  const bool force_;
  std::ostream* const out_;
  int fd_ = -1;
  bool kept_ = false;
};

}  // namespace

void export_state(const AdminApi& api, const MoveArguments& arguments, std::ostream& out, std::ostream& err) {
  PrivateFile file(arguments.place, arguments.force, out);
  std::ostream& told = arguments.place == "-" ? err : out;  // standard output gets nothing but the lines
  std::int64_t kiosks = 0, keys = 0, requests = 0, open = 0;
  std::string after, last;
  do {
    last = after;
    const json::value page =
        parse_answer(api.ask({.path = "/api/export" + (after.empty() ? "" : "?cursor=" + percent_encode(after)),
                              .body = {},
                              .fields = {},
                              .timeout = std::chrono::minutes(5)}));
    std::string lines;
    for (const json::value& line : list(page, "lines")) {
      const std::string kind = text(line, "kind");
      ++(kind == "kiosk" ? kiosks : kind == "key" ? keys : requests);
      lines += json::serialize(line) + "\n";
    }
    file.write(lines);
    open += count(page, "open");
    after = text(page, "next");
    // A gateway whose cursor stood still would keep us here for ever.
    if (!after.empty() && after == last)
      throw CommandFailed("The gateway's export does not end; check that GATEWAY_URL is the right gateway.");
  } while (!after.empty());
  file.keep();
  if (arguments.json) {
    told << json::serialize(
                json::object{{"kiosks", kiosks}, {"keys", keys}, {"requests", requests}, {"open", open}})
         << "\n";
  } else {
    told << "Exported to "
         << (arguments.place == "-" ? "the output" : printable(arguments.place) + ", readable by you only")
         << " (kiosks: " << kiosks << ", keys: " << keys << ", finished requests: " << requests << ").\n"
         << "The kiosks' tokens stay valid only with the same JWT_SECRET: set it on the other gateway too.\n";
  }
  if (open > 0)
    throw CommandFailed(
        std::to_string(open) +
        (open == 1 ? " request is still running and is" : " requests are still running and are") +
        " not included. Stop the traffic, wait until nothing is running, and export again.");
}

void import_state(const AdminApi& api, const MoveArguments& arguments, std::ostream& out) {
  Report report;
  report.dry_run = arguments.dry_run;
  if (is_redis(arguments.place)) {
    import_older_service(api, arguments, report);
  } else {
    std::ifstream file(arguments.place, std::ios::binary);
    if (!file || file.peek() == std::ifstream::traits_type::eof())
      throw CommandFailed("The file '" + printable(arguments.place) + "' can't be read, or is empty.");
    send_parts(api, arguments, file, {}, report);
  }
  report.print(arguments.json, out);
  if (report.refused > 0)
    throw CommandFailed(std::to_string(report.refused) + " of " +
                        std::to_string(report.added + report.existing + report.refused) +
                        " could not be imported; the remarks say why, and what to do.");
}

}  // namespace kgw
