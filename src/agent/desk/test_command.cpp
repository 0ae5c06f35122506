// Implements agent/desk/commands.hpp: `kiosk-agent test`.
#include <chrono>
#include <iostream>

#include "agent/desk/commands.hpp"
#include "agent/execution/kiosk_request.hpp"
#include "agent/execution/local_answer.hpp"
#include "agent/execution/program_result.hpp"
#include "agent/local/local_client.hpp"
#include "base/json_text.hpp"
#include "base/shown_url.hpp"
#include "base/table.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

constexpr std::string_view kId = "test";

// As the gateway sends it (PROTOCOL.md 3).
std::string message_for(const std::string& operation, const std::string& body) {
  std::string message = "{\"request_id\":\"" + std::string(kId) + "\",\"headers\":{\"header-operation-type\":";
  append_json_string(message, operation);
  message += '}';
  if (!body.empty()) message += ",\"body\":" + body;
  return message + "}";
}

// Really. Error: it can't be, and was not.
Result<LocalResult> carry_out(const KioskRequest& request, const Route& route) {
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(route.timeout).count();
  if (route.program) {
    const auto call = program_call(request, route);
    if (!call) return call.error();
    std::cerr << "Running " << call->arguments.front() << ", for real; at most " << most << " s.\n";
    return program_result(kId, route, run_program(*call));
  }
  const auto call = local_call(request, route);
  if (!call)
    return Fault{ErrorCode::invalid_argument,
                 "The route names something in braces that the body does not have."};
  std::cerr << "Calling " << call->method << " " << shown_url(call->url) << ", for real; at most " << most
            << " s.\n";
  return answer_of(kId, route.url, LocalClient::run(*call));
}

}  // namespace

int test_route(const Routes& routes, const std::string& operation, const std::string& body) {
  if (!body.empty() && !json_scan(body).valid) {
    std::cerr << "The body is not JSON; put it in single quotes: '{\"order_id\":1,\"sum\":100}'\n";
    return 1;
  }
  const std::string message = message_for(operation, body);
  const auto request = parse_kiosk_request(message);
  const auto route = routes.find(operation);
  if (!request || !request->fault.empty() || !route) {
    std::cerr << (request && !request->fault.empty()
                      ? request->fault
                      : "There is no route for the operation '" + printable(operation) +
                            "'; there are: " + routes.operations() + ".")
              << "\n";
    return 1;
  }
  const auto before = std::chrono::steady_clock::now();
  const auto result = carry_out(*request, *route);
  if (!result) {
    std::cerr << result.error().message << "\n";
    return 1;
  }
  const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - before);
  std::cout << v1_answer(kId, result->response) << "\n";
  std::cerr << (result->error ? "The gateway would hear the error " + std::string(wire_name(*result->error))
                              : std::string("The gateway would hear this answer"))
            << ", after " << took.count() << " ms.\n";
  return result->error ? 1 : 0;
}

}  // namespace kgw
