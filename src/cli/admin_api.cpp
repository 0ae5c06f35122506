#include "cli/admin_api.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "base/hex.hpp"
#include "base/shown_url.hpp"
#include "base/table.hpp"

namespace kgw {
namespace {

constexpr std::size_t kAnswerBytesMax = 256 * 1024 * 1024;  // 100,000 kiosks and more

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string text_of(const boost::json::object& object, std::string_view name) {
  const boost::json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return printable(std::string_view(value->get_string().data(), value->get_string().size()));
}

// A gateway with a certificate for its public name is called by its loopback address here. What stays inside
// the machine is as safe from others as plain HTTP is there.
bool is_this_machine(std::string_view url) {
  for (const std::string_view start : {"https://127.0.0.1", "https://[::1]"})
    if (url.starts_with(start) &&
        (url.size() == start.size() || url[start.size()] == ':' || url[start.size()] == '/'))
      return true;
  return false;
}

}  // namespace

AdminApi::AdminApi(std::string url, std::string key) : url_(std::move(url)), key_(std::move(key)) {
  while (url_.ends_with('/')) url_.pop_back();
  if (!url_.starts_with("http://") && !url_.starts_with("https://"))
    throw CommandFailed("GATEWAY_URL is '" + printable(shown_url(url_)) +
                        "'; it must begin with http:// or https://.");
  if (has_control(key_))
    throw CommandFailed("The key (GATEWAY_KEY) has a line break or another control character in it.");
}

std::string AdminApi::kiosk_url() const {
  std::string url = "ws" + url_.substr(4) + "/ws";
  const std::size_t host = url.find("://") + 3;
  for (const std::string_view local : {"127.0.0.1", "localhost", "[::1]"}) {
    const bool is_host = url.compare(host, local.size(), local) == 0 &&
                         url.find_first_of(":/", host + local.size()) == host + local.size();
    if (is_host) return url.replace(host, local.size(), "THIS-MACHINE");
  }
  return url;
}

OutboundAnswer AdminApi::call(const Call& call) const {
  OutboundRequest request;
  request.method = call.method;
  request.url = url_ + call.path;
  request.fields = call.fields;
  request.fields.push_back("User-Agent: kiosk-gateway-cli/" KGW_VERSION);
  request.fields.push_back("Content-Type: " + call.content_type);
  if (!key_.empty()) request.fields.push_back("Authorization: Bearer " + key_);
  for (const std::string& field : request.fields)
    if (has_control(field))
      throw CommandFailed("An argument has a line break or another control character in it.");
  request.body = call.body;
  request.timeout = call.timeout;
  request.answer_bytes_max = kAnswerBytesMax;
  request.any_certificate = is_this_machine(url_);
  OutboundAnswer answer = HttpClient::run(std::move(request));
  using Trouble = OutboundAnswer::Trouble;
  if (answer.trouble == Trouble::none) return answer;
  if (answer.trouble == Trouble::refused)
    throw CommandFailed(
        "The gateway can't be reached at " + shown_url(url_) +
        ": is it running? Start it with `kiosk-gateway serve`, or set GATEWAY_URL to its address.");
  std::string why = answer.trouble == Trouble::timed_out
                        ? "The gateway at " + shown_url(url_) + " did not answer in time."
                        : "The gateway at " + shown_url(url_) + " could not be asked: " + answer.why + ".";
  if (url_.starts_with("https://"))
    why +=
        " GATEWAY_URL begins with https://; if the gateway itself listens there and not a TLS proxy, it must "
        "begin with http://.";
  if (call.method == "GET") throw CommandFailed(why);
  throw OutcomeUnknown(why +
                       " It is not known whether the command was carried out; check before you try again.");
}

std::string AdminApi::ask(const Call& what) const {
  OutboundAnswer answer = call(what);
  if (answer.status < 200 || answer.status > 299) throw CommandFailed(complaint(answer));
  parse_answer(answer.body);
  return std::move(answer.body);
}

std::string AdminApi::complaint(const OutboundAnswer& answer) const {
  boost::system::error_code bad;
  const boost::json::value value = boost::json::parse(answer.body, bad);
  const boost::json::object* const object = bad ? nullptr : value.if_object();
  if (object == nullptr || text_of(*object, "error").empty())
    return "The server at " + shown_url(url_) + " (HTTP status " + std::to_string(answer.status) +
           ") does not look like a kiosk-gateway; set GATEWAY_URL to the gateway's address" +
           (answer.status == 400 && url_.starts_with("http://") ? ". Perhaps it must begin with https://."
                                                                : ".");
  std::string sentence = text_of(*object, "error") + ": " + text_of(*object, "message");
  if (const std::string id = text_of(*object, "request_id"); !id.empty()) sentence += " (request " + id + ")";
  if (answer.status == 401)
    sentence +=
        key_.empty()
            ? "\nNo key was given: set GATEWAY_KEY, or run this where the gateway's DATA_DIR/admin.key can be "
              "read."
            : "\nThe key from GATEWAY_KEY, ADMIN_API_KEY or DATA_DIR/admin.key is not valid for this gateway.";
  return sentence;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  append_percent_encoded(out, text, "-_");
  return out;
}

boost::json::value parse_answer(std::string_view body) {
  boost::system::error_code bad;
  boost::json::value value = boost::json::parse(boost::json::string_view(body.data(), body.size()), bad);
  if (bad || !value.is_object())
    throw CommandFailed(
        "The answer does not come from a kiosk-gateway; set GATEWAY_URL to the gateway's address.");
  return value;
}

}  // namespace kgw
