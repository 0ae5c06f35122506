#include "agent/proxy_talk.hpp"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <utility>

#include "agent/gateway_url.hpp"
#include "base/hex.hpp"
#include "wire/base64.hpp"

namespace kgw {
namespace {

constexpr std::size_t kHeadBytesMax = 16 * 1024;
constexpr char kVersion = 5, kPlain = 0, kPassword = 2, kNoMethod = '\xff', kConnect = 1;
constexpr std::size_t kTextMax = 255;

Fault bad_proxy(const std::string& what) {
  return {ErrorCode::invalid_argument,
          what + "; a proxy looks like http://proxy.example:3128 or socks5://user:password@proxy.example:1080"};
}

std::string with_length(const std::string& text) { return static_cast<char>(text.size()) + text; }

// RFC 1928 6.
std::string socks_reply(unsigned char reply) {
  switch (reply) {
    case 1: return "failed";
    case 2: return "does not allow a connection to the gateway";
    case 3: return "has no network to the gateway";
    case 4: return "can't reach the gateway's host, or does not know its name";
    case 5: return "was refused by the gateway's host; check that the gateway is running";
    case 6: return "did not reach the gateway in time";
    default: return "refused, with SOCKS error " + std::to_string(reply);
  }
}

}  // namespace

std::string ProxyUrl::url() const {
  std::string text = kind == Kind::http ? "http://" : "socks5h://";
  if (!user.empty()) {
    append_percent_encoded(text, user, "-._~");
    text += ':';
    append_percent_encoded(text, password, "-._~");
    text += '@';
  }
  return text + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

Result<ProxyUrl> parse_proxy_url(std::string_view text) {
  ProxyUrl proxy;
  const std::size_t scheme = text.find("://");
  const std::string_view name = text.substr(0, scheme);
  if (scheme != std::string_view::npos && (name == "socks5" || name == "socks5h"))
    proxy.kind = ProxyUrl::Kind::socks5;
  else if (scheme == std::string_view::npos || name != "http")
    return bad_proxy("The proxy's URL does not begin with http:// or socks5://");
  std::string_view rest = text.substr(scheme + 3);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view credentials = rest.substr(0, at);
    const std::size_t colon = credentials.find(':');
    const auto user = percent_decode(credentials.substr(0, colon));
    const auto password =
        percent_decode(colon == std::string_view::npos ? std::string_view() : credentials.substr(colon + 1));
    if (!user || !password || user->empty() || user->size() > kTextMax || password->size() > kTextMax)
      return bad_proxy("The proxy's user and password can't be read; encode special characters like %40");
    proxy.user = *user;
    proxy.password = *password;
    rest.remove_prefix(at + 1);
  }
  // Host and port have the form of a gateway's.
  auto place = parse_gateway_url("ws://" + std::string(rest));
  if (!place || rest.find_first_of("/?#") != std::string_view::npos)
    return bad_proxy("The proxy's host and port can't be read");
  const bool has_port = rest.substr(rest.find(']') == std::string_view::npos ? 0 : rest.find(']')).find(':') !=
                        std::string_view::npos;
  proxy.host = std::move(place->host);
  proxy.port = has_port ? std::move(place->port) : proxy.kind == ProxyUrl::Kind::http ? "3128" : "1080";
  return proxy;
}

ProxyTalk::ProxyTalk(const ProxyUrl& proxy, std::string host, std::string port)
    : proxy_(proxy), host_(std::move(host)), port_(std::move(port)) {
  if (proxy_.kind == ProxyUrl::Kind::socks5) {
    to_send_ = {kVersion, 1, kPlain};
    if (!proxy_.user.empty()) to_send_ = {kVersion, 2, kPlain, kPassword};
    return;
  }
  const std::string place = (host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]") + ":" + port_;
  to_send_ = "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\n";
  if (!proxy_.user.empty())
    to_send_ += "Proxy-Authorization: Basic " + base64_encode(proxy_.user + ":" + proxy_.password) + "\r\n";
  to_send_ += "\r\n";
}

std::string ProxyTalk::take_to_send() { return std::exchange(to_send_, {}); }

ProxyTalk::State ProxyTalk::refuse(std::string problem) {
  problem_ = std::move(problem);
  return State::refused;
}

ProxyTalk::State ProxyTalk::feed(std::string_view bytes) {
  received_ += bytes;
  return proxy_.kind == ProxyUrl::Kind::http ? feed_http() : feed_socks();
}

ProxyTalk::State ProxyTalk::feed_http() {
  const std::size_t end = received_.find("\r\n\r\n");
  if (end == std::string::npos && received_.size() <= kHeadBytesMax) return State::asking;
  // "HTTP/1.1 200 ..."
  constexpr std::size_t kStatusAt = 9;
  unsigned status = 0;
  if (received_.starts_with("HTTP/1.") && received_.size() > kStatusAt + 3)
    std::from_chars(received_.data() + kStatusAt, received_.data() + kStatusAt + 3, status);
  if (end == std::string::npos || status < 100)
    return refuse("sent something that is not HTTP; check its address");
  if (status < 200) {  // an interim answer (RFC 9110 15.2)
    received_.erase(0, end + 4);
    return feed_http();
  }
  if (status == 407) return refuse("wants a user name and a password, or does not accept those that it got");
  if (status == 403) return refuse("does not allow a connection to the gateway (HTTP status 403)");
  if (status > 299)
    return refuse("could not connect to the gateway (HTTP status " + std::to_string(status) + ")");
  if (received_.size() != end + 4) return refuse("sent more than it should");
  return State::open;
}

ProxyTalk::State ProxyTalk::feed_socks() {
  switch (step_) {
    case Step::method: return received_.size() < 2 ? State::asking : on_method();
    case Step::authenticated: return received_.size() < 2 ? State::asking : on_authenticated();
    case Step::connected: break;
  }
  return received_.size() < 5 ? State::asking : on_connected();
}

ProxyTalk::State ProxyTalk::on_method() {
  if (received_[0] != kVersion) return refuse("sent something that is not SOCKS5; check its address");
  const char method = received_[1];
  received_.erase(0, 2);
  if (method == kPlain) {
    ask_to_connect();
    return State::asking;
  }
  if (method != kPassword || proxy_.user.empty())
    return refuse(method == kNoMethod ? "wants a user name and a password, or does not accept this machine"
                                      : "wants an authentication that this agent does not know");
  to_send_ = "\x01" + with_length(proxy_.user) + with_length(proxy_.password);
  step_ = Step::authenticated;
  return State::asking;
}

ProxyTalk::State ProxyTalk::on_authenticated() {
  if (received_[1] != 0) return refuse("does not accept the user name and password that it got");
  received_.erase(0, 2);
  ask_to_connect();
  return State::asking;
}

void ProxyTalk::ask_to_connect() {
  step_ = Step::connected;
  std::string target;
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(host_, not_an_address);
  if (not_an_address) {
    target = '\x03' + with_length(host_.substr(0, kTextMax));
  } else if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    target = '\x01' + std::string(bytes.begin(), bytes.end());
  } else {
    const auto bytes = address.to_v6().to_bytes();
    target = '\x04' + std::string(bytes.begin(), bytes.end());
  }
  unsigned port = 0;
  std::from_chars(port_.data(), port_.data() + port_.size(), port);
  to_send_ = std::string{kVersion, kConnect, 0} + target + static_cast<char>(port >> 8) +
             static_cast<char>(port & 0xff);
}

ProxyTalk::State ProxyTalk::on_connected() {
  if (received_[0] != kVersion) return refuse("sent something that is not SOCKS5");
  if (received_[1] != 0) return refuse(socks_reply(static_cast<unsigned char>(received_[1])));
  std::size_t address = 4;  // IPv4
  if (received_[3] == 4) address = 16;
  else if (received_[3] == 3) address = 1 + std::size_t{static_cast<unsigned char>(received_[4])};
  const std::size_t whole = 4 + address + 2;
  if (received_.size() < whole) return State::asking;
  return received_.size() == whole ? State::open : refuse("sent more than it should");
}

}  // namespace kgw
