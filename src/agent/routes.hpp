// Routes: the local service for each operation. Set up at start, then only read. No I/O.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kgw {

class Routes {
 public:
  // Adds "payment=http://127.0.0.1:9001/payment". Error: invalid_argument with a sentence that names the
  // route, also if the operation already has one.
  Result<void> add(std::string_view operation_and_url);
  // Returns the URL, or null if there is none.
  const std::string* find(std::string_view operation) const;
  bool empty() const { return urls_.empty(); }
  std::string operations() const;  // "fiscal, payment", for a message

 private:
  std::map<std::string, std::string, std::less<>> urls_;
};

}  // namespace kgw
