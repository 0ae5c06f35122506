#include "agent/routes/routes_file.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <map>
#include <span>
#include <sstream>
#include <utility>

#include "agent/execution/call_values.hpp"
#include "base/ascii.hpp"
#include "base/edit_distance.hpp"
#include "base/ids.hpp"
#include "yaml/yaml_reading.hpp"

namespace kgw {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t kFileBytesMax = 256 * 1024;
constexpr std::size_t kConcurrencyMax = 32;
constexpr double kTimeoutSecondsMax = 3600;
constexpr std::string_view kKnownNames =
    "there may be request_id, order_id, operation, body, body.NAME, and id in the status of a job";

// The one of `names` that `text` is a slip of; empty: none.
std::string_view meant(const std::string& text, std::span<const std::string_view> names) {
  if (text.size() > kShownYamlBytesMax) return {};
  for (const std::string_view name : names)
    if (edit_distance(text, name) <= std::min<std::size_t>(2, name.size() / 3)) return name;
  return {};
}

bool is_method(std::string_view text) {
  return text == "GET" || text == "POST" || text == "PUT" || text == "PATCH" || text == "DELETE";
}

class Reading {
 public:
  explicit Reading(Milliseconds usual_timeout) : usual_timeout_(usual_timeout) {}

  RoutesFile run(std::string_view text) {
    const YamlDocument document = read_yaml(text);
    if (document.fault) faults_.add(*document.fault);
    else file(document.root);
    out_.faults = faults_.in_order();
    out_.warnings = warnings_.in_order();
    return std::move(out_);
  }

 private:
  using OnPair = std::function<void(const YamlNode& key, const YamlNode& value)>;
  using Readers = std::map<std::string_view, std::function<void(const YamlNode&)>>;

  void fault(const YamlNode& node, const std::string& text) { faults_.add(node, text); }

  void pairs(const YamlNode& mapping, const char* what, const OnPair& each) {
    if (mapping.kind != Kind::mapping) return fault(mapping, std::string("expected ") + what + " here");
    each_pair(mapping, what, faults_, each);
  }

  // What nobody knows is ignored with a warning, but a slip of something known is a fault.
  void members(const YamlNode& mapping, const char* what, const Readers& readers) {
    std::vector<std::string_view> names;
    for (const auto& [name, reader] : readers) names.push_back(name);
    pairs(mapping, what, [&](const YamlNode& key, const YamlNode& value) {
      if (const auto reader = readers.find(key.text); reader != readers.end()) return reader->second(value);
      if (const std::string_view name = meant(key.text, names); !name.empty())
        return fault(key,
                     "did you mean " + std::string(name) + "? " + shown_yaml(key.text) + " is not known here");
      warnings_.add(key, shown_yaml(key.text) + " is not known here and ignored; known: " + listed(names));
    });
  }

  void file(const YamlNode& root) {
    if (root.kind == Kind::null) return fault(root, "the file is empty; it needs routes:");
    members(root, "routes: or default:",
            {{"routes", [this](const YamlNode& node) { routes(node); }},
             {"default", [this](const YamlNode& node) { default_route(node); }}});
    if (faults_.empty() && out_.routes.empty())
      fault(root,
            "the file has no route; write one, for example routes: {payment: {url: "
            "http://127.0.0.1:9001/payment}}");
  }

  void routes(const YamlNode& node) {
    pairs(node, "operations, each with its route,", [this](const YamlNode& key, const YamlNode& value) {
      if (key.text == "default") return default_route(value);
      if (!is_name(key.text))
        return fault(
            key, shown_yaml(key.text) + " can't be an operation: 1 to 64 characters of A-Z a-z 0-9 _ . : -");
      Route made = route(key.text, value);
      if (faults_.empty()) out_.routes.add(std::move(made));
    });
  }

  void default_route(const YamlNode& node) {
    if (std::exchange(has_default_, true))
      return fault(node, "there is already a default route; keep one of them");
    Route made = route("", node);
    if (faults_.empty()) out_.routes.set_default(std::move(made));
  }

