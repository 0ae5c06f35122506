#include "agent/link_words.hpp"

#include <boost/beast/core/error.hpp>

namespace kgw {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

std::string name_sentence(const std::string& host, const std::string& who, const error_code& why) {
  if (why == asio::error::host_not_found_try_again)
    return "The host name " + host +
           " could not be resolved: no name server answered (DNS); check this machine's network";
  return "The host name " + host + " could not be resolved (DNS: " + why.message() +
         "); check the name in the " + who + "'s address";
}

// `who`: "gateway" or "proxy".
std::string connect_sentence(const std::string& place, const std::string& who, const error_code& why) {
  if (why == asio::error::connection_refused)
    return "Nothing answers at the " + who + "'s address " + place + "; check that the " + who + " is running.";
  if (why == asio::error::network_unreachable || why == asio::error::host_unreachable)
    return "There is no route to the " + who + " at " + place +
           "; check this machine's network: cable, modem, default route";
  if (why == boost::beast::error::timeout || why == asio::error::timed_out)
    return "The " + who + " at " + place +
           " did not answer the connection in time; a firewall may be dropping it, or the network is down";
  return "The " + who + " at " + place + " can't be reached: " + why.message();
}

std::string tls_sentence(const std::string& place, const OpenEnd& end) {
  std::string text = "The encrypted connection (TLS) could not be set up with " + place + ": ";
  if (end.why == boost::beast::error::timeout)
    return text + "nothing answered in time; the address may be one of a server without TLS";
  text += end.why.message();
  if (!end.detail.empty())
    text += " (" + end.detail + "); check this machine's clock, and name a private authority with --ca-file";
  return text;
}

}  // namespace

std::string unopened_sentence(const GatewayUrl& gateway, const OpenEnd& end) {
  const std::string place = gateway.host + ", port " + gateway.port;
  const std::string who = end.proxy.empty() ? "gateway" : "proxy";
  switch (end.step) {
    case OpenEnd::Step::open: break;
    case OpenEnd::Step::name: return name_sentence(end.proxy.empty() ? gateway.host : end.proxy, who, end.why);
    case OpenEnd::Step::connect: return connect_sentence(end.proxy.empty() ? place : end.proxy, who, end.why);
    case OpenEnd::Step::proxy:
      return "The proxy " + end.proxy + " " +
             (end.detail.empty() ? "broke off: " + end.why.message() : end.detail);
    case OpenEnd::Step::tls: return tls_sentence(place, end);
  }
  return "The gateway was reached";
}

std::string refused_sentence(unsigned http_status, long long retry_after_s) {
  const std::string wait =
      retry_after_s == 0 ? "" : " It asked to wait " + std::to_string(retry_after_s) + " s.";
  switch (http_status) {
    case 401:
      return "The gateway does not accept this kiosk's token: it is wrong, expired, or was replaced by a newer "
             "one. Create a new one with `kiosk-gateway kiosk token KIOSK` and put it in the token file.";
    case 403:
      return "This kiosk is disabled at the gateway. Enable it with `kiosk-gateway kiosk enable KIOSK`.";
    case 404:
      return "There is a web server at this address, but no gateway at this path; the URL should end in /ws.";
    case 407: return "A proxy on the way wants a user name and a password (HTTP status 407).";
    case 409:
      return "This kiosk is already connected from somewhere else with the same token. Stop the other agent, "
             "or give each kiosk its own token.";
    case 429: return "The gateway has seen too many wrong tokens from this address and asks us to wait." + wait;
    case 502:
    case 504:
      return "A proxy answers at this address, but the gateway behind it does not (HTTP status " +
             std::to_string(http_status) + ").";
    case 503: return "The gateway is restarting or overloaded; the agent will try again." + wait;
    default:
      return "The gateway refused the connection with HTTP status " + std::to_string(http_status) + "." + wait;
  }
}

std::string broken_sentence(const error_code& why) {
  const std::string broke = "The connection to the gateway broke: ";
  if (why == asio::error::eof) return broke + "it was ended without a word, by the gateway or a proxy";
  if (why == asio::error::connection_reset) return broke + "it was reset, by the gateway or on the way";
  if (why == asio::error::timed_out)
    return broke + "what was sent was not received in time; the network is down, or lost the connection";
  return broke + why.message();
}

std::string stalled_sentence(std::size_t message_bytes) {
  if (message_bytes == 0) return "The gateway stopped responding";
  return "The gateway stopped responding in the middle of a message, after " + std::to_string(message_bytes) +
         (message_bytes == 1 ? " byte" : " bytes");
}

}  // namespace kgw
