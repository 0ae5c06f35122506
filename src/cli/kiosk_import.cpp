// `kiosk import`: JSON lines, sent in parts, each of which the gateway accepts completely or not at all.
// Implements cli/kiosk_commands.hpp.
#include <boost/json/serialize.hpp>
#include <fstream>
#include <istream>
#include <ostream>

#include "base/table.hpp"
#include "cli/json_lines.hpp"
#include "cli/kiosk_commands.hpp"

namespace kgw {
namespace {

namespace json = boost::json;

constexpr std::size_t kPartLinesMax = 10'000;

// The results of all parts.
struct Sum {
  std::int64_t added = 0, existing = 0;
  json::array kiosks;
  std::string only_answer;  // of a single part, as received
  std::size_t parts = 0;

  void add(std::string body) {
    json::value answer = parse_answer(body);
    json::object& object = answer.get_object();
    const auto number = [&](std::string_view name) {
      const json::value* const value = object.if_contains(name);
      return value != nullptr && value->is_int64() ? value->get_int64() : 0;
    };
    added += number("added");
    existing += number("existing");
    if (json::value* const made = object.if_contains("kiosks"); made != nullptr && made->is_array())
      for (json::value& kiosk : made->get_array()) kiosks.push_back(std::move(kiosk));
    only_answer = ++parts == 1 ? std::move(body) : std::string();
  }

  void print(bool as_json, std::ostream& out) const {
    if (as_json) {
      if (parts == 1) out << only_answer << "\n";
      else
        out << json::serialize(json::object{{"added", added}, {"existing", existing}, {"kiosks", kiosks}})
            << "\n";
      return;
    }
    out << added << " added, " << existing << " already there (left unchanged).\n";
    if (kiosks.empty()) return;
    out << "Their tokens, shown only this once:\n\n";
    Table table({"ID", "TOKEN", "VALID UNTIL"});
    const auto text = [](const json::value& kiosk, std::string_view name) {
      const json::value* const value = kiosk.is_object() ? kiosk.get_object().if_contains(name) : nullptr;
      return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    for (const json::value& kiosk : kiosks)
      table.add({text(kiosk, "kiosk_id"), text(kiosk, "token"), text(kiosk, "expires_at").substr(0, 10)});
    table.print(out);
  }
};

}  // namespace

void kiosk_import(const AdminApi& api, const KioskArguments& arguments, std::istream& in, std::ostream& out) {
  std::ifstream file;
  if (arguments.file != "-") {
    file.open(arguments.file, std::ios::binary);
    if (!file || file.peek() == std::ifstream::traits_type::eof())
      throw CommandFailed("The file '" + printable(arguments.file) + "' can't be read, or is empty.");
  }
  std::istream& source = arguments.file == "-" ? in : file;
  Sum sum;
  LineParts parts(source, kPartLinesMax);
  for (std::string part = parts.next(); !part.empty(); part = parts.next()) {
    try {
      sum.add(api.ask({.method = "POST",
                       .path = "/api/kiosks",
                       .body = std::move(part),
                       .content_type = "application/x-ndjson",
                       .fields = {},
                       .timeout = std::chrono::minutes(5)}));
    } catch (const CommandFailed& failed) {
      if (parts.before() == 0) throw;
      // The tokens created so far will never be shown again.
      sum.print(arguments.json, out);
      throw CommandFailed(
          std::string(failed.what()) + "\nThe first " + std::to_string(parts.before()) +
          " lines were imported; the line number in this message is counted from line " +
          std::to_string(parts.before() + 1) +
          ". Correct the file and import it again: what is already imported is left unchanged.");
    }
  }
  if (sum.parts == 0) throw CommandFailed("There is nothing to import: the input is empty.");
  sum.print(arguments.json, out);
}

}  // namespace kgw
