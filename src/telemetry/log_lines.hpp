// Log lines as a push to Loki: one stream per level, ids as structured metadata, gzip. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace kgw {

struct LokiLabels {
  std::string env;
  std::string node;
};

// Returns the compressed body. `lines`: complete lines as rendered by log/. Empty if there is nothing to
// push.
std::string loki_push(std::string_view lines, const LokiLabels& labels);

std::string gzip(std::string_view bytes);

}  // namespace kgw
