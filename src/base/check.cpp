#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/json_text.hpp"

namespace kgw {
namespace {

std::string quoted(const std::string& text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

}  // namespace

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "{\"level\":\"fatal\",\"event\":\"check_failed\",\"condition\":%s,\"at\":%s}\n",
               quoted(condition).c_str(), quoted(std::string(file) + ":" + std::to_string(line)).c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace kgw