  Route route(const std::string& operation, const YamlNode& node) {
    Route made;
    made.operation = operation;
    made.timeout = usual_timeout_;
    made.concurrency = usual_concurrency(operation);
    std::string kind = "http";
    DeviceJob job;
    RouteProgram program;
    job.status.every = std::chrono::seconds(1);
    members(node, "url: and what else the route needs",
            {{"url", [&](const YamlNode& value) { url(value, made.url); }},
             {"kind", [&](const YamlNode& value) { read_kind(value, kind); }},
             {"body", [&](const YamlNode& value) { text_body(value, made.body); }},
             {"id", [&](const YamlNode& value) { job_id(value, job); }},
             {"command", [&](const YamlNode& value) { command(value, program.command); }},
             {"directory", [&](const YamlNode& value) { path(value, program.directory); }},
             {"output", [&](const YamlNode& value) { output(value, program); }},
             {"codes", [&](const YamlNode& value) { codes(value, program.codes); }},
             {"status", [&](const YamlNode& value) { job.status = question(value, Question::status); }},
             {"timeout", [&](const YamlNode& value) { timeout(value, made.timeout); }},
             {"method", [&](const YamlNode& value) { method(value, made.method); }},
             {"concurrency", [&](const YamlNode& value) { concurrency(value, made.concurrency); }},
             {"headers", [&](const YamlNode& value) { headers(value, made.headers); }},
             {"on_interrupt", [&](const YamlNode& value) { on_interrupt(value, made.retry); }},
             {"lookup", [&](const YamlNode& value) { made.lookup = question(value, Question::lookup); }},
             {"cancel", [&](const YamlNode& value) { made.cancel = question(value, Question::cancel); }},
             {"health", [&](const YamlNode& value) { made.health = question(value, Question::health); }}});
    if (node.kind != Kind::mapping || has_fault_in(node)) return made;
    const bool has_job = !job.status.url.empty() || !job.id_at.empty() || !job.id.empty();
    if (has_job && kind != "poll") fault(node, "id and status belong to kind: poll");
    if (!program.command.empty() && kind != "exec") fault(node, "command belongs to kind: exec");
    if (kind == "exec") {
      if (program.command.empty())
        fault(node, "kind: exec needs a command: the program and its arguments, as a list");
      if (!made.url.empty()) fault(node, "a route of kind: exec has no url");
      made.program = std::move(program);
      return made;
    }
    if (made.url.empty()) fault(node, "this route has no url");
    if (kind != "poll") return made;
    if (job.status.url.empty() || (job.id_at.empty() && job.id.empty()))
      fault(node,
            "kind: poll needs id (where the device's answer has its job's id) and status (how it is asked)");
    made.job = std::move(job);
    return made;
  }

  enum class Question { lookup, cancel, health, status };
  DeviceQuestion question(const YamlNode& node, Question what) {
    DeviceQuestion made;
    if (what == Question::cancel) made.method = "POST";
    Readers readers = {{"url", [&](const YamlNode& value) { url(value, made.url); }},
                       {"method", [&](const YamlNode& value) { method(value, made.method); }},
                       {"body", [&](const YamlNode& value) { body(value, made); }},
                       {"timeout", [&](const YamlNode& value) { timeout(value, made.timeout); }},
                       {"headers", [&](const YamlNode& value) { headers(value, made.headers); }}};
    if (what == Question::lookup || what == Question::status) {
      readers["absent"] = [&](const YamlNode& value) { pattern(value, made.absent); };
      readers["pending"] = [&](const YamlNode& value) { pattern(value, made.pending); };
    } else if (what == Question::health) {
      readers["not_ready"] = [&](const YamlNode& value) { pattern(value, made.absent); };
    }
    if (what == Question::status) {
      made.every = std::chrono::seconds(1);
      readers["done"] = [&](const YamlNode& value) { pattern(value, made.done); };
      readers["every"] = [&](const YamlNode& value) { timeout(value, made.every); };
    }
    members(node, "url: and what else the question needs", readers);
    if (node.kind == Kind::mapping && made.url.empty() && !has_fault_in(node)) fault(node, "this has no url");
    if (what == Question::status && made.done.http_status.empty() && made.done.members.empty() &&
        !has_fault_in(node))
      fault(node, "this does not say when the job is done; give done: {when: {status: [ready, error]}}");
    return made;
  }

  // Whether something at or below it was found wrong: then what is missing there says nothing.
  bool has_fault_in(const YamlNode& node) const { return faults_.any_from(node.place); }

  bool is_text(const YamlNode& node, const char* what) {
    if (node.kind == Kind::scalar && !node.text.empty()) return true;
    fault(node, std::string("expected ") + what + " here");
    return false;
  }

  void url(const YamlNode& node, std::string& out) {
    if (!is_text(node, "a URL")) return;
    if (const std::string_view wrong = fault_of_url(node.text); !wrong.empty())
      return fault(node, std::string(wrong));
    std::string rest = node.text;
    for (std::size_t at = rest.find('{'); at != std::string::npos; at = rest.find('{', at)) {
      const std::size_t end = rest.find('}', at);
      if (end == std::string::npos || !is_call_value(std::string_view(rest).substr(at + 1, end - at - 1)))
        return fault(node, "in a URL's braces, " + std::string(kKnownNames));
      rest.erase(at, end - at + 1);
    }
    if (rest.find('}') != std::string::npos) return fault(node, "the URL has a '}' without its '{'");
    out = node.text.substr(0, node.text.find('#'));
  }

