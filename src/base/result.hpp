// Result<T>: a value, or a Fault that says why there is none. Exceptions are for what ends a start-up or a
// handler; every expected failure comes back as a Result.
#pragma once

#include <boost/system/result.hpp>
#include <string>

#include "base/errors.hpp"

namespace kgw {

// An error for the caller: which of the known errors it is, and a sentence that names the cause (a header, a
// byte offset, a variable). An empty `message` stands for the table's sentence.
struct Fault {
  ErrorCode code{};
  std::string message;
};

[[noreturn]] void throw_exception_from_error(const Fault& fault, const boost::source_location& where);

template <class T>
using Result = boost::system::result<T, Fault>;

}  // namespace kgw
