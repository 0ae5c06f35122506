#include "agent/execution/program_result.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/execution/call_values.hpp"
#include "base/limits.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

Fault unfit(const Route& route, const std::string& argument, const std::string& why) {
  return {ErrorCode::invalid_argument,
          "The program's argument '" + argument + "' " + why + "; '" + route.operation + "' was not done."};
}

std::string output_object(std::string_view status, int code, const std::string& text) {
  std::string object = "{\"status\":\"" + std::string(status) + "\",\"exit_code\":" + std::to_string(code);
  object += ",\"output\":";
  append_json_string(object, text);
  return object + "}";
}

}  // namespace

Result<ProgramCall> program_call(const KioskRequest& request, const Route& route) {
  const CallValues values(request);
  ProgramCall call;
  call.directory = route.program->directory;
  call.output_file = route.program->output_file;
  call.timeout = route.timeout;
  for (const std::string& argument : route.program->command) {
    CallValues::Filled filled = values.plain(argument);
    if (!filled.missing.empty())
      return unfit(route, argument, "needs " + filled.missing + ", which the request does not have");
    if (has_control_character(filled.text)) return unfit(route, argument, "would have control characters");
    // What comes from afar must not become an option.
    if (filled.text.starts_with('-') && !argument.starts_with('-'))
      return unfit(route, argument, "would begin with a dash");
    call.arguments.push_back(std::move(filled.text));
  }
  return call;
}

LocalResult program_result(std::string_view request_id, const Route& route, const ProgramEnd& end) {
  const std::string name = "The program " + route.program->command.front();
  const auto unknown = [&](LocalError error, const std::string& what) {
    return error_result(error, name + " " + what + "; it is not known whether it did the work.");
  };
  switch (end.how) {
    case ProgramEnd::How::not_started:
      return error_result(LocalError::connection_refused,
                          name + " could not be started (" + end.why + "); nothing was done.");
    case ProgramEnd::How::timed_out: return unknown(LocalError::timeout, "did not end in time and was stopped");
    case ProgramEnd::How::killed:
      return unknown(LocalError::invalid_response, "was ended by signal " + std::to_string(end.code));
    case ProgramEnd::How::left:
      return unknown(LocalError::interrupted, "was still running when the agent ended");
    case ProgramEnd::How::exited: break;
  }
  const auto& codes = route.program->codes;
  const auto meaning = codes.find(end.code);
  const std::string text = to_utf8(end.output, route.program->encoding);
  if (meaning == codes.end())
    return unknown(LocalError::invalid_response, "ended with exit code " + std::to_string(end.code) +
                                                     (text.empty() ? "" : " and said: " + text));
  const std::string_view body = without_bom(text);
  const JsonScan scan = json_scan(body);
  LocalResult result;
  if (scan.valid && scan.is_object) result.response = body;
  else
    result.response =
        output_object(meaning->second == ProgramMeaning::success ? "success" : "declined", end.code, text);
  if (v1_answer(request_id, result.response).size() > limits::kFrameBytesMax)
    return unknown(LocalError::invalid_response, "wrote more than 1 MiB");
  return result;
}

}  // namespace kgw