  void read_kind(const YamlNode& node, std::string& out) {
    if (!is_text(node, "http, poll or exec")) return;
    if (node.text != "http" && node.text != "poll" && node.text != "exec")
      return fault(node, shown_yaml(node.text) + " is not a kind; allowed: http, poll, exec");
    out = node.text;
  }

  void command(const YamlNode& node, std::vector<std::string>& out) {
    if (node.kind != Kind::sequence || node.items.empty())
      return fault(node,
                   "expected a list here: the program and its arguments; there is no shell to split a line");
    for (const YamlNode& item : node.items)
      if (is_text(item, "an argument, not an empty one,") && names_are_known(item)) out.push_back(item.text);
    if (node.items.front().text.find('{') != std::string::npos)
      fault(node.items.front(), "what runs must not depend on the request");
  }

  void path(const YamlNode& node, std::string& out) {
    if (!is_text(node, "a path")) return;
    if (!node.text.starts_with('/')) return fault(node, "the path has to begin with /");
    out = node.text;
  }

  void output(const YamlNode& node, RouteProgram& program) {
    members(node, "file: or encoding:",
            {{"file", [&](const YamlNode& value) { path(value, program.output_file); }},
             {"encoding", [&](const YamlNode& value) {
                if (!is_text(value, "an encoding")) return;
                if (value.text == "cp866") program.encoding = TextEncoding::cp866;
                else if (value.text == "cp1251") program.encoding = TextEncoding::cp1251;
                else if (value.text != "utf-8")
                  fault(value, shown_yaml(value.text) + " is not an encoding; allowed: utf-8, cp866, cp1251");
              }}});
  }

  void codes(const YamlNode& node, std::map<int, ProgramMeaning>& out) {
    out.clear();
    pairs(node, "exit codes and what they mean", [&](const YamlNode& key, const YamlNode& value) {
      const auto code = ascii::parse_decimal(key.text);
      if (!code || *code > 255)
        return fault(key, shown_yaml(key.text) + " is not an exit code; allowed: 0 to 255");
      if (!is_text(value, "success or declined")) return;
      if (value.text != "success" && value.text != "declined")
        return fault(value,
                     shown_yaml(value.text) + " is not what an exit code means; allowed: success, declined");
      out[static_cast<int>(*code)] =
          value.text == "success" ? ProgramMeaning::success : ProgramMeaning::declined;
    });
  }

  // With a name in braces it is known before the call, otherwise a place in its answer.
  void job_id(const YamlNode& node, DeviceJob& job) {
    if (!is_text(node, "where the job's id is in the answer, or a text with {request_id}")) return;
    if (!names_are_known(node)) return;
    (node.text.find('{') == std::string::npos ? job.id_at : job.id) = node.text;
  }

  void text_body(const YamlNode& node, std::string& out) {
    if (is_text(node, "a body, with names in braces") && names_are_known(node)) out = node.text;
  }

  // JSON's own braces are none of ours: they have quotes or blanks in them.
  bool names_are_known(const YamlNode& node) {
    const std::string& text = node.text;
    for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
      const std::size_t end = text.find_first_of("{}\"[ \t\r\n", at + 1);
      if (end == std::string::npos || text[end] != '}' || end == at + 1) continue;
      if (const std::string name = text.substr(at + 1, end - at - 1); !is_call_value(name)) {
        fault(node, "{" + name + "} is not known; " + std::string(kKnownNames));
        return false;
      }
    }
    return true;
  }

  void timeout(const YamlNode& node, Milliseconds& out) {
    if (!is_text(node, "a number of seconds")) return;
    double seconds = 0;
    const char* const end = node.text.data() + node.text.size();
    const auto [rest, failed] = std::from_chars(node.text.data(), end, seconds);
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    if (unit == "m") seconds *= 60;
    else if (unit == "ms") seconds /= 1000;
    const bool known = unit.empty() || unit == "s" || unit == "m" || unit == "ms";
    if (failed != std::errc() || !known || !(seconds >= 0.001 && seconds <= kTimeoutSecondsMax))
      return fault(node, shown_yaml(node.text) + " is not a timeout; give seconds, up to 3600, for example 60");
    out = Milliseconds(static_cast<Milliseconds::rep>(seconds * 1000));
  }

