// Why there is no link, in words for the person in front of the kiosk: what happened and what to do. Pure.
// Includes Asio, so only .cpp files of agent/ include it.
#pragma once

#include <boost/asio/error.hpp>
#include <cstdint>
#include <string>

#include "agent/gateway_url.hpp"

namespace kgw {

// Where the opening of a stream ended.
struct OpenEnd {
  enum class Step : std::uint8_t { open, name, connect, proxy, tls };
  Step step = Step::open;
  boost::system::error_code why{};  // not of `open`
  // tls: what is wrong with the certificate, if that is it; proxy: ProxyTalk::problem(), if it said no.
  std::string detail{};
  std::string proxy{};  // its host and port, if it is one that was resolved, connected, or asked
};

// One sentence that begins with what is at fault and names the host.
std::string unopened_sentence(const GatewayUrl& gateway, const OpenEnd& end);
// Of an upgrade that got this status; `retry_after_s`: 0: it did not say.
std::string refused_sentence(unsigned http_status, long long retry_after_s);
// Of bytes that were moved neither way any more.
std::string broken_sentence(const boost::system::error_code& why);
// Nothing came any more; `message_bytes`: how much of a message had come.
std::string stalled_sentence(std::size_t message_bytes);

}  // namespace kgw
