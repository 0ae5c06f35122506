#include "program/welcome.hpp"

namespace kgw {
namespace {

constexpr std::string_view kUsualUrl = "http://127.0.0.1:8000";
constexpr std::string_view kUsualDataDir = "./data";

// Quotes a text as one word of a shell command.
std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string faults_text(const std::set<DemoFault>& faults) {
  if (faults.empty()) return "  No fault is on: the kiosks behave normally.\n";
  std::string text;
  for (const DemoFaultInfo& info : demo_faults())
    if (faults.contains(info.fault))
      text.append("  Fault on: ").append(info.name).append(": ").append(info.what).append(".\n");
  return text;
}

std::string fault_names() {
  std::string names;
  for (const DemoFaultInfo& info : demo_faults()) names.append(names.empty() ? "" : ", ").append(info.name);
  return names;
}

std::string curl_line(const DemoWelcome& demo) {
  return "  curl -X POST " + demo.url +
         "/send \\\n"
         "    -H 'Authorization: Bearer " +
         demo.key +
         "' \\\n"
         "    -H 'Header-Kiosk-Id: kiosk_001' -H 'Header-Operation-Type: payment' \\\n"
         "    -H 'Header-Http-Method: POST' -H 'Content-Type: application/json' \\\n"
         "    -d '{\"order_id\":12345,\"sum\":1000}'\n";
}

// With a fault enabled, what the command shows; otherwise what else to try.
std::string what_to_try(const DemoWelcome& demo, const Config& config) {
  const auto command = [&](std::string_view words) {
    return "      " + command_line(demo.program, words, config, demo.url) + "\n";
  };
  std::string text = "  What to try next:\n\n";
  for (const DemoFaultInfo& info : demo_faults())
    if (demo.faults.contains(info.fault))
      text.append("  - The line above, with the fault ").append(info.name).append(": ").append(info.expect) +=
          ".\n";
  if (demo.faults.empty()) {
    text += "  - A decline: pay with \"sum\":" + std::to_string(kDemoCardHolds + 100'000) +
            ". The demo's card holds " + std::to_string(kDemoCardHolds) + ".\n";
    text +=
        "  - A late answer: add -H 'Header-Timeout: 1' to the line. The card takes longer than that second, so "
        "the\n    answer is 504 timeout: nobody knows yet whether the payment was made. A moment later the "
        "gateway knows:\n";
    text += command("requests show REQUEST_ID");
  }
  text += "  - All requests, and how each one ended:\n" + command("requests list");
  text += demo.faults.empty()
              ? "  - A kiosk that misbehaves: stop this, and add --fault NAME to the demo's command: "
              : "  - Another fault: stop this, and start the demo with another --fault NAME: ";
  return text + fault_names() + ".\n\n";
}

}  // namespace

std::string command_line(std::string_view program, std::string_view words, const Config& config,
                         std::string_view url) {
  std::string line = shell_word(std::string(program)) + " " + std::string(words);
  if (config.data_dir != kUsualDataDir) line += " --data-dir " + shell_word(config.data_dir);
  if (url != kUsualUrl || config.gateway_url != url) line += " --gateway-url " + shell_word(std::string(url));
  return line;
}

std::string demo_welcome(const DemoWelcome& demo, const Config& config) {
  std::string text = "\n  The gateway is running, and ";
  text += demo.kiosks == 1 ? "a demo kiosk is" : std::to_string(demo.kiosks) + " demo kiosks are";
  text += " connected.\n" + faults_text(demo.faults) + "\n";
  text +=
      "  The dashboard. This link logs you in once, within five minutes:\n\n  " + demo.url + demo.link + "\n\n";
  text += "  A payment, from another terminal. It takes a moment, as with a real card:\n\n" + curl_line(demo) +
          "\n";
  text += what_to_try(demo, config);
  return text +
         "  The key in this line works only while the demo runs. Ctrl-C stops everything. For another link to "
         "the dashboard:\n\n  " +
         command_line(demo.program, "dashboard-link", config, demo.url) + "\n\n";
}

std::string serve_welcome(std::string_view program, std::string_view url, const Config& config) {
  const auto command = [&](std::string_view words) { return command_line(program, words, config, url) + "\n"; };
  return "\n  The gateway is running. From another terminal:\n\n"
         "  The dashboard:                " +
         std::string(url) +
         "/dashboard\n"
         "  A link that logs you in:      " +
         command("dashboard-link") + "  A key for a backend:          " + command("key add NAME") +
         "  A kiosk, and its token:       " + command("kiosk add ID \"NAME\"") + "\n";
}

}  // namespace kgw
