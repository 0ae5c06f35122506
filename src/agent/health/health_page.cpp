// Implements agent/health/health_report.hpp: the page, what a person in front of the kiosk reads first, and
// nothing that a program would want.
#include <ctime>

#include "agent/health/health_report.hpp"
#include "base/ascii.hpp"
#include "base/html_text.hpp"

namespace kgw {
namespace {

struct Words {
  std::string_view language, other_language, other_name, title, connected, not_connected, since, ready,
      not_ready, waiting, answered, failed, unsent, last_error, no_devices;
};
constexpr Words kEnglish{.language = "en",
                         .other_language = "ru",
                         .other_name = "По-русски",
                         .title = "Kiosk agent",
                         .connected = "connected to the gateway",
                         .not_connected = "no connection to the gateway",
                         .since = "since",
                         .ready = "ready",
                         .not_ready = "not ready",
                         .waiting = "Requests in work",
                         .answered = "Answered",
                         .failed = "Failed or declined",
                         .unsent = "Answers waiting for the connection",
                         .last_error = "Last error",
                         .no_devices = "No route says how to ask its device whether it is ready (health)."};
constexpr Words kRussian{
    .language = "ru",
    .other_language = "en",
    .other_name = "In English",
    .title = "Агент киоска",
    .connected = "связь со шлюзом есть",
    .not_connected = "нет связи со шлюзом",
    .since = "с",
    .ready = "готов",
    .not_ready = "не готов",
    .waiting = "Запросов в работе",
    .answered = "Выполнено",
    .failed = "Ошибок и отказов",
    .unsent = "Ответов ждут связи",
    .last_error = "Последняя ошибка",
    .no_devices = "Ни в одном маршруте не указано, как спросить устройство о готовности (health)."};

struct Device {
  std::string_view operation, english, russian;
};
constexpr Device kDevices[] = {{"payment", "card terminal", "платёжный терминал"},
                               {"fiscal", "fiscal printer", "фискальный принтер"},
                               {"kds", "kitchen display", "кухонный экран"},
                               {"print", "receipt printer", "чековый принтер"}};

std::string device_name(const std::string& operation, PageLanguage language) {
  for (const Device& device : kDevices)
    if (device.operation == operation)
      return std::string(language == PageLanguage::russian ? device.russian : device.english);
  return operation;
}

// "14:02" of today, with the date before it otherwise.
std::string local_time(WallTime time, WallTime now) {
  const auto parts = [](WallTime at) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    std::tm local{};
    localtime_r(&seconds, &local);
    return local;
  };
  const std::tm then = parts(time), today = parts(now);
  const bool same_day = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
  char text[32];
  return {text, std::strftime(text, sizeof text, same_day ? "%H:%M" : "%d.%m.%Y %H:%M", &then)};
}

constexpr std::string_view kStyle =
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}li{margin:.3rem 0}.good{color:#12682f}.bad{color:#a5161d;font-weight:600}"
    "ul{list-style:none;padding:0}footer{margin-top:2rem;font-size:.9rem}"
    "@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}.good{color:#6fd08c}.bad{color:#"
    "ff8a8a}"
    "a{color:#9cc3ff}}";

std::string line(std::string_view name, bool good, const std::string& text) {
  return "<li>" + escape_html(name) + (name.empty() ? "" : ": ") + "<span class=\"" + (good ? "good" : "bad") +
         "\">" + escape_html(text) + "</span></li>\n";
}

std::string figure(std::string_view name, std::uint64_t value) {
  return "<li>" + escape_html(name) + ": " + std::to_string(value) + "</li>\n";
}

}  // namespace

std::string health_page(const HealthReport& report, PageLanguage language) {
  const Words& words = language == PageLanguage::russian ? kRussian : kEnglish;
  const auto since = [&](WallTime time) {
    return " " + std::string(words.since) + " " + local_time(time, report.now);
  };
  const std::string title = std::string(words.title) + " " + report.kiosk;
  std::string page = "<!doctype html>\n<html lang=\"" + std::string(words.language) +
                     "\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"15\">"
                     "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
                     escape_html(title) + "</title><style>" + std::string(kStyle) +
                     "</style></head><body>\n<h1>" + escape_html(title) + "</h1>\n<ul>\n";
  page +=
      line("", report.connected,
           std::string(report.connected ? words.connected : words.not_connected) + since(report.link_since));
  for (const DeviceState& device : report.devices) {
    std::string state(device.ready ? words.ready : device.message.empty() ? words.not_ready : device.message);
    if (!device.ready) state += since(device.since);
    page += line(device_name(device.operation, language), device.ready, state);
  }
  page += "</ul>\n";
  if (report.devices.empty()) page += "<p>" + escape_html(words.no_devices) + "</p>\n";
  page += "<ul>\n" + figure(words.waiting, report.queue_size) + figure(words.answered, report.stats.answered) +
          figure(words.failed, report.stats.failed + report.stats.declined) +
          figure(words.unsent, report.unsent) + "</ul>\n";
  if (report.last_error)
    page += "<p>" + escape_html(words.last_error) + " (" + local_time(report.last_error->at, report.now) +
            "): <span class=\"bad\">" + escape_html(report.last_error->text) + "</span></p>\n";
  return page + "<footer><a href=\"/?lang=" + std::string(words.other_language) + "\">" +
         std::string(words.other_name) + "</a> · kiosk-agent " + escape_html(report.version) + " · " +
         escape_html(report.gateway) + "</footer>\n</body></html>\n";
}

PageLanguage language_of(std::string_view accept_language) {
  const std::string text = ascii::lowered(accept_language);
  const std::size_t russian = text.find("ru");
  return russian != std::string::npos && russian < text.find("en") ? PageLanguage::russian
                                                                   : PageLanguage::english;
}

}  // namespace kgw