  void method(const YamlNode& node, std::string& out) {
    if (!is_text(node, "a method")) return;
    std::string upper = node.text;
    for (char& c : upper)
      if (ascii::is_alpha(c)) c = static_cast<char>(c & ~0x20);
    if (!is_method(upper))
      return fault(node, shown_yaml(node.text) + " is not a method; allowed: GET, POST, PUT, PATCH, DELETE");
    out = upper;
  }

  void concurrency(const YamlNode& node, std::size_t& out) {
    if (!is_text(node, "a number")) return;
    const auto number = ascii::parse_decimal(node.text);
    if (!number || *number < 1 || *number > kConcurrencyMax)
      return fault(node, shown_yaml(node.text) + " is not how many may run at a time; allowed: 1 to " +
                             std::to_string(kConcurrencyMax));
    out = *number;
  }

  void headers(const YamlNode& node, std::vector<std::string>& out) {
    pairs(node, "the name of a header and its text", [&](const YamlNode& key, const YamlNode& value) {
      const bool name =
          !key.text.empty() && std::all_of(key.text.begin(), key.text.end(), ascii::is_token_char);
      if (!name) return fault(key, shown_yaml(key.text) + " can't be the name of a header");
      if (!is_text(value, "a header's text")) return;
      const bool text =
          std::all_of(value.text.begin(), value.text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
      if (!text) return fault(value, "a header's text must be ASCII");
      out.push_back(key.text + ": " + value.text);
    });
  }

  void on_interrupt(const YamlNode& node, bool& retry) {
    if (!is_text(node, "report or retry")) return;
    if (node.text != "report" && node.text != "retry")
      return fault(node,
                   shown_yaml(node.text) + " is not what an interrupted call leads to; allowed: report, retry");
    retry = node.text == "retry";
  }

  void body(const YamlNode& node, DeviceQuestion& out) {
    if (!is_text(node, "none, request, or a text")) return;
    out.with_body = node.text == "request";
    if (out.with_body || node.text == "none") return;
    if (!node.text.starts_with('{') && !node.text.starts_with('['))
      return fault(node, shown_yaml(node.text) +
                             " is not a body; allowed: none, request (the request's own), or JSON in quotes");
    text_body(node, out.body);
  }

  void pattern(const YamlNode& node, AnswerPattern& out) {
    members(node, "http_status: or when:",
            {{"http_status", [&](const YamlNode& value) { statuses(value, out); }},
             {"when", [&](const YamlNode& value) {
                pairs(value, "members of the answer and their values",
                      [&](const YamlNode& key, const YamlNode& texts) {
                        auto& member = out.members.emplace_back(key.text, std::vector<std::string>());
                        each_item(texts, [&](const YamlNode& text) {
                          if (is_text(text, "a text, a number, true or false"))
                            member.second.push_back(text.text);
                        });
                      });
              }}});
    if (out.http_status.empty() && out.members.empty() && !has_fault_in(node))
      fault(node, "no answer looks like this; give http_status: [404], or when: {status: not_found}");
  }

  void statuses(const YamlNode& node, AnswerPattern& out) {
    each_item(node, [&](const YamlNode& item) {
      const auto number = item.kind == Kind::scalar ? ascii::parse_decimal(item.text) : std::nullopt;
      if (!number || *number < 100 || *number > 599)
        return fault(item, "expected an HTTP status, for example 404");
      out.http_status.push_back(static_cast<unsigned>(*number));
    });
  }

  static void each_item(const YamlNode& node, const std::function<void(const YamlNode&)>& each) {
    if (node.kind != Kind::sequence) return each(node);
    for (const YamlNode& item : node.items) each(item);
  }

  const Milliseconds usual_timeout_;
  RoutesFile out_;
  YamlFaults faults_, warnings_;
  bool has_default_ = false;
};

}  // namespace

RoutesFile parse_routes(std::string_view text, Milliseconds usual_timeout) {
  if (text.size() > kFileBytesMax)
    return {{}, {"the file is larger than " + std::to_string(kFileBytesMax) + " bytes"}, {}};
  return Reading(usual_timeout).run(text);
}

Result<Routes> read_routes(const std::string& file, Milliseconds usual_timeout,
                           std::vector<std::string>* warnings) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    return Fault{ErrorCode::invalid_argument, "The routes file '" + file + "' can't be read, or is empty."};
  RoutesFile parsed = parse_routes(text.str(), usual_timeout);
  if (warnings != nullptr) *warnings = std::move(parsed.warnings);
  if (parsed.faults.empty()) return std::move(parsed.routes);
  std::string all = "The routes file '" + file + "' is not valid:";
  for (const std::string& fault : parsed.faults) all += "\n  " + fault;
  return Fault{ErrorCode::invalid_argument, std::move(all)};
}

}  // namespace kgw
