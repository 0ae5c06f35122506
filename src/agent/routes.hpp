// Routes: which local service does an operation. Set up at start, only read after. No I/O.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kgw {

class Routes {
 public:
  // "payment=http://127.0.0.1:9001/payment". Error: invalid_argument with a sentence that names the route; also
  // when the operation has a route already.
  Result<void> add(std::string_view operation_and_url);
  // The URL; null when there is none.
  const std::string* find(std::string_view operation) const;
  bool empty() const { return urls_.empty(); }
  std::string operations() const;  // "fiscal, payment", for a message

 private:
  std::map<std::string, std::string, std::less<>> urls_;
};

}  // namespace kgw
