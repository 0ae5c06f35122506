// The file that says how each operation is carried out (docs/agent.md). Files of v1 clients work unchanged:
//
//   routes:
//     payment:
//       url: http://127.0.0.1:9001/payment
//       timeout: 60
//   default:
//     url: http://127.0.0.1:9000/other
//
// parse_routes is pure; read_routes reads the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/routes/routes.hpp"
#include "base/result.hpp"

namespace kgw {

struct RoutesFile {
  Routes routes;  // of no use when there are faults
  // In the order of the file, each "line 3, column 5: ..." without its full stop, all at once (of what is not
  // YAML only the first).
  std::vector<std::string> faults;
  std::vector<std::string> warnings;  // what is ignored, as older and newer agents may know it
};

// `text` is the whole file. A route without a timeout gets `usual_timeout`.
RoutesFile parse_routes(std::string_view text, Milliseconds usual_timeout);

// Error: invalid_argument, with the file's name and all faults, a line each. `warnings`, if it is not null,
// gets those.
Result<Routes> read_routes(const std::string& file, Milliseconds usual_timeout,
                           std::vector<std::string>* warnings = nullptr);

}  // namespace kgw
