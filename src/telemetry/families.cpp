#include "telemetry/families.hpp"

#include <charconv>
#include <cmath>

namespace kgw {
namespace {

std::string_view name(MetricType type) {
  switch (type) {
    case MetricType::counter: return "counter";
    case MetricType::gauge: return "gauge";
    case MetricType::histogram: return "histogram";
    case MetricType::untyped: return "untyped";
  }
  return "untyped";
}

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') out += "\\n";
    else out.push_back(c);
  }
}

void append_sample(std::string& out, const Family& family, const Sample& sample) {
  out.append(family.name).append(sample.suffix);
  char before = '{';
  for (const auto& [label, value] : sample.labels) {
    out.push_back(before);
    out.append(label).append("=\"");
    append_escaped(out, value);
    out.push_back('"');
    before = ',';
  }
  if (before == ',') out.push_back('}');
  out.push_back(' ');
  append_number(out, sample.value);
  out.push_back('\n');
}

}  // namespace

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

std::string exposition(const Families& families) {
  std::string out;
  out.reserve(32 * 1024);
  for (const Family& family : families) {
    out.append("# HELP ").append(family.name).append(" ").append(family.help);
    out.append("\n# TYPE ").append(family.name).append(" ").append(name(family.type)).push_back('\n');
    for (const Sample& sample : family.samples) append_sample(out, family, sample);
  }
  return out;
}

}  // namespace kgw
